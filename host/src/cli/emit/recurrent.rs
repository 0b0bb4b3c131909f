//! Options of the recurrent cores.

use anyhow::Context;

use super::Target;
use super::cores::{REFUSED, multipliers};
use crate::cli::Verdict;
use systole::testbench::recurrent_data;
use systole_arch::Multipliers;
use systole_hdl::cores::{RecurrentKind, RecurrentOptions, recurrent_files};

/// Sizes of a recurrent layer and of its array.
#[derive(Debug, clap::Args)]
struct Layer {
    /// Bytes of a step in one cycle.
    #[arg(long, default_value_t = 8)]
    rows: usize,
    /// Gate sums at once.
    #[arg(long, default_value_t = 8)]
    cols: usize,
    /// Gate sums that are scaled in one cycle, and bytes of a result word; the most that fit up to 4 if it is not given.
    #[arg(long)]
    lanes: Option<usize>,
    /// How the multipliers of the array are built.
    #[arg(long, value_parser = multipliers(), default_value = Multipliers::default().name())]
    multipliers: Multipliers,
    /// Numbers of a step.
    #[arg(long, default_value_t = 28)]
    inputs: usize,
    /// Hidden units.
    #[arg(long, default_value_t = 64)]
    hidden: usize,
    #[command(flatten)]
    target: Target,
}

impl Layer {
    fn run(&self, kind: RecurrentKind) -> anyhow::Result<Verdict> {
        let default = || RecurrentOptions::default_lanes(self.rows, self.cols);
        let options = RecurrentOptions {
            kind,
            rows: self.rows,
            cols: self.cols,
            lanes: self.lanes.unwrap_or_else(default),
            multipliers: self.multipliers,
            inputs: self.inputs,
            hidden: self.hidden,
        };
        options.check().context(REFUSED)?;
        let data = match self.target.bench() {
            Some(bench) => Some((bench, recurrent_data(&options, bench.seed)?)),
            None => None,
        };
        let bench = data.as_ref().map(|(bench, data)| (*bench, data));
        let files = recurrent_files(&options, bench).context(REFUSED)?;
        self.target.finish(&files, &format!("{}_tb", kind.name()))
    }
}

/// `systole emit lstm`.
#[derive(Debug, clap::Args)]
pub(super) struct Lstm {
    #[command(flatten)]
    layer: Layer,
    /// Fraction bits of the cell state, 8 to 12.
    #[arg(long, default_value_t = 11)]
    cell_bits: usize,
}

impl Lstm {
    pub(super) fn run(&self) -> anyhow::Result<Verdict> {
        let cell_bits = self.cell_bits;
        self.layer.run(RecurrentKind::Lstm { cell_bits })
    }
}

/// `systole emit gru`.
#[derive(Debug, clap::Args)]
pub(super) struct Gru {
    #[command(flatten)]
    layer: Layer,
}

impl Gru {
    pub(super) fn run(&self) -> anyhow::Result<Verdict> {
        self.layer.run(RecurrentKind::Gru)
    }
}
