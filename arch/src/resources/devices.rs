//! Sizes of FPGA devices, and whether one holds a configuration by the estimates.

use super::{ECP5, Fabric, GOWIN, ICE40, Resources, estimate};
use crate::config::{Arch, Multipliers};

/// One FPGA: what it has, from its data sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// Part.
    pub name: &'static str,
    /// Family.
    pub fabric: Fabric,
    /// Block RAMs.
    pub block_rams: usize,
    /// Multipliers that the generator uses.
    pub multipliers: usize,
    /// 4-input LUTs.
    pub luts: usize,
    /// Flip-flops.
    pub flip_flops: usize,
}

const fn device(name: &'static str, fabric: Fabric, sizes: [usize; 4]) -> Device {
    let [block_rams, multipliers, luts, flip_flops] = sizes;
    Device {
        name,
        fabric,
        block_rams,
        multipliers,
        luts,
        flip_flops,
    }
}

/// Devices of common boards. Large single-port memories (SPRAM) and MAC cells of an UP5K are not used. Sizes are those that nextpnr 0.11.1
/// reports, except for the 12F: it is a 25F that the vendor tests in part, and the tools place on all of it.
pub const DEVICES: [Device; 8] = [
    device("ECP5 12F", ECP5, [32, 28, 12_000, 12_000]),
    device("ECP5 25F", ECP5, [56, 28, 24_288, 24_288]),
    device("ECP5 45F", ECP5, [108, 72, 43_848, 43_848]),
    device("ECP5 85F", ECP5, [208, 156, 83_640, 83_640]),
    device("iCE40 UP5K", ICE40, [30, 0, 5_280, 5_280]),
    device("iCE40 HX8K", ICE40, [32, 0, 7_680, 7_680]),
    device("Gowin GW1NR-9", GOWIN, [26, 20, 8_640, 6_480]),
    device("Gowin GW2A-18", GOWIN, [46, 48, 20_736, 15_552]),
];

/// Whether a device holds a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// Yes, with this kind of multiplier.
    With(Multipliers),
    /// No: what is needed and what there is.
    Lacks(String),
}

/// Kinds of multiplier in the order in which they are tried.
const KINDS: [Multipliers; 6] = [
    Multipliers::Generic,
    Multipliers::Ecp5Mixed,
    Multipliers::Ecp5Quarter,
    Multipliers::Ecp5Dsp,
    Multipliers::Ecp5Rows,
    Multipliers::Lut,
];

/// What a device is short of: name, needed, available.
type Shortage = (&'static str, usize, usize);

/// Whether `device` holds `arch`, whose kind of multiplier is free.
pub fn fit(arch: &Arch, device: &Device) -> Fit {
    let mut closest: Option<Vec<Shortage>> = None;
    for multipliers in KINDS {
        let arch = Arch {
            multipliers,
            ..arch.clone()
        };
        let Some(needed) = estimate(&arch, &device.fabric) else {
            continue;
        };
        let short = shortages(&needed, device);
        if short.is_empty() {
            return Fit::With(multipliers);
        }
        if closest.as_ref().is_none_or(|c| worst(&short) < worst(c)) {
            closest = Some(short);
        }
    }
    let text = |(name, need, have): Shortage| format!("{need} of {have} {name}");
    let all: Vec<String> = closest.unwrap_or_default().into_iter().map(text).collect();
    Fit::Lacks(all.join(", "))
}

fn shortages(needed: &Resources, device: &Device) -> Vec<Shortage> {
    let rows = [
        ("block RAMs", needed.block_rams, device.block_rams),
        ("multipliers", needed.multipliers, device.multipliers),
        ("LUTs", needed.luts, device.luts),
        ("flip-flops", needed.flip_flops, device.flip_flops),
        ("cells", needed.cells, device.luts),
    ];
    let mut short: Vec<Shortage> = rows
        .into_iter()
        .filter(|(_, need, have)| need > have)
        .collect();
    drop_told_cells(&mut short, |shortage| shortage.0);
    short
}

/// Cells say something new only if LUTs and flip-flops alone would fit.
pub(crate) fn drop_told_cells<T>(short: &mut Vec<T>, name: impl Fn(&T) -> &'static str) {
    let told = |shortage: &T| ["LUTs", "flip-flops"].contains(&name(shortage));
    if short.iter().any(told) {
        short.retain(|shortage| name(shortage) != "cells");
    }
}

/// How many of the shortages there are, and the largest quotient of need and stock, in thousandths.
fn worst(short: &[Shortage]) -> (usize, Option<usize>) {
    let quotients = short
        .iter()
        .map(|(_, need, have)| need * 1000 / (*have).max(1));
    (short.len(), quotients.max())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_holds_what_its_parts_hold() {
        let [_, _, _, large, ..] = DEVICES;
        let arch = Arch::preset("16x16").unwrap();
        assert_eq!(fit(&arch, &large), Fit::With(Multipliers::Ecp5Mixed));
        let few = Device {
            block_rams: 125,
            ..large
        };
        assert_eq!(fit(&arch, &few), Fit::Lacks("146 of 125 block RAMs".into()));
        let none = Device {
            multipliers: 0,
            ..large
        };
        assert_eq!(fit(&arch, &none), Fit::Lacks("22 of 0 multipliers".into()));
    }
}
