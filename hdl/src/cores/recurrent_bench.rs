//! Files of a recurrent core: its Verilog, and a self-checking test bench with the sequences of a layer.
//!
//! What the layer makes of them is given: the reference of the numerics lives in another crate.

use super::bench::{Checker, Stream, hex, lines, opening};
use super::error::CoreError;
use super::options::Testbench;
use super::recurrent::RecurrentCore;
use super::recurrent_sizes::RecurrentOptions;
use super::recurrent_streams::{RecurrentData, Sequence};
use crate::rt::emit;

/// Name and text of every file of the core, and of its test bench if there is one.
///
/// # Errors
/// Those of [`RecurrentOptions::check`], and [`CoreError::Emit`] if the generator refuses the block (a defect of ours).
pub fn recurrent_files(
    options: &RecurrentOptions,
    testbench: Option<(Testbench, &RecurrentData)>,
) -> Result<Vec<(String, String)>, CoreError> {
    options.check()?;
    let name = options.kind.name();
    let core = emit(name, &RecurrentCore::new(options))?;
    let mut files = vec![(format!("{name}.v"), core)];
    if let Some((testbench, data)) = testbench {
        let words = Words::new(options, data);
        files.push((format!("{name}_tb.v"), bench(options, testbench, &words)));
        files.push((format!("{name}_weights.hex"), lines(&words.weights)));
        files.push((format!("{name}_parameters.hex"), lines(&words.parameters)));
        files.push((format!("{name}_steps.hex"), lines(&words.steps)));
        files.push((format!("{name}_expected.hex"), lines(&words.expected)));
    }
    Ok(files)
}

/// Words of all streams in hexadecimal; `tlast` is the bit above the data.
struct Words {
    weights: Vec<String>,
    parameters: Vec<String>,
    steps: Vec<String>,
    expected: Vec<String>,
    sequences: usize,
    step_count: usize,
}

impl Words {
    fn new(options: &RecurrentOptions, data: &RecurrentData) -> Self {
        let marked = |(word, last): (Vec<i64>, bool)| {
            let bits: Vec<i64> = word
                .iter()
                .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1))
                .chain([i64::from(last)])
                .collect();
            hex(&bits, 1)
        };
        let all = |words: &dyn Fn(_) -> Vec<(Vec<i64>, bool)>| {
            let words = data.sequences.iter().flat_map(words);
            words.map(marked).collect::<Vec<_>>()
        };
        let weights = options.weight_stream(&data.weights);
        let parameters = options.parameter_stream(&data.parameters);
        let steps = |s: &Sequence| s.inputs.len() / options.inputs;
        Words {
            weights: weights.iter().map(|word| hex(word, 8)).collect(),
            parameters: parameters
                .iter()
                .map(|word| hex(&word.map(i64::from), 32))
                .collect(),
            steps: all(&|sequence| options.input_stream(sequence, 0)),
            expected: all(&|sequence| options.result_stream(sequence)),
            sequences: data.sequences.len(),
            step_count: data.sequences.iter().map(steps).sum(),
        }
    }
}

fn bench(options: &RecurrentOptions, testbench: Testbench, words: &Words) -> String {
    let (name, rows, lanes) = (options.kind.name(), options.rows, options.lanes);
    let stream = |name, file: &str, words: usize, bits, pause, enable| Stream {
        name,
        file: format!("{}_{file}.hex", options.kind.name()),
        words,
        bits,
        pause,
        enable,
    };
    let always = || "1'b1".to_owned();
    let weights = stream(
        "weight",
        "weights",
        words.weights.len(),
        8 * options.group(),
        5,
        always(),
    );
    let parameters = stream(
        "param",
        "parameters",
        words.parameters.len(),
        64,
        11,
        always(),
    );
    // So that the cycles do not depend on the time that weights and parameters take.
    let loaded = format!(
        "(STALLS != 0 || (weight_index == {} && param_index == {}))",
        words.weights.len(),
        words.parameters.len()
    );
    let steps = stream("step", "steps", words.steps.len(), 8 * rows + 1, 14, loaded);
    let loading = words.weights.len() + 2 * words.parameters.len() + words.steps.len();
    let checker = Checker {
        file: format!("{name}_expected.hex"),
        results: words.expected.len(),
        bits: 8 * lanes + 1,
        last: format!("expected[result][{}]", 8 * lanes),
        begins: "step_taken",
        cycles: options.cycles(words.step_count),
        patience: 1000 + 8 * loading + 3 * options.cycles(words.step_count),
    };
    let text = format!(
        "{} random sequences, {} steps, one after the other",
        words.sequences, words.step_count
    );
    let device = format!(
        r#"  assign result_data[{last}] = result_last;
  {name} dut (
    .clock(clock), .reset(reset),
    .s_weight_tdata(weight_data), .s_weight_tvalid(weight_valid), .s_weight_tready(weight_ready),
    .s_param_tdata(param_data), .s_param_tvalid(param_valid), .s_param_tready(param_ready),
    .s_axis_tdata(step_data[{in_msb}:0]), .s_axis_tvalid(step_valid), .s_axis_tlast(step_data[{in_last}]), .s_axis_tready(step_ready),
    .m_axis_tdata(result_data[{msb}:0]), .m_axis_tvalid(result_valid), .m_axis_tlast(result_last), .m_axis_tready(result_ready));
endmodule
"#,
        last = 8 * lanes,
        msb = 8 * lanes - 1,
        in_last = 8 * rows,
        in_msb = 8 * rows - 1,
    );
    let module = format!("{name}_tb");
    [
        opening(&module, &text, testbench.seed, testbench.stalls),
        weights.source(),
        parameters.source(),
        steps.source(),
        checker.process(),
        device,
    ]
    .join("\n")
}
