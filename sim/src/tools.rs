//! External tools: where they are, how to get them, what is missing.
//!
//! Search order for each: the environment variable named after it, `PATH`, the private folder
//! ([`home`]), and a `yowasp-*` program where one exists. Nothing is downloaded while searching.

mod doctor;
mod find;
mod home;
mod install;
mod table;
mod wheels;

pub use doctor::{Check, State, doctor};
pub use find::{Source, Tool, ToolSpec, find};
pub use home::{flow_folder, home, models_folder, tools_folder};
pub use install::{Installed, install};
pub use table::TOOLS;
pub use wheels::{GROUPS, Group};
