//! Configurations that cannot be built.

use crate::Bench;
use systole_arch::config::PRESETS;

#[test]
fn impossible_configurations() {
    let mut bench = Bench::new();
    bench.works("quantize good.onnx --calib good.npz -o good.sysq");
    let (_, good) = PRESETS.iter().find(|(name, _)| *name == "8x8").unwrap();
    let cases = [
        ("broken TOML", "syntax", "rows = 8", "rows = = 8"),
        ("an unknown key", "key", "rows = 8", "row = 8"),
        ("a missing key", "missing", "rows = 8\n", ""),
        (
            "a text in place of a number",
            "text",
            "rows = 8",
            "rows = \"eight\"",
        ),
        ("a negative number", "negative", "banks = 2", "banks = -2"),
        ("a value out of range", "range", "banks = 2", "banks = 9"),
        (
            "rows that are no power of two",
            "power",
            "rows = 8",
            "rows = 12",
        ),
        (
            "lanes that do not divide the columns",
            "lanes",
            "cols = 8",
            "cols = 12\nlanes = 8\n#",
        ),
        (
            "an unknown kind of multipliers",
            "kind",
            "multipliers = \"generic\"",
            "multipliers = \"wallace\"",
        ),
    ];
    for (about, name, from, to) in cases {
        let mut text = good.replace(from, to);
        assert_ne!(text, *good, "{about}");
        if name == "lanes" {
            text = text.replace("\nlanes = 4\n", "\n");
        }
        bench.write(&format!("{name}.toml"), text.as_bytes());
        bench.refuses(
            about,
            &format!("compile good.sysq --arch {name}.toml -o out.sysp"),
        );
    }
    bench.write("binary.toml", &[0xff, 0xfe, 0, 1]);
    bench.refuses(
        "no text at all",
        "compile good.sysq --arch binary.toml -o out.sysp",
    );
    bench.refuses(
        "no such file",
        "compile good.sysq --arch board.toml -o out.sysp",
    );
    bench.refuses("no such preset", "compile good.sysq --arch 9x9 -o out.sysp");
    bench.refuses(
        "an accelerator that cannot be",
        "emit accelerator --arch power.toml -o verilog",
    );
    bench.refuses("a core that cannot be", "emit matmul --rows 7 -o verilog");
    bench.refuses(
        "a recurrent core that cannot be",
        "emit lstm --lanes 3 -o verilog",
    );
    insta::assert_snapshot!(bench.page());
}
