//! What the solver found, read from the log of yosys-smtbmc.

/// Answer to a question about the assertions of a design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is so.
    Proved,
    /// Every cover statement was reached: its name, and the cycle.
    Covered(Vec<(String, usize)>),
    /// It is not so.
    Counterexample {
        /// Assertions that fail, or cover statements that are not reached.
        statements: Vec<String>,
        /// Clock cycles until then.
        steps: usize,
        /// Waveform of the way there (VCD); empty for cover statements.
        waveform: String,
    },
    /// The solver cannot tell: induction fails from a state that need not be reachable, time is up, or the assumptions
    /// contradict each other.
    Inconclusive {
        /// Which of these, and the assertion.
        reason: String,
        /// Waveform of the failing induction (VCD), if there is one.
        waveform: String,
    },
}

impl Answer {
    /// Induction from every state: what breaks it is a counterexample, not a failed attempt.
    pub(super) fn for_every_state(self) -> Self {
        match self {
            Answer::Inconclusive { reason, waveform } if !waveform.is_empty() => {
                Answer::Counterexample {
                    statements: vec![reason.rsplit(' ').next().unwrap_or_default().to_owned()],
                    steps: 1,
                    waveform,
                }
            }
            other => other,
        }
    }
}

/// A log of yosys-smtbmc.
pub(super) struct Log<'a>(pub(super) &'a str);

impl Log<'_> {
    /// What stands behind `Status:`.
    pub(super) fn status(&self) -> &str {
        self.after("Status: ").last().unwrap_or_default()
    }

    /// Names of the assertions that failed.
    pub(super) fn failed(&self) -> Vec<String> {
        self.after("Assert failed in ").map(name).collect()
    }

    /// Cover statements and the cycles in which they were reached.
    pub(super) fn reached(&self) -> Vec<(String, usize)> {
        let read = |line: &str| {
            let (step, rest) = line.split_once(" at ")?;
            Some((name(rest), step.trim().parse().ok()?))
        };
        self.after("Reached cover statement in step ")
            .filter_map(read)
            .collect()
    }

    /// The last cycle that was looked at.
    pub(super) fn steps(&self) -> usize {
        let digits = |line: &str| line.trim_end_matches('.').rsplit(' ').next()?.parse().ok();
        self.0
            .lines()
            .filter(|line| line.contains(" in step ") && !line.contains("Reached"))
            .filter_map(digits)
            .next_back()
            .unwrap_or(0)
    }

    fn after<'t>(&'t self, head: &'t str) -> impl Iterator<Item = &'t str> + use<'t> {
        self.0
            .lines()
            .filter_map(move |line| Some(line.split_once(head)?.1.trim()))
    }
}

/// `module: label` (some versions add a place in brackets) without the module.
fn name(text: &str) -> String {
    let label = text.split_once(": ").map_or(text, |(_, label)| label);
    label.split(" (").next().unwrap_or(label).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_read() {
        let log = Log(
            "##   0:00:00  Checking assumptions in step 3..\n##   0:00:00  Checking assertions in step 3..\n\
             ##   0:00:01  BMC failed!\n##   0:00:01  Assert failed in byte_fifo: order (m.sv:3.4)\n\
             ##   0:00:01  Assert failed in byte_fifo: stored\n##   0:00:01  Status: FAILED\n",
        );
        assert_eq!(log.status(), "FAILED");
        assert_eq!(log.failed(), ["order", "stored"]);
        assert_eq!(log.steps(), 3);
        let log = Log(
            "##   0:00:00  Reached cover statement in step 6 at lane: tie\n##  Status: PASSED\n",
        );
        assert_eq!(log.reached(), [("tie".to_owned(), 6)]);
    }

    #[test]
    fn an_attempt_for_every_state_that_fails_is_a_counterexample() {
        let reason = "induction fails: order".to_owned();
        let failed = Answer::Inconclusive {
            reason: reason.clone(),
            waveform: "$end".to_owned(),
        };
        assert!(
            matches!(failed.for_every_state(), Answer::Counterexample { statements, .. } if statements == ["order"])
        );
        let late = Answer::Inconclusive {
            reason,
            waveform: String::new(),
        };
        assert_eq!(late.clone().for_every_state(), late);
    }
}
