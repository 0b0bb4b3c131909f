//! How an error is shown: what is wrong, why, and last what to do.

use std::io::IsTerminal;

const HINT: &str = "\n  hint: ";

/// Writes one error to standard error.
pub(super) fn report(error: &anyhow::Error) {
    let colour = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let label = if colour {
        "\u{1b}[1;31merror:\u{1b}[0m"
    } else {
        "error:"
    };
    eprintln!("{label} {}", text(error));
}

/// The message, its causes unless they are said already, and the outermost hint.
fn text(error: &anyhow::Error) -> String {
    let mut shown = String::new();
    let mut hints = None;
    for cause in error.chain() {
        let whole = cause.to_string();
        let (said, hint) = whole
            .split_once(HINT)
            .map_or((&*whole, None), |(a, b)| (a, Some(b)));
        if shown.is_empty() {
            shown = said.to_owned();
        } else if !shown.contains(said) {
            shown += &format!("\n  caused by: {said}");
        }
        hints = hints.or(hint.map(str::to_owned));
    }
    hints.map_or(shown.clone(), |hints| format!("{shown}{HINT}{hints}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn causes_come_before_the_outermost_hint() {
        let inner = anyhow!("disk full\n  hint: buy a disk");
        let outer = Err::<(), _>(inner).context("cannot save\n  hint: choose another place");
        let expected = "cannot save\n  caused by: disk full\n  hint: choose another place";
        assert_eq!(text(&outer.unwrap_err()), expected);
        let outer = Err::<(), _>(anyhow!("full\n  hint: buy a disk")).context("cannot save: full");
        assert_eq!(
            text(&outer.unwrap_err()),
            "cannot save: full\n  hint: buy a disk"
        );
    }
}
