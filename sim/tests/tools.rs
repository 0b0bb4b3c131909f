//! Installing and finding tools, in private folders of their own.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::process::Command;
use systole_sim::tools;

#[test]
fn folders_change_with_the_pins_and_every_wheel_is_hashed() {
    for group in tools::GROUPS {
        assert!(group.folder().starts_with(group.name));
        let text = group.requirements;
        let pins = text.matches("==").count();
        let mut blocks = text.split("==");
        blocks.next();
        assert!(
            pins > 0 && blocks.all(|block| block.contains("--hash=sha256:")),
            "{}",
            group.name
        );
    }
}

#[test]
fn an_unknown_group_names_the_known_ones() {
    let error = tools::install("simm", &mut |_| ()).unwrap_err().to_string();
    assert!(
        error.contains("`simm`") && error.contains("sim, synth"),
        "{error}"
    );
}

/// The environment of this process must not change while other tests run, so the cases below run in a child:
/// this same test program, asked for one ignored test.
fn child(test: &str, environment: &[(&str, &str)]) -> String {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    for name in ["VERILATOR", "CXX", "IVERILOG", "PYTHON"] {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    text
}

#[test]
#[ignore = "run by the tests below"]
fn print_verilator() {
    match tools::find("verilator") {
        Ok(tool) => println!("FOUND {:?} {}", tool.source, tool.program.display()),
        Err(error) => println!("MISSING {error}"),
    }
}

#[test]
#[ignore = "run by the tests below"]
fn print_install() {
    match tools::install("sim", &mut |_| ()) {
        Ok(installed) => println!("INSTALLED {}", installed.folder.display()),
        Err(error) => println!("FAILED {error}"),
    }
}

#[test]
fn missing_tools_name_the_variable_and_the_remedy() {
    let home = tempfile::tempdir().unwrap();
    let text = child(
        "print_verilator",
        &[
            ("PATH", ""),
            ("SYSTOLE_HOME", home.path().to_str().unwrap()),
        ],
    );
    assert!(
        text.contains("MISSING verilator") && text.contains("VERILATOR"),
        "{text}"
    );
    assert!(text.contains("systole tools install"), "{text}");
}

#[test]
fn the_variable_wins_and_must_point_at_a_program() {
    let text = child("print_verilator", &[("VERILATOR", "/bin/sh")]);
    assert!(text.contains("FOUND Variable /bin/sh"), "{text}");
    let text = child(
        "print_verilator",
        &[("VERILATOR", "/nonexistent/verilator")],
    );
    assert!(
        text.contains("MISSING VERILATOR is set to `/nonexistent/verilator`"),
        "{text}"
    );
}

#[test]
fn without_python_or_network_the_error_says_what_still_works() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().to_str().unwrap();
    let text = child("print_install", &[("PATH", ""), ("SYSTOLE_HOME", folder)]);
    assert!(text.contains("FAILED python3 was not found"), "{text}");
    if tools::find("python3").is_err() {
        eprintln!("SKIPPED: offline installation: no python3");
        return;
    }
    let unreachable = [
        ("SYSTOLE_HOME", folder),
        ("PIP_INDEX_URL", "http://127.0.0.1:9/"),
        ("PIP_RETRIES", "0"),
    ];
    let text = child("print_install", &unreachable);
    assert!(
        text.contains("FAILED installing the tool group `sim` failed"),
        "{text}"
    );
    assert!(
        text.contains("`cpu` and `interpreter` still work"),
        "{text}"
    );
    let left: Vec<_> = std::fs::read_dir(home.path().join("tools"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
#[ignore = "downloads 60 MB and compiles WebAssembly once: about two minutes"]
fn yosys_of_the_private_folder_synthesizes() {
    let installed = tools::install("synth", &mut |_| ()).unwrap();
    let yosys = tools::find("yosys").unwrap();
    if yosys.source == tools::Source::Private {
        assert!(yosys.program.starts_with(installed.folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let text = "module top(input clock, input [3:0] d, output reg [3:0] q); always @(posedge clock) q <= d; endmodule";
    std::fs::write(folder.path().join("top.v"), text).unwrap();
    let script = "read_verilog top.v; synth_ecp5 -top top; tee -o stat.txt stat";
    let output = yosys
        .command()
        .current_dir(folder.path())
        .args(["-q", "-p", script])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let stat = std::fs::read_to_string(folder.path().join("stat.txt")).unwrap();
    let cells = stat
        .lines()
        .find(|line| line.contains("TRELLIS_FF"))
        .unwrap();
    assert!(cells.split_whitespace().any(|word| word == "4"), "{stat}");
}
