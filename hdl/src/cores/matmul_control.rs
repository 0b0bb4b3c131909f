//! Controller of the matrix multiplication core: counts steps, rows and tiles, and decides when a slot is issued.

use crate::rt::prelude::*;

/// Walks `for tile, row, step` once `go` is high. In the first tile a slot needs an activation word from the
/// stream; later tiles read the words that the first one stored.
#[derive(LogicBlock)]
pub struct MatmulControl {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Weights are there.
    pub go: Flag<In>,
    /// Rows of the left matrix, at least 1.
    pub m_rows: Sig<In>,
    /// Words of `R` elements in one row, at least 1.
    pub k_steps: Sig<In>,
    /// Tiles of `C` columns, at least 1.
    pub n_tiles: Sig<In>,
    /// An activation word is offered.
    pub offered: Flag<In>,
    /// A result vector was taken.
    pub taken: Flag<In>,
    /// The activation word is taken.
    pub take: Flag<Out>,
    /// A slot is issued in this cycle.
    pub slot: Flag<Out>,
    /// First slot of a vector.
    pub first: Flag<Out>,
    /// Last slot of a vector.
    pub last: Flag<Out>,
    /// The first tile: activations come from the stream.
    pub streaming: Flag<Out>,
    /// Address of the activation word.
    pub word: Sig<Out>,
    /// Weight address.
    pub weight: Sig<Out>,
    step: Reg,
    row: Reg,
    tile: Reg,
    word_index: Reg,
    weight_index: Reg,
    tile_weight: Reg,
    under_way: Reg,
    finished: FlagReg,
    step_end: Flag<Local>,
    row_end: Flag<Local>,
    tile_end: Flag<Local>,
    issue: Flag<Local>,
    in_first: Flag<Local>,
    room: Cst,
}

impl MatmulControl {
    /// Address widths of the activation and weight memories, and how many vectors the queue holds.
    pub fn new(word_bits: usize, weight_bits: usize, queue: usize) -> Self {
        MatmulControl {
            doc: Doc::new(
                "matmul_control",
                "Loops of the matrix multiplication: for tile, row, step.",
            )
            .port("offered", "an activation word waits on the stream")
            .port("taken", "a result vector left the queue")
            .port("slot", "one vector enters the array"),
            clock: Signal::default(),
            reset: Flag::new(),
            go: Flag::new(),
            m_rows: Sig::uint(16),
            k_steps: Sig::uint(12),
            n_tiles: Sig::uint(12),
            offered: Flag::new(),
            taken: Flag::new(),
            take: Flag::new(),
            slot: Flag::new(),
            first: Flag::new(),
            last: Flag::new(),
            streaming: Flag::new(),
            word: Sig::uint(word_bits),
            weight: Sig::uint(weight_bits),
            step: Reg::uint(12),
            row: Reg::uint(16),
            tile: Reg::uint(12),
            word_index: Reg::uint(word_bits),
            weight_index: Reg::uint(weight_bits),
            tile_weight: Reg::uint(weight_bits),
            under_way: Reg::uint(address_width(queue) + 1),
            finished: FlagReg::new(),
            step_end: Flag::new(),
            row_end: Flag::new(),
            tile_end: Flag::new(),
            issue: Flag::new(),
            in_first: Flag::new(),
            room: Cst::uint(address_width(queue) + 1, queue as i64),
        }
    }
}

impl Logic for MatmulControl {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            step,
            row,
            tile,
            word_index,
            weight_index,
            tile_weight,
            under_way,
            finished
        );
        self.step_end.next = self.step.q.val() + 1 == self.k_steps.val();
        self.row_end.next = self.row.q.val() + 1 == self.m_rows.val();
        self.tile_end.next = self.tile.q.val() + 1 == self.n_tiles.val();
        self.in_first.next = self.tile.q.val() == 0;
        // A vector starts only if the queue has room for all that are under way.
        self.issue.next = self.go.val()
            && !self.finished.q.val()
            && (self.offered.val() || !self.in_first.val())
            && (self.step.q.val().any() || (self.under_way.q.val() < self.room.val()));

        if self.issue.val() && !self.step.q.val().any() && !self.taken.val() {
            self.under_way.d.next = self.under_way.q.val() + 1;
        }
        if (!self.issue.val() || self.step.q.val().any()) && self.taken.val() {
            self.under_way.d.next = self.under_way.q.val() - 1;
        }
        if self.issue.val() {
            self.word_index.d.next = self.word_index.q.val() + 1;
            self.weight_index.d.next = self.weight_index.q.val() + 1;
            self.step.d.next = self.step.q.val() + 1;
            if self.step_end.val() {
                self.step.d.next = 0.into();
                self.weight_index.d.next = self.tile_weight.q.val();
                self.row.d.next = self.row.q.val() + 1;
                if self.row_end.val() {
                    self.row.d.next = 0.into();
                    self.word_index.d.next = 0.into();
                    self.tile.d.next = self.tile.q.val() + 1;
                    self.tile_weight.d.next = self.weight_index.q.val() + 1;
                    self.weight_index.d.next = self.weight_index.q.val() + 1;
                    self.finished.d.next = self.tile_end.val();
                }
            }
        }
        // A new job starts when `go` falls.
        if self.reset.val() || !self.go.val() {
            self.step.d.next = 0.into();
            self.row.d.next = 0.into();
            self.tile.d.next = 0.into();
            self.word_index.d.next = 0.into();
            self.weight_index.d.next = 0.into();
            self.tile_weight.d.next = 0.into();
            self.finished.d.next = false;
        }
        if self.reset.val() {
            self.under_way.d.next = 0.into();
        }
        self.take.next = self.issue.val() && self.in_first.val();
        self.slot.next = self.issue.val();
        self.first.next = self.issue.val() && !self.step.q.val().any();
        self.last.next = self.issue.val() && self.step_end.val();
        self.streaming.next = self.in_first.val();
        self.word.next = self.word_index.q.val();
        self.weight.next = self.weight_index.q.val();
    }
}
