//! `./x conformance`: random layers on every device, every tensor and every cycle compared.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use systole_tests::conformance::{
    Case, Operator, SHORT, SIZES, SUBJECTS, Size, Subject,
    campaign::{self, Plan},
    report,
};

/// Compares devices with the plain-loop reference: every tensor, and every start of an instruction with the prediction.
#[derive(Parser)]
struct Arguments {
    /// Shapes of each operator, dealt to the sizes evenly
    #[arg(long, default_value_t = 2000)]
    cases: usize,
    /// Only these operators
    #[arg(long, value_delimiter = ',')]
    operator: Vec<Operator>,
    /// Only these sizes: 16x16, or 16x16p8 with the number of lanes
    #[arg(long, value_delimiter = ',')]
    size: Vec<Size>,
    /// Only these devices
    #[arg(long, value_delimiter = ',', value_parser = device)]
    device: Vec<Subject>,
    /// First seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads
    #[arg(long)]
    threads: Option<usize>,
    /// The sizes of the short run only
    #[arg(long, conflicts_with = "size")]
    short: bool,
    /// Run one case, as a failure prints it
    #[arg(long, value_parser = case)]
    case: Option<Case>,
    /// Write the results into docs/conformance.md
    #[arg(long, conflicts_with = "case")]
    bless: bool,
}

fn device(name: &str) -> Result<Subject, String> {
    let names = || SUBJECTS.map(|subject| subject.name).join(", ");
    Subject::named(name)
        .ok_or_else(|| format!("no device is called `{name}`; there are {}", names()))
}

fn case(text: &str) -> Result<Case, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let plan = plan(&arguments);
    if let Some(case) = &arguments.case {
        return one(case, &plan);
    }
    eprintln!(
        "{} operators, {} cases each, on {} sizes, seed {}",
        plan.operators.len(),
        plan.cases,
        plan.sizes.len(),
        plan.seed
    );
    let begin = Instant::now();
    let records = match campaign::run(&plan, |line| eprintln!("{line}")) {
        Ok(records) => records,
        Err(failure) => {
            if let Some(reason) = failure.mismatch.missing_tool() {
                eprintln!("error: {reason}\n  hint: --device cpu,interpreter,link needs no tools");
                return ExitCode::from(2);
            }
            eprint!("FAILED: {}", report::failure(&plan, &failure));
            return ExitCode::FAILURE;
        }
    };
    let seconds = begin.elapsed().as_secs_f64();
    let text = format!(
        "{}\n{}",
        report::table(&plan, &records),
        report::notes(&plan, &records)
    );
    println!("{text}- {seconds:.0} s");
    if arguments.bless {
        let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
        if let Err(error) = report::bless(&page, &text) {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn plan(arguments: &Arguments) -> Plan {
    let or_all = |given: &[Operator]| {
        if given.is_empty() {
            Operator::all()
        } else {
            given
        }
        .to_vec()
    };
    let sizes = match (arguments.short, arguments.size.is_empty()) {
        (true, _) => SHORT.to_vec(),
        (false, true) => SIZES.to_vec(),
        (false, false) => arguments.size.clone(),
    };
    let subjects = if arguments.device.is_empty() {
        SUBJECTS.to_vec()
    } else {
        arguments.device.clone()
    };
    Plan {
        operators: or_all(&arguments.operator),
        sizes,
        subjects,
        cases: arguments.cases,
        seed: arguments.seed,
        threads: arguments.threads,
    }
}

fn one(case: &Case, plan: &Plan) -> ExitCode {
    println!("{}", report::describe(case));
    match campaign::once(case, &plan.subjects) {
        Ok(Ok(tallies)) => {
            for (subject, tally) in plan.subjects.iter().zip(tallies) {
                println!(
                    "{}: equal; {} programs, {} cycles",
                    subject.name, tally.programs, tally.cycles
                );
            }
            ExitCode::SUCCESS
        }
        Ok(Err(unfit)) => {
            eprintln!("error: {unfit}");
            ExitCode::from(2)
        }
        Err(mismatch) => {
            let failure = campaign::diagnose(case.clone(), mismatch, &plan.subjects);
            eprint!("FAILED: {}", report::failure(plan, &failure));
            ExitCode::FAILURE
        }
    }
}
