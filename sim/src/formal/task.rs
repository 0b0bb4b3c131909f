//! What is to be shown, and of which text.

use std::time::Duration;

use super::answer::Answer;
use super::model::Model;
use crate::error::{Error, Result};

/// How long one question to the solver may take, unless [`Task::within`] says otherwise.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is asked about the assertions of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They hold forever, from the initial state on: in the first `depth` cycles, and whenever they held for `depth` cycles
    /// they hold in the next (k-induction).
    Prove {
        /// `k`.
        depth: usize,
    },
    /// One clock cycle keeps them, from every state of the registers in which they hold, reachable or not.
    EveryState,
    /// They hold in the first `depth` cycles.
    Bounded {
        /// Cycles.
        depth: usize,
    },
    /// Each cover statement is reached within `depth` cycles, and the assumptions with it.
    Cover {
        /// Cycles.
        depth: usize,
    },
}

/// Verilog with properties in it.
#[derive(Debug, Clone)]
pub struct Task {
    top: String,
    text: String,
    patience: Duration,
}

impl Task {
    /// The module `top` of a Verilog text. Its inputs are free.
    pub fn new(top: &str, verilog: &str) -> Self {
        Task {
            top: top.to_owned(),
            text: verilog.to_owned(),
            patience: PATIENCE,
        }
    }

    /// Puts properties at the end of a module.
    ///
    /// # Errors
    /// [`Error::Design`] if there is no such module.
    pub fn inside(mut self, module: &str, properties: &str) -> Result<Self> {
        let (_, end) = self.module(module)?;
        self.text.insert_str(end - END.len(), properties);
        Ok(self)
    }

    /// Puts another module in the place of one: what a proof about its surroundings may assume of it.
    ///
    /// # Errors
    /// [`Error::Design`] if there is no such module.
    pub fn instead(mut self, module: &str, text: &str) -> Result<Self> {
        let (begin, end) = self.module(module)?;
        self.text.replace_range(begin..end, text);
        Ok(self)
    }

    /// Plants an error: `old`, which stands in the text exactly once, becomes `new`.
    ///
    /// # Errors
    /// [`Error::Design`] if it does not stand there exactly once.
    pub fn planted(mut self, old: &str, new: &str) -> Result<Self> {
        match self.text.matches(old).count() {
            1 => {
                self.text = self.text.replacen(old, new, 1);
                Ok(self)
            }
            count => Err(self.wrong(format!(
                "`{old}` occurs {count} times, an error is planted where it occurs once\n  hint: the emitted text has changed"
            ))),
        }
    }

    /// Limits the time of one question to the solver; beyond it the answer is [`Answer::Inconclusive`].
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Asks.
    ///
    /// # Errors
    /// [`Error::ToolMissing`] without yosys, yosys-smtbmc or Yices; [`Error::Synthesis`] if one of them refuses the text;
    /// [`Error::Design`] if there is nothing to show in it.
    pub fn ask(&self, mode: Mode) -> Result<Answer> {
        let model = Model::build(&self.top, &self.text, self.patience)?;
        let statements = model.statements(mode);
        if statements.is_empty() {
            let kind = match mode {
                Mode::Cover { .. } => "cover statement",
                _ => "assertion",
            };
            return Err(self.wrong(format!("there is no {kind} in it, nothing would be shown")));
        }
        match mode {
            Mode::Prove { depth } => match model.bounded(depth)? {
                Answer::Proved => model.induction(depth),
                other => Ok(other),
            },
            Mode::EveryState => Ok(model.induction(1)?.for_every_state()),
            Mode::Bounded { depth } => model.bounded(depth),
            Mode::Cover { depth } => model.cover(depth, &statements),
        }
    }

    /// Where a module begins, and where it ends.
    fn module(&self, name: &str) -> Result<(usize, usize)> {
        let begin = self.text.find(&format!("module {name} ("));
        let end = |begin: usize| {
            let length = self.text.get(begin..)?.find(END)? + END.len();
            Some((begin, begin + length))
        };
        begin.and_then(end).ok_or_else(|| {
            self.wrong(format!(
                "there is no module `{name}` in its Verilog\n  hint: modules are named after their `Doc`"
            ))
        })
    }

    fn wrong(&self, reason: String) -> Error {
        Error::Design {
            top: self.top.clone(),
            reason,
        }
    }
}

const END: &str = "endmodule";
