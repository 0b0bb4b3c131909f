//! Index registers added to the addresses of the next instruction.

use systole_arch::isa::{self, Field, INDEXES, width};

use crate::rt::prelude::*;

const TEXT: &str = "Adds one index register to one address of the instruction that is being fetched, in two registers.

Words shift into place, so the select field is looked at one place before: `sum` is that of the words and index registers of the cycle
before, however long the instruction waits for its start.";

/// `sum = address + index[select]`, modulo the width of an address.
#[derive(LogicBlock)]
pub struct IndexedAddress {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Word with the select field, as the shadow registers show it in the next cycle.
    pub next_select: Sig<In>,
    /// Word with the address, as they show it now.
    pub address: Sig<In>,
    /// Index registers.
    pub index: Vec<Sig<In>>,
    /// Sum, one cycle after `address`.
    pub sum: Sig<Out>,
    select: Sig<Local>,
    picked: Reg,
    total: Reg,
    select_lsb: Size,
    registers: Size,
}

impl IndexedAddress {
    /// Of a select field and an address field, which lies at the low end of its word.
    pub fn new(select: Field) -> Self {
        const { assert!(isa::IN_ADDRESS.lsb == 0 && isa::OUT_ADDRESS.lsb == 0) };
        IndexedAddress {
            doc: Doc::new("indexed_address", TEXT)
                .port("next_select", "word with the select field, one cycle ahead")
                .port("address", "word with the address"),
            clock: Signal::default(),
            next_select: Sig::uint(32),
            address: Sig::uint(32),
            index: Sig::uint_lanes(INDEXES, width::ADDRESS),
            sum: Sig::uint(width::ADDRESS),
            select: Sig::uint(select.width),
            picked: Reg::uint(width::ADDRESS),
            total: Reg::uint(width::ADDRESS),
            select_lsb: Size::new(select.lsb),
            registers: Size::new(INDEXES),
        }
    }
}

impl Logic for IndexedAddress {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, picked, total);
        self.select.next = self.next_select.val() >> self.select_lsb.n;
        self.picked.d.next = 0.into();
        for i in 0..self.registers.n {
            if self.select.val() == i + 1 {
                self.picked.d.next = self.index[i].val();
            }
        }
        self.total.d.next = self.address.val() + self.picked.q.val();
        self.sum.next = self.total.q.val();
    }
}
