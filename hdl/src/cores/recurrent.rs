//! Recurrent core: an LSTM or GRU layer with its weights inside, steps in, hidden states out.

use super::fifo::ResultFifo;
use super::parameter_loader::ParameterLoader;
use super::recurrent_control::PassControl;
use super::recurrent_results::RecurrentResults;
use super::recurrent_sizes::RecurrentOptions;
use super::step_buffers::StepBuffers;
use super::step_memory::StepMemory;
use super::weight_loader::WeightLoader;
use crate::array::{Accumulators, Array};
use crate::rt::prelude::*;
use systole_arch::{Arch, timing};

/// One recurrent layer of fixed sizes, sequences of any length. See the ports for the order of the streams.
#[derive(LogicBlock)]
pub struct RecurrentCore {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset, active high.
    pub reset: Flag<In>,
    /// Weights: for part, tile, word, row, group: one word of a group of columns.
    pub s_weight_tdata: Sig<In>,
    /// Weight word offered.
    pub s_weight_tvalid: Flag<In>,
    /// Weight word taken.
    pub s_weight_tready: Flag<Out>,
    /// Parameters: for part, column: two words.
    pub s_param_tdata: Vec<Sig<In>>,
    /// Parameter offered.
    pub s_param_tvalid: Flag<In>,
    /// Parameter taken.
    pub s_param_tready: Flag<Out>,
    /// Steps: `R` bytes in a word.
    pub s_axis_tdata: Vec<Sig<In>>,
    /// Word offered.
    pub s_axis_tvalid: Flag<In>,
    /// The last word of a sequence.
    pub s_axis_tlast: Flag<In>,
    /// Word taken.
    pub s_axis_tready: Flag<Out>,
    /// Hidden states: `P` bytes in a word.
    pub m_axis_tdata: Vec<Sig<Out>>,
    /// Word offered.
    pub m_axis_tvalid: Flag<Out>,
    /// The last word of a sequence.
    pub m_axis_tlast: Flag<Out>,
    /// Word taken.
    pub m_axis_tready: Flag<In>,
    weights: WeightLoader,
    params: ParameterLoader,
    buffers: StepBuffers,
    control: PassControl,
    inputs: StepMemory,
    states: StepMemory,
    from_states: Delay,
    from_nothing: Delay,
    vector: Vec<Reg>,
    array: Array,
    first: Delay,
    accumulators: Accumulators,
    results: RecurrentResults,
    fifo: ResultFifo,
    rows: Size,
    cols: Size,
    lanes: Size,
}

impl RecurrentCore {
    /// A core for options that have been checked.
    pub fn new(options: &RecurrentOptions) -> Self {
        let RecurrentOptions {
            rows, cols, lanes, ..
        } = *options;
        let array = options.array();
        let [input_words, state_words] = options.chunks();
        let memory = timing::MEMORY as usize;
        RecurrentCore {
            doc: describe(options),
            clock: Signal::default(),
            reset: Flag::new(),
            s_weight_tdata: Sig::uint(8 * array.group()),
            s_weight_tvalid: Flag::new(),
            s_weight_tready: Flag::new(),
            s_param_tdata: Sig::uint_lanes(2, 32),
            s_param_tvalid: Flag::new(),
            s_param_tready: Flag::new(),
            s_axis_tdata: Sig::int_lanes(rows, 8),
            s_axis_tvalid: Flag::new(),
            s_axis_tlast: Flag::new(),
            s_axis_tready: Flag::new(),
            m_axis_tdata: Sig::int_lanes(lanes, 8),
            m_axis_tvalid: Flag::new(),
            m_axis_tlast: Flag::new(),
            m_axis_tready: Flag::new(),
            weights: WeightLoader::new(&array),
            params: ParameterLoader::new(2 * options.tiles() * cols),
            buffers: StepBuffers::new(options),
            control: PassControl::new(options),
            inputs: StepMemory::new(rows, rows, input_words),
            states: StepMemory::new(rows, lanes, state_words),
            from_states: Delay::uint(1, memory),
            from_nothing: Delay::uint(1, memory),
            vector: Reg::int_lanes(rows, 8),
            first: Delay::uint(1, array.vector_latency + array.latency()),
            accumulators: Accumulators::with_bits(cols, array.sum_bits(), Arch::ACCUMULATOR_BITS),
            array: Array::new(&array, options.multipliers),
            results: RecurrentResults::new(options),
            fifo: ResultFifo::new(options.queue(), lanes + 1, 8),
            rows: Size::new(rows),
            cols: Size::new(cols),
            lanes: Size::new(lanes),
        }
    }
}

fn describe(options: &RecurrentOptions) -> Doc {
    let RecurrentOptions {
        kind,
        rows,
        cols,
        inputs,
        hidden,
        ..
    } = *options;
    let layer = kind.name().to_uppercase();
    let text = format!(
        "{layer} layer on a systolic array, {rows} by {cols} multipliers of 8 bits.\n\
         {inputs} inputs, {hidden} hidden units, sequences of any length. {} slots a step.",
        options.weight_words()
    );
    let ports = [
        ("reset", "also forgets weights and parameters"),
        (
            "s_weight_tdata",
            "for part, tile, word, row, group: the weights of a group of columns",
        ),
        (
            "s_param_tdata",
            "for part, column: bias in bits 34..0, M in 50..35, s + 8 in 56..51",
        ),
        (
            "s_axis_tdata",
            "R bytes of a step; the last word of a step is filled up",
        ),
        ("s_axis_tlast", "last word of a sequence"),
        ("m_axis_tdata", "P hidden states of a step"),
        ("m_axis_tlast", "last word of a sequence"),
    ];
    ports
        .into_iter()
        .fold(Doc::new(kind.name(), text), |doc, (port, text)| {
            doc.port(port, text)
        })
}

impl Logic for RecurrentCore {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self, clock, weights, params, buffers, control, inputs, states
        );
        clock!(
            self,
            clock,
            from_states,
            from_nothing,
            array,
            first,
            accumulators,
            results,
            fifo
        );
        // Weights and parameters: they stay until reset.
        self.weights.reset.next = self.reset.val();
        self.weights.offered.next = self.s_weight_tvalid.val();
        self.weights.keep.next = true;
        self.weights.finish.next = false;
        self.s_weight_tready.next = self.weights.accept.val();
        self.array.write_enable.next = self.weights.write.val();
        self.array.write_row.next = self.weights.row.val();
        self.array.write_group.next = self.weights.group.val();
        self.array.write_address.next = self.weights.address.val();
        self.array.write_data.next = self.s_weight_tdata.val();
        self.params.reset.next = self.reset.val();
        self.params.offered.next = self.s_param_tvalid.val();
        self.s_param_tready.next = self.params.accept.val();
        self.results.parameter_write.next = self.params.write.val();
        self.results.parameter_offset.next = self.params.offset.val();
        self.results.parameter_data.next = self.params.data.val();
        for w in 0..2 {
            self.params.words[w].next = self.s_param_tdata[w].val();
        }

        // Steps.
        self.buffers.reset.next = self.reset.val();
        self.buffers.offered.next = self.s_axis_tvalid.val();
        self.buffers.offered_last.next = self.s_axis_tlast.val();
        self.buffers.take.next = self.control.take.val();
        self.buffers.done.next = self.control.done.val();
        self.s_axis_tready.next = self.buffers.room.val();
        self.inputs.write.next = self.buffers.write.val();
        self.inputs.write_buffer.next = self.buffers.write_buffer.val();
        self.inputs.write_part.next = self.buffers.write_word.val();

        // Slots: inputs of the step, or hidden states of the one before.
        self.control.reset.next = self.reset.val();
        self.control.go.next = self.weights.ready.val() && self.params.ready.val();
        self.control.ready.next = self.buffers.ready.val();
        self.control.ends_sequence.next = self.buffers.ends_sequence.val();
        self.control.taken.next = self.fifo.valid.val() && self.m_axis_tready.val();
        self.inputs.read_buffer.next = self.control.odd.val();
        self.inputs.read_word.next = self.control.word.val();
        self.states.read_buffer.next = !self.control.odd.val();
        self.states.read_word.next = self.control.word.val();
        self.from_states.d.next = (!self.control.is_input.val()).into();
        self.from_nothing.d.next = self.control.zero.val().into();
        for r in 0..self.rows.n {
            self.inputs.write_data[r].next = self.s_axis_tdata[r].val();
            self.vector[r].clock.next = self.clock.val();
            self.vector[r].d.next = self.inputs.vector[r].val();
            if self.from_states.q.val().any() {
                self.vector[r].d.next = self.states.vector[r].val();
                if self.from_nothing.q.val().any() {
                    self.vector[r].d.next = 0.into();
                }
            }
            self.array.vector[r].next = self.vector[r].q.val();
        }
        self.array.weight.next = self.control.weight.val();

        // Sums, totals, gates.
        self.first.d.next = self.control.first.val().into();
        self.accumulators.first.next = self.first.q.val().any();
        self.results.reset.next = self.reset.val();
        self.results.token.next = self.control.token.val();
        self.results.token_begins.next = self.control.begins.val();
        self.results.token_last_tile.next = self.control.last_tile.val();
        self.results.token_input.next = self.control.is_input.val();
        self.results.token_zero.next = self.control.zero.val();
        self.results.token_buffer.next = self.control.odd.val();
        self.results.token_last_step.next = self.control.last_step.val();
        for c in 0..self.cols.n {
            self.accumulators.sums[c].next = self.array.sums[c].val();
            self.results.totals[c].next = self.accumulators.totals[c].val();
        }

        // Hidden states: to the next step and to the queue, whose last lane says where a sequence ends.
        self.states.write.next = self.results.write.val();
        self.states.write_buffer.next = self.results.write_buffer.val();
        self.states.write_part.next = self.results.write_word.val();
        self.fifo.reset.next = self.reset.val();
        self.fifo.push.next = self.results.write.val();
        self.fifo.ready.next = self.m_axis_tready.val();
        self.fifo.data[self.lanes.n].next = self.results.write_last.val().into();
        for l in 0..self.lanes.n {
            self.states.write_data[l].next = self.results.write_data[l].val();
            self.fifo.data[l].next = self.results.write_data[l].val();
            self.m_axis_tdata[l].next = self.fifo.front[l].val();
        }
        self.m_axis_tvalid.next = self.fifo.valid.val();
        self.m_axis_tlast.next = self.fifo.front[self.lanes.n].val().any();
    }
}
