//! Cell costs: LUTs and flip-flops of each unit. The one home of these numbers.
//!
//! *Counted* costs follow from the widths in the design, at one 4-input LUT for each bit of an adder or of a
//! two-way choice. *Measured* costs come from synthesis and place-and-route for ECP5; other families differ. *Fitted* ones: LUTs to an earlier
//! state of the hardware, flip-flops by least squares to the designs of `bitstreams/measurements.toml` that are not held out.

use super::memories;
use crate::config::{Arch, bits};
use crate::isa;
use crate::timing;

/// LUTs and flip-flops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// 4-input LUTs.
    pub luts: usize,
    /// Flip-flops.
    pub flip_flops: usize,
}

/// Units of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// What it is.
    pub name: &'static str,
    /// How many there are.
    pub count: usize,
    /// Cost of one.
    pub cost: Cost,
}

const fn cost(luts: usize, flip_flops: usize) -> Cost {
    Cost { luts, flip_flops }
}

/// 8x8 product of rows of carry cells of an ECP5, three registers. LUTs measured: 92 with sum and weight register; flip-flops fitted.
pub const PRODUCT_ROWS: Cost = cost(72, 90);
/// 8x8 product of Booth rows of Verilog. LUTs measured: an array of 32 takes 4,784 in an ECP5, one of 16 takes 2,272 in a Gowin;
/// flip-flops fitted.
pub const PRODUCT_BOOTH: Cost = cost(131, 83);
/// 8x8 product of Verilog `*` without multiplier cells, as the flow maps it: eight rows of conditional additions, ten bits each. Counted.
pub const PRODUCT_STAR: Cost = cost(80, 48);
/// 8x8 product of Verilog `*` on a multiplier cell: synthesis leaves the registers outside. Counted.
pub const PRODUCT_STAR_HARD: Cost = cost(0, 48);
/// 8x8 product on an instantiated multiplier with all its registers on.
pub const PRODUCT_HARD: Cost = cost(0, 0);
/// One post-processing lane with both of its multipliers on multiplier cells, its beats and parameters. Fitted, as
/// [`CONTROL`] is.
pub const LANE: Cost = cost(700, 305);
/// An 18x17 multiplier of a lane without multiplier cells. Counted: 17 rows of 18 bits, three registers.
pub const LANE_MULTIPLIER: Cost = cost(17 * 18, 3 * 34);
/// The same in a lean accelerator: no residual operand, so one multiplier less. Fitted, with [`LEAN_CONTROL`].
pub const LEAN_LANE: Cost = cost(550, 199);
/// [`CONTROL`] of a lean accelerator: what nobody reads of an instruction needs no register. Fitted to the preset `2x2-lean`
/// for ECP5, iCE40 and Gowin.
pub const LEAN_CONTROL: Cost = cost(1646, 1154);
/// Registers of a multiplier of a lane: both factors and the product. Counted.
const LANE_PRODUCT_REGISTERS: usize = 18 + 17 + 34;
/// Registers of a multiplier of a hidden unit that nothing else reads: the product. Counted.
const UNIT_PRODUCT_REGISTERS: usize = 32;
/// LUTs that an accumulator has beside its sum, as it counts 256-fold between two planes. Fitted as [`GATE`] is.
const PLANE_CHOICE: usize = 12;
/// What the recurrent unit has for each lane: sum, table look-up, interpolation. LUTs fitted, with those of [`RECURRENT_CONTROL`],
/// to what a recurrent unit adds to the accelerators 2x2 (2,024) and 8x8 (3,382), yosys 0.70, ECP5, and hidden states of 16 bits to
/// 2x2 (104), 4x4 (129) and 8x8 (333), accumulators included.
pub const GATE: Cost = cost(501, 205);
/// What it has once: beats, words, state rows, and registers that carry all of them along.
pub const RECURRENT_CONTROL: Cost = cost(614, 1582);
/// What it has for each hidden unit at once, its multipliers on multiplier cells: cell, tanh, hidden state. Counted.
pub const HIDDEN_UNIT: Cost = cost(564, 576);
/// Multipliers of a hidden unit without multiplier cells, 17 rows of 18 bits each. Counted.
pub const HIDDEN_UNIT_MULTIPLIERS: Cost = cost(3 * 17 * 18, 3 * 34);
/// Multipliers of a hidden unit: two for the cell, one for the hidden state. Lines between knots are built of LUTs.
pub const MULTIPLIERS_OF_UNIT: usize = 3;
/// Sequencer without its instruction registers, host port, link. Fitted to the placed designs without recurrent unit of
/// `bitstreams/measurements.toml`.
pub const CONTROL: Cost = cost(1900, 2012);

/// What a board adds: UART, its queue, reset. Measured: `2x2-lean` (156 LUTs, 75 flip-flops) and 16x16 (151 and 79), ECP5.
pub const BOARD: Cost = cost(156, 76);
/// Of a hundred flip-flops of an iCE40 so many share a cell with their LUT ([`Cell::Shared`](super::Cell::Shared)). Fitted to `2x2-lean` in
/// an HX8K: 7,406 cells.
pub const PAIRED_ICE40: usize = 32;
/// The same of a Gowin. Fitted to four arrays in a GW2A-18: 20 to 32.
pub const PAIRED_GOWIN: usize = 24;
/// What the flow for iCE40 saves: the longest delay line (16 words of 13 bits in `2x2-lean`) is a ring in one block RAM.
pub const RING: Cost = cost(0, 200);

/// Units of a configuration with `hard` products on multiplier cells; `cells`: the family has multiplier cells.
pub fn units(arch: &Arch, hard: usize, cells: bool) -> Vec<Unit> {
    let mut all = array(arch, hard);
    all.extend(surroundings(arch));
    let (lane, control) = match arch.lean {
        true => (LEAN_LANE, LEAN_CONTROL),
        false => (LANE, CONTROL),
    };
    let soft_multipliers = if cells { 0 } else { lane_multipliers(arch) };
    all.extend([
        unit("post-processing lane", arch.lanes, lane),
        unit("multiplier of a lane", soft_multipliers, LANE_MULTIPLIER),
        unit("sequencer, host port, link", 1, control),
    ]);
    if arch.recurrent_units > 0 {
        let soft = if cells { 0 } else { arch.units_at_once() };
        all.extend([
            unit("recurrent control", 1, RECURRENT_CONTROL),
            unit("recurrent gate", arch.lanes, GATE),
            unit("recurrent hidden unit", arch.units_at_once(), HIDDEN_UNIT),
            unit(
                "multipliers of a hidden unit",
                soft,
                HIDDEN_UNIT_MULTIPLIERS,
            ),
        ]);
    }
    all
}

/// Multipliers of all lanes: of the sum, and of the residual operand if there is one.
pub fn lane_multipliers(arch: &Arch) -> usize {
    arch.lanes * if arch.lean { 1 } else { 2 }
}

/// Sum over all units.
pub fn total(arch: &Arch, hard: usize, cells: bool) -> Cost {
    sum(&units(arch, hard, cells))
}

fn sum(units: &[Unit]) -> Cost {
    units.iter().fold(Cost::default(), |all, u| {
        cost(
            all.luts + u.count * u.cost.luts,
            all.flip_flops + u.count * u.cost.flip_flops,
        )
    })
}

fn unit(name: &'static str, count: usize, cost: Cost) -> Unit {
    Unit { name, count, cost }
}

/// Flip-flops that the flow moves into block RAMs and multipliers, where both have registers: whole output registers of memories, and
/// those of the multipliers of lanes and hidden units. Registers around a product of Verilog `*` in the array stay outside. Counted.
pub fn moved(arch: &Arch) -> usize {
    let units = match arch.recurrent_units {
        0 => 0,
        _ => arch.units_at_once() * MULTIPLIERS_OF_UNIT,
    };
    registers_of_memories(arch)
        + lane_multipliers(arch) * LANE_PRODUCT_REGISTERS
        + units * UNIT_PRODUCT_REGISTERS
}

fn registers_of_memories(arch: &Arch) -> usize {
    let registered = |m: &&memories::Memory| !["timestamps", "payload buffer"].contains(&m.name);
    let all = memories::memories(arch);
    all.iter()
        .filter(registered)
        .map(|m| m.count * m.width)
        .sum()
}

/// The array with skew and deskew; accumulators follow it.
fn array(arch: &Arch, hard: usize) -> Vec<Unit> {
    use crate::config::Multipliers::{Generic, Lut};
    let (rows, groups, sum) = (arch.rows, arch.groups(), arch.partial_sum_bits());
    let (product_hard, product_soft) = match arch.multipliers {
        Generic => (PRODUCT_STAR_HARD, PRODUCT_STAR),
        Lut => (PRODUCT_HARD, PRODUCT_BOOTH),
        _ => (PRODUCT_HARD, PRODUCT_ROWS),
    };
    let hop = 8 + arch.weight_address_bits();
    let products = rows * arch.cols;
    vec![
        unit("product on a multiplier cell", hard, product_hard),
        unit(
            "product of LUTs",
            products.saturating_sub(hard),
            product_soft,
        ),
        unit("weight register and sum", products, cost(sum, sum + 8)),
        unit("hop of activation and address", rows * groups, cost(0, hop)),
        unit("skew register", rows * (rows - 1) / 2, cost(0, hop)),
        unit(
            "deskew register",
            groups * (groups - 1) / 2,
            cost(0, arch.group() * sum),
        ),
    ]
}

/// Everything between the banks and the array, and between the array and the lanes.
fn surroundings(arch: &Arch) -> Vec<Unit> {
    let (pair, acc) = (2 * 8 * arch.rows, Arch::ACCUMULATOR_BITS);
    let beat = 8 * arch.lanes.max(4);
    let rotate = 8 * arch.rows * bits(2 * arch.rows);
    let loop_bits = 2 * isa::width::COUNT + 2 * isa::width::ADDRESS + isa::width::WEIGHT;
    let address_bits = arch.bank_address_bits();
    let token_bits = timing::Timing::new(arch).slot_to_beat(false) as usize * 6;
    vec![
        unit(
            "accumulator and hold register",
            arch.cols,
            cost(2 * acc + PLANE_CHOICE, 2 * acc),
        ),
        unit("maximum", arch.pool_lanes(), cost(16, 16)),
        unit(
            "bank ports",
            arch.banks,
            cost(3 * address_bits + beat * 3, 3 * address_bits + beat),
        ),
        unit(
            "write register of a bank memory",
            arch.banks * 2 * arch.rows / arch.lanes.min(4),
            cost(3, 1),
        ),
        unit(
            "output register of memories",
            1,
            cost(0, registers_of_memories(arch)),
        ),
        unit("bank selection", 1, cost((arch.banks - 1) * pair, pair)),
        unit("aligner", 1, cost(rotate + pair, 3 * pair)),
        unit(
            "loop level",
            isa::LEVELS,
            cost(2 * loop_bits, 2 * loop_bits),
        ),
        unit("instruction registers", 1, cost(0, 32 * isa::WORDS)),
        unit("tokens on their way", 1, cost(token_bits / 4, token_bits)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Multipliers;

    /// 16x16, half of the products on multiplier cells, placed and routed on an ECP5: 18k LUTs, 20k flip-flops.
    #[test]
    fn the_measured_array_is_estimated_within_a_quarter() {
        let arch = Arch {
            multipliers: Multipliers::Ecp5Mixed,
            ..Arch::preset("16x16").unwrap()
        };
        let array = sum(&array(&arch, 128));
        assert!(array.luts.abs_diff(18_000) * 4 < 18_000, "{array:?}");
        assert!(array.flip_flops.abs_diff(20_000) * 4 < 20_000, "{array:?}");
    }
}
