//! `systole tools install`.

use super::Verdict;
use systole_sim::tools::{GROUPS, install};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Fetch pinned and hashed tools into the private folder.
    Install {
        /// Group of tools, see `systole tools list`; may be repeated.
        #[arg(long = "group", default_value = "sim")]
        groups: Vec<String>,
    },
    /// List the groups.
    List,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    match &arguments.command {
        Command::Install { groups } => {
            for group in groups {
                let installed = install(group, &mut |line| eprintln!("{line}"))?;
                println!("{}", installed.folder.display());
            }
        }
        Command::List => GROUPS
            .iter()
            .for_each(|group| println!("{:8} {}", group.name, group.purpose)),
    }
    Ok(Verdict::Done)
}
