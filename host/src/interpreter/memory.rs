//! The memories of one machine, as the hardware holds them.

use super::error::InterpreterError;
use crate::program::{Parameter, Placement, Program, StateBinding};
use systole_arch::map::TIMESTAMPS;
use systole_arch::{Arch, isa};

/// All memories. Addresses wrap at the size of the memory, as address wires do.
#[derive(Debug, Clone)]
pub struct Memories {
    arch: Arch,
    /// Program memory, one word each.
    pub program: Vec<u32>,
    /// Array weights, `[(step * R + row) * C + column]`.
    pub weights: Vec<i8>,
    /// Post-processing parameters, `[row * P + lane]`.
    pub parameters: Vec<Parameter>,
    /// Tables, 256 entries for each slot.
    pub tables: Vec<i8>,
    /// Activation banks, bytes.
    pub banks: Vec<Vec<i8>>,
    /// Scaled sums of the input part of a recurrent layer, `[row * P + lane]`, 18 bits.
    pub sums: Vec<i32>,
    /// State of recurrent layers, one for each hidden unit, 16 bits.
    pub state: Vec<i16>,
}

impl Memories {
    /// Memories full of zeros.
    #[must_use]
    pub fn new(arch: &Arch) -> Self {
        Memories {
            arch: arch.clone(),
            program: vec![0; arch.program_words],
            weights: vec![0; arch.weight_depth * arch.rows * arch.cols],
            parameters: vec![Parameter::default(); arch.param_rows * arch.lanes],
            tables: vec![0; arch.table_slots * 256],
            banks: vec![vec![0; arch.bank_bytes()]; arch.banks],
            sums: vec![0; arch.sum_rows() * arch.lanes],
            state: vec![0; arch.recurrent_units],
        }
    }

    /// The configuration they belong to.
    #[must_use]
    pub fn arch(&self) -> &Arch {
        &self.arch
    }

    /// Copies a program into the memories, activation banks excepted.
    ///
    /// # Errors
    /// [`InterpreterError::TooLarge`] when a part does not fit.
    pub fn load(&mut self, program: &Program) -> Result<(), InterpreterError> {
        self.fits("instructions", program.instructions.len(), TIMESTAMPS)?;
        let words: Vec<u32> = program.instructions.iter().flat_map(|i| i.words).collect();
        let tables: Vec<i8> = program.tables.iter().flatten().copied().collect();
        self.fits("program words", words.len(), self.program.len())?;
        self.fits("weights", program.weights.len(), self.weights.len())?;
        self.fits(
            "parameters",
            program.parameters.len(),
            self.parameters.len(),
        )?;
        self.fits("table entries", tables.len(), self.tables.len())?;
        self.program.fill(0);
        self.program[..words.len()].copy_from_slice(&words);
        self.weights[..program.weights.len()].copy_from_slice(&program.weights);
        self.parameters[..program.parameters.len()].copy_from_slice(&program.parameters);
        self.tables[..tables.len()].copy_from_slice(&tables);
        Ok(())
    }

    fn fits(&self, what: &'static str, found: usize, room: usize) -> Result<(), InterpreterError> {
        if found <= room {
            return Ok(());
        }
        Err(InterpreterError::TooLarge {
            what,
            arch: self.arch.name.clone(),
            found,
            room,
        })
    }

    /// Instruction `index` of the program memory; `None` beyond its end.
    #[must_use]
    pub fn instruction(&self, index: usize) -> Option<isa::Instruction> {
        let words = self
            .program
            .get(index * isa::WORDS..(index + 1) * isa::WORDS)?;
        Some(isa::Instruction {
            words: words.try_into().ok()?,
        })
    }

    /// Writes a tensor, `values` in NHWC order.
    ///
    /// # Errors
    /// [`InterpreterError::Placement`], [`InterpreterError::Length`].
    pub fn write_tensor(
        &mut self,
        placement: &Placement,
        values: &[i8],
    ) -> Result<(), InterpreterError> {
        let addresses = self.addresses(placement)?;
        if addresses.len() != values.len() {
            return Err(InterpreterError::Length {
                expected: addresses.len(),
                found: values.len(),
            });
        }
        let bank = &mut self.banks[placement.bank];
        for (address, value) in addresses.into_iter().zip(values) {
            bank[address] = *value;
        }
        Ok(())
    }

    /// Writes the state before the first step of a recurrent layer.
    ///
    /// # Errors
    /// [`InterpreterError::Placement`], [`InterpreterError::Length`], [`InterpreterError::TooLarge`].
    pub fn write_state(&mut self, state: &StateBinding) -> Result<(), InterpreterError> {
        let Some(initial) = &state.initial else {
            return Ok(());
        };
        self.write_tensor(&initial.place, &initial.bytes)?;
        let units = self.units_of(state, initial.units.len())?;
        self.state[units].copy_from_slice(&initial.units);
        Ok(())
    }

    /// Reads what the state memory holds of a recurrent layer.
    ///
    /// # Errors
    /// [`InterpreterError::TooLarge`].
    pub fn read_units(&self, state: &StateBinding) -> Result<Vec<i16>, InterpreterError> {
        let units = self.units_of(state, state.units())?;
        Ok(self.state[units].to_vec())
    }

    /// Place of `count` units of a layer in the state memory.
    fn units_of(
        &self,
        state: &StateBinding,
        count: usize,
    ) -> Result<std::ops::Range<usize>, InterpreterError> {
        let end = state.first_unit.saturating_add(count);
        self.fits("recurrent units", end, self.state.len())?;
        Ok(end - count..end)
    }

    /// Reads a tensor in NHWC order.
    ///
    /// # Errors
    /// [`InterpreterError::Placement`].
    pub fn read_tensor(&self, placement: &Placement) -> Result<Vec<i8>, InterpreterError> {
        let addresses = self.addresses(placement)?;
        Ok(addresses
            .into_iter()
            .map(|address| self.banks[placement.bank][address])
            .collect())
    }

    /// Byte addresses of all elements, checked against the memory.
    fn addresses(&self, placement: &Placement) -> Result<Vec<usize>, InterpreterError> {
        let addresses = crate::tensor::byte_addresses(placement);
        let bytes = self.arch.bank_bytes();
        let outside = if placement.bank < self.banks.len() {
            addresses.iter().copied().find(|&address| address >= bytes)
        } else {
            Some(placement.address)
        };
        match outside {
            None => Ok(addresses),
            Some(address) => Err(InterpreterError::Placement {
                bank: placement.bank,
                address,
                arch: self.arch.name.clone(),
                banks: self.banks.len(),
                bytes,
            }),
        }
    }
}
