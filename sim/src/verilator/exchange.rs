//! The byte-stream device: bytes in, bytes out, with a watchdog.

use super::ffi::{End, Status};
use super::instance::Instance;
use crate::error::{Error, Result};

/// What one exchange returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Bytes from the device.
    pub bytes: Vec<u8>,
    /// Bytes that the device took.
    pub taken: usize,
    /// Clock cycles it took.
    pub cycles: u64,
}

impl Instance {
    /// Sends `input` and runs until all of it is taken and `want` bytes came back. Bytes beyond `want` stay in the
    /// device for the next call.
    ///
    /// # Errors
    /// [`Error::Timeout`] after `max_cycles`, holding what did come back; [`Error::Port`] when the design is no byte-stream
    /// device; [`Error::Stopped`].
    pub fn exchange(&mut self, input: &[u8], want: usize, max_cycles: u64) -> Result<Exchange> {
        self.move_bytes(input, want, want, End::Taken, max_cycles)
    }

    /// Sends `input` and runs until `want` bytes came back, as many as that may take of `input`: a device that answers
    /// while bytes are still on their way to it is not blocked by answers that nobody takes.
    ///
    /// # Errors
    /// As [`Instance::exchange`].
    pub fn exchange_until_answered(
        &mut self,
        input: &[u8],
        want: usize,
        max_cycles: u64,
    ) -> Result<Exchange> {
        self.move_bytes(input, want, want, End::Answered, max_cycles)
    }

    /// Sends `input` and runs until all of it is taken, the device is not busy and offers nothing more. At most `room` bytes
    /// are accepted.
    ///
    /// # Errors
    /// As [`Instance::exchange`]; more than `room` bytes count as a timeout.
    pub fn exchange_until_idle(
        &mut self,
        input: &[u8],
        room: usize,
        max_cycles: u64,
    ) -> Result<Exchange> {
        self.move_bytes(input, 0, room, End::Idle, max_cycles)
    }

    fn move_bytes(
        &mut self,
        input: &[u8],
        want: usize,
        room: usize,
        end: End,
        max: u64,
    ) -> Result<Exchange> {
        let mut bytes = vec![0; room];
        let Some((status, moved)) = self.handle.exchange(input, &mut bytes, want, end, max) else {
            let reason = "it is no byte-stream device: set `stream` in the design".to_owned();
            return Err(Error::Port {
                top: self.design.top.clone(),
                reason,
            });
        };
        let taken = moved.taken == input.len() || end == End::Answered;
        let complete = taken && bytes.len() >= want;
        if status == Status::Refused || (status == Status::Finished && !complete) {
            return Err(Error::Timeout {
                top: self.design.top.clone(),
                cycles: moved.cycles,
                taken: moved.taken,
                sent: input.len(),
                received: bytes,
                wanted: want,
            });
        }
        self.note(status)?;
        Ok(Exchange {
            bytes,
            taken: moved.taken,
            cycles: moved.cycles,
        })
    }
}
