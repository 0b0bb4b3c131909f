//! Result queue between an array that cannot stall and a stream that may.

use crate::rt::prelude::*;

/// First-in first-out memory of whole result vectors, one in and one out per cycle. The array never overfills it:
/// its controller starts a vector only while there is room for every vector under way.
#[derive(LogicBlock)]
pub struct ResultFifo {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Takes `data`.
    pub push: Flag<In>,
    /// One result for each column.
    pub data: Vec<Sig<In>>,
    /// The oldest vector is taken.
    pub ready: Flag<In>,
    /// `front` is the oldest vector.
    pub valid: Flag<Out>,
    /// The oldest vector.
    pub front: Vec<Sig<Out>>,
    memory: Vec<Ram>,
    write_index: Reg,
    read_index: Reg,
    level: Reg,
    present: FlagReg,
    pop: Flag<Local>,
    next_read: Sig<Local>,
    left: Sig<Local>,
    cols: Size,
}

impl ResultFifo {
    /// A queue of `depth` vectors (a power of two) of `cols` numbers of `bits` bits.
    pub fn new(depth: usize, cols: usize, bits: usize) -> Self {
        let index = address_width(depth);
        ResultFifo {
            doc: Doc::new(
                "result_fifo",
                "Queue of result vectors: one in and one out per cycle.",
            )
            .port("push", "takes data; the controller guarantees room")
            .port("ready", "takes front when valid"),
            clock: Signal::default(),
            reset: Flag::new(),
            push: Flag::new(),
            data: Sig::int_lanes(cols, bits),
            ready: Flag::new(),
            valid: Flag::new(),
            front: Sig::int_lanes(cols, bits),
            memory: (0..cols)
                .map(|_| Ram::new(depth, bits).without_collisions().distributed())
                .collect(),
            write_index: Reg::uint(index),
            read_index: Reg::uint(index),
            level: Reg::uint(index + 1),
            present: FlagReg::new(),
            pop: Flag::new(),
            next_read: Sig::uint(index),
            left: Sig::uint(index + 1),
            cols: Size::new(cols),
        }
    }
}

impl Logic for ResultFifo {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, write_index, read_index, level, present);
        self.pop.next = self.present.q.val() && self.ready.val();
        // The memory is read ahead: what it shows in the next cycle was stored before this one.
        self.next_read.next = self.read_index.q.val();
        self.left.next = self.level.q.val();
        if self.pop.val() {
            self.next_read.next = self.read_index.q.val() + 1;
            self.left.next = self.level.q.val() - 1;
        }
        self.read_index.d.next = self.next_read.val();
        self.present.d.next = self.left.val().any();
        self.level.d.next = self.left.val();
        if self.push.val() {
            self.write_index.d.next = self.write_index.q.val() + 1;
            self.level.d.next = self.left.val() + 1;
        }
        if self.reset.val() {
            self.write_index.d.next = 0.into();
            self.read_index.d.next = 0.into();
            self.level.d.next = 0.into();
            self.present.d.next = false;
        }
        self.valid.next = self.present.q.val();
        for c in 0..self.cols.n {
            self.memory[c].clock.next = self.clock.val();
            self.memory[c].write_enable.next = self.push.val();
            self.memory[c].write_address.next = self.write_index.q.val();
            self.memory[c].write_data.next = self.data[c].val();
            self.memory[c].read_address.next = self.next_read.val();
            self.front[c].next = self.memory[c].read_data.val();
        }
    }
}
