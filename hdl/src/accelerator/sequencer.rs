//! The sequencer: starts each instruction at its time, and keeps the clock of the program.

use systole_arch::isa::{self, Opcode, WORDS};
use systole_arch::map::TIMESTAMPS;
use systole_arch::{Arch, timing};

use super::sequencer_fetch::ProgramFetch;
use super::sequencer_index::IndexedAddress;
use super::sequencer_loop::{LOOP_WORDS, LoopControl};
use crate::rt::prelude::*;

const TEXT: &str = "Starts every instruction at its time, and keeps the clock of the program.

`run` is cycle 0; instruction 0 starts in cycle FETCH, each other one as many cycles after the one before it as that one says
(`duration`), counted down here. One that is not fetched in time starts late, with `late_fetch`.
LOOP starts like a pass, but `start` stays low. END and an unknown opcode start like a pass (with a timestamp) and stop the program instead.
`instruction` shows `in_address` and `out_address` with their index registers added.";

/// Start times and run control.
#[derive(LogicBlock)]
pub struct Sequencer {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Start the program at word 0; ignored while one runs.
    pub run: Flag<In>,
    /// Host bus.
    pub host_write: Flag<In>,
    /// Host bus.
    pub host_read: Flag<In>,
    /// Host bus.
    pub host_space: Sig<In>,
    /// Host bus.
    pub host_offset: Sig<In>,
    /// Host bus.
    pub host_data: Sig<In>,
    /// The address generator issues beyond this cycle.
    pub issuing: Flag<In>,
    /// A pass starts.
    pub start: Flag<Out>,
    /// Its words.
    pub instruction: Vec<Sig<Out>>,
    /// A program runs.
    pub running: Flag<Out>,
    /// The last program reached its END.
    pub done: Flag<Out>,
    /// An instruction starts: note the cycle.
    pub timestamp_write: Flag<Out>,
    /// Place of the instruction in the program, modulo the number of timestamps.
    pub timestamp_index: Sig<Out>,
    /// Cycles since `run`; stands still at the start of END.
    pub cycles: Sig<Out>,
    /// Fault: an instruction starts while a pass issues.
    pub overrun: Flag<Out>,
    /// Fault: an instruction is due and not fetched.
    pub late_fetch: Flag<Out>,
    /// Fault: unknown opcode.
    pub illegal_opcode: Flag<Out>,
    /// Word of the program memory for the host; 0 if another space was read.
    pub host_word: Sig<Out>,

    fetch: ProgramFetch,
    loops: LoopControl,
    in_address: IndexedAddress,
    out_address: IndexedAddress,
    opcode: Sig<Local>,
    duration: Sig<Local>,

    active: FlagReg,
    finished: FlagReg,
    counting: FlagReg,
    countdown: Reg,
    due: FlagReg,
    starts: FlagReg,
    starts_pass: FlagReg,
    starts_loop: FlagReg,
    starts_end: FlagReg,
    go: Flag<Local>,
    accepted: Flag<Local>,
    goes_on: Flag<Local>,
    index: Reg,
    body_index: Reg,
    clock_count: Reg,

    first_duration: Cst,
    pass: Cst,
    looped: Cst,
    end_of_program: Cst,
    words: Size,
    opcode_word: Size,
    opcode_lsb: Size,
    duration_word: Size,
    duration_lsb: Size,
    loop_word: Size,
    loop_words: Size,
    indexes: Size,
    in_word: Size,
    out_word: Size,
    address_bits: Size,
}

impl Sequencer {
    /// The sequencer of one configuration.
    pub fn new(arch: &Arch) -> Self {
        Sequencer {
            doc: Doc::new("sequencer", TEXT)
                .port("instruction", "words of the instruction, valid with start")
                .port("issuing", "the address generator issues beyond this cycle")
                .port(
                    "host_word",
                    "program word asked for; 0 if another space was read",
                ),
            clock: Signal::default(),
            reset: Flag::new(),
            run: Flag::new(),
            host_write: Flag::new(),
            host_read: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            issuing: Flag::new(),
            start: Flag::new(),
            instruction: Sig::uint_lanes(WORDS, 32),
            running: Flag::new(),
            done: Flag::new(),
            timestamp_write: Flag::new(),
            timestamp_index: Sig::uint(address_width(TIMESTAMPS)),
            cycles: Sig::uint(32),
            overrun: Flag::new(),
            late_fetch: Flag::new(),
            illegal_opcode: Flag::new(),
            host_word: Sig::uint(32),
            fetch: ProgramFetch::new(arch),
            loops: LoopControl::new(),
            in_address: IndexedAddress::new(isa::IN_INDEX),
            out_address: IndexedAddress::new(isa::OUT_INDEX),
            opcode: Sig::uint(isa::OPCODE.width),
            duration: Sig::uint(isa::DURATION.width),
            active: FlagReg::new(),
            finished: FlagReg::new(),
            counting: FlagReg::new(),
            countdown: Reg::uint(isa::DURATION.width),
            due: FlagReg::new(),
            starts: FlagReg::new(),
            starts_pass: FlagReg::new(),
            starts_loop: FlagReg::new(),
            starts_end: FlagReg::new(),
            go: Flag::new(),
            accepted: Flag::new(),
            goes_on: Flag::new(),
            index: Reg::uint(address_width(TIMESTAMPS)),
            body_index: Reg::uint(address_width(TIMESTAMPS)),
            clock_count: Reg::uint(32),
            first_duration: Cst::uint(32, timing::FETCH as i64),
            pass: Cst::uint(isa::OPCODE.width, Opcode::Pass as i64),
            looped: Cst::uint(isa::OPCODE.width, Opcode::Loop as i64),
            end_of_program: Cst::uint(isa::OPCODE.width, Opcode::End as i64),
            words: Size::new(WORDS),
            opcode_word: Size::new(isa::OPCODE.word),
            opcode_lsb: Size::new(isa::OPCODE.lsb),
            duration_word: Size::new(isa::DURATION.word),
            duration_lsb: Size::new(isa::DURATION.lsb),
            loop_word: Size::new(LOOP_WORDS[0]),
            loop_words: Size::new(LOOP_WORDS[1]),
            indexes: Size::new(isa::INDEXES),
            in_word: Size::new(isa::IN_ADDRESS.word),
            out_word: Size::new(isa::OUT_ADDRESS.word),
            address_bits: Size::new(isa::width::ADDRESS),
        }
    }
}

impl Logic for Sequencer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            active,
            finished,
            counting,
            countdown,
            due,
            index,
            body_index,
            clock_count
        );
        clock!(self, clock, fetch, loops, in_address, out_address);
        clock!(self, clock, starts, starts_pass, starts_loop, starts_end);

        self.accepted.next = self.run.val() && !self.active.q.val();
        self.goes_on.next = self.starts_pass.q.val() || self.starts_loop.q.val();

        // Instruction memory and shadow registers.
        self.fetch.reset.next = self.reset.val();
        self.fetch.first.next = self.accepted.val();
        self.fetch.following.next = self.goes_on.val();
        self.fetch.mark.next = self.starts_loop.q.val();
        self.fetch.again.next = self.loops.again.val() && self.starts_pass.q.val();
        self.fetch.host_write.next = self.host_write.val();
        self.fetch.host_read.next = self.host_read.val();
        self.fetch.host_space.next = self.host_space.val();
        self.fetch.host_offset.next = self.host_offset.val();
        self.fetch.host_data.next = self.host_data.val();
        self.host_word.next = self.fetch.host_word.val();
        for k in 0..self.words.n {
            self.instruction[k].next = self.fetch.instruction[k].val();
            if k == self.in_word.n {
                self.instruction[k].next = ((self.fetch.instruction[k].val()
                    >> self.address_bits.n)
                    << self.address_bits.n)
                    | self.in_address.sum.val();
            }
            if k == self.out_word.n {
                self.instruction[k].next = ((self.fetch.instruction[k].val()
                    >> self.address_bits.n)
                    << self.address_bits.n)
                    | self.out_address.sum.val();
            }
        }
        self.opcode.next = self.fetch.instruction[self.opcode_word.n].val() >> self.opcode_lsb.n;
        self.duration.next =
            self.fetch.instruction[self.duration_word.n].val() >> self.duration_lsb.n;

        // Loops: the words of the instruction that starts, and its addresses.
        self.loops.clear.next = self.accepted.val() || self.reset.val();
        self.loops.enter.next = self.starts_loop.q.val();
        self.loops.step.next = self.starts_pass.q.val();
        for k in 0..self.loop_words.n {
            self.loops.words[k].next = self.fetch.instruction[k + self.loop_word.n].val();
        }
        self.in_address.next_select.next = self.fetch.next_word_0.val();
        self.in_address.address.next = self.fetch.instruction[self.in_word.n].val();
        self.out_address.next_select.next = self.fetch.next_word_0.val();
        self.out_address.address.next = self.fetch.instruction[self.out_word.n].val();
        for i in 0..self.indexes.n {
            self.in_address.index[i].next = self.loops.index[i].val();
            self.out_address.index[i].next = self.loops.index[i].val();
        }

        // Start times. A pass that starts in cycle S with duration D: `countdown` is D in S + 1 and 3 in S + D - 2.
        if self.counting.q.val() {
            self.countdown.d.next = self.countdown.q.val() - 1;
            if !(self.countdown.q.val() >> 2).any() {
                self.counting.d.next = false;
                self.due.d.next = true;
            }
        }
        self.go.next = self.due.q.val() && self.fetch.fetched.val();
        if self.go.val() {
            self.due.d.next = false;
        }
        self.starts.d.next = self.go.val();
        self.starts_pass.d.next = self.go.val() && self.opcode.val() == self.pass.val();
        self.starts_loop.d.next = self.go.val() && self.opcode.val() == self.looped.val();
        self.starts_end.d.next = self.go.val() && self.opcode.val() == self.end_of_program.val();
        self.late_fetch.next = self.due.q.val() && !self.fetch.fetched.val();
        if self.goes_on.val() {
            self.counting.d.next = true;
            self.countdown.d.next = self.duration.val();
        }

        // Running, and the clock of the program.
        if self.active.q.val() {
            self.clock_count.d.next = self.clock_count.q.val() + 1;
        }
        if self.starts.q.val() {
            self.index.d.next = self.index.q.val() + 1;
            if self.starts_loop.q.val() {
                self.body_index.d.next = self.index.q.val() + 1;
            }
            if self.starts_pass.q.val() && self.loops.again.val() {
                self.index.d.next = self.body_index.q.val();
            }
            if !self.goes_on.val() {
                self.active.d.next = false;
                self.finished.d.next = self.starts_end.q.val();
                self.clock_count.d.next = self.clock_count.q.val();
            }
        }
        if self.accepted.val() {
            self.active.d.next = true;
            self.finished.d.next = false;
            self.index.d.next = 0.into();
            self.clock_count.d.next = 1.into();
            self.counting.d.next = true;
            self.countdown.d.next = self.first_duration.val();
        }
        if self.reset.val() {
            self.active.d.next = false;
            self.finished.d.next = false;
            self.counting.d.next = false;
            self.due.d.next = false;
            self.starts.d.next = false;
            self.starts_pass.d.next = false;
            self.starts_loop.d.next = false;
            self.starts_end.d.next = false;
            self.clock_count.d.next = 0.into();
        }

        self.start.next = self.starts_pass.q.val();
        self.running.next = self.active.q.val();
        self.done.next = self.finished.q.val();
        self.timestamp_write.next = self.starts.q.val();
        self.timestamp_index.next = self.index.q.val();
        self.cycles.next = self.clock_count.q.val();
        self.overrun.next = self.starts.q.val() && self.issuing.val();
        self.illegal_opcode.next =
            self.starts.q.val() && !self.goes_on.val() && !self.starts_end.q.val();
    }
}
