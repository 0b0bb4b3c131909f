//! What the machine has been told to do so far: when each unit of memory was last read and written.

use std::convert::Infallible;

use systole_arch::{Arch, timing};

use super::Hazard;
use super::walk::{Event, SumTouch, Touch, Walk};

/// Times are cycles after the run command. A time of 0 stands for never: nothing happens before `FETCH`.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    /// `[bank][unit]`.
    written: Vec<Vec<u64>>,
    read: Vec<Vec<u64>>,
    /// Write of each row of the sum memory.
    sums: Vec<u64>,
    lanes: usize,
    /// Earliest start of the next instruction by fetching and issuing.
    free: u64,
    /// Earliest beat 0 of the next vector.
    post_free: u64,
    /// Beat 0 of the first vector of the last pass.
    begin: Option<u64>,
    /// Residual reads at the end of earlier passes: bank and cycle.
    residual_reads: Vec<(usize, u64)>,
    last_write: u64,
    /// Distance of planes that the recurrent unit keeps, and the last write that needs it.
    planes: Option<(u64, u64)>,
}

impl Timeline {
    pub(super) fn new(arch: &Arch) -> Self {
        let units = arch.bank_bytes() / arch.lanes;
        Self {
            written: vec![vec![0; units]; arch.banks],
            read: vec![vec![0; units]; arch.banks],
            sums: vec![0; arch.sum_rows()],
            lanes: arch.lanes,
            free: timing::FETCH,
            post_free: 0,
            begin: None,
            residual_reads: Vec::new(),
            last_write: 0,
            planes: None,
        }
    }

    /// The smallest legal start of a pass.
    pub(super) fn earliest(&self, walk: &Walk) -> u64 {
        let begin = self.begin.map_or(0, |cycle| cycle + 1);
        let post = self.post_free.saturating_sub(walk.first_beat());
        let in_order = walk
            .writes()
            .map_or(0, |[first, _]| (self.last_write + 1).saturating_sub(first));
        let planes = self.planes_until(walk).saturating_sub(walk.first_beat());
        let mut start = self.free.max(begin).max(post).max(in_order).max(planes);
        let result: Result<(), Infallible> = walk.run(|event| {
            start = start.max(self.earliest_for(event));
            Ok(())
        });
        let Ok(()) = result;
        while self.collision(walk, start).is_some() {
            start += 1;
        }
        start
    }

    /// The cycle up to which beat 0 of a pass has to wait, because words with another distance of planes are on their way.
    fn planes_until(&self, walk: &Walk) -> u64 {
        match (walk.planes(), self.planes) {
            (Some(step), Some((before, written))) if step != before => written,
            _ => 0,
        }
    }

    fn earliest_for(&self, event: Event) -> u64 {
        match event {
            Event::Read(touch) => {
                let written = self.units(touch, &self.written).max().unwrap_or(0);
                (written + 1).saturating_sub(touch.time)
            }
            Event::Write(touch) => {
                let read = self.units(touch, &self.read).max().unwrap_or(0);
                let written = self.units(touch, &self.written).max().unwrap_or(0);
                read.max(written + 1).saturating_sub(touch.time)
            }
            Event::ReadSums(SumTouch { row, time }) => (self.sums[row] + 1).saturating_sub(time),
            Event::WriteSums(_) => 0,
        }
    }

    fn units<'a>(
        &self,
        touch: Touch,
        times: &'a [Vec<u64>],
    ) -> impl Iterator<Item = u64> + use<'a> {
        let bank = &times[touch.bank];
        let mask = bank.len() - 1;
        (touch.unit..touch.unit + touch.count).map(move |unit| bank[unit & mask])
    }

    /// Bank and cycle in which a slot meets a residual read of an earlier pass.
    fn collision(&self, walk: &Walk, start: u64) -> Option<(usize, u64)> {
        let meets = |&&(bank, cycle): &&(usize, u64)| {
            bank == walk.in_bank && cycle >= start && walk.reads_at(cycle - start)
        };
        self.residual_reads.iter().find(meets).copied()
    }

    /// Enters a pass; fails if it reads back what it wrote itself too early.
    pub(super) fn commit(&mut self, walk: &Walk, start: u64) -> Result<(), Hazard> {
        let instruction = walk.index;
        let (mask, lanes) = (
            self.written.first().map_or(0, |bank| bank.len() - 1),
            self.lanes,
        );
        walk.run(|event| {
            match event {
                Event::Read(Touch {
                    bank,
                    unit,
                    count,
                    time,
                }) => {
                    let cycle = start + time;
                    for unit in unit..unit + count {
                        let written = self.written[bank][unit & mask];
                        if written >= cycle {
                            let address = (unit & mask) * lanes;
                            return Err(Hazard::ReadBeforeWrite {
                                instruction,
                                cycle,
                                bank,
                                address,
                                written,
                            });
                        }
                        let read = &mut self.read[bank][unit & mask];
                        *read = cycle.max(*read);
                    }
                }
                Event::Write(Touch {
                    bank, unit, time, ..
                }) => {
                    self.written[bank][unit & mask] = start + time;
                }
                Event::ReadSums(_) => {}
                Event::WriteSums(SumTouch { row, time }) => self.sums[row] = start + time,
            }
            Ok(())
        })?;
        if let Some([_, last]) = walk.writes() {
            self.last_write = self.last_write.max(start + last);
        }
        if let Some(step) = walk.planes() {
            self.planes = Some((step, self.last_write));
        }
        self.free = start + walk.issue().max(timing::FETCH);
        self.post_free = start + walk.beats_end();
        self.begin = Some(start + walk.first_beat());
        self.residual_reads.retain(|&(_, cycle)| cycle >= self.free);
        let tail = walk.residual_tail(4 * timing::BEAT_TO_WRITE + 256);
        if let Some((bank, times)) = tail {
            let after = times.into_iter().map(|time| (bank, start + time));
            self.residual_reads
                .extend(after.filter(|&(_, cycle)| cycle >= self.free));
        }
        Ok(())
    }

    /// The rules between this pass and earlier ones.
    pub(super) fn check(&self, walk: &Walk, start: u64) -> Result<(), Hazard> {
        let instruction = walk.index;
        if start < self.free {
            return Err(Hazard::TooEarly {
                instruction,
                cycle: start,
                earliest: self.free,
            });
        }
        if let Some(begin) = self.begin.filter(|&begin| start <= begin) {
            return Err(Hazard::Begin {
                instruction,
                cycle: start,
                begin,
            });
        }
        let cycle = start + walk.first_beat();
        if cycle < self.post_free {
            return Err(Hazard::PostOverrun {
                instruction,
                cycle,
                earliest: self.post_free,
            });
        }
        let written = self.planes_until(walk);
        if cycle < written {
            return Err(Hazard::Planes {
                instruction,
                cycle,
                written,
            });
        }
        let written = self.last_write;
        if let Some(cycle) = walk
            .writes()
            .map(|[first, _]| start + first)
            .filter(|&c| c <= written)
        {
            return Err(Hazard::WriteOrder {
                instruction,
                cycle,
                written,
            });
        }
        if let Some((bank, cycle)) = self.collision(walk, start) {
            return Err(Hazard::BankCollision {
                instruction,
                cycle,
                bank,
            });
        }
        walk.run(|event| self.check_event(event, instruction, start))
    }

    fn check_event(&self, event: Event, instruction: usize, start: u64) -> Result<(), Hazard> {
        let touch = match event {
            Event::Read(touch) | Event::Write(touch) => touch,
            Event::WriteSums(_) => return Ok(()),
            Event::ReadSums(SumTouch { row, time }) => {
                let (cycle, written) = (start + time, self.sums[row]);
                return if written < cycle {
                    Ok(())
                } else {
                    Err(Hazard::SumsBeforeWrite {
                        instruction,
                        cycle,
                        row,
                        written,
                    })
                };
            }
        };
        let Touch {
            bank,
            unit,
            count,
            time,
        } = touch;
        let cycle = start + time;
        let mask = self.written[bank].len() - 1;
        for unit in unit..unit + count {
            let address = (unit & mask) * self.lanes;
            let (written, read) = (
                self.written[bank][unit & mask],
                self.read[bank][unit & mask],
            );
            match event {
                Event::Read(_) if written >= cycle => {
                    return Err(Hazard::ReadBeforeWrite {
                        instruction,
                        cycle,
                        bank,
                        address,
                        written,
                    });
                }
                Event::Write(_) if read > cycle => {
                    return Err(Hazard::WriteBeforeRead {
                        instruction,
                        cycle,
                        bank,
                        address,
                        read,
                    });
                }
                Event::Write(_) if written >= cycle => {
                    return Err(Hazard::WriteBeforeWrite {
                        instruction,
                        cycle,
                        bank,
                        address,
                        written,
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Earliest start of an instruction that issues nothing.
    pub(super) fn free(&self) -> u64 {
        self.free
    }

    /// Enters an instruction that issues nothing.
    pub(super) fn commit_idle(&mut self, start: u64) {
        self.free = start + timing::FETCH;
    }

    /// An instruction that issues nothing starts when it is fetched.
    pub(super) fn check_idle(&self, instruction: usize, start: u64) -> Result<(), Hazard> {
        let (cycle, earliest) = (start, self.free);
        if start < self.free {
            return Err(Hazard::TooEarly {
                instruction,
                cycle,
                earliest,
            });
        }
        Ok(())
    }

    /// `END` starts when the last byte is written.
    pub(super) fn end_start(&self) -> u64 {
        let written = if self.last_write > 0 {
            self.last_write + 1
        } else {
            0
        };
        self.free.max(written)
    }

    pub(super) fn check_end(&self, instruction: usize, start: u64) -> Result<(), Hazard> {
        self.check_idle(instruction, start)?;
        if self.last_write >= start {
            return Err(Hazard::EndBeforeWrite {
                cycle: start,
                written: self.last_write,
            });
        }
        Ok(())
    }
}
