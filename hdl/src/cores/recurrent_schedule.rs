//! When the passes of a recurrent core may start, and so how many cycles a sequence takes.
//!
//! Nothing behind a slot stalls: every distance is a constant that follows from the hazards of `docs/recurrence.md`. The
//! controller counts these distances; it never looks whether a sum or a byte is there.

use systole_arch::timing;

use super::recurrent_sizes::RecurrentOptions;

/// Cycles from one start to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Distances {
    /// From the input part of a step to its recurrent part.
    pub(super) to_recurrent: usize,
    /// From a recurrent part to the input part of the next step.
    pub(super) to_input: usize,
    /// From a recurrent part to that of the next step.
    pub(super) step: usize,
}

impl RecurrentOptions {
    /// Cycles of one tile: its slots, and idle ones if its beats need more.
    pub(super) fn period(&self, part: usize) -> usize {
        self.chunks()[part].max(self.beats())
    }

    /// Cycles in which a pass issues.
    fn length(&self, part: usize) -> usize {
        self.tiles() * self.period(part)
    }

    /// From a last slot to the beat of its sums.
    pub(super) fn slot_to_beat(&self) -> usize {
        let array = self.array();
        let total = array.vector_latency + array.latency() + timing::ADD as usize;
        total + timing::HOLD as usize - timing::BEAT_TO_HOLD as usize
    }

    /// From the first slot of a pass to its last one.
    pub(super) fn last_slot(&self, part: usize) -> usize {
        (self.tiles() - 1) * self.period(part) + self.chunks()[part] - 1
    }

    /// From the first slot of a pass to beat `beat`, counted through all tiles.
    fn beat(&self, part: usize, beat: usize) -> usize {
        let slot = beat / self.beats() * self.period(part) + self.chunks()[part] - 1;
        slot + self.slot_to_beat() + beat % self.beats()
    }

    /// From the first slot of a recurrent part to the cycle in which a result word is written.
    fn written(&self, word: usize) -> usize {
        let last = self.columns() * (word + 1) - 1;
        // There is no bank here: words are taken where the recurrent unit shows them.
        let latency = timing::beat_to_write(self.kind.unit(), false)
            .map_or(0, |to_bank| to_bank - timing::WRITE_TO_BANK);
        self.beat(1, last) + latency as usize
    }

    /// The smallest distances without a hazard.
    pub(super) fn distances(&self) -> Distances {
        let beats = self.columns() * self.words();
        // Beats of two passes neither overtake nor meet each other. A pass has four beats or more, so a row of the sum
        // memory is read late enough after it was written.
        let after = |before: usize, next: usize| {
            (self.beat(before, beats - 1) + 1).saturating_sub(self.beat(next, 0))
        };
        // A slot reads hidden states later than they were written.
        let in_chunk = self.rows / self.lanes;
        let read = |chunk: usize| {
            let word = ((chunk + 1) * in_chunk).min(self.words()) - 1;
            (self.written(word) + 1).saturating_sub(chunk)
        };
        let read = (0..self.chunks()[1]).map(read).max().unwrap_or(0);
        Distances {
            to_recurrent: self.length(0).max(after(0, 1)),
            to_input: self.length(1).max(after(1, 0)),
            step: read,
        }
    }

    /// Cycles from the first input word to the last result of `steps` steps (at least one), both included, if no stream
    /// stalls and weights and parameters are there. Whether the steps are one sequence or many makes no difference.
    ///
    /// In the long run a step takes `step_cycles`.
    pub fn cycles(&self, steps: usize) -> usize {
        let (distances, words) = (self.distances(), self.chunks()[0]);
        // Of each step: when it is complete, when its parts may start, when its buffer is free again.
        let (mut complete, mut recurrent) = (0, None);
        let mut free: Vec<usize> = vec![];
        for step in 0..steps {
            let room = step.checked_sub(2).map_or(0, |earlier| free[earlier]);
            complete = room.max(complete) + words;
            let mut start = recurrent.map_or(0, |before| before + distances.to_input);
            start = start.max(complete);
            // Slots show one cycle after the decision.
            free.push(start + 1 + self.last_slot(0) + 1);
            let state = recurrent.map_or(0, |before| before + distances.step);
            recurrent = Some((start + distances.to_recurrent).max(state));
        }
        // Two cycles in the queue, and the cycle of the result itself.
        recurrent.unwrap_or(0) + 1 + self.written(self.words() - 1) + 2 + 1
    }

    /// Cycles of one more step of a long sequence.
    pub fn step_cycles(&self) -> usize {
        const LONG: usize = 8;
        self.cycles(LONG + 1) - self.cycles(LONG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cores::RecurrentKind;

    fn sizes() -> impl Iterator<Item = RecurrentOptions> {
        let arrays = [
            [2, 2, 1],
            [2, 4, 1],
            [4, 4, 1],
            [8, 8, 1],
            [4, 8, 4],
            [8, 16, 8],
            [8, 8, 4],
        ];
        let layers = [[1, 1], [40, 1], [1, 9], [3, 5], [28, 16], [28, 64]];
        let kinds = [RecurrentKind::Lstm { cell_bits: 11 }, RecurrentKind::Gru];
        let all = move |[rows, cols, lanes]: [usize; 3]| {
            layers.into_iter().flat_map(move |[inputs, hidden]| {
                kinds.into_iter().map(move |kind| RecurrentOptions {
                    kind,
                    rows,
                    cols,
                    lanes,
                    multipliers: systole_arch::Multipliers::Generic,
                    inputs,
                    hidden,
                })
            })
        };
        arrays.into_iter().flat_map(all)
    }

    #[test]
    fn sums_are_read_after_they_were_written() {
        let least = (timing::BEAT_TO_SUM_WRITE + 1 - timing::BEAT_TO_SUM_READ) as usize;
        for o in sizes() {
            let start = o.distances().to_recurrent;
            for beat in 0..o.columns() * o.words() {
                assert!(start + o.beat(1, beat) >= o.beat(0, beat) + least, "{o:?}");
            }
        }
    }

    /// The formula of `docs/cores.md`.
    #[test]
    fn a_step_is_full_of_slots_or_waits_for_the_one_before() {
        let mut seen = [0; 2];
        for o in sizes() {
            let ([x, h], tiles) = (o.chunks(), o.tiles());
            if x.min(h) < o.beats() {
                continue;
            }
            let slots = tiles * (x + h);
            let groups = o.cols / o.group();
            // Hidden states of a GRU come one cycle later.
            let kind = usize::from(o.kind == RecurrentKind::Gru);
            let latency = (tiles - 1) * h + o.rows + groups + o.beats_last() + 32 + kind;
            assert_eq!(o.step_cycles(), slots.max(latency), "{o:?}");
            seen[usize::from(slots < latency)] += 1;
        }
        assert!(seen.iter().all(|cases| *cases >= 4), "{seen:?}");
    }

    #[test]
    fn numbers_of_the_page() {
        let mut o = RecurrentOptions {
            kind: RecurrentKind::Lstm { cell_bits: 11 },
            rows: 8,
            cols: 8,
            lanes: 4,
            multipliers: systole_arch::Multipliers::Generic,
            inputs: 28,
            hidden: 64,
        };
        assert_eq!((o.step_cycles(), o.weight_words()), (384, 384));
        assert_eq!(o.cycles(9), 3506);
        o.hidden = 16;
        assert_eq!((o.step_cycles(), o.cycles(9)), (58, 562));
    }
}
