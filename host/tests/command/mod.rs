//! The command as a user starts it.

use assert_cmd::Command;

/// `systole`, without colours.
pub(crate) fn systole() -> Command {
    let mut command = Command::cargo_bin("systole").unwrap();
    command.env("NO_COLOR", "1");
    command
}

/// Exit code, standard output, standard error.
pub(crate) fn said(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}
