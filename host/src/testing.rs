//! Networks and configurations for tests: shapes of real networks with random weights, and assorted array sizes.
//!
//! The conformance tests of all devices draw from here, so that a failure on one of them is repeated on the others.

use systole_arch::{Arch, Multipliers};
use systole_quant::integer::random::Random;
use systole_quant::integer::{
    AveragePool, Cell, Concat, Conv, GateSums, HIDDEN_SCALE, InputLayout, IntGraph, IntTensor,
    Layer, LayerOp, MaxPool, Multiplier, Recurrent, RecurrentState, Rescale, Shape, StepAxis,
    TensorId, Window,
};

/// A configuration with room for small test networks: `rows`, `cols`, `lanes` as given, everything else ample.
#[must_use]
pub fn roomy(rows: usize, cols: usize, lanes: usize) -> Arch {
    Arch {
        name: format!("{rows}x{cols}p{lanes}"),
        rows,
        cols,
        lanes,
        weight_depth: 4096,
        banks: 2,
        bank_words: (1 << 16) / rows,
        param_rows: 4096,
        table_slots: 8,
        program_words: 16384,
        recurrent_units: 256,
        multipliers: Multipliers::Generic,
        lean: false,
    }
}

/// Array sizes for conformance tests: square and not, one lane to eight.
pub const SIZES: [(usize, usize, usize); 14] = [
    (2, 2, 1),
    (2, 2, 2),
    (4, 2, 2),
    (2, 4, 1),
    (4, 4, 1),
    (4, 4, 4),
    (8, 4, 2),
    (4, 8, 4),
    (8, 8, 4),
    (8, 12, 4),
    (16, 8, 4),
    (8, 16, 8),
    (16, 16, 8),
    (32, 16, 2),
];

/// A graph under construction, layer after layer, with random weights.
pub struct Network {
    graph: IntGraph,
    random: Random,
}

impl Network {
    /// An empty network with one input.
    #[must_use]
    pub fn new(name: &str, input: Shape, seed: u64) -> (Self, TensorId) {
        let graph = IntGraph {
            name: name.into(),
            tensors: Vec::new(),
            layers: Vec::new(),
            inputs: vec![0],
            input_layouts: vec![InputLayout::of(input)],
            outputs: Vec::new(),
            host_ops: vec![Vec::new()],
        };
        let mut network = Self {
            graph,
            random: Random::new(seed),
        };
        let input = network.tensor(input);
        (network, input)
    }

    /// The graph with one output.
    #[must_use]
    pub fn finish(mut self, output: TensorId) -> IntGraph {
        self.graph.outputs = vec![output];
        self.graph
    }

    fn tensor(&mut self, shape: Shape) -> TensorId {
        let id = self.graph.tensors.len();
        let zero = self.random.signed(-20, 20) as i8;
        self.graph.tensors.push(IntTensor {
            name: format!("t{id}"),
            shape,
            scale: 0.05,
            zero,
        });
        id
    }

    fn shape(&self, id: TensorId) -> Shape {
        self.graph.tensors[id].shape
    }

    fn push(&mut self, op: LayerOp, inputs: Vec<TensorId>, shape: Shape) -> TensorId {
        let output = self.tensor(shape);
        let name = format!("{}{}", op.name(), self.graph.layers.len());
        self.graph.layers.push(Layer {
            name,
            op,
            inputs,
            output,
        });
        output
    }

    /// A convolution with random weights and multipliers that keep results in range.
    pub fn conv(
        &mut self,
        x: TensorId,
        outputs: usize,
        window: Window,
        residual: Option<TensorId>,
    ) -> TensorId {
        let input = self.shape(x);
        let [h, w] = window.output(input.h, input.w).unwrap_or([1, 1]);
        let products = window.kernel[0] * window.kernel[1] * input.c;
        let s = 24 + products.ilog2() as u8 / 2;
        let by = residual.map(|r| Rescale {
            multiplier: Multiplier { m: 40_000, s: 16 },
            zero: self.graph.tensors[r].zero,
        });
        let random = &mut self.random;
        let conv = Conv {
            window,
            groups: 1,
            weights: (0..outputs * products).map(|_| random.weight()).collect(),
            bias: (0..outputs).map(|_| random.signed(-5000, 5000)).collect(),
            multipliers: (0..outputs)
                .map(|_| Multiplier {
                    m: random.between(1 << 15, 65_535) as u16,
                    s,
                })
                .collect(),
            clamp: [-100, 127],
            residual: by,
        };
        let inputs = std::iter::once(x).chain(residual).collect();
        self.push(LayerOp::Conv(conv), inputs, Shape::new(h, w, outputs))
    }

    /// A recurrent layer over the rows of `x`.
    pub fn recurrent(&mut self, x: TensorId, cell: Cell, hidden: usize, reverse: bool) -> TensorId {
        let shape = self.shape(x);
        let rows = cell.gates() * hidden;
        let input = self.gate_sums(rows, shape.w * shape.c);
        let recurrent = self.gate_sums(rows, hidden);
        let op = Recurrent {
            cell,
            steps: StepAxis::Rows,
            reverse,
            hidden,
            hidden_bits: 8,
            input,
            recurrent,
            initial: RecurrentState::zero(cell, hidden),
        };
        let y = self.push(
            LayerOp::Recurrent(op),
            vec![x],
            Shape::new(shape.h, 1, hidden),
        );
        (self.graph.tensors[y].zero, self.graph.tensors[y].scale) = (0, HIDDEN_SCALE);
        y
    }

    fn gate_sums(&mut self, rows: usize, columns: usize) -> GateSums {
        let s = 14 + columns.ilog2() as u8 / 2;
        let random = &mut self.random;
        GateSums {
            weights: (0..rows * columns).map(|_| random.weight()).collect(),
            bias: (0..rows).map(|_| random.signed(-5000, 5000)).collect(),
            multipliers: (0..rows)
                .map(|_| Multiplier {
                    m: random.between(1 << 15, 65_535) as u16,
                    s,
                })
                .collect(),
        }
    }

    /// Channels of two sequences side by side.
    pub fn concat(&mut self, parts: [TensorId; 2]) -> TensorId {
        let [a, b] = parts.map(|id| self.shape(id));
        let shape = Shape { c: a.c + b.c, ..a };
        let y = self.push(LayerOp::Concat(Concat { axis: 2 }), parts.to_vec(), shape);
        (self.graph.tensors[y].zero, self.graph.tensors[y].scale) = (0, HIDDEN_SCALE);
        y
    }

    /// 2x2 maximum pooling with stride 2.
    pub fn max_pool(&mut self, x: TensorId) -> TensorId {
        let window = Window {
            kernel: [2, 2],
            stride: [2, 2],
            ..Window::ONE
        };
        let shape = self.shape(x);
        let y = self.push(
            LayerOp::MaxPool(MaxPool { window }),
            vec![x],
            Shape::new(shape.h / 2, shape.w / 2, shape.c),
        );
        self.graph.tensors[y].zero = self.graph.tensors[x].zero;
        y
    }

    /// Mean over the whole image.
    pub fn global_average(&mut self, x: TensorId) -> TensorId {
        let shape = self.shape(x);
        let taps = shape.h * shape.w;
        let multiplier = Multiplier {
            m: 40_000,
            s: 15 + taps.ilog2() as u8,
        };
        let pool = AveragePool {
            window: Window::whole(shape),
            count_include_pad: false,
            multipliers: vec![(taps, multiplier)],
            clamp: [i8::MIN, i8::MAX],
        };
        self.push(LayerOp::AveragePool(pool), vec![x], Shape::vector(shape.c))
    }

    /// Flattens to a vector.
    pub fn flatten(&mut self, x: TensorId) -> TensorId {
        let y = self.push(
            LayerOp::Reshape,
            vec![x],
            Shape::vector(self.shape(x).elements()),
        );
        self.graph.tensors[y].zero = self.graph.tensors[x].zero;
        y
    }
}

/// A recurrent layer of `hidden` units over a sequence of `steps` vectors of `inputs` numbers, in one or both directions, and a
/// fully connected layer for each step.
#[must_use]
pub fn recurrent(
    cell: Cell,
    [steps, inputs, hidden]: [usize; 3],
    both: bool,
    seed: u64,
) -> IntGraph {
    let (mut n, x) = Network::new("recurrent", Shape::new(steps, 1, inputs), seed);
    let forward = n.recurrent(x, cell, hidden, false);
    let mut y = forward;
    if both {
        let backward = n.recurrent(x, cell, hidden, true);
        y = n.concat([forward, backward]);
    }
    let y = n.conv(y, 10, Window::ONE, None);
    n.finish(y)
}

/// The same network with hidden states of 16 bits: what they are multiplied with counts 256 times less.
#[must_use]
pub fn widened(mut graph: IntGraph) -> IntGraph {
    let ops = graph.layers.iter_mut().map(|layer| &mut layer.op);
    for op in ops {
        if let LayerOp::Recurrent(op) = op {
            op.hidden_bits = 16;
            for multiplier in &mut op.recurrent.multipliers {
                multiplier.s += 8;
            }
        }
    }
    graph
}

/// A square window with equal stride and padding on all sides.
fn square(kernel: usize, stride: usize, pads: [usize; 4]) -> Window {
    Window {
        kernel: [kernel; 2],
        stride: [stride; 2],
        dilation: [1, 1],
        pads,
    }
}

/// Two convolutions with pooling between them, 6x6x3: what the smallest device runs soonest.
#[must_use]
pub fn tiny() -> IntGraph {
    let (mut n, x) = Network::new("small", Shape::new(6, 6, 3), 5);
    let y = n.conv(x, 4, square(3, 1, [1; 4]), None);
    let y = n.max_pool(y);
    let y = n.conv(y, 4, Window::ONE, None);
    n.finish(y)
}

/// LeNet: 28x28x1, two 5x5 convolutions with pooling, two fully connected layers; 503,040 multiplications.
#[must_use]
pub fn lenet(seed: u64) -> IntGraph {
    let (mut n, x) = Network::new("lenet", Shape::new(28, 28, 1), seed);
    let x = n.conv(x, 8, square(5, 1, [2; 4]), None);
    let x = n.max_pool(x);
    let x = n.conv(x, 16, square(5, 1, [0; 4]), None);
    let x = n.max_pool(x);
    let x = n.flatten(x);
    let x = n.conv(x, 64, Window::ONE, None);
    let x = n.conv(x, 10, Window::ONE, None);
    n.finish(x)
}

/// ResNet-8 for 32x32x3 images (MLPerf Tiny image classification); 12,501,632 multiplications.
#[must_use]
pub fn resnet8(seed: u64) -> IntGraph {
    let (mut n, x) = Network::new("resnet8", Shape::new(32, 32, 3), seed);
    let mut x = n.conv(x, 16, square(3, 1, [1; 4]), None);
    let y = n.conv(x, 16, square(3, 1, [1; 4]), None);
    x = n.conv(y, 16, square(3, 1, [1; 4]), Some(x));
    for channels in [32, 64] {
        let skip = n.conv(x, channels, square(1, 2, [0; 4]), None);
        let y = n.conv(x, channels, square(3, 2, [0, 0, 1, 1]), None);
        x = n.conv(y, channels, square(3, 1, [1; 4]), Some(skip));
    }
    let x = n.global_average(x);
    let x = n.flatten(x);
    let x = n.conv(x, 10, Window::ONE, None);
    n.finish(x)
}
