//! One layer of a given form with random numbers in it: weights, biases, multipliers, zero points, tables.

use super::Builder;
use crate::integer::{
    AveragePool, Concat, Conv, LayerOp, MaxPool, Multiplier, Pad, Rescale, Shape, TensorId, Window,
    average_divisors,
};
use crate::numerics::{ACCUMULATOR_LIMIT, accumulator_bound};

/// Each of these appends one layer and returns its tensor; `None` if the window does not fit its operand.
impl Builder {
    /// A convolution of `groups` groups with `outputs` channels, with a residual operand if one is given.
    pub fn conv(
        &mut self,
        x: TensorId,
        window: Window,
        groups: usize,
        outputs: usize,
        residual: Option<TensorId>,
    ) -> Option<TensorId> {
        let shape = self.shape_of(x);
        let [h, w] = window.output(shape.h, shape.w)?;
        let per_output = window.kernel[0] * window.kernel[1] * shape.c / groups;
        let weights: Vec<i8> = (0..per_output * outputs)
            .map(|_| self.random.weight())
            .collect();
        let bias = weights
            .chunks_exact(per_output)
            .map(|weights| self.bias(weights))
            .collect();
        let multipliers = (0..outputs)
            .map(|_| self.conv_multiplier(per_output))
            .collect();
        let rescale = residual.map(|r| self.rescale(r));
        let conv = Conv {
            window,
            groups,
            weights,
            bias,
            multipliers,
            clamp: self.clamp(),
            residual: rescale,
        };
        let y = self.tensor(Shape::new(h, w, outputs));
        let inputs = std::iter::once(x).chain(residual).collect();
        self.push(LayerOp::Conv(conv), inputs, y);
        Some(y)
    }

    /// Maximum pooling.
    pub fn max_pool(&mut self, x: TensorId, window: Window) -> Option<TensorId> {
        let y = self.windowed(x, window, LayerOp::MaxPool(MaxPool { window }))?;
        self.copy_scale(x, y);
        Some(y)
    }

    /// Average pooling, a multiplier for each divisor.
    pub fn average_pool(
        &mut self,
        x: TensorId,
        window: Window,
        count_include_pad: bool,
    ) -> Option<TensorId> {
        let divisors = average_divisors(&window, self.shape_of(x), count_include_pad);
        let draw = |n: usize| {
            (
                n,
                Multiplier {
                    m: self.mantissa(),
                    s: 15 + n.ilog2() as u8,
                },
            )
        };
        let multipliers = divisors.into_iter().map(draw).collect();
        let op = AveragePool {
            window,
            count_include_pad,
            multipliers,
            clamp: self.clamp(),
        };
        self.windowed(x, window, LayerOp::AveragePool(op))
    }

    /// A sum of two tensors of one shape.
    pub fn add(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let op = LayerOp::Add {
            rescale: [self.rescale(a), self.rescale(b)],
            clamp: self.clamp(),
        };
        let y = self.tensor(self.shape_of(a));
        self.push(op, vec![a, b], y);
        y
    }

    /// Operands side by side along `axis` (0 height, 1 width, 2 channels); inputs among them get the scale of the first one.
    pub fn concat(&mut self, operands: &[TensorId], axis: usize) -> TensorId {
        let first = operands[0];
        let extent = |shape: Shape| [shape.h, shape.w, shape.c][axis];
        let sum = operands.iter().map(|&id| extent(self.shape_of(id))).sum();
        let mut shape = self.shape_of(first);
        *[&mut shape.h, &mut shape.w, &mut shape.c][axis] = sum;
        for &operand in operands {
            self.copy_scale(first, operand);
        }
        let y = self.tensor(shape);
        self.copy_scale(first, y);
        self.push(LayerOp::Concat(Concat { axis }), operands.to_vec(), y);
        y
    }

    /// Padding, most often with the zero point.
    pub fn pad(&mut self, x: TensorId, pads: [usize; 4]) -> TensorId {
        let shape = self.shape_of(x);
        let y = self.tensor(Shape::new(
            shape.h + pads[0] + pads[2],
            shape.w + pads[1] + pads[3],
            shape.c,
        ));
        self.copy_scale(x, y);
        let value = if self.random.one_in(4) {
            self.random.byte()
        } else {
            self.graph.tensors[x].zero
        };
        self.push(LayerOp::Pad(Pad { pads, value }), vec![x], y);
        y
    }

    /// Any function of one byte.
    pub fn table(&mut self, x: TensorId) -> TensorId {
        let table = (0..256).map(|_| self.random.byte()).collect();
        let y = self.tensor(self.shape_of(x));
        self.push(LayerOp::Table(table), vec![x], y);
        y
    }

    /// A change of scale.
    pub fn requantize(&mut self, x: TensorId) -> TensorId {
        let op = LayerOp::Requantize {
            rescale: self.rescale(x),
            clamp: self.clamp(),
        };
        let y = self.tensor(self.shape_of(x));
        self.push(op, vec![x], y);
        y
    }

    /// The same elements in another shape.
    pub fn reshape(&mut self, x: TensorId, shape: Shape) -> TensorId {
        let y = self.tensor(shape);
        self.copy_scale(x, y);
        self.push(LayerOp::Reshape, vec![x], y);
        y
    }

    fn windowed(&mut self, x: TensorId, window: Window, op: LayerOp) -> Option<TensorId> {
        let shape = self.shape_of(x);
        let [h, w] = window.output(shape.h, shape.w)?;
        let y = self.tensor(Shape::new(h, w, shape.c));
        self.push(op, vec![x], y);
        Some(y)
    }

    pub(super) fn copy_scale(&mut self, from: TensorId, to: TensorId) {
        let (scale, zero) = (
            self.graph.tensors[from].scale,
            self.graph.tensors[from].zero,
        );
        (self.graph.tensors[to].scale, self.graph.tensors[to].zero) = (scale, zero);
    }

    /// Mostly small; sometimes the largest that section 4 allows, of either sign.
    fn bias(&mut self, weights: &[i8]) -> i64 {
        if !self.random.one_in(16) {
            return self.random.signed(-20_000, 20_000);
        }
        let largest = ACCUMULATOR_LIMIT - 1 - accumulator_bound(0, weights) as i64;
        if self.random.one_in(2) {
            largest
        } else {
            -largest
        }
    }

    /// Brings typical accumulators into the range of int8; now and then anything that can be encoded.
    fn conv_multiplier(&mut self, products: usize) -> Multiplier {
        let half_log = products.ilog2() as u8 / 2;
        let m = self.mantissa();
        match self.random.between(0, 15) {
            0 => Multiplier {
                m,
                s: self.random.between(8, 55) as u8,
            },
            1 => Multiplier::ZERO,
            _ => Multiplier {
                m,
                s: 22 + half_log + self.random.between(0, 4) as u8,
            },
        }
    }

    pub(super) fn mantissa(&mut self) -> u16 {
        match self.random.between(0, 7) {
            0 => 1 << 15,
            1 => u16::MAX,
            _ => self.random.between(1 << 15, 65_535) as u16,
        }
    }

    fn rescale(&mut self, operand: TensorId) -> Rescale {
        let zero = self.graph.tensors[operand].zero;
        let s = if self.random.one_in(8) {
            self.random.between(8, 55)
        } else {
            self.random.between(14, 18)
        };
        Rescale {
            multiplier: Multiplier {
                m: self.mantissa(),
                s: s as u8,
            },
            zero,
        }
    }

    fn clamp(&mut self) -> [i8; 2] {
        if self.random.one_in(2) {
            return [i8::MIN, i8::MAX];
        }
        let (a, b) = (self.random.byte(), self.random.byte());
        [a.min(b), a.max(b)]
    }
}
