//! Runs openFPGALoader: what it says is shown as it comes, and its last lines are kept for an error.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use systole_arch::boards::Board;

/// Lines of a failure that are repeated.
const LAST: usize = 8;
/// Bytes that hold so many lines.
const KEPT: usize = 4096;

/// The end of a text.
#[derive(Default)]
struct Tail(VecDeque<u8>);

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        let more = self.0.len().saturating_sub(KEPT);
        self.0.drain(..more);
    }

    /// Progress bars come back to the start of the line: only what they end with is a line.
    fn lines(&mut self) -> String {
        let text = String::from_utf8_lossy(self.0.make_contiguous()).into_owned();
        let last = |line: &str| line.trim_end().rsplit('\r').next().map(str::to_owned);
        let lines: Vec<String> = text.lines().filter_map(last).collect();
        let lines = lines.into_iter().filter(|line| !line.is_empty());
        let lines: Vec<String> = lines.collect();
        lines[lines.len().saturating_sub(LAST)..].join("\n")
    }
}

/// Runs it to its end.
pub(super) fn run(command: &mut Command, board: &Board) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let cannot = || format!("{program}: cannot be started");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(cannot)?;
    let tail = Mutex::new(Tail::default());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| pass_on(stdout, &tail));
        pass_on(stderr, &tail);
    });
    let status = child.wait().with_context(cannot)?;
    if status.success() {
        return Ok(());
    }
    let mut tail = tail.into_inner().unwrap_or_else(PoisonError::into_inner);
    anyhow::bail!(
        "openFPGALoader failed on `{}` ({status}); its last lines:\n{}\n  hint: is the board on its cable and powered, and may you use \
         the port? `openFPGALoader --detect` shows what it sees",
        board.name(),
        tail.lines()
    )
}

/// Shows what comes, on standard error, and keeps the end of it.
fn pass_on(pipe: Option<impl Read>, tail: &Mutex<Tail>) {
    let Some(mut pipe) = pipe else { return };
    let mut bytes = [0; 512];
    while let Ok(count @ 1..) = pipe.read(&mut bytes) {
        // Nobody may be looking.
        let _ = std::io::stderr().write_all(&bytes[..count]);
        tail.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(&bytes[..count]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        let mut tail = Tail::default();
        for n in 0..2000 {
            tail.push(format!("line {n}\n").as_bytes());
        }
        tail.push(b"Writing: 10%\rWriting: 50%\rWriting: failed\n\n");
        let text = tail.lines();
        assert_eq!(text.lines().count(), LAST);
        assert!(text.ends_with("line 1999\nWriting: failed"), "{text}");
    }
}
