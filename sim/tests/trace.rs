//! Waveforms: an independent reader finds the values that the model had.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use common::{VERILATOR, counter, have};
use systole_sim::{BuildOptions, Model, Optimize};
use wellen::simple::read;

#[test]
fn a_waveform_holds_every_value_of_the_counter() {
    if !have(VERILATOR) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counter.fst");
    let options = BuildOptions {
        trace: true,
        optimize: Optimize::Build,
        ..BuildOptions::default()
    };
    let model = Model::build(&counter(), &options).unwrap();
    let mut instance = model.instantiate().unwrap();
    assert!(
        instance
            .trace(&folder.path().join("no/such/folder.fst"))
            .is_err()
    );
    instance.trace(&path).unwrap();
    instance.reset(1).unwrap();
    instance.run(600).unwrap();
    instance.end_trace();

    let mut wave = read(&path).unwrap();
    let names = wave.hierarchy();
    let count = names
        .all_vars()
        .find(|var| names[*var].name(names) == "count")
        .unwrap();
    let signal = names[count].signal_ref();
    wave.load_signals(&[signal]);
    let values: Vec<String> = wave
        .get_signal(signal)
        .unwrap()
        .iter_changes()
        .map(|(_, value)| value.to_bit_string().unwrap())
        .collect();
    // One value per rising edge, from the reset on; the initial zero is the first.
    let expected: Vec<String> = (0..=600u32)
        .map(|value| format!("{:08b}", value % 256))
        .collect();
    assert_eq!(values, expected);
    assert_eq!(*wave.time_table().last().unwrap(), 2 * 600 + 1);
}
