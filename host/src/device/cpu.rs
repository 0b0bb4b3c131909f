//! The CPU reference as a device: what all others are compared with. It has no cycles.

use std::sync::Arc;

use super::{Device, DeviceError, RunResult, Session, check_inputs};
use crate::program::{Placement, Program};
use systole_quant::integer::IntGraph;
use systole_quant::reference::fast::Prepared;

/// Executes the integer graph instead of the program.
pub struct Cpu {
    graph: Arc<IntGraph>,
}

impl Cpu {
    /// The device for one graph; programs given to it must be compiled from that graph.
    #[must_use]
    pub fn new(graph: Arc<IntGraph>) -> Self {
        Cpu { graph }
    }
}

impl Device for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn prepare(&self, program: &Program) -> Result<Box<dyn Session>, DeviceError> {
        Ok(Box::new(CpuSession {
            reference: Prepared::new(&self.graph)?,
            graph: self.graph.clone(),
            program: program.clone(),
            tensors: Vec::new(),
        }))
    }
}

struct CpuSession {
    graph: Arc<IntGraph>,
    reference: Prepared,
    program: Program,
    tensors: Vec<Vec<i8>>,
}

impl Session for CpuSession {
    fn run(&mut self, inputs: &[Vec<i8>]) -> Result<RunResult, DeviceError> {
        check_inputs(&self.program, inputs)?;
        self.tensors = self.reference.run_parallel(inputs)?;
        let output = |&id: &usize| self.tensors.get(id).cloned().unwrap_or_default();
        Ok(RunResult {
            outputs: self.graph.outputs.iter().map(output).collect(),
            counters: None,
        })
    }

    fn read_tensor(&mut self, placement: &Placement) -> Result<Vec<i8>, DeviceError> {
        let layer = self
            .program
            .layers
            .iter()
            .find(|layer| layer.placement.as_ref() == Some(placement));
        let tensor = layer.and_then(|layer| self.tensors.get(layer.output));
        tensor.cloned().ok_or(DeviceError::Tensor {
            bank: placement.bank,
            address: placement.address,
        })
    }
}
