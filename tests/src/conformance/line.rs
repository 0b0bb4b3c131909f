//! One simulated accelerator for many programs: the line stays open, as the line of a board does.

use std::cell::RefCell;
use std::rc::Rc;

use systole::device::{DeviceError, Linked, SimulatedLine, accelerator_design};
use systole::link::{DeviceModel, Settings, Transport, TransportError};
use systole_arch::Arch;
use systole_hdl::rt::spoil_collisions;
use systole_sim::{BuildOptions, Model};

/// A line that several links use one after the other.
#[derive(Clone)]
struct Shared(Rc<RefCell<Box<dyn Transport>>>);

impl Transport for Shared {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.0.borrow_mut().send(bytes)
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        self.0.borrow_mut().receive(want)
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        self.0.borrow_mut().pass(cycles)
    }
}

/// In a simulation nothing is lost: a second failure is a bug and must show.
fn linked(name: &'static str, transport: Box<dyn Transport>) -> Linked {
    let settings = Settings {
        retries: 1,
        ..Settings::default()
    };
    let line = Shared(Rc::new(RefCell::new(transport)));
    let open = move |_: &Arch| Ok(Box::new(line.clone()) as Box<dyn Transport>);
    Linked::new(name, settings, Box::new(open))
}

/// The generated accelerator in Verilator. What has no initial value starts at random, so that nobody relies on it; the memories keep
/// what earlier programs left there, and return garbage for a word that is read while it is written: block RAM promises nothing then.
pub(super) fn rtl(arch: &Arch) -> Result<Linked, DeviceError> {
    let design = spoil_collisions(|| accelerator_design(arch))?;
    let model = Model::build(&design, &BuildOptions::default())?;
    let mut instance = model.instantiate_random(1)?;
    instance.reset(8)?;
    Ok(linked("rtl", Box::new(SimulatedLine::new(instance))))
}

/// The interpreter behind the byte link.
pub(super) fn model(arch: &Arch) -> Linked {
    linked("link", Box::new(DeviceModel::new(arch)))
}
