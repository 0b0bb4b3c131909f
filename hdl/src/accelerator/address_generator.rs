//! The address generator: one slot per cycle while a pass issues.

use systole_arch::Arch;
use systole_arch::isa::{self, LEVELS, Level, WORDS, width};

use super::address_generator_fields::AddressFields;
use super::address_generator_loops::PassLoops;
use super::address_generator_walk::Walk;
use crate::rt::prelude::*;

const TEXT: &str = "Walks the input of a pass: one slot per cycle, the first one two cycles after `start`.

A slot is a byte address of the input bank, the row and byte coordinate of its first byte inside the image, and a
weight address; token bits say what it means for the output vector. The loops run one cycle ahead of the
coordinates. `start` takes all fields at once and may come in the last cycle of the pass before (its issue
length after its own start): then slots of two passes follow each other without a gap.";

/// Walks the input of a pass.
#[derive(LogicBlock)]
pub struct AddressGenerator {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A program begins: `slots` starts at 0.
    pub run: Flag<In>,
    /// A pass begins.
    pub start: Flag<In>,
    /// Its instruction, valid with `start`.
    pub instruction: Vec<Sig<In>>,
    /// The registers show a slot.
    pub valid: Flag<Out>,
    /// Slot: it goes to the max-pooling unit.
    pub max: Flag<Out>,
    /// Slot: input bank.
    pub bank: Sig<Out>,
    /// Slot: byte address.
    pub address: Sig<Out>,
    /// Slot: row coordinate.
    pub y: Sig<Out>,
    /// Slot: byte coordinate.
    pub x: Sig<Out>,
    /// Slot: weight address.
    pub weight: Sig<Out>,
    /// Slot: value outside the image.
    pub fill: Sig<Out>,
    /// Slot: rows of the image.
    pub height: Sig<Out>,
    /// Slot: bytes of an image row.
    pub row_bytes: Sig<Out>,
    /// Token: first slot of a vector.
    pub first: Flag<Out>,
    /// Token: first slot of the second plane of a vector.
    pub next_plane: Flag<Out>,
    /// Token: last slot of a vector.
    pub last: Flag<Out>,
    /// Token: the vector is the first of its pass.
    pub first_vector: Flag<Out>,
    /// Token: the vector belongs to the last tile.
    pub last_tile: Flag<Out>,
    /// Token: what advances after the vector.
    pub level: Sig<Out>,
    /// A pass issues beyond this cycle.
    pub issuing: Flag<Out>,
    /// Slots since `run`.
    pub slots: Sig<Out>,

    fields: AddressFields,
    loops: PassLoops,
    address_walk: Walk,
    y_walk: Walk,
    x_walk: Walk,
    weight_walk: Walk,
    pass_max: Reg,
    pass_wide: Reg,
    pass_bank: Reg,
    pass_fill: Reg,
    pass_height: Reg,
    pass_row_bytes: Reg,
    slot_max: Reg,
    slot_wide: Reg,
    plane: FlagReg,
    slot_bank: Reg,
    slot_fill: Reg,
    slot_height: Reg,
    slot_row_bytes: Reg,
    slot_count: Reg,
    words: Size,
    levels: Size,
    kernel_y: Size,
}

impl AddressGenerator {
    /// The address generator of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let (a, w) = (arch.bank_address_bits(), arch.weight_address_bits());
        AddressGenerator {
            doc: Doc::new("address_generator", TEXT)
                .port("instruction", "words of the instruction, valid with start")
                .port("fill", "the fields of the pass that the slot belongs to")
                .port(
                    "level",
                    "what advances after a last slot: 0 out_x, 1 out_y, 2 tile, 3 end of the pass",
                )
                .port("issuing", "a start in this cycle would cut off a pass"),
            clock: Signal::default(),
            reset: Flag::new(),
            run: Flag::new(),
            start: Flag::new(),
            instruction: Sig::uint_lanes(WORDS, 32),
            valid: Flag::new(),
            max: Flag::new(),
            bank: Sig::uint(isa::IN_BANK.width),
            address: Sig::uint(a),
            y: Sig::int(width::COUNT),
            x: Sig::int(width::ADDRESS),
            weight: Sig::uint(w),
            fill: Sig::int(isa::FILL.width),
            height: Sig::uint(isa::HEIGHT.width),
            row_bytes: Sig::uint(isa::ROW_BYTES.width),
            first: Flag::new(),
            next_plane: Flag::new(),
            last: Flag::new(),
            first_vector: Flag::new(),
            last_tile: Flag::new(),
            level: Sig::uint(2),
            issuing: Flag::new(),
            slots: Sig::uint(32),
            fields: AddressFields::new(arch),
            loops: PassLoops::new(),
            address_walk: Walk::uint(a),
            y_walk: Walk::int(width::COUNT),
            x_walk: Walk::int(width::ADDRESS),
            weight_walk: Walk::uint(w),
            pass_max: Reg::uint(1),
            pass_wide: Reg::uint(1),
            pass_bank: Reg::uint(isa::IN_BANK.width),
            pass_fill: Reg::int(isa::FILL.width),
            pass_height: Reg::uint(isa::HEIGHT.width),
            pass_row_bytes: Reg::uint(isa::ROW_BYTES.width),
            slot_max: Reg::uint(1),
            slot_wide: Reg::uint(1),
            plane: FlagReg::new(),
            slot_bank: Reg::uint(isa::IN_BANK.width),
            slot_fill: Reg::int(isa::FILL.width),
            slot_height: Reg::uint(isa::HEIGHT.width),
            slot_row_bytes: Reg::uint(isa::ROW_BYTES.width),
            slot_count: Reg::uint(32),
            words: Size::new(WORDS),
            levels: Size::new(LEVELS),
            kernel_y: Size::new(Level::KernelY as usize),
        }
    }
}

impl Logic for AddressGenerator {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            loops,
            address_walk,
            y_walk,
            x_walk,
            weight_walk
        );
        for k in 0..self.words.n {
            self.fields.instruction[k].next = self.instruction[k].val();
        }

        // The loops.
        self.loops.reset.next = self.reset.val();
        self.loops.start.next = self.start.val();
        self.loops.stall_in.next = self.fields.stall.val();
        self.loops.stall_last_in.next = self.fields.stall_last.val();
        for l in 0..self.levels.n {
            self.loops.count_in[l].next = self.fields.count[l].val();
        }
        self.valid.next = self.loops.valid.val();
        self.first.next = self.loops.first.val();
        self.last.next = self.loops.last.val();
        self.first_vector.next = self.loops.first_vector.val();
        self.last_tile.next = self.loops.last_tile.val();
        self.level.next = self.loops.level.val();
        self.issuing.next = self.loops.issuing.val();

        // What walks.
        self.address_walk.start.next = self.start.val();
        self.y_walk.start.next = self.start.val();
        self.x_walk.start.next = self.start.val();
        self.weight_walk.start.next = self.start.val();
        self.address_walk.first.next = self.fields.in_address.val();
        self.y_walk.first.next = self.fields.y0.val();
        self.x_walk.first.next = self.fields.x0.val();
        self.weight_walk.first.next = self.fields.weight_address.val();
        self.address_walk.fresh.next = self.loops.fresh.val();
        self.y_walk.fresh.next = self.loops.fresh.val();
        self.x_walk.fresh.next = self.loops.fresh.val();
        self.weight_walk.fresh.next = self.loops.fresh.val();
        for l in 0..self.levels.n {
            self.address_walk.steps[l].next = self.fields.daddress[l].val();
            self.y_walk.steps[l].next = self.fields.dy[l].val();
            self.x_walk.steps[l].next = self.fields.dx[l].val();
            self.weight_walk.steps[l].next = self.fields.dweight[l].val();
            self.address_walk.advance[l].next = self.loops.advance[l].val();
            self.y_walk.advance[l].next = self.loops.advance[l].val();
            self.x_walk.advance[l].next = self.loops.advance[l].val();
            self.weight_walk.advance[l].next = self.loops.advance[l].val();
        }
        self.address.next = self.address_walk.value.val();
        self.y.next = self.y_walk.value.val();
        self.x.next = self.x_walk.value.val();
        self.weight.next = self.weight_walk.value.val();

        // What stays the same during a pass: taken at the start, shown from its first slot on.
        dff_setup!(
            self,
            clock,
            pass_max,
            pass_bank,
            pass_fill,
            pass_height,
            pass_row_bytes,
            pass_wide
        );
        dff_setup!(
            self,
            clock,
            slot_max,
            slot_bank,
            slot_fill,
            slot_height,
            slot_row_bytes,
            slot_wide
        );
        clock!(self, clock, plane);
        if self.start.val() {
            self.pass_max.d.next = self.fields.mode_max.val();
            self.pass_wide.d.next = self.fields.wide.val();
            self.pass_bank.d.next = self.fields.in_bank.val();
            self.pass_fill.d.next = self.fields.fill.val();
            self.pass_height.d.next = self.fields.height.val();
            self.pass_row_bytes.d.next = self.fields.row_bytes.val();
        }
        if self.loops.fresh.val() {
            self.slot_max.d.next = self.pass_max.q.val();
            self.slot_wide.d.next = self.pass_wide.q.val();
            self.slot_bank.d.next = self.pass_bank.q.val();
            self.slot_fill.d.next = self.pass_fill.q.val();
            self.slot_height.d.next = self.pass_height.q.val();
            self.slot_row_bytes.d.next = self.pass_row_bytes.q.val();
        }
        // The slot after the one behind which this level advances: no idle cycle comes between them.
        self.plane.d.next =
            self.loops.advance[self.kernel_y.n].val() && self.slot_wide.q.val().any();
        self.next_plane.next = self.plane.q.val();
        self.max.next = self.slot_max.q.val().any();
        self.bank.next = self.slot_bank.q.val();
        self.fill.next = self.slot_fill.q.val();
        self.height.next = self.slot_height.q.val();
        self.row_bytes.next = self.slot_row_bytes.q.val();

        // Slots of this run.
        dff_setup!(self, clock, slot_count);
        if self.loops.valid.val() {
            self.slot_count.d.next = self.slot_count.q.val() + 1;
        }
        if self.run.val() || self.reset.val() {
            self.slot_count.d.next = 0.into();
        }
        self.slots.next = self.slot_count.q.val();
    }
}
