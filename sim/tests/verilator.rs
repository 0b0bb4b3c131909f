//! Build, cache and binding against small designs whose answers are known.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use common::{VERILATOR, adder, counter, echo, have};
use std::path::Path;
use systole_sim::{BuildOptions, Error, Model, Optimize, lint};

fn quick(cache: &Path) -> BuildOptions {
    BuildOptions {
        optimize: Optimize::Build,
        cache: Some(cache.to_path_buf()),
        ..BuildOptions::default()
    }
}

/// One cache for the tests of this file, so that Verilator's runtime is compiled once.
fn shared() -> BuildOptions {
    BuildOptions {
        optimize: Optimize::Build,
        ..BuildOptions::default()
    }
}

#[test]
fn ports_clock_and_reset() {
    if !have(VERILATOR) {
        return;
    }
    let model = Model::build(&counter(), &shared()).unwrap();
    let mut one = model.instantiate().unwrap();
    let mut other = model.instantiate().unwrap();
    let count = model.port("count").unwrap();
    one.reset(2).unwrap();
    one.run(300).unwrap();
    assert_eq!(one.peek(count).unwrap(), 300 % 256);
    assert_eq!(one.peek(model.port("next").unwrap()).unwrap(), 301 % 256);
    assert_eq!(one.cycles(), 302);
    other.reset(1).unwrap();
    other.tick().unwrap();
    assert_eq!(other.peek(count).unwrap(), 1, "instances share state");
    assert_eq!(one.peek(count).unwrap(), 300 % 256);
}

#[test]
fn wrong_use_of_ports_is_an_error() {
    if !have(VERILATOR) {
        return;
    }
    let model = Model::build(&counter(), &shared()).unwrap();
    let mut counter = model.instantiate().unwrap();
    let reset = model.port("reset").unwrap();
    let count = model.port("count").unwrap();
    for error in [
        model.port("coutn").unwrap_err(),
        counter.poke(count, 1).unwrap_err(),
        counter.poke(reset, 2).unwrap_err(),
        counter.poke(99, 0).unwrap_err(),
        counter.poke_words(reset, &[0, 0]).unwrap_err(),
        counter.peek(99).unwrap_err(),
        counter.run_vectors(&[0, 0, 0], 2).unwrap_err(),
        counter.exchange(&[1], 1, 10).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Port { .. }), "{error}");
    }
    let error = counter.trace(Path::new("never.fst")).unwrap_err();
    assert!(matches!(error, Error::Trace { .. }), "{error}");
}

#[test]
fn adders_of_every_port_type_agree_with_arithmetic() {
    if !have(VERILATOR) {
        return;
    }
    for width in [1, 7, 8, 9, 16, 17, 32, 33, 64, 65, 100, 128, 2048] {
        let design = adder(width);
        let model = Model::build(&design, &shared()).unwrap();
        let mut instance = model.instantiate().unwrap();
        let words = width.div_ceil(32);
        let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ width as u64;
        let cycles = 50;
        let mut next = |high: bool| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let word = (state >> 32) as u32;
            let clean = if width.is_multiple_of(32) {
                u32::MAX
            } else {
                (1 << (width % 32)) - 1
            };
            let word = if state & 3 == 0 { u32::MAX } else { word };
            if high { word & clean } else { word }
        };
        let mut inputs = Vec::new();
        for _ in 0..2 * cycles {
            inputs.extend((0..words).map(|word| next(word + 1 == words)));
        }
        let outputs = instance.run_vectors(&inputs, cycles).unwrap();
        for cycle in 0..cycles {
            let row = &inputs[2 * words * cycle..2 * words * (cycle + 1)];
            let sum = wide_sum(&row[..words], &row[words..], width);
            assert_eq!(
                outputs[words * cycle..words * (cycle + 1)],
                sum,
                "{width} bits, cycle {cycle}"
            );
        }
        instance.poke_words(0, &inputs[..words]).unwrap();
        instance.poke_words(1, &inputs[words..2 * words]).unwrap();
        instance.eval().unwrap();
        assert_eq!(instance.peek_words(2).unwrap(), outputs[..words]);
        assert_eq!(instance.peek(2).is_ok(), width <= 64);
    }
}

fn wide_sum(a: &[u32], b: &[u32], width: usize) -> Vec<u32> {
    let mut carry = 0;
    let mut sum = Vec::new();
    for (a, b) in a.iter().zip(b) {
        let total = u64::from(*a) + u64::from(*b) + carry;
        sum.push(total as u32);
        carry = total >> 32;
    }
    if !width.is_multiple_of(32) {
        *sum.last_mut().unwrap() &= (1 << (width % 32)) - 1;
    }
    sum
}

#[test]
fn vectors_sample_before_the_edge() {
    if !have(VERILATOR) {
        return;
    }
    let model = Model::build(&counter(), &shared()).unwrap();
    let mut counter = model.instantiate().unwrap();
    let rows = counter.run_vectors(&[1, 0, 0, 0], 4).unwrap();
    assert_eq!(rows, [0, 1, 0, 1, 1, 2, 2, 3]);
}

#[test]
fn a_byte_stream_returns_every_byte() {
    if !have(VERILATOR) {
        return;
    }
    let model = Model::build(&echo(), &shared()).unwrap();
    let mut device = model.instantiate().unwrap();
    device.reset(3).unwrap();
    let sent: Vec<u8> = (0..1000u32).map(|i| (i * 7 % 255) as u8).collect();
    let expected: Vec<u8> = sent.iter().map(|byte| byte + 1).collect();
    let answer = device.exchange(&sent, sent.len(), 10_000).unwrap();
    assert_eq!(answer.bytes, expected);
    assert_eq!(answer.cycles, 2000);
    let answer = device
        .exchange_until_idle(&sent, sent.len(), 10_000)
        .unwrap();
    assert_eq!(answer.bytes, expected);
    assert_eq!(device.cycles(), 3 + 2000 + 2000);
}

#[test]
fn bytes_that_were_not_wanted_stay_in_the_device() {
    if !have(VERILATOR) {
        return;
    }
    let model = Model::build(&echo(), &shared()).unwrap();
    let mut device = model.instantiate().unwrap();
    device.reset(1).unwrap();
    assert_eq!(device.exchange(&[10], 0, 100).unwrap().bytes, [0_u8; 0]);
    assert_eq!(device.exchange(&[], 1, 100).unwrap().bytes, [11]);
}

/// The device takes no byte while its answer waits: who waits for all bytes to be taken would wait for ever.
#[test]
fn an_answer_may_come_before_all_bytes_are_taken() {
    if !have(VERILATOR) {
        return;
    }
    let model = Model::build(&echo(), &shared()).unwrap();
    let mut device = model.instantiate().unwrap();
    device.reset(1).unwrap();
    assert!(device.exchange(&[1, 2, 3, 4], 1, 500).is_err());
    let mut device = model.instantiate().unwrap();
    device.reset(1).unwrap();
    let first = device
        .exchange_until_answered(&[1, 2, 3, 4], 1, 500)
        .unwrap();
    assert_eq!((first.bytes, first.taken), (vec![2], 1));
    let rest = device.exchange(&[2, 3, 4], 3, 500).unwrap();
    assert_eq!(rest.bytes, [3, 4, 5]);
}

#[test]
fn a_silent_device_is_a_timeout_that_keeps_what_came() {
    if !have(VERILATOR) {
        return;
    }
    let model = Model::build(&echo(), &shared()).unwrap();
    let mut device = model.instantiate().unwrap();
    device.reset(1).unwrap();
    match device.exchange(&[1, 255, 2], 3, 500).unwrap_err() {
        Error::Timeout {
            cycles,
            taken,
            sent,
            received,
            wanted,
            ..
        } => {
            assert_eq!((cycles, taken, sent, wanted), (500, 3, 3, 3));
            assert_eq!(received, [2, 3]);
        }
        other => panic!("{other}"),
    }
    assert_eq!(
        device.exchange(&[5], 1, 500).unwrap().bytes,
        [6],
        "the device works on after a timeout"
    );
}

#[test]
fn stop_is_an_error_and_finish_is_noticed() {
    if !have(VERILATOR) {
        return;
    }
    let text = "module ends(input clock, input stop, input finish);
  always @(posedge clock) begin if (stop) $stop; if (finish) $finish; end
endmodule
";
    let design = systole_sim::Design::new("ends", text)
        .input("clock", 1)
        .input("stop", 1)
        .input("finish", 1);
    let model = Model::build(&design, &shared()).unwrap();
    let mut stopped = model.instantiate().unwrap();
    stopped.run(3).unwrap();
    stopped.poke(1, 1).unwrap();
    let error = stopped.tick().unwrap_err();
    assert!(
        matches!(error, Error::Stopped { .. }) && error.to_string().contains("ends.v:2"),
        "{error}"
    );
    assert!(stopped.tick().is_err(), "a stopped model must not run on");
    let mut finished = model.instantiate().unwrap();
    finished.poke(2, 1).unwrap();
    finished.run(10).unwrap();
    assert!(finished.finished());
    assert_eq!(finished.cycles(), 1);
}

#[test]
fn random_initial_values_show_a_missing_reset() {
    if !have(VERILATOR) {
        return;
    }
    let model = Model::build(&counter(), &shared()).unwrap();
    let count = model.port("count").unwrap();
    assert_eq!(model.instantiate().unwrap().peek(count).unwrap(), 0);
    let seen: Vec<u64> = (1..20)
        .map(|seed| model.instantiate_random(seed).unwrap().peek(count).unwrap())
        .collect();
    assert!(seen.iter().any(|value| *value != seen[0]), "{seen:?}");
}

#[test]
fn refused_designs_name_the_line_and_do_not_poison_the_cache() {
    if !have(VERILATOR) {
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let mut broken = counter();
    broken.sources[0].1 = broken.sources[0].1.replace("assign next", "assing next");
    let error = Model::build(&broken, &quick(cache.path())).unwrap_err();
    assert!(
        matches!(error, Error::Verilate { .. }) && error.to_string().contains("counter.v:2"),
        "{error}"
    );
    let mut missing = counter();
    missing.ports[2].name = "tally".to_owned();
    let error = Model::build(&missing, &quick(cache.path())).unwrap_err();
    assert!(
        matches!(error, Error::Compile { .. }) && error.to_string().contains("tally"),
        "{error}"
    );
    let mut again = Model::build(&counter(), &quick(cache.path()))
        .unwrap()
        .instantiate()
        .unwrap();
    again.reset(1).unwrap();
    let left: Vec<_> = std::fs::read_dir(cache.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(
        left.len(),
        2,
        "expected the runtime and one model: {left:?}"
    );
}

#[test]
fn a_damaged_library_is_rebuilt() {
    if !have(VERILATOR) {
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let library = Model::build(&counter(), &quick(cache.path()))
        .unwrap()
        .folder
        .join("model.so");
    let whole = std::fs::read(&library).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damage in [&whole[..whole.len() / 2], &flipped, b"not a library"] {
        std::fs::remove_file(&library).unwrap();
        std::fs::write(&library, damage).unwrap();
        let model = Model::build(&counter(), &quick(cache.path())).unwrap();
        let mut instance = model.instantiate().unwrap();
        instance.reset(1).unwrap();
        instance.run(5).unwrap();
        assert_eq!(instance.peek(2).unwrap(), 5);
    }
}

#[test]
fn threads_build_the_same_design_together() {
    if !have(VERILATOR) {
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let model = Model::build(&counter(), &quick(cache.path())).unwrap();
                let mut instance = model.instantiate().unwrap();
                instance.reset(1).unwrap();
                instance.run(77).unwrap();
                assert_eq!(instance.peek(2).unwrap(), 77);
            });
        }
    });
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 2);
}

#[test]
fn lint_reports_what_no_waiver_covers() {
    if !have(&["verilator"]) {
        return;
    }
    assert_eq!(lint(&counter(), &[]).unwrap(), []);
    let mut narrow = counter();
    narrow.sources[0].1 = narrow.sources[0].1.replace("count + 8'd1", "count + 9'd1");
    let found = lint(&narrow, &[]).unwrap();
    assert!(
        found.iter().any(|lint| lint.code.starts_with("WIDTH")),
        "{found:?}"
    );
    let waiver = |code| systole_sim::verilator::Waiver {
        code,
        contains: "",
        reason: "test",
    };
    assert_eq!(
        lint(&narrow, &[waiver("WIDTHTRUNC"), waiver("WIDTHEXPAND")]).unwrap(),
        []
    );
}

#[test]
fn data_files_are_part_of_the_model() {
    if !have(VERILATOR) {
        return;
    }
    let text = "module rom(input [1:0] address, output [7:0] data);
  reg [7:0] words [0:3];
  initial $readmemh(\"words.hex\", words);
  assign data = words[address];
endmodule
";
    let cache = tempfile::tempdir().unwrap();
    for contents in [[0x11, 0x22, 0x33, 0x44], [9, 8, 7, 0xff]] {
        let mut design = systole_sim::Design::new("rom", text)
            .input("address", 2)
            .output("data", 8);
        let lines: String = contents.iter().map(|word| format!("{word:x}\n")).collect();
        design.sources.push(("words.hex".to_owned(), lines));
        let mut rom = Model::build(&design, &quick(cache.path()))
            .unwrap()
            .instantiate()
            .unwrap();
        assert_eq!(rom.run_vectors(&[0, 1, 2, 3], 4).unwrap(), contents);
    }
}
