//! Memory plan: a bank and an address for each buffer, from their lifetimes.

use std::collections::HashMap;

use systole_arch::Arch;

use super::banks::Banks;

/// When a buffer is in use, both ends included. Time 0 is before the first pass, pass `p` is time `p + 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) bytes: usize,
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Life {
    fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Orders that are tried before giving up.
const ATTEMPTS: u64 = 400;

/// Bank and address of each buffer, or the time with the largest need and that need in bytes. Buffers in `fixed` come
/// first: where they are depends on nothing else, so that programs of one network have them in the same places.
pub(super) fn place(
    lives: &[Life],
    fixed: &[usize],
    banks: &Banks,
    arch: &Arch,
) -> Result<Vec<(usize, usize)>, (usize, usize)> {
    let found =
        (0..ATTEMPTS).find_map(|attempt| Attempt::new(lives, banks, arch, attempt).run(fixed));
    found.ok_or_else(|| {
        let need = |time: usize| {
            lives
                .iter()
                .filter(|l| l.first <= time && time <= l.last)
                .map(|l| l.bytes)
                .sum()
        };
        let times = lives.iter().map(|l| l.first);
        times
            .map(|time| (time, need(time)))
            .max_by_key(|&(_, bytes)| bytes)
            .unwrap_or((0, 0))
    })
}

struct Attempt<'a> {
    lives: &'a [Life],
    banks: &'a Banks,
    arch: &'a Arch,
    number: u64,
    state: u64,
    /// Banks of the two sides of each group.
    sides: HashMap<usize, [usize; 2]>,
    placed: Vec<Option<(usize, usize)>>,
}

impl<'a> Attempt<'a> {
    fn new(lives: &'a [Life], banks: &'a Banks, arch: &'a Arch, number: u64) -> Self {
        Self {
            lives,
            banks,
            arch,
            number,
            state: number,
            sides: HashMap::new(),
            placed: vec![None; lives.len()],
        }
    }

    fn run(mut self, fixed: &[usize]) -> Option<Vec<(usize, usize)>> {
        for &buffer in fixed {
            let address = self.lowest(buffer, 0)?;
            let (group, side) = self.banks.find(buffer);
            self.sides.insert(group, if side { [1, 0] } else { [0, 1] });
            self.placed[buffer] = Some((0, address));
        }
        for buffer in self.order() {
            if self.placed[buffer].is_some() {
                continue;
            }
            let (group, side) = self.banks.find(buffer);
            let options = match self.sides.get(&group) {
                Some(&known) => vec![known],
                None => self.pairs(),
            };
            let priced = options.into_iter().filter_map(|pair| {
                let address = self.lowest(buffer, pair[usize::from(side)])?;
                Some((address, pair))
            });
            let (address, pair) = priced.min_by_key(|&(address, _)| address)?;
            self.sides.insert(group, pair);
            self.placed[buffer] = Some((pair[usize::from(side)], address));
        }
        self.placed.into_iter().collect()
    }

    /// Largest first, then in order of time; later attempts shuffle.
    fn order(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.lives.len()).collect();
        match self.number {
            0 => order
                .sort_by_key(|&b| (self.lives[b].first, std::cmp::Reverse(self.lives[b].bytes))),
            1 => order.sort_by_key(|&b| std::cmp::Reverse(self.lives[b].bytes)),
            _ => {
                let keys: Vec<usize> = order
                    .iter()
                    .map(|&b| self.noise(self.lives[b].bytes))
                    .collect();
                order.sort_by_key(|&b| std::cmp::Reverse(keys[b]));
            }
        }
        order
    }

    fn noise(&mut self, bytes: usize) -> usize {
        bytes.saturating_mul(256 + (self.random() % 512) as usize)
    }

    fn random(&mut self) -> u64 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.state >> 33
    }

    fn pairs(&mut self) -> Vec<[usize; 2]> {
        let banks = self.arch.banks;
        let mut pairs: Vec<[usize; 2]> = (0..banks)
            .flat_map(|a| (0..banks).map(move |b| [a, b]))
            .collect();
        pairs.retain(|[a, b]| a != b);
        if self.number > 1 {
            let turn = self.random() as usize % pairs.len();
            pairs.rotate_left(turn);
        }
        pairs
    }

    /// Lowest free address of a bank during the life of a buffer.
    fn lowest(&self, buffer: usize, bank: usize) -> Option<usize> {
        let align = self.arch.lanes.max(4);
        let life = &self.lives[buffer];
        let mut taken: Vec<(usize, usize)> = self
            .placed
            .iter()
            .zip(self.lives)
            .filter_map(|(place, other)| {
                let (in_bank, address) = (*place)?;
                (in_bank == bank && other.meets(life)).then_some((address, address + other.bytes))
            })
            .collect();
        taken.sort_unstable();
        let mut at = 0;
        for (start, end) in taken {
            if at + life.bytes <= start {
                break;
            }
            at = at.max(end.next_multiple_of(align));
        }
        (at + life.bytes <= self.arch.bank_bytes()).then_some(at)
    }
}
