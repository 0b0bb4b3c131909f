//! Programs that stop after a layer, to look at its tensor before a later one takes its place.

use systole_arch::Instruction;
use systole_arch::isa::Opcode;

use super::{Binding, Program};
use crate::compiler::schedule::{Hazard, schedule};

impl Program {
    /// The program up to layer `layer`, with `END` as soon as everything is written. Its only output is the tensor of
    /// that layer, as integers (scale 1, zero 0). `None` if the layer's tensor is never written (it is fused) or there
    /// is no such layer.
    ///
    /// # Errors
    /// The program's own instructions have a hazard; never for a compiled program.
    pub fn prefix(&self, layer: usize) -> Result<Option<Self>, Hazard> {
        let Some(plan) = self.layers.get(layer) else {
            return Ok(None);
        };
        let Some(placement) = plan.placement.clone() else {
            return Ok(None);
        };
        let layers = self.layers[..=layer].to_vec();
        let count = layers.iter().map(|l| l.instructions.end).max().unwrap_or(0);
        let mut instructions = self.instructions[..count].to_vec();
        instructions.push(Instruction::new(Opcode::End));
        let starts = schedule(&mut instructions, &self.arch)?;
        let outputs = vec![Binding {
            name: plan.name.clone(),
            placement,
            scale: 1.0,
            zero: 0,
        }];
        Ok(Some(Self {
            instructions,
            starts,
            outputs,
            layers,
            host_ops: vec![Vec::new()],
            ..self.clone()
        }))
    }
}
