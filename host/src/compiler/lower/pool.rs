//! Pooling layers.

use systole_quant::integer::{AveragePool, Layer, MaxPool, Multiplier, Window};

use super::{CompileError, Geometry, Kernel, Lowering, ONE, View, Windowed};
use crate::program::Parameter;

/// Consecutive output rows or columns whose windows have the same number of taps inside the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    start: usize,
    count: usize,
    taps: usize,
}

fn segments(
    window: &Window,
    axis: usize,
    size: usize,
    outputs: usize,
    whole_kernel: bool,
) -> Vec<Segment> {
    let mut found: Vec<Segment> = Vec::new();
    for position in 0..outputs {
        let taps = if whole_kernel {
            window.kernel[axis]
        } else {
            window.taps_inside(axis, position, size)
        };
        match found.last_mut() {
            Some(last) if last.taps == taps => last.count += 1,
            _ => found.push(Segment {
                start: position,
                count: 1,
                taps,
            }),
        }
    }
    found
}

/// Max pooling as a windowed operation of its own.
pub(super) fn maximum(
    layer: usize,
    pool: &MaxPool,
    input: View,
    output: View,
    table: Option<usize>,
) -> Windowed<'static> {
    Windowed {
        layer,
        geometry: Geometry::of(&pool.window),
        kernel: Kernel::Max,
        input,
        output,
        residual: None,
        residual_max: false,
        parameters: vec![Parameter {
            bias: 0,
            m: ONE.m,
            s: ONE.s,
        }],
        fill: i8::MIN,
        zero: 0,
        clamp: [i8::MIN, i8::MAX],
        table,
    }
}

impl<'a> Lowering<'a> {
    pub(super) fn max_pool(
        &mut self,
        layer: &'a Layer,
        pool: &MaxPool,
    ) -> Result<(), CompileError> {
        if self.uses.fused_pool.contains(&Some(self.layer)) {
            return Ok(());
        }
        let input = self.gathered(layer.inputs[0])?;
        let (target, table) = self.target(layer)?;
        let output = self.output_view(target)?;
        self.emit(&maximum(self.layer, pool, input, output, table))
    }

    /// One pass for each rectangle of outputs with the same divisor. Elements outside hold the zero point, and the
    /// bias takes the zero point of every tap away again, so that they add exactly nothing (numerics, section 5).
    pub(super) fn average_pool(
        &mut self,
        layer: &'a Layer,
        pool: &AveragePool,
    ) -> Result<(), CompileError> {
        let input = self.gathered(layer.inputs[0])?;
        let (target, table) = self.target(layer)?;
        let output = self.output_view(target)?;
        let (window, all) = (&pool.window, pool.count_include_pad);
        let rows = segments(window, 0, input.shape.h, output.shape.h, all);
        let columns = segments(window, 1, input.shape.w, output.shape.w, all);
        let x = self.tensor(layer.inputs[0]);
        let taps = (window.kernel[0] * window.kernel[1]) as i64;
        for (r, c) in rows
            .iter()
            .flat_map(|r| columns.iter().map(move |c| (r, c)))
        {
            let mut geometry = Geometry::of(window);
            geometry.origin[0] += (r.start * window.stride[0]) as i64;
            geometry.origin[1] += (c.start * window.stride[1]) as i64;
            let found = pool.multipliers.iter().find(|(n, _)| *n == r.taps * c.taps);
            let by = found.map_or(Multiplier { m: 0, s: 8 }, |(_, by)| *by);
            let op = Windowed {
                layer: self.layer,
                geometry,
                kernel: Kernel::Ones,
                input: input.clone(),
                output: output.window(r.start, c.start, r.count, c.count),
                residual: None,
                residual_max: false,
                parameters: vec![Parameter {
                    bias: -taps * i64::from(x.zero),
                    m: by.m,
                    s: by.s,
                }],
                fill: x.zero,
                zero: self.tensor(layer.output).zero,
                clamp: pool.clamp,
                table,
            };
            self.emit(&op)?;
        }
        Ok(())
    }
}
