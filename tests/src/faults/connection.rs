//! One connection: a board with its faults behind a pseudo-terminal, a host that runs samples, a deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use systole::board_process::{
    Event, FaultPlan, ModelBoard, Pty, RtlBoard, SimulatedBoard, serve, simulated_top,
};
use systole::device::{Device, DeviceError, Linked, Session};
use systole::link::{FaultRates, LinkError, Serial, SerialSettings, Settings, Transport};
use systole_arch::Arch;
use systole_quant::integer::random::Random;

use super::{Network, Tally};

/// What stands behind the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoardKind {
    /// The interpreter behind the frame rules.
    Model,
    /// The Verilog of the board top.
    Rtl,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    /// Nothing.
    Clean,
    /// Bytes are dropped, flipped, duplicated and inserted, each at 1e-3.
    Noise,
    /// The same at 1e-4, and the board restarts.
    Restarts,
    /// The same at 1e-4, and the port disappears.
    Pull,
    /// The line is cut: the port stays.
    Cut,
    /// Bursts of random bytes.
    Bursts,
}

impl Mix {
    /// All with faults. The first comes up most often.
    pub const ALL: [Mix; 8] = [
        Mix::Noise,
        Mix::Noise,
        Mix::Noise,
        Mix::Restarts,
        Mix::Restarts,
        Mix::Pull,
        Mix::Cut,
        Mix::Bursts,
    ];
}

/// A connection to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// Board.
    pub board: BoardKind,
    /// Which network.
    pub network: usize,
    /// Faults.
    pub mix: Mix,
    /// Seed of everything that is random.
    pub seed: u64,
    /// Bytes of a connection without faults: single events lie within them.
    pub span: u64,
}

/// What must not happen.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A wrong result without an error.
    #[error("{connection:?}: run {run} gave a wrong result and no error")]
    Wrong {
        /// Where.
        connection: Connection,
        /// Which run.
        run: usize,
    },
    /// No end.
    #[error("{connection:?}: no end within {seconds} s")]
    Hang {
        /// Where.
        connection: Connection,
        /// Deadline.
        seconds: u64,
    },
    /// An error that blames the wrong thing.
    #[error("{connection:?}: an error that does not say what happened: {error}")]
    Unclear {
        /// Where.
        connection: Connection,
        /// Error.
        error: String,
    },
    /// The board could not be made.
    #[error("{connection:?}: {error}")]
    Board {
        /// Where.
        connection: Connection,
        /// Error.
        error: String,
    },
}

/// Samples of one connection, and how often a host that got an error tries again.
const RUNS: usize = 3;
const ATTEMPTS: usize = 4;

/// Name of an error that says what happened to a line; none for every other one.
fn clear(error: &DeviceError) -> Option<&'static str> {
    match error {
        DeviceError::Port(_) => Some("port gone before it was open"),
        DeviceError::Link(link) => match **link {
            LinkError::Transport(_) => Some("port gone"),
            LinkError::NoAnswer { .. } => Some("no answer"),
            LinkError::Lost { .. } => Some("frames lost"),
            LinkError::OutOfStep { .. } => Some("reset during the run command"),
            LinkError::Restarted => Some("reset"),
            _ => None,
        },
        _ => None,
    }
}

impl Connection {
    fn plan(&self) -> FaultPlan {
        let mut random = Random::new(self.seed);
        let rate = match self.mix {
            Mix::Clean | Mix::Cut => 0.0,
            Mix::Noise => 1e-3,
            _ => 1e-4,
        };
        let rates = FaultRates {
            dropped: rate,
            flipped: rate,
            duplicated: rate,
            inserted: rate,
        };
        let mut at = || random.bits() % self.span.max(1);
        let events = match self.mix {
            Mix::Clean | Mix::Noise => vec![],
            Mix::Restarts => vec![(at(), Event::Restart), (at(), Event::Restart)],
            Mix::Pull => vec![(at(), Event::Pull)],
            Mix::Cut => vec![(at(), Event::Cut)],
            Mix::Bursts => (1..12).map(|n| (at(), Event::Garbage(n * n))).collect(),
        };
        FaultPlan::new(rates, &events, self.seed)
    }

    fn simulation(&self, arch: &Arch) -> Result<Box<dyn SimulatedBoard>, DeviceError> {
        Ok(match self.board {
            BoardKind::Model => Box::new(ModelBoard::new(arch)),
            BoardKind::Rtl => Box::new(RtlBoard::new(&simulated_top(arch)?)?),
        })
    }

    /// Simulations are slower than boards.
    fn settings(&self) -> (SerialSettings, u64) {
        let (milliseconds, deadline) = match self.board {
            BoardKind::Model => (30, 180),
            BoardKind::Rtl => (400, 900),
        };
        let serial = SerialSettings {
            silence: Duration::from_millis(milliseconds),
            ..SerialSettings::default()
        };
        (serial, deadline)
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// [`Failure`]: what the campaign looks for.
    pub fn run(self, network: &Network) -> Result<Tally, Failure> {
        let failed = |error: String| Failure::Board {
            connection: self,
            error,
        };
        let pty = Pty::open().map_err(|error| failed(error.to_string()))?;
        let path = pty.path().to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let (end, arch) = (stop.clone(), network.program.arch.clone());
        let board = std::thread::spawn(move || {
            let mut plan = self.plan();
            let mut board = self.simulation(&arch).map_err(|error| error.to_string())?;
            serve(pty, board.as_mut(), &mut plan, &end).map_err(|error| error.to_string())?;
            Ok(plan)
        });
        let (sender, receiver) = channel();
        let network = network.clone();
        let (serial, seconds) = self.settings();
        std::thread::spawn(move || drop(sender.send(self.host(&path, serial, &network))));
        let result = receiver.recv_timeout(Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
        let mut tally = match result {
            Ok(result) => result?,
            Err(RecvTimeoutError::Timeout) => {
                return Err(Failure::Hang {
                    connection: self,
                    seconds,
                });
            }
            Err(RecvTimeoutError::Disconnected) => return Err(failed("the host ended".into())),
        };
        let plan: Result<FaultPlan, String> =
            board.join().map_err(|_| failed("the board ended".into()))?;
        tally.count(&plan.map_err(failed)?);
        Ok(tally)
    }

    fn host(
        &self,
        path: &str,
        serial: SerialSettings,
        network: &Network,
    ) -> Result<Tally, Failure> {
        let port = path.to_owned();
        let open = move |_: &Arch| -> Result<Box<dyn Transport>, DeviceError> {
            Ok(Box::new(Serial::open(&port, serial)?))
        };
        let device = Linked::new("serial", Settings::default(), Box::new(open));
        let mut tally = Tally::default();
        let mut session: Option<Box<dyn Session>> = None;
        let (mut run, mut attempts) = (0, 0);
        while run < RUNS && attempts < ATTEMPTS {
            match self.one(&device, &mut session, network, run) {
                Ok(true) => {
                    tally.right += 1;
                    run += 1;
                }
                Ok(false) => {
                    let connection = *self;
                    return Err(Failure::Wrong { connection, run });
                }
                Err(error) => {
                    attempts += 1;
                    let kind = clear(&error).ok_or_else(|| Failure::Unclear {
                        connection: *self,
                        error: error.to_string(),
                    })?;
                    *tally.errors.entry(kind).or_default() += 1;
                    if matches!(
                        kind,
                        "port gone" | "no answer" | "port gone before it was open"
                    ) {
                        break;
                    }
                }
            }
        }
        Ok(tally)
    }

    /// One run: whether its result is right.
    fn one(
        &self,
        device: &Linked,
        session: &mut Option<Box<dyn Session>>,
        network: &Network,
        run: usize,
    ) -> Result<bool, DeviceError> {
        let open = match session {
            Some(open) => open,
            None => session.insert(device.prepare(&network.program)?),
        };
        let sample = &network.samples[(self.seed as usize + run) % network.samples.len()];
        let result = open.run(&sample.inputs)?;
        let cycles = result.counters.map_or(0, |counters| counters.cycles);
        Ok(result.outputs == sample.expected && cycles == network.program.cycles())
    }
}
