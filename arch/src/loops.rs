//! Hardware loops: which instruction follows which, and what the index registers hold. `docs/recurrence.md` says when.

use crate::isa::{self, Field, INDEX_STEPS, INDEXES, Instruction, width};

const ADDRESS_MASK: u32 = (1 << width::ADDRESS) - 1;

/// The loop registers of the sequencer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoopState {
    /// Index registers 1 to 4.
    indexes: [u32; INDEXES],
    steps: [u32; INDEXES],
    /// First and last instruction of the body.
    body: [usize; 2],
    /// Turns that are still to come after this one.
    left: u32,
}

impl LoopState {
    /// The `LOOP` at `place` starts: its body lies behind it, index registers become 0.
    pub fn enter(&mut self, instruction: &Instruction, place: usize) {
        *self = LoopState {
            indexes: [0; INDEXES],
            steps: INDEX_STEPS.map(|field| instruction.get(field) as u32),
            body: [place + 1, place + body_length(instruction)],
            left: instruction.get(isa::LOOP_COUNT) as u32,
        };
    }

    /// A pass with its index registers added to its addresses.
    pub fn apply(&self, pass: &Instruction) -> Instruction {
        let mut applied = *pass;
        for (select, address) in [
            (isa::IN_INDEX, isa::IN_ADDRESS),
            (isa::OUT_INDEX, isa::OUT_ADDRESS),
        ] {
            let sum = pass.get(address) + i64::from(self.index(pass, select));
            applied.set_modulo(address, sum);
        }
        applied
    }

    /// Value of the index register that a field of a pass names; 0 for none.
    pub fn index(&self, pass: &Instruction, select: Field) -> u32 {
        let number = pass.get(select) as usize;
        number
            .checked_sub(1)
            .and_then(|n| self.indexes.get(n))
            .copied()
            .unwrap_or(0)
    }

    /// The instruction at `place` has started: which one follows.
    pub fn next(&mut self, place: usize) -> usize {
        if place != self.body[1] || self.body[1] < self.body[0] {
            return place + 1;
        }
        for (index, step) in self.indexes.iter_mut().zip(self.steps) {
            *index = (*index + step) & ADDRESS_MASK;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                self.body[0]
            }
            None => {
                // The body is done; whatever comes to this place again is no turn of it.
                self.body = [1, 0];
                place + 1
            }
        }
    }
}

/// Instructions in the body of a `LOOP`.
pub fn body_length(instruction: &Instruction) -> usize {
    instruction.get(isa::LOOP_LENGTH) as usize
}

/// Times that the body of a `LOOP` runs.
pub fn turns(instruction: &Instruction) -> u64 {
    instruction.get(isa::LOOP_COUNT) as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Opcode;

    fn looped(count: i64, length: i64, steps: [i64; INDEXES]) -> Instruction {
        let mut i = Instruction::new(Opcode::Loop);
        i.set(isa::LOOP_COUNT, count - 1).unwrap();
        i.set(isa::LOOP_LENGTH, length).unwrap();
        for (field, step) in INDEX_STEPS.into_iter().zip(steps) {
            i.set_modulo(field, step);
        }
        i
    }

    #[test]
    fn bodies_repeat_and_indexes_advance_after_each_turn() {
        let mut state = LoopState::default();
        state.enter(&looped(3, 2, [5, -1, 0, 7]), 4);
        let mut pass = Instruction::new(Opcode::Pass);
        pass.set(isa::IN_ADDRESS, 3).unwrap();
        pass.set(isa::IN_INDEX, 2).unwrap();
        pass.set(isa::OUT_INDEX, 1).unwrap();
        let mut seen = vec![];
        let mut place = 5;
        while place < 8 {
            let applied = state.apply(&pass);
            seen.push((
                place,
                applied.get(isa::IN_ADDRESS),
                applied.get(isa::OUT_ADDRESS),
            ));
            place = state.next(place);
        }
        let expected = [
            (5, 3, 0),
            (6, 3, 0),
            (5, 2, 5),
            (6, 2, 5),
            (5, 1, 10),
            (6, 1, 10),
            (7, 0, 15),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn addresses_and_indexes_wrap() {
        let mut state = LoopState::default();
        state.enter(&looped(2, 1, [-2, 0, 0, 0]), 0);
        let mut pass = Instruction::new(Opcode::Pass);
        pass.set(isa::IN_INDEX, 1).unwrap();
        assert_eq!(state.next(1), 1);
        assert_eq!(state.apply(&pass).get(isa::IN_ADDRESS), (1 << 20) - 2);
        pass.set(isa::IN_ADDRESS, 2).unwrap();
        assert_eq!(state.apply(&pass).get(isa::IN_ADDRESS), 0);
    }

    #[test]
    fn selects_beyond_the_registers_add_nothing() {
        let mut pass = Instruction::new(Opcode::Pass);
        let mut state = LoopState::default();
        state.enter(&looped(2, 1, [1; 4]), 0);
        state.next(1);
        for select in 0..8 {
            pass.set(isa::IN_INDEX, select).unwrap();
            let expected = i64::from((1..=4).contains(&select));
            assert_eq!(state.apply(&pass).get(isa::IN_ADDRESS), expected);
        }
    }
}
