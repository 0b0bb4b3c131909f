//! What the host sees through the link: address spaces and registers.
//!
//! A host address has 32 bits: space in bits 31..24, word offset in bits 23..0. All spaces are arrays of 32-bit
//! little-endian words. Memories may be accessed only while no program runs.

use crate::config::{Arch, bits};

/// An address space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Space {
    /// Registers, see [`REGISTERS`].
    Registers = 0,
    /// Program memory, one instruction word each.
    Program = 1,
    /// Weights: offset is `{step, row, group}`, row in `log2 R` bits, group in `ceil(log2 G)` bits. The word holds
    /// the weight of column `j` of the group in byte `j`. Write only.
    Weights = 2,
    /// Post-processing parameters: offset is `{row, lane, half}`. Half 0 is bits 31..0 of the bias; half 1 holds
    /// bias bits 34..32 in bits 2..0, `M` in bits 18..3, `s` in bits 24..19. Half 1 commits both. Write only.
    Parameters = 3,
    /// Tables: offset is `{slot, entry / 4}`, entry `q + 128` in byte `entry % 4`. Write only.
    Tables = 4,
    /// Cycle at which instruction `n` of the program started, its latest start in a loop, counted from the run command. Read only.
    Timestamps = 5,
    /// State of recurrent layers: offset is the row, which holds `max(1, P / 4)` hidden units of 16 bits, the first in the low bits.
    State = 6,
    /// Activation bank 0, bytes `4n .. 4n + 3`.
    Bank0 = 8,
    /// Activation bank 1.
    Bank1 = 9,
    /// Activation bank 2.
    Bank2 = 10,
    /// Activation bank 3.
    Bank3 = 11,
}

impl Space {
    /// All spaces, for the manual and for tests.
    pub const ALL: [Space; 11] = [
        Space::Registers,
        Space::Program,
        Space::Weights,
        Space::Parameters,
        Space::Tables,
        Space::Timestamps,
        Space::State,
        Space::Bank0,
        Space::Bank1,
        Space::Bank2,
        Space::Bank3,
    ];

    /// The space of an activation bank, 0 to 3.
    pub fn bank(bank: usize) -> u32 {
        Space::Bank0 as u32 + bank as u32
    }

    /// Host address of a word.
    pub fn address(self, offset: u32) -> u32 {
        (self as u32) << 24 | offset
    }
}

/// Timestamps that the device keeps; programs may have at most this many instructions, `END` included.
pub const TIMESTAMPS: usize = 256;

/// One register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register {
    /// Name.
    pub name: &'static str,
    /// Word offset in [`Space::Registers`].
    pub offset: u32,
    /// Whether the host may write it.
    pub writable: bool,
    /// Meaning.
    pub doc: &'static str,
}

macro_rules! registers {
    ($( $id:ident $name:literal $offset:literal $write:literal $doc:literal; )*) => {
        /// Every register.
        pub const REGISTERS: &[Register] = &[ $( $id ),* ];
        $( #[doc = $doc]
           pub const $id: Register = Register { name: $name, offset: $offset, writable: $write, doc: $doc }; )*
    };
}

registers! {
    MAGIC "magic" 0 false "0x53595354, the letters SYST.";
    VERSION "version" 1 false "Version of the instruction set.";
    HASH_LOW "hash_low" 2 false "Configuration hash, low word.";
    HASH_HIGH "hash_high" 3 false "Configuration hash, high word.";
    SIZE0 "sizes" 4 false "Ten words, 4 to 13: rows, cols, lanes, weight_depth, banks, bank_words, param_rows, table_slots, program_words, recurrent_units.";
    RUN "run" 16 true "Writing any value starts the program at word 0 and clears the faults. Ignored, with a fault, while a program runs.";
    STATUS "status" 17 false "Bit 0: a program runs. Bit 1: the last program reached its END. Bits 15..8: faults, sticky.";
    CYCLES "cycles" 18 false "Cycles from the run command to END.";
    SLOTS "slots" 19 false "Vectors that the address generator issued in the last run.";
    BEATS "beats" 20 false "Words of `P` bytes that post-processing and the recurrent unit wrote to banks in the last run.";
    FAULT_INFO "fault_info" 21 false "Cycle of the first fault of the last run.";
    SESSION "session" 22 true "0 after a reset. A host writes a number of its own choice and finds it again later, unless the device was reset or another host came.";
    LINE_ERRORS "line_errors" 23 false "Since the reset, up to 65535 each: bytes without a stop bit (bits 15..0), bytes for which there was no room (bits 31..16). Frames with such bytes are repeated.";
}

/// Value of [`MAGIC`].
pub const MAGIC_VALUE: u32 = 0x5359_5354;

/// One sticky fault: bit of the fault byte and meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Name.
    pub name: &'static str,
    /// Bit of the fault byte (status bits 15..8).
    pub bit: u32,
    /// Meaning.
    pub doc: &'static str,
}

/// Every fault.
pub const FAULTS: [Fault; 6] = [
    Fault {
        name: "bank_collision",
        bit: 0,
        doc: "Two readers wanted the same bank in the same cycle.",
    },
    Fault {
        name: "overrun",
        bit: 1,
        doc: "An instruction started while the previous one was still issuing.",
    },
    Fault {
        name: "late_fetch",
        bit: 2,
        doc: "An instruction was due before it was fetched.",
    },
    Fault {
        name: "illegal_opcode",
        bit: 3,
        doc: "The opcode is unknown.",
    },
    Fault {
        name: "post_overrun",
        bit: 4,
        doc: "A result arrived while beats of the one before were still to come, or from both paths at once.",
    },
    Fault {
        name: "run_while_busy",
        bit: 5,
        doc: "The host gave a run command, or touched a memory, while a program ran.",
    },
];

/// Word offset of a weight word in [`Space::Weights`].
pub fn weight_offset(arch: &Arch, step: usize, row: usize, group: usize) -> u32 {
    let (r, g) = (bits(arch.rows), bits(arch.groups()));
    (step << (r + g) | row << g | group) as u32
}

/// Word offset of half 0 of a parameter in [`Space::Parameters`]; half 1 follows.
pub fn parameter_offset(arch: &Arch, row: usize, lane: usize) -> u32 {
    ((row << bits(arch.lanes) | lane) << 1) as u32
}

/// The two words of one parameter: 35-bit bias, multiplier and shift.
pub fn parameter_words(bias: i64, m: u16, s: u8) -> [u32; 2] {
    [
        bias as u32,
        ((bias >> 32) as u32 & 7) | u32::from(m) << 3 | u32::from(s) << 19,
    ]
}
