//! Layers that move bytes: concatenation and reshape.

use systole_quant::integer::{Layer, LayerOp, Shape, TensorId};

use super::{CompileError, Lowering, View};

impl<'a> Lowering<'a> {
    /// A buffer for a result without a home; a channel concatenation keeps room for whole beats of every operand.
    pub(super) fn empty_result(&mut self, id: TensorId) -> View {
        let shape = self.tensor(id).shape;
        let Some(offsets) = self.channel_offsets(id) else {
            return self.fresh(shape);
        };
        let stride = self.padded(offsets.last().map_or(shape.c, |last| last + 1));
        let buffer = self.new_buffer(shape.h * shape.w * stride);
        View {
            channels: offsets,
            ..View::packed(buffer, shape, stride)
        }
    }

    /// Byte of each channel, if the tensor is a concatenation of channels.
    fn channel_offsets(&self, id: TensorId) -> Option<Vec<usize>> {
        let layer = &self.graph.layers[self.uses.producer[id]?];
        let LayerOp::Concat(concat) = &layer.op else {
            return None;
        };
        if concat.axis != 2 {
            return None;
        }
        let mut offsets = Vec::new();
        let mut start = 0;
        for &operand in &layer.inputs {
            let own = self.operand_offsets(operand);
            let width = own.last().map_or(0, |last| last + 1);
            offsets.extend(own.iter().map(|at| start + at));
            start += self.padded(width);
        }
        Some(offsets)
    }

    /// Channels of an operand inside its segment: scattered only if the operand itself is written there.
    fn operand_offsets(&self, id: TensorId) -> Vec<usize> {
        (0..self.tensor(id).shape.c).collect()
    }

    /// The place of an operand in the result of a concatenation.
    pub(super) fn segment(&mut self, concat: usize, operand: usize) -> Result<View, CompileError> {
        let layer = &self.graph.layers[concat];
        let LayerOp::Concat(op) = &layer.op else {
            return Err(self.internal("a home that is no concatenation"));
        };
        let result = self.output_view(layer.output)?;
        let shape = self.tensor(layer.inputs[operand]).shape;
        let before = layer
            .inputs
            .iter()
            .take(operand)
            .map(|&id| self.tensor(id).shape);
        let extent = |s: Shape| [s.h, s.w, s.c][op.axis.min(2)];
        let start: usize = before.map(extent).sum();
        Ok(match op.axis {
            0 => result.window(start, 0, shape.h, shape.w),
            1 => result.window(0, start, shape.h, shape.w),
            _ => result.channel_range(start, shape.c),
        })
    }

    /// Copies the operands that were not written in place.
    pub(super) fn concat(&mut self, layer: &'a Layer, _axis: usize) -> Result<(), CompileError> {
        self.output_view(layer.output)?;
        for (operand, &id) in layer.inputs.iter().enumerate() {
            if self.uses.home[id] != Some((self.layer, operand)) {
                let place = self.segment(self.layer, operand)?;
                let view = self.view(id)?;
                let shared = view.buffer == place.buffer;
                let view = if shared { self.copied(view)? } else { view };
                self.copy(view, place)?;
            }
        }
        Ok(())
    }

    /// A part of a tensor is a view of it; a copy only where a concatenation is to hold it.
    pub(super) fn slice(
        &mut self,
        layer: &'a Layer,
        [row, column, channel]: [usize; 3],
    ) -> Result<(), CompileError> {
        let (x, y) = (layer.inputs[0], layer.output);
        let (view, shape) = (self.view(x)?, self.tensor(y).shape);
        self.whole.retain(|(_, id)| *id != x);
        let part = view.window(row, column, shape.h, shape.w);
        let part = part.channel_range(channel, shape.c);
        if self.uses.home[y].is_none() {
            self.views[y] = Some(part);
            return Ok(());
        }
        let output = self.output_view(y)?;
        self.copy(part, output)
    }

    /// An alias where strides can express the new shape, else a copy of each pixel's worth of elements.
    pub(super) fn reshape(&mut self, layer: &'a Layer) -> Result<(), CompileError> {
        let (x, y) = (layer.inputs[0], layer.output);
        let (view, shape) = (self.view(x)?, self.tensor(y).shape);
        self.whole.retain(|(_, id)| *id != x);
        if let Some(alias) = view.reshaped(shape) {
            if self.uses.home[y].is_none() {
                self.views[y] = Some(alias);
                return Ok(());
            }
            let output = self.output_view(y)?;
            return self.copy(alias, output);
        }
        let all = view.reshaped(Shape::vector(shape.elements()));
        let all = all.ok_or_else(|| self.internal("a tensor that is no vector of bytes"))?;
        let output = self.output_view(y)?;
        for pixel in 0..shape.h * shape.w {
            let part = all.channel_range(pixel * shape.c, shape.c);
            let place = output.window(pixel / shape.w, pixel % shape.w, 1, 1);
            self.copy(part, place)?;
        }
        Ok(())
    }
}
