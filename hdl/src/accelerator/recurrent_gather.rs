//! Columns of a hidden unit that came with earlier beats are held until its last column is there.

use systole_arch::Arch;

use super::recurrent_activation::{ACTIVATION, VALUE_BITS};
use super::recurrent_beats::{COLUMNS, part_bits};
use super::recurrent_gate::GATE_SUM_BITS;
use crate::rt::prelude::*;

/// Column with the candidate of a GRU.
pub(super) const CANDIDATE: usize = 2;

const TEXT: &str = "Four gates side by side for each unit, and the sum of its candidate column.

With four lanes and more all columns of a unit come together. With fewer, those of earlier beats are held here.";

/// Takes the lanes, gives units.
#[derive(LogicBlock)]
pub struct Gather {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A beat is there, at 17.
    pub valid: Flag<In>,
    /// Its part of the unit, at 17.
    pub part: Sig<In>,
    /// Gates of the lanes, at 17.
    pub lane_gate: Vec<Sig<In>>,
    /// Sums of the lanes, at 12.
    pub lane_sum: Vec<Sig<In>>,
    /// Gates of the units, four for each, at 17.
    pub gate: Vec<Sig<Out>>,
    /// Sums of the candidate columns, at 17.
    pub candidate: Vec<Sig<Out>>,
    sum_later: Vec<Delay>,
    held: Vec<Reg>,
    held_candidate: Vec<Reg>,
    held_columns: Size,
    columns: Size,
    units: Size,
    part_of: Vec<Size>,
    lane_of: Vec<Size>,
    candidate_lane: Vec<Size>,
    candidate_part: Size,
    held_candidates: Size,
}

impl Gather {
    /// For the lanes of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let (lanes, units) = (arch.lanes, arch.units_at_once());
        // Columns of earlier beats: none with four lanes and more.
        let held = COLUMNS.saturating_sub(lanes);
        let held_candidates = usize::from(CANDIDATE < held);
        Gather {
            doc: Doc::new("gather", TEXT)
                .port("valid", "17")
                .port("part", "17")
                .port("lane_gate", "17")
                .port("lane_sum", "12")
                .port("gate", "17: columns 0 to 3 of each unit")
                .port("candidate", "17"),
            clock: Signal::default(),
            valid: Flag::new(),
            part: Sig::uint(part_bits(arch)),
            lane_gate: Sig::int_lanes(lanes, VALUE_BITS),
            lane_sum: Sig::int_lanes(lanes, GATE_SUM_BITS),
            gate: Sig::int_lanes(COLUMNS * units, VALUE_BITS),
            candidate: Sig::int_lanes(units, GATE_SUM_BITS),
            sum_later: (0..units)
                .map(|_| Delay::int(GATE_SUM_BITS, ACTIVATION))
                .collect(),
            held: Reg::int_lanes(held, VALUE_BITS),
            held_candidate: Reg::int_lanes(held_candidates, GATE_SUM_BITS),
            held_columns: Size::new(held),
            columns: Size::new(COLUMNS),
            units: Size::new(units),
            part_of: sizes(COLUMNS, |c| c / lanes),
            lane_of: sizes(COLUMNS * units, |c| c % lanes),
            candidate_lane: sizes(units, |u| (COLUMNS * u + CANDIDATE) % lanes),
            candidate_part: Size::new(CANDIDATE / lanes),
            held_candidates: Size::new(held_candidates),
        }
    }
}

impl Logic for Gather {
    #[hdl_gen]
    fn update(&mut self) {
        for c in 0..self.held_columns.n {
            self.held[c].clock.next = self.clock.val();
            self.held[c].d.next = self.held[c].q.val();
            if self.valid.val() && self.part.val() == self.part_of[c].n {
                self.held[c].d.next = self.lane_gate[self.lane_of[c].n].val();
            }
        }
        for u in 0..self.units.n {
            self.sum_later[u].clock.next = self.clock.val();
            self.sum_later[u].d.next = self.lane_sum[self.candidate_lane[u].n].val();
            self.candidate[u].next = self.sum_later[u].q.val();
            for c in 0..self.columns.n {
                if c < self.held_columns.n {
                    self.gate[u * self.columns.n + c].next = self.held[c].q.val();
                } else {
                    self.gate[u * self.columns.n + c].next =
                        self.lane_gate[self.lane_of[u * self.columns.n + c].n].val();
                }
            }
        }
        for i in 0..self.held_candidates.n {
            self.held_candidate[i].clock.next = self.clock.val();
            self.held_candidate[i].d.next = self.held_candidate[i].q.val();
            if self.valid.val() && self.part.val() == self.candidate_part.n {
                self.held_candidate[i].d.next = self.sum_later[i].q.val();
            }
            self.candidate[i].next = self.held_candidate[i].q.val();
        }
    }
}

fn sizes(count: usize, size: impl Fn(usize) -> usize) -> Vec<Size> {
    (0..count).map(|i| Size::new(size(i))).collect()
}
