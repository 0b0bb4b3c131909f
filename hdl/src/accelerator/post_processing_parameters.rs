//! Bias, multiplier and shift of each output channel: one memory row holds those of `P` channels.

use systole_arch::Arch;
use systole_arch::map::{Space, parameter_offset, parameter_words};

use super::lane_multiplier::MULTIPLIER_BITS;
use super::lane_shift::SHIFT_BITS;
use crate::rt::prelude::*;

/// Bias bits in half 0; the others are in half 1.
const LOW_BITS: usize = 32;

/// Parameter memories of all lanes and their write port on the host bus.
///
/// Two memories per lane: the bias is read two stages before the scale, which keeps `M` and `s` in one word.
/// Numbers in the port comments are cycles after the beat.
#[derive(LogicBlock)]
pub struct PostProcessingParameters {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Host bus: write pulse.
    pub host_write: Flag<In>,
    /// Host bus: address space.
    pub host_space: Sig<In>,
    /// Host bus: word offset.
    pub host_offset: Sig<In>,
    /// Host bus: word.
    pub host_data: Sig<In>,
    /// Parameter row of the beat, at 0.
    pub row: Sig<In>,
    /// Bias of each lane, at 5.
    pub bias: Vec<Sig<Out>>,
    /// `s` of each lane, at 6.
    pub shift: Vec<Sig<Out>>,
    /// `M` of each lane, at 8.
    pub multiplier: Vec<Sig<Out>>,
    row_for_bias: Delay,
    row_for_scale: Delay,
    write: FlagReg,
    offset: Reg,
    data: Reg,
    bias_low: Reg,
    second_half: Flag<Local>,
    write_lane: Sig<Local>,
    write_row: Sig<Local>,
    bias_high: Sig<Local>,
    bias_memory: Vec<Ram>,
    scale_memory: Vec<Ram>,
    multiplier_delay: Vec<Delay>,
    space: Cst,
    lane_count: Size,
    lane_place: Size,
    row_place: Size,
    multiplier_place: Size,
    shift_place: Size,
    low_bits: Size,
}

impl PostProcessingParameters {
    /// `param_rows` rows of `lanes` parameters.
    pub fn new(arch: &Arch) -> Self {
        let lanes = arch.lanes;
        let memory = |width| {
            Ram::new(arch.param_rows, width)
                .with_output_register()
                .without_collisions()
        };
        let row = address_width(arch.param_rows);
        let row_place = place(parameter_offset(arch, 1, 0));
        let multiplier_place = place(parameter_words(0, 1, 0)[1]);
        PostProcessingParameters {
            doc: documentation(),
            clock: Signal::default(),
            host_write: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            row: Sig::uint(row),
            bias: Sig::int_lanes(lanes, Arch::ACCUMULATOR_BITS),
            shift: Sig::uint_lanes(lanes, SHIFT_BITS),
            multiplier: Sig::uint_lanes(lanes, MULTIPLIER_BITS),
            row_for_bias: Delay::uint(row, 3),
            row_for_scale: Delay::uint(row, 1),
            write: FlagReg::new(),
            offset: Reg::uint(row_place + row),
            data: Reg::uint(32),
            bias_low: Reg::uint(LOW_BITS),
            second_half: Flag::new(),
            write_lane: Sig::uint((row_place - 1).max(1)),
            write_row: Sig::uint(row),
            bias_high: Sig::uint(Arch::ACCUMULATOR_BITS - LOW_BITS),
            bias_memory: (0..lanes).map(|_| memory(Arch::ACCUMULATOR_BITS)).collect(),
            scale_memory: (0..lanes)
                .map(|_| memory(MULTIPLIER_BITS + SHIFT_BITS))
                .collect(),
            multiplier_delay: (0..lanes)
                .map(|_| Delay::uint(MULTIPLIER_BITS, 2))
                .collect(),
            space: Cst::uint(8, Space::Parameters as i64),
            lane_count: Size::new(lanes),
            lane_place: Size::new(1),
            row_place: Size::new(row_place),
            multiplier_place: Size::new(multiplier_place),
            shift_place: Size::new(place(parameter_words(0, 0, 1)[1]) - multiplier_place),
            low_bits: Size::new(LOW_BITS),
        }
    }
}

/// Lowest bit that is set: where the memory map puts what is 1 in `word`.
fn place(word: u32) -> usize {
    word.trailing_zeros() as usize
}

fn documentation() -> Doc {
    let text = "Bias, multiplier and shift of each channel. Half 1 of a parameter, on the host bus, commits both.\n\
                Numbers in comments are cycles after the beat.";
    Doc::new("post_processing_parameters", text)
        .port("row", "0: parameter row of the beat")
        .port("bias", "5")
        .port("shift", "6")
        .port("multiplier", "8")
}

impl Logic for PostProcessingParameters {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            row_for_bias,
            row_for_scale,
            write,
            offset,
            data
        );
        dff_setup!(self, clock, bias_low);
        // Host bus, through one register.
        self.write.d.next = self.host_write.val() && self.host_space.val() == self.space.val();
        self.offset.d.next = self.host_offset.val();
        self.data.d.next = self.host_data.val();
        self.second_half.next = self.offset.q.val().get_bit(0);
        if self.write.q.val() && !self.second_half.val() {
            self.bias_low.d.next = self.data.q.val();
        }
        self.write_lane.next = self.offset.q.val() >> self.lane_place.n;
        self.write_row.next = self.offset.q.val() >> self.row_place.n;
        self.bias_high.next = self.data.q.val();
        // Bias address at 3, scale address at 4.
        self.row_for_bias.d.next = self.row.val();
        self.row_for_scale.d.next = self.row_for_bias.q.val();
        for i in 0..self.lane_count.n {
            self.bias_memory[i].clock.next = self.clock.val();
            self.bias_memory[i].write_enable.next = self.write.q.val()
                && self.second_half.val()
                && (self.write_lane.val() == i || self.lane_count.n == 1);
            self.bias_memory[i].write_address.next = self.write_row.val();
            self.bias_memory[i].write_data.next =
                (self.bias_high.val() << self.low_bits.n) | self.bias_low.q.val();
            self.bias_memory[i].read_address.next = self.row_for_bias.q.val();
            self.bias[i].next = self.bias_memory[i].read_data.val();

            self.scale_memory[i].clock.next = self.clock.val();
            self.scale_memory[i].write_enable.next = self.write.q.val()
                && self.second_half.val()
                && (self.write_lane.val() == i || self.lane_count.n == 1);
            self.scale_memory[i].write_address.next = self.write_row.val();
            self.scale_memory[i].write_data.next = self.data.q.val() >> self.multiplier_place.n;
            self.scale_memory[i].read_address.next = self.row_for_scale.q.val();
            self.shift[i].next = self.scale_memory[i].read_data.val() >> self.shift_place.n;
            self.multiplier_delay[i].clock.next = self.clock.val();
            self.multiplier_delay[i].d.next = self.scale_memory[i].read_data.val();
            self.multiplier[i].next = self.multiplier_delay[i].q.val();
        }
    }
}
