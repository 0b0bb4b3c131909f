//! Rules of a program: whoever holds a loaded one may load it into a device without fear.

use systole_arch::{Arch, isa, map};

use super::{Placement, Program, ProgramError};
use crate::compiler::schedule::{check_order, starts as schedule_starts};

impl Program {
    /// Checks counts, ranges and places; not the hazards, see [`crate::compiler::schedule::check_schedule`].
    ///
    /// # Errors
    /// The first broken rule.
    pub fn validate(&self, origin: &str) -> Result<(), ProgramError> {
        self.arch
            .check(origin)
            .map_err(|source| ProgramError::Arch {
                origin: origin.into(),
                source: Box::new(source),
            })?;
        self.check_memories(origin)?;
        self.check_instructions(origin)?;
        self.check_states(origin)?;
        let states = self
            .states
            .iter()
            .filter_map(|s| Some((&s.name, &s.initial.as_ref()?.place)));
        let named = self
            .inputs
            .iter()
            .chain(&self.outputs)
            .map(|b| (&b.name, &b.placement));
        let layers = self
            .layers
            .iter()
            .filter_map(|l| Some((&l.name, l.placement.as_ref()?)));
        for (name, placement) in named.chain(layers).chain(states) {
            if !self.holds(placement) {
                return Err(ProgramError::Placement {
                    origin: origin.into(),
                    tensor: name.clone(),
                });
            }
        }
        let count = self.instructions.len();
        for layer in &self.layers {
            let range = &layer.instructions;
            let what = || format!("the instruction range of layer '{}'", layer.name);
            require(
                range.start <= range.end && range.end < count.max(1),
                origin,
                what,
                range.end,
                count,
            )?;
        }
        let (ops, outputs) = (self.host_ops.len(), self.outputs.len());
        require(
            ops == outputs,
            origin,
            || "the number of lists of host operations".into(),
            ops,
            outputs,
        )
    }

    /// Checks that the program is made for `arch`; name and kind of multipliers do not matter.
    ///
    /// # Errors
    /// [`ProgramError::Configuration`] with the first field that differs.
    pub fn check_configuration(&self, arch: &Arch, origin: &str) -> Result<(), ProgramError> {
        let both = self.arch.sizes().into_iter().zip(arch.sizes());
        let differs = both.map(|((field, found), (_, expected))| (field, found, expected));
        match differs
            .into_iter()
            .find(|(_, found, expected)| found != expected)
        {
            None => Ok(()),
            Some((field, found, expected)) => Err(ProgramError::Configuration {
                origin: origin.into(),
                field,
                found,
                expected,
                arch: arch.name.clone(),
            }),
        }
    }

    fn check_memories(&self, origin: &str) -> Result<(), ProgramError> {
        let arch = &self.arch;
        let step = arch.rows * arch.cols;
        let at_most = |found: usize, limit: usize, unit: usize, what: &str| {
            let ok = found <= limit * unit && found.is_multiple_of(unit);
            require(
                ok,
                origin,
                || what.into(),
                found,
                format!("a multiple of {unit}, at most {}", limit * unit),
            )
        };
        at_most(
            self.weights.len(),
            arch.weight_depth,
            step,
            "the number of weights",
        )?;
        at_most(
            self.parameters.len(),
            arch.param_rows,
            arch.lanes,
            "the number of parameters",
        )?;
        at_most(
            self.tables.len(),
            arch.table_slots,
            1,
            "the number of tables",
        )?;
        for table in &self.tables {
            require(
                table.len() == 256,
                origin,
                || "the length of a table".into(),
                table.len(),
                256,
            )?;
        }
        for p in &self.parameters {
            let ok =
                p.bias.unsigned_abs() <= 1 << 34 && p.bias != 1 << 34 && (8..=63).contains(&p.s);
            require(
                ok,
                origin,
                || "the shift of a parameter".into(),
                p.s,
                "8 to 63, with a bias of 35 bits",
            )?;
        }
        Ok(())
    }

    fn check_instructions(&self, origin: &str) -> Result<(), ProgramError> {
        let (count, words) = (self.instructions.len(), self.arch.program_words);
        let most = map::TIMESTAMPS.min(words / isa::WORDS);
        let number = || "the number of instructions".into();
        require(
            (1..=most).contains(&count),
            origin,
            number,
            count,
            format!("1 to {most}"),
        )?;
        let starts = || "the number of starts".into();
        require(
            self.starts.len() == count,
            origin,
            starts,
            self.starts.len(),
            count,
        )?;
        check_order(&self.instructions).map_err(|source| ProgramError::Order {
            origin: origin.into(),
            source,
        })?;
        let expected = schedule_starts(&self.instructions);
        for (index, (&found, expected)) in self.starts.iter().zip(expected).enumerate() {
            require(
                found == expected,
                origin,
                || format!("the start of instruction {index}"),
                found as usize,
                expected,
            )?;
        }
        Ok(())
    }

    fn check_states(&self, origin: &str) -> Result<(), ProgramError> {
        let available = self.arch.recurrent_units;
        for state in &self.states {
            let end = state.first_unit.saturating_add(state.units());
            let what = || format!("the bits of the hidden state of layer '{}'", state.name);
            let bits = state.hidden_bits;
            require(matches!(bits, 8 | 16), origin, what, bits, "8 or 16")?;
            let what = || format!("the number of recurrent units of layer '{}'", state.name);
            require(end <= available, origin, what, end, available)?;
            let Some(initial) = &state.initial else {
                let what = || format!("the initial state of layer '{}'", state.name);
                require(
                    !self.keeps_states,
                    origin,
                    what,
                    0u8,
                    "one, as states are kept",
                )?;
                continue;
            };
            let what = || format!("the length of the state of layer '{}'", state.name);
            let lengths = [
                (initial.place.shape.elements(), state.bytes()),
                (initial.bytes.len(), state.bytes()),
                (initial.units.len(), state.units()),
            ];
            for (found, expected) in lengths {
                require(found == expected, origin, what, found, expected)?;
            }
        }
        Ok(())
    }

    fn holds(&self, p: &Placement) -> bool {
        let bytes = self.arch.bank_bytes();
        let fits =
            p.shape.in_limits() && p.shape.elements() <= bytes && p.channels.len() == p.shape.c;
        let last = p.channels.iter().copied().max().unwrap_or(0);
        let end = (p.shape.h.saturating_sub(1))
            .saturating_mul(p.row_stride)
            .saturating_add(p.shape.w.saturating_sub(1).saturating_mul(p.pixel_stride))
            .saturating_add(last)
            .saturating_add(p.address);
        fits && p.bank < self.arch.banks && end < bytes
    }
}

fn require(
    ok: bool,
    origin: &str,
    what: impl Fn() -> String,
    found: impl TryInto<u64>,
    expected: impl ToString,
) -> Result<(), ProgramError> {
    if ok {
        return Ok(());
    }
    let found = found.try_into().unwrap_or(u64::MAX);
    Err(ProgramError::Value {
        origin: origin.into(),
        what: what(),
        found,
        expected: expected.to_string(),
    })
}
