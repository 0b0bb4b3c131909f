//! Many connections, side by side, until enough faults have happened.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{BoardKind, Connection, Failure, Mix, Network, Tally};

/// What to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Boards, dealt in turn.
    pub boards: Vec<BoardKind>,
    /// Faults that are enough.
    pub faults: u64,
    /// Connections that are enough.
    pub connections: u64,
    /// No new connection after this time.
    pub time: Duration,
    /// First seed.
    pub seed: u64,
    /// Connections at one time.
    pub jobs: usize,
}

/// Counts by board and network.
pub type Tallies = BTreeMap<(BoardKind, usize), Tally>;

/// Runs the campaign. `said` hears of every connection.
///
/// # Errors
/// The first [`Failure`].
pub fn run(
    plan: &Plan,
    networks: &[Network],
    said: impl Fn(&str) + Sync,
) -> Result<Tallies, Failure> {
    let (next, total) = (AtomicU64::new(0), AtomicU64::new(0));
    let spans = spans(plan, networks)?;
    let begin = Instant::now();
    let tallies = Mutex::new(Tallies::new());
    let failure = Mutex::new(None);
    let work = || {
        while begin.elapsed() < plan.time && total.load(Ordering::Relaxed) < plan.faults {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= plan.connections {
                return;
            }
            let connection = dealt(plan, n, &spans);
            match connection.run(&networks[connection.network]) {
                Ok(tally) => {
                    let all = total.fetch_add(tally.faults(), Ordering::Relaxed) + tally.faults();
                    said(&format!(
                        "{n}: {connection:?}: {} right, {:?}; {all} faults so far",
                        tally.right, tally.errors
                    ));
                    let mut tallies = lock(&tallies);
                    let place = tallies.entry((connection.board, connection.network));
                    place.or_default().add(&tally);
                }
                Err(error) => {
                    lock(&failure).get_or_insert(error);
                    total.store(plan.faults, Ordering::Relaxed);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        (0..plan.jobs).for_each(|_| drop(scope.spawn(work)));
    });
    match failure
        .into_inner()
        .unwrap_or_else(|poison| poison.into_inner())
    {
        Some(failure) => Err(failure),
        None => Ok(tallies
            .into_inner()
            .unwrap_or_else(|poison| poison.into_inner())),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poison| poison.into_inner())
}

/// Bytes of a connection of each network without faults, in which every run must be right.
fn spans(plan: &Plan, networks: &[Network]) -> Result<Vec<u64>, Failure> {
    let clean = |network: usize| {
        let connection = Connection {
            board: plan.boards.first().copied().unwrap_or(BoardKind::Model),
            network,
            mix: Mix::Clean,
            seed: 0,
            span: 0,
        };
        let tally = connection.run(&networks[network])?;
        if tally.right == 0 || !tally.errors.is_empty() {
            let error = format!("without faults: {tally:?}");
            return Err(Failure::Unclear { connection, error });
        }
        Ok(tally.bytes)
    };
    (0..networks.len()).map(clean).collect()
}

fn dealt(plan: &Plan, n: u64, spans: &[u64]) -> Connection {
    let board = plan.boards[n as usize % plan.boards.len()];
    let turn = n as usize / plan.boards.len();
    let network = turn % spans.len();
    Connection {
        board,
        network,
        mix: Mix::ALL[turn / spans.len() % Mix::ALL.len()],
        seed: plan.seed.wrapping_mul(0x9E37_79B9) + n,
        span: spans[network],
    }
}
