//! One random layer of each kind.

use super::{Builder, Random};
use crate::integer::{Shape, TensorId, Window};

/// What to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Conv,
    /// A convolution and the maximum of its results, most often over windows side by side.
    ConvAndPool,
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
    pub const ALL: [Self; 15] = [
        Self::Conv,
        Self::ConvAndPool,
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
            Kind::ConvAndPool => self.conv_and_pool(),
            Kind::Depthwise => self.depthwise(),
            Kind::Grouped => self.grouped(),
            Kind::FullyConnected => self.fully_connected(),
            Kind::MaxPool => self.draw_max_pool(),
            Kind::AveragePool => self.draw_average_pool(),
            Kind::GlobalAveragePool => self.draw_global_average_pool(),
            Kind::Add => self.draw_add(),
            Kind::Concat => self.draw_concat(),
            Kind::Pad => self.draw_pad(),
            Kind::Table => self.draw_table(),
            Kind::Requantize => self.draw_requantize(),
            Kind::Reshape => self.draw_reshape(),
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
        self.draw_conv(x, window, groups, outputs, residual);
    }

    fn depthwise(&mut self) {
        let x = self.operand();
        let (window, channels) = (self.window(self.shape_of(x)), self.shape_of(x).c);
        let factor = self.random.between(1, 2);
        self.draw_conv(x, window, channels, channels * factor, false);
    }

    fn grouped(&mut self) {
        let (groups, depth) = (self.random.between(2, 4), self.random.between(1, 5));
        let shape = Shape {
            c: groups * depth,
            ..self.shape()
        };
        let (x, window) = (self.operand_of(shape), self.window(shape));
        let (outputs, residual) = (groups * self.random.between(1, 5), self.random.one_in(3));
        self.draw_conv(x, window, groups, outputs, residual);
    }

    fn fully_connected(&mut self) {
        let x = self.operand();
        let outputs = self.random.between(1, 40);
        self.draw_conv(x, Window::whole(self.shape_of(x)), 1, outputs, false);
    }

    fn conv_and_pool(&mut self) {
        let x = self.operand();
        let (window, channels) = (self.window(self.shape_of(x)), self.shape_of(x).c);
        let groups = if self.random.one_in(4) { channels } else { 1 };
        let outputs = groups * self.random.between(1, if groups == 1 { 20 } else { 2 });
        let Some(y) = self.conv(x, window, groups, outputs, None) else {
            return;
        };
        let image = self.shape_of(y);
        let window = if self.random.one_in(3) {
            self.pool_window(image)
        } else {
            let side = |r: &mut Random, size: usize| r.between(1, size.min(3));
            let kernel = [
                side(&mut self.random, image.h),
                side(&mut self.random, image.w),
            ];
            Window {
                kernel,
                stride: kernel,
                dilation: [1, 1],
                pads: [0; 4],
            }
        };
        if let Some(pooled) = self.max_pool(y, window)
            && self.random.one_in(4)
        {
            self.table(pooled);
        }
    }

    fn draw_conv(
        &mut self,
        x: TensorId,
        window: Window,
        groups: usize,
        outputs: usize,
        residual: bool,
    ) {
        let shape = self.shape_of(x);
        if let Some([h, w]) = window.output(shape.h, shape.w) {
            let r = residual.then(|| self.operand_of(Shape::new(h, w, outputs)));
            self.conv(x, window, groups, outputs, r);
        }
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

    fn draw_max_pool(&mut self) {
        let x = self.operand();
        let window = self.pool_window(self.shape_of(x));
        self.max_pool(x, window);
    }

    fn draw_average_pool(&mut self) {
        let x = self.operand();
        let window = self.pool_window(self.shape_of(x));
        let count_include_pad = self.random.one_in(3);
        self.average_pool(x, window, count_include_pad);
    }

    fn draw_global_average_pool(&mut self) {
        let x = self.operand();
        self.average_pool(x, Window::whole(self.shape_of(x)), false);
    }

    fn draw_add(&mut self) {
        let a = self.operand();
        let b = self.operand_of(self.shape_of(a));
        self.add(a, b);
    }

    /// The first operand exists; the others are inputs.
    fn draw_concat(&mut self) {
        let (first, axis) = (self.operand(), self.random.between(0, 2));
        let mut operands = vec![first];
        for _ in 0..self.random.between(0, 2) {
            let mut shape = self.shape_of(first);
            *[&mut shape.h, &mut shape.w, &mut shape.c][axis] = self.random.between(1, 7);
            operands.push(self.input(shape));
        }
        self.concat(&operands, axis);
    }

    fn draw_pad(&mut self) {
        let (x, pads) = (self.operand(), [0; 4].map(|_| self.random.between(0, 3)));
        self.pad(x, pads);
    }

    fn draw_table(&mut self) {
        let x = self.operand();
        self.table(x);
    }

    fn draw_requantize(&mut self) {
        let x = self.operand();
        self.requantize(x);
    }

    fn draw_reshape(&mut self) {
        let x = self.operand();
        let shape = self.shape_of(x);
        let shapes = [
            Shape::vector(shape.elements()),
            Shape::new(1, shape.h * shape.w, shape.c),
            Shape::new(shape.h * shape.w, 1, shape.c),
            Shape::new(shape.w, shape.h, shape.c),
        ];
        let result = *self.random.pick(&shapes);
        self.reshape(x, result);
    }
}
