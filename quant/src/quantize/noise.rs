//! Signal-to-noise of every layer: the integer graph against the float graph on the same data.

use rayon::prelude::*;

use super::QuantizeError;
use super::recurrent::initial_state;
use crate::calibrate::{Dataset, observe};
use crate::float::{self, Graph, Runner, Value};
use crate::integer::{Cell, IntGraph, RecurrentState};
use crate::lower::{FloatOp, FloatRecurrent, InitialState, LoweredGraph};
use crate::numerics::{dequantize_value, quantize_value};
use crate::reference::{Trace, oracle};

/// Signal-to-noise ratio of one recurrent layer, decibels, for each step of the sequence; where the error grows from step to
/// step, it drifts.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct OverTime {
    /// Index of the layer.
    pub layer: usize,
    /// Hidden state.
    pub hidden_db: Vec<Option<f64>>,
    /// Cell state; empty for cells without one.
    pub cell_db: Vec<Option<f64>>,
}

/// Sums of squares of signal and error.
#[derive(Debug, Clone, Copy, Default)]
struct Power {
    signal: f64,
    noise: f64,
}

/// Powers of one tensor, or of one state: one for each row, or step.
type Rows = Vec<Power>;

impl Power {
    fn add(&mut self, real: f64, integer: f64) {
        self.signal += real * real;
        self.noise += (real - integer).powi(2);
    }

    fn join(&mut self, other: Power) {
        self.signal += other.signal;
        self.noise += other.noise;
    }

    /// A layer without any error counts as 200 dB.
    fn decibels(self) -> Option<f64> {
        if self.signal == 0.0 {
            return None;
        }
        Some(if self.noise == 0.0 {
            200.0
        } else {
            10.0 * (self.signal / self.noise).log10()
        })
    }
}

/// Signal-to-noise ratio of each layer's output, decibels: `10 log10 (sum f^2 / sum (f - q)^2)` over the first
/// `samples` samples, `None` where there is neither signal nor noise; and that of recurrent layers step by step.
pub(super) fn measure(
    model: &Graph,
    lowered: &LoweredGraph,
    graph: &IntGraph,
    data: &Dataset,
    samples: usize,
) -> Result<(Vec<Option<f64>>, Vec<OverTime>), QuantizeError> {
    let watch = Watch::new(model, lowered, graph);
    let parts = data
        .samples
        .par_iter()
        .take(samples)
        .map(|sample| watch.one(sample))
        .collect::<Result<Vec<_>, _>>()?;
    let (mut tensors, mut cells) = (watch.tensors(), watch.cells());
    for (of_tensors, of_cells) in parts {
        join(&mut tensors, of_tensors);
        join(&mut cells, of_cells);
    }
    let total = |rows: &Rows| {
        let mut total = Power::default();
        rows.iter().for_each(|&row| total.join(row));
        total.decibels()
    };
    let by_row = |rows: &Rows| rows.iter().map(|row| row.decibels()).collect();
    let layers = graph
        .layers
        .iter()
        .map(|layer| total(&tensors[layer.output]));
    let recurrent = graph.recurrent_layers().zip(&cells);
    let over_time = recurrent.map(|((layer, _), cells)| OverTime {
        layer,
        hidden_db: by_row(&tensors[graph.layers[layer].output]),
        cell_db: by_row(cells),
    });
    Ok((layers.collect(), over_time.collect()))
}

fn join(total: &mut [Rows], part: Vec<Rows>) {
    for (total, part) in total.iter_mut().flatten().zip(part.into_iter().flatten()) {
        total.join(part);
    }
}

/// Both graphs, and what is compared in them.
struct Watch<'a> {
    runner: Runner<'a>,
    lowered: &'a LoweredGraph,
    graph: &'a IntGraph,
    watched: observe::Watched,
    orders: Vec<Vec<usize>>,
    recurrent: Vec<&'a FloatRecurrent>,
    /// Model inputs that are inputs of the integer graph as well.
    activations: Vec<usize>,
}

impl<'a> Watch<'a> {
    fn new(model: &'a Graph, lowered: &'a LoweredGraph, graph: &'a IntGraph) -> Self {
        let of = |t: &crate::lower::FloatTensor| t.view.physical_indices(t.shape);
        let recurrent = lowered.layers.iter().filter_map(|layer| match &layer.op {
            FloatOp::Recurrent(op) => Some(op),
            _ => None,
        });
        let recurrent: Vec<_> = recurrent.collect();
        let state = |input: usize| {
            let mut states = recurrent.iter().flat_map(|op| &op.initial);
            states.any(|s| matches!(s, InitialState::Input { input: own, .. } if *own == input))
        };
        Self {
            runner: Runner::new(model),
            lowered,
            graph,
            watched: observe::watched(lowered),
            orders: lowered.tensors.iter().map(of).collect(),
            activations: (0..model.inputs.len())
                .filter(|&input| !state(input))
                .collect(),
            recurrent,
        }
    }

    fn tensors(&self) -> Vec<Rows> {
        let rows = |tensor: &crate::integer::IntTensor| vec![Power::default(); tensor.shape.h];
        self.graph.tensors.iter().map(rows).collect()
    }

    fn cells(&self) -> Vec<Rows> {
        let steps = |(layer, op): (usize, &crate::integer::Recurrent)| {
            let steps = self.graph.tensors[self.graph.layers[layer].output].shape.h;
            vec![Power::default(); if op.cell.has_cell_state() { steps } else { 0 }]
        };
        self.graph.recurrent_layers().map(steps).collect()
    }

    /// Powers of one sample: of each row of each tensor, and of the cell state of each step.
    fn one(
        &self,
        sample: &[ndarray::ArrayD<f32>],
    ) -> Result<(Vec<Rows>, Vec<Rows>), QuantizeError> {
        let trace = oracle::trace(self.graph, &self.inputs(sample), &self.states(sample))?;
        let (mut tensors, mut cells) = (self.tensors(), self.cells());
        let inputs: Vec<Value> = sample.iter().cloned().map(Value::Float).collect();
        self.runner.run_observed(&inputs, &mut |id, float| {
            for &tensor in self.watched.get(&id).into_iter().flatten() {
                self.compare(tensor, float, &trace, &mut tensors[tensor]);
            }
            self.compare_cells(id, float, &trace, &mut cells);
        })?;
        Ok((tensors, cells))
    }

    fn compare(&self, id: usize, float: &ndarray::ArrayD<f32>, trace: &Trace, rows: &mut Rows) {
        let tensor = &self.graph.tensors[id];
        let row = tensor.shape.w * tensor.shape.c;
        for (&real, &at) in float.iter().zip(&self.orders[id]) {
            let integer = dequantize_value(trace.tensors[id][at], tensor.scale, tensor.zero);
            rows[at / row].add(real.into(), integer);
        }
    }

    fn compare_cells(
        &self,
        id: float::TensorId,
        float: &ndarray::ArrayD<f32>,
        trace: &Trace,
        cells: &mut [Rows],
    ) {
        let layers = self.recurrent.iter().zip(self.graph.recurrent_layers());
        for (n, (op, (_, integer))) in layers.enumerate() {
            if let (true, Cell::Lstm { cell_fraction_bits }) = (op.cells == Some(id), integer.cell)
            {
                let scale = 1.0 / f64::from(1u32 << cell_fraction_bits);
                for (at, (&real, &c)) in float.iter().zip(&trace.steps[n].cell).enumerate() {
                    cells[n][at / op.hidden].add(real.into(), f64::from(c) * scale);
                }
            }
        }
    }

    fn inputs(&self, sample: &[ndarray::ArrayD<f32>]) -> Vec<Vec<i8>> {
        let given = self
            .activations
            .iter()
            .filter_map(|&input| sample.get(input));
        let inputs = self
            .graph
            .inputs
            .iter()
            .zip(&self.graph.input_layouts)
            .zip(given);
        let bytes = inputs.map(|((&id, layout), values)| {
            let tensor = &self.graph.tensors[id];
            let quantized: Vec<i8> = values
                .iter()
                .map(|x| quantize_value(f64::from(*x), tensor.scale, tensor.zero))
                .collect();
            // A layout that does not fit gives no bytes, which the reference refuses by name.
            layout.arrange(&quantized).unwrap_or_default()
        });
        bytes.collect()
    }

    fn states(&self, sample: &[ndarray::ArrayD<f32>]) -> Vec<RecurrentState> {
        let layers = self.recurrent.iter().zip(self.graph.recurrent_layers());
        let state =
            |(op, (layer, integer)): (&&FloatRecurrent, (usize, &crate::integer::Recurrent))| {
                let scale = self.graph.tensors[self.graph.layers[layer].output].scale;
                initial_state(integer, scale, &op.initial, sample)
            };
        debug_assert_eq!(self.lowered.layers.len(), self.graph.layers.len());
        layers.map(state).collect()
    }
}
