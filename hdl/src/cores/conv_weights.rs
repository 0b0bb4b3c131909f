//! Loads the weights of a convolution into the array, and says when they are there.

use systole_arch::config::bits;

use super::conv_sizes::ConvOptions;
use crate::rt::prelude::*;

/// Weight words in the order of the stream: for address, row, group.
#[derive(LogicBlock)]
pub struct ConvWeights {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A word is offered.
    pub offered: Flag<In>,
    /// The last slot of an image is issued.
    pub finish: Flag<In>,
    /// At `finish`: the next image has the same weights.
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

impl ConvWeights {
    /// The loader of one geometry.
    pub fn new(options: &ConvOptions) -> Self {
        let array = options
            .array
            .sizes(options.weight_words(), options.slot_to_vector());
        let address = address_width(options.weight_words());
        // The last slot has left the cells before a new word can overtake it.
        let drain = options.slot_to_vector() + array.groups();
        ConvWeights {
            doc: Doc::new("weight_loader", "Loads weights, for address, row, group.")
                .port("finish", "the last slot of an image is issued")
                .port("keep", "at finish: the next image has the same weights"),
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
            words: Size::new(options.weight_words()),
        }
    }
}

impl Logic for ConvWeights {
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
