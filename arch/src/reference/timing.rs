//! The page of pipeline stages and cycle formulas.

use super::{code, presets, table};
use crate::config::Arch;
use crate::timing::{
    ADD, BANK_SELECT, BEAT_TO_CELL_WRITE, BEAT_TO_HIDDEN_WRITE, BEAT_TO_HOLD, BEAT_TO_RESIDUAL,
    BEAT_TO_STATE_READ, BEAT_TO_SUM_READ, BEAT_TO_SUM_WRITE, BEAT_TO_WRITE, FETCH, FILL, HOLD,
    HOST_READ, MEMORY, MULTIPLY, POOL, ROTATE, SLOT_TO_BANK, SLOT_TO_VECTOR,
    SLOT_TO_WEIGHT_ADDRESS, START_TO_SLOT, Timing, WEIGHT_READ, WRITE_TO_BANK,
};

const INTRODUCTION: &str = "Inside the compute chain nothing stalls, so every time is a sum of constants. Times are those of visible register outputs, in cycles: \"slot at cycle t\"
means that the registers of the address generator show the slot during cycle t. [Microarchitecture](../microarchitecture.md) draws the stages.";

const CONSTANTS: [(&str, u64, &str); 24] = [
    (
        "START_TO_SLOT",
        START_TO_SLOT,
        "from the start pulse of an instruction to its first slot",
    ),
    (
        "SLOT_TO_BANK",
        SLOT_TO_BANK,
        "from the slot to the cycle in which the banks see its word addresses",
    ),
    (
        "MEMORY",
        MEMORY,
        "latency of every memory: address register and output register",
    ),
    (
        "BANK_SELECT",
        BANK_SELECT,
        "bank and half selection after the memory",
    ),
    ("ROTATE", ROTATE, "byte rotator"),
    ("FILL", FILL, "replacement of bytes outside the image"),
    (
        "SLOT_TO_VECTOR",
        SLOT_TO_VECTOR,
        "sum of the five before: the aligned vector at the edge of the array",
    ),
    (
        "WEIGHT_READ",
        WEIGHT_READ,
        "weight memory, and one register between it and the multiplier",
    ),
    (
        "SLOT_TO_WEIGHT_ADDRESS",
        SLOT_TO_WEIGHT_ADDRESS,
        "from the slot to its weight address at the edge of the array",
    ),
    ("MULTIPLY", MULTIPLY, "every kind of multiplier"),
    ("ADD", ADD, "adder of a cell, and accumulator at the bottom"),
    (
        "POOL",
        POOL,
        "register between the aligned vector and the comparators of max pooling",
    ),
    (
        "HOLD",
        HOLD,
        "register that holds a finished vector while its beats are read",
    ),
    (
        "BEAT_TO_HOLD",
        BEAT_TO_HOLD,
        "from a beat to the cycle in which its column is read from the hold register",
    ),
    (
        "BEAT_TO_RESIDUAL",
        BEAT_TO_RESIDUAL,
        "from a beat to the cycle in which the banks see the address of its residual operand",
    ),
    (
        "BEAT_TO_WRITE",
        BEAT_TO_WRITE,
        "from a beat to the cycle in which the bank sees the write",
    ),
    (
        "WRITE_TO_BANK",
        WRITE_TO_BANK,
        "of these, from the ports of post-processing to the memories of the bank",
    ),
    (
        "BEAT_TO_SUM_READ",
        BEAT_TO_SUM_READ,
        "from a beat to the address of its row at the read port of the sum memory",
    ),
    (
        "BEAT_TO_SUM_WRITE",
        BEAT_TO_SUM_WRITE,
        "from a beat to the cycle in which the sum memory sees its write",
    ),
    (
        "BEAT_TO_STATE_READ",
        BEAT_TO_STATE_READ,
        "from a beat to the address of the state it completes, at the read port of the state memory",
    ),
    (
        "BEAT_TO_CELL_WRITE",
        BEAT_TO_CELL_WRITE,
        "from a beat to the cycle in which the state memory sees the write, LSTM",
    ),
    (
        "BEAT_TO_HIDDEN_WRITE",
        BEAT_TO_HIDDEN_WRITE,
        "the same for the 16-bit hidden state of a GRU",
    ),
    (
        "HOST_READ",
        HOST_READ,
        "from a read pulse on the host bus to its data; the next pulse comes no earlier",
    ),
    (
        "FETCH",
        FETCH,
        "from the start pulse of an instruction to the earliest start pulse of the next",
    ),
];

const FORMULAS: &str = "`KT` is the number of slots of one output vector, the product of the three inner loops. One of three ways to walk a window is taken:

| walk | slots of one vector |
| --- | --- |
| taps | `KT = KH * KW * ceil(channels / R)` |
| rows | `KT = KH * ceil(((KW-1) * dilation * pixel_stride + channels) / R)` |
| image, if no window leaves the image | `KT = ceil(((KH-1) * dilation * row_stride + (KW-1) * dilation * pixel_stride + channels) / R)` |

| what | cycles |
| --- | --- |
| issue length of a pass | `(tiles-1) * OX*OY * (KT + stall) + OX*OY * (KT + stall_last)` |
| layer | `vectors * ((tiles-1) * max(KT, beats) + max(KT, beats_last))` |
| drain: from the last slot to the write of the last beat | `slot_to_write + beats_last - 1` |
| ideal | `ceil(macs / (R * C))` |

The next pass may start one issue length after the start of the one before: the slots of two passes then follow each other without a gap.";

pub(super) fn body() -> String {
    let constants = CONSTANTS
        .map(|(name, cycles, meaning)| vec![code(name), cycles.to_string(), meaning.into()]);
    format!(
        "{INTRODUCTION}\n\n## Constants\n\n{}\n## Times of every preset\n\n{}\n## Formulas\n\n{FORMULAS}\n",
        table(&["constant", "cycles", "meaning"], constants),
        stages(),
    )
}

fn stages() -> String {
    let heads = ["from the slot to", "formula"];
    let presets = presets();
    let names: Vec<String> = presets.iter().map(|a| code(&a.name)).collect();
    let heads: Vec<&str> = heads
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .collect();
    type Time = fn(&Timing) -> u64;
    let rows: [(&str, &str, Time); 6] = [
        (
            "vector at the edge of the array",
            "`SLOT_TO_VECTOR`",
            |_| SLOT_TO_VECTOR,
        ),
        (
            "sums at the accumulators",
            "`SLOT_TO_VECTOR + (R-1) + (G-1) + MULTIPLY + ADD`",
            Timing::slot_to_sum,
        ),
        ("beat 0, array", "`sum + ADD + HOLD - BEAT_TO_HOLD`", |t| {
            t.slot_to_beat(false)
        }),
        ("write of beat 0, array", "`beat + BEAT_TO_WRITE`", |t| {
            t.slot_to_write(false)
        }),
        (
            "beat 0, max-pooling",
            "`SLOT_TO_VECTOR + POOL + ADD + HOLD - BEAT_TO_HOLD`",
            |t| t.slot_to_beat(true),
        ),
        (
            "write of beat 0, max-pooling",
            "`beat + BEAT_TO_WRITE`",
            |t| t.slot_to_write(true),
        ),
    ];
    let row = |(what, formula, time): (&str, &str, Time)| {
        let times = presets
            .iter()
            .map(|a: &Arch| time(&Timing::new(a)).to_string());
        [what.to_string(), formula.to_string()]
            .into_iter()
            .chain(times)
            .collect()
    };
    table(&heads, rows.map(row))
}
