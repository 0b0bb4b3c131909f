//! PLL settings: from the oscillator to the clock of the accelerator, inside the limits of the vendor.
//!
//! Three primitives, one form. The input is divided (`reference`), compared and multiplied (`feedback`), and the
//! oscillator (VCO) is divided (`output`). In `EHXPLLL` (feedback from `CLKOP`) and `rPLL` the feedback is taken
//! behind the output divider, in `SB_PLL40` (`SIMPLE`) before it.

mod cells;

pub use cells::{EHXPLLL, PllCell, RPLL_GW1NR_9, RPLL_GW2A_18, SB_PLL40};

use super::frequency::{Frequency, mhz};
use serde::Serialize;
use std::cmp::Ordering;

/// A setting may miss the wanted frequency by so many millionths.
pub const MOST_PPM: u64 = 10_000;

/// Why there is no setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PllError {
    /// The oscillator does not suit the PLL.
    #[error("{primitive} takes {} to {} MHz, not {} MHz", mhz(range[0]), mhz(range[1]), mhz(*hz))]
    Input {
        /// Primitive.
        primitive: &'static str,
        /// What was given.
        hz: u64,
        /// What is possible.
        range: [u64; 2],
    },
    /// The wanted frequency is outside what the PLL gives.
    #[error("{primitive} gives {} to {} MHz, not {} MHz", mhz(range[0]), mhz(range[1]), mhz(*hz))]
    Output {
        /// Primitive.
        primitive: &'static str,
        /// What was wanted.
        hz: u64,
        /// What is possible.
        range: [u64; 2],
    },
    /// No dividers come near.
    #[error("{primitive} makes no {} MHz of {} MHz; the nearest is {}", mhz(*hz), mhz(*input), nearest.map_or("none".into(), |hz| format!("{} MHz", mhz(hz))))]
    Unreachable {
        /// Primitive.
        primitive: &'static str,
        /// The oscillator.
        input: u64,
        /// What was wanted.
        hz: u64,
        /// The best there is.
        nearest: Option<u64>,
    },
}

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pll {
    /// The primitive.
    #[serde(skip)]
    pub cell: PllCell,
    /// The oscillator, Hz.
    pub input_hz: u64,
    /// Input divider.
    pub reference: u64,
    /// Feedback divider.
    pub feedback: u64,
    /// Output divider.
    pub output: u64,
}

impl Pll {
    /// At the phase comparator.
    pub fn comparator(&self) -> Frequency {
        Frequency::scaled(self.input_hz, 1, self.reference)
    }

    /// Of the oscillator inside.
    pub fn vco(&self) -> Frequency {
        let behind = if self.cell.behind { self.output } else { 1 };
        Frequency::scaled(self.input_hz, self.feedback * behind, self.reference)
    }

    /// Of the output.
    pub fn out(&self) -> Frequency {
        let divider = if self.cell.behind { 1 } else { self.output };
        Frequency::scaled(self.input_hz, self.feedback, self.reference * divider)
    }

    /// Whether every frequency is inside its limits.
    pub fn is_allowed(&self) -> bool {
        let cell = &self.cell;
        Frequency::scaled(self.input_hz, 1, 1).within(cell.input)
            && self.comparator().within(cell.comparator)
            && self.vco().within(cell.vco)
            && self.out().within(cell.out)
    }

    /// Parameters of the primitive that follow from the setting, as the vendor spells them.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let number = |n: u64| n.to_string();
        match self.cell.primitive {
            "EHXPLLL" => vec![
                ("CLKI_DIV", number(self.reference)),
                ("CLKFB_DIV", number(self.feedback)),
                ("CLKOP_DIV", number(self.output)),
                ("CLKOP_CPHASE", number(self.output / 2)),
                ("FEEDBK_PATH", "\"CLKOP\"".into()),
            ],
            "SB_PLL40" => vec![
                ("FEEDBACK_PATH", "\"SIMPLE\"".into()),
                ("DIVR", format!("4'd{}", self.reference - 1)),
                ("DIVF", format!("7'd{}", self.feedback - 1)),
                ("DIVQ", format!("3'd{}", self.output.trailing_zeros())),
                ("FILTER_RANGE", format!("3'd{}", self.filter_range())),
            ],
            _ => vec![
                ("FCLKIN", format!("\"{}\"", mhz(self.input_hz))),
                ("IDIV_SEL", number(self.reference - 1)),
                ("FBDIV_SEL", number(self.feedback - 1)),
                ("ODIV_SEL", number(self.output)),
            ],
        }
    }

    /// iCE40: range of the loop filter, by the frequency of the comparator (`icepll`).
    fn filter_range(&self) -> usize {
        let steps = [17, 26, 44, 66, 101].map(|mhz| mhz * cells::MHZ);
        let at = self.comparator();
        1 + steps
            .iter()
            .filter(|hz| at.compare(**hz) != Ordering::Less)
            .count()
    }

    /// Nearest first; then the faster comparator, which makes less jitter; then the VCO nearer to the middle of its range.
    fn better(&self, other: &Pll, wanted: u64) -> Ordering {
        let middle = (self.cell.vco[0] + self.cell.vco[1]) / 2;
        self.out()
            .nearer(&other.out(), wanted)
            .then(self.reference.cmp(&other.reference))
            .then_with(|| self.vco().nearer(&other.vco(), middle))
    }
}

/// The best setting.
///
/// # Errors
/// [`PllError`]: input or output out of range, or no setting within [`MOST_PPM`].
pub fn solve(cell: PllCell, input_hz: u64, wanted_hz: u64) -> Result<Pll, PllError> {
    let (primitive, hz) = (cell.primitive, wanted_hz);
    if !Frequency::scaled(input_hz, 1, 1).within(cell.input) {
        let range = cell.input;
        return Err(PllError::Input {
            primitive,
            hz: input_hz,
            range,
        });
    }
    if !Frequency::scaled(hz, 1, 1).within(cell.out) {
        let range = cell.out;
        return Err(PllError::Output {
            primitive,
            hz,
            range,
        });
    }
    let best = best(cell, input_hz, hz);
    best.filter(|pll| pll.out().deviation_ppm(hz) <= MOST_PPM)
        .ok_or(PllError::Unreachable {
            primitive,
            input: input_hz,
            hz,
            nearest: best.map(|pll| pll.out().hz()),
        })
}

fn best(cell: PllCell, input_hz: u64, wanted_hz: u64) -> Option<Pll> {
    let mut best: Option<Pll> = None;
    for reference in 1..=cell.reference {
        if !Frequency::scaled(input_hz, 1, reference).within(cell.comparator) {
            continue;
        }
        for feedback in 1..=cell.feedback {
            for &output in cell.outputs {
                let pll = Pll {
                    cell,
                    input_hz,
                    reference,
                    feedback,
                    output,
                };
                let wins = |b: &Pll| pll.better(b, wanted_hz) == Ordering::Less;
                if pll.is_allowed() && best.as_ref().is_none_or(wins) {
                    best = Some(pll);
                }
            }
        }
    }
    best
}
