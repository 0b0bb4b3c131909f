//! External tools: where they are, how to get them, what is missing.
//!
//! Search order for each: the environment variable named after it, `PATH`, the private folder
//! ([`home`]), and a `yowasp-*` program where one exists. Nothing is downloaded while searching.

mod doctor;
mod find;
mod home;
mod install;
mod wheels;

pub use doctor::{Check, State, doctor};
pub use find::{Source, TOOLS, Tool, ToolSpec, find};
pub use home::{home, models_folder, tools_folder};
pub use install::{Installed, install};
pub use wheels::{GROUPS, Group};
