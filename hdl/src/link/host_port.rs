//! Host port: carries out requests one after another and answers each.

use systole_arch::Arch;
use systole_arch::frame::{MAX_WORDS, Refusal, Type};
use systole_arch::map::{self, Space};
use systole_arch::timing::HOST_READ;

use crate::rt::prelude::*;

/// What the host port is doing.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum Serving {
    /// Waiting for a frame.
    Idle,
    /// Is it the expected one?
    Order,
    /// Reading the address.
    Address,
    /// Reading the second payload word.
    Second,
    /// Waiting for it.
    Settle,
    /// What does the request ask?
    Weigh,
    /// May it?
    Judge,
    /// It is carried out, or not.
    Decide,
    /// Writing words, one each cycle.
    Write,
    /// Beginning an answer.
    Answer,
    /// One word is read from the machine.
    Read,
    /// The word waits for the transmitter.
    Deliver,
    /// The answer leaves.
    Finish,
}

/// The state machine between receiver, host bus and transmitter.
#[derive(LogicBlock)]
pub struct HostPort {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A program runs.
    pub running: Flag<In>,
    /// A frame is held by the receiver.
    pub held: Flag<In>,
    /// Its type.
    pub kind: Sig<In>,
    /// Its sequence number.
    pub number: Sig<In>,
    /// Its payload length, bytes.
    pub length: Sig<In>,
    /// Payload word to read.
    pub index: Sig<Out>,
    /// That word, one cycle later.
    pub word: Sig<In>,
    /// The frame is done with.
    pub discard: Flag<Out>,
    /// Host bus: write pulse.
    pub host_write: Flag<Out>,
    /// Host bus: read pulse.
    pub host_read: Flag<Out>,
    /// Host bus: space.
    pub host_space: Sig<Out>,
    /// Host bus: offset.
    pub host_offset: Sig<Out>,
    /// Host bus: data.
    pub host_data: Sig<Out>,
    /// Host bus: data read, `HOST_READ` cycles after the pulse.
    pub host_word: Sig<In>,
    /// Run command.
    pub run: Flag<Out>,
    /// Fault: the host wanted a memory while a program runs.
    pub run_while_busy: Flag<Out>,
    /// Transmitter: begin a frame.
    pub send: Flag<Out>,
    /// Transmitter: its type.
    pub send_kind: Sig<Out>,
    /// Transmitter: its payload words.
    pub send_words: Sig<Out>,
    /// Transmitter: the next payload word.
    pub send_word: Sig<Out>,
    /// Transmitter: it is there.
    pub send_word_valid: Flag<Out>,
    /// Transmitter: it was taken.
    pub send_word_taken: Flag<In>,
    /// Transmitter: no frame is under way.
    pub send_idle: Flag<In>,
    state: StateReg<Serving>,
    expected: Reg,
    refusal: Reg,
    fresh: FlagReg,
    cursor: Reg,
    left: Reg,
    fetched: FlagReg,
    space: Reg,
    offset: Reg,
    data: Reg,
    write_pulse: FlagReg,
    read_pulse: FlagReg,
    run_pulse: FlagReg,
    busy_pulse: FlagReg,
    answer_kind: Reg,
    answer_words: Reg,
    answer_word: Reg,
    patience: Reg,
    is_sync: FlagReg,
    is_next: FlagReg,
    is_again: FlagReg,
    is_session: FlagReg,
    is_run: FlagReg,
    whole: Flag<Local>,
    is_write: FlagReg,
    is_read: FlagReg,
    is_bank: FlagReg,
    known: FlagReg,
    writable: FlagReg,
    readable: FlagReg,
    in_registers: FlagReg,
    malformed: FlagReg,
    not_allowed: FlagReg,
    no_address: FlagReg,
    sync: Cst,
    write: Cst,
    read: Cst,
    done: Cst,
    data_type: Cst,
    reject: Cst,
    refused: Cst,
    most_words: Cst,
    busy_code: Size,
    address_code: Size,
    malformed_code: Size,
    run_at: Size,
    session_at: Size,
    first_bank: Size,
    past_banks: Size,
    last_bank: Size,
    past_memories: Size,
    tables_space: Size,
    timestamps_space: Size,
    state_space: Size,
    program_space: Size,
    with_tables: Cst,
    with_state: Cst,
    read_time: Cst,
}

impl HostPort {
    /// The host port of one configuration.
    pub fn new(arch: &Arch) -> Self {
        HostPort {
            doc: Doc::new(
                "host_port",
                "Carries out requests in order: checks the sequence number, walks the words of a write or a read over the host bus, answers.\nWhile a program runs only registers may be read.",
            ),
            clock: Signal::default(),
            reset: Flag::new(),
            running: Flag::new(),
            held: Flag::new(),
            kind: Sig::uint(8),
            number: Sig::uint(8),
            length: Sig::uint(11),
            index: Sig::uint(8),
            word: Sig::uint(32),
            discard: Flag::new(),
            host_write: Flag::new(),
            host_read: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            host_word: Sig::uint(32),
            run: Flag::new(),
            run_while_busy: Flag::new(),
            send: Flag::new(),
            send_kind: Sig::uint(8),
            send_words: Sig::uint(8),
            send_word: Sig::uint(32),
            send_word_valid: Flag::new(),
            send_word_taken: Flag::new(),
            send_idle: Flag::new(),
            state: StateReg::new(),
            expected: Reg::uint(8),
            refusal: Reg::uint(2),
            fresh: FlagReg::new(),
            cursor: Reg::uint(8),
            left: Reg::uint(9),
            fetched: FlagReg::new(),
            space: Reg::uint(8),
            offset: Reg::uint(24),
            data: Reg::uint(32),
            write_pulse: FlagReg::new(),
            read_pulse: FlagReg::new(),
            run_pulse: FlagReg::new(),
            busy_pulse: FlagReg::new(),
            answer_kind: Reg::uint(8),
            answer_words: Reg::uint(8),
            answer_word: Reg::uint(32),
            patience: Reg::uint(4),
            is_sync: FlagReg::new(),
            is_next: FlagReg::new(),
            is_again: FlagReg::new(),
            is_session: FlagReg::new(),
            is_run: FlagReg::new(),
            whole: Flag::new(),
            is_write: FlagReg::new(),
            is_read: FlagReg::new(),
            is_bank: FlagReg::new(),
            known: FlagReg::new(),
            writable: FlagReg::new(),
            readable: FlagReg::new(),
            in_registers: FlagReg::new(),
            malformed: FlagReg::new(),
            not_allowed: FlagReg::new(),
            no_address: FlagReg::new(),
            sync: Cst::uint(8, Type::Sync as i64),
            write: Cst::uint(8, Type::Write as i64),
            read: Cst::uint(8, Type::Read as i64),
            done: Cst::uint(8, Type::Done as i64),
            data_type: Cst::uint(8, Type::Data as i64),
            reject: Cst::uint(8, Type::Reject as i64),
            refused: Cst::uint(8, Type::Refused as i64),
            most_words: Cst::uint(32, MAX_WORDS as i64),
            busy_code: Size::new(Refusal::Busy as usize),
            address_code: Size::new(Refusal::Address as usize),
            malformed_code: Size::new(Refusal::Malformed as usize),
            run_at: Size::new(map::RUN.offset as usize),
            session_at: Size::new(map::SESSION.offset as usize),
            first_bank: Size::new(Space::Bank0 as usize),
            past_banks: Size::new(Space::Bank0 as usize + arch.banks),
            last_bank: Size::new(Space::Bank3 as usize),
            past_memories: Size::new(Space::State as usize + 1),
            tables_space: Size::new(Space::Tables as usize),
            timestamps_space: Size::new(Space::Timestamps as usize),
            state_space: Size::new(Space::State as usize),
            program_space: Size::new(Space::Program as usize),
            with_tables: Cst::uint(1, i64::from(arch.table_slots > 0)),
            with_state: Cst::uint(1, i64::from(arch.recurrent_units > 0)),
            read_time: Cst::uint(4, HOST_READ as i64),
        }
    }
}

impl Logic for HostPort {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, state, expected, refusal, fresh, cursor, left, space, offset, data
        );
        dff_setup!(
            self,
            clock,
            answer_kind,
            answer_words,
            answer_word,
            patience
        );
        clock!(
            self,
            clock,
            fetched,
            write_pulse,
            read_pulse,
            run_pulse,
            busy_pulse
        );
        clock!(
            self, clock, is_sync, is_next, is_again, is_session, is_run, is_write, is_read,
            is_bank, known
        );
        clock!(
            self,
            clock,
            writable,
            readable,
            in_registers,
            malformed,
            not_allowed,
            no_address
        );
        self.fetched.d.next = false;
        self.write_pulse.d.next = false;
        self.read_pulse.d.next = false;
        self.run_pulse.d.next = false;
        self.busy_pulse.d.next = false;
        self.discard.next = false;
        self.send.next = false;
        self.send_word_valid.next = false;

        // What the request is, found while it is fetched: the header says some of it from the first cycle on, space and offset two
        // cycles before the decision, `data`, which holds the second payload word, as well.
        self.whole.next = (self.length.val() & 3) == 0;
        self.is_sync.d.next = self.kind.val() == self.sync.val() && !self.length.val().any();
        self.is_write.d.next =
            self.kind.val() == self.write.val() && self.whole.val() && self.length.val() >= 8;
        self.is_read.d.next = self.kind.val() == self.read.val()
            && self.length.val() == 8
            && self.data.q.val().any()
            && self.data.q.val() <= self.most_words.val();
        self.is_next.d.next = self.number.val() == self.expected.q.val();
        self.is_again.d.next = ((self.number.val() + 1) & 255) == self.expected.q.val();
        self.is_run.d.next = self.offset.q.val() == self.run_at.n;
        self.is_session.d.next = self.offset.q.val() == self.session_at.n;
        self.malformed.d.next = !self.is_write.q.val() && !self.is_read.q.val();
        self.in_registers.d.next = !self.space.q.val().any();
        self.is_bank.d.next =
            self.space.q.val() >= self.first_bank.n && self.space.q.val() < self.past_banks.n;
        self.known.d.next = self.space.q.val() < self.past_memories.n
            || (self.space.q.val() >= self.first_bank.n && self.space.q.val() <= self.last_bank.n);
        self.writable.d.next = self.is_bank.q.val()
            || (self.space.q.val() >= self.program_space.n
                && self.space.q.val() <= self.tables_space.n
                && (self.with_tables.val().any() || self.space.q.val() != self.tables_space.n))
            || (self.with_state.val().any() && self.space.q.val() == self.state_space.n)
            || (self.in_registers.q.val()
                && (self.is_run.q.val() || self.is_session.q.val())
                && self.length.val() == 8);
        self.readable.d.next = self.is_bank.q.val()
            || self.in_registers.q.val()
            || self.space.q.val() == self.program_space.n
            || (self.with_state.val().any() && self.space.q.val() == self.state_space.n)
            || self.space.q.val() == self.timestamps_space.n;
        self.not_allowed.d.next = self.running.val()
            && ((self.is_write.q.val() && self.fresh.q.val())
                || (self.is_read.q.val() && self.known.q.val() && !self.in_registers.q.val()));
        self.no_address.d.next =
            (self.is_write.q.val() && self.fresh.q.val() && !self.writable.q.val())
                || (self.is_read.q.val() && !self.readable.q.val());

        match self.state.q.val() {
            Serving::Idle => {
                self.cursor.d.next = 0.into();
                if self.held.val() && self.send_idle.val() {
                    self.state.d.next = Serving::Order;
                }
            }
            Serving::Order => {
                self.fresh.d.next = false;
                self.answer_words.d.next = 0.into();
                if self.is_sync.q.val() {
                    self.expected.d.next = self.number.val() + 1;
                    self.refusal.d.next = 0.into();
                    self.answer_kind.d.next = self.done.val();
                    self.state.d.next = Serving::Answer;
                } else if self.is_next.q.val() {
                    self.expected.d.next = self.number.val() + 1;
                    self.refusal.d.next = 0.into();
                    self.fresh.d.next = true;
                    self.state.d.next = Serving::Address;
                } else if self.is_again.q.val() {
                    self.answer_kind.d.next = self.refused.val();
                    self.answer_words.d.next = 1.into();
                    self.answer_word.d.next = self.refusal.q.val();
                    self.state.d.next = Serving::Answer;
                    if !self.refusal.q.val().any() {
                        self.state.d.next = Serving::Address;
                    }
                } else {
                    self.answer_kind.d.next = self.reject.val();
                    self.answer_words.d.next = 1.into();
                    self.answer_word.d.next = self.expected.q.val();
                    self.state.d.next = Serving::Answer;
                }
            }
            Serving::Address => {
                // The buffer shows word 0; word 1 is asked for.
                self.offset.d.next = self.word.val();
                self.space.d.next = self.word.val() >> 24;
                self.cursor.d.next = 1.into();
                self.state.d.next = Serving::Second;
            }
            Serving::Second => {
                self.state.d.next = Serving::Settle;
            }
            Serving::Settle => {
                self.data.d.next = self.word.val();
                self.left.d.next = (self.length.val() >> 2) - 1;
                self.state.d.next = Serving::Weigh;
            }
            Serving::Weigh => {
                self.state.d.next = Serving::Judge;
            }
            Serving::Judge => {
                self.state.d.next = Serving::Decide;
            }
            Serving::Decide => {
                self.answer_kind.d.next = self.done.val();
                self.answer_words.d.next = 0.into();
                self.state.d.next = Serving::Answer;
                if self.malformed.q.val() || self.not_allowed.q.val() || self.no_address.q.val() {
                    self.answer_kind.d.next = self.refused.val();
                    self.answer_words.d.next = 1.into();
                    self.refusal.d.next = self.address_code.n.into();
                    self.answer_word.d.next = self.address_code.n.into();
                    if self.not_allowed.q.val() {
                        self.refusal.d.next = self.busy_code.n.into();
                        self.answer_word.d.next = self.busy_code.n.into();
                        self.busy_pulse.d.next = true;
                    }
                    if self.malformed.q.val() {
                        self.refusal.d.next = self.malformed_code.n.into();
                        self.answer_word.d.next = self.malformed_code.n.into();
                        self.busy_pulse.d.next = false;
                    }
                } else if self.is_read.q.val() {
                    self.answer_kind.d.next = self.data_type.val();
                    self.answer_words.d.next = self.data.q.val();
                } else if self.fresh.q.val() {
                    if self.in_registers.q.val() && self.is_run.q.val() {
                        self.run_pulse.d.next = true;
                    } else {
                        self.state.d.next = Serving::Write;
                    }
                }
            }
            Serving::Write => {
                // The cursor runs one word ahead of the bus.
                if self.left.q.val().any() {
                    self.cursor.d.next = self.cursor.q.val() + 1;
                    self.left.d.next = self.left.q.val() - 1;
                    self.fetched.d.next = true;
                }
                if self.fetched.q.val() {
                    self.write_pulse.d.next = true;
                    self.data.d.next = self.word.val();
                }
                if self.write_pulse.q.val() {
                    self.offset.d.next = self.offset.q.val() + 1;
                }
                if !self.left.q.val().any() && !self.fetched.q.val() && !self.write_pulse.q.val() {
                    self.state.d.next = Serving::Answer;
                }
            }
            Serving::Answer => {
                self.send.next = true;
                self.left.d.next = self.answer_words.q.val();
                self.state.d.next = Serving::Finish;
                if self.answer_words.q.val().any() {
                    self.state.d.next = Serving::Deliver;
                    if self.answer_kind.q.val() == self.data_type.val() {
                        self.read_pulse.d.next = true;
                        self.patience.d.next = 0.into();
                        self.state.d.next = Serving::Read;
                    }
                }
            }
            Serving::Read => {
                self.patience.d.next = self.patience.q.val() + 1;
                if self.patience.q.val() == self.read_time.val() {
                    self.answer_word.d.next = self.host_word.val();
                    self.state.d.next = Serving::Deliver;
                }
            }
            Serving::Deliver => {
                self.send_word_valid.next = true;
                if self.send_word_taken.val() {
                    self.left.d.next = self.left.q.val() - 1;
                    self.offset.d.next = self.offset.q.val() + 1;
                    self.read_pulse.d.next = true;
                    self.patience.d.next = 0.into();
                    self.state.d.next = Serving::Read;
                    if self.left.q.val() == 1 {
                        self.read_pulse.d.next = false;
                        self.state.d.next = Serving::Finish;
                    }
                }
            }
            Serving::Finish => {
                if self.send_idle.val() {
                    self.discard.next = true;
                    self.state.d.next = Serving::Idle;
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = Serving::Idle;
            self.expected.d.next = 0.into();
            self.refusal.d.next = 0.into();
            self.write_pulse.d.next = false;
            self.read_pulse.d.next = false;
            self.run_pulse.d.next = false;
            self.busy_pulse.d.next = false;
        }
        self.index.next = self.cursor.q.val();
        self.host_write.next = self.write_pulse.q.val();
        self.host_read.next = self.read_pulse.q.val();
        self.host_space.next = self.space.q.val();
        self.host_offset.next = self.offset.q.val();
        self.host_data.next = self.data.q.val();
        self.run.next = self.run_pulse.q.val();
        self.run_while_busy.next = self.busy_pulse.q.val();
        self.send_kind.next = self.answer_kind.q.val();
        self.send_words.next = self.answer_words.q.val();
        self.send_word.next = self.answer_word.q.val();
    }
}
