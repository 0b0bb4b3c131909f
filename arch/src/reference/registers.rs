//! The page of address spaces, registers and faults.

use super::{code, table};
use crate::map::{FAULTS, MAGIC_VALUE, REGISTERS, Space, TIMESTAMPS, parameter_words};

const INTRODUCTION: &str = "A host address has 32 bits: the space in bits 31..24, the word offset in bits 23..0. All spaces are arrays of 32-bit words, little-endian
on the link. Memories may be accessed only while no program runs; registers may be read at any time.";

pub(super) fn body() -> String {
    format!(
        "{INTRODUCTION}\n\n## Spaces\n\n{}\n## Registers\n\n{}\n`magic` reads as `0x{MAGIC_VALUE:08X}`. The registers from 4 on, with the hash, are the configuration block: \
a host compares it with the configuration that a program was compiled for and names the size that differs.\n\n\
## Status and faults\n\n{}\n## Parameters\n\n{}",
        table(
            &["space", "address of word 0", "name", "access", "words"],
            Space::ALL.map(space_row)
        ),
        table(
            &["offset", "name", "access", "meaning"],
            REGISTERS.iter().map(|r| {
                let access = if r.writable { "write" } else { "read" };
                vec![
                    r.offset.to_string(),
                    code(r.name),
                    access.into(),
                    r.doc.into(),
                ]
            })
        ),
        faults(),
        parameters(),
    )
}

fn space_row(space: Space) -> Vec<String> {
    let (name, access, words) = match space {
        Space::Registers => ("registers", "see below", "Registers.".into()),
        Space::Program => ("program", "read, write", "Program memory, one instruction word each.".into()),
        Space::Weights => ("weights", "write", "`{step, row, group}`: row in `log2 R` bits, group in `ceil(log2 G)` bits. Byte `j` is the weight of column `j` of the group.".into()),
        Space::Parameters => ("parameters", "write", "`{row, lane, half}`: lane in `log2 P` bits. Half 1 commits both halves.".into()),
        Space::Tables => ("tables", "write", "`{slot, entry / 4}`: entry `q + 128` in byte `entry % 4`.".into()),
        Space::Timestamps => ("timestamps", "read", format!("{TIMESTAMPS} words: cycle at which each instruction started, its latest start in a loop, counted from the run command.")),
        Space::State => ("state", "read, write", "Row of the state memory: `max(1, P / 4)` hidden units of 16 bits.".into()),
        Space::Bank0 => ("bank 0", "read, write", "Bytes `4n` to `4n + 3` of the activation bank.".into()),
        Space::Bank1 => ("bank 1", "read, write", "The same.".into()),
        Space::Bank2 => ("bank 2", "read, write", "The same, if there are 3 banks.".into()),
        Space::Bank3 => ("bank 3", "read, write", "The same, if there are 4 banks.".into()),
    };
    vec![
        (space as u8).to_string(),
        format!("`0x{:08X}`", space.address(0)),
        name.into(),
        access.into(),
        words,
    ]
}

fn faults() -> String {
    let bits = [
        ("0", "running", "A program runs."),
        ("1", "done", "The last program reached its `END`."),
    ];
    let status = bits.map(|(bit, name, doc)| vec![bit.to_string(), code(name), doc.to_string()]);
    let faults = FAULTS.map(|f| vec![(8 + f.bit).to_string(), code(f.name), f.doc.to_string()]);
    format!(
        "Bits of the register `status`. Faults, bits 15..8, are sticky: the next run command clears them. A compiled program on the configuration it was compiled for raises none.\n\n{}",
        table(
            &["status bit", "name", "meaning"],
            status.into_iter().chain(faults)
        )
    )
}

fn parameters() -> String {
    let (bias, m, s) = (-123_456_789_i64, 45_678_u16, 37_u8);
    let words = parameter_words(bias, m, s);
    format!(
        "One parameter of one lane is two words:\n\n{}\nExample: bias {bias}, `M` {m}, `s` {s} are the words `0x{:08X}` and `0x{:08X}`.\n",
        table(
            &["half", "bits", "content"],
            [
                ("0", "31..0", "bias, bits 31..0"),
                ("1", "2..0", "bias, bits 34..32"),
                ("1", "18..3", "`M`"),
                ("1", "24..19", "`s`")
            ]
            .map(|(half, bits, content)| vec![
                half.into(),
                bits.into(),
                content.into()
            ]),
        ),
        words[0],
        words[1],
    )
}
