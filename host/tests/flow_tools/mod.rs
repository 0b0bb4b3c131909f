//! Which tools a test of the flow needs, and saying loudly that they are not there.

use systole_sim::tools;

/// From Verilog to a decoded bitstream of an iCE40.
pub(crate) const ICE40: &[&str] = &[
    "verilator",
    "cxx",
    "yosys",
    "nextpnr-ice40",
    "icepack",
    "iceunpack",
    "icebox_vlog",
];

/// True when all named tools are there; otherwise says loudly what is skipped.
pub(crate) fn have(needed: &[&str], what: &str) -> bool {
    let missing = needed.iter().find(|tool| tools::find(tool).is_err());
    if let Some(tool) = missing {
        eprintln!("SKIPPED: {what}: {tool} is not installed");
    }
    missing.is_none()
}
