//! `./x faults`: damaged bytes, restarts and pulled cables on the serial line, counted.

#[cfg(unix)]
mod unix {
    use std::path::PathBuf;
    use std::process::ExitCode;
    use std::time::Duration;

    use clap::{Parser, ValueEnum};
    use systole_tests::faults::campaign::{self, Plan};
    use systole_tests::faults::{BoardKind, arch, networks, report};

    /// Runs real networks on boards behind pseudo-terminals while the line fails in every way. Each run has to end in the right
    /// result or in an error that says what happened.
    #[derive(Parser)]
    struct Arguments {
        /// Enough faults
        #[arg(long, default_value_t = 10_000)]
        faults: u64,
        /// No new connection after so many minutes
        #[arg(long, default_value_t = 30)]
        minutes: u64,
        /// Only these boards; a board named twice gets twice as many connections
        #[arg(long, value_enum, value_delimiter = ',', default_value = "model,rtl")]
        board: Vec<Board>,
        /// First seed
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Connections at one time
        #[arg(long, default_value_t = 4)]
        jobs: usize,
        /// Write the counts into docs/link.md
        #[arg(long)]
        bless: bool,
    }

    #[derive(Clone, Copy, ValueEnum)]
    enum Board {
        Model,
        Rtl,
    }

    pub(crate) fn main() -> ExitCode {
        match run(&Arguments::parse()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("FAILED: {error}");
                ExitCode::FAILURE
            }
        }
    }

    fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
        let networks = networks(&arch()?)?;
        let boards = arguments.board.iter().map(|board| match board {
            Board::Model => BoardKind::Model,
            Board::Rtl => BoardKind::Rtl,
        });
        let plan = Plan {
            boards: boards.collect(),
            faults: arguments.faults,
            connections: u64::MAX,
            time: Duration::from_secs(60 * arguments.minutes),
            seed: arguments.seed,
            jobs: arguments.jobs.max(1),
        };
        let begin = std::time::Instant::now();
        let tallies = campaign::run(&plan, &networks, |line| eprintln!("{line}"))?;
        let text = report::table(&tallies, &networks);
        println!("{text}\n{} s", begin.elapsed().as_secs());
        if arguments.bless {
            let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/link.md");
            report::bless(&page, &text)?;
        }
        Ok(())
    }
}

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    unix::main()
}

#[cfg(not(unix))]
fn main() {
    eprintln!("error: this system has no pseudo-terminals");
}
