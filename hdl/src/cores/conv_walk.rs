//! Walk of a convolution: which elements of the image meet which weights, and when.

use systole_arch::config::bits;

use super::conv_coordinate::{ConvCoordinate, LEVELS};
use super::conv_sizes::ConvOptions;
use crate::rt::prelude::*;

const TEXT: &str = "Walks `for row, column, tile, kernel row, chunk`: one slot per cycle.

A slot reads R elements that lie side by side in the image and meets one word of weights in every cell. A vector of
results begins only if the queue has room for all vectors under way, and then runs through: nothing behind it stalls.
The counters run one cycle ahead of the coordinates.";

/// Counters and coordinates of the slots.
#[derive(LogicBlock)]
pub struct ConvWalk {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Image and weights are there.
    pub go: Flag<In>,
    /// A result vector left the queue.
    pub taken: Flag<In>,
    /// The last slot of an image is issued: it shows in the next cycle.
    pub finish: Flag<Out>,
    /// Slot: address of its first element.
    pub address: Sig<Out>,
    /// Slot: row of the image.
    pub y: Sig<Out>,
    /// Slot: element in the row of the image.
    pub x: Sig<Out>,
    /// Slot: weight address.
    pub weight: Sig<Out>,
    /// Slot: first of its vector.
    pub first: Flag<Out>,
    /// Slot: last of its vector.
    pub last: Flag<Out>,
    count: Vec<Reg>,
    starts_vector: FlagReg,
    under_way: Reg,
    issue: Flag<Local>,
    starting: Flag<Local>,
    inner_at_end: Vec<Flag<Local>>,
    advance: Vec<FlagReg>,
    slot_first: FlagReg,
    slot_last: FlagReg,
    walk_address: ConvCoordinate,
    walk_y: ConvCoordinate,
    walk_x: ConvCoordinate,
    walk_weight: ConvCoordinate,
    room: Cst,
    levels: Size,
    turns: Vec<Size>,
}

/// Bits of a two's complement number that can be `-limit` to `limit`.
fn signed_bits(limit: usize) -> usize {
    bits(limit + 1) + 1
}

impl ConvWalk {
    /// The walk of one geometry.
    pub fn new(options: &ConvOptions) -> Self {
        let (rows, kernel) = (options.array.rows, options.kernel);
        let (out_x, out_y, chunks) = (options.out_width(), options.out_height(), options.chunks());
        let turns = [chunks, kernel, options.tiles(), out_x, out_y];
        let steps = Steps::new(options);
        let reach = options.row_elements() + (2 * options.pad * options.channels).max(2 * rows);
        let y_reach = options.height + 2 * options.pad + options.stride;
        let address = options.word_bits() + bits(rows);
        let weight = address_width(options.weight_words());
        let credit = address_width(options.queue()) + 1;
        ConvWalk {
            doc: Doc::new("conv_walk", TEXT)
                .port("taken", "a result vector left the queue")
                .port(
                    "finish",
                    "the last slot of an image shows in the next cycle",
                )
                .port("address", "of the first element"),
            clock: Signal::default(),
            reset: Flag::new(),
            go: Flag::new(),
            taken: Flag::new(),
            finish: Flag::new(),
            address: Sig::uint(address),
            y: Sig::int(signed_bits(y_reach)),
            x: Sig::int(signed_bits(reach)),
            weight: Sig::uint(weight),
            first: Flag::new(),
            last: Flag::new(),
            count: turns.iter().map(|n| Reg::uint(bits(*n).max(1))).collect(),
            starts_vector: FlagReg::new().init(true),
            under_way: Reg::uint(credit),
            issue: Flag::new(),
            starting: Flag::new(),
            inner_at_end: Flag::lanes(LEVELS),
            advance: FlagReg::lanes(LEVELS),
            slot_first: FlagReg::new(),
            slot_last: FlagReg::new(),
            walk_address: ConvCoordinate::new(
                "address",
                address,
                steps.first_address,
                steps.address,
            ),
            walk_y: ConvCoordinate::new("y", signed_bits(y_reach), steps.first_y, steps.y),
            walk_x: ConvCoordinate::new("x", signed_bits(reach), steps.first_x, steps.x),
            walk_weight: ConvCoordinate::new("weight", weight, 0, steps.weight),
            room: Cst::uint(credit, options.queue() as i64),
            levels: Size::new(LEVELS - 1),
            turns: turns.iter().map(|n| Size::new(*n)).collect(),
        }
    }
}

/// Steps of the coordinates: what a level adds, minus what the levels inside it walked.
struct Steps {
    first_x: i64,
    first_y: i64,
    first_address: i64,
    x: [i64; LEVELS],
    y: [i64; LEVELS],
    address: [i64; LEVELS],
    weight: [i64; LEVELS],
}

impl Steps {
    fn new(options: &ConvOptions) -> Self {
        let signed = |n: usize| n as i64;
        let (channels, pad) = (signed(options.channels), signed(options.pad));
        let (rows, stride) = (signed(options.array.rows), signed(options.stride));
        let chunks = signed(options.chunks() - 1) * rows;
        let columns = signed(options.out_width() - 1) * stride * channels;
        let row_elements = signed(options.row_elements());
        let (kernel_rows, out_rows) =
            (signed(options.kernel - 1), signed(options.out_height() - 1));
        let x = [
            rows,
            -chunks,
            -chunks,
            stride * channels - chunks,
            -columns - chunks,
            -columns - chunks,
        ];
        let y = [
            0,
            1,
            -kernel_rows,
            -kernel_rows,
            stride - kernel_rows,
            -out_rows * stride - kernel_rows,
        ];
        let again = 1 - signed(options.weight_words());
        Steps {
            first_x: -pad * channels,
            first_y: -pad,
            first_address: -pad * (row_elements + channels),
            address: std::array::from_fn(|level| y[level] * row_elements + x[level]),
            x,
            y,
            weight: [1, 1, 1, again, again, again],
        }
    }
}

impl Logic for ConvWalk {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, starts_vector, under_way);
        clock!(
            self,
            clock,
            slot_first,
            slot_last,
            walk_address,
            walk_y,
            walk_x,
            walk_weight
        );

        // Issue, and the level that advances.
        self.issue.next = self.go.val()
            && (!self.starts_vector.q.val() || self.under_way.q.val() < self.room.val());
        self.starting.next = self.issue.val() && self.starts_vector.q.val();
        self.inner_at_end[0].next = self.issue.val();
        for l in 0..self.levels.n {
            self.inner_at_end[l + 1].next =
                self.inner_at_end[l].val() && self.count[l].q.val() + 1 == self.turns[l].n;
            self.count[l].clock.next = self.clock.val();
            self.count[l].d.next = self.count[l].q.val();
            if self.inner_at_end[l].val() {
                self.count[l].d.next = self.count[l].q.val() + 1;
            }
            if self.inner_at_end[l + 1].val() || self.reset.val() {
                self.count[l].d.next = 0.into();
            }
            self.advance[l].clock.next = self.clock.val();
            self.advance[l].d.next = self.inner_at_end[l].val() && !self.inner_at_end[l + 1].val();
        }
        self.advance[self.levels.n].clock.next = self.clock.val();
        self.advance[self.levels.n].d.next = self.inner_at_end[self.levels.n].val();
        self.finish.next = self.inner_at_end[self.levels.n].val();

        // Credits: vectors between here and the consumer.
        if self.issue.val() {
            self.starts_vector.d.next = self.inner_at_end[2].val();
        }
        if self.starting.val() && !self.taken.val() {
            self.under_way.d.next = self.under_way.q.val() + 1;
        }
        if !self.starting.val() && self.taken.val() {
            self.under_way.d.next = self.under_way.q.val() - 1;
        }
        if self.reset.val() {
            self.starts_vector.d.next = true;
            self.under_way.d.next = 0.into();
        }

        // The slot.
        self.slot_first.d.next = self.starting.val();
        self.slot_last.d.next = self.inner_at_end[2].val();
        self.first.next = self.slot_first.q.val();
        self.last.next = self.slot_last.q.val();
        self.walk_address.reset.next = self.reset.val();
        self.walk_y.reset.next = self.reset.val();
        self.walk_x.reset.next = self.reset.val();
        self.walk_weight.reset.next = self.reset.val();
        for l in 0..(self.levels.n + 1) {
            self.walk_address.advance[l].next = self.advance[l].q.val();
            self.walk_y.advance[l].next = self.advance[l].q.val();
            self.walk_x.advance[l].next = self.advance[l].q.val();
            self.walk_weight.advance[l].next = self.advance[l].q.val();
        }
        self.address.next = self.walk_address.value.val();
        self.y.next = self.walk_y.value.val();
        self.x.next = self.walk_x.value.val();
        self.weight.next = self.walk_weight.value.val();
    }
}
