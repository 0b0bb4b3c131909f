//! Max-pooling unit: the largest element of each lane over the slots of a vector.

use crate::rt::prelude::*;

/// `maximum = first ? x : max(maximum, x)`, one for each lane, two cycles after `x`.
#[derive(LogicBlock)]
pub struct MaxPool {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The vector belongs to the first slot of an output vector.
    pub first: Flag<In>,
    /// One element for each lane.
    pub vector: Vec<Sig<In>>,
    /// Largest element so far.
    pub maxima: Vec<Sig<Out>>,
    begins: FlagReg,
    arrived: Vec<Reg>,
    maximum: Vec<Reg>,
    lanes: Size,
}

impl MaxPool {
    /// A unit of `lanes` lanes.
    pub fn new(lanes: usize) -> Self {
        MaxPool {
            doc: Doc::new(
                "max_pool",
                "Running maximum of each lane, two cycles after its vector; bypasses the array.",
            )
            .port(
                "first",
                "the vector belongs to the first slot of an output vector",
            ),
            clock: Signal::default(),
            first: Flag::new(),
            vector: Sig::int_lanes(lanes, 8),
            maxima: Sig::int_lanes(lanes, 8),
            begins: FlagReg::new(),
            arrived: Reg::int_lanes(lanes, 8),
            maximum: Reg::int_lanes(lanes, 8),
            lanes: Size::new(lanes),
        }
    }
}

impl Logic for MaxPool {
    #[hdl_gen]
    fn update(&mut self) {
        self.begins.clock.next = self.clock.val();
        self.begins.d.next = self.first.val();
        for i in 0..self.lanes.n {
            self.arrived[i].clock.next = self.clock.val();
            self.arrived[i].d.next = self.vector[i].val();
            self.maximum[i].clock.next = self.clock.val();
            self.maximum[i].d.next = self.maximum[i].q.val();
            if self.begins.q.val() || (self.arrived[i].q.val() > self.maximum[i].q.val()) {
                self.maximum[i].d.next = self.arrived[i].q.val();
            }
            self.maxima[i].next = self.maximum[i].q.val();
        }
    }
}
