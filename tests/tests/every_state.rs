//! A trained LSTM on the simulated accelerator, state by state: every hidden and every cell state of every step of 50 real
//! sequences, and the cycles; with hidden states of 8 bits and of 16. `SYSTOLE_SEQUENCES` is the number of sequences.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::path::{Path, PathBuf};

use systole::compiler::compile;
use systole::device::Stream;
use systole::inference::quantize_inputs;
use systole_arch::Arch;
use systole_quant::calibrate::Dataset as Calibration;
use systole_quant::import::{ImportOptions, import_file};
use systole_quant::integer::IntGraph;
use systole_quant::npz::{Dataset, DatasetKeys};
use systole_quant::quantize::{Options, quantize};
use systole_quant::reference::oracle;
use systole_tests::conformance::Subject;

fn sequences() -> usize {
    let given = std::env::var("SYSTOLE_SEQUENCES").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(50)
}

/// The integer network of `lstm_mnist`, and test sequences.
fn network(hidden_bits: u8) -> Option<(IntGraph, Vec<Vec<Vec<i8>>>)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = std::env::var_os("SYSTOLE_SHARED").map_or(beside, PathBuf::from);
    let model = shared.join("models/lstm_mnist/lstm_mnist.onnx");
    let data = shared.join("models/lenet_mnist");
    if !model.exists() || !data.exists() {
        println!(
            "SKIPPED: models/lstm_mnist not found; set SYSTOLE_SHARED to the folder that holds the models"
        );
        return None;
    }
    let model = import_file(&model, &ImportOptions::default()).unwrap();
    let samples = |file: &str, limit| {
        let data = Dataset::load(&data.join(file), &DatasetKeys::default()).unwrap();
        let shape = model.shape(model.inputs[0]);
        data.samples(shape, "1/255".parse().unwrap(), limit)
            .unwrap()
    };
    let calibration = Calibration::from_images(samples("calib.npz", 100));
    let options = Options {
        hidden_bits,
        ..Options::default()
    };
    let graph = quantize(&model, &calibration, &options).unwrap().graph;
    let bytes = |sample: &ndarray::ArrayD<f32>| {
        let values: Vec<f32> = sample.iter().copied().collect();
        quantize_inputs(&graph, &[&values]).unwrap()
    };
    let inputs = samples("test.npz", sequences()).iter().map(bytes).collect();
    Some((graph, inputs))
}

/// Step by step: the states are read out of the device after each one. And whole: every hidden state as it lies in memory,
/// the cell states of the last step.
fn every_state(preset: &str, hidden_bits: u8) {
    let Some((graph, inputs)) = network(hidden_bits) else {
        return;
    };
    let arch = Arch::preset(preset).unwrap();
    let device = match Subject::named("rtl").unwrap().open(&arch).unwrap() {
        Ok(device) => device,
        Err(mismatch) => {
            let missing = mismatch.missing_tool();
            let reason = missing.unwrap_or_else(|| panic!("{mismatch}"));
            println!("SKIPPED: every state at {preset}: {reason}");
            return;
        }
    };
    let steps = graph.steps().unwrap();
    let (index, op) = graph.recurrent_layers().next().unwrap();
    let expected: Vec<_> = inputs
        .iter()
        .map(|input| oracle::trace(&graph, input, &graph.initial_states()).unwrap())
        .collect();
    let (mut compared, mut cycles) = (0, 0);
    let mut stream = Stream::open(&graph, &arch, device.as_ref(), 1).unwrap();
    for (input, trace) in inputs.iter().zip(&expected) {
        stream.reset();
        for step in 0..steps {
            let result = stream
                .feed(&graph.cut_steps(input, step..step + 1).unwrap())
                .unwrap();
            let counters = result.counters.unwrap();
            assert_eq!(counters.starts, stream.program().starts);
            cycles += counters.cycles;
            let states = stream.states().unwrap();
            let of_step = step * op.hidden..(step + 1) * op.hidden;
            assert_eq!(
                states[0].hidden,
                trace.steps[0].hidden[of_step.clone()],
                "h of step {step}"
            );
            assert_eq!(
                states[0].cell, trace.steps[0].cell[of_step],
                "c of step {step}"
            );
            compared += states[0].hidden.len() + states[0].cell.len();
            if step + 1 == steps {
                assert_eq!(result.outputs[0], trace.tensors[graph.outputs[0]]);
            }
        }
    }
    drop(stream);
    let program = compile(&graph, &arch).unwrap();
    let sequence = program.layers[index].placement.clone().unwrap();
    let mut session = device.prepare(&program).unwrap();
    for (input, trace) in inputs.iter().zip(&expected) {
        let result = session.run(input).unwrap();
        assert_eq!(result.outputs[0], trace.tensors[graph.outputs[0]]);
        let counters = result.counters.unwrap();
        assert_eq!(
            (counters.cycles, &counters.starts),
            (program.cycles(), &program.starts)
        );
        let hidden = session.read_tensor(&sequence).unwrap();
        assert_eq!(hidden, trace.tensors[graph.layers[index].output]);
        let cell = session.read_units(&program.states[0]).unwrap();
        assert!(trace.steps[0].cell.ends_with(&cell));
        compared += hidden.len() + cell.len();
    }
    println!(
        "{preset}, {hidden_bits} bits: {} sequences of {steps} steps: {compared} states equal, {} cycles each as predicted; step by step {cycles} in all",
        inputs.len(),
        program.cycles()
    );
}

#[test]
fn at_8x8() {
    every_state("8x8", 8);
}

#[test]
fn at_8x8_with_16_bits() {
    every_state("8x8", 16);
}

#[test]
fn at_16x16() {
    every_state("16x16", 8);
}

#[test]
fn at_16x16_with_16_bits() {
    every_state("16x16", 16);
}
