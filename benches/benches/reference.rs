//! The CPU reference against tract's float runtime: the same images, in turn.

use std::hint::black_box;

use anyhow::Context;
use systole::inference::{arg_max, finish_outputs, quantize_inputs};
use systole_benches::clock::Threads;
use systole_benches::compare::{Row, head};
use systole_benches::machine;
use systole_benches::models::{LENET, LSTM, RESNET8, Source};
use systole_benches::tract::{Input, Tract};
use systole_quant::integer::IntGraph;
use systole_quant::reference::fast::Prepared;
use systole_quant::reference::oracle;

/// Images of one round.
const IMAGES: usize = 64;

/// Both sides of one model.
struct Sides {
    graph: IntGraph,
    ours: Prepared,
    theirs: Tract,
    samples: Vec<Vec<f32>>,
    /// The samples as each side takes them.
    bytes: Vec<Vec<Vec<i8>>>,
    inputs: Vec<Input>,
}

impl Sides {
    fn new(source: &Source) -> anyhow::Result<Option<Self>> {
        let Some(mut trained) = source.load()? else {
            return Ok(None);
        };
        let graph = trained.quantize(&trained.data(100))?.graph;
        let shape = trained.graph.shape(trained.graph.inputs[0]).to_vec();
        let images: Vec<_> = trained.calibration.drain(100..).take(IMAGES).collect();
        let inputs = images.iter().map(Input::new);
        let inputs = inputs.collect::<anyhow::Result<_>>()?;
        // Row-major, however the file is laid out.
        let samples = images.iter().map(|image| image.iter().copied().collect());
        let samples: Vec<Vec<f32>> = samples.collect();
        let bytes = samples.iter().map(|sample| quantized(&graph, sample));
        Ok(Some(Sides {
            ours: Prepared::new(&graph)?,
            theirs: Tract::load(&trained.file, &shape)?,
            bytes: bytes.collect::<anyhow::Result<_>>()?,
            inputs,
            graph,
            samples,
        }))
    }

    /// Numbers to bytes to numbers: what an application would call.
    fn infer(&self, sample: &[f32]) -> anyhow::Result<usize> {
        let tensors = self.ours.run(&quantized(&self.graph, sample)?)?;
        let bytes: Vec<_> = self
            .graph
            .outputs
            .iter()
            .map(|&id| tensors[id].clone())
            .collect();
        let outputs = finish_outputs(&self.graph, &bytes)?;
        Ok(arg_max(&outputs.first().context("no output")?.values))
    }

    /// Two runtimes that do not compute the same are no comparison.
    fn check(&self, name: &str) -> anyhow::Result<()> {
        for bytes in self.bytes.iter().take(4) {
            anyhow::ensure!(
                self.ours.run(bytes)? == oracle::run(&self.graph, bytes)?,
                "{name}: the CPU reference differs from the oracle"
            );
        }
        let mut state = self.theirs.state()?;
        let mut same = 0;
        for (sample, input) in self.samples.iter().zip(&self.inputs) {
            let theirs: Vec<f64> = state.run(input)?.into_iter().map(f64::from).collect();
            same += usize::from(self.infer(sample)? == arg_max(&theirs));
        }
        anyhow::ensure!(
            10 * same >= 9 * self.samples.len(),
            "{name}: the same answer on {same} of {} samples only",
            self.samples.len()
        );
        Ok(())
    }

    fn compare(&self, name: &str) -> anyhow::Result<bool> {
        self.check(name)?;
        let mut state = self.theirs.state()?;
        let mut theirs = || {
            self.inputs.iter().try_for_each(|input| {
                black_box(state.run(input)?);
                Ok(())
            })
        };
        let bytes = || {
            self.bytes.iter().try_for_each(|bytes| {
                black_box(self.ours.run(bytes)?);
                Ok(())
            })
        };
        let one = row(&format!("{name}, one thread"), Threads::One).run(bytes, &mut theirs)?;
        let whole = || {
            self.samples.iter().try_for_each(|sample| {
                black_box(self.infer(sample)?);
                Ok(())
            })
        };
        let label = format!("{name}, with float in and out");
        let whole = row(&label, Threads::One).run(whole, &mut theirs)?;
        let batch = || {
            black_box(self.ours.run_batch(&self.bytes)?);
            Ok(())
        };
        let theirs = || {
            black_box(self.theirs.run_batch(&self.inputs)?);
            Ok(())
        };
        let all = row(&format!("{name}, all threads"), Threads::All).run(batch, theirs)?;
        Ok(one && whole && all)
    }
}

/// Everywhere we want to be as fast as the other runtime.
fn row(name: &str, threads: Threads) -> Row<'_> {
    Row {
        name,
        count: IMAGES,
        threads,
        goal: 1.0,
    }
}

fn quantized(graph: &IntGraph, sample: &[f32]) -> anyhow::Result<Vec<Vec<i8>>> {
    Ok(quantize_inputs(graph, &[sample])?)
}

fn main() -> anyhow::Result<()> {
    println!("\nCPU reference (ours) against tract 0.23.9 in float (theirs)");
    machine::describe();
    head();
    for source in [LENET, RESNET8, LSTM] {
        if let Some(sides) = Sides::new(&source)? {
            sides.compare(source.name)?;
        }
    }
    machine::describe();
    Ok(())
}
