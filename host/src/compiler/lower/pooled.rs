//! Max pooling by the passes of the convolution before it: one pass for each tap of the pooling window computes the results
//! under that tap, and writes the larger of each and what the passes before it have left there.
//!
//! The results that are pooled are never stored, and pooling takes no cycles of its own. Rounding is monotonic, and so is
//! the clamp: the larger of two scaled sums becomes the larger of two results (numerics, section 5).

use systole_quant::integer::{Layer, LayerOp, MaxPool, Rescale};

use super::pool::maximum;
use super::{CompileError, Lowering, ONE, View, Windowed};
use crate::compiler::emit::price;

/// One pass for each tap of the pooling window. All but the first have the pooled result as residual operand, and the last one
/// applies the table of `whole`.
fn taps<'a>(whole: &Windowed<'a>, pool: &MaxPool) -> Vec<Windowed<'a>> {
    let [rows, columns] = pool.window.kernel;
    let places = (0..rows).flat_map(|y| (0..columns).map(move |x| [y, x]));
    let mut passes: Vec<Windowed<'a>> = places.map(|place| tap(whole, pool, place)).collect();
    if let Some(last) = passes.last_mut() {
        last.table = whole.table;
    }
    passes
}

fn tap<'a>(whole: &Windowed<'a>, pool: &MaxPool, tap: [usize; 2]) -> Windowed<'a> {
    let (window, mut geometry) = (&pool.window, whole.geometry);
    for (axis, place) in tap.into_iter().enumerate() {
        let results = place * window.dilation[axis];
        geometry.origin[axis] += (results * whole.geometry.stride[axis]) as i64;
        geometry.stride[axis] *= window.stride[axis];
    }
    let before = Rescale {
        zero: whole.zero,
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

impl<'a> Lowering<'a> {
    /// Lowers a convolution and the pooling behind it together, if that takes no longer than one after the other. The output of
    /// `conv` is where its results would be stored ([`Self::unstored`]).
    pub(super) fn conv_and_pool(&mut self, conv: &Windowed<'a>) -> Result<bool, CompileError> {
        let Some(behind) = self.uses.fused_pool[self.layer] else {
            return Ok(false);
        };
        let next = &self.graph.layers[behind];
        let LayerOp::MaxPool(pool) = &next.op else {
            return Err(self.internal("a fused pooling that is none"));
        };
        let (target, table) = self.target_of(behind, next)?;
        let output = self.output_view(target)?;
        let whole = Windowed {
            output: output.clone(),
            table,
            ..conv.clone()
        };
        let passes = taps(&whole, pool);
        let together = passes.iter().map(|pass| price(pass, self.arch));
        let buffer = output.buffer;
        let alone = maximum(self.layer, pool, conv.output.clone(), output, table);
        let apart = price(conv, self.arch).saturating_add(price(&alone, self.arch));
        if together.fold(0, u64::saturating_add) > apart
            || self.arch.lean
            || !self.banks.separate(buffer, conv.input.buffer)
        {
            self.uses.fused_pool[self.layer] = None;
            return Ok(false);
        }
        passes.iter().try_for_each(|pass| self.emit(pass))?;
        Ok(true)
    }

    /// Where the results of a layer would lie if they were stored by themselves; no buffer is made for them.
    pub(super) fn unstored(&self, layer: &Layer) -> View {
        let shape = self.tensor(layer.output).shape;
        View::packed(usize::MAX, shape, self.padded(shape.c))
    }
}
