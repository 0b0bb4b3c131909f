//! Resource estimates: what a configuration needs on an FPGA family, before anything is synthesized.
//!
//! Block RAMs are counted exactly, memory by memory, with the word shapes that the family offers. Multipliers are
//! counted as the generator instantiates them. LUTs and flip-flops are *estimates* from the table of cell costs
//! ([`costs`]), clock rates those of a line through measured ones ([`clock`]): good enough to choose a configuration, no promise
//! about a placed design. `docs/estimates.md` compares them with placed designs.

pub mod block_ram;
pub mod clock;
pub mod costs;
pub mod devices;
pub mod memories;
pub mod placed;

use crate::config::{Arch, Multipliers};
use crate::frame;
use block_ram::BlockRam;
use costs::Cost;

/// An FPGA family, as far as estimates go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fabric {
    /// Name.
    pub name: &'static str,
    /// Its block RAM.
    pub block_ram: BlockRam,
    /// Its multiplier, if it has one that the generator uses.
    pub multiplier: Option<&'static str>,
    /// Signed 8x8 products that one such multiplier gives.
    pub products: usize,
    /// What a cell holds.
    pub cell: Cell,
    /// LUTs after synthesis, in thousandths of what the table of costs says, which was fitted to ECP5.
    pub synthesized: usize,
    /// LUTs of a placed design, in thousandths of those after synthesis: ends of carry chains take some.
    pub placed: usize,
    /// Placed LUTs more for a product of rows of carry cells, each of which is a chain.
    pub chains_of_product: usize,
    /// The flow moves registers into its block RAMs and multipliers.
    pub registers_move: bool,
}

/// How LUTs and flip-flops share the cells of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// The flip-flop has an input of its own: LUTs and flip-flops are used up independently.
    Independent,
    /// The flip-flop takes what the LUT gives: one that is fed by something else, or by a LUT that others read too, takes a whole cell. So
    /// many hundredths of the flip-flops share a cell with their LUT; cells of which only the carry is used are counted against them.
    Shared(usize),
}

/// Lattice ECP5.
pub const ECP5: Fabric = Fabric {
    name: "ECP5",
    block_ram: block_ram::DP16KD,
    multiplier: Some("MULT18X18D"),
    products: 1,
    cell: Cell::Independent,
    synthesized: 1000,
    placed: 1075,
    chains_of_product: 20,
    registers_move: true,
};
/// Lattice iCE40 HX and LP: no multipliers. An UP5K has some, which the estimate leaves out.
pub const ICE40: Fabric = Fabric {
    name: "iCE40",
    block_ram: block_ram::SB_RAM40_4K,
    multiplier: None,
    products: 0,
    cell: Cell::Shared(costs::PAIRED_ICE40),
    synthesized: 913,
    placed: 1000,
    chains_of_product: 0,
    registers_move: false,
};
/// Gowin GW1N and GW2A: one 18x18 multiplier gives two 9x9 products.
pub const GOWIN: Fabric = Fabric {
    name: "Gowin",
    block_ram: block_ram::BSRAM,
    multiplier: Some("MULT18X18"),
    products: 2,
    cell: Cell::Shared(costs::PAIRED_GOWIN),
    synthesized: 1000,
    placed: 1000,
    chains_of_product: 0,
    registers_move: false,
};

/// All families.
pub const FABRICS: [Fabric; 3] = [ECP5, ICE40, GOWIN];

/// What a configuration needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resources {
    /// Multiplier cells of the family: of the array, two for each post-processing lane (a lean one has one), those of the recurrent unit.
    pub multipliers: usize,
    /// Products of the array that are built of LUTs.
    pub lut_products: usize,
    /// Block RAMs.
    pub block_rams: usize,
    /// 4-input LUTs after synthesis; an estimate.
    pub luts: usize,
    /// Flip-flops; an estimate.
    pub flip_flops: usize,
    /// 4-input LUTs of the placed design; an estimate.
    pub placed_luts: usize,
    /// Cells for placed LUTs and flip-flops together; an estimate.
    pub cells: usize,
}

impl Fabric {
    /// Cells for so many LUTs and flip-flops.
    pub fn cells(&self, cost: Cost) -> usize {
        match self.cell {
            Cell::Independent => cost.luts.max(cost.flip_flops),
            Cell::Shared(paired) => cost.luts + cost.flip_flops - cost.flip_flops * paired / 100,
        }
    }
}

/// What `arch` needs on a board with `fabric`: the accelerator, and the UART with its queue. `None` as for [`estimate`].
pub fn on_board(arch: &Arch, fabric: &Fabric) -> Option<Resources> {
    let queue = fabric.block_ram.blocks(frame::RECEIVE_QUEUE, 8);
    needed(arch, fabric, costs::BOARD, queue)
}

/// What `arch` needs on `fabric`; `None` if it asks for primitives that the family does not have.
pub fn estimate(arch: &Arch, fabric: &Fabric) -> Option<Resources> {
    needed(arch, fabric, Cost::default(), 0)
}

/// The accelerator, and what is around it.
fn needed(arch: &Arch, fabric: &Fabric, around: Cost, memories: usize) -> Option<Resources> {
    let hard_products = hard_products(arch, fabric)?;
    let lut_products = arch.rows * arch.cols - hard_products;
    let has_cells = fabric.multiplier.is_some();
    let mut multipliers = hard_products.div_ceil(fabric.products.max(1));
    if has_cells {
        multipliers += costs::lane_multipliers(arch);
        if arch.recurrent_units > 0 {
            multipliers += costs::MULTIPLIERS_OF_UNIT * arch.units_at_once();
        }
    }
    let mut total = costs::total(arch, hard_products, has_cells);
    if fabric.registers_move {
        total.flip_flops -= costs::moved(arch);
    }
    let mut block_rams = block_rams(arch, &fabric.block_ram) + memories;
    if *fabric == ICE40 {
        total.flip_flops -= costs::RING.flip_flops;
        block_rams += 1;
    }
    let luts = total.luts * fabric.synthesized / 1000 + around.luts;
    let chains = match arch.multipliers {
        Multipliers::Generic => 0,
        _ => lut_products * fabric.chains_of_product,
    };
    let placed = Cost {
        luts: luts * fabric.placed / 1000 + chains,
        flip_flops: total.flip_flops + around.flip_flops,
    };
    Some(Resources {
        multipliers,
        lut_products,
        block_rams,
        luts,
        flip_flops: placed.flip_flops,
        placed_luts: placed.luts,
        cells: fabric.cells(placed),
    })
}

/// Block RAMs of all memories of a configuration.
pub fn block_rams(arch: &Arch, block: &BlockRam) -> usize {
    let memories = memories::memories(arch);
    memories.iter().map(|m| m.blocks(block)).sum()
}

/// Products of the array on multiplier cells; `None` if the family lacks the primitives asked for.
fn hard_products(arch: &Arch, fabric: &Fabric) -> Option<usize> {
    let all = arch.rows * arch.cols;
    match arch.multipliers {
        Multipliers::Generic => Some(if fabric.multiplier.is_some() { all } else { 0 }),
        Multipliers::Lut => Some(0),
        Multipliers::Ecp5Dsp => (*fabric == ECP5).then_some(all),
        Multipliers::Ecp5Mixed => (*fabric == ECP5).then(|| arch.rows * arch.groups() * 2),
        Multipliers::Ecp5Quarter => (*fabric == ECP5).then(|| arch.rows * arch.groups()),
        Multipliers::Ecp5Rows => (*fabric == ECP5).then_some(0),
    }
}
