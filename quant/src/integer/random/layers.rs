//! One random layer of each kind.

use super::Builder;
use crate::integer::{
    AveragePool, Concat, Conv, LayerOp, MaxPool, Multiplier, Pad, Rescale, Shape, TensorId, Window,
    average_divisors,
};
use crate::numerics::{ACCUMULATOR_LIMIT, accumulator_bound};

/// What to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Conv,
    Depthwise,
    Grouped,
    Residual,
    FullyConnected,
    MaxPool,
    AveragePool,
    GlobalAveragePool,
    Add,
    Concat,
    Pad,
    Table,
    Requantize,
    Reshape,
    Slice,
    Lstm,
    Gru,
    /// The reset gate before the recurrent product.
    GruResetFirst,
    Rnn,
    RnnRelu,
}

impl Kind {
    /// Kinds of sequences. They are not in [`Kind::ALL`], because only the CPU references know them.
    pub const SEQUENCE: [Self; 6] = [
        Self::Slice,
        Self::Lstm,
        Self::Gru,
        Self::GruResetFirst,
        Self::Rnn,
        Self::RnnRelu,
    ];

    /// All kinds that every device computes.
    pub const ALL: [Self; 14] = [
        Self::Conv,
        Self::Depthwise,
        Self::Grouped,
        Self::Residual,
        Self::FullyConnected,
        Self::MaxPool,
        Self::AveragePool,
        Self::GlobalAveragePool,
        Self::Add,
        Self::Concat,
        Self::Pad,
        Self::Table,
        Self::Requantize,
        Self::Reshape,
    ];
}

impl Builder {
    pub(super) fn layer(&mut self, kind: Kind) {
        match kind {
            Kind::Conv | Kind::Residual => self.convolution(1, kind == Kind::Residual),
            Kind::Depthwise => self.depthwise(),
            Kind::Grouped => self.grouped(),
            Kind::FullyConnected => self.fully_connected(),
            Kind::MaxPool => self.max_pool(),
            Kind::AveragePool => self.average_pool(),
            Kind::GlobalAveragePool => self.global_average_pool(),
            Kind::Add => self.add(),
            Kind::Concat => self.concat(),
            Kind::Pad => self.pad(),
            Kind::Table => self.table(),
            Kind::Requantize => self.requantize(),
            Kind::Reshape => self.reshape(),
            Kind::Slice => self.slice(),
            Kind::Lstm | Kind::Gru | Kind::GruResetFirst | Kind::Rnn | Kind::RnnRelu => {
                self.recurrent(kind);
            }
        }
    }

    fn convolution(&mut self, groups: usize, residual: bool) {
        let x = self.operand();
        let outputs = self.random.between(1, 20);
        let window = self.window(self.shape_of(x));
        self.conv(x, window, groups, outputs, residual);
    }

    fn depthwise(&mut self) {
        let x = self.operand();
        let (window, channels) = (self.window(self.shape_of(x)), self.shape_of(x).c);
        let factor = self.random.between(1, 2);
        self.conv(x, window, channels, channels * factor, false);
    }

    fn grouped(&mut self) {
        let (groups, depth) = (self.random.between(2, 4), self.random.between(1, 5));
        let shape = Shape {
            c: groups * depth,
            ..self.shape()
        };
        let (x, window) = (self.operand_of(shape), self.window(shape));
        let (outputs, residual) = (groups * self.random.between(1, 5), self.random.one_in(3));
        self.conv(x, window, groups, outputs, residual);
    }

    fn fully_connected(&mut self) {
        let x = self.operand();
        let outputs = self.random.between(1, 40);
        self.conv(x, Window::whole(self.shape_of(x)), 1, outputs, false);
    }

    fn conv(&mut self, x: TensorId, window: Window, groups: usize, outputs: usize, residual: bool) {
        let shape = self.shape_of(x);
        let Some([h, w]) = window.output(shape.h, shape.w) else {
            return;
        };
        let result = Shape::new(h, w, outputs);
        let r = residual.then(|| self.operand_of(result));
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
        let residual = r.map(|r| self.rescale(r));
        let conv = Conv {
            window,
            groups,
            weights,
            bias,
            multipliers,
            clamp: self.clamp(),
            residual,
        };
        let y = self.tensor(result);
        self.push(
            LayerOp::Conv(conv),
            std::iter::once(x).chain(r).collect(),
            y,
        );
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

    /// A window that fits, with any stride, dilation and unequal padding, some of it beyond the kernel.
    fn window(&mut self, image: Shape) -> Window {
        loop {
            let r = &mut self.random;
            let window = Window {
                kernel: [r.between(1, 4), r.between(1, 4)],
                stride: [r.between(1, 3), r.between(1, 3)],
                dilation: if r.one_in(3) {
                    [r.between(1, 3), r.between(1, 3)]
                } else {
                    [1, 1]
                },
                pads: if r.one_in(3) {
                    [0; 4]
                } else {
                    [0; 4].map(|_| r.between(0, 3))
                },
            };
            if window.output(image.h, image.w).is_some() {
                return window;
            }
        }
    }

    /// A window of which every position touches the image.
    fn pool_window(&mut self, image: Shape) -> Window {
        loop {
            let window = self.window(image);
            let touches =
                |axis, size, count| (0..count).all(|p| window.taps_inside(axis, p, size) > 0);
            match window.output(image.h, image.w) {
                Some([h, w]) if touches(0, image.h, h) && touches(1, image.w, w) => return window,
                _ => {}
            }
        }
    }

    fn max_pool(&mut self) {
        let x = self.operand();
        let window = self.pool_window(self.shape_of(x));
        self.windowed(x, window, LayerOp::MaxPool(MaxPool { window }), true);
    }

    fn average_pool(&mut self) {
        let x = self.operand();
        let window = self.pool_window(self.shape_of(x));
        let count_include_pad = self.random.one_in(3);
        self.average(x, window, count_include_pad);
    }

    fn global_average_pool(&mut self) {
        let x = self.operand();
        self.average(x, Window::whole(self.shape_of(x)), false);
    }

    fn average(&mut self, x: TensorId, window: Window, count_include_pad: bool) {
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
        self.windowed(x, window, LayerOp::AveragePool(op), false);
    }

    fn windowed(&mut self, x: TensorId, window: Window, op: LayerOp, same_scale: bool) {
        let shape = self.shape_of(x);
        if let Some([h, w]) = window.output(shape.h, shape.w) {
            let y = self.tensor(Shape::new(h, w, shape.c));
            if same_scale {
                self.copy_scale(x, y);
            }
            self.push(op, vec![x], y);
        }
    }

    pub(super) fn copy_scale(&mut self, from: TensorId, to: TensorId) {
        let (scale, zero) = (
            self.graph.tensors[from].scale,
            self.graph.tensors[from].zero,
        );
        (self.graph.tensors[to].scale, self.graph.tensors[to].zero) = (scale, zero);
    }

    fn add(&mut self) {
        let a = self.operand();
        let b = self.operand_of(self.shape_of(a));
        let op = LayerOp::Add {
            rescale: [self.rescale(a), self.rescale(b)],
            clamp: self.clamp(),
        };
        let y = self.tensor(self.shape_of(a));
        self.push(op, vec![a, b], y);
    }

    /// The first operand exists; the others are inputs with its scale.
    fn concat(&mut self) {
        let (first, axis) = (self.operand(), self.random.between(0, 2));
        let mut shape = self.shape_of(first);
        let mut operands = vec![first];
        for _ in 0..self.random.between(0, 2) {
            let extra = self.random.between(1, 7);
            let mut extents = [shape.h, shape.w, shape.c];
            extents[axis] = extra;
            let operand = self.input(Shape::new(extents[0], extents[1], extents[2]));
            self.copy_scale(first, operand);
            operands.push(operand);
        }
        let extent = |id: &TensorId| {
            [
                self.shape_of(*id).h,
                self.shape_of(*id).w,
                self.shape_of(*id).c,
            ][axis]
        };
        let sum = operands.iter().map(extent).sum();
        *[&mut shape.h, &mut shape.w, &mut shape.c][axis] = sum;
        let y = self.tensor(shape);
        self.copy_scale(first, y);
        self.push(LayerOp::Concat(Concat { axis }), operands, y);
    }

    fn pad(&mut self) {
        let x = self.operand();
        let (pads, shape) = ([0; 4].map(|_| self.random.between(0, 3)), self.shape_of(x));
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
    }

    fn table(&mut self) {
        let x = self.operand();
        let table = (0..256).map(|_| self.random.byte()).collect();
        let y = self.tensor(self.shape_of(x));
        self.push(LayerOp::Table(table), vec![x], y);
    }

    fn requantize(&mut self) {
        let x = self.operand();
        let op = LayerOp::Requantize {
            rescale: self.rescale(x),
            clamp: self.clamp(),
        };
        let y = self.tensor(self.shape_of(x));
        self.push(op, vec![x], y);
    }

    fn reshape(&mut self) {
        let x = self.operand();
        let shape = self.shape_of(x);
        let shapes = [
            Shape::vector(shape.elements()),
            Shape::new(1, shape.h * shape.w, shape.c),
            Shape::new(shape.h * shape.w, 1, shape.c),
            Shape::new(shape.w, shape.h, shape.c),
        ];
        let result = *self.random.pick(&shapes);
        let y = self.tensor(result);
        self.copy_scale(x, y);
        self.push(LayerOp::Reshape, vec![x], y);
    }
}
