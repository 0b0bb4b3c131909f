//! The reference manual, printed from the tables: `docs/reference/` is the output of these functions.
//!
//! `cargo test -p systole-arch --test reference` fails when a page is stale;
//! `SYSTOLE_BLESS=1 cargo test -p systole-arch --test reference` writes them anew.

mod axi;
mod configuration;
mod frames;
mod instructions;
mod presets;
mod registers;
mod timing;

use crate::config::{Arch, PRESETS};

/// One page: file name and Markdown text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// File name in `docs/reference/`.
    pub file: &'static str,
    /// Text.
    pub text: String,
}

/// All pages.
pub fn pages() -> Vec<Page> {
    let page = |file, title: &str, body: String| Page {
        file,
        text: format!("{NOTE}\n\n# {title}\n\n{}\n", body.trim()).replace("\n\n\n", "\n\n"),
    };
    vec![
        page("instructions.md", "Instructions", instructions::body()),
        page(
            "registers.md",
            "Address spaces and registers",
            registers::body(),
        ),
        page("axi.md", "Registers of the AXI wrapper", axi::body()),
        page("frames.md", "Frames", frames::body()),
        page("configuration.md", "Configuration", configuration::body()),
        page("timing.md", "Timing", timing::body()),
        page("presets.md", "Presets", presets::body()),
    ]
}

const NOTE: &str = "<!-- Printed from the tables of the crate systole-arch. Do not edit: \
SYSTOLE_BLESS=1 cargo test -p systole-arch --test reference -->";

/// The presets, in the order of the table.
fn presets() -> Vec<Arch> {
    PRESETS
        .iter()
        .filter_map(|(name, _)| Arch::preset(name).ok())
        .collect()
}

/// A Markdown table.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|h| (*h).into()).collect();
    let rule = vec!["---".to_string(); head.len()];
    let body: String = rows.into_iter().map(|row| line(&row)).collect();
    format!("{}{}{body}\n", line(&head), line(&rule))
}

/// Text as code.
fn code(text: impl std::fmt::Display) -> String {
    format!("`{text}`")
}

/// Bits as `31..20`, or one number for a single bit.
fn bit_range(lsb: usize, width: usize) -> String {
    match width {
        1 => lsb.to_string(),
        _ => format!("{}..{lsb}", lsb + width - 1),
    }
}
