//! Convolution core: a whole image in memory, weights inside the array, results as a stream.

use super::conv_buffers::ConvBuffers;
use super::conv_image::ConvImage;
use super::conv_sizes::ConvOptions;
use super::conv_walk::ConvWalk;
use super::fifo::ResultFifo;
use super::options::CoreArray;
use super::weight_loader::WeightLoader;
use crate::array::{Accumulators, Array};
use crate::rt::prelude::*;

/// Two-dimensional convolution of fixed geometry. See the ports for the order of the streams.
#[derive(LogicBlock)]
pub struct ConvCore {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset, active high.
    pub reset: Flag<In>,
    /// The next image has the same weights.
    pub keep_weights: Flag<In>,
    /// Weights: for tile, kernel row, chunk, row, group: one word of a group of columns.
    pub s_weight_tdata: Sig<In>,
    /// Weight word offered.
    pub s_weight_tvalid: Flag<In>,
    /// Weight word taken.
    pub s_weight_tready: Flag<Out>,
    /// Image: row, column, channel, `R` elements in a word.
    pub s_axis_tdata: Vec<Sig<In>>,
    /// Image word offered.
    pub s_axis_tvalid: Flag<In>,
    /// Image word taken.
    pub s_axis_tready: Flag<Out>,
    /// Result: row, column, tile: `C` filters.
    pub m_axis_tdata: Vec<Sig<Out>>,
    /// Result offered.
    pub m_axis_tvalid: Flag<Out>,
    /// The last vector of an image.
    pub m_axis_tlast: Flag<Out>,
    /// Result taken.
    pub m_axis_tready: Flag<In>,
    buffers: ConvBuffers,
    weights: WeightLoader,
    walk: ConvWalk,
    image: ConvImage,
    array: Array,
    first: Delay,
    last: Delay,
    accumulators: Accumulators,
    fifo: ResultFifo,
    results: Reg,
    out_taken: Flag<Local>,
    last_result: Flag<Local>,
    rows: Size,
    cols: Size,
    vectors: Size,
}

impl ConvCore {
    /// A core for options that have been checked.
    pub fn new(options: &ConvOptions) -> Self {
        let CoreArray {
            rows,
            cols,
            data_bits,
            acc_bits,
            multipliers,
        } = options.array;
        let array = options
            .array
            .sizes(options.weight_words(), options.slot_to_vector());
        let walk = ConvWalk::new(options);
        let image = ConvImage::new(options, walk.y.width(), walk.x.width());
        ConvCore {
            doc: describe(options),
            clock: Signal::default(),
            reset: Flag::new(),
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
            buffers: ConvBuffers::new(options),
            weights: WeightLoader::new(&array),
            walk,
            image,
            first: Delay::uint(1, options.slot_to_sum()),
            last: Delay::uint(1, options.slot_to_sum() + 1),
            accumulators: Accumulators::with_bits(cols, array.sum_bits(), acc_bits),
            array: Array::new(&array, multipliers),
            fifo: ResultFifo::new(options.queue(), cols, acc_bits),
            results: Reg::uint(address_width(options.vectors())),
            out_taken: Flag::new(),
            last_result: Flag::new(),
            rows: Size::new(rows),
            cols: Size::new(cols),
            vectors: Size::new(options.vectors()),
        }
    }
}

fn describe(options: &ConvOptions) -> Doc {
    let ConvOptions {
        height,
        width,
        channels,
        filters,
        kernel,
        stride,
        pad,
        ..
    } = *options;
    let CoreArray {
        rows,
        cols,
        data_bits,
        ..
    } = options.array;
    let text = format!(
        "Convolution on a systolic array, {rows} by {cols} multipliers of {data_bits} bits.\n\
         Image {height} x {width} x {channels}, {filters} filters of {kernel} x {kernel}, stride {stride}, border {pad}.\n\
         Result {} x {} x {filters}. {} slots an image.",
        options.out_height(),
        options.out_width(),
        options.slots()
    );
    Doc::new("conv", text)
        .port("reset", "hold it for 64 cycles to drop a running job")
        .port(
            "keep_weights",
            "the next image has the same weights; read when an image ends",
        )
        .port(
            "s_weight_tdata",
            "for tile, kernel row, chunk, row, group: the weights of a group of columns",
        )
        .port(
            "s_axis_tdata",
            "image, for row, column, channel: R elements; the next image may follow at once",
        )
        .port("m_axis_tdata", "result, for row, column, tile: C filters")
        .port("m_axis_tlast", "last vector of an image")
}

impl Logic for ConvCore {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, results);
        clock!(
            self,
            clock,
            buffers,
            weights,
            walk,
            image,
            array,
            first,
            last,
            accumulators,
            fifo
        );

        // Weights.
        self.weights.reset.next = self.reset.val();
        self.weights.offered.next = self.s_weight_tvalid.val();
        self.weights.keep.next = self.keep_weights.val();
        self.weights.finish.next = self.walk.finish.val();
        self.s_weight_tready.next = self.weights.accept.val();
        self.array.write_enable.next = self.weights.write.val();
        self.array.write_row.next = self.weights.row.val();
        self.array.write_group.next = self.weights.group.val();
        self.array.write_address.next = self.weights.address.val();
        self.array.write_data.next = self.s_weight_tdata.val();

        // Images.
        self.buffers.reset.next = self.reset.val();
        self.buffers.offered.next = self.s_axis_tvalid.val();
        self.buffers.finish.next = self.walk.finish.val();
        self.s_axis_tready.next = self.buffers.room.val();
        self.image.write.next = self.buffers.write.val();
        self.image.write_buffer.next = self.buffers.write_buffer.val();
        self.image.write_word.next = self.buffers.write_word.val();

        // Slots.
        self.walk.reset.next = self.reset.val();
        self.walk.go.next = self.buffers.image_ready.val() && self.weights.ready.val();
        self.walk.taken.next = self.out_taken.val();
        self.image.read_buffer.next = self.buffers.read_buffer.val();
        self.image.address.next = self.walk.address.val();
        self.image.y.next = self.walk.y.val();
        self.image.x.next = self.walk.x.val();
        self.array.weight.next = self.walk.weight.val();
        for r in 0..self.rows.n {
            self.image.write_data[r].next = self.s_axis_tdata[r].val();
            self.array.vector[r].next = self.image.vector[r].val();
        }

        // Sums, totals, queue.
        self.first.d.next = self.walk.first.val().into();
        self.last.d.next = self.walk.last.val().into();
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
        self.last_result.next = self.results.q.val() + 1 == self.vectors.n;
        self.m_axis_tlast.next = self.last_result.val();
        if self.out_taken.val() {
            self.results.d.next = self.results.q.val() + 1;
            if self.last_result.val() {
                self.results.d.next = 0.into();
            }
        }
        if self.reset.val() {
            self.results.d.next = 0.into();
        }
    }
}
