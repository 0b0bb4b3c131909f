//! Random cases: ragged channels, images and kernels that are not square, windows that hang over the edge.

use systole_quant::integer::random::Random;

use super::{Case, Direction, Operator, Size};

/// Longest side of an image.
const SIDE: usize = 9;
/// Longest sequence.
const LONGEST: usize = 40;
/// Most channels, whatever the array.
const CHANNELS: usize = 20;
/// Most elements of the input of a fully connected layer, and its most outputs.
const FULLY_CONNECTED: (usize, usize) = (240, 40);

/// The case of this operator, size and seed; always the same one.
#[must_use]
pub fn draw(operator: Operator, size: Size, seed: u64) -> Case {
    let mut random = Random::new(seed ^ (operator as u64 + 1).wrapping_mul(0x9e6d_62d0_6f6a_9a9b));
    let mut draw = Draw {
        random: &mut random,
        size,
    };
    let image = draw.image();
    let mut case = Case::plain(operator, size, draw.random.bits() >> 16, image);
    draw.form(&mut case);
    case
}

struct Draw<'a> {
    random: &'a mut Random,
    size: Size,
}

impl Draw<'_> {
    fn form(&mut self, case: &mut Case) {
        use Operator as O;
        match case.operator {
            O::Conv | O::StridedConv | O::DilatedConv | O::PaddedConv => self.conv(case),
            O::ResidualConv => {
                self.conv(case);
                self.residual(case);
            }
            O::GroupedConv => self.grouped(case),
            O::DepthwiseConv => {
                self.window(case);
                case.groups = case.input[2];
                case.outputs = case.groups * self.random.between(1, 2);
            }
            O::FullyConnected => self.fully_connected(case),
            O::MaxPool | O::AveragePool | O::AveragePoolWithPad => self.window(case),
            O::GlobalAveragePool | O::Requantize => {}
            O::Add => case.shared = self.random.one_in(6),
            O::Concat => self.concat(case),
            O::Pad => case.pads = [0; 4].map(|_| self.random.between(0, 3)),
            O::Reshape => case.axis = self.random.between(0, 3),
            O::Table if self.random.one_in(2) => case.outputs = self.channels(),
            O::Table => {}
            O::Network => {
                case.input = [1, 1, 1];
                case.layers = self.random.between(2, 7);
            }
            O::Slice => self.slice(case),
            O::ConvMaxPool => {
                self.conv(case);
                case.extents = vec![self.random.between(1, 3), self.random.between(1, 3)];
                case.layers = 1 + usize::from(self.random.one_in(4));
            }
            O::Rnn | O::RnnRelu | O::Lstm | O::Gru | O::GruResetFirst => self.recurrent(case),
        }
    }

    fn slice(&mut self, case: &mut Case) {
        for axis in 0..3 {
            let extent = case.input[axis];
            case.begin[axis] = self.random.between(0, extent - 1);
            let rest = self.random.between(1, extent - case.begin[axis]);
            case.extents.push(rest);
        }
    }

    /// Mostly one vector for each step, now and then the columns of an image; sequences of one step and of many; every
    /// other one with hidden states of 16 bits.
    fn recurrent(&mut self, case: &mut Case) {
        let r = &mut *self.random;
        let [steps, across, _] = &mut case.input;
        *across = if r.one_in(3) { (*across).min(4) } else { 1 };
        if r.one_in(8) {
            *steps = r.between(10, LONGEST);
        }
        if r.one_in(4) {
            case.axis = 1;
            case.input.swap(0, 1);
        }
        case.direction = *r.pick(&[
            Direction::Forward,
            Direction::Forward,
            Direction::Reverse,
            Direction::Both,
        ]);
        case.layers = 1 + usize::from(r.one_in(3));
        case.initial = r.one_in(2);
        case.batch = if r.one_in(4) { r.between(2, 3) } else { 1 };
        let room = self.size.arch().recurrent_units / (case.direction.count() * case.layers);
        let lanes = self.size.lanes;
        case.outputs = self.channels().min(room / lanes * lanes);
        case.wide = self.random.one_in(2);
    }

    /// One in six has a single row, as the data of one-dimensional convolutions; one in five has so few bytes in a row
    /// that several rows fit into one vector.
    fn image(&mut self) -> [usize; 3] {
        let (h, w) = (self.random.between(1, SIDE), self.random.between(1, SIDE));
        let h = if self.random.one_in(6) { 1 } else { h };
        if self.random.one_in(5) {
            return [h, w.min(3), self.random.between(1, 3)];
        }
        [h, w, self.channels()]
    }

    /// Anything, or around a multiple of the array: one more, one less, exact.
    fn channels(&mut self) -> usize {
        let largest = CHANNELS.max(2 * self.size.rows.max(self.size.cols) + 3);
        if self.random.one_in(2) {
            return self.random.between(1, largest);
        }
        let unit = *self
            .random
            .pick(&[self.size.rows, self.size.cols, self.size.lanes]);
        let near = unit * self.random.between(1, 2) + self.random.between(0, 2);
        (near - 1).max(1)
    }

    fn conv(&mut self, case: &mut Case) {
        self.window(case);
        case.outputs = self.channels();
    }

    /// Now and then a convolution that keeps the shape, with its own input as residual operand.
    fn residual(&mut self, case: &mut Case) {
        if self.random.one_in(6) {
            case.shared = true;
            case.outputs = case.input[2];
            (case.stride, case.dilation) = ([1, 1], [1, 1]);
            let [kh, kw] = case.kernel;
            case.pads = [kh / 2, kw / 2, (kh - 1) / 2, (kw - 1) / 2];
        }
    }

    fn grouped(&mut self, case: &mut Case) {
        let (groups, depth) = (self.random.between(2, 4), self.random.between(1, 5));
        case.groups = groups;
        case.input[2] = groups * depth;
        self.window(case);
        case.outputs = groups * self.random.between(1, 5);
    }

    fn fully_connected(&mut self, case: &mut Case) {
        let (elements, outputs) = FULLY_CONNECTED;
        let [h, w, c] = &mut case.input;
        if self.random.one_in(3) {
            (*h, *w) = (1, 1);
            *c = self.random.between(1, elements);
        }
        while *h * *w * *c > elements {
            *h = h.div_ceil(2);
            *w = w.div_ceil(2);
            *c = (*c).min(elements / (*h * *w));
        }
        case.outputs = self.random.between(1, outputs);
    }

    fn concat(&mut self, case: &mut Case) {
        case.axis = self.random.between(0, 2);
        case.shared = self.random.one_in(6);
        case.extents = (0..self.random.between(0, 2))
            .map(|_| self.random.between(1, 7))
            .collect();
    }

    /// Kernel, stride, dilation and padding as the operator wants them, such that at least one position fits.
    fn window(&mut self, case: &mut Case) {
        loop {
            let r = &mut *self.random;
            case.kernel = [r.between(1, 4), r.between(1, 4)];
            let any = !matches!(case.operator, Operator::Conv);
            case.stride = self.pair(case.operator == Operator::StridedConv, any);
            case.dilation = self.pair(case.operator == Operator::DilatedConv, any);
            case.pads = self.pads(case.operator);
            if case.window_fits() {
                return;
            }
        }
    }

    /// Stride or dilation: `must` be above 1 somewhere; `may` be.
    fn pair(&mut self, must: bool, may: bool) -> [usize; 2] {
        let r = &mut *self.random;
        if must {
            let pair = [r.between(2, 3), r.between(1, 3)];
            return if r.one_in(2) {
                [pair[1], pair[0]]
            } else {
                pair
            };
        }
        if may && r.one_in(3) {
            [r.between(1, 3), r.between(1, 3)]
        } else {
            [1, 1]
        }
    }

    fn pads(&mut self, operator: Operator) -> [usize; 4] {
        let r = &mut *self.random;
        match operator {
            Operator::Conv => [r.between(0, 2); 4],
            Operator::PaddedConv => loop {
                let pads = [0; 4].map(|_| r.between(0, 3));
                if pads[0] != pads[2] || pads[1] != pads[3] {
                    return pads;
                }
            },
            _ if r.one_in(3) => [0; 4],
            _ => [0; 4].map(|_| r.between(0, 3)),
        }
    }
}
