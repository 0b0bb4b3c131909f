//! One running model: ports, clock, vectors, waveform.

use super::ffi::{Handle, Library, Status};
use crate::design::{Design, Direction, Port};
use crate::error::{Error, Result};
use std::ffi::CString;
use std::path::Path;
use std::sync::Arc;

/// A running model with a simulation context of its own. `Send`, not `Sync`.
pub struct Instance {
    pub(super) handle: Handle,
    pub(super) design: Arc<Design>,
    trace: bool,
    finished: bool,
}

impl Instance {
    pub(super) fn new(
        design: Arc<Design>,
        library: Arc<Library>,
        trace: bool,
        seed: u32,
    ) -> Result<Self> {
        match Handle::new(library, seed) {
            Some(handle) => Ok(Instance {
                handle,
                design,
                trace,
                finished: false,
            }),
            None => Err(Error::Load {
                top: design.top.clone(),
                reason: "its initial blocks failed".to_owned(),
            }),
        }
    }

    /// Clock cycles run so far.
    pub fn cycles(&self) -> u64 {
        self.handle.cycles()
    }

    /// True once the design reached `$finish`.
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Sets an input of up to 64 bits; takes effect at the next [`Instance::eval`] or [`Instance::tick`].
    ///
    /// # Errors
    /// [`Error::Port`] when there is no such input or the value does not fit in its width.
    pub fn poke(&mut self, port: usize, value: u64) -> Result<()> {
        let width = self.checked(port, None)?.width;
        if width < 64 && value >> width != 0 {
            return Err(self.port_error(
                port,
                format!("value {value:#x} does not fit in {width} bits"),
            ));
        }
        let mut words = vec![0; width.div_ceil(32).max(2)];
        words[0] = (value & 0xffff_ffff) as u32;
        words[1] = (value >> 32) as u32;
        self.put(port, &words)
    }

    /// Reads a port of up to 64 bits.
    ///
    /// # Errors
    /// [`Error::Port`] when there is no such port or it is wider.
    pub fn peek(&self, port: usize) -> Result<u64> {
        let found = self.checked(port, None)?;
        if found.width > 64 {
            return Err(self.port_error(
                port,
                format!("{} bits do not fit in 64: use peek_words", found.width),
            ));
        }
        let mut words = [0; 2];
        let status = self.handle.peek(index(port), &mut words);
        self.check(status)?;
        Ok(u64::from(words[0]) | u64::from(words[1]) << 32)
    }

    /// Sets an input of any width, least significant word first; bits above the width are ignored.
    ///
    /// # Errors
    /// [`Error::Port`] when there is no such input or the number of words differs.
    pub fn poke_words(&mut self, port: usize, words: &[u32]) -> Result<()> {
        self.checked(port, Some(words.len()))?;
        self.put(port, words)
    }

    /// Reads a port of any width, least significant word first.
    ///
    /// # Errors
    /// [`Error::Port`] when there is no such port.
    pub fn peek_words(&self, port: usize) -> Result<Vec<u32>> {
        let mut words = vec![0; self.checked(port, None)?.words()];
        let status = self.handle.peek(index(port), &mut words);
        self.check(status)?;
        Ok(words)
    }

    /// Settles combinational logic without a clock edge.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn eval(&mut self) -> Result<()> {
        let status = self.handle.eval();
        self.note(status)
    }

    /// One clock cycle: low, settle, rising edge, settle.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn tick(&mut self) -> Result<()> {
        self.run(1)
    }

    /// `cycles` clock cycles, fewer if the design reaches `$finish`.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn run(&mut self, cycles: u64) -> Result<()> {
        let status = self.handle.tick(cycles);
        self.note(status)
    }

    /// Holds the reset input high for `cycles` cycles, then low.
    ///
    /// # Errors
    /// [`Error::Port`] without a reset input, [`Error::Stopped`].
    pub fn reset(&mut self, cycles: u64) -> Result<()> {
        let name = &self.design.reset;
        let Some(reset) = self.design.index(name) else {
            let reason = format!("no reset input `{name}`: name it in the design");
            return Err(Error::Port {
                top: self.design.top.clone(),
                reason,
            });
        };
        self.poke(reset, 1)?;
        self.run(cycles)?;
        self.poke(reset, 0)
    }

    /// Many cycles in one call. `inputs` holds one row of [`Design::input_words`] per cycle, ports in order of
    /// [`Design::vector_inputs`]; the result holds one row of [`Design::output_words`] per cycle, each sampled
    /// after the inputs of that cycle settled and before its rising edge. Without a clock: plain evaluation.
    ///
    /// # Errors
    /// [`Error::Port`] when `inputs` is not `cycles` rows long, [`Error::Stopped`].
    pub fn run_vectors(&mut self, inputs: &[u32], cycles: usize) -> Result<Vec<u32>> {
        let row = self.design.input_words();
        if row.checked_mul(cycles) != Some(inputs.len()) {
            let reason = format!(
                "{} input words: expected {cycles} rows of {row}",
                inputs.len()
            );
            return Err(Error::Port {
                top: self.design.top.clone(),
                reason,
            });
        }
        let mut outputs = vec![0; self.design.output_words() * cycles];
        let status = self.handle.vectors(inputs, &mut outputs, cycles);
        self.note(status)?;
        Ok(outputs)
    }

    /// Writes an FST waveform from now on; time advances by two steps a cycle.
    ///
    /// # Errors
    /// [`Error::Trace`] when the model was built without or the file cannot be written.
    pub fn trace(&mut self, path: &Path) -> Result<()> {
        let failed = |reason: String| Error::Trace {
            top: self.design.top.clone(),
            reason,
        };
        if !self.trace {
            return Err(failed(
                "the model was built without: set `trace` in its build options".to_owned(),
            ));
        }
        let unusable = || failed(format!("cannot write {}", path.display()));
        let name = CString::new(path.as_os_str().as_encoded_bytes()).map_err(|_| unusable())?;
        // The writer does not report what it cannot open; find out first.
        std::fs::File::create(path)
            .map_err(|error| failed(format!("cannot write {}: {error}", path.display())))?;
        match self.handle.trace_open(&name) {
            Status::Ok | Status::Finished => Ok(()),
            _ => Err(failed(format!(
                "cannot write {}: {}",
                path.display(),
                self.handle.error()
            ))),
        }
    }

    /// Completes the waveform file. Dropping the instance does so too.
    pub fn end_trace(&mut self) {
        self.handle.trace_close();
    }

    fn put(&mut self, port: usize, words: &[u32]) -> Result<()> {
        if self.checked(port, None)?.direction != Direction::Input {
            return Err(self.port_error(port, "it is an output and cannot be set".to_owned()));
        }
        let status = self.handle.poke(index(port), words);
        self.check(status)
    }

    fn checked(&self, port: usize, words: Option<usize>) -> Result<&Port> {
        let Some(found) = self.design.ports.get(port) else {
            return Err(
                self.port_error(port, format!("there are {} ports", self.design.ports.len()))
            );
        };
        match words {
            Some(words) if words != found.words() => Err(self.port_error(
                port,
                format!("{words} words given, {} expected", found.words()),
            )),
            _ => Ok(found),
        }
    }

    fn port_error(&self, port: usize, reason: String) -> Error {
        let name = self
            .design
            .ports
            .get(port)
            .map_or("none", |port| port.name.as_str());
        Error::Port {
            top: self.design.top.clone(),
            reason: format!("port {port} (`{name}`): {reason}"),
        }
    }

    /// Turns a status into a result and remembers `$finish`.
    pub(super) fn note(&mut self, status: Status) -> Result<()> {
        self.finished |= status == Status::Finished;
        self.check(status)
    }

    fn check(&self, status: Status) -> Result<()> {
        match status {
            Status::Ok | Status::Finished => Ok(()),
            Status::Failed | Status::Refused => Err(Error::Stopped {
                top: self.design.top.clone(),
                cycle: self.cycles(),
                reason: self.handle.error(),
            }),
        }
    }
}

/// Port lists are far shorter than 2^32; a larger index matches no port in the shim.
fn index(port: usize) -> u32 {
    u32::try_from(port).unwrap_or(u32::MAX)
}
