//! The counters of the six loops of a pass: which level advances after each slot.

use systole_arch::isa::{self, LEVELS, Level, width};

use crate::rt::prelude::*;

const TEXT: &str = "Counters of the six loops of a pass.

Counter stage (the slot one cycle before it shows): counters run down, one flag per level says that it is in
its last turn. The innermost level that is not advances; all levels inside it start again.
Its decisions are registers and show with the slot: `advance` (one-hot; none after the last slot of the pass)
and the token bits. `fresh` is the counter stage's word that the slot to come is the first of a pass.
After the last slot of a vector, `stall` cycles pass without a slot (`stall_last` in the last tile).";

/// Loop counters and token bits.
#[derive(LogicBlock)]
pub struct PassLoops {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A pass begins; `count_in`, `stall_in` and `stall_last_in` are valid.
    pub start: Flag<In>,
    /// Turns minus one, innermost level first.
    pub count_in: Vec<Sig<In>>,
    /// Idle cycles after a vector.
    pub stall_in: Sig<In>,
    /// Idle cycles after a vector of the last tile.
    pub stall_last_in: Sig<In>,
    /// The next cycle shows the first slot of a pass.
    pub fresh: Flag<Out>,
    /// A slot shows.
    pub valid: Flag<Out>,
    /// The level that advances after the slot, one-hot.
    pub advance: Vec<Flag<Out>>,
    /// Token: first slot of a vector.
    pub first: Flag<Out>,
    /// Token: last slot of a vector.
    pub last: Flag<Out>,
    /// Token: the vector is the first of its pass.
    pub first_vector: Flag<Out>,
    /// Token: the vector belongs to the last tile.
    pub last_tile: Flag<Out>,
    /// Token: what advances after the vector.
    pub level: Sig<Out>,
    /// The pass issues beyond this cycle.
    pub issuing: Flag<Out>,

    count: Vec<Reg>,
    single: Vec<FlagReg>,
    remaining: Vec<Reg>,
    at_end: Vec<FlagReg>,
    stall: Reg,
    stall_last: Reg,
    active: FlagReg,
    starts_pass: FlagReg,
    starts_vector: FlagReg,
    in_first_vector: FlagReg,
    pausing: FlagReg,
    ending: FlagReg,
    pause: Reg,
    step: Flag<Local>,
    inner_at_end: Vec<Flag<Local>>,
    pause_length: Sig<Local>,
    finish: Flag<Local>,

    slot_valid: FlagReg,
    slot_advance: Vec<FlagReg>,
    slot_first: FlagReg,
    slot_last: FlagReg,
    slot_begin: FlagReg,
    slot_last_tile: FlagReg,
    slot_level: Reg,

    levels: Size,
    out_x: Size,
    out_y: Size,
    tile: Size,
}

impl PassLoops {
    /// The loops; they are the same in every configuration.
    pub fn new() -> Self {
        PassLoops {
            doc: Doc::new("pass_loops", TEXT)
                .port("start", "takes count_in, stall_in and stall_last_in; the first slot shows two cycles later")
                .port("level", "what advances after a last slot: 0 out_x, 1 out_y, 2 tile, 3 end of the pass")
                .port("issuing", "a start in this cycle would cut off a pass"),
            clock: Signal::default(),
            reset: Flag::new(),
            start: Flag::new(),
            count_in: Sig::uint_lanes(LEVELS, width::COUNT),
            stall_in: Sig::uint(isa::STALL.width),
            stall_last_in: Sig::uint(isa::STALL_LAST.width),
            fresh: Flag::new(),
            valid: Flag::new(),
            advance: Flag::lanes(LEVELS),
            first: Flag::new(),
            last: Flag::new(),
            first_vector: Flag::new(),
            last_tile: Flag::new(),
            level: Sig::uint(2),
            issuing: Flag::new(),
            count: Reg::uint_lanes(LEVELS, width::COUNT),
            single: FlagReg::lanes(LEVELS),
            remaining: Reg::uint_lanes(LEVELS, width::COUNT),
            at_end: FlagReg::lanes(LEVELS),
            stall: Reg::uint(isa::STALL.width),
            stall_last: Reg::uint(isa::STALL_LAST.width),
            active: FlagReg::new(),
            starts_pass: FlagReg::new(),
            starts_vector: FlagReg::new(),
            in_first_vector: FlagReg::new(),
            pausing: FlagReg::new(),
            ending: FlagReg::new(),
            pause: Reg::uint(isa::STALL.width.max(isa::STALL_LAST.width)),
            step: Flag::new(),
            inner_at_end: Flag::lanes(LEVELS + 1),
            pause_length: Sig::uint(isa::STALL.width.max(isa::STALL_LAST.width)),
            finish: Flag::new(),
            slot_valid: FlagReg::new(),
            slot_advance: FlagReg::lanes(LEVELS),
            slot_first: FlagReg::new(),
            slot_last: FlagReg::new(),
            slot_begin: FlagReg::new(),
            slot_last_tile: FlagReg::new(),
            slot_level: Reg::uint(2),
            levels: Size::new(LEVELS),
            out_x: Size::new(Level::OutX as usize),
            out_y: Size::new(Level::OutY as usize),
            tile: Size::new(Level::Tile as usize),
        }
    }
}

impl Default for PassLoops {
    fn default() -> Self {
        Self::new()
    }
}

impl Logic for PassLoops {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, stall, stall_last, pause);
        dff_setup!(
            self,
            clock,
            active,
            starts_pass,
            starts_vector,
            in_first_vector,
            pausing,
            ending
        );
        clock!(
            self,
            clock,
            slot_valid,
            slot_first,
            slot_last,
            slot_begin,
            slot_last_tile,
            slot_level
        );

        // Which level advances, if this cycle makes a slot.
        self.step.next = self.active.q.val() && !self.pausing.q.val();
        self.inner_at_end[0].next = true;
        for l in 0..self.levels.n {
            self.inner_at_end[l + 1].next = self.inner_at_end[l].val() && self.at_end[l].q.val();
            self.slot_advance[l].clock.next = self.clock.val();
            self.slot_advance[l].d.next =
                self.step.val() && self.inner_at_end[l].val() && !self.at_end[l].q.val();
        }
        for l in 0..self.levels.n {
            self.count[l].clock.next = self.clock.val();
            self.single[l].clock.next = self.clock.val();
            self.remaining[l].clock.next = self.clock.val();
            self.at_end[l].clock.next = self.clock.val();
            self.count[l].d.next = self.count[l].q.val();
            self.single[l].d.next = self.single[l].q.val();
            self.remaining[l].d.next = self.remaining[l].q.val();
            self.at_end[l].d.next = self.at_end[l].q.val();
            if self.step.val() && self.inner_at_end[l].val() {
                if self.at_end[l].q.val() {
                    self.remaining[l].d.next = self.count[l].q.val();
                    self.at_end[l].d.next = self.single[l].q.val();
                } else {
                    self.remaining[l].d.next = self.remaining[l].q.val() - 1;
                    self.at_end[l].d.next = self.remaining[l].q.val() == 1;
                }
            }
            if self.start.val() {
                self.count[l].d.next = self.count_in[l].val();
                self.single[l].d.next = self.count_in[l].val() == 0;
                self.remaining[l].d.next = self.count_in[l].val();
                self.at_end[l].d.next = self.count_in[l].val() == 0;
            }
        }

        // Idle cycles after a vector, and the end of the pass.
        self.pause_length.next = self.stall.q.val();
        if self.at_end[self.tile.n].q.val() {
            self.pause_length.next = self.stall_last.q.val();
        }
        self.finish.next = self.pausing.q.val() && self.ending.q.val() && self.pause.q.val() == 1;
        if self.step.val() {
            self.starts_pass.d.next = false;
            self.starts_vector.d.next = false;
            if self.inner_at_end[self.out_x.n].val() {
                self.starts_vector.d.next = true;
                self.in_first_vector.d.next = false;
                self.pause.d.next = self.pause_length.val();
                self.pausing.d.next = self.pause_length.val().any();
                self.ending.d.next = self.inner_at_end[self.levels.n].val();
                self.finish.next =
                    self.inner_at_end[self.levels.n].val() && !self.pause_length.val().any();
            }
        }
        if self.pausing.q.val() {
            self.pause.d.next = self.pause.q.val() - 1;
            self.pausing.d.next = !(self.pause.q.val() == 1);
        }
        if self.finish.val() {
            self.active.d.next = false;
        }
        if self.start.val() {
            self.stall.d.next = self.stall_in.val();
            self.stall_last.d.next = self.stall_last_in.val();
            self.active.d.next = true;
            self.starts_pass.d.next = true;
            self.starts_vector.d.next = true;
            self.in_first_vector.d.next = true;
            self.pausing.d.next = false;
            self.ending.d.next = false;
        }

        // What shows with the slot.
        self.slot_valid.d.next = self.step.val();
        self.slot_first.d.next = self.starts_vector.q.val();
        self.slot_last.d.next = self.inner_at_end[self.out_x.n].val();
        self.slot_begin.d.next = self.in_first_vector.q.val();
        self.slot_last_tile.d.next = self.at_end[self.tile.n].q.val();
        self.slot_level.d.next = 0.into();
        if self.at_end[self.out_x.n].q.val() {
            self.slot_level.d.next = 1.into();
            if self.at_end[self.out_y.n].q.val() {
                self.slot_level.d.next = 2.into();
                if self.at_end[self.tile.n].q.val() {
                    self.slot_level.d.next = 3.into();
                }
            }
        }
        if self.reset.val() {
            self.active.d.next = false;
            self.starts_pass.d.next = false;
            self.pausing.d.next = false;
            self.slot_valid.d.next = false;
        }

        self.fresh.next = self.starts_pass.q.val();
        self.issuing.next = self.active.q.val() && !self.finish.val();
        self.valid.next = self.slot_valid.q.val();
        self.first.next = self.slot_first.q.val();
        self.last.next = self.slot_last.q.val();
        self.first_vector.next = self.slot_begin.q.val();
        self.last_tile.next = self.slot_last_tile.q.val();
        self.level.next = self.slot_level.q.val();
        for l in 0..self.levels.n {
            self.advance[l].next = self.slot_advance[l].q.val();
        }
    }
}
