//! The other runtime: tract, in float, one image at a time as the CPU reference.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use ndarray::ArrayD;
use rayon::prelude::*;
use tract_onnx::prelude::*;

/// A model that tract has optimised.
pub struct Tract {
    plan: Arc<TypedSimplePlan>,
    recurrent: bool,
}

/// A model and what it keeps between inferences: buffers, and the states of recurrent layers.
pub struct State {
    state: TypedSimpleState,
    recurrent: bool,
}

/// One input in tract's own form.
#[derive(Clone)]
pub struct Input(TValue);

impl Tract {
    /// Imports and optimises a model for one input of the given shape.
    ///
    /// # Errors
    /// tract cannot.
    pub fn load(path: &Path, shape: &[usize]) -> anyhow::Result<Self> {
        let fact = InferenceFact::dt_shape(f32::datum_type(), shape);
        let plan = tract_onnx::onnx()
            .with_ignore_value_info(true)
            .with_ignore_output_shapes(true)
            .model_for_path(path)
            .and_then(|model| model.with_input_fact(0, fact))
            .and_then(|model| model.into_optimized())
            .and_then(|model| model.into_runnable());
        let plan = plan.with_context(|| format!("tract cannot import {}", path.display()))?;
        let recurrent = plan
            .model()
            .nodes()
            .iter()
            .any(|node| node.op().name() == "Scan");
        Ok(Tract { plan, recurrent })
    }

    /// Something that can run.
    ///
    /// # Errors
    /// tract cannot.
    pub fn state(&self) -> anyhow::Result<State> {
        Ok(State {
            state: self.plan.spawn()?,
            recurrent: self.recurrent,
        })
    }

    /// Runs all inputs, shared among rayon's threads.
    ///
    /// # Errors
    /// tract cannot.
    pub fn run_batch(&self, inputs: &[Input]) -> anyhow::Result<Vec<Vec<f32>>> {
        let run = |state: &mut anyhow::Result<State>, input: &Input| match state {
            Ok(state) => state.run(input),
            Err(error) => anyhow::bail!("{error}"),
        };
        inputs.par_iter().map_init(|| self.state(), run).collect()
    }
}

impl State {
    /// The first output. A recurrent model starts anew: tract would go on from the state of the last input.
    ///
    /// # Errors
    /// tract cannot.
    pub fn run(&mut self, input: &Input) -> anyhow::Result<Vec<f32>> {
        if self.recurrent {
            self.state = self.state.plan().spawn()?;
        }
        let outputs = self.state.run(tvec!(input.0.clone()))?;
        let first = outputs.first().context("no output")?;
        Ok(first
            .to_plain_array_view::<f32>()?
            .iter()
            .copied()
            .collect())
    }
}

impl Input {
    /// Takes a sample with its batch of one.
    ///
    /// # Errors
    /// tract cannot.
    pub fn new(sample: &ArrayD<f32>) -> anyhow::Result<Self> {
        let values: Vec<f32> = sample.iter().copied().collect();
        Ok(Input(Tensor::from_shape(sample.shape(), &values)?.into()))
    }
}
