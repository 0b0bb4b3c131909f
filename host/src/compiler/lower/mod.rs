//! From the layers of the integer graph to passes over buffers.

mod combine;
mod compute;
mod gates;
mod pool;
mod pooled;
mod recurrent;
mod states;

use systole_arch::Arch;
use systole_quant::integer::{
    IntGraph, IntTensor, Layer, LayerOp, Multiplier, Rescale, Shape, TensorId,
};

use super::CompileError;
use super::banks::Banks;
use super::constants::Constants;
use super::emit::emit;
use super::homes::Uses;
use super::pass::Step;
use super::view::{BufferId, View};
use super::window::{Geometry, Kernel, Windowed};
use crate::program::Parameter;
pub(super) use states::StateHome;

/// `1.0` as a multiplier (numerics, section 2).
const ONE: Multiplier = Multiplier { m: 1 << 15, s: 15 };

/// Everything known after all layers are lowered.
pub(super) struct Lowered {
    pub(super) steps: Vec<Step>,
    pub(super) views: Vec<Option<View>>,
    /// Bytes of each buffer.
    pub(super) buffers: Vec<usize>,
    pub(super) banks: Banks,
    pub(super) constants: Constants,
    /// First step of each layer, and the number of steps at the end.
    pub(super) first_step: Vec<usize>,
    /// Recurrent layers, in the order of the layers.
    pub(super) states: Vec<StateHome>,
    /// Whether a run begins with the states of the run before.
    pub(super) keeps_states: bool,
}

/// Lowers all layers, in order.
pub(super) fn lower(
    graph: &IntGraph,
    arch: &Arch,
    keeps_states: bool,
) -> Result<Lowered, CompileError> {
    let mut state = Lowering {
        graph,
        arch,
        uses: Uses::new(graph, arch.lanes),
        views: vec![None; graph.tensors.len()],
        whole: Vec::new(),
        buffers: Vec::new(),
        banks: Banks::default(),
        constants: Constants::new(arch),
        steps: Vec::new(),
        layer: 0,
        keeps_states,
        states: Vec::new(),
        state_rows: 0,
        lowered_before: Vec::new(),
    };
    state.place_inputs();
    let mut first_step = Vec::new();
    for index in 0..graph.layers.len() {
        first_step.push(state.steps.len());
        state.layer = index;
        state.lower_layer(&graph.layers[index])?;
    }
    first_step.push(state.steps.len());
    let Lowering {
        steps,
        states,
        views,
        buffers,
        banks,
        constants,
        ..
    } = state;
    Ok(Lowered {
        steps,
        states,
        views,
        buffers,
        banks,
        constants,
        first_step,
        keeps_states,
    })
}

struct Lowering<'a> {
    graph: &'a IntGraph,
    arch: &'a Arch,
    uses: Uses,
    views: Vec<Option<View>>,
    /// Buffers that hold exactly one tensor, and which.
    whole: Vec<(BufferId, TensorId)>,
    buffers: Vec<usize>,
    banks: Banks,
    constants: Constants,
    steps: Vec<Step>,
    layer: usize,
    /// Whether a run begins with the states of the run before.
    keeps_states: bool,
    states: Vec<StateHome>,
    /// Rows of the state memory that are given away.
    state_rows: usize,
    /// Recurrent layers that were lowered together with an earlier one.
    lowered_before: Vec<usize>,
}

/// What distinguishes one element-wise pass from another.
struct PointWise {
    parameter: Parameter,
    residual: Option<(View, Rescale)>,
    geometry: Geometry,
    fill: i8,
    zero: i8,
    clamp: [i8; 2],
    table: Option<usize>,
}

impl PointWise {
    /// Every byte as it is.
    const COPY: Self = Self {
        parameter: Parameter {
            bias: 0,
            m: ONE.m,
            s: ONE.s,
        },
        residual: None,
        geometry: Geometry::POINT,
        fill: 0,
        zero: 0,
        clamp: [i8::MIN, i8::MAX],
        table: None,
    };
}

impl<'a> Lowering<'a> {
    fn lower_layer(&mut self, layer: &'a Layer) -> Result<(), CompileError> {
        self.leave_shared_home(layer);
        match &layer.op {
            LayerOp::Conv(conv) => self.conv(layer, conv),
            LayerOp::MaxPool(pool) => self.max_pool(layer, pool),
            LayerOp::AveragePool(pool) => self.average_pool(layer, pool),
            LayerOp::Add { rescale, clamp } => self.add(layer, *rescale, *clamp),
            LayerOp::Requantize { rescale, clamp } => self.requantize(layer, *rescale, *clamp),
            LayerOp::Table(table) => self.table(layer, table),
            LayerOp::Pad(pad) => self.pad(layer, *pad),
            LayerOp::Concat(concat) => self.concat(layer, concat.axis),
            LayerOp::Reshape => self.reshape(layer),
            LayerOp::Slice { begin } => self.slice(layer, *begin),
            LayerOp::Recurrent(_) => self.recurrent(),
        }
    }

    fn name(&self) -> &'a str {
        &self.graph.layers[self.layer].name
    }

    fn tensor(&self, id: TensorId) -> &'a IntTensor {
        &self.graph.tensors[id]
    }

    fn internal(&self, what: &'static str) -> CompileError {
        CompileError::Internal {
            layer: self.name().into(),
            what,
        }
    }

    fn view(&self, id: TensorId) -> Result<View, CompileError> {
        self.views[id]
            .clone()
            .ok_or_else(|| self.internal("an operand was never written"))
    }

    fn new_buffer(&mut self, bytes: usize) -> BufferId {
        self.buffers.push(bytes);
        self.banks.add();
        self.buffers.len() - 1
    }

    fn padded(&self, channels: usize) -> usize {
        channels.next_multiple_of(self.arch.lanes)
    }

    /// A new buffer with room for whole beats behind each pixel.
    fn fresh(&mut self, shape: Shape) -> View {
        let stride = self.padded(shape.c);
        let buffer = self.new_buffer(shape.h * shape.w * stride);
        View::packed(buffer, shape, stride)
    }

    /// Inputs are packed, but where they are read beat by beat.
    fn place_inputs(&mut self) {
        for &id in &self.graph.inputs {
            let shape = self.tensor(id).shape;
            let beats =
                self.uses.readers[id]
                    .iter()
                    .any(|&reader| match &self.graph.layers[reader].op {
                        LayerOp::Conv(conv) => {
                            conv.residual.is_some() && self.graph.layers[reader].inputs[1] == id
                        }
                        LayerOp::Add { .. } => self.graph.layers[reader].inputs[1] == id,
                        _ => false,
                    });
            let stride = if beats { self.padded(shape.c) } else { shape.c };
            let buffer = self.new_buffer(shape.h * shape.w * stride);
            self.views[id] = Some(View::packed(buffer, shape, stride));
            self.whole.push((buffer, id));
        }
    }

    /// Where a layer writes: into its concatenation, or a buffer of its own.
    fn output_view(&mut self, id: TensorId) -> Result<View, CompileError> {
        if let Some(view) = &self.views[id] {
            return Ok(view.clone());
        }
        let view = match self.uses.home[id] {
            Some((concat, operand)) => self.segment(concat, operand)?,
            None => {
                let view = self.empty_result(id);
                self.whole.push((view.buffer, id));
                view
            }
        };
        self.views[id] = Some(view.clone());
        Ok(view)
    }

    /// A vector read from a concatenation touches bytes of its neighbours there. A pass must not write those meanwhile:
    /// its result is copied into the concatenation later.
    fn leave_shared_home(&mut self, layer: &Layer) {
        let target = self.graph.layers[self.uses.last_fused(self.layer)].output;
        let mut root = target;
        while let Some((concat, _)) = self.uses.home[root] {
            root = self.graph.layers[concat].output;
        }
        let Some(buffer) = self.views[root].as_ref().map(|view| view.buffer) else {
            return;
        };
        let reads = |id: &TensorId| {
            self.views[*id]
                .as_ref()
                .is_some_and(|view| view.buffer == buffer)
        };
        if root != target && layer.inputs.iter().any(reads) {
            self.uses.home[target] = None;
        }
    }

    /// The tensor that this layer's passes write, and the slot of a table fused into them.
    fn target(&mut self, layer: &Layer) -> Result<(TensorId, Option<usize>), CompileError> {
        self.target_of(self.layer, layer)
    }

    /// The same of layer `index`, which may be fused into this one.
    fn target_of(
        &mut self,
        index: usize,
        layer: &Layer,
    ) -> Result<(TensorId, Option<usize>), CompileError> {
        let Some(fused) = self.uses.fused_table[index] else {
            return Ok((layer.output, None));
        };
        let next = &self.graph.layers[fused];
        let LayerOp::Table(table) = &next.op else {
            return Ok((layer.output, None));
        };
        Ok((
            next.output,
            Some(self.constants.add_table(table, &next.name)?),
        ))
    }

    fn emit(&mut self, op: &Windowed<'_>) -> Result<(), CompileError> {
        let name = self.name();
        let passes = emit(op, self.arch, &mut self.constants, name)?;
        self.steps.extend(passes.into_iter().map(Step::from));
        Ok(())
    }

    fn point_wise(
        &mut self,
        input: View,
        output: View,
        how: PointWise,
    ) -> Result<(), CompileError> {
        let PointWise {
            parameter,
            residual,
            geometry,
            fill,
            zero,
            clamp,
            table,
        } = how;
        let (layer, parameters) = (self.layer, vec![parameter]);
        let kernel = Kernel::Ones;
        self.emit(&Windowed {
            layer,
            geometry,
            kernel,
            input,
            output,
            residual,
            residual_max: false,
            parameters,
            fill,
            zero,
            clamp,
            table,
        })
    }

    /// Copies a tensor; gathers its channels if they are scattered.
    fn copy(&mut self, input: View, output: View) -> Result<(), CompileError> {
        if input.is_identity() {
            return self.point_wise(input, output, PointWise::COPY);
        }
        let count = input.shape.c;
        let mut weights = vec![0; count * count];
        weights
            .iter_mut()
            .step_by(count + 1)
            .for_each(|weight| *weight = 1);
        let PointWise {
            parameter,
            geometry,
            clamp,
            ..
        } = PointWise::COPY;
        let (layer, parameters) = (self.layer, vec![parameter]);
        let kernel = Kernel::Dense {
            weights: &weights,
            groups: 1,
        };
        let (residual, fill, zero, table) = (None, 0, 0, None);
        self.emit(&Windowed {
            layer,
            geometry,
            kernel,
            input,
            output,
            residual,
            residual_max: false,
            parameters,
            fill,
            zero,
            clamp,
            table,
        })
    }

    /// The operand with channel `c` at byte `c`: as it is, or a copy.
    fn gathered(&mut self, id: TensorId) -> Result<View, CompileError> {
        let view = self.view(id)?;
        if view.is_identity() {
            Ok(view)
        } else {
            self.copied(view)
        }
    }

    fn copied(&mut self, view: View) -> Result<View, CompileError> {
        let copy = self.fresh(view.shape);
        self.copy(view, copy.clone())?;
        Ok(copy)
    }

    /// The operand as a residual operand of a pass that reads `input`: aligned, and in another bank.
    fn residual(&mut self, id: TensorId, input: &View) -> Result<View, CompileError> {
        if self.arch.lean {
            let layer = self.graph.layers[self.layer].name.clone();
            return Err(CompileError::Lean { layer });
        }
        let mut view = self.view(id)?;
        if !view.is_aligned(self.arch.lanes) || !self.banks.separate(view.buffer, input.buffer) {
            view = self.copied(view)?;
            if !self.banks.separate(view.buffer, input.buffer) {
                return Err(self.internal("a copy cannot be put into another bank"));
            }
        }
        Ok(view)
    }

    /// The result may take the place of a residual operand that nobody needs any more.
    fn reuse(&mut self, output: TensorId, operand: TensorId, view: &View) {
        let (free, own) = (
            self.views[output].is_none() && self.uses.home[output].is_none(),
            (view.buffer, operand),
        );
        let fits = self.whole.contains(&own) && view.pixel_stride == self.padded(view.shape.c);
        if free
            && fits
            && self.uses.dies_at(operand, self.layer)
            && self.views[operand].as_ref() == Some(view)
        {
            self.whole.retain(|entry| *entry != own);
            self.whole.push((view.buffer, output));
            self.views[output] = Some(view.clone());
        }
    }
}
