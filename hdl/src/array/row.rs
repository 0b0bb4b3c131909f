//! One row of the array: cells side by side, the same activation passing through all of them.

use systole_arch::Multipliers;

use super::cell::Cell;
use super::grid::ArraySizes;
use crate::rt::prelude::*;

/// `G` cells. The activation reaches group `g` after `g` cycles.
#[derive(LogicBlock)]
pub struct ArrayRow {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Activation of this row.
    pub x: Sig<In>,
    /// Weight address, three cycles ahead of `x`.
    pub address: Sig<In>,
    /// Partial sums of the row above.
    pub sum_in: Vec<Sig<In>>,
    /// Loads a word into the cell of this group.
    pub write_enable: Vec<Flag<In>>,
    /// Address of the word to load.
    pub write_address: Sig<In>,
    /// The word.
    pub write_data: Sig<In>,
    /// Partial sums for the row below.
    pub sum_out: Vec<Sig<Out>>,
    cell: Vec<Cell>,
    groups: Size,
    group: Size,
}

impl ArrayRow {
    /// A row for an array of the given sizes.
    pub fn new(sizes: &ArraySizes, multipliers: Multipliers) -> Self {
        let (group, groups, bits) = (sizes.group(), sizes.groups(), sizes.sum_bits());
        ArrayRow {
            doc: Doc::new(
                "array_row",
                "Cells of one row; x and address hop one cell to the east each cycle.",
            )
            .port("write_enable", "one for each cell"),
            clock: Signal::default(),
            x: Sig::int(sizes.data_bits),
            address: Sig::uint(address_width(sizes.depth)),
            sum_in: Sig::int_lanes(sizes.cols, bits),
            write_enable: Flag::lanes(groups),
            write_address: Sig::uint(address_width(sizes.depth)),
            write_data: Sig::uint(sizes.data_bits * group),
            sum_out: Sig::int_lanes(sizes.cols, bits),
            cell: (0..groups).map(|_| Cell::new(sizes, multipliers)).collect(),
            groups: Size::new(groups),
            group: Size::new(group),
        }
    }
}

impl Logic for ArrayRow {
    #[hdl_gen]
    fn update(&mut self) {
        for g in 0..self.groups.n {
            self.cell[g].clock.next = self.clock.val();
            if g == 0 {
                self.cell[g].x.next = self.x.val();
                self.cell[g].address.next = self.address.val();
            } else {
                self.cell[g].x.next = self.cell[g - 1].x_out.val();
                self.cell[g].address.next = self.cell[g - 1].address_out.val();
            }
            self.cell[g].write_enable.next = self.write_enable[g].val();
            self.cell[g].write_address.next = self.write_address.val();
            self.cell[g].write_data.next = self.write_data.val();
            for i in 0..self.group.n {
                self.cell[g].sum_in[i].next = self.sum_in[g * self.group.n + i].val();
                self.sum_out[g * self.group.n + i].next = self.cell[g].sum_out[i].val();
            }
        }
    }
}
