//! Where the host's weight words go: the write port of the array.

use systole_arch::map::Space;
use systole_arch::{Arch, config};

use crate::rt::prelude::*;

const TEXT: &str = "Weights from the host: the offset is {step, row, group}, the word one weight for each column of the group.";

/// Host bus to the weight memories of the array.
#[derive(LogicBlock)]
pub struct WeightPort {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Host bus.
    pub host_write: Flag<In>,
    /// Host bus.
    pub host_space: Sig<In>,
    /// Host bus.
    pub host_offset: Sig<In>,
    /// Host bus.
    pub host_data: Sig<In>,
    /// Write one word of one cell.
    pub write: Flag<Out>,
    /// Its row.
    pub row: Sig<Out>,
    /// Its group of columns.
    pub group: Sig<Out>,
    /// The step.
    pub address: Sig<Out>,
    /// The weights.
    pub data: Sig<Out>,
    writing: FlagReg,
    offset: Reg,
    word: Reg,
    space: Cst,
    group_bits: Size,
    group_mask: Size,
    step_lsb: Size,
}

impl WeightPort {
    /// The port of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let (row, group) = (config::bits(arch.rows), config::bits(arch.groups()));
        WeightPort {
            doc: Doc::new("weight_port", TEXT),
            clock: Signal::default(),
            reset: Flag::new(),
            host_write: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            write: Flag::new(),
            row: Sig::uint(row),
            group: Sig::uint(group.max(1)),
            address: Sig::uint(arch.weight_address_bits()),
            data: Sig::uint(8 * arch.group()),
            writing: FlagReg::new(),
            offset: Reg::uint(row + group + arch.weight_address_bits()),
            word: Reg::uint(8 * arch.group()),
            space: Cst::uint(8, Space::Weights as i64),
            group_bits: Size::new(group),
            group_mask: Size::new((1 << group) - 1),
            step_lsb: Size::new(row + group),
        }
    }
}

impl Logic for WeightPort {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, writing, offset, word);
        self.writing.d.next =
            self.host_write.val() && self.host_space.val() == self.space.val() && !self.reset.val();
        self.offset.d.next = self.host_offset.val();
        self.word.d.next = self.host_data.val();
        self.write.next = self.writing.q.val();
        self.group.next = self.offset.q.val() & self.group_mask.n;
        self.row.next = self.offset.q.val() >> self.group_bits.n;
        self.address.next = self.offset.q.val() >> self.step_lsb.n;
        self.data.next = self.word.q.val();
    }
}
