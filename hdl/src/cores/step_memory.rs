//! Memory for the vectors of two steps: inputs, or hidden states, of which one is written while the other one is read.

use systole_arch::config::bits;

use crate::rt::prelude::*;

const TEXT: &str = "Two buffers of words of R bytes. A write covers a word or a part of it, a read is a whole word.";

/// Bytes of one memory.
const MEMORY_BYTES: usize = 4;
/// Deepest memory of look-up tables.
const SHALLOW: usize = 64;

/// Words of `R` bytes, written in parts.
#[derive(LogicBlock)]
pub struct StepMemory {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Writes a part.
    pub write: Flag<In>,
    /// Buffer to write to.
    pub write_buffer: Flag<In>,
    /// Part of the words before it, and parts before it in its word.
    pub write_part: Sig<In>,
    /// Its bytes.
    pub write_data: Vec<Sig<In>>,
    /// Buffer to read from.
    pub read_buffer: Flag<In>,
    /// Word to read.
    pub read_word: Sig<In>,
    /// Its bytes, two cycles later.
    pub vector: Vec<Sig<Out>>,
    memory: Vec<Ram>,
    written: Vec<Sig<Local>>,
    joined: Vec<Sig<Local>>,
    place: Sig<Local>,
    word: Sig<Local>,
    write_address: Sig<Local>,
    read_address: Sig<Local>,
    lanes: Size,
    memories: Size,
    bytes: Size,
    part: Vec<Size>,
    first: Vec<Size>,
    parts: Size,
    part_bits: Size,
    word_bits: Size,
}

impl StepMemory {
    /// Two buffers of `words` words of `rows` bytes, written in parts of `lanes` bytes.
    pub fn new(rows: usize, lanes: usize, words: usize) -> Self {
        let bytes = lanes.min(MEMORY_BYTES);
        let (memories, parts) = (rows / bytes, rows / lanes);
        let (word_bits, part_bits) = (bits(words).max(1), bits(parts));
        let memory = || {
            let memory = Ram::new(2 << word_bits, 8 * bytes)
                .with_output_register()
                .without_collisions();
            match 2 << word_bits <= SHALLOW {
                true => memory.distributed(),
                false => memory,
            }
        };
        StepMemory {
            doc: Doc::new("step_memory", TEXT)
                .port(
                    "write_part",
                    format!("word, then which of its {parts} parts"),
                )
                .port("vector", "two cycles after read_word"),
            clock: Signal::default(),
            write: Flag::new(),
            write_buffer: Flag::new(),
            write_part: Sig::uint(word_bits + part_bits),
            write_data: Sig::int_lanes(lanes, 8),
            read_buffer: Flag::new(),
            read_word: Sig::uint(word_bits),
            vector: Sig::int_lanes(rows, 8),
            memory: (0..memories).map(|_| memory()).collect(),
            written: Sig::uint_lanes(lanes, 8),
            joined: Sig::uint_lanes(memories * (bytes + 1), 8 * bytes),
            place: Sig::uint(part_bits.max(1)),
            word: Sig::uint(word_bits),
            write_address: Sig::uint(word_bits + 1),
            read_address: Sig::uint(word_bits + 1),
            lanes: Size::new(lanes),
            memories: Size::new(memories),
            bytes: Size::new(bytes),
            part: (0..memories)
                .map(|m| Size::new(m * bytes / lanes))
                .collect(),
            first: (0..memories)
                .map(|m| Size::new(m * bytes % lanes))
                .collect(),
            parts: Size::new(parts),
            part_bits: Size::new(part_bits),
            word_bits: Size::new(word_bits),
        }
    }
}

impl Logic for StepMemory {
    #[hdl_gen]
    fn update(&mut self) {
        self.place.next = self.write_part.val();
        self.word.next = self.write_part.val() >> self.part_bits.n;
        self.write_address.next =
            (bit_cast_to(self.write_buffer.val(), 1) << self.word_bits.n) | self.word.val();
        self.read_address.next =
            (bit_cast_to(self.read_buffer.val(), 1) << self.word_bits.n) | self.read_word.val();
        for l in 0..self.lanes.n {
            self.written[l].next = self.write_data[l].val();
        }
        for m in 0..self.memories.n {
            self.memory[m].clock.next = self.clock.val();
            // Byte 0 in the low bits.
            self.joined[m * (self.bytes.n + 1)].next = 0.into();
            for b in 0..self.bytes.n {
                self.joined[m * (self.bytes.n + 1) + b + 1].next =
                    self.joined[m * (self.bytes.n + 1) + b].val()
                        | (self.written[self.first[m].n + b].val() << (b * 8));
                self.vector[m * self.bytes.n + b].next = self.memory[m].read_data.val() >> (b * 8);
            }
            self.memory[m].write_enable.next =
                self.write.val() && (self.parts.n == 1 || self.place.val() == self.part[m].n);
            self.memory[m].write_address.next = self.write_address.val();
            self.memory[m].write_data.next =
                self.joined[m * (self.bytes.n + 1) + self.bytes.n].val();
            self.memory[m].read_address.next = self.read_address.val();
        }
    }
}
