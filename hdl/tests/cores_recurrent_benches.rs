//! The emitted files of the recurrent cores: self-checking test benches pass under Icarus and under Verilator, with and without
//! stalls; wrong results, wrong ends and wrong counts make them fail; what cannot be built is said.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod benches_common;
mod recurrent_layer;
mod recurrent_model;

use systole_arch::Multipliers;
use systole_hdl::cores::{RecurrentKind, RecurrentOptions, Testbench, recurrent_files};
use systole_hdl::rt::crosscheck::Random;

use benches_common::{Files, notices, passes};
use recurrent_layer::{LSTM, layer, options};

fn files(o: &RecurrentOptions, stalls: bool) -> Files {
    let data = layer(o, &[3, 1, 2], &mut Random::new(6));
    let testbench = Testbench { seed: 7, stalls };
    recurrent_files(o, Some((testbench, &data))).unwrap()
}

fn top(o: &RecurrentOptions) -> String {
    format!("{}_tb", o.kind.name())
}

#[test]
fn benches_pass() {
    for (kind, array, sizes, with_verilator) in [
        (LSTM, [2, 2, 1], [3, 2], true),
        (LSTM, [8, 8, 4], [11, 9], false),
        (LSTM, [4, 12, 4], [5, 7], false),
        (RecurrentKind::Gru, [4, 4, 2], [5, 7], true),
        (RecurrentKind::Gru, [8, 8, 8], [9, 17], false),
    ] {
        let o = options(kind, array, sizes);
        for stalls in [false, true] {
            let files = files(&o, stalls);
            passes(&format!("{o:?}"), &files, &top(&o), with_verilator);
        }
    }
}

#[test]
fn wrong_results_ends_and_counts_fail() {
    let o = options(LSTM, [4, 4, 4], [5, 6]);
    let good = files(&o, false);
    let expected = &good
        .iter()
        .find(|f| f.0.ends_with("_expected.hex"))
        .unwrap()
        .1;
    let first = expected.lines().next().unwrap();
    let (_, other) = first.split_at(1);
    let wrong_byte = format!(
        "{}{}",
        &first[..first.len() - 1],
        if first.ends_with('0') { "1" } else { "0" }
    );
    let wrong_last = format!("1{other}");
    let faults = [
        ["_expected.hex", first, wrong_byte.as_str()],
        ["_expected.hex", first, wrong_last.as_str()],
        ["_tb.v", "result_valid && result_ready", "0"],
        ["_tb.v", "cycles + 1 !=", "cycles + 2 !="],
        // In the core: a state that is not forgotten, a sequence that does not end, gates without their bias.
        ["lstm.v", ".state_zero(zero)", ".state_zero(1'd0)"],
        [
            "lstm.v",
            ".offered_last(s_axis_tlast)",
            ".offered_last(1'd0)",
        ],
    ];
    for fault in faults {
        notices(&good, "lstm_tb", fault);
    }
}

#[test]
fn what_is_not_possible_is_said() {
    let good = options(LSTM, [8, 8, 4], [28, 64]);
    let message = |change: &dyn Fn(&mut RecurrentOptions)| {
        let mut options = good;
        change(&mut options);
        recurrent_files(&options, None).unwrap_err().to_string()
    };
    let table = [
        (
            message(&|o| o.rows = 12),
            "--rows 12 is not possible\n  hint: --rows must be 2, 4, 8, 16 or 32",
        ),
        (
            message(&|o| o.cols = 6),
            "--cols 6 is not possible\n  hint: --cols must be 2 or a multiple of 4 up to 32",
        ),
        (
            message(&|o| o.lanes = 16),
            "--lanes 16 is not possible\n  hint: --lanes must be 1, 2, 4 or 8, and divide --rows 8 and --cols 8",
        ),
        (
            message(&|o| o.lanes = 0),
            "--lanes 0 is not possible\n  hint: --lanes must be 1, 2, 4 or 8, and divide --rows 8 and --cols 8",
        ),
        (
            message(&|o| o.kind = RecurrentKind::Lstm { cell_bits: 13 }),
            "--cell-bits 13 is not possible\n  hint: --cell-bits must be 8 to 12",
        ),
        (
            message(&|o| o.inputs = 0),
            "--inputs 0 is not possible\n  hint: --inputs must be 1 to 4096",
        ),
        (
            message(&|o| o.hidden = 1025),
            "--hidden 1025 is not possible\n  hint: --hidden must be 1 to 1024",
        ),
        (
            message(&|o| (o.rows, o.cols, o.lanes, o.hidden) = (2, 2, 1, 1024)),
            "the weight memory would need 1077248 words, at most 65536 are possible\n  hint: make --inputs or --hidden smaller",
        ),
    ];
    for (found, expected) in table {
        assert_eq!(found, expected);
    }
}

#[test]
fn lanes_fit_the_array() {
    for (rows, cols, lanes) in [(2, 2, 2), (8, 8, 4), (32, 2, 2), (2, 32, 2), (16, 12, 4)] {
        assert_eq!(RecurrentOptions::default_lanes(rows, cols), lanes);
    }
    let mut o = options(LSTM, [8, 8, 4], [28, 64]);
    o.multipliers = Multipliers::Ecp5Dsp;
    o.check().unwrap();
    assert_eq!(o.weight_words(), 32 * (4 + 8));
}
