//! One coordinate that walks with the loops of a convolution.

use crate::rt::prelude::*;

/// Loop levels, innermost first: chunk, kernel row, tile, column, row, image.
pub(super) const LEVELS: usize = 6;

/// A register that shows the coordinate of the slot; after the slot the step of the level that advances is added.
#[derive(LogicBlock)]
pub struct ConvCoordinate {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset: the first slot of an image.
    pub reset: Flag<In>,
    /// Level that advances after the slot that shows, one-hot; none without a slot.
    pub advance: Vec<Flag<In>>,
    /// Coordinate of the slot.
    pub value: Sig<Out>,
    current: Reg,
    step: Sig<Local>,
    start: Cst,
    step_chunk: Cst,
    step_kernel_row: Cst,
    step_tile: Cst,
    step_column: Cst,
    step_row: Cst,
    step_image: Cst,
}

impl ConvCoordinate {
    /// Two's complement coordinate of `width` bits called `name`, with its first value and its steps.
    pub fn new(name: &str, width: usize, start: i64, steps: [i64; LEVELS]) -> Self {
        ConvCoordinate {
            doc: Doc::new(
                format!("walk_{name}"),
                format!("Coordinate `{name}` of the slot. Each step takes back what the inner levels walked."),
            )
            .port("advance", "chunk, kernel row, tile, column, row, image"),
            clock: Signal::default(),
            reset: Flag::new(),
            advance: Flag::lanes(LEVELS),
            value: Sig::int(width),
            current: Reg::int(width).init(start),
            step: Sig::int(width),
            start: Cst::int(width, start),
            step_chunk: Cst::int(width, steps[0]),
            step_kernel_row: Cst::int(width, steps[1]),
            step_tile: Cst::int(width, steps[2]),
            step_column: Cst::int(width, steps[3]),
            step_row: Cst::int(width, steps[4]),
            step_image: Cst::int(width, steps[5]),
        }
    }
}

impl Logic for ConvCoordinate {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, current);
        self.step.next = 0.into();
        if self.advance[0].val() {
            self.step.next = self.step_chunk.val();
        }
        if self.advance[1].val() {
            self.step.next = self.step_kernel_row.val();
        }
        if self.advance[2].val() {
            self.step.next = self.step_tile.val();
        }
        if self.advance[3].val() {
            self.step.next = self.step_column.val();
        }
        if self.advance[4].val() {
            self.step.next = self.step_row.val();
        }
        if self.advance[5].val() {
            self.step.next = self.step_image.val();
        }
        self.current.d.next = self.current.q.val() + self.step.val();
        if self.reset.val() {
            self.current.d.next = self.start.val();
        }
        self.value.next = self.current.q.val();
    }
}
