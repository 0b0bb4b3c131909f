//! The byte ports of a simulated design as a line.

use crate::link::{Transport, TransportError};
use systole_sim::{Error, Instance};

/// Cycles for each byte on the way, more than any device needs to carry out a frame.
const CYCLES_PER_BYTE: u64 = 32;
/// Cycles without a byte that count as silence.
const SILENCE: u64 = 20_000;

/// Drives a running model through its byte-stream ports.
pub struct SimulatedLine {
    instance: Instance,
    outgoing: Vec<u8>,
}

impl SimulatedLine {
    /// Takes a model that has been reset.
    #[must_use]
    pub fn new(instance: Instance) -> Self {
        SimulatedLine {
            instance,
            outgoing: Vec::new(),
        }
    }

    /// Clock cycles since the model was made, those of the line included.
    #[must_use]
    pub fn cycles(&self) -> u64 {
        self.instance.cycles()
    }

    fn failed(error: &Error) -> TransportError {
        TransportError {
            line: "simulation".into(),
            reason: error.to_string(),
        }
    }
}

impl Transport for SimulatedLine {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.outgoing.extend_from_slice(bytes);
        Ok(())
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        let limit = SILENCE + CYCLES_PER_BYTE * (self.outgoing.len() + want) as u64;
        let moved = self
            .instance
            .exchange_until_answered(&self.outgoing, want, limit);
        match moved {
            Ok(exchange) => {
                self.outgoing.drain(..exchange.taken);
                Ok(exchange.bytes)
            }
            Err(Error::Timeout {
                taken, received, ..
            }) => {
                self.outgoing.drain(..taken.min(self.outgoing.len()));
                Ok(received)
            }
            Err(error) => Err(Self::failed(&error)),
        }
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        let waiting = std::mem::take(&mut self.outgoing);
        if !waiting.is_empty() {
            let limit = SILENCE + CYCLES_PER_BYTE * waiting.len() as u64;
            self.instance
                .exchange(&waiting, 0, limit)
                .map_err(|error| Self::failed(&error))?;
        }
        self.instance
            .run(cycles)
            .map_err(|error| Self::failed(&error))
    }
}
