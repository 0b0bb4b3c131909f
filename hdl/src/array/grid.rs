//! The whole array: skewed rows in, aligned column sums out.

use systole_arch::{Arch, Multipliers, config::bits, timing};

use super::row::ArrayRow;
use crate::rt::prelude::*;

/// What the generator of an array needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArraySizes {
    /// `R`.
    pub rows: usize,
    /// `C`.
    pub cols: usize,
    /// Bits of an activation and of a weight: 2 to 16; multipliers of other widths than 8 are generic.
    pub data_bits: usize,
    /// Words in the weight memory of a cell.
    pub depth: usize,
    /// Cycles from the weight address of a slot to its vector; at least `WEIGHT_READ`.
    pub vector_latency: usize,
}

impl ArraySizes {
    /// Columns of a cell: their weights are one word of its memory, which has fewer than 64 bits.
    pub fn group(&self) -> usize {
        let columns = if self.data_bits * 4 < 64 { 4 } else { 2 };
        self.cols.min(columns)
    }

    /// Cells of a row.
    pub fn groups(&self) -> usize {
        self.cols / self.group()
    }

    /// Bits of a partial sum.
    pub fn sum_bits(&self) -> usize {
        2 * self.data_bits + bits(self.rows)
    }

    /// Cycles from a vector at the edge of the array to its sums.
    pub fn latency(&self) -> usize {
        (self.rows - 1) + (self.groups() - 1) + (timing::MULTIPLY + timing::ADD) as usize
    }
}

impl From<&Arch> for ArraySizes {
    fn from(arch: &Arch) -> Self {
        ArraySizes {
            rows: arch.rows,
            cols: arch.cols,
            data_bits: 8,
            depth: arch.weight_depth,
            vector_latency: timing::SLOT_TO_VECTOR as usize,
        }
    }
}

/// `R x C` multiply-adds. `sums` belong to the vector of `(R-1) + (G-1) + 4` cycles ago.
#[derive(LogicBlock)]
pub struct Array {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// One activation for each row.
    pub vector: Vec<Sig<In>>,
    /// Weight address of the slot, `vector_latency` cycles ahead of its vector.
    pub weight: Sig<In>,
    /// Loads one word of weights.
    pub write_enable: Flag<In>,
    /// Row of the cell to load.
    pub write_row: Sig<In>,
    /// Group of the cell to load.
    pub write_group: Sig<In>,
    /// Address inside the cell.
    pub write_address: Sig<In>,
    /// One weight for each column of the group.
    pub write_data: Sig<In>,
    /// One sum of `R` products for each column.
    pub sums: Vec<Sig<Out>>,
    first_address: Delay,
    address: Vec<Reg>,
    skew: Vec<Delay>,
    row: Vec<ArrayRow>,
    deskew: Vec<Delay>,
    load: Vec<FlagReg>,
    load_row: Vec<Reg>,
    load_group: Vec<Reg>,
    load_address: Vec<Reg>,
    load_data: Vec<Reg>,
    rows: Size,
    cols: Size,
    groups: Size,
}

impl Array {
    /// The array of the given sizes.
    pub fn new(sizes: &ArraySizes, multipliers: Multipliers) -> Self {
        let (rows, groups, sum) = (sizes.rows, sizes.groups(), sizes.sum_bits());
        let (address, word) = (address_width(sizes.depth), sizes.data_bits * sizes.group());
        let (row_bits, group_bits) = (bits(rows).max(1), bits(groups).max(1));
        let deskew = |column: usize| Delay::int(sum, groups - 1 - column / sizes.group());
        Array {
            doc: Doc::new("array", format!("Systolic array, {rows} rows by {} columns. Activations move east, sums move south.", sizes.cols))
                .port("vector", "one activation for each row, all of the same slot")
                .port("weight", "weight address of the slot, ahead of its vector")
                .port("sums", "sums of products, all columns of the same slot"),
            clock: Signal::default(),
            vector: Sig::int_lanes(rows, sizes.data_bits),
            weight: Sig::uint(address),
            write_enable: Flag::new(),
            write_row: Sig::uint(row_bits),
            write_group: Sig::uint(group_bits),
            write_address: Sig::uint(address),
            write_data: Sig::uint(word),
            sums: Sig::int_lanes(sizes.cols, sum),
            first_address: Delay::uint(address, sizes.vector_latency - timing::WEIGHT_READ as usize),
            address: Reg::uint_lanes(rows, address),
            skew: (0..rows).map(|r| Delay::int(sizes.data_bits, r)).collect(),
            row: (0..rows).map(|_| ArrayRow::new(sizes, multipliers)).collect(),
            deskew: (0..sizes.cols).map(deskew).collect(),
            load: FlagReg::lanes(rows),
            load_row: Reg::uint_lanes(rows, row_bits),
            load_group: Reg::uint_lanes(rows, group_bits),
            load_address: Reg::uint_lanes(rows, address),
            load_data: Reg::uint_lanes(rows, word),
            rows: Size::new(rows),
            cols: Size::new(sizes.cols),
            groups: Size::new(groups),
        }
    }
}

impl Logic for Array {
    #[hdl_gen]
    fn update(&mut self) {
        // Weight addresses: aligned with the vector, then one row further south each cycle.
        clock!(self, clock, first_address);
        self.first_address.d.next = self.weight.val();
        for r in 0..self.rows.n {
            self.address[r].clock.next = self.clock.val();
            self.row[r].clock.next = self.clock.val();
            self.skew[r].clock.next = self.clock.val();
            self.skew[r].d.next = self.vector[r].val();
            self.row[r].x.next = self.skew[r].q.val();
            if r == 0 {
                self.address[r].d.next = self.first_address.q.val();
                self.row[r].address.next = self.first_address.q.val();
            } else {
                self.address[r].d.next = self.address[r - 1].q.val();
                self.row[r].address.next = self.address[r - 1].q.val();
            }
            for c in 0..self.cols.n {
                if r == 0 {
                    self.row[r].sum_in[c].next = 0.into();
                } else {
                    self.row[r].sum_in[c].next = self.row[r - 1].sum_out[c].val();
                }
            }
        }
        // Loading: the write travels south; the row that it names takes it.
        for r in 0..self.rows.n {
            self.load[r].clock.next = self.clock.val();
            self.load_row[r].clock.next = self.clock.val();
            self.load_group[r].clock.next = self.clock.val();
            self.load_address[r].clock.next = self.clock.val();
            self.load_data[r].clock.next = self.clock.val();
            if r == 0 {
                self.load[r].d.next = self.write_enable.val();
                self.load_row[r].d.next = self.write_row.val();
                self.load_group[r].d.next = self.write_group.val();
                self.load_address[r].d.next = self.write_address.val();
                self.load_data[r].d.next = self.write_data.val();
            } else {
                self.load[r].d.next = self.load[r - 1].q.val();
                self.load_row[r].d.next = self.load_row[r - 1].q.val();
                self.load_group[r].d.next = self.load_group[r - 1].q.val();
                self.load_address[r].d.next = self.load_address[r - 1].q.val();
                self.load_data[r].d.next = self.load_data[r - 1].q.val();
            }
            self.row[r].write_address.next = self.load_address[r].q.val();
            self.row[r].write_data.next = self.load_data[r].q.val();
            for g in 0..self.groups.n {
                self.row[r].write_enable[g].next = self.load[r].q.val()
                    && (self.load_row[r].q.val() == r)
                    && (self.load_group[r].q.val() == g);
            }
        }
        // Group g leaves the bottom g cycles late; the groups before it wait.
        for c in 0..self.cols.n {
            self.deskew[c].clock.next = self.clock.val();
            self.deskew[c].d.next = self.row[self.rows.n - 1].sum_out[c].val();
            self.sums[c].next = self.deskew[c].q.val();
        }
    }
}
