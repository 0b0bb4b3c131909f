//! Checks of a board file, from its words to its numbers.

mod sources;

use std::collections::BTreeMap;

use super::part::{Family, PARTS, Part};
use super::pins::Pins;
use super::sheet::{PllInput, Pull, Sheet, Variant};
use super::{Board, BoardError, room};
use crate::config::Arch;

/// One board for each variant of a sheet, if the sheet and all of them are possible.
pub(super) fn boards(sheet: Sheet, origin: &str) -> Result<Vec<Board>, BoardError> {
    let check = Check { origin };
    check.sources(&sheet)?;
    check.options(&sheet)?;
    let board = |variant: &Variant| check.board(variant, &sheet);
    sheet.variant.iter().map(board).collect()
}

struct Check<'a> {
    origin: &'a str,
}

impl Check<'_> {
    fn value(&self, key: &str, value: impl ToString, rule: impl Into<String>) -> BoardError {
        BoardError::Value {
            origin: self.origin.into(),
            key: key.into(),
            value: value.to_string(),
            rule: rule.into(),
        }
    }

    /// What does not depend on the part.
    fn options(&self, sheet: &Sheet) -> Result<(), BoardError> {
        let (link, programmer) = (&sheet.link, &sheet.programmer);
        if link.baud == 0 || link.baud > link.top_baud.value {
            let rule = format!("1 to `link.top_baud` ({})", link.top_baud.value);
            return Err(self.value("link.baud", link.baud, rule));
        }
        if programmer.sram.is_none() && programmer.flash.is_none() {
            let rule = "followed by `sram`, `flash` or both: options of openFPGALoader";
            let key = "programmer.openfpgaloader";
            return Err(self.value(key, &programmer.openfpgaloader, rule));
        }
        if sheet.core.clocks.is_empty() {
            return Err(self.value("core.clocks", "[]", "a list of frequencies, at least one"));
        }
        Ok(())
    }

    fn board(&self, variant: &Variant, sheet: &Sheet) -> Result<Board, BoardError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if variant.name.is_empty() || !variant.name.chars().all(plain) {
            let rule = "lower-case letters, digits and hyphens";
            return Err(self.value("variant.name", &variant.name, rule));
        }
        let part = self.part(&variant.part)?;
        let pins = self.package(part, sheet)?;
        let board = Board {
            variant: variant.clone(),
            sheet: sheet.clone(),
            part,
        };
        self.ports(&board, pins)?;
        self.clocks(&board)?;
        self.preset(&board)?;
        Ok(board)
    }

    fn part(&self, name: &str) -> Result<&'static Part, BoardError> {
        let known = || PARTS.iter().map(|p| p.name).collect::<Vec<_>>().join(", ");
        Part::named(name)
            .ok_or_else(|| self.value("variant.part", name, format!("one of {}", known())))
    }

    fn package(&self, part: &Part, sheet: &Sheet) -> Result<Pins, BoardError> {
        let (name, speed) = (part.name, sheet.speed.as_deref());
        let there = match (part.speeds, speed) {
            ([], speed) => speed.is_none(),
            (speeds, Some(speed)) => speeds.contains(&speed),
            (_, None) => false,
        };
        if !there {
            let rule = match part.speeds {
                [] => format!("left out: {name} has none"),
                speeds => format!("one of {} for {name}", speeds.join(", ")),
            };
            return Err(self.value("speed", speed.unwrap_or("nothing"), rule));
        }
        let package = part
            .packages
            .iter()
            .find(|(known, _)| *known == sheet.package);
        let known: Vec<&str> = part.packages.iter().map(|(name, _)| *name).collect();
        let rule = || format!("one of {} for {name}", known.join(", "));
        match package {
            Some((_, pins)) => Ok(*pins),
            None => Err(self.value("package", &sheet.package, rule())),
        }
    }

    /// Pins exist, none is used twice, and the family has what they ask for.
    fn ports(&self, board: &Board, pins: Pins) -> Result<(), BoardError> {
        let family = board.part.family;
        let mut taken: BTreeMap<&str, String> = BTreeMap::new();
        for port in board.ports() {
            if !pins.has(port.pin) {
                let rule = format!("a pin of {}: {}", board.sheet.package, pins.rule());
                return Err(self.value(&port.key, port.pin, rule));
            }
            if !family.standards().contains(&port.standard) {
                let rule = format!("on one of {}", family.standards().join(", "));
                return Err(self.value(&port.key, port.standard, rule));
            }
            if family == Family::Ice40 && port.pull == Some(Pull::Down) {
                let rule = "without it: iCE40 pins have no resistor to ground";
                return Err(self.value(&port.key, "down", rule));
            }
            if let Some(first) = taken.insert(port.pin, port.key.clone()) {
                return Err(BoardError::SharedPin {
                    origin: self.origin.into(),
                    pin: port.pin.into(),
                    first,
                    second: port.key,
                });
            }
        }
        if (family == Family::Ice40) != board.sheet.clock.pll.is_some() {
            let rule = "given for iCE40 boards, \"core\" or \"pad\", and for no others";
            let given = board.sheet.clock.pll.map_or("nothing", |pll| match pll {
                PllInput::Core => "core",
                PllInput::Pad => "pad",
            });
            return Err(self.value("clock.pll", given, rule));
        }
        Ok(())
    }

    /// Every core clock can be made, and the UART works with it.
    fn clocks(&self, board: &Board) -> Result<(), BoardError> {
        for &hz in &board.sheet.core.clocks {
            let origin = || self.origin.to_owned();
            let pll = board.pll(hz).map_err(|source| BoardError::Clock {
                origin: origin(),
                hz,
                source,
            })?;
            board.uart(&pll).map_err(|source| BoardError::Baud {
                origin: origin(),
                hz,
                source,
            })?;
        }
        Ok(())
    }

    fn preset(&self, board: &Board) -> Result<(), BoardError> {
        let Some(preset) = &board.variant.preset else {
            return match board.variant.multipliers {
                Some(kind) => {
                    let rule = "left out where there is no `preset`";
                    Err(self.value("variant.multipliers", kind.name(), rule))
                }
                None => Ok(()),
            };
        };
        if let Err(error) = Arch::preset(preset) {
            let hint = error.to_string();
            let known = hint
                .rsplit_once("presets: ")
                .map_or(&*hint, |(_, known)| known);
            return Err(self.value("variant.preset", preset, format!("one of {known}")));
        }
        let short = board
            .arch()
            .and_then(|arch| room::shortage(&arch, board.part));
        short.map_or(Ok(()), |shortage| {
            Err(BoardError::Preset {
                origin: self.origin.into(),
                preset: preset.clone(),
                part: board.part.name.into(),
                shortage,
            })
        })
    }
}
