//! Whether a part holds a configuration and leaves room for routing, by the estimates.

use crate::config::Arch;
use crate::resources::devices::{DEVICES, Device};
use crate::resources::{Resources, estimate};

use super::part::Part;

/// Of its LUTs a design may use so many hundredths: a fuller part is routed slowly and runs slowly.
pub const MOST_LUTS: usize = 75;

/// One kind of resource: name, estimated, there, usable.
pub type Row = (&'static str, usize, usize, usize);

/// Sizes of a part.
pub fn device(part: &Part) -> Option<&'static Device> {
    DEVICES.iter().find(|device| device.name == part.device)
}

/// What a configuration needs of a part; `None` if it asks for primitives that the part does not have.
pub fn rows(arch: &Arch, part: &Part) -> Option<[Row; 4]> {
    let device = device(part)?;
    let Resources {
        multipliers,
        block_rams,
        luts,
        flip_flops,
        ..
    } = estimate(arch, &device.fabric)?;
    Some([
        ("LUTs", luts, device.luts, device.luts * MOST_LUTS / 100),
        (
            "flip-flops",
            flip_flops,
            device.flip_flops,
            device.flip_flops,
        ),
        (
            "block RAMs",
            block_rams,
            device.block_rams,
            device.block_rams,
        ),
        (
            "multipliers",
            multipliers,
            device.multipliers,
            device.multipliers,
        ),
    ])
}

/// What is short, in words; `None` if nothing is.
pub fn shortage(arch: &Arch, part: &Part) -> Option<String> {
    let Some(rows) = rows(arch, part) else {
        return Some("it has no such multipliers".into());
    };
    let short: Vec<String> = rows
        .iter()
        .filter(|(_, need, _, usable)| need > usable)
        .map(|(what, need, have, usable)| format!("{need} {what}, {usable} of {have} usable"))
        .collect();
    (!short.is_empty()).then(|| short.join("; "))
}
