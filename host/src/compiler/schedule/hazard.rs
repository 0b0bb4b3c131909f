//! What a schedule can get wrong.

/// One hazard: the machine would compute something else than the program says, or raise a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Hazard {
    #[error(
        "instruction {instruction} has opcode {opcode}: a program is passes, loops of passes, and one END at its end"
    )]
    Opcode { instruction: usize, opcode: i64 },
    #[error("instruction {instruction} needs {duration} cycles, the field holds 32 bits")]
    TooLong { instruction: usize, duration: i64 },
    #[error("instruction {instruction} uses bank {bank}, the machine has {banks}")]
    NoSuchBank {
        instruction: usize,
        bank: usize,
        banks: usize,
    },
    #[error("instruction {instruction} reads input and residual operand from bank {bank}")]
    SharedBank { instruction: usize, bank: usize },
    #[error("instruction {instruction}: address {address} is not a multiple of {lanes} bytes")]
    Unaligned {
        instruction: usize,
        address: usize,
        lanes: usize,
    },
    #[error(
        "instruction {instruction}: an output vector has {beats} beats and only {cycles} cycles"
    )]
    NoRoomForBeats {
        instruction: usize,
        beats: u64,
        cycles: u64,
    },
    #[error(
        "instruction {instruction}: {beats} beats are more than the array has columns for ({most})"
    )]
    TooManyBeats {
        instruction: usize,
        beats: u64,
        most: u64,
    },
    #[error(
        "instruction {instruction} starts at cycle {cycle}, it is fetched and the one before has issued at {earliest}"
    )]
    TooEarly {
        instruction: usize,
        cycle: u64,
        earliest: u64,
    },
    #[error(
        "instruction {instruction} reads bank {bank} address {address} at cycle {cycle}, it is written at {written}"
    )]
    ReadBeforeWrite {
        instruction: usize,
        cycle: u64,
        bank: usize,
        address: usize,
        written: u64,
    },
    #[error(
        "instruction {instruction} writes bank {bank} address {address} at cycle {cycle}, it is read until {read}"
    )]
    WriteBeforeRead {
        instruction: usize,
        cycle: u64,
        bank: usize,
        address: usize,
        read: u64,
    },
    #[error(
        "instruction {instruction} writes bank {bank} address {address} at cycle {cycle}, an earlier write comes at {written}"
    )]
    WriteBeforeWrite {
        instruction: usize,
        cycle: u64,
        bank: usize,
        address: usize,
        written: u64,
    },
    #[error(
        "instruction {instruction} reads bank {bank} at cycle {cycle}, together with the residual operand of an earlier one"
    )]
    BankCollision {
        instruction: usize,
        cycle: u64,
        bank: usize,
    },
    #[error(
        "instruction {instruction}: its first result reaches post-processing at cycle {cycle}, there is room from {earliest} on"
    )]
    PostOverrun {
        instruction: usize,
        cycle: u64,
        earliest: u64,
    },
    #[error(
        "instruction {instruction} starts at cycle {cycle}, before the first result of the one before at {begin}"
    )]
    Begin {
        instruction: usize,
        cycle: u64,
        begin: u64,
    },
    #[error(
        "instruction {instruction} needs {needed} rows of the sum memory, the machine has {rows}"
    )]
    NoSuchSums {
        instruction: usize,
        needed: u64,
        rows: usize,
    },
    #[error(
        "instruction {instruction} reads row {row} of the sum memory at cycle {cycle}, it is written at {written}"
    )]
    SumsBeforeWrite {
        instruction: usize,
        cycle: u64,
        row: usize,
        written: u64,
    },
    #[error(
        "instruction {instruction} writes a bank at cycle {cycle}, the one before writes until {written}"
    )]
    WriteOrder {
        instruction: usize,
        cycle: u64,
        written: u64,
    },
    #[error(
        "instruction {instruction} brings another distance of planes at cycle {cycle}, words with the old one are written until {written}"
    )]
    Planes {
        instruction: usize,
        cycle: u64,
        written: u64,
    },
    #[error(
        "the body of the loop at instruction {instruction} is not a run of passes: it has {length} instructions"
    )]
    LoopBody { instruction: usize, length: usize },
    #[error("END at cycle {cycle} comes before the last write at {written}")]
    EndBeforeWrite { cycle: u64, written: u64 },
}
