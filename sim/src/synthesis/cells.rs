//! How many cells of each kind a design becomes.

use std::collections::BTreeMap;

use super::yosys;
use crate::error::{Result, io};
use crate::flow::luts_in;
use crate::verilator::write_files;

/// Cells by kind, as yosys names them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cells {
    /// Count of each kind.
    pub counts: BTreeMap<String, usize>,
}

impl Cells {
    /// Cells of one kind.
    pub fn of(&self, kind: &str) -> usize {
        self.counts.get(kind).copied().unwrap_or(0)
    }

    /// Look-up tables: those alone, in carry cells and in small memories.
    pub fn luts(&self) -> usize {
        let luts = |(kind, count): (&String, &usize)| luts_in(kind) * count;
        self.counts.iter().map(luts).sum()
    }

    /// Flip-flops.
    pub fn flip_flops(&self) -> usize {
        self.of("TRELLIS_FF")
    }

    /// Lines `<spaces><count> <kind>` of the last statistics in a log.
    fn parse(log: &str) -> Self {
        let last = log
            .rfind("Number of cells")
            .or(log.rfind("==="))
            .unwrap_or(0);
        let count = |line: &str| {
            let mut words = line.split_whitespace();
            let (first, second) = (words.next()?, words.next()?);
            let (number, kind) = match first.parse::<usize>() {
                Ok(number) => (number, second),
                Err(_) => (second.parse().ok()?, first),
            };
            let is_cell = kind
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            (words.next().is_none() && is_cell).then(|| (kind.to_owned(), number))
        };
        Cells {
            counts: log[last..].lines().filter_map(count).collect(),
        }
    }
}

/// Synthesizes `top` for ECP5 with yosys.
///
/// # Errors
/// [`Error::ToolMissing`](crate::Error::ToolMissing), [`Error::Synthesis`](crate::Error::Synthesis),
/// [`Error::Io`](crate::Error::Io).
pub fn cells(sources: &[(String, String)], top: &str) -> Result<Cells> {
    let folder = tempfile::tempdir().map_err(io("creating a folder in", std::env::temp_dir()))?;
    let names = write_files(sources, folder.path())?;
    yosys(folder.path(), &names, top, "tee -o cells.txt stat")?;
    let path = folder.path().join("cells.txt");
    let text = std::fs::read_to_string(&path).map_err(io("reading", &path))?;
    Ok(Cells::parse(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_both_styles_are_read() {
        let new = "=== t ===\n\n     8200 wires\n       64   MULT18X18D\n     1679   LUT4\n      153   $scopeinfo\n";
        let old = "=== t ===\n   Number of cells:   3\n     CCU2C     12\n     DP16KD      8\n";
        assert_eq!(Cells::parse(new).of("MULT18X18D"), 64);
        assert_eq!(Cells::parse(new).counts.len(), 2);
        assert_eq!(Cells::parse(old).luts(), 24);
        assert_eq!(Cells::parse(old).of("DP16KD"), 8);
    }
}
