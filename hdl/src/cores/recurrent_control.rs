//! Controller of a recurrent core: input part and recurrent part of each step in turn, as early as their distances allow.

use super::recurrent_sizes::RecurrentOptions;
use crate::rt::prelude::*;

const TEXT: &str =
    "Passes X(0) R(0) X(1) R(1) ...: for tile, word of the step. Slots show one cycle after the decision to start a pass.

A pass waits for constant distances to the passes before it; an input part also waits for its step, a recurrent part for room for its results.";

/// Decides which pass starts when, and walks through its tiles and words.
#[derive(LogicBlock)]
pub struct PassControl {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Weights and parameters are there.
    pub go: Flag<In>,
    /// A complete step waits.
    pub ready: Flag<In>,
    /// It is the last one of its sequence.
    pub ends_sequence: Flag<In>,
    /// A result word was taken.
    pub taken: Flag<In>,
    /// An input part starts.
    pub take: Flag<Out>,
    /// Its last slot.
    pub done: Flag<Out>,
    /// First slot of a vector.
    pub first: Flag<Out>,
    /// Last slot of a vector.
    pub token: Flag<Out>,
    /// It is in the first tile.
    pub begins: Flag<Out>,
    /// It is in the last tile.
    pub last_tile: Flag<Out>,
    /// The pass is an input part.
    pub is_input: Flag<Out>,
    /// The step is the first one of its sequence.
    pub zero: Flag<Out>,
    /// It is the last one.
    pub last_step: Flag<Out>,
    /// Number of the step, modulo 2.
    pub odd: Flag<Out>,
    /// Word of the step.
    pub word: Sig<Out>,
    /// Weight address.
    pub weight: Sig<Out>,
    active: FlagReg,
    input_pass: FlagReg,
    recurrent_next: FlagReg,
    step_even: FlagReg,
    step_zero: FlagReg,
    step_last: FlagReg,
    running: FlagReg,
    at_word: Reg,
    at_tile: Reg,
    at_weight: Reg,
    wait_pass: Reg,
    wait_state: Reg,
    reserved: Reg,
    start_input: Flag<Local>,
    start_recurrent: Flag<Local>,
    slot: Flag<Local>,
    words: Sig<Local>,
    period: Sig<Local>,
    tile_end: Flag<Local>,
    word_counts: Vec<Cst>,
    periods: Vec<Cst>,
    tiles: Cst,
    to_recurrent: Cst,
    to_input: Cst,
    step: Cst,
    room: Cst,
    results: Cst,
}

impl PassControl {
    /// The controller of one core.
    pub fn new(options: &RecurrentOptions) -> Self {
        let distances = options.distances();
        let periods = [options.period(0), options.period(1)];
        let word = address_width(periods[0].max(periods[1]) + 1);
        let tile = address_width(options.tiles() + 1);
        let weight = address_width(options.weight_words());
        let wait = address_width(distances.to_recurrent.max(distances.to_input));
        let state = address_width(distances.step);
        let queue = address_width(options.queue() + 1);
        let results = options.words();
        PassControl {
            doc: documentation(),
            clock: Signal::default(),
            reset: Flag::new(),
            go: Flag::new(),
            ready: Flag::new(),
            ends_sequence: Flag::new(),
            taken: Flag::new(),
            take: Flag::new(),
            done: Flag::new(),
            first: Flag::new(),
            token: Flag::new(),
            begins: Flag::new(),
            last_tile: Flag::new(),
            is_input: Flag::new(),
            zero: Flag::new(),
            last_step: Flag::new(),
            odd: Flag::new(),
            word: Sig::uint(word),
            weight: Sig::uint(weight),
            active: FlagReg::new(),
            input_pass: FlagReg::new(),
            recurrent_next: FlagReg::new(),
            step_even: FlagReg::new(),
            step_zero: FlagReg::new(),
            step_last: FlagReg::new(),
            running: FlagReg::new(),
            at_word: Reg::uint(word),
            at_tile: Reg::uint(tile),
            at_weight: Reg::uint(weight),
            wait_pass: Reg::uint(wait),
            wait_state: Reg::uint(state),
            reserved: Reg::uint(queue),
            start_input: Flag::new(),
            start_recurrent: Flag::new(),
            slot: Flag::new(),
            words: Sig::uint(word),
            period: Sig::uint(word),
            tile_end: Flag::new(),
            word_counts: options
                .chunks()
                .iter()
                .map(|count| Cst::uint(word, *count as i64))
                .collect(),
            periods: periods
                .iter()
                .map(|period| Cst::uint(word, *period as i64))
                .collect(),
            tiles: Cst::uint(tile, options.tiles() as i64),
            to_recurrent: Cst::uint(wait, distances.to_recurrent as i64 - 1),
            to_input: Cst::uint(wait, distances.to_input as i64 - 1),
            step: Cst::uint(state, distances.step as i64 - 1),
            room: Cst::uint(queue, (options.queue() - results) as i64),
            results: Cst::uint(queue, results as i64),
        }
    }
}

fn documentation() -> Doc {
    let ports = [
        ("ready", "the inputs of a step wait"),
        ("taken", "a result word left the queue"),
        ("take", "an input part starts"),
        ("done", "an input part reads for the last time"),
        ("token", "last slot of a vector"),
        ("begins", "the slot is in the first tile"),
        ("odd", "number of the step, modulo 2"),
    ];
    ports
        .into_iter()
        .fold(Doc::new("pass_control", TEXT), |doc, (port, text)| {
            doc.port(port, text)
        })
}

impl Logic for PassControl {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, active, input_pass, recurrent_next);
        dff_setup!(self, clock, step_even, step_zero, step_last, running);
        dff_setup!(
            self, clock, at_word, at_tile, at_weight, wait_pass, wait_state, reserved
        );
        // What may start.
        self.start_input.next = self.go.val()
            && self.ready.val()
            && !self.recurrent_next.q.val()
            && !self.wait_pass.q.val().any();
        self.start_recurrent.next = self.recurrent_next.q.val()
            && !self.wait_pass.q.val().any()
            && !self.wait_state.q.val().any()
            && self.reserved.q.val() <= self.room.val();
        self.take.next = self.start_input.val();
        if self.wait_pass.q.val().any() {
            self.wait_pass.d.next = self.wait_pass.q.val() - 1;
        }
        if self.wait_state.q.val().any() {
            self.wait_state.d.next = self.wait_state.q.val() - 1;
        }
        // Slots, and idle cycles at the end of a tile where its beats need them.
        self.words.next = self.word_counts[1].val();
        self.period.next = self.periods[1].val();
        if self.input_pass.q.val() {
            self.words.next = self.word_counts[0].val();
            self.period.next = self.periods[0].val();
        }
        self.slot.next = self.active.q.val() && self.at_word.q.val() < self.words.val();
        self.tile_end.next = self.at_tile.q.val() + 1 == self.tiles.val();
        self.first.next = self.slot.val() && !self.at_word.q.val().any();
        self.token.next = self.slot.val() && self.at_word.q.val() + 1 == self.words.val();
        self.begins.next = !self.at_tile.q.val().any();
        self.last_tile.next = self.tile_end.val();
        self.done.next = self.token.val() && self.tile_end.val() && self.input_pass.q.val();
        if self.slot.val() {
            self.at_weight.d.next = self.at_weight.q.val() + 1;
        }
        if self.active.q.val() {
            self.at_word.d.next = self.at_word.q.val() + 1;
            if self.at_word.q.val() + 1 == self.period.val() {
                self.at_word.d.next = 0.into();
                self.at_tile.d.next = self.at_tile.q.val() + 1;
                if self.tile_end.val() {
                    self.at_tile.d.next = 0.into();
                    self.active.d.next = false;
                }
            }
        }
        // Starts. The weights of the recurrent part lie behind those of the input part.
        self.reserved.d.next = self.reserved.q.val() - bit_cast_to(self.taken.val(), 1);
        if self.start_input.val() {
            self.active.d.next = true;
            self.input_pass.d.next = true;
            self.recurrent_next.d.next = true;
            self.at_weight.d.next = 0.into();
            self.wait_pass.d.next = self.to_recurrent.val();
            self.step_even.d.next = !self.step_even.q.val();
            self.step_zero.d.next = !self.running.q.val();
            self.step_last.d.next = self.ends_sequence.val();
            self.running.d.next = !self.ends_sequence.val();
        }
        if self.start_recurrent.val() {
            self.active.d.next = true;
            self.input_pass.d.next = false;
            self.recurrent_next.d.next = false;
            self.wait_pass.d.next = self.to_input.val();
            self.wait_state.d.next = self.step.val();
            self.reserved.d.next =
                self.reserved.q.val() + self.results.val() - bit_cast_to(self.taken.val(), 1);
        }
        if self.reset.val() {
            self.active.d.next = false;
            self.recurrent_next.d.next = false;
            self.at_word.d.next = 0.into();
            self.at_tile.d.next = 0.into();
            self.wait_pass.d.next = 0.into();
            self.wait_state.d.next = 0.into();
            self.reserved.d.next = 0.into();
            // The first step is an even one, and begins a sequence.
            self.step_even.d.next = false;
            self.running.d.next = false;
        }
        self.is_input.next = self.input_pass.q.val();
        self.zero.next = self.step_zero.q.val();
        self.last_step.next = self.step_last.q.val();
        self.odd.next = !self.step_even.q.val();
        self.word.next = self.at_word.q.val();
        self.weight.next = self.at_weight.q.val();
    }
}
