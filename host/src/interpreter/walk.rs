//! The address generator: the nest of six loops as an iterator over slots.

use super::pass::Pass;
use systole_arch::isa::{LEVELS, Level, width};

const ADDRESS_MASK: u32 = (1 << width::ADDRESS) - 1;
const WEIGHT_MASK: u32 = (1 << width::WEIGHT) - 1;

/// The level that advances after the last slot of a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// Output column.
    OutX,
    /// Output row.
    OutY,
    /// Tile of output channels.
    Tile,
    /// None: the pass ends.
    End,
}

/// What the address generator shows in one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Byte address, 20 bits; banks use it modulo their size.
    pub address: u32,
    /// Row coordinate.
    pub y: i16,
    /// Byte coordinate of lane 0, a signed number of 20 bits.
    pub x: i32,
    /// Weight address, 12 bits; cells use it modulo their depth.
    pub weight: u32,
    /// First slot of a vector.
    pub first: bool,
    /// First slot of the second plane of a vector.
    pub next_plane: bool,
    /// For the last slot of a vector: what advances after it.
    pub last: Option<Advance>,
    /// Whether the slot belongs to the last tile.
    pub last_tile: bool,
}

/// Iterates over the slots of a pass.
#[derive(Debug, Clone)]
pub struct Walk<'a> {
    pass: &'a Pass,
    turn: [u32; LEVELS],
    address: u32,
    y: i16,
    x: i32,
    weight: u32,
    done: bool,
}

impl<'a> Walk<'a> {
    /// Starts at the first slot.
    #[must_use]
    pub fn new(pass: &'a Pass) -> Self {
        let (address, weight) = (pass.in_address, pass.weight_address);
        Walk {
            pass,
            turn: [0; LEVELS],
            address,
            y: pass.y0,
            x: pass.x0,
            weight,
            done: false,
        }
    }

    /// The innermost level that is not at its end.
    fn advancing(&self) -> Option<usize> {
        (0..LEVELS).find(|&level| self.turn[level] < self.pass.levels[level].count)
    }

    fn slot(&self, advancing: Option<usize>) -> Slot {
        const INNER: usize = Level::OutX as usize;
        const PLANE: usize = Level::KernelY as usize;
        let last = match advancing {
            Some(level) if level < INNER => None,
            Some(level) if level == INNER => Some(Advance::OutX),
            Some(level) if level == Level::OutY as usize => Some(Advance::OutY),
            Some(_) => Some(Advance::Tile),
            None => Some(Advance::End),
        };
        Slot {
            address: self.address,
            y: self.y,
            x: self.x,
            weight: self.weight,
            first: self.turn[..INNER] == [0; INNER],
            next_plane: self.pass.wide && self.turn[PLANE] > 0 && self.turn[..PLANE] == [0; PLANE],
            last,
            last_tile: self.turn[Level::Tile as usize]
                == self.pass.levels[Level::Tile as usize].count,
        }
    }

    fn step(&mut self, level: usize) {
        let steps = &self.pass.levels[level];
        self.turn[level] += 1;
        self.turn[..level].fill(0);
        self.address = (self.address + steps.daddress) & ADDRESS_MASK;
        self.weight = (self.weight + steps.dweight) & WEIGHT_MASK;
        self.y = self.y.wrapping_add(steps.dy);
        self.x = sign_extend(self.x + steps.dx);
    }
}

impl Iterator for Walk<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        if self.done {
            return None;
        }
        let advancing = self.advancing();
        let slot = self.slot(advancing);
        match advancing {
            Some(level) => self.step(level),
            None => self.done = true,
        }
        Some(slot)
    }
}

/// Keeps the low 20 bits as a signed number.
fn sign_extend(x: i32) -> i32 {
    let unused = 32 - width::ADDRESS as u32;
    x << unused >> unused
}
