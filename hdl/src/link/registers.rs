//! Registers that the host reads: the configuration block, status, counters, faults.

use systole_arch::map::{self, FAULTS, MAGIC_VALUE, TIMESTAMPS};
use systole_arch::{Arch, isa};

use crate::rt::prelude::*;

/// The register file and the timestamps. `word` answers `read` within a few cycles and is 0 for other spaces.
#[derive(LogicBlock)]
pub struct Registers {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A program starts: faults are cleared.
    pub run: Flag<In>,
    /// A program runs.
    pub running: Flag<In>,
    /// The last program reached its END.
    pub done: Flag<In>,
    /// Cycles of the program.
    pub cycle: Sig<In>,
    /// Slots of the program.
    pub slots: Sig<In>,
    /// Beats of the program.
    pub beats: Sig<In>,
    /// Fault pulses, in the order of `map::FAULTS`.
    pub faults: Vec<Flag<In>>,
    /// An instruction starts.
    pub timestamp_write: Flag<In>,
    /// Its number.
    pub timestamp_index: Sig<In>,
    /// The line brought a byte without a stop bit.
    pub rx_framing: Flag<In>,
    /// There was no room for a byte.
    pub rx_lost: Flag<In>,
    /// Host bus.
    pub host_write: Flag<In>,
    /// Host bus.
    pub host_data: Sig<In>,
    /// Host bus.
    pub host_space: Sig<In>,
    /// Host bus.
    pub host_offset: Sig<In>,
    /// The word asked for.
    pub word: Sig<Out>,
    /// Any sticky fault.
    pub fault: Flag<Out>,
    sticky: Vec<FlagReg>,
    sticky_word: Vec<Sig<Local>>,
    any: Vec<Flag<Local>>,
    new: Vec<Flag<Local>>,
    pulse: Vec<FlagReg>,
    cycle_of_pulse: Reg,
    fault_cycle: Reg,
    session: Reg,
    framing_errors: Reg,
    lost_bytes: Reg,
    timestamps: Ram,
    answer: Reg,
    constant_asked: FlagReg,
    status_asked: FlagReg,
    cycles_asked: FlagReg,
    slots_asked: FlagReg,
    beats_asked: FlagReg,
    info_asked: FlagReg,
    session_asked: FlagReg,
    line_errors_asked: FlagReg,
    registers_asked: FlagReg,
    timestamps_asked: FlagReg,
    register: Reg,
    constants: Rom,
    fault_count: Size,
    status: Size,
    cycles: Size,
    slots_at: Size,
    beats_at: Size,
    info: Size,
    session_at: Size,
    line_errors_at: Size,
    most: Cst,
    registers_space: Size,
    timestamps_space: Size,
}

/// Words of the constant part: everything below the run register.
fn constants(arch: &Arch) -> Vec<i64> {
    let mut words = vec![0; map::RUN.offset as usize];
    let hash = arch.hash();
    words[map::MAGIC.offset as usize] = i64::from(MAGIC_VALUE);
    words[map::VERSION.offset as usize] = i64::from(isa::VERSION);
    words[map::HASH_LOW.offset as usize] = i64::from(hash as u32);
    words[map::HASH_HIGH.offset as usize] = i64::from((hash >> 32) as u32);
    for (word, (_, size)) in words
        .iter_mut()
        .skip(map::SIZE0.offset as usize)
        .zip(arch.sizes())
    {
        *word = size as i64;
    }
    words
}

impl Registers {
    /// The registers of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let constants = constants(arch);
        let faults = FAULTS.len();
        Registers {
            doc: Doc::new("registers", "Registers of the host: configuration block, status, counters, faults; and the timestamps of the instructions.")
                .port("faults", "pulses, in the order of the fault bits"),
            clock: Signal::default(),
            reset: Flag::new(),
            run: Flag::new(),
            running: Flag::new(),
            done: Flag::new(),
            cycle: Sig::uint(32),
            slots: Sig::uint(32),
            beats: Sig::uint(32),
            faults: Flag::lanes(faults),
            timestamp_write: Flag::new(),
            timestamp_index: Sig::uint(address_width(TIMESTAMPS)),
            rx_framing: Flag::new(),
            rx_lost: Flag::new(),
            host_write: Flag::new(),
            host_data: Sig::uint(32),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            word: Sig::uint(32),
            fault: Flag::new(),
            sticky: FlagReg::lanes(faults),
            sticky_word: Sig::uint_lanes(faults + 1, 8),
            any: Flag::lanes(faults + 1),
            new: Flag::lanes(faults + 1),
            pulse: FlagReg::lanes(faults),
            cycle_of_pulse: Reg::uint(32),
            fault_cycle: Reg::uint(32),
            session: Reg::uint(32),
            framing_errors: Reg::uint(16),
            lost_bytes: Reg::uint(16),
            timestamps: Ram::new(TIMESTAMPS, 32).without_collisions(),
            answer: Reg::uint(32),
            constant_asked: FlagReg::new(),
            status_asked: FlagReg::new(),
            cycles_asked: FlagReg::new(),
            slots_asked: FlagReg::new(),
            beats_asked: FlagReg::new(),
            info_asked: FlagReg::new(),
            session_asked: FlagReg::new(),
            line_errors_asked: FlagReg::new(),
            registers_asked: FlagReg::new(),
            timestamps_asked: FlagReg::new(),
            register: Reg::uint(32),
            constants: Rom::uint(32, &constants).with_output_register(),
            fault_count: Size::new(faults),
            status: Size::new(map::STATUS.offset as usize),
            cycles: Size::new(map::CYCLES.offset as usize),
            slots_at: Size::new(map::SLOTS.offset as usize),
            beats_at: Size::new(map::BEATS.offset as usize),
            info: Size::new(map::FAULT_INFO.offset as usize),
            session_at: Size::new(map::SESSION.offset as usize),
            line_errors_at: Size::new(map::LINE_ERRORS.offset as usize),
            most: Cst::uint(16, 0xFFFF),
            registers_space: Size::new(map::Space::Registers as usize),
            timestamps_space: Size::new(map::Space::Timestamps as usize),
        }
    }
}

impl Logic for Registers {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            fault_cycle,
            session,
            framing_errors,
            lost_bytes
        );
        clock!(
            self,
            clock,
            timestamps,
            answer,
            register,
            constants,
            cycle_of_pulse
        );
        clock!(
            self,
            clock,
            constant_asked,
            status_asked,
            cycles_asked,
            slots_asked,
            beats_asked,
            info_asked,
            session_asked,
            line_errors_asked,
            registers_asked,
            timestamps_asked
        );
        // Sticky faults; the cycle of the first one. The pulses come from all over the chip, some at the end of their cycle:
        // they are taken one cycle later, with the cycle that they belong to.
        self.cycle_of_pulse.d.next = self.cycle.val();
        self.sticky_word[0].next = 0.into();
        self.any[0].next = false;
        self.new[0].next = false;
        for i in 0..self.fault_count.n {
            self.sticky[i].clock.next = self.clock.val();
            self.pulse[i].clock.next = self.clock.val();
            self.pulse[i].d.next = self.faults[i].val();
            self.sticky[i].d.next = self.sticky[i].q.val() || self.pulse[i].q.val();
            if self.run.val() || self.reset.val() {
                self.pulse[i].d.next = false;
                self.sticky[i].d.next = false;
            }
            self.sticky_word[i + 1].next = self.sticky_word[i].val();
            if self.sticky[i].q.val() {
                self.sticky_word[i + 1].next = self.sticky_word[i].val() + (1 << i);
            }
            self.any[i + 1].next = self.any[i].val() || self.sticky[i].q.val();
            self.new[i + 1].next = self.new[i].val() || self.pulse[i].q.val();
        }
        if self.new[self.fault_count.n].val() && !self.any[self.fault_count.n].val() {
            self.fault_cycle.d.next = self.cycle_of_pulse.q.val();
        }
        if self.run.val() || self.reset.val() {
            self.fault_cycle.d.next = 0.into();
        }
        self.fault.next = self.any[self.fault_count.n].val();

        // What the line lost, and whose session it is, since the reset.
        if self.rx_framing.val() && self.framing_errors.q.val() != self.most.val() {
            self.framing_errors.d.next = self.framing_errors.q.val() + 1;
        }
        if self.rx_lost.val() && self.lost_bytes.q.val() != self.most.val() {
            self.lost_bytes.d.next = self.lost_bytes.q.val() + 1;
        }
        if self.host_write.val()
            && self.host_space.val() == self.registers_space.n
            && self.host_offset.val() == self.session_at.n
        {
            self.session.d.next = self.host_data.val();
        }
        if self.reset.val() {
            self.session.d.next = 0.into();
            self.framing_errors.d.next = 0.into();
            self.lost_bytes.d.next = 0.into();
        }

        self.timestamps.write_enable.next = self.timestamp_write.val();
        self.timestamps.write_address.next = self.timestamp_index.val();
        self.timestamps.write_data.next = self.cycle.val();
        self.timestamps.read_address.next = self.host_offset.val();
        self.constants.address.next = self.host_offset.val();

        // Which register, its value, the answer: a cycle each, as the offset stays until the next pulse.
        self.constant_asked.d.next = (self.host_offset.val() >> 4) == 0;
        self.status_asked.d.next = self.host_offset.val() == self.status.n;
        self.cycles_asked.d.next = self.host_offset.val() == self.cycles.n;
        self.slots_asked.d.next = self.host_offset.val() == self.slots_at.n;
        self.beats_asked.d.next = self.host_offset.val() == self.beats_at.n;
        self.info_asked.d.next = self.host_offset.val() == self.info.n;
        self.session_asked.d.next = self.host_offset.val() == self.session_at.n;
        self.line_errors_asked.d.next = self.host_offset.val() == self.line_errors_at.n;
        self.registers_asked.d.next = self.host_space.val() == self.registers_space.n;
        self.timestamps_asked.d.next = self.host_space.val() == self.timestamps_space.n;
        self.register.d.next = 0.into();
        if self.constant_asked.q.val() {
            self.register.d.next = self.constants.data.val();
        }
        if self.status_asked.q.val() {
            self.register.d.next = self.sticky_word[self.fault_count.n].val() << 8;
            if self.running.val() {
                self.register.d.next = (self.sticky_word[self.fault_count.n].val() << 8) | 1;
            }
            if self.done.val() {
                self.register.d.next = (self.sticky_word[self.fault_count.n].val() << 8) | 2;
            }
        }
        if self.cycles_asked.q.val() {
            self.register.d.next = self.cycle.val();
        }
        if self.slots_asked.q.val() {
            self.register.d.next = self.slots.val();
        }
        if self.beats_asked.q.val() {
            self.register.d.next = self.beats.val();
        }
        if self.info_asked.q.val() {
            self.register.d.next = self.fault_cycle.q.val();
        }
        if self.session_asked.q.val() {
            self.register.d.next = self.session.q.val();
        }
        if self.line_errors_asked.q.val() {
            self.register.d.next = (self.lost_bytes.q.val() << 16) | self.framing_errors.q.val();
        }
        self.answer.d.next = 0.into();
        if self.registers_asked.q.val() {
            self.answer.d.next = self.register.q.val();
        }
        if self.timestamps_asked.q.val() {
            self.answer.d.next = self.timestamps.read_data.val();
        }
        self.word.next = self.answer.q.val();
    }
}
