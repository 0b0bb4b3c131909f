//! The streams of a recurrent core: where weights, parameters, inputs and hidden states of a layer go.

use systole_arch::map::parameter_words;

use super::recurrent_sizes::RecurrentOptions;

/// Scale of one gate row: `scale(bias + sum; M, s, G = 0)` of the numerics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parameter {
    /// Bias, 35 bits.
    pub bias: i64,
    /// Multiplier `M`.
    pub m: u16,
    /// Shift `s`, 8 to 55.
    pub s: u8,
}

/// A layer and what it makes of some sequences. Part 0 is the input part, part 1 the recurrent part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecurrentData {
    /// Weights of each part: for gate, hidden unit, element.
    pub weights: [Vec<i64>; 2],
    /// Parameters of each part: for gate, hidden unit.
    pub parameters: [Vec<Parameter>; 2],
    /// Sequences, one after the other.
    pub sequences: Vec<Sequence>,
}

/// One sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// Inputs of all steps.
    pub inputs: Vec<i64>,
    /// Hidden states of all steps, 8 bits.
    pub hidden: Vec<i64>,
}

/// The shifter of a lane is made for `G = 8`: with `G = 0` it takes `s + 8`.
const GUARD: u8 = 8;

impl RecurrentOptions {
    /// Gate row of column `column`, if it has one: four columns belong to a unit, and the last one of a GRU is empty.
    fn gate_row(&self, column: usize) -> Option<usize> {
        let (unit, gate) = (column / self.columns(), column % self.columns());
        (unit < self.hidden && gate < self.kind.gates()).then_some(gate * self.hidden + unit)
    }

    /// Words of the weight stream. Columns without a gate and lanes beyond the vector get zero, as every user of the core
    /// has to send them.
    pub fn weight_stream(&self, weights: &[Vec<i64>; 2]) -> Vec<Vec<i64>> {
        let mut words = vec![];
        for (part, depth) in [self.inputs, self.hidden].into_iter().enumerate() {
            for tile in 0..self.tiles() {
                for lane in 0..self.chunks()[part] * self.rows {
                    let weight = |column| match self.gate_row(tile * self.cols + column) {
                        Some(row) if lane < depth => weights[part][row * depth + lane],
                        _ => 0,
                    };
                    let columns: Vec<i64> = (0..self.cols).map(weight).collect();
                    words.extend(columns.chunks(self.group()).map(<[i64]>::to_vec));
                }
            }
        }
        words
    }

    /// Words of the parameter stream, low half first; zero for columns without a gate.
    pub fn parameter_stream(&self, parameters: &[Vec<Parameter>; 2]) -> Vec<[u32; 2]> {
        let columns = || 0..self.tiles() * self.cols;
        let word = |part: usize, column| match self.gate_row(column) {
            Some(row) => {
                let Parameter { bias, m, s } = parameters[part][row];
                parameter_words(bias, m, s + GUARD)
            }
            None => [0; 2],
        };
        let part = |part| columns().map(move |column| word(part, column));
        part(0).chain(part(1)).collect()
    }

    /// Words of the input stream for a sequence, and which of them carries `tlast`. `fill` is sent where a step has no byte.
    pub fn input_stream(&self, sequence: &Sequence, fill: i64) -> Vec<(Vec<i64>, bool)> {
        words(&sequence.inputs, self.inputs, self.rows, fill)
    }

    /// Words of the result stream for a sequence.
    pub fn result_stream(&self, sequence: &Sequence) -> Vec<(Vec<i64>, bool)> {
        words(&sequence.hidden, self.hidden, self.lanes, 0)
    }
}

/// Steps of `depth` numbers as words of `lanes`; the last word of all is marked.
fn words(numbers: &[i64], depth: usize, lanes: usize, fill: i64) -> Vec<(Vec<i64>, bool)> {
    let mut words = vec![];
    for step in numbers.chunks(depth) {
        for word in step.chunks(lanes) {
            let mut word = word.to_vec();
            word.resize(lanes, fill);
            words.push((word, false));
        }
    }
    if let Some((_, last)) = words.last_mut() {
        *last = true;
    }
    words
}
