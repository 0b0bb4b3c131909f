//! Convolutions and element-wise layers.

use systole_quant::integer::{Conv, Layer, Pad, Rescale, Window};

use super::{CompileError, Geometry, Kernel, Lowering, PointWise, Windowed};
use crate::program::Parameter;

impl Geometry {
    /// The geometry of a window at the first output.
    pub(super) fn of(window: &Window) -> Self {
        let Window {
            kernel,
            stride,
            dilation,
            pads,
        } = *window;
        Self {
            kernel,
            stride,
            dilation,
            origin: [-(pads[0] as i64), -(pads[1] as i64)],
        }
    }
}

impl<'a> Lowering<'a> {
    pub(super) fn conv(&mut self, layer: &'a Layer, conv: &'a Conv) -> Result<(), CompileError> {
        let x = layer.inputs[0];
        let dense = conv.groups == 1;
        let input = if dense {
            self.view(x)?
        } else {
            self.gathered(x)?
        };
        let residual = match (conv.residual, layer.inputs.get(1)) {
            (Some(by), Some(&id)) => Some((self.residual(id, &input)?, by, id)),
            _ => None,
        };
        let parameter = |(&bias, by): (&i64, &systole_quant::integer::Multiplier)| Parameter {
            bias,
            m: by.m,
            s: by.s,
        };
        let mut op = Windowed {
            layer: self.layer,
            geometry: Geometry::of(&conv.window),
            kernel: Kernel::Dense {
                weights: &conv.weights,
                groups: conv.groups,
            },
            input,
            output: self.unstored(layer),
            residual: residual.as_ref().map(|(view, by, _)| (view.clone(), *by)),
            residual_max: false,
            parameters: conv
                .bias
                .iter()
                .zip(&conv.multipliers)
                .map(parameter)
                .collect(),
            fill: self.tensor(x).zero,
            zero: self.tensor(layer.output).zero,
            clamp: conv.clamp,
            table: None,
        };
        if self.conv_and_pool(&op)? {
            return Ok(());
        }
        let (target, table) = self.target(layer)?;
        if let Some((view, _, id)) = residual {
            self.reuse(target, id, &view);
        }
        op.output = self.output_view(target)?;
        op.table = table;
        self.emit(&op)
    }

    /// The second operand is read as a residual operand.
    pub(super) fn add(
        &mut self,
        layer: &'a Layer,
        by: [Rescale; 2],
        clamp: [i8; 2],
    ) -> Result<(), CompileError> {
        let (a, b) = (layer.inputs[0], layer.inputs[1]);
        let input = self.gathered(a)?;
        let view = self.residual(b, &input)?;
        let (target, table) = self.target(layer)?;
        if a != b {
            self.reuse(target, b, &view);
        }
        let output = self.output_view(target)?;
        let zero = self.tensor(layer.output).zero;
        let residual = Some((view, by[1]));
        let how = PointWise {
            parameter: rescaled(by[0]),
            residual,
            zero,
            clamp,
            table,
            ..PointWise::COPY
        };
        self.point_wise(input, output, how)
    }

    pub(super) fn requantize(
        &mut self,
        layer: &'a Layer,
        by: Rescale,
        clamp: [i8; 2],
    ) -> Result<(), CompileError> {
        let input = self.gathered(layer.inputs[0])?;
        let (target, table) = self.target(layer)?;
        let output = self.output_view(target)?;
        let zero = self.tensor(layer.output).zero;
        self.point_wise(
            input,
            output,
            PointWise {
                parameter: rescaled(by),
                zero,
                clamp,
                table,
                ..PointWise::COPY
            },
        )
    }

    /// Nothing to do if the layer before applies the table.
    pub(super) fn table(&mut self, layer: &'a Layer, table: &[i8]) -> Result<(), CompileError> {
        if self.uses.fused_table.contains(&Some(self.layer)) {
            return Ok(());
        }
        let input = self.gathered(layer.inputs[0])?;
        let slot = self.constants.add_table(table, self.name())?;
        let output = self.output_view(layer.output)?;
        self.point_wise(
            input,
            output,
            PointWise {
                table: Some(slot),
                ..PointWise::COPY
            },
        )
    }

    pub(super) fn pad(&mut self, layer: &'a Layer, pad: Pad) -> Result<(), CompileError> {
        let input = self.gathered(layer.inputs[0])?;
        let (target, table) = self.target(layer)?;
        let output = self.output_view(target)?;
        let geometry = Geometry {
            origin: [-(pad.pads[0] as i64), -(pad.pads[1] as i64)],
            ..Geometry::POINT
        };
        self.point_wise(
            input,
            output,
            PointWise {
                geometry,
                fill: pad.value,
                table,
                ..PointWise::COPY
            },
        )
    }
}

/// `scale(q - zero)`: the zero point goes into the bias.
fn rescaled(by: Rescale) -> Parameter {
    Parameter {
        bias: -i64::from(by.zero),
        m: by.multiplier.m,
        s: by.multiplier.s,
    }
}
