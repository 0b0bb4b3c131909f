//! Which lanes of a vector lie inside the image; the others are the zero border.

use systole_arch::config::bits;

use super::conv_sizes::ConvOptions;
use crate::rt::prelude::*;

const TEXT: &str = "Lane j lies inside the image if 0 <= y < height and 0 <= x + j < elements of a row.

The lanes inside are a range: from -x (clamped to 0 .. R) to row_elements - x (clamped likewise); empty outside the rows.";

/// The range of lanes inside the image.
#[derive(LogicBlock)]
pub struct ConvEdges {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Slot: row.
    pub y: Sig<In>,
    /// Slot: element in the row.
    pub x: Sig<In>,
    /// One flag for each lane, with the rotated elements.
    pub in_image: Vec<Flag<Out>>,
    row_inside: FlagReg,
    ahead: Reg,
    rest: Reg,
    from: Reg,
    to: Reg,
    from_delay: Delay,
    to_delay: Delay,
    range: Vec<FlagReg>,
    height: Size,
    row_elements: Size,
    rows: Size,
}

impl ConvEdges {
    /// For coordinates of the given widths.
    pub fn new(options: &ConvOptions, y_bits: usize, x_bits: usize) -> Self {
        let rows = options.array.rows;
        let (lane, wait) = (bits(rows) + 1, bits(rows));
        ConvEdges {
            doc: Doc::new("image_edges", TEXT).port("in_image", "with the rotated elements"),
            clock: Signal::default(),
            y: Sig::int(y_bits),
            x: Sig::int(x_bits),
            in_image: Flag::lanes(rows),
            row_inside: FlagReg::new(),
            ahead: Reg::int(x_bits + 1),
            rest: Reg::int(x_bits + 1),
            from: Reg::uint(lane),
            to: Reg::uint(lane),
            from_delay: Delay::uint(lane, wait),
            to_delay: Delay::uint(lane, wait),
            range: FlagReg::lanes(rows),
            height: Size::new(options.height),
            row_elements: Size::new(options.row_elements()),
            rows: Size::new(rows),
        }
    }
}

impl Logic for ConvEdges {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self, clock, row_inside, ahead, rest, from, to, from_delay, to_delay
        );
        self.row_inside.d.next = self.y.val() >= 0 && self.y.val() < self.height.n;
        self.ahead.d.next = -self.x.val();
        self.rest.d.next = -self.x.val() + self.row_elements.n;

        self.from.d.next = self.ahead.q.val();
        if self.ahead.q.val() > self.rows.n {
            self.from.d.next = self.rows.n.into();
        }
        if self.ahead.q.val() < 0 {
            self.from.d.next = 0.into();
        }
        self.to.d.next = self.rest.q.val();
        if self.rest.q.val() > self.rows.n {
            self.to.d.next = self.rows.n.into();
        }
        if self.rest.q.val() < 0 || !self.row_inside.q.val() {
            self.to.d.next = 0.into();
        }
        self.from_delay.d.next = self.from.q.val();
        self.to_delay.d.next = self.to.q.val();
        for j in 0..self.rows.n {
            self.range[j].clock.next = self.clock.val();
            self.range[j].d.next = self.from_delay.q.val() <= j && self.to_delay.q.val() > j;
            self.in_image[j].next = self.range[j].q.val();
        }
    }
}
