//! A line to the device model that writes down what passes over it.

use std::cell::RefCell;
use std::rc::Rc;

use crate::link::{DeviceModel, Transport, TransportError};
use systole_arch::Arch;

/// What went over the line.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// Bytes to the device, and whether each waits for the end of the program.
    pub(super) requests: Vec<(u8, bool)>,
    /// Bytes from the device.
    pub(super) answers: Vec<u8>,
    waits: bool,
}

/// The device model behind a tape.
pub(super) struct Recorder {
    model: DeviceModel,
    tape: Rc<RefCell<Tape>>,
}

impl Recorder {
    /// A device after reset, and the tape that its line writes.
    pub(super) fn new(arch: &Arch) -> (Self, Rc<RefCell<Tape>>) {
        let tape = Rc::new(RefCell::new(Tape::default()));
        let recorder = Recorder {
            model: DeviceModel::new(arch),
            tape: Rc::clone(&tape),
        };
        (recorder, tape)
    }
}

impl Transport for Recorder {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let mut tape = self.tape.borrow_mut();
        for byte in bytes {
            let waits = std::mem::take(&mut tape.waits);
            tape.requests.push((*byte, waits));
        }
        self.model.send(bytes)
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        let bytes = self.model.receive(want)?;
        self.tape.borrow_mut().answers.extend(&bytes);
        Ok(bytes)
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        self.tape.borrow_mut().waits = true;
        self.model.pass(cycles)
    }
}
