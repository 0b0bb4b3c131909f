//! Image memory of a convolution: any `R` elements that lie side by side, in one cycle.

use systole_arch::config::bits;

use super::conv_edges::ConvEdges;
use super::conv_sizes::{ConvOptions, SLOT_TO_MEMORY};
use crate::rt::prelude::*;

const TEXT: &str = "Two image buffers in R memories of one element: memory i has elements i, R + i, 2R + i, ...

A slot reads elements A to A + R - 1: memories below A mod R one word further than the others. A rotator, one
level each cycle, brings element A to lane 0; lanes outside the image become zero.";

/// Memories, rotator and border.
#[derive(LogicBlock)]
pub struct ConvImage {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Writes a word.
    pub write: Flag<In>,
    /// Buffer to write to.
    pub write_buffer: Flag<In>,
    /// Address of the word.
    pub write_word: Sig<In>,
    /// Its elements.
    pub write_data: Vec<Sig<In>>,
    /// Slot: buffer.
    pub read_buffer: Flag<In>,
    /// Slot: address of the first element.
    pub address: Sig<In>,
    /// Slot: row.
    pub y: Sig<In>,
    /// Slot: element in the row.
    pub x: Sig<In>,
    /// The vector for the array.
    pub vector: Vec<Sig<Out>>,
    memory: Vec<Ram>,
    buffer: Reg,
    word: Reg,
    next_word: Reg,
    behind: Vec<FlagReg>,
    offset: Sig<Local>,
    write_address: Sig<Local>,
    amount: Vec<Delay>,
    stage: Vec<Reg>,
    edges: ConvEdges,
    filled: Vec<Reg>,
    rows: Size,
    levels: Size,
    distance: Vec<Size>,
    word_bits: Size,
}

impl ConvImage {
    /// The memory of one geometry, for coordinates of the given widths.
    pub fn new(options: &ConvOptions, y_bits: usize, x_bits: usize) -> Self {
        let (rows, data) = (options.array.rows, options.array.data_bits);
        let (levels, word) = (bits(rows), options.word_bits());
        ConvImage {
            doc: Doc::new("image_memory", TEXT)
                .port("address", "of the first element of the slot")
                .port(
                    "vector",
                    format!("{} cycles after the slot", options.slot_to_vector()),
                ),
            clock: Signal::default(),
            write: Flag::new(),
            write_buffer: Flag::new(),
            write_word: Sig::uint(word),
            write_data: Sig::int_lanes(rows, data),
            read_buffer: Flag::new(),
            address: Sig::uint(word + levels),
            y: Sig::int(y_bits),
            x: Sig::int(x_bits),
            vector: Sig::int_lanes(rows, data),
            memory: (0..rows)
                .map(|_| {
                    Ram::new(2 << word, data)
                        .with_output_register()
                        .without_collisions()
                })
                .collect(),
            buffer: Reg::uint(1),
            word: Reg::uint(word),
            next_word: Reg::uint(word),
            behind: FlagReg::lanes(rows),
            offset: Sig::uint(levels),
            write_address: Sig::uint(word + 1),
            amount: (0..levels)
                .map(|level| Delay::uint(1, SLOT_TO_MEMORY + level))
                .collect(),
            stage: Reg::uint_lanes(rows * levels, data),
            edges: ConvEdges::new(options, y_bits, x_bits),
            filled: Reg::int_lanes(rows, data),
            rows: Size::new(rows),
            levels: Size::new(levels),
            distance: (0..levels).map(|level| Size::new(1 << level)).collect(),
            word_bits: Size::new(word),
        }
    }
}

impl Logic for ConvImage {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, buffer, word, next_word, edges);
        // Addresses.
        self.offset.next = self.address.val();
        self.buffer.d.next = self.read_buffer.val().into();
        self.word.d.next = self.address.val() >> self.levels.n;
        self.next_word.d.next = (self.address.val() >> self.levels.n) + 1;
        self.write_address.next = self.write_word.val();
        if self.write_buffer.val() {
            self.write_address.next = self.write_word.val() + (1 << self.word_bits.n);
        }
        for i in 0..self.rows.n {
            self.behind[i].clock.next = self.clock.val();
            self.behind[i].d.next = self.offset.val() > i;
            self.memory[i].clock.next = self.clock.val();
            self.memory[i].write_enable.next = self.write.val();
            self.memory[i].write_address.next = self.write_address.val();
            self.memory[i].write_data.next = self.write_data[i].val();
            self.memory[i].read_address.next =
                (self.buffer.q.val() << self.word_bits.n) | self.word.q.val();
            if self.behind[i].q.val() {
                self.memory[i].read_address.next =
                    (self.buffer.q.val() << self.word_bits.n) | self.next_word.q.val();
            }
        }

        // Rotator.
        for l in 0..self.levels.n {
            self.amount[l].clock.next = self.clock.val();
            self.amount[l].d.next = self.offset.val() >> l;
            for j in 0..self.rows.n {
                self.stage[l * self.rows.n + j].clock.next = self.clock.val();
                if l == 0 {
                    self.stage[l * self.rows.n + j].d.next = self.memory[j].read_data.val();
                    if self.amount[l].q.val().any() {
                        self.stage[l * self.rows.n + j].d.next = self.memory
                            [(j + self.distance[l].n) % self.rows.n]
                            .read_data
                            .val();
                    }
                } else {
                    self.stage[l * self.rows.n + j].d.next =
                        self.stage[(l - 1) * self.rows.n + j].q.val();
                    if self.amount[l].q.val().any() {
                        self.stage[l * self.rows.n + j].d.next = self.stage
                            [(l - 1) * self.rows.n + (j + self.distance[l].n) % self.rows.n]
                            .q
                            .val();
                    }
                }
            }
        }

        // Border.
        self.edges.y.next = self.y.val();
        self.edges.x.next = self.x.val();
        for j in 0..self.rows.n {
            self.filled[j].clock.next = self.clock.val();
            self.filled[j].d.next = 0.into();
            if self.edges.in_image[j].val() {
                self.filled[j].d.next = self.stage[(self.levels.n - 1) * self.rows.n + j].q.val();
            }
            self.vector[j].next = self.filled[j].q.val();
        }
    }
}
