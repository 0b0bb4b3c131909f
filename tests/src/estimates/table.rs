//! Estimates of today beside what was measured.

use super::{Design, Designs, EstimatesError};
use systole_arch::boards::room;
use systole_arch::resources::{clock, on_board};

/// One quantity of one design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// By the estimator.
    pub estimate: f64,
    /// By the tools.
    pub measured: f64,
}

impl Compared {
    /// By how many hundredths of what was measured the estimate is too high.
    pub fn error(&self) -> f64 {
        100.0 * (self.estimate - self.measured) / self.measured.max(1.0)
    }

    fn cells(self, digits: usize) -> [String; 3] {
        let Compared { estimate, measured } = self;
        [
            format!("{estimate:.digits$}"),
            format!("{measured:.digits$}"),
            format!("{:+.0} %", self.error()),
        ]
    }
}

/// A design with both.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Board and configuration.
    pub name: String,
    /// No constant was fitted to it.
    pub held_out: bool,
    /// LUTs.
    pub luts: Compared,
    /// Flip-flops.
    pub flip_flops: Compared,
    /// Cells of a LUT and a flip-flop, where they are counted.
    pub cells: Option<Compared>,
    /// Block RAMs.
    pub block_rams: Compared,
    /// Multipliers.
    pub multipliers: Compared,
    /// Clock rate, MHz.
    pub mhz: Compared,
}

/// Estimates and measurements of a design; none if it was never built.
///
/// # Errors
/// [`EstimatesError::Board`], [`EstimatesError::Build`] for a design that has no estimate.
fn compare(design: &Design) -> Result<Option<Row>, EstimatesError> {
    let Some(measured) = design.measured else {
        return Ok(None);
    };
    let missing = |what: &str| EstimatesError::Build {
        design: design.name(),
        reason: format!("there is no estimate of its {what}"),
    };
    let board = design.on()?;
    let device = room::device(board.part).ok_or_else(|| missing("part"))?;
    let needed = on_board(&design.arch, &device.fabric).ok_or_else(|| missing("cells"))?;
    let speed = board.sheet.speed.as_deref();
    let mhz = clock::mhz(&design.arch, device, speed).ok_or_else(|| missing("clock"))?;
    let count = |estimate: usize, measured: u64| Compared {
        estimate: estimate as f64,
        measured: measured as f64,
    };
    Ok(Some(Row {
        name: design.name(),
        held_out: design.held_out,
        luts: count(needed.placed_luts, measured.luts),
        flip_flops: count(needed.flip_flops, measured.flip_flops),
        cells: measured.cells.map(|cells| count(needed.cells, cells)),
        block_rams: count(needed.block_rams, measured.block_rams),
        multipliers: count(needed.multipliers, measured.multipliers),
        mhz: Compared {
            estimate: mhz,
            measured: measured.mhz,
        },
    }))
}

/// All designs that were built.
///
/// # Errors
/// As `compare`.
pub fn rows(designs: &Designs) -> Result<Vec<Row>, EstimatesError> {
    let rows: Result<Vec<_>, _> = designs.design.iter().map(compare).collect();
    Ok(rows?.into_iter().flatten().collect())
}

/// The table, and its largest errors.
///
/// # Errors
/// As `compare`.
pub fn table(designs: &Designs) -> Result<String, EstimatesError> {
    let rows = rows(designs)?;
    let mut text = String::from(
        "| board | configuration | LUTs | placed | error | flip-flops | placed | error | cells | placed | error | RAMs | placed | DSPs | placed | MHz | placed | error |\n",
    );
    text += &format!("|---|---{}|\n", "|---:".repeat(16));
    for row in &rows {
        let none = || ["", "", ""].map(str::to_owned);
        let short = |c: Compared| -> Vec<String> { c.cells(0).into_iter().take(2).collect() };
        let (board, arch) = row.name.split_once(' ').unwrap_or((&row.name, ""));
        let mark = if row.held_out { ", held out" } else { "" };
        let cells = [
            vec![format!("`{board}`"), format!("`{arch}`{mark}")],
            row.luts.cells(0).to_vec(),
            row.flip_flops.cells(0).to_vec(),
            row.cells.map_or_else(none, |c| c.cells(0)).to_vec(),
            short(row.block_rams),
            short(row.multipliers),
            row.mhz.cells(1).to_vec(),
        ];
        text += &format!("| {} |\n", cells.concat().join(" | "));
    }
    let (held_out, fitted): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.held_out);
    text += &format!("\n{}\n", summary("that constants were fitted to", &fitted));
    text += &format!("{}\n", summary("held out", &held_out));
    Ok(text)
}

fn summary(which: &str, rows: &[Row]) -> String {
    let (luts, flip_flops) = (worst(rows, |r| r.luts), worst(rows, |r| r.flip_flops));
    let mhz = worst(rows, |r| r.mhz);
    format!(
        "{} designs {which}, largest errors: LUTs {luts:.0} %, flip-flops {flip_flops:.0} %, clock {mhz:.0} %.",
        rows.len()
    )
}

/// Largest error of all rows, without its sign.
pub fn worst(rows: &[Row], of: impl Fn(&Row) -> Compared) -> f64 {
    let errors = rows.iter().map(|row| of(row).error().abs());
    errors.fold(0.0, f64::max)
}
