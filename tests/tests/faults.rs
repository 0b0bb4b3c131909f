//! The campaign of faults, short: every kind of fault, LeNet and an LSTM, on the model of the device. `./x faults` is the long one,
//! with the RTL of a board.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::time::Duration;

use systole_tests::faults::campaign::{self, Plan};
use systole_tests::faults::{BoardKind, Mix, arch, networks, report};

#[test]
fn every_run_is_right_or_says_what_happened() {
    let networks = networks(&arch().unwrap()).unwrap();
    let plan = Plan {
        boards: vec![BoardKind::Model],
        faults: u64::MAX,
        // Every mix with both networks.
        connections: 2 * Mix::ALL.len() as u64,
        time: Duration::from_secs(60),
        seed: 7,
        jobs: 4,
    };
    let tallies = campaign::run(&plan, &networks, |line| println!("{line}"));
    let tallies = tallies.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{}", report::table(&tallies, &networks));
    let faults: u64 = tallies.values().map(|tally| tally.faults()).sum();
    let right: u64 = tallies.values().map(|tally| tally.right).sum();
    assert!(
        faults >= 1000 && right >= 20,
        "{faults} faults, {right} right results"
    );
}
