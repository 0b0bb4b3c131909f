//! What a run found out: the JSON of the command line, and what the report shows beyond it.

use serde::Serialize;

use crate::program::Program;
use crate::receipt::Receipt;

/// Results of one run, with the keys of the JSON file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Results {
    /// Model name.
    pub model: String,
    /// Configuration name.
    pub arch: String,
    /// Device name.
    pub device: String,
    /// Test images the accuracies are measured on.
    pub images: usize,
    /// Share of right answers of the integer network; `None` without labels.
    pub accuracy: Option<f64>,
    /// The same of the float network.
    pub accuracy_float: Option<f64>,
    /// Whether every compared output byte of the device equals the CPU reference; `None` if none was compared.
    pub bit_equal: Option<bool>,
    /// Images that the device ran and that were compared.
    pub images_compared: usize,
    /// Cycles of one image, as scheduled.
    pub cycles_predicted: u64,
    /// Cycles of one image, as counted by the device; `None` on a device without cycles.
    pub cycles_measured: Option<u64>,
    /// Whether prediction and every count agree, for the total and for the start of every instruction.
    pub cycles_equal: Option<bool>,
    /// Multiplications of the model.
    pub macs: u64,
    /// Multiplications for each multiplier and cycle, 0 to 1.
    pub utilization: f64,
    /// Layers in order.
    pub layers: Vec<LayerResults>,
    /// Seconds of each stage, in order.
    #[serde(serialize_with = "as_map")]
    pub seconds: Vec<(String, f64)>,
}

/// Results of one layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerResults {
    /// Name in the imported model.
    pub name: String,
    /// Operation.
    pub op: String,
    /// Multiplications.
    pub macs: u64,
    /// Cycles as scheduled.
    pub cycles_predicted: u64,
    /// Cycles as measured.
    pub cycles_measured: Option<u64>,
    /// Multiplications for each multiplier and cycle, 0 to 1.
    pub utilization: f64,
    /// Signal to noise of its output against the float model, decibels; `None` where it has no counterpart there.
    pub sqnr_db: Option<f64>,
    /// The same of the hidden state of a recurrent layer, for each step; empty for other layers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden_db: Vec<Option<f64>>,
    /// The same of its cell state; empty for cells without one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cell_db: Vec<Option<f64>>,
}

/// One test image and its answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Gray or red, green, blue; row-major, 0 to 255.
    pub pixels: Vec<[u8; 3]>,
    /// The right class, or text.
    pub label: Option<String>,
    /// Answer of the integer network.
    pub answer: String,
    /// Answer of the float network.
    pub answer_float: String,
}

/// Everything the report shows.
pub struct ReportData<'a> {
    /// Results.
    pub results: &'a Results,
    /// The compiled program.
    pub program: &'a Program,
    /// Images with answers.
    pub samples: &'a [Sample],
    /// What was left out, and why.
    pub left_out: &'a [String],
    /// Further settings: name and value.
    pub settings: &'a [(String, String)],
    /// The receipt, if this was a verification.
    pub receipt: Option<&'a Receipt>,
}

fn as_map<S: serde::Serializer>(pairs: &[(String, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, seconds)| (name, seconds)))
}

/// `12,501,632`.
pub(super) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `97.1 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", share * 100.0)
}
