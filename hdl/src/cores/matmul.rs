//! Matrix multiplication core: weights stay inside the array, activations stream through it.

use systole_arch::{config::bits, timing};

use super::fifo::ResultFifo;
use super::matmul_control::MatmulControl;
use super::options::CoreArray;
use crate::array::{Accumulators, Array, ArraySizes};
use crate::rt::prelude::*;

/// Sizes of a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatmulSizes {
    /// The array.
    pub array: CoreArray,
    /// Words of `rows` elements of the left matrix that the core stores.
    pub activation_words: usize,
    /// Words of weights in each cell: tiles times steps.
    pub weight_words: usize,
}

/// From a slot to the output of the activation memory: a register before it, so that the decision to issue a slot is
/// not in one path with the memory, then the memory.
const SLOT_TO_WORD: usize = 1 + timing::MEMORY as usize;
/// From a slot to its activation word at the edge of the array.
const SLOT_TO_VECTOR: usize = SLOT_TO_WORD + 1;

impl MatmulSizes {
    fn sizes(&self) -> ArraySizes {
        self.array.sizes(self.weight_words, SLOT_TO_VECTOR)
    }

    /// Columns whose weights are one word of the weight stream.
    pub fn group(&self) -> usize {
        self.sizes().group()
    }

    /// Cycles from a slot to its totals.
    pub fn latency(&self) -> usize {
        SLOT_TO_VECTOR + self.sizes().latency() + 1
    }

    /// Result vectors that can be under way, and so the depth of the queue.
    fn queue(&self) -> usize {
        (self.latency() + 4).next_power_of_two()
    }
}

/// `result = left x right`, signed integers. See the ports for the order of the streams.
#[derive(LogicBlock)]
pub struct MatmulCore {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset, active high.
    pub reset: Flag<In>,
    /// Rows of the left matrix.
    pub m_rows: Sig<In>,
    /// Inner dimension, in words of `R`.
    pub k_steps: Sig<In>,
    /// Columns of the right matrix, in tiles of `C`.
    pub n_tiles: Sig<In>,
    /// The weights of the job before are used again.
    pub keep_weights: Flag<In>,
    /// Weights: for tile, step, row, group: one word of a group of columns.
    pub s_weight_tdata: Sig<In>,
    /// Weight word offered.
    pub s_weight_tvalid: Flag<In>,
    /// Weight word taken.
    pub s_weight_tready: Flag<Out>,
    /// Left matrix: for row, step: `R` elements.
    pub s_axis_tdata: Vec<Sig<In>>,
    /// Word offered.
    pub s_axis_tvalid: Flag<In>,
    /// Word taken.
    pub s_axis_tready: Flag<Out>,
    /// Result: for tile, row: `C` elements.
    pub m_axis_tdata: Vec<Sig<Out>>,
    /// Result offered.
    pub m_axis_tvalid: Flag<Out>,
    /// The last vector of the job.
    pub m_axis_tlast: Flag<Out>,
    /// Result taken.
    pub m_axis_tready: Flag<In>,
    /// Cycles from the first activation word to the last result of the newest job.
    pub cycles: Sig<Out>,
    control: MatmulControl,
    store: FlagReg,
    word: Reg,
    data: Vec<Reg>,
    memory: Vec<Ram>,
    bypass: Vec<Delay>,
    bypassed: Delay,
    slotted: Delay,
    vector: Vec<Reg>,
    array: Array,
    accumulators: Accumulators,
    first: Delay,
    last: Delay,
    fifo: ResultFifo,
    weights_ready: FlagReg,
    load_group: Reg,
    load_row: Reg,
    load_step: Reg,
    load_tile: Reg,
    load_address: Reg,
    load_settle: Reg,
    results_left: Reg,
    rows_left: Reg,
    counting: FlagReg,
    cycle: Reg,
    loading: Flag<Local>,
    load: Flag<Local>,
    out_taken: Flag<Local>,
    last_row: Flag<Local>,
    last_result: Flag<Local>,
    settle: Cst,
    rows: Size,
    cols: Size,
    groups: Size,
}

impl MatmulCore {
    /// A core of the given sizes, which have been checked.
    pub fn new(sizes: &MatmulSizes) -> Self {
        let CoreArray {
            rows,
            cols,
            data_bits,
            acc_bits,
            multipliers,
        } = sizes.array;
        let array = sizes.sizes();
        let (word_bits, weight_bits) = (
            address_width(sizes.activation_words),
            address_width(sizes.weight_words),
        );
        let delay = sizes.latency() - 1;
        MatmulCore {
            doc: Doc::new(
                "matmul",
                format!(
                    "Matrix multiplication on a systolic array, {rows} by {cols} multipliers of {data_bits} bits.",
                ),
            )
            .port("m_rows", "rows of the left matrix")
            .port("k_steps", "inner dimension / R")
            .port("n_tiles", "columns of the right matrix / C")
            .port("keep_weights", "use the weights of the job before")
            .port(
                "s_weight_tdata",
                "for tile, step, row, group: the weights of a group of columns",
            )
            .port("s_axis_tdata", "left matrix, for row, step: R elements")
            .port("m_axis_tdata", "result, for tile, row: C elements")
            .port(
                "cycles",
                "from the first activation word to the last result",
            ),
            clock: Signal::default(),
            reset: Flag::new(),
            m_rows: Sig::uint(16),
            k_steps: Sig::uint(12),
            n_tiles: Sig::uint(12),
            keep_weights: Flag::new(),
            s_weight_tdata: Sig::uint(data_bits * array.group()),
            s_weight_tvalid: Flag::new(),
            s_weight_tready: Flag::new(),
            s_axis_tdata: Sig::int_lanes(rows, data_bits),
            s_axis_tvalid: Flag::new(),
            s_axis_tready: Flag::new(),
            m_axis_tdata: Sig::int_lanes(cols, acc_bits),
            m_axis_tvalid: Flag::new(),
            m_axis_tlast: Flag::new(),
            m_axis_tready: Flag::new(),
            cycles: Sig::uint(32),
            control: MatmulControl::new(word_bits, weight_bits, sizes.queue()),
            store: FlagReg::new(),
            word: Reg::uint(word_bits),
            data: Reg::int_lanes(rows, data_bits),
            memory: (0..rows)
                .map(|_| Ram::new(sizes.activation_words, data_bits).with_output_register().without_collisions())
                .collect(),
            bypass: (0..rows)
                .map(|_| Delay::int(data_bits, timing::MEMORY as usize))
                .collect(),
            bypassed: Delay::uint(1, SLOT_TO_WORD),
            slotted: Delay::uint(1, SLOT_TO_WORD),
            vector: Reg::int_lanes(rows, data_bits),
            array: Array::new(&array, multipliers),
            accumulators: Accumulators::with_bits(cols, array.sum_bits(), acc_bits),
            first: Delay::uint(1, delay),
            last: Delay::uint(1, delay + 1),
            fifo: ResultFifo::new(sizes.queue(), cols, acc_bits),
            weights_ready: FlagReg::new(),
            load_group: Reg::uint(bits(array.groups()).max(1)),
            load_row: Reg::uint(bits(rows).max(1)),
            load_step: Reg::uint(12),
            load_tile: Reg::uint(12),
            load_address: Reg::uint(weight_bits),
            load_settle: Reg::uint(6),
            results_left: Reg::uint(12),
            rows_left: Reg::uint(16),
            counting: FlagReg::new(),
            cycle: Reg::uint(32),
            loading: Flag::new(),
            load: Flag::new(),
            out_taken: Flag::new(),
            last_row: Flag::new(),
            last_result: Flag::new(),
            settle: Cst::uint(6, rows as i64 + 2),
            rows: Size::new(rows),
            cols: Size::new(cols),
            groups: Size::new(array.groups()),
        }
    }
}

impl Logic for MatmulCore {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            weights_ready,
            load_group,
            load_row,
            load_step,
            load_tile,
            load_address,
            load_settle
        );
        dff_setup!(self, clock, results_left, rows_left, counting, cycle);
        clock!(
            self,
            clock,
            control,
            store,
            word,
            bypassed,
            slotted,
            array,
            accumulators,
            first,
            last,
            fifo
        );

        // Weights: group, row, step, tile; then a few cycles until the last one has reached its row.
        self.loading.next = !self.weights_ready.q.val() && !self.load_settle.q.val().any();
        self.load.next = self.loading.val() && self.s_weight_tvalid.val();
        self.s_weight_tready.next = self.loading.val();
        self.array.write_enable.next = self.load.val();
        self.array.write_row.next = self.load_row.q.val();
        self.array.write_group.next = self.load_group.q.val();
        self.array.write_address.next = self.load_address.q.val();
        self.array.write_data.next = self.s_weight_tdata.val();
        if self.load.val() {
            self.load_group.d.next = self.load_group.q.val() + 1;
            if self.load_group.q.val() + 1 == self.groups.n {
                self.load_group.d.next = 0.into();
                self.load_row.d.next = self.load_row.q.val() + 1;
                if self.load_row.q.val() + 1 == self.rows.n {
                    self.load_row.d.next = 0.into();
                    self.load_address.d.next = self.load_address.q.val() + 1;
                    self.load_step.d.next = self.load_step.q.val() + 1;
                    if self.load_step.q.val() + 1 == self.k_steps.val() {
                        self.load_step.d.next = 0.into();
                        self.load_tile.d.next = self.load_tile.q.val() + 1;
                        if self.load_tile.q.val() + 1 == self.n_tiles.val() {
                            self.load_tile.d.next = 0.into();
                            self.load_address.d.next = 0.into();
                            self.load_settle.d.next = self.settle.val();
                        }
                    }
                }
            }
        }
        if self.load_settle.q.val().any() {
            self.load_settle.d.next = self.load_settle.q.val() - 1;
            if self.load_settle.q.val() == 1 {
                self.weights_ready.d.next = true;
            }
        }

        // Slots.
        self.control.reset.next = self.reset.val();
        self.control.go.next = self.weights_ready.q.val();
        self.control.m_rows.next = self.m_rows.val();
        self.control.k_steps.next = self.k_steps.val();
        self.control.n_tiles.next = self.n_tiles.val();
        self.control.offered.next = self.s_axis_tvalid.val();
        self.control.taken.next = self.out_taken.val();
        self.s_axis_tready.next = self.control.take.val();
        self.bypassed.d.next = self.control.streaming.val().into();
        self.slotted.d.next = self.control.slot.val().into();
        self.store.d.next = self.control.take.val();
        self.word.d.next = self.control.word.val();
        for r in 0..self.rows.n {
            self.data[r].clock.next = self.clock.val();
            self.data[r].d.next = self.s_axis_tdata[r].val();
            self.memory[r].clock.next = self.clock.val();
            self.bypass[r].clock.next = self.clock.val();
            self.vector[r].clock.next = self.clock.val();
            self.memory[r].write_enable.next = self.store.q.val();
            self.memory[r].write_address.next = self.word.q.val();
            self.memory[r].write_data.next = self.data[r].q.val();
            self.memory[r].read_address.next = self.word.q.val();
            self.bypass[r].d.next = self.data[r].q.val();
            // Without a slot the array gets zeros, which leave the totals alone.
            self.vector[r].d.next = 0.into();
            if self.slotted.q.val().any() {
                self.vector[r].d.next = self.memory[r].read_data.val();
                if self.bypassed.q.val().any() {
                    self.vector[r].d.next = self.bypass[r].q.val();
                }
            }
            self.array.vector[r].next = self.vector[r].q.val();
        }
        self.array.weight.next = self.control.weight.val();

        // Sums, totals, queue.
        self.first.d.next = self.control.first.val().into();
        self.last.d.next = self.control.last.val().into();
        self.accumulators.first.next = self.first.q.val().any();
        self.fifo.reset.next = self.reset.val();
        self.fifo.push.next = self.last.q.val().any();
        self.fifo.ready.next = self.m_axis_tready.val();
        for c in 0..self.cols.n {
            self.accumulators.sums[c].next = self.array.sums[c].val();
            self.fifo.data[c].next = self.accumulators.totals[c].val();
            self.m_axis_tdata[c].next = self.fifo.front[c].val();
        }
        self.m_axis_tvalid.next = self.fifo.valid.val();
        self.out_taken.next = self.fifo.valid.val() && self.m_axis_tready.val();

        // The end of the job: count the vectors that left.
        self.last_row.next = self.rows_left.q.val() + 1 == self.m_rows.val();
        self.last_result.next =
            self.last_row.val() && (self.results_left.q.val() + 1 == self.n_tiles.val());
        self.m_axis_tlast.next = self.last_result.val();
        if self.out_taken.val() {
            self.rows_left.d.next = self.rows_left.q.val() + 1;
            if self.last_row.val() {
                self.rows_left.d.next = 0.into();
                self.results_left.d.next = self.results_left.q.val() + 1;
            }
            if self.last_result.val() {
                self.results_left.d.next = 0.into();
                self.counting.d.next = false;
                self.weights_ready.d.next = false;
                if self.keep_weights.val() {
                    // One cycle without `go` ends the job; the weights stay.
                    self.load_settle.d.next = 1.into();
                }
            }
        }

        // Cycles of the job.
        if self.counting.q.val() {
            self.cycle.d.next = self.cycle.q.val() + 1;
        }
        if self.control.take.val() && !self.counting.q.val() {
            self.counting.d.next = true;
            self.cycle.d.next = 1.into();
        }
        if self.reset.val() {
            self.weights_ready.d.next = false;
            self.load_group.d.next = 0.into();
            self.load_row.d.next = 0.into();
            self.load_step.d.next = 0.into();
            self.load_tile.d.next = 0.into();
            self.load_address.d.next = 0.into();
            self.load_settle.d.next = 0.into();
            self.results_left.d.next = 0.into();
            self.rows_left.d.next = 0.into();
            self.counting.d.next = false;
            self.cycle.d.next = 0.into();
        }
        self.cycles.next = self.cycle.q.val();
    }
}
