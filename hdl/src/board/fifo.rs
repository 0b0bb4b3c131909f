//! Queue between the UART, which cannot wait, and the link, which now and then does.
//!
//! The link takes a byte in every clock cycle, but not while it holds a request: carrying out a write takes a cycle for
//! each word, and the answer leaves at the speed of the line. What may arrive meanwhile follows from what the host has
//! under way, [`WINDOW`](systole_arch::frame::WINDOW) requests: while the longest answer to a read leaves, the other
//! requests, 18 bytes each; while a write is carried out and answered, the bytes of about eleven byte times. So
//! [`RECEIVE_QUEUE`](systole_arch::frame::RECEIVE_QUEUE) bytes are enough. More comes only from a host that repeats
//! because something was lost; bytes without room are thrown away and counted.

use crate::rt::prelude::*;

/// First-in first-out memory of bytes.
#[derive(LogicBlock)]
pub struct ByteFifo {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Takes `data`, if there is room.
    pub push: Flag<In>,
    /// The byte.
    pub data: Sig<In>,
    /// The oldest byte is taken.
    pub ready: Flag<In>,
    /// `front` is the oldest byte.
    pub valid: Flag<Out>,
    /// The oldest byte.
    pub front: Sig<Out>,
    /// There was no room: the byte is lost.
    pub lost: Flag<Out>,
    memory: Ram,
    write_index: Reg,
    read_index: Reg,
    level: Reg,
    present: FlagReg,
    pop: Flag<Local>,
    full: Flag<Local>,
    next_read: Sig<Local>,
    left: Sig<Local>,
    depth: Cst,
}

impl ByteFifo {
    /// A queue of `depth` bytes, a power of two.
    pub fn new(depth: usize) -> Self {
        let index = address_width(depth);
        ByteFifo {
            doc: Doc::new(
                "byte_fifo",
                format!("Queue of {depth} bytes: one in and one out per cycle."),
            )
            .port("push", "takes data if there is room")
            .port("ready", "takes front when valid")
            .port("lost", "there was no room for data"),
            clock: Signal::default(),
            reset: Flag::new(),
            push: Flag::new(),
            data: Sig::uint(8),
            ready: Flag::new(),
            valid: Flag::new(),
            front: Sig::uint(8),
            lost: Flag::new(),
            memory: Ram::new(depth, 8).without_collisions(),
            write_index: Reg::uint(index),
            read_index: Reg::uint(index),
            level: Reg::uint(index + 1),
            present: FlagReg::new(),
            pop: Flag::new(),
            full: Flag::new(),
            next_read: Sig::uint(index),
            left: Sig::uint(index + 1),
            depth: Cst::uint(index + 1, depth as i64),
        }
    }
}

impl Logic for ByteFifo {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, write_index, read_index, level, present);
        clock!(self, clock, memory);
        self.pop.next = self.present.q.val() && self.ready.val();
        self.full.next = self.level.q.val() == self.depth.val();
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
        self.lost.next = self.push.val() && self.full.val();
        self.memory.write_enable.next = false;
        if self.push.val() && !self.full.val() {
            self.memory.write_enable.next = true;
            self.write_index.d.next = self.write_index.q.val() + 1;
            self.level.d.next = self.left.val() + 1;
        }
        if self.reset.val() {
            self.write_index.d.next = 0.into();
            self.read_index.d.next = 0.into();
            self.level.d.next = 0.into();
            self.present.d.next = false;
        }
        self.memory.write_address.next = self.write_index.q.val();
        self.memory.write_data.next = self.data.val();
        self.memory.read_address.next = self.next_read.val();
        self.valid.next = self.present.q.val();
        self.front.next = self.memory.read_data.val();
    }
}
