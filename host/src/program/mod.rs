//! A compiled program: what is loaded into a device, and what the host needs to feed it and to read it.

mod error;
mod file;
mod prefix;
mod state;
mod validate;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use systole_arch::loops::LoopState;
use systole_arch::{Arch, Instruction, isa, timing};
use systole_quant::integer::{HostOp, Shape};

pub use error::ProgramError;
pub use file::FILE_VERSION;
pub use state::{InitialState, Kept, StateBinding, hidden_bytes, hidden_of_bytes};

/// A model compiled for one configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Model name.
    pub name: String,
    /// The configuration it is compiled for.
    pub arch: Arch,
    /// Instructions, the last one is `END`.
    pub instructions: Vec<Instruction>,
    /// Start of each instruction in cycles after the run command, as scheduled; the last one is the total.
    pub starts: Vec<u64>,
    /// Array weights: `R * C` values for each step, `[(step * R + row) * C + column]`.
    pub weights: Vec<i8>,
    /// Post-processing parameters: `P` for each row, `[row * P + lane]`.
    pub parameters: Vec<Parameter>,
    /// Tables of 256 entries, entry `q + 128`.
    pub tables: Vec<Vec<i8>>,
    /// Where the host writes.
    pub inputs: Vec<Binding>,
    /// Where the host reads.
    pub outputs: Vec<Binding>,
    /// One entry for each layer of the integer graph, in its order.
    pub layers: Vec<LayerPlan>,
    /// Host operations for each output.
    pub host_ops: Vec<Vec<HostOp>>,
    /// Recurrent layers, in the order of the layers: where their states are.
    pub states: Vec<StateBinding>,
    /// Whether a run begins with the states of the run before, and so leaves them where the next one reads them.
    pub keeps_states: bool,
}

/// Bias, multiplier and shift of one output channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Parameter {
    /// `bias'`, 35 bits.
    pub bias: i64,
    /// `M`.
    pub m: u16,
    /// `s`, 8 to 55.
    pub s: u8,
}

/// Where a tensor lies in activation memory. Element `(y, x, c)` is byte
/// `address + y * row_stride + x * pixel_stride + channels[c]` of the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Activation bank.
    pub bank: usize,
    /// Byte address of the first element.
    pub address: usize,
    /// Bytes from one row to the next.
    pub row_stride: usize,
    /// Bytes from one pixel to the next.
    pub pixel_stride: usize,
    /// Byte offset of each channel inside a pixel (the identity, but for some concatenations).
    pub channels: Vec<usize>,
    /// Height, width, channels.
    pub shape: Shape,
}

/// A tensor that the host writes or reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// Name in the imported model.
    pub name: String,
    /// Where it lies.
    pub placement: Placement,
    /// Real value of one step.
    pub scale: f64,
    /// The integer that stands for real zero.
    pub zero: i8,
}

/// What became of one layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerPlan {
    /// Name in the imported model.
    pub name: String,
    /// Operation, as shown to people: `conv 3x3`, `max_pool 2x2`...
    pub op: String,
    /// Multiplications the model asks for (padding included, as usual when MACs are counted).
    pub macs: u64,
    /// Its instructions; empty if the layer costs nothing (reshape) or is fused into another one.
    pub instructions: Range<usize>,
    /// Its output tensor in the integer graph.
    pub output: usize,
    /// Where its output lies when its instructions are done; `None` if it is never written because the layer is fused into the next one.
    pub placement: Option<Placement>,
}

impl Program {
    /// Cycles of the whole program, from the run command to `END`.
    #[must_use]
    pub fn cycles(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Cycles of each layer: from the start of its first instruction to the start of the next layer's. Fetching the
    /// first instruction counts for the first layer, draining for the last one; a layer without instructions has none.
    #[must_use]
    pub fn layer_cycles(&self) -> Vec<u64> {
        let start = |index: usize| {
            if index == 0 {
                0
            } else {
                self.starts.get(index).copied().unwrap_or(0)
            }
        };
        let cycles = |range: &Range<usize>| {
            if range.is_empty() {
                0
            } else {
                start(range.end).saturating_sub(start(range.start))
            }
        };
        self.layers
            .iter()
            .map(|layer| cycles(&layer.instructions))
            .collect()
    }

    /// Place and start of every instruction as it comes, turn by turn where there are loops.
    pub fn sequence(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let (mut loops, mut place, mut start) = (LoopState::default(), 0, timing::FETCH);
        std::iter::from_fn(move || {
            let instruction = self.instructions.get(place)?;
            let item = (place, start);
            if instruction.get(isa::OPCODE) == isa::Opcode::Loop as i64 {
                loops.enter(instruction, place);
            }
            start += instruction.get(isa::DURATION) as u64;
            place = loops.next(place);
            Some(item)
        })
    }

    /// Multiplications of all layers.
    #[must_use]
    pub fn macs(&self) -> u64 {
        self.layers.iter().map(|layer| layer.macs).sum()
    }

    /// Multiplications of the model for each multiplier and cycle, 0 to 1.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        let peak = self.cycles() as f64 * (self.arch.rows * self.arch.cols) as f64;
        if peak > 0.0 {
            self.macs() as f64 / peak
        } else {
            0.0
        }
    }
}
