//! From a case to a graph and its inputs. One case in eight has its numbers at the ends of their ranges.

use systole_quant::integer::random::{self, Builder, Random};
use systole_quant::integer::{IntGraph, LayerOp, Shape, TensorId, Window};
use systole_quant::numerics::{ACCUMULATOR_LIMIT, weighted_bound};

use super::{Case, Operator};

impl Case {
    /// The graph and one tensor for each of its inputs; `None` if the fields of the case do not fit each other.
    #[must_use]
    pub fn build(&self) -> Option<(IntGraph, Vec<Vec<i8>>)> {
        if !self.is_sound() {
            return None;
        }
        let (mut graph, mut inputs) = if self.operator == Operator::Network {
            random::network(self.seed, self.layers)
        } else {
            let mut builder = Builder::new(self.seed);
            let x = builder.input(self.shape());
            self.layer(&mut builder, x)?;
            builder.finish()
        };
        if self.seed.is_multiple_of(8) {
            go_to_the_ends(&mut Random::new(self.seed), &mut graph, &mut inputs);
        }
        Some((graph, inputs))
    }

    /// Further inputs that the program is run with before those of [`Case::build`].
    #[must_use]
    pub fn earlier_inputs(&self, graph: &IntGraph) -> Vec<Vec<Vec<i8>>> {
        let seeds = (1..self.batch as u64).map(|n| self.seed.wrapping_add(n));
        seeds
            .map(|seed| random::inputs(&mut Random::new(seed), graph))
            .collect()
    }

    fn layer(&self, b: &mut Builder, x: TensorId) -> Option<TensorId> {
        use Operator as O;
        let shape = self.shape();
        match self.operator {
            O::Conv
            | O::StridedConv
            | O::DilatedConv
            | O::PaddedConv
            | O::GroupedConv
            | O::DepthwiseConv => b.conv(x, self.window(), self.groups, self.outputs, None),
            O::ResidualConv => {
                let [h, w] = self.window().output(shape.h, shape.w)?;
                let result = Shape::new(h, w, self.outputs);
                let operand = self.second(b, x, result);
                b.conv(x, self.window(), self.groups, self.outputs, Some(operand))
            }
            O::FullyConnected => b.conv(x, Window::whole(shape), 1, self.outputs, None),
            O::MaxPool => b.max_pool(x, self.window()),
            O::AveragePool => b.average_pool(x, self.window(), false),
            O::AveragePoolWithPad => b.average_pool(x, self.window(), true),
            O::GlobalAveragePool => b.average_pool(x, Window::whole(shape), false),
            O::Add => {
                let operand = self.second(b, x, shape);
                Some(b.add(x, operand))
            }
            O::Requantize => Some(b.requantize(x)),
            O::Concat => Some(self.concat(b, x)),
            O::Pad => Some(b.pad(x, self.pads)),
            O::Reshape => Some(b.reshape(x, self.reshaped())),
            O::Table if self.outputs > 0 => {
                let y = b.conv(x, Window::ONE, 1, self.outputs, None)?;
                Some(b.table(y))
            }
            O::Table => Some(b.table(x)),
            O::Slice => {
                let [h, w, c] = self.extents[..] else {
                    return None;
                };
                Some(b.part(x, self.begin, Shape::new(h, w, c)))
            }
            O::ConvMaxPool => self.conv_and_pool(b, x),
            O::Rnn | O::RnnRelu | O::Lstm | O::Gru | O::GruResetFirst => self.recurrent(b, x),
            O::Network => None,
        }
    }

    /// Windows are cut to the results of the convolution. The second layer, if there is one, is a table behind the pooling.
    fn conv_and_pool(&self, b: &mut Builder, x: TensorId) -> Option<TensorId> {
        let y = b.conv(x, self.window(), self.groups, self.outputs, None)?;
        let results = b.shape_of(y);
        let kernel = [
            self.extents[0].min(results.h),
            self.extents[1].min(results.w),
        ];
        let side_by_side = Window {
            kernel,
            stride: kernel,
            ..Window::ONE
        };
        let pooled = b.max_pool(y, side_by_side)?;
        Some(if self.layers > 1 {
            b.table(pooled)
        } else {
            pooled
        })
    }

    /// The second operand: the input itself if the case says so and it has the shape, else another input.
    fn second(&self, b: &mut Builder, x: TensorId, shape: Shape) -> TensorId {
        if self.shared && b.shape_of(x) == shape {
            x
        } else {
            b.input(shape)
        }
    }

    fn concat(&self, b: &mut Builder, x: TensorId) -> TensorId {
        let mut operands = vec![x];
        for &extent in &self.extents {
            let mut extents = self.input;
            extents[self.axis] = extent;
            let shape = Shape::new(extents[0], extents[1], extents[2]);
            operands.push(self.second(b, x, shape));
        }
        b.concat(&operands, self.axis)
    }

    fn reshaped(&self) -> Shape {
        let shape = self.shape();
        match self.axis {
            0 => Shape::vector(shape.elements()),
            1 => Shape::new(1, shape.h * shape.w, shape.c),
            2 => Shape::new(shape.h * shape.w, 1, shape.c),
            _ => Shape::new(shape.w, shape.h, shape.c),
        }
    }
}

/// Inputs of the largest and smallest values only, weights of one sign, biases up to the limit of the accumulator.
fn go_to_the_ends(random: &mut Random, graph: &mut IntGraph, inputs: &mut [Vec<i8>]) {
    for values in inputs {
        let both = random.one_in(2);
        let end = *random.pick(&[i8::MIN, i8::MAX]);
        for value in values {
            *value = if both && random.one_in(2) { !end } else { end };
        }
    }
    for layer in &mut graph.layers {
        match &mut layer.op {
            LayerOp::Conv(conv) => largest_sums(random, &mut conv.weights, &mut conv.bias, 128),
            LayerOp::Recurrent(op) => {
                let largest = 1 << (op.hidden_bits - 1);
                for (sums, largest) in [(&mut op.input, 128), (&mut op.recurrent, largest)] {
                    largest_sums(random, &mut sums.weights, &mut sums.bias, largest);
                }
            }
            _ => {}
        }
    }
}

fn largest_sums(random: &mut Random, weights: &mut [i8], bias: &mut [i64], largest: u64) {
    let per_output = weights.len() / bias.len().max(1);
    let outputs = weights.chunks_exact_mut(per_output.max(1));
    for (weights, bias) in outputs.zip(bias) {
        weights.fill(*random.pick(&[-127, 127]));
        let room = ACCUMULATOR_LIMIT - 1 - weighted_bound(0, weights, largest) as i64;
        *bias = *random.pick(&[room, -room, 0]);
    }
}
