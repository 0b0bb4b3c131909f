//! Accumulators of the accelerator: sums over bytes, and over numbers of 16 bits whose bytes lie in two planes.

use systole_arch::Arch;

use crate::rt::prelude::*;

/// What lies in the second plane counts `2^8` times less than what lies in the first one.
const PLANE_BITS: usize = 8;

const TEXT: &str = "One accumulator for each column: total = sum with the first slot of a vector, 256 * total + sum with the first slot of
its second plane, total + sum with all others. Bits above the width are dropped: they cancel, as the compiler proves that the result fits.";

/// `total = (first ? 0 : next_plane ? 256 * total : total) + sum`, one for each column.
#[derive(LogicBlock)]
pub struct PlaneAccumulators {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The sums belong to the first slot of a vector.
    pub first: Flag<In>,
    /// They belong to the first slot of its second plane.
    pub next_plane: Flag<In>,
    /// One sum for each column.
    pub sums: Vec<Sig<In>>,
    /// Totals.
    pub totals: Vec<Sig<Out>>,
    before: Vec<Sig<Local>>,
    total: Vec<Reg>,
    cols: Size,
    plane_bits: Size,
}

impl PlaneAccumulators {
    /// Accumulators for `cols` columns and sums of `sum_bits`.
    pub fn new(cols: usize, sum_bits: usize) -> Self {
        let bits = Arch::ACCUMULATOR_BITS;
        PlaneAccumulators {
            doc: Doc::new("plane_accumulators", TEXT)
                .port(
                    "first",
                    "the sums belong to the first slot of an output vector",
                )
                .port(
                    "next_plane",
                    "they belong to the first slot of its second plane",
                ),
            clock: Signal::default(),
            first: Flag::new(),
            next_plane: Flag::new(),
            sums: Sig::int_lanes(cols, sum_bits),
            totals: Sig::int_lanes(cols, bits),
            before: Sig::int_lanes(cols, bits),
            total: Reg::int_lanes(cols, bits),
            cols: Size::new(cols),
            plane_bits: Size::new(PLANE_BITS),
        }
    }
}

impl Logic for PlaneAccumulators {
    #[hdl_gen]
    fn update(&mut self) {
        for c in 0..self.cols.n {
            self.total[c].clock.next = self.clock.val();
            // The choice stands before the adder: it has its total, that times 256, or nothing.
            self.before[c].next = self.total[c].q.val();
            if self.next_plane.val() {
                self.before[c].next = self.total[c].q.val() << self.plane_bits.n;
            }
            if self.first.val() {
                self.before[c].next = 0.into();
            }
            self.total[c].d.next = self.before[c].val() + self.sums[c].val();
            self.totals[c].next = self.total[c].q.val();
        }
    }
}
