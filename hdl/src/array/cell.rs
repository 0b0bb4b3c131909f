//! One cell of the array: a weight memory and one multiply-add for each column of its group.

use systole_arch::Multipliers;

use super::grid::ArraySizes;
use super::multiplier::{Multiplier, MultiplierKind};
use crate::rt::prelude::*;

/// Weights of `group` columns, their multipliers and adders. See the module documentation for the timing.
#[derive(LogicBlock)]
pub struct Cell {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Activation, three cycles after its weight address.
    pub x: Sig<In>,
    /// Weight address.
    pub address: Sig<In>,
    /// Partial sums from the north, one for each column.
    pub sum_in: Vec<Sig<In>>,
    /// Loads one memory word.
    pub write_enable: Flag<In>,
    /// Address of the word to load.
    pub write_address: Sig<In>,
    /// One weight for each column, column 0 in the low bits.
    pub write_data: Sig<In>,
    /// `x`, one cycle later.
    pub x_out: Sig<Out>,
    /// `address`, one cycle later.
    pub address_out: Sig<Out>,
    /// `sum_in + weight * x`; the sum meets a product that is three cycles old.
    pub sum_out: Vec<Sig<Out>>,
    memory: Ram,
    weight: Vec<Reg>,
    multiplier: Vec<Multiplier>,
    sum: Vec<Reg>,
    x_hop: Reg,
    address_hop: Reg,
    group: Size,
    data_bits: Size,
}

impl Cell {
    /// A cell of an array of the given sizes.
    pub fn new(sizes: &ArraySizes, multipliers: Multipliers) -> Self {
        let (group, bits) = (sizes.group(), sizes.data_bits);
        let (address, sum_bits) = (address_width(sizes.depth), sizes.sum_bits());
        Cell {
            doc: Doc::new(
                "array_cell",
                "Weights of one row for a group of columns, and their multiply-adds.",
            )
            .port(
                "x",
                "activation, 3 cycles after its weight address; hops east",
            )
            .port("address", "weight address; hops east")
            .port("sum_in", "partial sums from the north, one for each column")
            .port(
                "sum_out",
                "sum_in + weight * (x of 3 cycles ago), registered",
            ),
            clock: Signal::default(),
            x: Sig::int(bits),
            address: Sig::uint(address),
            sum_in: Sig::int_lanes(group, sum_bits),
            write_enable: Flag::new(),
            write_address: Sig::uint(address),
            write_data: Sig::uint(bits * group),
            x_out: Sig::int(bits),
            address_out: Sig::uint(address),
            sum_out: Sig::int_lanes(group, sum_bits),
            memory: Ram::new(sizes.depth, bits * group)
                .with_output_register()
                .without_collisions(),
            weight: Reg::int_lanes(group, bits),
            multiplier: (0..group)
                .map(|column| Multiplier::new(kind(multipliers, column), bits))
                .collect(),
            sum: Reg::int_lanes(group, sum_bits),
            x_hop: Reg::int(bits),
            address_hop: Reg::uint(address),
            group: Size::new(group),
            data_bits: Size::new(bits),
        }
    }
}

/// Which multiplier a column of the group gets.
fn kind(multipliers: Multipliers, column: usize) -> MultiplierKind {
    match multipliers {
        Multipliers::Generic => MultiplierKind::Generic,
        Multipliers::Lut => MultiplierKind::Rows,
        Multipliers::Ecp5Dsp => MultiplierKind::Ecp5Dsp,
        Multipliers::Ecp5Mixed if column < 2 => MultiplierKind::Ecp5Dsp,
        Multipliers::Ecp5Quarter if column < 1 => MultiplierKind::Ecp5Dsp,
        Multipliers::Ecp5Mixed | Multipliers::Ecp5Quarter | Multipliers::Ecp5Rows => {
            MultiplierKind::Ecp5Rows
        }
    }
}

impl Logic for Cell {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, memory, x_hop, address_hop);
        self.x_hop.d.next = self.x.val();
        self.address_hop.d.next = self.address.val();
        self.x_out.next = self.x_hop.q.val();
        self.address_out.next = self.address_hop.q.val();

        self.memory.write_enable.next = self.write_enable.val();
        self.memory.write_address.next = self.write_address.val();
        self.memory.write_data.next = self.write_data.val();
        self.memory.read_address.next = self.address.val();

        for i in 0..self.group.n {
            self.weight[i].clock.next = self.clock.val();
            self.multiplier[i].clock.next = self.clock.val();
            self.sum[i].clock.next = self.clock.val();
            // The word is unsigned; the register of the column reads its bits as a signed weight.
            self.weight[i].d.next = self.memory.read_data.val() >> (i * self.data_bits.n);
            self.multiplier[i].weight.next = self.weight[i].q.val();
            self.multiplier[i].x.next = self.x.val();
            self.sum[i].d.next = self.sum_in[i].val() + self.multiplier[i].product.val();
            self.sum_out[i].next = self.sum[i].q.val();
        }
    }
}
