//! Compiled programs on the interpreter compute the integers of the plain-loop reference: every tensor of random
//! graphs on many array sizes. The schedule of every program is checked independently of how it was made.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole::compiler::{compile, schedule};
use systole::interpreter::Machine;
use systole::program::Program;
use systole::testing::{SIZES, lenet, recurrent, resnet8, roomy, widened};
use systole_arch::Arch;
use systole_quant::integer::random::{self, Kind, Random};
use systole_quant::integer::{Cell, IntGraph, Shape, Window};
use systole_quant::reference::oracle;

/// Random graphs of each kind; more with `SYSTOLE_CASES`.
fn cases() -> u64 {
    std::env::var("SYSTOLE_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(250)
}

/// Runs a program and compares each layer's tensor as soon as its instructions are done.
fn compare(graph: &IntGraph, inputs: &[Vec<i8>], program: &Program) -> Result<(), String> {
    let expected = oracle::run(graph, inputs).map_err(|e| e.to_string())?;
    let mut machine = Machine::new(&program.arch);
    machine.memories.load(program).map_err(|e| e.to_string())?;
    for (binding, values) in program.inputs.iter().zip(inputs) {
        machine
            .memories
            .write_tensor(&binding.placement, values)
            .map_err(|e| e.to_string())?;
    }
    for state in &program.states {
        machine
            .memories
            .write_state(state)
            .map_err(|e| e.to_string())?;
    }
    let mut wrong = Vec::new();
    let run = machine.run_with(100_000_000, |index, memories| {
        for layer in program
            .layers
            .iter()
            .filter(|l| !l.instructions.is_empty() && l.instructions.end == index + 1)
        {
            let Some(placement) = &layer.placement else {
                continue;
            };
            if memories.read_tensor(placement).unwrap() != expected[layer.output] {
                wrong.push(format!("{} ({})", layer.name, layer.op));
            }
        }
    });
    let run = run.map_err(|e| e.to_string())?;
    for (binding, &id) in program.outputs.iter().zip(&graph.outputs) {
        if machine.memories.read_tensor(&binding.placement).unwrap() != expected[id] {
            wrong.push(format!("output {}", binding.name));
        }
    }
    if run.faults.0 != 0 {
        wrong.push(format!("faults {:?}", run.faults));
    }
    if Some(&run.cycles) != program.starts.last() {
        wrong.push(format!(
            "{} cycles instead of {:?}",
            run.cycles,
            program.starts.last()
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join(", "))
    }
}

fn check(graph: &IntGraph, inputs: &[Vec<i8>], arch: &Arch) -> Result<Program, String> {
    let program = compile(graph, arch).map_err(|e| format!("compile: {e}"))?;
    schedule::check_schedule(&program.instructions, arch).map_err(|e| format!("schedule: {e}"))?;
    compare(graph, inputs, &program)?;
    Ok(program)
}

fn many(kind: Kind) {
    let (mut failures, mut too_large) = (Vec::new(), 0);
    for seed in 0..cases() {
        let (rows, cols, lanes) = SIZES[seed as usize % SIZES.len()];
        let (graph, inputs) = random::one_layer(seed, kind);
        match check(&graph, &inputs, &roomy(rows, cols, lanes)) {
            // Few weights a step: the largest fully connected layers need more than the deepest memory.
            Err(error) if error.contains("`weight_depth`") && rows * cols <= 8 => too_large += 1,
            Err(error) => failures.push(format!(
                "{kind:?} seed {seed} on {rows}x{cols} P {lanes}: {error}"
            )),
            Ok(_) => {}
        }
    }
    assert!(too_large * 50 <= cases(), "{too_large} do not fit");
    let shown = failures
        .iter()
        .take(10)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        failures.is_empty(),
        "{} of {} failed:\n{shown}",
        failures.len(),
        cases()
    );
}

macro_rules! kinds {
    ($($name:ident $kind:ident)*) => { $( #[test] fn $name() { many(Kind::$kind); } )* };
}

kinds! {
    conv Conv
    conv_and_pool ConvAndPool
    depthwise Depthwise
    grouped Grouped
    residual Residual
    fully_connected FullyConnected
    max_pool MaxPool
    average_pool AveragePool
    global_average_pool GlobalAveragePool
    add Add
    concat Concat
    pad Pad
    table Table
    requantize Requantize
    reshape Reshape
    slice Slice
    lstm Lstm
    gru Gru
    gru_with_reset_first GruResetFirst
    rnn Rnn
    rnn_with_relu RnnRelu
}

#[test]
fn networks() {
    let mut failures = Vec::new();
    for seed in 0..cases() {
        let (rows, cols, lanes) = SIZES[seed as usize % SIZES.len()];
        let (mut graph, inputs) = random::network(seed, 2 + seed as usize % 8);
        // In half of them the host reads a tensor that layers read too.
        let inner = graph.layers[seed as usize % graph.layers.len()].output;
        if seed % 2 == 0 && !graph.outputs.contains(&inner) {
            graph.outputs.push(inner);
            graph.host_ops.push(Vec::new());
        }
        let mut arch = roomy(rows, cols, lanes);
        arch.banks = 2 + seed as usize % 3;
        match check(&graph, &inputs, &arch) {
            Ok(_) => {}
            // A network of many layers may need more than the largest machine has.
            Err(error) if error.contains("hint: enlarge") || error.contains("keeps timestamps") => {
            }
            Err(error) => failures.push(format!("seed {seed} on {rows}x{cols} P {lanes}: {error}")),
        }
    }
    let shown = failures
        .iter()
        .take(10)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        failures.is_empty(),
        "{} of {} failed:\n{shown}",
        failures.len(),
        cases()
    );
}

fn cycles(graph: &IntGraph, preset: &str) -> u64 {
    let arch = Arch::preset(preset).unwrap();
    let inputs = random::inputs(&mut Random::new(7), graph);
    let program = check(graph, &inputs, &arch).unwrap_or_else(|error| panic!("{preset}: {error}"));
    for (layer, cycles) in program.layers.iter().zip(program.layer_cycles()) {
        eprintln!("{preset} {:12} {:22} {cycles:8}", layer.name, layer.op);
    }
    let total = program.cycles();
    eprintln!(
        "{preset} {} total {total}, {:.1} % of peak",
        graph.name,
        100.0 * program.utilization()
    );
    total
}

#[test]
fn lenet_in_few_cycles() {
    let graph = lenet(1);
    cycles(&graph, "4x4");
    cycles(&graph, "8x8");
    cycles(&graph, "16x8");
    let total = cycles(&graph, "16x16");
    assert!(total < 4_700, "{total}");
}

#[test]
fn resnet8_close_to_the_peak() {
    let graph = resnet8(1);
    cycles(&graph, "8x8");
    let total = cycles(&graph, "16x16");
    assert!(total <= 51_306, "{total}");
}

/// A result takes the place of its residual operand only if the host does not read that either.
#[test]
fn outputs_that_are_read_on_keep_their_places() {
    for seed in 0..20 {
        let mut builder = random::Builder::new(seed);
        let x = builder.input(Shape::new(3, 4, 8));
        let read_twice = builder.conv(x, Window::ONE, 1, 8, None).unwrap();
        builder
            .conv(x, Window::ONE, 1, 8, Some(read_twice))
            .unwrap();
        let (mut graph, inputs) = builder.finish();
        graph.outputs.push(read_twice);
        graph.host_ops.push(Vec::new());
        check(&graph, &inputs, &roomy(8, 8, 4)).unwrap();
    }
}

const LSTM: Cell = Cell::Lstm {
    cell_fraction_bits: 11,
};

/// Shapes of known networks: steps, inputs, hidden units.
#[test]
fn recurrent_networks_in_few_cycles() {
    let small = cycles(&recurrent(LSTM, [28, 28, 64], false, 1), "16x16");
    assert!(small <= 3_460, "{small}");
    cycles(&recurrent(LSTM, [28, 28, 64], false, 1), "8x8");
    let large = cycles(&recurrent(LSTM, [28, 28, 128], false, 1), "16x16");
    assert!(large <= 9_300, "{large}");
    let both = cycles(&recurrent(LSTM, [28, 28, 64], true, 1), "16x16");
    // Every slot of the recurrent part twice, and nothing else.
    let wide = cycles(&widened(recurrent(LSTM, [28, 28, 64], false, 1)), "16x16");
    assert!(wide <= small + 28 * 16 * 4, "{wide}, {small} with 8 bits");
    // Both directions and the classifier behind them, every multiplier busy in every cycle.
    let ideal = 2 * 28 * (28 + 64) * 4 * 64 / 256 + 28 * (2 * 64 / 16);
    assert!(both * 100 <= ideal * 108, "{both} of ideally {ideal}");
}

#[test]
fn both_directions_on_every_array() {
    let gru = |linear_before_reset| Cell::Gru {
        linear_before_reset,
    };
    let cells = [LSTM, gru(true), gru(false), Cell::Rnn { relu: false }];
    for (seed, (rows, cols, lanes)) in SIZES.into_iter().enumerate() {
        for cell in cells {
            let sizes = [1 + seed % 5, 3 + seed, 2 + 3 * seed % 17];
            let graph = recurrent(cell, sizes, true, seed as u64);
            let inputs = random::inputs(&mut Random::new(seed as u64), &graph);
            for graph in [widened(graph.clone()), graph] {
                check(&graph, &inputs, &roomy(rows, cols, lanes))
                    .unwrap_or_else(|error| panic!("{cell:?} {sizes:?} on {rows}x{cols}: {error}"));
            }
        }
    }
}

#[test]
fn long_sequences() {
    let graph = recurrent(LSTM, [2000, 5, 7], false, 3);
    let inputs = random::inputs(&mut Random::new(3), &graph);
    check(&graph, &inputs, &roomy(4, 4, 4)).unwrap();
}
