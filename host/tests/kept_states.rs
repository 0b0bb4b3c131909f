//! States that stay in the device between runs: what is refused, and what happens when a run fails.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::cell::{Cell as Shared, RefCell};
use std::rc::Rc;

use systole::compiler::{CompileError, compile, compile_keeping_states};
use systole::device::{Device, DeviceError, Interpreter, Linked, Stream, StreamError, read_states};
use systole::link::{DeviceModel, Settings, Transport, TransportError};
use systole::program::Program;
use systole::testing::{lenet, recurrent, roomy};
use systole_arch::Arch;
use systole_quant::integer::random::{Random, inputs};
use systole_quant::integer::{Cell, IntGraph};

const LSTM: Cell = Cell::Lstm {
    cell_fraction_bits: 11,
};

fn network() -> IntGraph {
    recurrent(LSTM, [6, 5, 7], false, 1)
}

fn arch() -> Arch {
    roomy(4, 4, 4)
}

fn keeping(graph: &IntGraph) -> Program {
    compile_keeping_states(graph, &arch()).unwrap()
}

#[test]
fn a_reverse_layer_keeps_no_state() {
    let both = recurrent(LSTM, [6, 5, 7], true, 1);
    let error = compile_keeping_states(&both, &arch()).unwrap_err();
    assert!(matches!(&error, CompileError::KeptReverse { layer } if *layer == both.layers[1].name));
    assert!(compile(&both, &arch()).is_ok());
    let error = Stream::open(&both, &arch(), &Interpreter, 2).err().unwrap();
    assert!(
        error
            .to_string()
            .contains("runs from the last step to the first"),
        "{error}"
    );
    let error = Stream::open(&lenet(1), &arch(), &Interpreter, 2)
        .err()
        .unwrap();
    assert!(error.to_string().contains("no recurrent layer"), "{error}");
}

#[test]
fn chunks_are_whole_steps() {
    let mut stream = Stream::open(&network(), &arch(), &Interpreter, 2).unwrap();
    for length in [0, 4, 11] {
        let error = stream.feed(&[vec![0; length]]).unwrap_err();
        assert!(
            matches!(error, StreamError::Length { step: 5, .. }),
            "{error}"
        );
    }
    assert!(stream.feed(&[]).is_err());
    assert!(stream.feed(&[vec![0; 15]]).is_ok());
}

#[test]
fn programs_hand_states_on_only_to_their_like() {
    let graph = network();
    let mut session = Interpreter.prepare(&keeping(&graph)).unwrap();
    session
        .load(&keeping(&graph.with_steps(3).unwrap()))
        .unwrap();
    let others = [
        compile(&graph, &arch()).unwrap(),
        keeping(&recurrent(LSTM, [6, 5, 8], false, 1)),
        keeping(&recurrent(Cell::Rnn { relu: false }, [6, 5, 7], false, 1)),
    ];
    for other in others {
        let error = session.load(&other).unwrap_err();
        assert!(matches!(error, DeviceError::OtherStates { .. }), "{error}");
    }
    let forgetful = compile(&graph, &arch()).unwrap();
    let mut session = Interpreter.prepare(&forgetful).unwrap();
    let error = read_states(session.as_mut(), &forgetful).unwrap_err();
    assert!(matches!(error, DeviceError::NoState { .. }), "{error}");
}

#[test]
fn files_say_whether_states_are_kept() {
    let program = keeping(&network());
    let bytes = program.encode().unwrap();
    assert_eq!(Program::decode(&bytes, "a.sysp").unwrap(), program);
    let mut wrong = program.clone();
    wrong.states[0].initial = None;
    let text = wrong.validate("a.sysp").unwrap_err().to_string();
    assert!(text.contains("the initial state of layer"), "{text}");
    let mut wrong = program;
    wrong.states[0].initial.as_mut().unwrap().units.pop();
    let text = wrong.validate("a.sysp").unwrap_err().to_string();
    assert!(text.contains("the length of the state"), "{text}");
}

/// A line that counts bytes, and breaks when it is told to.
struct Line {
    model: Rc<RefCell<DeviceModel>>,
    broken: Rc<Shared<Broken>>,
    sent: Rc<Shared<usize>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Broken {
    No,
    /// Nothing gets through.
    Everywhere,
    /// The line breaks while a program runs.
    WhileRunning,
}

fn gone() -> TransportError {
    let (line, reason) = ("line".into(), "broken".into());
    TransportError { line, reason }
}

impl Transport for Line {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        if self.broken.get() == Broken::Everywhere {
            return Err(gone());
        }
        self.sent.set(self.sent.get() + bytes.len());
        self.model.borrow_mut().send(bytes)
    }

    fn receive(&mut self, want: usize) -> Result<Vec<u8>, TransportError> {
        self.model.borrow_mut().receive(want)
    }

    fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
        self.model.borrow_mut().pass(cycles)?;
        match self.broken.get() {
            Broken::WhileRunning => Err(gone()),
            _ => Ok(()),
        }
    }
}

/// A device with the switch that breaks its line, and the count of its bytes.
fn device() -> (Linked, Rc<Shared<Broken>>, Rc<Shared<usize>>) {
    let (broken, sent) = (Rc::new(Shared::new(Broken::No)), Rc::new(Shared::new(0)));
    let (switch, count) = (broken.clone(), sent.clone());
    let open = move |arch: &Arch| {
        let model = Rc::new(RefCell::new(DeviceModel::new(arch)));
        let (broken, sent) = (switch.clone(), count.clone());
        Ok(Box::new(Line {
            model,
            broken,
            sent,
        }) as Box<dyn Transport>)
    };
    (
        Linked::new("line", Settings::default(), Box::new(open)),
        broken,
        sent,
    )
}

/// After a failed run nobody knows the states: the next run is refused until they are reset.
#[test]
fn a_failed_run_loses_the_states() {
    let graph = network();
    let (device, broken, _) = device();
    let mut stream = Stream::open(&graph, &arch(), &device, 6).unwrap();
    let signal = inputs(&mut Random::new(1), &graph);
    let first = stream.feed(&signal).unwrap();
    let second = stream.feed(&signal).unwrap();
    assert_ne!(second, first, "the states went on");
    broken.set(Broken::WhileRunning);
    stream.feed(&signal).unwrap_err();
    broken.set(Broken::No);
    let error = stream.feed(&signal).unwrap_err();
    assert!(
        matches!(error, StreamError::Device(DeviceError::StatesLost)),
        "{error}"
    );
    stream.reset();
    assert_eq!(stream.feed(&signal).unwrap(), first);
    // An input that does not arrive starts no run: the signal can go on.
    broken.set(Broken::Everywhere);
    stream.feed(&signal).unwrap_err();
    broken.set(Broken::No);
    assert_eq!(stream.feed(&signal).unwrap(), second);
}

/// A program that was half loaded is loaded again before anything runs.
#[test]
fn a_broken_line_while_another_length_is_loaded() {
    let graph = network();
    let (device, broken, _) = device();
    let mut stream = Stream::open(&graph, &arch(), &device, 6).unwrap();
    let signal = inputs(&mut Random::new(1), &graph);
    let first = stream.feed(&signal).unwrap();
    broken.set(Broken::Everywhere);
    stream
        .feed(&graph.cut_steps(&signal, 0..2).unwrap())
        .unwrap_err();
    broken.set(Broken::No);
    stream.reset();
    assert_eq!(stream.feed(&signal).unwrap().outputs, first.outputs);
}

/// Weights stay in the device: another length costs its instructions.
#[test]
fn another_length_sends_what_differs() {
    let graph = recurrent(LSTM, [6, 20, 30], false, 1);
    let (device, _, sent) = device();
    let mut stream = Stream::open(&graph, &arch(), &device, 6).unwrap();
    let (loading, signal) = (sent.get(), inputs(&mut Random::new(1), &graph));
    for steps in [2, 6, 2] {
        let before = sent.get();
        stream
            .feed(&graph.cut_steps(&signal, 0..steps).unwrap())
            .unwrap();
        let bytes = sent.get() - before;
        assert!(bytes * 3 < loading, "{bytes} of {loading}");
    }
}
