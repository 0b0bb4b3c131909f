//! Whether a part holds a configuration and leaves room for routing, by the estimates.

use crate::config::Arch;
use crate::resources::devices::{DEVICES, Device, drop_told_cells};
use crate::resources::{Resources, on_board};

use super::part::{Family, Part};

/// Of its LUTs a design may use so many hundredths after synthesis: placed it takes more (the row `cells`), and a fuller part is routed
/// slowly and runs slowly.
pub const MOST_LUTS: usize = 75;

/// Of the cells of a Gowin so many hundredths: nextpnr 0.11.1 found no places for a design that takes 88 % of a GW1NR-9 by the estimate, in the
/// one run that this limit rests on (one seed, 54 MHz): LUTs and flip-flops that do not belong together cannot share a cell, and a quarter of the cells has no flip-flop. An iCE40 was filled to 96 %.
pub const MOST_GOWIN_CELLS: usize = 85;

/// One kind of resource: name, estimated, there, usable.
pub type Row = (&'static str, usize, usize, usize);

/// Sizes of a part.
pub fn device(part: &Part) -> Option<&'static Device> {
    DEVICES.iter().find(|device| device.name == part.device)
}

/// What a configuration needs of a part; `None` if it asks for primitives that the part does not have.
pub fn rows(arch: &Arch, part: &Part) -> Option<[Row; 5]> {
    let device = device(part)?;
    let Resources {
        multipliers,
        block_rams,
        luts,
        flip_flops,
        cells,
        ..
    } = on_board(arch, &device.fabric)?;
    // A cell has one LUT and at most one flip-flop.
    Some([
        ("LUTs", luts, device.luts, device.luts * MOST_LUTS / 100),
        all("flip-flops", flip_flops, device.flip_flops),
        all("block RAMs", block_rams, device.block_rams),
        all("multipliers", multipliers, device.multipliers),
        ("cells", cells, device.luts, most_cells(part, device.luts)),
    ])
}

fn most_cells(part: &Part, cells: usize) -> usize {
    match part.family {
        Family::Gowin => cells * MOST_GOWIN_CELLS / 100,
        _ => cells,
    }
}

/// A resource of which everything may be used.
fn all(name: &'static str, needed: usize, there: usize) -> Row {
    (name, needed, there, there)
}

/// What is short, in words; `None` if nothing is.
pub fn shortage(arch: &Arch, part: &Part) -> Option<String> {
    let Some(rows) = rows(arch, part) else {
        return Some("it has no such multipliers".into());
    };
    let mut short = rows.to_vec();
    short.retain(|(_, need, _, usable)| need > usable);
    drop_told_cells(&mut short, |row| row.0);
    let short: Vec<String> = short
        .iter()
        .map(|(what, need, have, usable)| format!("{need} {what}, {usable} of {have} usable"))
        .collect();
    (!short.is_empty()).then(|| short.join("; "))
}
