//! The AXI4-Lite port: five channels on one side, a bus of words on the other.
//!
//! Address and data of a write may come in any order; each is held until the other is there and the answer before was taken.
//! So nothing the port offers depends on a `ready`, and no `ready` on a `valid` of the same cycle.

use systole_arch::axi::ADDRESS_BITS;

use crate::rt::prelude::*;

/// Bits of a word address.
pub(super) const WORD_BITS: usize = ADDRESS_BITS - 2;

/// The port. Answers are `OKAY` or `SLVERR`.
#[derive(LogicBlock)]
pub struct LitePort {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Write address channel: number of the word.
    pub awaddr: Sig<In>,
    /// Write address channel.
    pub awvalid: Flag<In>,
    /// Write address channel.
    pub awready: Flag<Out>,
    /// Write data channel.
    pub wdata: Sig<In>,
    /// Write data channel.
    pub wstrb: Sig<In>,
    /// Write data channel.
    pub wvalid: Flag<In>,
    /// Write data channel.
    pub wready: Flag<Out>,
    /// Write answer channel.
    pub bresp: Sig<Out>,
    /// Write answer channel.
    pub bvalid: Flag<Out>,
    /// Write answer channel.
    pub bready: Flag<In>,
    /// Read address channel: number of the word.
    pub araddr: Sig<In>,
    /// Read address channel.
    pub arvalid: Flag<In>,
    /// Read address channel.
    pub arready: Flag<Out>,
    /// Read data channel.
    pub rdata: Sig<Out>,
    /// Read data channel.
    pub rresp: Sig<Out>,
    /// Read data channel.
    pub rvalid: Flag<Out>,
    /// Read data channel.
    pub rready: Flag<In>,
    /// Bus: a write, for one cycle.
    pub write: Flag<Out>,
    /// Bus: its word.
    pub write_word: Sig<Out>,
    /// Bus: its data.
    pub write_data: Sig<Out>,
    /// Bus: its bytes.
    pub write_bytes: Sig<Out>,
    /// Bus: `write_word` may be written.
    pub writable: Flag<In>,
    /// Bus: a word that may be read.
    pub read_word: Sig<Out>,
    /// Bus: what it holds.
    pub read_data: Sig<In>,
    /// Bus: `read_word` is a register.
    pub readable: Flag<In>,
    aw: Reg,
    aw_held: FlagReg,
    w: Reg,
    w_bytes: Reg,
    w_held: FlagReg,
    b_held: FlagReg,
    b_refused: FlagReg,
    ar: Reg,
    ar_held: FlagReg,
    r: Reg,
    r_held: FlagReg,
    r_refused: FlagReg,
    aw_free: Flag<Local>,
    w_free: Flag<Local>,
    ar_free: Flag<Local>,
    writes: Flag<Local>,
    reads: Flag<Local>,
    error: Cst,
}

impl LitePort {
    /// A port at rest.
    pub fn new() -> Self {
        LitePort {
            doc: Doc::new("lite_port", "AXI4-Lite subordinate: one write and one read under way, answered with OKAY or SLVERR.")
                .port("awaddr", "number of the word")
                .port("araddr", "number of the word")
                .port("write", "a write, for one cycle; it has no effect unless writable")
                .port("writable", "write_word may be written")
                .port("readable", "read_word may be read"),
            clock: Signal::default(),
            reset: Flag::new(),
            awaddr: Sig::uint(WORD_BITS),
            awvalid: Flag::new(),
            awready: Flag::new(),
            wdata: Sig::uint(32),
            wstrb: Sig::uint(4),
            wvalid: Flag::new(),
            wready: Flag::new(),
            bresp: Sig::uint(2),
            bvalid: Flag::new(),
            bready: Flag::new(),
            araddr: Sig::uint(WORD_BITS),
            arvalid: Flag::new(),
            arready: Flag::new(),
            rdata: Sig::uint(32),
            rresp: Sig::uint(2),
            rvalid: Flag::new(),
            rready: Flag::new(),
            write: Flag::new(),
            write_word: Sig::uint(WORD_BITS),
            write_data: Sig::uint(32),
            write_bytes: Sig::uint(4),
            writable: Flag::new(),
            read_word: Sig::uint(WORD_BITS),
            read_data: Sig::uint(32),
            readable: Flag::new(),
            aw: Reg::uint(WORD_BITS),
            aw_held: FlagReg::new(),
            w: Reg::uint(32),
            w_bytes: Reg::uint(4),
            w_held: FlagReg::new(),
            b_held: FlagReg::new(),
            b_refused: FlagReg::new(),
            ar: Reg::uint(WORD_BITS),
            ar_held: FlagReg::new(),
            r: Reg::uint(32),
            r_held: FlagReg::new(),
            r_refused: FlagReg::new(),
            aw_free: Flag::new(),
            w_free: Flag::new(),
            ar_free: Flag::new(),
            writes: Flag::new(),
            reads: Flag::new(),
            error: Cst::uint(2, SLVERR),
        }
    }
}

/// The answer to an access that is refused.
const SLVERR: i64 = 2;

impl Default for LitePort {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for LitePort {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, aw, aw_held, w, w_bytes, w_held, b_held, b_refused, ar, ar_held, r,
            r_held, r_refused
        );
        // Writes.
        self.aw_free.next = !self.aw_held.q.val() && !self.reset.val();
        self.w_free.next = !self.w_held.q.val() && !self.reset.val();
        self.writes.next = self.aw_held.q.val()
            && self.w_held.q.val()
            && (!self.b_held.q.val() || self.bready.val());
        if self.aw_free.val() && self.awvalid.val() {
            self.aw.d.next = self.awaddr.val();
            self.aw_held.d.next = true;
        }
        if self.w_free.val() && self.wvalid.val() {
            self.w.d.next = self.wdata.val();
            self.w_bytes.d.next = self.wstrb.val();
            self.w_held.d.next = true;
        }
        if self.bready.val() {
            self.b_held.d.next = false;
        }
        if self.writes.val() {
            self.aw_held.d.next = false;
            self.w_held.d.next = false;
            self.b_held.d.next = true;
            self.b_refused.d.next = !self.writable.val();
        }
        self.write.next = self.writes.val();
        self.write_word.next = self.aw.q.val();
        self.write_data.next = self.w.q.val();
        self.write_bytes.next = self.w_bytes.q.val();
        self.bresp.next = 0.into();
        if self.b_refused.q.val() {
            self.bresp.next = self.error.val();
        }

        // Reads.
        self.ar_free.next = !self.ar_held.q.val() && !self.reset.val();
        self.reads.next = self.ar_held.q.val() && (!self.r_held.q.val() || self.rready.val());
        if self.ar_free.val() && self.arvalid.val() {
            self.ar.d.next = self.araddr.val();
            self.ar_held.d.next = true;
        }
        if self.rready.val() {
            self.r_held.d.next = false;
        }
        if self.reads.val() {
            self.ar_held.d.next = false;
            self.r_held.d.next = true;
            self.r.d.next = self.read_data.val();
            self.r_refused.d.next = !self.readable.val();
        }
        self.read_word.next = self.ar.q.val();
        self.rdata.next = self.r.q.val();
        self.rresp.next = 0.into();
        if self.r_refused.q.val() {
            self.rresp.next = self.error.val();
        }

        if self.reset.val() {
            self.aw_held.d.next = false;
            self.w_held.d.next = false;
            self.b_held.d.next = false;
            self.ar_held.d.next = false;
            self.r_held.d.next = false;
        }
        self.awready.next = self.aw_free.val();
        self.wready.next = self.w_free.val();
        self.bvalid.next = self.b_held.q.val() && !self.reset.val();
        self.arready.next = self.ar_free.val();
        self.rvalid.next = self.r_held.q.val() && !self.reset.val();
    }
}
