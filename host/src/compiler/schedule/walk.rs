//! Walks the slots and beats of one pass, in the order and at the times of the machine.

use systole_arch::isa::{self, Instruction, LEVEL_FIELDS, LEVELS, Unit};
use systole_arch::{Arch, Timing, timing};

use super::Hazard;

/// Consecutive units of `P` bytes of a bank that are touched at one time; wraps at the end of the bank.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touch {
    pub(super) bank: usize,
    /// First unit.
    pub(super) unit: usize,
    pub(super) count: usize,
    /// Cycles after the start of the instruction.
    pub(super) time: u64,
}

/// A row of the sum memory that is touched at one time.
#[derive(Debug, Clone, Copy)]
pub(super) struct SumTouch {
    pub(super) row: usize,
    /// Cycles after the start of the instruction.
    pub(super) time: u64,
}

/// What a walk reports.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    Read(Touch),
    Write(Touch),
    ReadSums(SumTouch),
    WriteSums(SumTouch),
}

/// One level of the nest.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    count: u64,
    address: u64,
    y: i64,
    x: i64,
    out: u64,
    residual: u64,
}

/// A decoded pass, ready to be walked.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) index: usize,
    pub(super) in_bank: usize,
    out_bank: usize,
    residual_bank: Option<usize>,
    steps: [Step; LEVELS],
    address: u64,
    y: i64,
    x: i64,
    height: i64,
    row_bytes: i64,
    out: u64,
    residual: u64,
    pub(super) slots: u64,
    beats: [u64; 2],
    pub(super) stalls: [u64; 2],
    /// Vectors of one tile.
    pub(super) vectors: u64,
    pub(super) tiles: u64,
    slot_to_beat: u64,
    kind: Unit,
    wide: bool,
    sum_row: usize,
    sum_rows: usize,
    /// Beats that one word of results takes.
    beats_of_word: u64,
    rows: i64,
    unit: u64,
    bank_mask: u64,
}

impl Walk {
    pub(super) fn new(i: &Instruction, arch: &Arch, index: usize) -> Result<Self, Hazard> {
        let get = |field| i.get(field) as u64;
        let mut steps = [Step::default(); LEVELS];
        for (step, fields) in steps.iter_mut().zip(&LEVEL_FIELDS) {
            *step = Step {
                count: get(fields.count) + 1,
                address: get(fields.daddress),
                y: i.get(fields.dy),
                x: i.get(fields.dx),
                ..Step::default()
            };
        }
        let paths = [
            (isa::OUT_STEP_X, isa::RESIDUAL_STEP_X),
            (isa::OUT_STEP_Y, isa::RESIDUAL_STEP_Y),
            (isa::OUT_STEP_TILE, isa::RESIDUAL_STEP_TILE),
        ];
        for (step, (out, residual)) in steps.iter_mut().skip(3).zip(paths) {
            (step.out, step.residual) = (get(out), get(residual));
        }
        let walk = Self {
            index,
            in_bank: get(isa::IN_BANK) as usize,
            out_bank: get(isa::OUT_BANK) as usize,
            residual_bank: (get(isa::RESIDUAL) == 1).then(|| get(isa::RESIDUAL_BANK) as usize),
            address: get(isa::IN_ADDRESS),
            y: i.get(isa::Y0),
            x: i.get(isa::X0),
            height: i.get(isa::HEIGHT),
            row_bytes: i.get(isa::ROW_BYTES),
            out: get(isa::OUT_ADDRESS),
            residual: get(isa::RESIDUAL_ADDRESS),
            slots: steps[0].count * steps[1].count * steps[2].count,
            beats: [get(isa::BEATS) + 1, get(isa::BEATS_LAST) + 1],
            stalls: [get(isa::STALL), get(isa::STALL_LAST)],
            vectors: steps[3].count * steps[4].count,
            tiles: steps[5].count,
            steps,
            slot_to_beat: Timing::new(arch).slot_to_beat(get(isa::MODE_MAX) == 1),
            kind: Unit::of(i),
            wide: get(isa::WIDE) == 1,
            sum_row: get(isa::SUM_ROW) as usize,
            sum_rows: arch.sum_rows(),
            beats_of_word: Unit::of(i).columns(get(isa::WIDE) == 1) as u64,
            rows: arch.rows as i64,
            unit: arch.lanes as u64,
            bank_mask: arch.bank_bytes() as u64 - 1,
        };
        walk.check(arch)?;
        Ok(walk)
    }

    fn check(&self, arch: &Arch) -> Result<(), Hazard> {
        let (instruction, banks, lanes) = (self.index, arch.banks, arch.lanes);
        let used = [Some(self.in_bank), Some(self.out_bank), self.residual_bank];
        if let Some(&bank) = used.iter().flatten().find(|&&bank| bank >= banks) {
            return Err(Hazard::NoSuchBank {
                instruction,
                bank,
                banks,
            });
        }
        if self.residual_bank == Some(self.in_bank) {
            return Err(Hazard::SharedBank {
                instruction,
                bank: self.in_bank,
            });
        }
        let needed = self.sum_row as u64 + self.beat_count();
        if self.kind != Unit::Bytes && needed > self.sum_rows as u64 {
            return Err(Hazard::NoSuchSums {
                instruction,
                needed,
                rows: self.sum_rows,
            });
        }
        let steps = self.steps.iter().flat_map(|step| [step.out, step.residual]);
        let mut addresses = steps.chain([self.out, self.residual]);
        if let Some(address) = addresses.find(|a| !a.is_multiple_of(self.unit)) {
            return Err(Hazard::Unaligned {
                instruction,
                address: address as usize,
                lanes,
            });
        }
        let last = usize::from(self.tiles == 1);
        for (beats, stall) in self.beats.iter().zip(self.stalls).skip(last) {
            let (most, cycles) = (arch.max_beats() as u64, self.slots + stall);
            if *beats > most {
                return Err(Hazard::TooManyBeats {
                    instruction,
                    beats: *beats,
                    most,
                });
            }
            if *beats > cycles {
                return Err(Hazard::NoRoomForBeats {
                    instruction,
                    beats: *beats,
                    cycles,
                });
            }
        }
        Ok(())
    }

    /// Cycles from the start to the earliest start of the next instruction, by issue alone.
    pub(super) fn issue(&self) -> u64 {
        let tile = |stall| self.vectors * (self.slots + stall);
        (self.tiles - 1) * tile(self.stalls[0]) + tile(self.stalls[1])
    }

    /// Whether the pass presents a slot to its bank at this time after its start.
    pub(super) fn reads_at(&self, time: u64) -> bool {
        let Some(slot) = time.checked_sub(timing::START_TO_SLOT + timing::SLOT_TO_BANK) else {
            return false;
        };
        if slot >= self.issue() {
            return false;
        }
        let early = (self.tiles - 1) * self.vectors * (self.slots + self.stalls[0]);
        let (slot, stall) = if slot < early {
            (slot, self.stalls[0])
        } else {
            (slot - early, self.stalls[1])
        };
        slot % (self.slots + stall) < self.slots
    }

    /// Time of beat 0 of the first vector.
    pub(super) fn first_beat(&self) -> u64 {
        timing::START_TO_SLOT + self.slots - 1 + self.slot_to_beat
    }

    /// Time at which all beats of the last vector have been shown.
    pub(super) fn beats_end(&self) -> u64 {
        timing::START_TO_SLOT + self.issue() - 1 - self.stalls[1]
            + self.slot_to_beat
            + self.beats[1]
    }

    /// Beats of the whole pass.
    fn beat_count(&self) -> u64 {
        self.vectors * ((self.tiles - 1) * self.beats[0] + self.beats[1])
    }

    /// When the results of the first and of the last beat are on their way to a bank, if the pass writes bytes. Every beat
    /// counts, as if it completed a word: bytes of a recurrent layer are collected in one place.
    pub(super) fn writes(&self) -> Option<[u64; 2]> {
        let latency = timing::beat_to_write(self.kind, self.wide)?;
        let [first, last] = [self.first_beat(), self.beats_end() - 1].map(|beat| beat + latency);
        Some([first, last + self.kind.words(self.wide) as u64 - 1])
    }

    /// Distance of the planes of a hidden state of 16 bits.
    pub(super) fn planes(&self) -> Option<u64> {
        self.wide.then_some(self.steps[3].out & self.bank_mask)
    }

    /// Calls `visit` for all reads and writes: vector by vector, its slots first, then its beats.
    pub(super) fn run<E>(&self, mut visit: impl FnMut(Event) -> Result<(), E>) -> Result<(), E> {
        let mut at = Position {
            address: self.address,
            y: self.y,
            x: self.x,
            slot: timing::START_TO_SLOT,
        };
        let (mut out, mut residual, mut shown) = (self.out, self.residual, 0);
        for tile in 0..self.tiles {
            let last = usize::from(tile + 1 == self.tiles);
            for row in 0..self.steps[4].count {
                for column in 0..self.steps[3].count {
                    self.slots(&mut at, &mut visit)?;
                    let beat = at.slot - 1 + self.slot_to_beat;
                    if self.kind == Unit::Bytes {
                        self.beats(self.beats[last], beat, out, residual, &mut visit)?;
                    } else {
                        self.sums(self.beats[last], beat, shown, &mut visit)?;
                    }
                    shown += self.beats[last];
                    at.slot += self.stalls[last];
                    let level = match (
                        column + 1 < self.steps[3].count,
                        row + 1 < self.steps[4].count,
                    ) {
                        (true, _) => 3,
                        (false, true) => 4,
                        (false, false) => 5,
                    };
                    self.advance(&mut at, level);
                    out += self.steps[level].out;
                    residual += self.steps[level].residual;
                }
            }
        }
        Ok(())
    }

    fn advance(&self, at: &mut Position, level: usize) {
        let step = &self.steps[level];
        at.address = at.address.wrapping_add(step.address);
        at.y += step.y;
        at.x += step.x;
    }

    /// The slots of one vector; leaves the position at its last slot, the time after it.
    fn slots<E>(
        &self,
        at: &mut Position,
        visit: &mut impl FnMut(Event) -> Result<(), E>,
    ) -> Result<(), E> {
        let [chunks, columns, rows] = [
            self.steps[0].count,
            self.steps[1].count,
            self.steps[2].count,
        ];
        for ky in 0..rows {
            for kx in 0..columns {
                for chunk in 0..chunks {
                    if let Some(touch) = self.touched(at) {
                        visit(Event::Read(touch))?;
                    }
                    at.slot += 1;
                    if chunk + 1 < chunks {
                        self.advance(at, 0);
                    }
                }
                if kx + 1 < columns {
                    self.advance(at, 1);
                }
            }
            if ky + 1 < rows {
                self.advance(at, 2);
            }
        }
        Ok(())
    }

    /// Units of the bytes of a slot that lie inside the image.
    fn touched(&self, at: &Position) -> Option<Touch> {
        let (first, end) = ((-at.x).max(0), (self.row_bytes - at.x).min(self.rows));
        if at.y < 0 || at.y >= self.height || first >= end {
            return None;
        }
        let low = at.address.wrapping_add(first as u64);
        let start = (low & self.bank_mask) / self.unit;
        let count = ((low % self.unit) + (end - first) as u64).div_ceil(self.unit);
        let time = at.slot + timing::SLOT_TO_BANK;
        Some(Touch {
            bank: self.in_bank,
            unit: start as usize,
            count: count as usize,
            time,
        })
    }

    fn beats<E>(
        &self,
        beats: u64,
        beat: u64,
        out: u64,
        residual: u64,
        visit: &mut impl FnMut(Event) -> Result<(), E>,
    ) -> Result<(), E> {
        let unit = |address: u64, b: u64| {
            (((address + b * self.unit) & self.bank_mask) / self.unit) as usize
        };
        for b in 0..beats {
            if let Some(bank) = self.residual_bank {
                let time = beat + b + timing::BEAT_TO_RESIDUAL;
                visit(Event::Read(Touch {
                    bank,
                    unit: unit(residual, b),
                    count: 1,
                    time,
                }))?;
            }
        }
        for b in 0..beats {
            let time = beat + b + timing::BEAT_TO_WRITE;
            visit(Event::Write(Touch {
                bank: self.out_bank,
                unit: unit(out, b),
                count: 1,
                time,
            }))?;
        }
        Ok(())
    }

    /// Beats of a recurrent layer, `shown` beats of the pass before them: sums, and words that they complete.
    fn sums<E>(
        &self,
        beats: u64,
        beat: u64,
        shown: u64,
        visit: &mut impl FnMut(Event) -> Result<(), E>,
    ) -> Result<(), E> {
        for b in 0..beats {
            let (row, time) = (self.sum_row + (shown + b) as usize, beat + b);
            let Some(latency) = timing::beat_to_write(self.kind, self.wide) else {
                let time = time + timing::BEAT_TO_SUM_WRITE;
                visit(Event::WriteSums(SumTouch { row, time }))?;
                continue;
            };
            let read = time + timing::BEAT_TO_SUM_READ;
            visit(Event::ReadSums(SumTouch { row, time: read }))?;
            if (shown + b + 1).is_multiple_of(self.beats_of_word) {
                let word = self.out + (shown + b) / self.beats_of_word * self.unit;
                for plane in 0..self.kind.words(self.wide) as u64 {
                    let address = (word + plane * self.steps[3].out) & self.bank_mask;
                    visit(Event::Write(Touch {
                        bank: self.out_bank,
                        unit: (address / self.unit) as usize,
                        count: 1,
                        time: time + latency + plane,
                    }))?;
                }
            }
        }
        Ok(())
    }

    /// Bank of the residual operand and the times of its last reads, at most `span` cycles before the last one.
    pub(super) fn residual_tail(&self, span: u64) -> Option<(usize, Vec<u64>)> {
        let bank = self.residual_bank?;
        let end = self.beats_end() + timing::BEAT_TO_RESIDUAL;
        let mut times = Vec::new();
        let (tiles, vectors) = (self.tiles, self.vectors);
        let mut vector_end = timing::START_TO_SLOT + self.issue();
        'all: for tile in (0..tiles).rev() {
            let last = usize::from(tile + 1 == tiles);
            for _ in 0..vectors {
                let beat = vector_end - self.stalls[last] - 1
                    + self.slot_to_beat
                    + timing::BEAT_TO_RESIDUAL;
                times.extend((0..self.beats[last]).map(|b| beat + b));
                if beat + span < end {
                    break 'all;
                }
                vector_end -= self.slots + self.stalls[last];
            }
        }
        times.sort_unstable();
        Some((bank, times))
    }
}

#[derive(Debug, Clone, Copy)]
struct Position {
    address: u64,
    y: i64,
    x: i64,
    /// Time of the next slot after the start of the instruction.
    slot: u64,
}
