//! Proofs by induction, with sby and yices: for every input and every number of cycles, not for those that a test tried. Beside
//! each proof stand errors that it must not survive.
//!
//! The properties (`hdl/tests/formal/`) are put into the module as it is emitted, so that they see its registers. They are
//! combinational: a clocked one passes a check of one step without being looked at.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::path::PathBuf;

use systole_arch::frame::RECEIVE_QUEUE;
use systole_hdl::board::ByteFifo;
use systole_hdl::link::FrameReceiver;
use systole_hdl::rt::emit;
use systole_hdl::rt::prelude::Block;
use systole_sim::Error;
use systole_sim::tools::find;

const PROOF: &str = "[options]\nmode prove\ndepth 1\n[engines]\nsmtbmc yices\n\
                     [script]\nread -formal design.sv\nprep -top TOP\n[files]\ndesign.sv\n";

/// sby with everything that it calls, unless something is missing.
fn sby() -> Result<std::process::Command, Error> {
    let tool = find("sby")?;
    let mut command = tool.command();
    for (option, name) in [
        ("--yosys", "yosys"),
        ("--smtbmc", "yosys-smtbmc"),
        ("--witness", "yosys-witness"),
    ] {
        command.arg(option).arg(find(name)?.program);
    }
    let solver = find("yices-smt2")?.program;
    let mut folders: Vec<PathBuf> = solver.parent().map(PathBuf::from).into_iter().collect();
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    command.env("PATH", std::env::join_paths(folders).unwrap());
    Ok(command)
}

/// Whether the properties hold; none if there are no tools.
fn holds(top: &str, text: &str, properties: &str) -> Option<bool> {
    let mut command = match sby() {
        Ok(command) => command,
        Err(missing) => {
            eprintln!("SKIPPED: proof of {top}: {missing}");
            return None;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let (body, _) = text.rsplit_once("endmodule").unwrap();
    let design = format!("{body}{properties}endmodule\n");
    std::fs::write(folder.path().join("design.sv"), design).unwrap();
    let proof = PROOF.replace("TOP", top);
    std::fs::write(folder.path().join("proof.sby"), proof).unwrap();
    command.args(["-f", "proof.sby"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    match (log.contains("DONE (PASS"), log.contains("DONE (FAIL")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        // By induction alone nothing is refuted.
        _ if log.contains("DONE (UNKNOWN") => Some(false),
        _ => panic!("{top}: {log}{}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Proves the properties, and that none of the errors survives them.
fn proof(top: &str, block: &dyn Block, properties: &str, errors: &[(&str, &str)]) {
    let text = emit(top, block).unwrap();
    assert_ne!(holds(top, &text, properties), Some(false), "{top}");
    for (what, with) in errors {
        assert!(text.contains(what), "{what}");
        let wrong = text.replace(what, with);
        assert_ne!(holds(top, &wrong, properties), Some(true), "{what}");
    }
}

#[test]
fn the_queue_never_overflows() {
    let errors = [("push && !full", "push"), ("level - 7'd1", "level - 7'd2")];
    let properties = include_str!("formal/byte_fifo.sv");
    proof(
        "byte_fifo",
        &ByteFifo::new(RECEIVE_QUEUE),
        properties,
        &errors,
    );
}

#[test]
fn no_frame_with_a_bad_crc_is_handed_out_and_every_frame_ends() {
    let errors = [
        (
            "crc_state_2 == residue",
            "crc_state_2 == residue || count[0]",
        ),
        ("offered_length <= longest", "offered_length != 16'd0"),
        ("crc_octet = window_4", "crc_octet = window_3"),
    ];
    let properties = include_str!("formal/frame_receiver.sv");
    proof("frame_receiver", &FrameReceiver::new(), properties, &errors);
}
