//! What is known of the machine: without it a time means nothing.

use std::fs;
use std::thread;

/// Prints processor, cores and how busy they are. A load above the number of cores means that wall times are too long.
pub fn describe() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown processor", |(_, name)| name.trim());
    println!("machine: {cores} cores, {model}, load {}", load());
}

/// Processes that want a processor, mean of the last minute.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").into()
}
