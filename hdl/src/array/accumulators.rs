//! Accumulators below the array: sums of one output vector over its slots.

use crate::rt::prelude::*;

/// `total = (first ? 0 : total) + sum`, one for each column.
#[derive(LogicBlock)]
pub struct Accumulators {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The sums belong to the first slot of a vector.
    pub first: Flag<In>,
    /// One sum for each column.
    pub sums: Vec<Sig<In>>,
    /// Totals.
    pub totals: Vec<Sig<Out>>,
    total: Vec<Reg>,
    cols: Size,
}

impl Accumulators {
    /// Accumulators of `bits` bits for `cols` columns and sums of `sum_bits`; totals wrap modulo `2^bits`.
    pub fn with_bits(cols: usize, sum_bits: usize, bits: usize) -> Self {
        Accumulators {
            doc: Doc::new(
                "accumulators",
                format!("One accumulator of {bits} bits for each column."),
            )
            .port(
                "first",
                "the sums belong to the first slot of an output vector",
            ),
            clock: Signal::default(),
            first: Flag::new(),
            sums: Sig::int_lanes(cols, sum_bits),
            totals: Sig::int_lanes(cols, bits),
            total: Reg::int_lanes(cols, bits),
            cols: Size::new(cols),
        }
    }
}

impl Logic for Accumulators {
    #[hdl_gen]
    fn update(&mut self) {
        for c in 0..self.cols.n {
            self.total[c].clock.next = self.clock.val();
            self.total[c].d.next = self.total[c].q.val() + self.sums[c].val();
            if self.first.val() {
                self.total[c].d.next = self.sums[c].val();
            }
            self.totals[c].next = self.total[c].q.val();
        }
    }
}
