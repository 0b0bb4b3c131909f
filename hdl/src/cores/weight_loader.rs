//! Loads the weights of a core into its array, and says when they are there.

use systole_arch::config::bits;

use crate::array::ArraySizes;
use crate::rt::prelude::*;

/// Weight words in the order of the stream: for address, row, group.
#[derive(LogicBlock)]
pub struct WeightLoader {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A word is offered.
    pub offered: Flag<In>,
    /// The last slot of a job is issued.
    pub finish: Flag<In>,
    /// At `finish`: the next job has the same weights.
    pub keep: Flag<In>,
    /// A word is accepted.
    pub accept: Flag<Out>,
    /// The word is written.
    pub write: Flag<Out>,
    /// Row of its cell.
    pub row: Sig<Out>,
    /// Group of its cell.
    pub group: Sig<Out>,
    /// Address inside the cell.
    pub address: Sig<Out>,
    /// All weights are there.
    pub ready: Flag<Out>,
    loaded: FlagReg,
    drain: Reg,
    at_row: Reg,
    at_group: Reg,
    at_address: Reg,
    drain_cycles: Cst,
    rows: Size,
    groups: Size,
    words: Size,
}

/// Bits of the drain counter.
const DRAIN_BITS: usize = 6;

impl WeightLoader {
    /// The loader of an array all of whose weight words are used.
    pub fn new(array: &ArraySizes) -> Self {
        let address = address_width(array.depth);
        // The last slot has left the cells before a new word can overtake it.
        let drain = array.vector_latency + array.groups();
        WeightLoader {
            doc: Doc::new("weight_loader", "Loads weights, for address, row, group.")
                .port("finish", "the last slot of a job is issued")
                .port("keep", "at finish: the next job has the same weights"),
            clock: Signal::default(),
            reset: Flag::new(),
            offered: Flag::new(),
            finish: Flag::new(),
            keep: Flag::new(),
            accept: Flag::new(),
            write: Flag::new(),
            row: Sig::uint(bits(array.rows).max(1)),
            group: Sig::uint(bits(array.groups()).max(1)),
            address: Sig::uint(address),
            ready: Flag::new(),
            loaded: FlagReg::new(),
            drain: Reg::uint(DRAIN_BITS),
            at_row: Reg::uint(bits(array.rows).max(1)),
            at_group: Reg::uint(bits(array.groups()).max(1)),
            at_address: Reg::uint(address),
            drain_cycles: Cst::uint(DRAIN_BITS, drain as i64),
            rows: Size::new(array.rows),
            groups: Size::new(array.groups()),
            words: Size::new(array.depth),
        }
    }
}

impl Logic for WeightLoader {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, loaded, drain, at_row, at_group, at_address);
        self.accept.next = !self.loaded.q.val() && !self.drain.q.val().any();
        self.write.next = self.accept.val() && self.offered.val();
        if self.drain.q.val().any() {
            self.drain.d.next = self.drain.q.val() - 1;
        }
        if self.write.val() {
            self.at_group.d.next = self.at_group.q.val() + 1;
            if self.at_group.q.val() + 1 == self.groups.n {
                self.at_group.d.next = 0.into();
                self.at_row.d.next = self.at_row.q.val() + 1;
                if self.at_row.q.val() + 1 == self.rows.n {
                    self.at_row.d.next = 0.into();
                    self.at_address.d.next = self.at_address.q.val() + 1;
                    if self.at_address.q.val() + 1 == self.words.n {
                        self.at_address.d.next = 0.into();
                        self.loaded.d.next = true;
                    }
                }
            }
        }
        if self.finish.val() && !self.keep.val() {
            self.loaded.d.next = false;
            self.drain.d.next = self.drain_cycles.val();
        }
        if self.reset.val() {
            self.loaded.d.next = false;
            self.drain.d.next = 0.into();
            self.at_row.d.next = 0.into();
            self.at_group.d.next = 0.into();
            self.at_address.d.next = 0.into();
        }
        self.row.next = self.at_row.q.val();
        self.group.next = self.at_group.q.val();
        self.address.next = self.at_address.q.val();
        self.ready.next = self.loaded.q.val();
    }
}
