//! The page of the frames on the link, with one frame in bytes.

use super::{code, table};
use crate::frame::{self, HEADER, MAX_PAYLOAD, MAX_WORDS, Refusal, START, TRAILER, Type};
use crate::map::{RUN, Space};

const RULES: &str = "All numbers are little-endian. `check` is CRC-8 (polynomial 0x07, initial value 0, not reflected) of type, sequence and length. The CRC-32
is that of IEEE 802.3 (reflected, as in zlib) over type, sequence, length, check and payload. The start byte is in neither.

A request reaches memory only after its CRC-32 matched. A receiver throws away bytes until it finds a start byte whose header has a matching check.

## Order

Requests carry a sequence number, which counts modulo 256. The device expects them in order:

| sequence number | what the device does |
| --- | --- |
| the expected one | carries the request out, answers, and expects the next |
| the one before (its answer was lost) | answers again without carrying it out again; reads are repeated |
| any other | `Reject` with the expected number; the host goes back to that one |
| any, in a `Sync` | expects this number plus one, answers `Done` |

Several requests may be on their way at once (go-back-N).";

const TYPES: [(Type, &str, &str, &str, &str); 7] = [
    (
        Type::Sync,
        "Sync",
        "host",
        "none",
        "Sets the expected sequence number to this one plus one. Answer: `Done`.",
    ),
    (
        Type::Write,
        "Write",
        "host",
        "host address, words",
        "Writes words to consecutive addresses. Answer: `Done`.",
    ),
    (
        Type::Read,
        "Read",
        "host",
        "host address, number of words",
        "Reads words from consecutive addresses. Answer: `Data`.",
    ),
    (
        Type::Done,
        "Done",
        "device",
        "none",
        "The request with this sequence number was carried out.",
    ),
    (
        Type::Data,
        "Data",
        "device",
        "words",
        "The words asked for.",
    ),
    (
        Type::Reject,
        "Reject",
        "device",
        "one word: expected sequence number",
        "Not the expected sequence number; nothing was done.",
    ),
    (
        Type::Refused,
        "Refused",
        "device",
        "one word: reason",
        "The request was understood and cannot be carried out.",
    ),
];

const REFUSALS: [(Refusal, &str, &str); 3] = [
    (
        Refusal::Busy,
        "Busy",
        "The memory is in use: a program runs.",
    ),
    (
        Refusal::Address,
        "Address",
        "No such space, or not accessible in this direction.",
    ),
    (
        Refusal::Malformed,
        "Malformed",
        "Unknown type, or a payload of the wrong length.",
    ),
];

pub(super) fn body() -> String {
    let types = TYPES.map(|(kind, name, from, payload, meaning)| {
        vec![
            format!("`0x{:02X}`", kind as u8),
            code(name),
            from.into(),
            payload.into(),
            meaning.into(),
        ]
    });
    let refusals = REFUSALS.map(|(reason, name, meaning)| {
        vec![(reason as u32).to_string(), code(name), meaning.into()]
    });
    format!(
        "Host and device exchange frames over a byte stream.\n\n{}\nHeader {HEADER} bytes, payload up to {MAX_PAYLOAD} bytes (so one write or read has at most {MAX_WORDS} words), trailer {TRAILER} bytes.\n\n\
{RULES}\n\n## Types\n\n{}\n## Reasons of a refusal\n\n{}\n## Example\n\n{}",
        layout(),
        table(
            &["type", "name", "from", "payload (32-bit words)", "meaning"],
            types
        ),
        table(&["word", "name", "meaning"], refusals),
        example(),
    )
}

fn layout() -> String {
    let rows = [
        ("0", "1", format!("start, always `0x{START:02X}`")),
        ("1", "1", "type".into()),
        ("2", "1", "sequence number".into()),
        ("3", "2", "length of the payload, bytes".into()),
        ("5", "1", "check: CRC-8 of bytes 1 to 4".into()),
        ("6", "length", "payload".into()),
        ("6 + length", "4", "CRC-32 of bytes 1 to 5 + length".into()),
    ];
    table(
        &["byte", "bytes", "content"],
        rows.map(|(at, size, what)| vec![at.into(), size.into(), what]),
    )
}

/// The run command.
fn example() -> String {
    let (sequence, value) = (7, 1u32);
    let address = Space::Registers.address(RUN.offset);
    let payload = [address.to_le_bytes(), value.to_le_bytes()].concat();
    let bytes = frame::encode(Type::Write, sequence, &payload);
    let end = HEADER + payload.len();
    let hex = |from: usize, to: usize| {
        let part = bytes.iter().take(to).skip(from).map(|b| format!("{b:02X}"));
        part.collect::<Vec<_>>().join(" ")
    };
    let part = |from, to, what: String| vec![code(hex(from, to)), what];
    let done = frame::encode(Type::Done, sequence, &[]);
    let done: Vec<String> = done.iter().map(|b| format!("{b:02X}")).collect();
    format!(
        "The run command: write the word {value} to the register `{}` (host address `0x{address:08X}`), with sequence number {sequence}.\n\n{}\nThe answer of the device is `{}`.\n",
        RUN.name,
        table(
            &["bytes", "content"],
            [
                part(0, 1, "start".into()),
                part(1, 2, "type: `Write`".into()),
                part(2, 3, "sequence number".into()),
                part(3, 5, format!("length: {}", payload.len())),
                part(5, 6, "check".into()),
                part(HEADER, HEADER + 4, "host address".into()),
                part(HEADER + 4, end, "word".into()),
                part(
                    end,
                    end + TRAILER,
                    format!("CRC-32 `0x{:08X}`", frame::crc32(&bytes[1..end]))
                ),
            ],
        ),
        done.join(" "),
    )
}
