//! The instruction set: which bits of which word mean what.
//!
//! There is one instruction that computes, `PASS`: a nest of six loops walks the input, every step feeds one
//! vector of `R` bytes to the array (or to the max-pooling unit), and every finished output vector goes through
//! post-processing to memory. Convolution, fully connected layers, pooling, addition, concatenation, tables and
//! copies are all passes; only the numbers differ. `END` stops the program, `LOOP` repeats the instructions behind it.
//!
//! The field table below is the only description of the format: the compiler encodes with it, the generator
//! places wires with it, and the manual is printed from it.

/// Version of the instruction set, part of every configuration hash.
pub const VERSION: u32 = 6;

/// 32-bit words of one instruction. All instructions have the same length, so that fetching takes the same time.
pub const WORDS: usize = 36;

/// Opcodes, in bits 7..0 of word 0. Zero is illegal, so that empty memory stops with a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// One pass over an input tensor.
    Pass = 1,
    /// End of the program.
    End = 2,
    /// Repeats the instructions that follow.
    Loop = 3,
}

/// What happens to the scaled sums of a pass: the values of the field [`UNIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Unit {
    /// Post-processing to bytes.
    Bytes = 0,
    /// They are stored in the sum memory: input part of a recurrent layer.
    Sums = 1,
    /// LSTM, with the stored sums.
    Lstm = 2,
    /// GRU with `linear_before_reset = 1`.
    Gru = 3,
    /// RNN with tanh: one column for each unit.
    RnnTanh = 4,
    /// RNN with ReLU.
    RnnRelu = 5,
    /// First pass of a GRU with `linear_before_reset = 0`: writes the bytes of `r * h`.
    GruReset = 6,
    /// Second pass, over the bytes of `r * h` and `h`.
    GruUpdate = 7,
}

impl Unit {
    /// All values with the names they have in the manual.
    pub const ALL: [(Unit, &'static str); 8] = [
        (Unit::Bytes, "bytes"),
        (Unit::Sums, "sums"),
        (Unit::Lstm, "lstm"),
        (Unit::Gru, "gru"),
        (Unit::RnnTanh, "rnn_tanh"),
        (Unit::RnnRelu, "rnn_relu"),
        (Unit::GruReset, "gru_reset"),
        (Unit::GruUpdate, "gru_update"),
    ];

    /// The unit of a pass.
    pub fn of(pass: &Instruction) -> Unit {
        let value = pass.get(UNIT) as usize;
        Unit::ALL[value % Unit::ALL.len()].0
    }

    /// Columns that belong to one hidden unit, of 16 bits where it is `wide`.
    pub fn columns(self, wide: bool) -> usize {
        match self {
            Unit::Lstm | Unit::Gru | Unit::GruReset | Unit::GruUpdate => 4,
            Unit::RnnTanh | Unit::RnnRelu if wide => 4,
            Unit::Bytes | Unit::Sums | Unit::RnnTanh | Unit::RnnRelu => 1,
        }
    }

    /// Words that `P` hidden units give, in consecutive cycles: their bytes; or, where they are `wide`, both planes and, where
    /// it is a hidden state, the bytes that the sequence shows.
    pub fn words(self, wide: bool) -> usize {
        match self {
            Unit::Bytes | Unit::Sums => 1,
            Unit::GruReset if wide => 2,
            _ if wide => 3,
            _ => 1,
        }
    }

    /// Whether the pass writes the hidden state of a recurrent layer.
    pub fn is_recurrent(self) -> bool {
        !matches!(self, Unit::Bytes | Unit::Sums)
    }
}

/// Index registers of loops.
pub const INDEXES: usize = 4;

/// Loop levels of a pass, innermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Level {
    /// Words of `R` bytes inside one kernel tap or one run.
    Chunk = 0,
    /// Kernel column.
    KernelX = 1,
    /// Kernel row.
    KernelY = 2,
    /// Output column.
    OutX = 3,
    /// Output row.
    OutY = 4,
    /// Tile of output channels.
    Tile = 5,
}

/// Number of loop levels.
pub const LEVELS: usize = 6;

/// Names of the loop levels as they appear in field names.
pub const LEVEL_NAMES: [&str; LEVELS] = ["chunk", "kernel_x", "kernel_y", "out_x", "out_y", "tile"];

/// Widths that several fields share.
pub mod width {
    /// Byte addresses and byte coordinates.
    pub const ADDRESS: usize = 20;
    /// Weight addresses.
    pub const WEIGHT: usize = 12;
    /// Loop counts (minus one) and row coordinates.
    pub const COUNT: usize = 16;
}

/// One field of the instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name, as in the manual and in the generated Verilog.
    pub name: &'static str,
    /// Word of the instruction.
    pub word: usize,
    /// Lowest bit.
    pub lsb: usize,
    /// Width, bits.
    pub width: usize,
    /// Whether the value is two's complement.
    pub signed: bool,
    /// Meaning.
    pub doc: &'static str,
}

macro_rules! fields {
    ($all:ident $what:literal $( $id:ident $name:literal [$word:literal, $lsb:literal, $width:expr, $sign:ident] $doc:literal; )*) => {
        #[doc = $what]
        pub const $all: &[Field] = &[ $( $id ),* ];
        $( #[doc = $doc]
           pub const $id: Field = Field { name: $name, word: $word, lsb: $lsb, width: $width, signed: sign!($sign), doc: $doc }; )*
    };
}
macro_rules! sign {
    (u) => {
        false
    };
    (i) => {
        true
    };
}

fields! {
    FIELDS "Every field of a pass outside the loop levels."
    OPCODE "opcode" [0, 0, 8, u] "Opcode.";
    MODE_MAX "mode_max" [0, 8, 1, u] "0: multiply and add on the array. 1: maximum, on the pooling unit.";
    RESIDUAL "residual" [0, 9, 1, u] "1: a residual operand is read, scaled and added before rounding.";
    TABLE "table" [0, 10, 1, u] "1: each result is replaced by a table entry.";
    TABLE_SLOT "table_slot" [0, 11, 3, u] "Which table.";
    STATE_ZERO "state_zero" [0, 15, 1, u] "1: the state of a recurrent layer counts as zero: its first step.";
    UNIT "unit" [0, 22, 3, u] "What happens to the scaled sums: 0 bytes, 1 sums, 2 lstm, 3 gru, 4 rnn_tanh, 5 rnn_relu, 6 gru_reset, 7 gru_update.";
    IN_INDEX "in_index" [0, 25, 3, u] "Index register added to `in_address`: 1 to 4, or 0 for none.";
    OUT_INDEX "out_index" [0, 28, 3, u] "Index register added to `out_address`: 1 to 4, or 0 for none.";
    RESIDUAL_MAX "residual_max" [0, 31, 1, u] "1: the larger of sum and residual operand instead of their sum: max pooling of results as they are written.";
    PARAM_FIXED "param_fixed" [0, 14, 1, u] "1: every beat uses the parameter row `param_row`. 0: rows advance with beat and tile.";
    IN_BANK "in_bank" [0, 16, 2, u] "Bank that the input is read from.";
    OUT_BANK "out_bank" [0, 18, 2, u] "Bank that results are written to.";
    RESIDUAL_BANK "residual_bank" [0, 20, 2, u] "Bank that the residual operand is read from; never `in_bank`.";
    DURATION "duration" [1, 0, 32, u] "Cycles from the start of this instruction to the start of the next one.";
    IN_ADDRESS "in_address" [20, 0, width::ADDRESS, u] "Byte address of the first vector.";
    WEIGHT_ADDRESS "weight_address" [20, 20, width::WEIGHT, u] "Weight address of the first step.";
    X0 "x0" [21, 0, width::ADDRESS, i] "Byte coordinate of the first vector inside its image row.";
    FILL "fill" [21, 20, 8, i] "Value of every byte outside the image: the zero point, or -128 for a maximum.";
    Y0 "y0" [22, 0, width::COUNT, i] "Row coordinate of the first vector.";
    HEIGHT "height" [22, 16, width::COUNT, u] "Rows of the image: rows outside 0..height are filled.";
    ROW_BYTES "row_bytes" [23, 0, width::ADDRESS, u] "Bytes of an image row: byte coordinates outside 0..row_bytes are filled.";
    BEATS "beats" [24, 0, 5, u] "Beats of an output vector, minus one: `P` channels each.";
    BEATS_LAST "beats_last" [24, 5, 5, u] "The same in the last tile.";
    STALL "stall" [24, 10, 6, u] "Idle cycles after each output vector, so that its beats find room.";
    STALL_LAST "stall_last" [24, 16, 6, u] "The same in the last tile.";
    CELL_BITS "cell_bits" [24, 22, 4, u] "Fraction bits of the cell state, 8 to 12.";
    WIDE "wide" [24, 26, 1, u] "1: the hidden state of a recurrent layer has 16 bits, in two planes: when `kernel_y` advances the accumulators count 256-fold.";
    OUT_ADDRESS "out_address" [25, 0, width::ADDRESS, u] "Byte address of the first result, a multiple of `P`.";
    SUM_ROW "sum_row" [25, 20, 12, u] "Row of the sum memory of the first beat.";
    OUT_STEP_X "out_step_x" [26, 0, width::ADDRESS, u] "Added when the loop over output columns advances. With `wide`: from plane to plane of the hidden state.";
    OUT_STEP_Y "out_step_y" [27, 0, width::ADDRESS, u] "Added when the loop over output rows advances.";
    OUT_STEP_TILE "out_step_tile" [28, 0, width::ADDRESS, u] "Added when the loop over tiles advances.";
    RESIDUAL_ADDRESS "residual_address" [29, 0, width::ADDRESS, u] "Byte address of the first residual operand, a multiple of `P`.";
    RESIDUAL_STEP_X "residual_step_x" [30, 0, width::ADDRESS, u] "As `out_step_x`, for the residual operand.";
    RESIDUAL_STEP_Y "residual_step_y" [31, 0, width::ADDRESS, u] "As `out_step_y`.";
    RESIDUAL_STEP_TILE "residual_step_tile" [32, 0, width::ADDRESS, u] "As `out_step_tile`.";
    ZERO "zero" [33, 0, 8, i] "Zero point of the result.";
    CLAMP_LOW "clamp_low" [33, 8, 8, i] "Smallest result.";
    CLAMP_HIGH "clamp_high" [33, 16, 8, i] "Largest result.";
    RESIDUAL_M "residual_m" [34, 0, 16, u] "Multiplier of the residual operand.";
    RESIDUAL_S "residual_s" [34, 16, 6, u] "Shift of the residual operand.";
    RESIDUAL_ZERO "residual_zero" [34, 24, 8, i] "Zero point of the residual operand.";
    PARAM_ROW "param_row" [35, 0, 16, u] "Parameter row of the first beat.";
    STATE_ROW "state_row" [35, 16, 16, u] "Row of the state memory of the first hidden unit.";
}

fields! {
    LOOP_FIELDS "Fields of `LOOP` beside `opcode` and `duration`."
    LOOP_COUNT "loop_count" [2, 0, 16, u] "Turns of the loop, minus one.";
    LOOP_LENGTH "loop_length" [2, 16, 8, u] "Instructions of the body, at least 1.";
    INDEX_STEP_1 "index_step_1" [3, 0, width::ADDRESS, u] "Added to index register 1 (modulo its width) after each turn.";
    INDEX_STEP_2 "index_step_2" [4, 0, width::ADDRESS, u] "Added to index register 2.";
    INDEX_STEP_3 "index_step_3" [5, 0, width::ADDRESS, u] "Added to index register 3.";
    INDEX_STEP_4 "index_step_4" [6, 0, width::ADDRESS, u] "Added to index register 4.";
}

/// Steps of the index registers.
pub const INDEX_STEPS: [Field; INDEXES] = [INDEX_STEP_1, INDEX_STEP_2, INDEX_STEP_3, INDEX_STEP_4];

/// The five fields of one loop level. `level_fields(l)` occupies words `2 + 3l` to `4 + 3l`.
pub struct LevelFields {
    /// Number of turns, minus one.
    pub count: Field,
    /// Added to the row coordinate when this level advances (inner levels start again).
    pub dy: Field,
    /// Added to the byte address.
    pub daddress: Field,
    /// Added to the weight address.
    pub dweight: Field,
    /// Added to the byte coordinate.
    pub dx: Field,
}

macro_rules! level {
    ($n:literal, $name:literal) => {
        LevelFields {
            count: Field {
                name: concat!("count_", $name),
                word: 2 + 3 * $n,
                lsb: 0,
                width: width::COUNT,
                signed: false,
                doc: "Turns of the loop, minus one.",
            },
            dy: Field {
                name: concat!("dy_", $name),
                word: 2 + 3 * $n,
                lsb: 16,
                width: width::COUNT,
                signed: true,
                doc: "Added to the row coordinate when the loop advances.",
            },
            daddress: Field {
                name: concat!("daddress_", $name),
                word: 3 + 3 * $n,
                lsb: 0,
                width: width::ADDRESS,
                signed: false,
                doc: "Added to the byte address (modulo its width) when the loop advances.",
            },
            dweight: Field {
                name: concat!("dweight_", $name),
                word: 3 + 3 * $n,
                lsb: 20,
                width: width::WEIGHT,
                signed: false,
                doc: "Added to the weight address (modulo its width) when the loop advances.",
            },
            dx: Field {
                name: concat!("dx_", $name),
                word: 4 + 3 * $n,
                lsb: 0,
                width: width::ADDRESS,
                signed: true,
                doc: "Added to the byte coordinate when the loop advances.",
            },
        }
    };
}

/// Fields of the loop levels, innermost first.
pub const LEVEL_FIELDS: [LevelFields; LEVELS] = [
    level!(0, "chunk"),
    level!(1, "kernel_x"),
    level!(2, "kernel_y"),
    level!(3, "out_x"),
    level!(4, "out_y"),
    level!(5, "tile"),
];

/// All fields, in the order of the words.
pub fn all_fields() -> Vec<Field> {
    let mut all: Vec<Field> = FIELDS.to_vec();
    for level in &LEVEL_FIELDS {
        all.extend([
            level.count,
            level.dy,
            level.daddress,
            level.dweight,
            level.dx,
        ]);
    }
    all.sort_by_key(|f| (f.word, f.lsb));
    all
}

/// A value does not fit its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("instruction field `{field}` cannot hold {value}: it has {width} bits, {low} to {high}")]
pub struct FieldRange {
    /// Field name.
    pub field: &'static str,
    /// The value.
    pub value: i64,
    /// Its width, bits.
    pub width: usize,
    /// Smallest value of the field.
    pub low: i64,
    /// Largest value of the field.
    pub high: i64,
}

/// One encoded instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// The words, in memory order.
    pub words: [u32; WORDS],
}

impl Instruction {
    /// An instruction with all fields zero but the opcode.
    pub fn new(opcode: Opcode) -> Self {
        let mut words = [0; WORDS];
        words[0] = opcode as u32;
        Instruction { words }
    }

    /// Reads a field, sign extended where it is signed.
    pub fn get(&self, field: Field) -> i64 {
        let raw = (u64::from(self.words[field.word]) >> field.lsb) & mask(field.width);
        let unused = 64 - field.width as u32;
        if field.signed {
            (raw << unused) as i64 >> unused
        } else {
            raw as i64
        }
    }

    /// Writes a field.
    ///
    /// # Errors
    /// [`FieldRange`] if the value does not fit; the instruction is unchanged then.
    pub fn set(&mut self, field: Field, value: i64) -> Result<(), FieldRange> {
        let (low, high) = field.range();
        if !(low..=high).contains(&value) {
            return Err(FieldRange {
                field: field.name,
                value,
                width: field.width,
                low,
                high,
            });
        }
        self.store(field, value);
        Ok(())
    }

    /// Writes a field modulo its width: for address steps, which wrap.
    pub fn set_modulo(&mut self, field: Field, value: i64) {
        self.store(field, value);
    }

    fn store(&mut self, field: Field, value: i64) {
        let word = &mut self.words[field.word];
        *word &= !((mask(field.width) << field.lsb) as u32);
        *word |= (((value as u64) & mask(field.width)) << field.lsb) as u32;
    }
}

impl Field {
    /// Smallest and largest value.
    pub fn range(&self) -> (i64, i64) {
        if self.signed {
            (-(1 << (self.width - 1)), (1 << (self.width - 1)) - 1)
        } else {
            (0, (1i64 << self.width) - 1)
        }
    }
}

fn mask(width: usize) -> u64 {
    (1u64 << width) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_side_by_side() {
        let mut taken = [0u32; WORDS];
        for f in all_fields() {
            assert!(f.lsb + f.width <= 32, "{}", f.name);
            let bits = (mask(f.width) << f.lsb) as u32;
            assert_eq!(taken[f.word] & bits, 0, "{} overlaps", f.name);
            taken[f.word] |= bits;
        }
    }

    #[test]
    fn fields_of_loops_lie_behind_the_duration() {
        let mut taken = [0u32; WORDS];
        for f in [OPCODE, DURATION].iter().chain(LOOP_FIELDS) {
            let bits = (mask(f.width) << f.lsb) as u32;
            assert_eq!(taken[f.word] & bits, 0, "{} overlaps", f.name);
            taken[f.word] |= bits;
        }
    }

    #[test]
    fn units_are_what_their_field_says() {
        let mut pass = Instruction::new(Opcode::Pass);
        for (value, (unit, name)) in Unit::ALL.into_iter().enumerate() {
            pass.set(UNIT, value as i64).unwrap();
            assert_eq!((Unit::of(&pass), unit as usize), (unit, value));
            assert!(UNIT.doc.contains(&format!("{value} {name}")));
        }
    }

    #[test]
    fn every_field_keeps_both_ends_of_its_range() {
        for f in all_fields() {
            let (low, high) = f.range();
            let mut i = Instruction::new(Opcode::Pass);
            for value in [low, high, 0] {
                i.set(f, value).unwrap();
                assert_eq!(i.get(f), value, "{}", f.name);
            }
            assert!(i.set(f, high + 1).is_err() && i.set(f, low - 1).is_err());
        }
    }
}
