//! `--dim`: sizes that a model file leaves open.

use anyhow::Context;
use systole_quant::import::ImportOptions;

/// Sizes of open dimensions.
#[derive(Debug, clap::Args)]
pub(super) struct Dimensions {
    /// Size of a dimension that the model leaves open, by its symbol or as `input.axis`: NAME=SIZE. May be repeated.
    #[arg(long = "dim", value_name = "NAME=SIZE")]
    dims: Vec<String>,
}

impl Dimensions {
    /// What the importer is told.
    pub(super) fn options(&self) -> anyhow::Result<ImportOptions> {
        let mut options = ImportOptions::default();
        for text in &self.dims {
            let (name, size) = parse(text).with_context(|| {
                format!("--dim {text} is not NAME=SIZE\n  hint: for example `--dim time=28`")
            })?;
            options.dims.insert(name, size);
        }
        Ok(options)
    }
}

fn parse(text: &str) -> Option<(String, usize)> {
    let (name, size) = text.split_once('=')?;
    let size = size.trim().parse().ok().filter(|&size| size > 0)?;
    Some((name.trim().to_owned(), size))
}
