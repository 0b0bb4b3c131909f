//! Plants the errors one after another and asks their tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use super::command::Place;
use super::known::Known;
use super::{Finished, Misses, Mutant, MutantError, Outcome, Scratch, TestCommand, Witness, plant};

/// Longest build.
const BUILD_LIMIT: Duration = Duration::from_secs(1800);
/// A test may take this many times as long as without the planted error, and at least the shortest limit.
const PATIENCE: f64 = 6.0;
const SHORTEST_LIMIT: Duration = Duration::from_secs(60);

/// A planted error and what became of it.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The error.
    pub mutant: Mutant,
    /// What became of it.
    pub outcome: Outcome,
    /// Time for building and testing.
    pub seconds: f64,
}

/// What a test does without planted errors.
#[derive(Debug, Clone)]
struct Baseline {
    trouble: Option<Outcome>,
    limit: Duration,
}

/// How a campaign is run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Compile with this many processes.
    pub jobs: Option<usize>,
    /// Errors that were caught before, and whose text is the same, are not planted again.
    pub resume: bool,
    /// No error is planted any more when so much time has passed.
    pub time: Option<Duration>,
}

/// Runs all `mutants` on a copy of the workspace `root` in `folder`. Every test is run without planted error first. Results are
/// kept in `folder`, each as soon as it is there.
///
/// # Errors
/// Files that cannot be read or written, commands that cannot be started; never because of what a test says.
pub fn run(
    root: &Path,
    folder: &Path,
    mutants: &[Mutant],
    settings: Settings,
    progress: impl Fn(&str),
) -> Result<Vec<Trial>, MutantError> {
    let campaign = Campaign {
        scratch: Scratch::new(root, folder)?,
        jobs: settings.jobs,
    };
    let begin = Instant::now();
    let mut known = Known::read(folder);
    let mut baselines = BTreeMap::new();
    let mut trials = Vec::with_capacity(mutants.len());
    for (number, mutant) in mutants.iter().enumerate() {
        let text = campaign.scratch.read(&mutant.file).unwrap_or_default();
        let before = known.caught(mutant, &text).filter(|_| settings.resume);
        let late = settings.time.is_some_and(|time| begin.elapsed() > time);
        let trial = match before {
            Some(trial) => trial,
            None if late => Trial {
                mutant: mutant.clone(),
                outcome: Outcome::Waiting,
                seconds: 0.0,
            },
            None => {
                let baseline = campaign.known_baseline(&mut baselines, &mutant.test, &progress)?;
                let trial = campaign.timed(mutant, &text, &baseline)?;
                let place = format!("[{}/{}]", number + 1, mutants.len());
                let Trial {
                    outcome, seconds, ..
                } = &trial;
                progress(&format!(
                    "{place} {}: {outcome} ({seconds:.0} s)",
                    mutant.id
                ));
                known.keep(&trial, &text)?;
                trial
            }
        };
        trials.push(trial);
    }
    Ok(trials)
}

struct Campaign {
    scratch: Scratch,
    jobs: Option<usize>,
}

impl Campaign {
    fn place(&self, limit: Duration) -> Place<'_> {
        let Scratch { workspace, target } = &self.scratch;
        Place {
            workspace,
            target,
            jobs: self.jobs,
            limit,
        }
    }

    /// The test without planted error, run when it is needed for the first time.
    fn known_baseline(
        &self,
        baselines: &mut BTreeMap<TestCommand, Baseline>,
        test: &TestCommand,
        progress: &impl Fn(&str),
    ) -> Result<Baseline, MutantError> {
        if let Some(known) = baselines.get(test) {
            return Ok(known.clone());
        }
        let begin = Instant::now();
        let baseline = self.baseline(test)?;
        let trouble = baseline.trouble.as_ref();
        let says = trouble.map_or("passes".into(), ToString::to_string);
        let seconds = begin.elapsed().as_secs_f64();
        progress(&format!("{says} in {seconds:.0} s: {test}"));
        baselines.insert(test.clone(), baseline.clone());
        Ok(baseline)
    }

    fn timed(
        &self,
        mutant: &Mutant,
        text: &str,
        baseline: &Baseline,
    ) -> Result<Trial, MutantError> {
        let begin = Instant::now();
        let outcome = self.trial(mutant, text, baseline)?;
        Ok(Trial {
            mutant: mutant.clone(),
            outcome,
            seconds: begin.elapsed().as_secs_f64(),
        })
    }

    fn baseline(&self, test: &TestCommand) -> Result<Baseline, MutantError> {
        let build = test.build(&self.place(BUILD_LIMIT))?;
        if !build.success {
            let trouble = Some(Outcome::NoBaseline(format!(
                "it does not compile: {}",
                reason(&build)
            )));
            return Ok(Baseline {
                trouble,
                limit: SHORTEST_LIMIT,
            });
        }
        let run = test.test(&self.place(BUILD_LIMIT))?;
        let limit = SHORTEST_LIMIT.max(Duration::from_secs_f64(run.seconds * PATIENCE));
        let trouble = if !run.success {
            Some(Outcome::NoBaseline(format!("it fails: {}", reason(&run))))
        } else if tests_run(&run.output) == 0 {
            Some(Outcome::NoBaseline("it runs no test".into()))
        } else {
            skipped(&run.output).map(Outcome::LeftOut)
        };
        Ok(Baseline { trouble, limit })
    }

    /// `text` is what the file of the error holds; nothing, if it is gone.
    fn trial(
        &self,
        mutant: &Mutant,
        text: &str,
        baseline: &Baseline,
    ) -> Result<Outcome, MutantError> {
        if let Some(trouble) = &baseline.trouble {
            return Ok(trouble.clone());
        }
        let planted = match plant(text, &mutant.search, &mutant.replace) {
            Ok(planted) => planted,
            Err(Misses(found)) => return Ok(Outcome::Stale { found }),
        };
        self.scratch.write(&mutant.file, &planted)?;
        let outcome = self.ask(&mutant.test, baseline.limit);
        self.scratch.write(&mutant.file, text)?;
        outcome
    }

    fn ask(&self, test: &TestCommand, limit: Duration) -> Result<Outcome, MutantError> {
        if !test.build(&self.place(BUILD_LIMIT))?.success {
            return Ok(Outcome::Caught(Witness::Compiler));
        }
        let run = test.test(&self.place(limit))?;
        Ok(match run {
            Finished { success: true, .. } => Outcome::Survived,
            Finished { too_late: true, .. } => Outcome::Caught(Witness::Clock),
            _ => Outcome::Caught(Witness::Test),
        })
    }
}

/// Tests that were run: `running 3 tests`, once for each test binary.
fn tests_run(output: &str) -> usize {
    let count = |line: &str| {
        line.strip_prefix("running ")?
            .split(' ')
            .next()?
            .parse::<usize>()
            .ok()
    };
    output.lines().filter_map(count).sum()
}

/// Tests say loudly what they skip.
fn skipped(output: &str) -> Option<String> {
    output
        .lines()
        .find_map(|line| line.strip_prefix("SKIPPED:"))
        .map(|why| why.trim().to_string())
}

fn reason(finished: &Finished) -> String {
    if finished.too_late {
        return "out of time".into();
    }
    let telling = |line: &&str| {
        line.starts_with("error") || line.contains("panicked at") || line.contains("FAILED")
    };
    finished
        .output
        .lines()
        .find(telling)
        .unwrap_or("no reason given")
        .trim()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_the_test_harness_is_read() {
        let output =
            "warning: x\nrunning 3 tests\ntest a ... ok\n\nrunning 1 test\nSKIPPED: no simulator\n";
        assert_eq!(tests_run(output), 4);
        assert_eq!(skipped(output).as_deref(), Some("no simulator"));
        assert_eq!((tests_run("running 0 tests"), skipped("ok")), (0, None));
    }
}
