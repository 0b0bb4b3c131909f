//! The page of the instruction set: words, fields, and one pass encoded field by field.

use super::{bit_range, code, table};
use crate::config::Arch;
use crate::cycles::{self, Walk, Window};
use crate::isa::{self, Field, FieldRange, Instruction, LEVEL_FIELDS, LEVEL_NAMES, Opcode, WORDS};
use crate::timing::Timing;

const INTRODUCTION: &str = "There is one instruction that computes, `PASS`: six nested loops walk an input tensor; each step (a *slot*) feeds one
vector of `R` bytes to the array or to the max-pooling unit; each finished output vector goes through post-processing
to memory. `LOOP` repeats the instructions behind it, `END` stops the program. What the stages do is described in [microarchitecture](../microarchitecture.md).";

const LOOPS: &str = "Loop levels, innermost first: `chunk`, `kernel_x`, `kernel_y` walk the window of one output vector, `out_x`, `out_y`, `tile` walk the output.
When a level advances, inner levels start again and only *its* four differences are added to byte address, row coordinate, byte
coordinate and weight address; the compiler has subtracted what the inner levels walked. Address differences count modulo the width of their field.";

pub(super) fn body() -> String {
    let example = example().unwrap_or_else(|error| error.to_string());
    format!(
        "{INTRODUCTION}\n\n{}\n## Opcodes\n\n{}\n## Loops\n\n{LOOPS}\n\n{}\n## Words\n\n{}\n## Words of LOOP\n\n{}\n## Worked example\n\n{example}",
        format(),
        opcodes(),
        loop_words(),
        words(),
        fields_of_loop(),
    )
}

fn format() -> String {
    format!(
        "Version {} of the format. Every instruction has {WORDS} words of 32 bits, so a program of `n` instructions takes `{WORDS} n` words. \
Fields marked *signed* are two's complement. Bits that belong to no field are 0. Counts are stored minus one.\n",
        isa::VERSION
    )
}

fn opcodes() -> String {
    let row = |opcode: Opcode, name: &str, meaning: &str| {
        vec![(opcode as u8).to_string(), code(name), meaning.into()]
    };
    let illegal = vec!["others".into(), String::new(), "Illegal: the fault `illegal_opcode`, and the program stops. Empty memory reads as 0 and is illegal.".into()];
    table(
        &["opcode", "name", "meaning"],
        [
            row(Opcode::Pass, "PASS", "One pass over an input tensor."),
            row(
                Opcode::End,
                "END",
                "End of the program. The other fields are ignored.",
            ),
            row(
                Opcode::Loop,
                "LOOP",
                "Repeats the instructions behind it, see [recurrent networks](../recurrence.md). Its fields are in a table of their own below.",
            ),
            illegal,
        ],
    )
}

fn fields_of_loop() -> String {
    let rows = isa::LOOP_FIELDS.iter().map(|f| {
        let mut row = vec![f.word.to_string()];
        row.extend(field_row(f));
        row
    });
    format!(
        "Beside `opcode` and `duration`, which lie where those of a pass do, `LOOP` has fields of its own:\n\n{}",
        table(&["word", "bits", "field", "range", "meaning"], rows)
    )
}

fn loop_words() -> String {
    let rows = LEVEL_FIELDS.iter().zip(LEVEL_NAMES).map(|(level, name)| {
        let place = |f: Field| format!("{}: {}", f.word, bit_range(f.lsb, f.width));
        let fields = [
            level.count,
            level.dy,
            level.daddress,
            level.dweight,
            level.dx,
        ];
        let mut row = vec![code(name)];
        row.extend(fields.map(place));
        row
    });
    let heads = [
        "level",
        "`count_*`",
        "`dy_*` (signed)",
        "`daddress_*`",
        "`dweight_*`",
        "`dx_*` (signed)",
    ];
    format!(
        "Word and bits of the fields of each level:\n\n{}",
        table(&heads, rows)
    )
}

/// One table for each word; the words of the inner five loop levels look like those of the first.
fn words() -> String {
    let fields = isa::all_fields();
    let mut text = String::new();
    for word in 0..WORDS {
        let of_word: Vec<&Field> = fields.iter().filter(|f| f.word == word).collect();
        text += &format!("### Word {word}\n\n");
        text += &table(
            &["bits", "field", "range", "meaning"],
            of_word.iter().map(|f| field_row(f)),
        );
    }
    text
}

fn field_row(f: &Field) -> Vec<String> {
    let (low, high) = f.range();
    let sign = if f.signed { ", signed" } else { "" };
    vec![
        bit_range(f.lsb, f.width),
        code(f.name),
        format!("{low} to {high}{sign}"),
        f.doc.into(),
    ]
}

/// A 3x3 convolution over 16 channels of an 8x8 image, 24 outputs, on the 16x16 array.
fn example_pass(arch: &Arch, window: &Window) -> Result<Instruction, FieldRange> {
    let (kernel, size, outputs) = (3, 8, 24);
    let (pixel, row) = (window.pixel_stride as i64, window.row_stride as i64);
    let chunks = window.slots(Walk::Rows, arch.rows) as i64 / kernel;
    let rows = arch.rows as i64;
    let mut pass = Instruction::new(Opcode::Pass);
    let run = (chunks - 1) * rows;
    let back = run + (kernel - 1) * row;
    // Turns; row, bytes and weights from the start of one turn to the start of the next, less what inner loops walked.
    let levels = [
        (chunks, 0, rows, rows, 1),
        (1, 0, 0, 0, 0),
        (kernel, 1, row - run, -run, 1),
        (
            size,
            1 - kernel,
            pixel - back,
            pixel - run,
            1 - kernel * chunks,
        ),
        (
            size,
            2 - kernel,
            row - back - (size - 1) * pixel,
            -run - (size - 1) * pixel,
            1 - kernel * chunks,
        ),
        (
            2,
            1 - kernel - (size - 1),
            -back - (size - 1) * (row + pixel),
            -run - (size - 1) * pixel,
            1,
        ),
    ];
    for (level, (turns, dy, daddress, dx, dweight)) in LEVEL_FIELDS.iter().zip(levels) {
        pass.set(level.count, turns - 1)?;
        pass.set(level.dy, dy)?;
        pass.set_modulo(level.daddress, daddress);
        pass.set_modulo(level.dweight, dweight);
        pass.set(level.dx, dx)?;
    }
    let (lanes, cols) = (arch.lanes as i64, arch.cols as i64);
    let numbers = [
        (isa::OUT_BANK, 1),
        (isa::Y0, -1),
        (isa::X0, -pixel),
        (isa::FILL, -128),
        (isa::HEIGHT, size),
        (isa::ROW_BYTES, row),
        (isa::BEATS, cols / lanes - 1),
        (isa::BEATS_LAST, (outputs - cols) / lanes - 1),
        (isa::OUT_STEP_X, outputs),
        (isa::OUT_STEP_Y, outputs),
        (isa::ZERO, -128),
        (isa::CLAMP_LOW, -128),
        (isa::CLAMP_HIGH, 127),
    ];
    for (field, value) in numbers {
        pass.set(field, value)?;
    }
    pass.set_modulo(isa::IN_ADDRESS, -row - pixel);
    pass.set_modulo(isa::OUT_STEP_TILE, cols - (size * size - 1) * outputs);
    pass.set(isa::DURATION, cycles::issue_length(&pass) as i64)?;
    Ok(pass)
}

fn example() -> Result<String, FieldRange> {
    let Ok(arch) = Arch::preset("16x16") else {
        return Ok(String::new());
    };
    let window = Window::dense([3, 3], 16, 8);
    let pass = example_pass(&arch, &window)?;
    let slots = cycles::slots_per_vector(&pass);
    let walk: Vec<String> = Walk::ALL
        .iter()
        .map(|w| window.slots(*w, arch.rows).to_string())
        .collect();
    let macs = 8 * 8 * 24 * 3 * 3 * 16u64;
    let length = cycles::issue_length(&pass);
    let used = isa::all_fields()
        .into_iter()
        .filter(|f| pass.get(*f) != 0)
        .map(|f| vec![f.word.to_string(), code(f.name), pass.get(f).to_string()]);
    Ok(format!(
        "A 3x3 convolution with padding 1 over an 8x8 image of 16 channels, 24 output channels, on the preset `16x16`: input at byte 0 of bank 0, \
output at byte 0 of bank 1, zero points -128.\n\n\
Walking taps, rows, or the whole window takes {} slots for a vector (the last is not legal here: windows leave the image). \
The pass walks rows: `KT = {slots}`. The 24 outputs take two tiles, one of two beats, one of one beat. \
The first vector begins one image row and one pixel before the image, hence `y0`, `x0` and the address, which wraps.\n\n{}\n\
All other fields are 0. It issues `(2-1) * 64*{slots} + 64*{slots} = {length}` cycles; {macs} multiply-adds would take {} at the peak, \
as half of the columns idle in the second tile. From its start to the cycle after its last write: {} cycles.\n\n\
The words, as they lie in the program memory:\n\n```text\n{}```\n",
        walk.join(", "),
        table(&["word", "field", "value"], used),
        cycles::ideal_cycles(&arch, macs),
        cycles::completion(&pass, &Timing::new(&arch)),
        dump(&pass),
    ))
}

fn dump(pass: &Instruction) -> String {
    let lines = pass.words.chunks(6).enumerate();
    lines
        .map(|(i, line)| {
            let words: Vec<String> = line.iter().map(|w| format!("{w:08x}")).collect();
            format!("{:>2}: {}\n", 6 * i, words.join(" "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example, walked turn by turn, reads exactly the kernel rows of each output and a fresh weight for each slot.
    #[test]
    fn the_example_walks_the_convolution() {
        let arch = Arch::preset("16x16").unwrap();
        let pass = example_pass(&arch, &Window::dense([3, 3], 16, 8)).unwrap();
        let get = |f| pass.get(f);
        let turns = cycles::turns(&pass).map(|t| t as i64);
        let mut counters = [0i64; 6];
        let (mut address, mut y, mut x, mut weight) = (
            get(isa::IN_ADDRESS),
            get(isa::Y0),
            get(isa::X0),
            get(isa::WEIGHT_ADDRESS),
        );
        loop {
            let [chunk, _, ky, ox, oy, tile] = counters;
            assert_eq!(y, oy - 1 + ky);
            assert_eq!(x, (ox - 1) * 16 + chunk * 16);
            assert_eq!(address, (y * 128 + x).rem_euclid(1 << 20));
            assert_eq!(weight.rem_euclid(1 << 12), tile * 9 + ky * 3 + chunk);
            let Some(level) = (0..6).find(|&l| counters[l] + 1 < turns[l]) else {
                break;
            };
            counters[level] += 1;
            counters[..level].fill(0);
            let fields = &LEVEL_FIELDS[level];
            address = (address + get(fields.daddress)).rem_euclid(1 << 20);
            (y, x, weight) = (
                y + get(fields.dy),
                x + get(fields.dx),
                weight + get(fields.dweight),
            );
        }
        assert_eq!(counters, turns.map(|t| t - 1));
        assert_eq!(cycles::issue_length(&pass), 2 * 64 * 9);
    }
}
