//! Weights, parameters and tables of a program; what occurs twice is kept once.

use std::collections::HashMap;

use systole_arch::Arch;

use super::CompileError;
use crate::program::Parameter;

/// Contents of the constant memories while a program grows.
#[derive(Debug)]
pub(super) struct Constants {
    arch: Arch,
    pub(super) weights: Vec<i8>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) tables: Vec<Vec<i8>>,
    weight_blocks: HashMap<Vec<i8>, usize>,
    parameter_blocks: HashMap<Vec<Parameter>, usize>,
}

impl Constants {
    pub(super) fn new(arch: &Arch) -> Self {
        Self {
            arch: arch.clone(),
            weights: Vec::new(),
            parameters: Vec::new(),
            tables: Vec::new(),
            weight_blocks: HashMap::new(),
            parameter_blocks: HashMap::new(),
        }
    }

    /// Weight address of consecutive steps of `R * C` values each.
    pub(super) fn add_weights(
        &mut self,
        block: Vec<i8>,
        layer: &str,
    ) -> Result<usize, CompileError> {
        if let Some(&at) = self.weight_blocks.get(&block) {
            return Ok(at);
        }
        let step = self.arch.rows * self.arch.cols;
        let at = self.weights.len() / step;
        let (needed, available) = (at + block.len() / step, self.arch.weight_depth);
        if needed > available {
            return Err(CompileError::Weights {
                layer: layer.into(),
                needed,
                available,
            });
        }
        self.weights.extend_from_slice(&block);
        self.weight_blocks.insert(block, at);
        Ok(at)
    }

    /// First row of consecutive rows of `P` parameters each.
    pub(super) fn add_parameters(
        &mut self,
        block: Vec<Parameter>,
        layer: &str,
    ) -> Result<usize, CompileError> {
        if let Some(&at) = self.parameter_blocks.get(&block) {
            return Ok(at);
        }
        let at = self.parameters.len() / self.arch.lanes;
        let (needed, available) = (at + block.len() / self.arch.lanes, self.arch.param_rows);
        if needed > available {
            return Err(CompileError::Parameters {
                layer: layer.into(),
                needed,
                available,
            });
        }
        self.parameters.extend_from_slice(&block);
        self.parameter_blocks.insert(block, at);
        Ok(at)
    }

    /// Slot of a table of 256 entries.
    pub(super) fn add_table(&mut self, table: &[i8], layer: &str) -> Result<usize, CompileError> {
        if let Some(slot) = self.tables.iter().position(|known| known == table) {
            return Ok(slot);
        }
        let (needed, available) = (self.tables.len() + 1, self.arch.table_slots);
        if needed > available {
            return Err(CompileError::Tables {
                layer: layer.into(),
                needed,
                available,
            });
        }
        self.tables.push(table.to_vec());
        Ok(needed - 1)
    }
}
