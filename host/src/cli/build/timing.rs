//! Timing for people: clocks, and a critical path as a walk through our modules.

use super::plan::Plan;
use systole_sim::flow::{Hop, Timing};

/// Clocks with what they reach and what they should.
pub(super) fn clocks(timing: &Timing) -> String {
    let clocks: Vec<String> = timing
        .clocks
        .iter()
        .map(|c| format!("{:.2} MHz of {:.2} ({})", c.mhz, c.target_mhz, c.clock))
        .collect();
    clocks.join(", ")
}

/// How fast the slowest clock is, 1 for just as it should be.
pub(super) fn margin(timing: &Timing) -> f64 {
    timing
        .slowest()
        .map_or(f64::INFINITY, |c| c.mhz / c.target_mhz)
}

/// The error of a design that is too slow.
pub(super) fn missed(plan: &Plan, seed: u64, timing: &Timing) -> String {
    let reached = timing.slowest().map_or(0.0, |clock| clock.mhz);
    let total = |wires: bool| -> f64 {
        let hops = timing.critical_path.iter();
        hops.filter(|hop| (hop.kind == "routing") == wires)
            .map(|hop| hop.nanoseconds)
            .sum()
    };
    let more = match plan.seeds.len() {
        1 => "`--seeds 5` tries others; ",
        _ => "",
    };
    format!(
        "{} on {} is too slow: {reached:.2} MHz of {:.2} with seed {seed}, the best of {}\n  \
         critical path {:.2} ns, {:.2} of them wires:\n{}\n  hint: {more}`--target-mhz {:.0}` asks for less; a smaller configuration is faster. \
         No bitstream was written.",
        plan.arch.name,
        plan.board.name(),
        plan.target_mhz(),
        plan.seeds.len(),
        total(false) + total(true),
        total(true),
        walk(&timing.critical_path).join("\n"),
        (reached - 0.5).floor().max(1.0),
    )
}

/// One line for each signal on the way, with the nanoseconds until there.
fn walk(path: &[Hop]) -> Vec<String> {
    let mut lines: Vec<(String, f64)> = Vec::new();
    let mut time = 0.0;
    for hop in path {
        time += hop.nanoseconds;
        let name = match (hop.instance.is_empty(), hop.signal.contains('.')) {
            (false, false) => format!("{}.{}", hop.instance, hop.signal),
            _ => hop.signal.clone(),
        };
        match lines.last_mut() {
            Some((last, until)) if *last == name => *until = time,
            _ => lines.push((name, time)),
        }
    }
    lines
        .into_iter()
        .map(|(name, time)| format!("    {time:6.2} ns  {name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_of_one_signal_are_one_line() {
        let hop = |signal: &str, nanoseconds| Hop {
            kind: "logic".to_owned(),
            nanoseconds,
            instance: "a.b".to_owned(),
            signal: signal.to_owned(),
        };
        let lines = walk(&[hop("x", 0.5), hop("x", 0.25), hop("a.b.y", 1.0)]);
        assert_eq!(lines, ["      0.75 ns  a.b.x", "      1.75 ns  a.b.y"]);
    }
}
