//! Parts on boards: how the tools spell them, which pins and I/O standards they have, which PLL.

use super::pins::Pins;
use super::pll::{EHXPLLL, PllCell, RPLL_GW1NR_9, RPLL_GW2A_18, SB_PLL40};
use serde::Serialize;

/// A family of parts that one chain of tools builds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Lattice ECP5: nextpnr-ecp5, `.lpf`.
    Ecp5,
    /// Lattice iCE40: nextpnr-ice40, `.pcf`.
    Ice40,
    /// Gowin GW1N and GW2A: nextpnr-himbaechel-gowin, `.cst`.
    Gowin,
}

impl Family {
    /// Name.
    pub fn name(self) -> &'static str {
        match self {
            Family::Ecp5 => "ECP5",
            Family::Ice40 => "iCE40",
            Family::Gowin => "Gowin",
        }
    }

    /// Whether nextpnr counts cells of a LUT and a flip-flop, not LUTs alone.
    pub fn counts_cells(self) -> bool {
        self != Family::Ecp5
    }

    /// I/O standards that a board file may name.
    pub fn standards(self) -> &'static [&'static str] {
        match self {
            Family::Ice40 => &["LVCMOS33", "LVCMOS25", "LVCMOS18"],
            _ => &["LVCMOS33", "LVCMOS25", "LVCMOS18", "LVCMOS15", "LVCMOS12"],
        }
    }

    /// Extension of constraint files.
    pub fn extension(self) -> &'static str {
        match self {
            Family::Ecp5 => "lpf",
            Family::Ice40 => "pcf",
            Family::Gowin => "cst",
        }
    }
}

/// A part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Name in board files.
    pub name: &'static str,
    /// Family.
    pub family: Family,
    /// Its sizes: a name of [`DEVICES`](crate::resources::devices::DEVICES).
    pub device: &'static str,
    /// How nextpnr calls it: the option, or the start of the part number (Gowin).
    pub nextpnr: &'static str,
    /// Packages and how their pins are named.
    pub packages: &'static [(&'static str, Pins)],
    /// Speed grades; empty where the tools know none.
    pub speeds: &'static [&'static str],
    /// Its PLL.
    pub pll: PllCell,
}

const BG381: (&str, Pins) = ("CABGA381", Pins::Balls(20, 20));
const BG554: (&str, Pins) = ("CABGA554", Pins::Balls(26, 26));
const ECP5_SPEEDS: &[&str] = &["6", "7", "8"];

const fn ecp5(name: &'static str, device: &'static str, nextpnr: &'static str) -> Part {
    Part {
        name,
        family: Family::Ecp5,
        device,
        nextpnr,
        packages: &[BG381],
        speeds: ECP5_SPEEDS,
        pll: EHXPLLL,
    }
}

/// All parts of known boards.
pub const PARTS: &[Part] = &[
    ecp5("LFE5U-12F", "ECP5 12F", "12k"),
    ecp5("LFE5U-25F", "ECP5 25F", "25k"),
    ecp5("LFE5U-85F", "ECP5 85F", "85k"),
    Part {
        packages: &[BG554],
        speeds: &["8"],
        ..ecp5("LFE5UM5G-85F", "ECP5 85F", "um5g-85k")
    },
    Part {
        name: "iCE40HX8K",
        family: Family::Ice40,
        device: "iCE40 HX8K",
        nextpnr: "hx8k",
        packages: &[("ct256", Pins::Balls(16, 16))],
        speeds: &[],
        pll: SB_PLL40,
    },
    Part {
        name: "iCE40UP5K",
        family: Family::Ice40,
        device: "iCE40 UP5K",
        nextpnr: "up5k",
        packages: &[("sg48", Pins::Numbers(48))],
        speeds: &[],
        pll: SB_PLL40,
    },
    Part {
        name: "GW1NR-9C",
        family: Family::Gowin,
        device: "Gowin GW1NR-9",
        nextpnr: "GW1NR-LV9",
        packages: &[("QN88P", Pins::Numbers(88))],
        speeds: &["C6/I5"],
        pll: RPLL_GW1NR_9,
    },
    Part {
        name: "GW2A-18C",
        family: Family::Gowin,
        device: "Gowin GW2A-18",
        nextpnr: "GW2A-LV18",
        packages: &[("PG256", Pins::Balls(16, 16))],
        speeds: &["C8/I7"],
        pll: RPLL_GW2A_18,
    },
];

impl Part {
    /// The part of that name.
    pub fn named(name: &str) -> Option<&'static Part> {
        PARTS.iter().find(|part| part.name == name)
    }

    /// Family name of the die in the tools for Gowin (`--vopt family=`, `gowin_pack -d`).
    pub fn gowin_die(&self) -> &'static str {
        match self.name {
            "GW1NR-9C" => "GW1N-9C",
            other => other,
        }
    }

    /// Arguments that tell nextpnr the part.
    pub fn nextpnr_arguments(&self, package: &str, speed: Option<&str>) -> Vec<String> {
        let words = |all: &[&str]| all.iter().map(|w| (*w).to_owned()).collect();
        let option = format!("--{}", self.nextpnr);
        let speed = speed.unwrap_or_default();
        match self.family {
            Family::Ecp5 => words(&[&option, "--package", package, "--speed", speed]),
            Family::Ice40 => words(&[&option, "--package", package]),
            Family::Gowin => {
                let device = format!("{}{package}{speed}", self.nextpnr);
                let die = format!("family={}", self.gowin_die());
                words(&["--device", &device, "--vopt", &die])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::devices::DEVICES;

    #[test]
    fn every_part_has_sizes() {
        for part in PARTS {
            assert!(
                DEVICES.iter().any(|d| d.name == part.device),
                "{}",
                part.name
            );
        }
    }
}
