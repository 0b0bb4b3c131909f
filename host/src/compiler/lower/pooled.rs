//! Max pooling by the passes of the convolution before it: one pass for each tap of the pooling window computes the results
//! under that tap, and writes the larger of each and what the passes before it have left there.
//!
//! The results that are pooled are never stored, and pooling takes no cycles of its own. Rounding is monotonic, and so is
//! the clamp: the larger of two scaled sums becomes the larger of two results (numerics, section 5).

use systole_quant::integer::{Layer, LayerOp, MaxPool, Rescale};

use super::pool::maximum;
use super::{CompileError, Geometry, Kernel, Lowering, ONE, View, Windowed};
use crate::compiler::emit::price;
use crate::program::Parameter;

/// A convolution of which it is not decided yet who writes what where.
pub(super) struct Unplaced<'a> {
    pub(super) geometry: Geometry,
    pub(super) kernel: Kernel<'a>,
    pub(super) input: View,
    pub(super) residual: Option<(View, Rescale)>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) fill: i8,
    pub(super) zero: i8,
    pub(super) clamp: [i8; 2],
}

impl<'a> Unplaced<'a> {
    /// The convolution with a place for its results.
    pub(super) fn at(&self, layer: usize, output: View, table: Option<usize>) -> Windowed<'a> {
        Windowed {
            layer,
            geometry: self.geometry,
            kernel: self.kernel,
            input: self.input.clone(),
            output,
            residual: self.residual.clone(),
            residual_max: false,
            parameters: self.parameters.clone(),
            fill: self.fill,
            zero: self.zero,
            clamp: self.clamp,
            table,
        }
    }

    /// One pass for each tap of the pooling window. All but the first have the pooled result as residual operand.
    fn taps(&self, whole: &Windowed<'a>, pool: &MaxPool) -> Vec<Windowed<'a>> {
        let [rows, columns] = pool.window.kernel;
        let taps = (0..rows).flat_map(|y| (0..columns).map(move |x| [y, x]));
        let mut passes: Vec<Windowed<'a>> = taps.map(|tap| self.tap(whole, pool, tap)).collect();
        if let Some(last) = passes.last_mut() {
            last.table = whole.table;
        }
        passes
    }

    fn tap(&self, whole: &Windowed<'a>, pool: &MaxPool, tap: [usize; 2]) -> Windowed<'a> {
        let (window, mut geometry) = (&pool.window, self.geometry);
        for (axis, place) in tap.into_iter().enumerate() {
            let results = place * window.dilation[axis];
            geometry.origin[axis] += (results * self.geometry.stride[axis]) as i64;
            geometry.stride[axis] *= window.stride[axis];
        }
        let before = Rescale {
            zero: self.zero,
            multiplier: ONE,
        };
        let first = tap == [0, 0];
        Windowed {
            geometry,
            residual: (!first).then(|| (whole.output.clone(), before)),
            residual_max: !first,
            table: None,
            ..whole.clone()
        }
    }
}

impl<'a> Lowering<'a> {
    /// Lowers a convolution and the pooling behind it together, if that takes no longer than one after the other.
    pub(super) fn conv_and_pool(
        &mut self,
        layer: &Layer,
        conv: &Unplaced<'a>,
    ) -> Result<bool, CompileError> {
        let Some(behind) = self.uses.fused_pool[self.layer] else {
            return Ok(false);
        };
        let next = &self.graph.layers[behind];
        let LayerOp::MaxPool(pool) = &next.op else {
            return Err(self.internal("a fused pooling that is none"));
        };
        let (target, table) = self.target_of(behind, next)?;
        let output = self.output_view(target)?;
        let whole = conv.at(self.layer, output.clone(), table);
        let passes = conv.taps(&whole, pool);
        let together = passes.iter().map(|pass| price(pass, self.arch));
        let between = self.unpooled(layer);
        let first = price(&conv.at(self.layer, between.clone(), None), self.arch);
        let second = maximum(self.layer, pool, between, output.clone(), table);
        let apart = first.saturating_add(price(&second, self.arch));
        if together.fold(0, u64::saturating_add) > apart
            || !self.banks.separate(output.buffer, conv.input.buffer)
        {
            self.uses.fused_pool[self.layer] = None;
            return Ok(false);
        }
        passes.iter().try_for_each(|pass| self.emit(pass))?;
        Ok(true)
    }

    /// Where the results of a convolution would lie if they were stored; no buffer is made for them.
    fn unpooled(&self, layer: &Layer) -> View {
        let shape = self.tensor(layer.output).shape;
        View::packed(usize::MAX, shape, self.padded(shape.c))
    }
}
