//! Reading one cell: its connections by name, its parameters as numbers.

use super::json::{Bit, Cell};
use super::writer::Writer;

/// Why a cell cannot be translated.
pub(super) type Reason = String;

impl Cell {
    /// What is connected to the only bit of a port, if anything is.
    pub(super) fn bit(&self, port: &str) -> Option<&Bit> {
        self.connections.get(port)?.first()
    }

    /// Name of what is connected to a port; `otherwise` if nothing is.
    pub(super) fn input(&self, port: &str, otherwise: &str, writer: &Writer) -> String {
        match self.bit(port) {
            Some(bit) => writer.name(bit),
            None => otherwise.to_owned(),
        }
    }

    /// A parameter as it stands, without the blank that keeps words from being read as numbers.
    pub(super) fn word(&self, name: &str, otherwise: &'static str) -> &str {
        self.parameters
            .get(name)
            .map_or(otherwise, |text| text.trim_end())
    }

    /// A parameter of at most 64 bits; what is not specified counts as 0.
    pub(super) fn number(&self, name: &str) -> Result<u64, Reason> {
        let Some(text) = self.parameters.get(name) else {
            return Ok(0);
        };
        let digits: String = text.trim_end().replace(['x', 'z'], "0");
        u64::from_str_radix(&digits, 2)
            .map_err(|_| format!("parameter {name} is `{text}`, expected binary digits"))
    }

    /// A long parameter as binary digits, highest first, of the given length.
    pub(super) fn digits(&self, name: &str, length: usize) -> String {
        let text = self.parameters.get(name).map_or("", |text| text.trim_end());
        let digits = text.replace(['x', 'z'], "0");
        let padded = format!("{digits:0>length$}");
        padded[padded.len() - length..].to_owned()
    }

    /// Refuses a parameter that has another value than the model knows.
    pub(super) fn expect(&self, name: &str, known: &[&str]) -> Result<(), Reason> {
        match self.parameters.get(name).map(|text| text.trim_end()) {
            Some(value) if !known.contains(&value) => Err(format!(
                "parameter {name} is `{value}`, the model knows {}",
                known.join(", ")
            )),
            _ => Ok(()),
        }
    }
}
