//! Which lanes of a vector lie inside the image.

use systole_arch::isa::{self, width};
use systole_arch::{Arch, config, timing};

use crate::rt::prelude::*;

const TEXT: &str = "Lane j is inside the image if 0 <= y < height and 0 <= x + j < row_bytes.

The lanes inside are a range: from -x (clamped to 0 .. R) up to row_bytes - x (clamped likewise); empty for a row outside.
Differences, clamps and the range are computed one register after the other, early, and wait.";

/// The range of lanes inside the image.
#[derive(LogicBlock)]
pub struct FillMask {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Row coordinate.
    pub y: Sig<In>,
    /// Byte coordinate of lane 0.
    pub x: Sig<In>,
    /// Rows of the image.
    pub height: Sig<In>,
    /// Bytes of an image row.
    pub row_bytes: Sig<In>,
    /// One flag per lane, six cycles after the coordinates.
    pub in_image: Vec<Flag<Out>>,

    row_inside: FlagReg,
    leading: Reg,
    rest: Reg,
    from: Reg,
    to: Reg,
    from_delay: Delay,
    to_delay: Delay,
    range: Vec<FlagReg>,
    lanes: Size,
}

impl FillMask {
    /// The mask of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let lane = config::bits(arch.rows) + 1;
        // Differences and clamps take two cycles before, the range one after.
        let wait = timing::SLOT_TO_VECTOR as usize - timing::FILL as usize - 3;
        FillMask {
            doc: Doc::new("fill_mask", TEXT).port("in_image", "six cycles after the coordinates"),
            clock: Signal::default(),
            y: Sig::int(width::COUNT),
            x: Sig::int(width::ADDRESS),
            height: Sig::uint(isa::HEIGHT.width),
            row_bytes: Sig::uint(isa::ROW_BYTES.width),
            in_image: Flag::lanes(arch.rows),
            row_inside: FlagReg::new(),
            leading: Reg::int(width::ADDRESS + 1),
            rest: Reg::int(width::ADDRESS + 2),
            from: Reg::uint(lane),
            to: Reg::uint(lane),
            from_delay: Delay::uint(lane, wait),
            to_delay: Delay::uint(lane, wait),
            range: FlagReg::lanes(arch.rows),
            lanes: Size::new(arch.rows),
        }
    }
}

impl Logic for FillMask {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self, clock, row_inside, leading, rest, from, to, from_delay, to_delay
        );
        self.row_inside.d.next = self.y.val() >= 0 && self.y.val() < self.height.val();
        self.leading.d.next = -self.x.val();
        self.rest.d.next = self.row_bytes.val() - self.x.val();

        self.from.d.next = self.leading.q.val();
        if self.leading.q.val() > self.lanes.n {
            self.from.d.next = self.lanes.n.into();
        }
        if self.leading.q.val() < 0 {
            self.from.d.next = 0.into();
        }
        self.to.d.next = self.rest.q.val();
        if self.rest.q.val() > self.lanes.n {
            self.to.d.next = self.lanes.n.into();
        }
        if self.rest.q.val() < 0 || !self.row_inside.q.val() {
            self.to.d.next = 0.into();
        }
        self.from_delay.d.next = self.from.q.val();
        self.to_delay.d.next = self.to.q.val();
        for j in 0..self.lanes.n {
            self.range[j].clock.next = self.clock.val();
            self.range[j].d.next = self.from_delay.q.val() <= j && self.to_delay.q.val() > j;
            self.in_image[j].next = self.range[j].q.val();
        }
    }
}
