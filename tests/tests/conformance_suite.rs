//! The suite itself: what it draws covers what it promises, and it notices and pins down what is wrong.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole::device::{Device, DeviceError, Interpreter, RunResult, Session};
use systole::program::{Placement, Program, StateBinding};
use systole_quant::integer::LayerOp;
use systole_quant::numerics;
use systole_quant::reference::oracle;
use systole_tests::conformance::campaign::{self, Failure, Plan};
use systole_tests::conformance::{
    Case, Direction, Mismatch, Open, Operator, SIZES, Skip, Subject, draw, report,
};

/// Whether at least one case in `one_in` of an operator has a property.
fn often(operator: Operator, one_in: usize, property: impl Fn(&Case) -> bool) {
    let cases = 400;
    let found = (0..cases)
        .filter(|&seed| property(&draw(operator, SIZES[seed % SIZES.len()], seed as u64)))
        .count();
    assert!(
        found * one_in >= cases,
        "{operator}: only {found} of {cases}"
    );
}

#[test]
fn forms_are_covered() {
    use Operator as O;
    for &operator in Operator::all().iter().filter(|o| **o != O::Network) {
        often(operator, 3, |c| c.input[0] != c.input[1]);
        often(operator, 3, |c| c.input[2] % c.size.rows != 0);
        often(operator, 20, |c| c.input[0] == 1);
        // Several rows in one vector; groups have more channels.
        if operator != O::GroupedConv {
            let few_bytes = |c: &Case| c.input[0] > 2 && c.input[1] * c.input[2] <= 4;
            often(operator, 20, few_bytes);
        }
        if operator.has_window() {
            often(operator, 2, |c| c.kernel[0] != c.kernel[1]);
        }
    }
    for operator in [O::Conv, O::PaddedConv, O::ResidualConv, O::FullyConnected] {
        often(operator, 3, |c| c.outputs % c.size.cols != 0);
        often(operator, 20, |c| c.outputs % c.size.cols == 0);
        often(operator, 6, |c| c.outputs > c.size.cols);
    }
    often(O::ConvMaxPool, 2, |c| c.extents != [1, 1]);
    often(O::ConvMaxPool, 6, |c| c.layers > 1);
    often(O::StridedConv, 1, |c| c.stride[0] > 1 || c.stride[1] > 1);
    often(O::StridedConv, 3, |c| c.stride[0] != c.stride[1]);
    often(O::DilatedConv, 1, |c| {
        c.dilation[0] > 1 || c.dilation[1] > 1
    });
    often(O::PaddedConv, 1, |c| {
        c.pads[0] != c.pads[2] || c.pads[1] != c.pads[3]
    });
    often(O::PaddedConv, 8, |c| c.pads[0] >= c.kernel[0]);
    often(O::GroupedConv, 1, |c| {
        c.groups > 1 && c.input[2] % c.groups == 0
    });
    often(O::DepthwiseConv, 1, |c| c.groups == c.input[2]);
    for operator in [O::MaxPool, O::AveragePool, O::AveragePoolWithPad] {
        often(operator, 3, |c| c.pads != [0; 4]);
        often(operator, 5, |c| c.stride[0] > 1);
        often(operator, 20, |c| c.dilation[0] > 1);
    }
    for operator in [O::ResidualConv, O::Add, O::Concat] {
        often(operator, 12, |c| c.shared);
        often(operator, 2, |c| !c.shared);
    }
    for axis in 0..3 {
        often(O::Concat, 6, |c| c.axis == axis);
        often(O::Reshape, 8, |c| c.axis == axis);
    }
    often(O::Table, 3, |c| c.outputs > 0);
    for &operator in Operator::all().iter().filter(|o| o.is_recurrent()) {
        often(operator, 3, |c| c.wide);
        often(operator, 3, |c| !c.wide);
        often(operator, 12, |c| c.wide && c.direction == Direction::Both);
        often(operator, 8, |c| c.wide && c.initial);
    }
}

/// Results at both ends of the range and in between; accumulators at their limit.
#[test]
fn numbers_reach_both_ends() {
    for operator in [
        Operator::Conv,
        Operator::FullyConnected,
        Operator::AveragePool,
        Operator::Add,
        Operator::Requantize,
    ] {
        let (mut low, mut high, mut between, mut extreme) = (0, 0, 0, 0);
        for seed in 0..200 {
            let (graph, inputs) = draw(operator, SIZES[2], seed).build().unwrap();
            let tensors = oracle::run(&graph, &inputs).unwrap();
            for &q in &tensors[graph.outputs[0]] {
                match q {
                    i8::MIN => low += 1,
                    i8::MAX => high += 1,
                    _ => between += 1,
                }
            }
            let limit = |layer: &systole_quant::integer::Layer| match &layer.op {
                LayerOp::Conv(conv) => conv.bias.iter().any(|bias| bias.abs() > 1 << 33),
                _ => false,
            };
            extreme += usize::from(graph.layers.iter().any(limit));
        }
        let all = low + high + between;
        assert!(
            low * 30 > all && high * 30 > all && between * 2 > all,
            "{operator}: {low} {between} {high}"
        );
        let conv = matches!(operator, Operator::Conv | Operator::FullyConnected);
        assert!(!conv || extreme > 20, "{operator}: {extreme}");
    }
}

/// Values exactly between two integers occur, of either sign: rounding the wrong way shows.
#[test]
fn ties_occur() {
    let half = 1 << (numerics::GUARD_8 - 1);
    let mut ties = [0; 2];
    for seed in 0..200 {
        let (graph, inputs) = draw(Operator::Requantize, SIZES[2], seed).build().unwrap();
        let LayerOp::Requantize { rescale, .. } = &graph.layers[0].op else {
            panic!("not the operator that was asked for")
        };
        for &q in &inputs[0] {
            let centred = i64::from(q) - i64::from(rescale.zero);
            let value = numerics::scale(centred, rescale.multiplier, numerics::GUARD_8);
            if value & (2 * half - 1) == half {
                ties[usize::from(value < 0)] += 1;
            }
        }
    }
    assert!(ties[0] > 100 && ties[1] > 100, "{ties:?}");
}

#[test]
fn a_case_is_read_back_from_its_line() {
    for &operator in Operator::all() {
        for seed in 0..20 {
            let case = draw(operator, SIZES[seed as usize % SIZES.len()], seed);
            assert_eq!(
                serde_json::from_str::<Case>(&case.to_string()).unwrap(),
                case
            );
        }
    }
    let unknown = r#"{"operator":"conv","size":"4x4p1","seed":1,"input":[1,1,1],"strides":[2,2]}"#;
    assert!(serde_json::from_str::<Case>(unknown).is_err());
}

#[test]
fn a_case_that_makes_no_sense_is_refused() {
    let good = draw(Operator::GroupedConv, SIZES[0], 1);
    let edits: [fn(&mut Case); 8] = [
        |c| c.groups = 0,
        |c| c.groups = c.input[2] + 1,
        |c| c.outputs = 0,
        |c| c.stride = [0, 1],
        |c| c.kernel = [200, 200],
        |c| c.input = [0, 1, 1],
        |c| c.input = [usize::MAX, 2, 2],
        |c| (c.operator, c.axis) = (Operator::Concat, 3),
    ];
    assert!(good.build().is_some());
    for (index, edit) in edits.iter().enumerate() {
        let mut case = good.clone();
        edit(&mut case);
        assert!(case.build().is_none(), "edit {index}: {case}");
    }
}

/// An interpreter with one planted error.
struct Broken {
    wrong: fn(&Program, &mut RunResult),
    tensor: fn(&mut Vec<i8>),
}

impl Device for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn prepare(&self, program: &Program) -> Result<Box<dyn Session>, DeviceError> {
        Ok(Box::new(BrokenSession {
            session: Interpreter.prepare(program)?,
            program: program.clone(),
            wrong: self.wrong,
            tensor: self.tensor,
        }))
    }
}

struct BrokenSession {
    session: Box<dyn Session>,
    program: Program,
    wrong: fn(&Program, &mut RunResult),
    tensor: fn(&mut Vec<i8>),
}

impl Session for BrokenSession {
    fn run(&mut self, inputs: &[Vec<i8>]) -> Result<RunResult, DeviceError> {
        let mut result = self.session.run(inputs)?;
        (self.wrong)(&self.program, &mut result);
        Ok(result)
    }

    fn read_tensor(&mut self, placement: &Placement) -> Result<Vec<i8>, DeviceError> {
        let mut tensor = self.session.read_tensor(placement)?;
        (self.tensor)(&mut tensor);
        Ok(tensor)
    }

    fn read_units(&mut self, state: &StateBinding) -> Result<Vec<i16>, DeviceError> {
        self.session.read_units(state)
    }

    fn reset_states(&mut self) {
        self.session.reset_states();
    }

    fn load(&mut self, program: &Program) -> Result<(), DeviceError> {
        self.session.load(program)
    }
}

fn broken(
    wrong: fn(&Program, &mut RunResult),
    tensor: fn(&mut Vec<i8>),
) -> Result<Box<dyn Device>, DeviceError> {
    Ok(Box::new(Broken { wrong, tensor }))
}

fn failure(operator: Operator, broken: Subject) -> (Plan, Box<Failure>) {
    let plan = Plan {
        operators: vec![operator],
        sizes: vec![SIZES[4]],
        subjects: vec![Subject::named("interpreter").unwrap(), broken],
        cases: 200,
        seed: 1,
        threads: Some(1),
    };
    let failure = campaign::run(&plan, |_| {}).unwrap_err();
    (plan, failure)
}

/// A wrong byte in wide outputs only: found, and pinned to an output of just that width.
#[test]
fn a_wrong_byte_is_found_and_made_small() {
    let broken = Subject::of("broken", &[], |_| {
        let wrong = |program: &Program, result: &mut RunResult| {
            if program.outputs[0].placement.shape.w >= 3 {
                result.outputs[0][1] ^= 1;
            }
        };
        broken(wrong, |_| {})
    });
    let (plan, failure) = failure(Operator::Conv, broken);
    let (least, mismatch) = failure.least.as_ref().unwrap();
    assert!(
        matches!(
            mismatch,
            Mismatch::Tensor {
                device: "broken",
                first: 1,
                wrong: 1,
                ..
            }
        ),
        "{mismatch}"
    );
    assert_eq!(
        (least.input[0], least.input[2], least.outputs),
        (1, 1, 1),
        "{least}"
    );
    let text = report::failure(&plan, &failure);
    assert!(text.contains(&format!("--case '{least}'")), "{text}");
    assert!(campaign::once(least, &plan.subjects).is_err());
}

fn late_start(_: &Program, result: &mut RunResult) {
    if let Some(counters) = &mut result.counters {
        counters.starts[0] += 1;
    }
}

fn late_end(_: &Program, result: &mut RunResult) {
    if let Some(counters) = &mut result.counters {
        counters.cycles += 1;
    }
}

fn more_beats(_: &Program, result: &mut RunResult) {
    if let Some(counters) = &mut result.counters {
        counters.beats += 1;
    }
}

fn no_wrong(_: &Program, _: &mut RunResult) {}

#[test]
fn wrong_times_and_counts_are_found() {
    let wrong: [(Open, &str); 3] = [
        (
            |_| broken(late_start, |_| {}),
            "instruction 0 started in cycle",
        ),
        (|_| broken(late_end, |_| {}), "cycles, predicted"),
        (
            |_| broken(more_beats, |_| {}),
            "vectors and beats, interpreter counts",
        ),
    ];
    for (open, message) in wrong {
        let (plan, failure) = failure(Operator::MaxPool, Subject::of("broken", &[], open));
        let text = report::failure(&plan, &failure);
        assert!(text.contains(message), "{text}");
        // A device that says it has no clock is not asked.
        let skips = &[Skip::Counters("no clock")];
        let subjects = [Subject::of("broken", skips, open)];
        assert!(campaign::once(&failure.case, &subjects).is_ok());
    }
}

/// A tensor that is read back wrong is no reason to fail if the program that stops behind its layer gives it.
#[test]
fn overwritten_tensors_are_looked_at_again() {
    let subject = Subject::of("broken", &[], |_| broken(no_wrong, |tensor| tensor[0] ^= 1));
    let cases = (0..40).map(|seed| draw(Operator::Network, SIZES[4], seed));
    let (mut tensors, mut programs) = (0, 0);
    for case in cases {
        let tallies = campaign::once(&case, &[subject]).unwrap().unwrap();
        tensors += tallies[0].tensors;
        programs += tallies[0].programs;
    }
    assert!(
        programs > 80 && tensors > programs,
        "{programs} programs, {tensors} tensors"
    );
}

#[test]
fn an_operator_can_be_skipped_by_name() {
    let skips = &[Skip::Operator(Operator::Table, "no tables")];
    let broken = Subject::of("broken", skips, |_| broken(late_end, |_| {}));
    let plan = Plan {
        operators: vec![Operator::Table],
        sizes: vec![SIZES[4]],
        subjects: vec![Subject::named("cpu").unwrap(), broken],
        cases: 5,
        seed: 1,
        threads: Some(1),
    };
    let records = campaign::run(&plan, |_| {}).unwrap();
    assert!(records.iter().all(|record| record.device == "cpu"));
    let text = report::table(&plan, &records);
    assert!(text.contains("| 5 | skipped: no tables |"), "{text}");
}
