//! The `systole` command. Results go to standard output, everything else to standard error.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
