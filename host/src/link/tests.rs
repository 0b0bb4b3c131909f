//! The driver against a device on a bad line: a correct result or an explicit error, never a wrong one.

use super::*;
use crate::program::{Parameter, Placement, Program};
use proptest::prelude::*;
use systole_arch::isa::{self, LEVEL_FIELDS, Opcode};
use systole_arch::map::{self, Space};
use systole_arch::{Arch, Instruction, frame, timing};
use systole_quant::integer::Shape;

/// Copies 64 bytes of bank 0 to bank 1, plus 1: each pass adds, so that running twice would show.
fn program(arch: &Arch) -> Program {
    let (vectors, r) = (64 / arch.cols as i64, arch.rows as i64);
    let mut copy = Instruction::new(Opcode::Pass);
    for (field, value) in [
        (isa::CLAMP_LOW, -128),
        (isa::CLAMP_HIGH, 127),
        (isa::ZERO, 1),
        (isa::DURATION, 200),
        (isa::HEIGHT, 1),
        (isa::ROW_BYTES, 64),
        (isa::OUT_BANK, 1),
        (isa::PARAM_FIXED, 1),
        (isa::BEATS, arch.max_beats() as i64 - 1),
        (isa::BEATS_LAST, arch.max_beats() as i64 - 1),
        (isa::OUT_STEP_X, arch.cols as i64),
        (LEVEL_FIELDS[3].count, vectors - 1),
        (LEVEL_FIELDS[3].daddress, r),
        (LEVEL_FIELDS[3].dx, r),
    ] {
        copy.set(field, value).unwrap();
    }
    let diagonal = |i: usize| i8::from(i / arch.cols == i % arch.cols);
    let placement = |bank| Placement {
        bank,
        address: 0,
        row_stride: 64,
        pixel_stride: 64,
        channels: (0..64).collect(),
        shape: Shape { h: 1, w: 1, c: 64 },
    };
    let binding = |bank| crate::program::Binding {
        name: "x".into(),
        placement: placement(bank),
        scale: 1.0,
        zero: 0,
    };
    Program {
        instructions: vec![copy, Instruction::new(Opcode::End)],
        starts: vec![timing::FETCH, timing::FETCH + 200],
        weights: (0..arch.rows * arch.cols).map(diagonal).collect(),
        parameters: vec![
            Parameter {
                bias: 0,
                m: 1 << 15,
                s: 15
            };
            arch.lanes
        ],
        tables: vec![(0..=255).map(|i| i as u8 as i8).collect()],
        inputs: vec![binding(0)],
        outputs: vec![binding(1)],
        ..empty_program(arch)
    }
}

fn whole_run(
    transport: Box<dyn Transport>,
    arch: &Arch,
    retries: u32,
) -> Result<(Vec<i8>, u64), LinkError> {
    let program = program(arch);
    let mut board = Board::connect(
        transport,
        arch,
        Settings {
            retries,
            ..Settings::default()
        },
    )?;
    board.load(&program)?;
    let input: Vec<i8> = (0..64).map(|i| i * 2 - 60).collect();
    board.write_tensors(&[(&program.inputs[0].placement, &input)])?;
    let run = board.run()?;
    assert_eq!(run.starts, program.starts);
    Ok((
        board.read_tensor(&program.outputs[0].placement)?,
        run.cycles,
    ))
}

fn expected() -> Vec<i8> {
    (0..64).map(|i| i * 2 - 59).collect()
}

#[test]
fn a_good_line_in_every_configuration() {
    for (name, _) in systole_arch::config::PRESETS {
        let arch = Arch::preset(name).unwrap();
        if arch.rows != arch.cols || arch.table_slots == 0 {
            continue;
        }
        let (output, cycles) = whole_run(Box::new(DeviceModel::new(&arch)), &arch, 0).unwrap();
        assert_eq!(
            (output, cycles),
            (expected(), timing::FETCH + 200),
            "{name}"
        );
    }
}

#[test]
fn another_configuration_is_named_by_field() {
    let (device, program) = (Arch::preset("8x8").unwrap(), Arch::preset("4x4").unwrap());
    let error = whole_run(Box::new(DeviceModel::new(&device)), &program, 0).unwrap_err();
    assert!(
        matches!(
            error,
            LinkError::Configuration {
                field: "rows",
                found: 8,
                expected: 4,
                ..
            }
        ),
        "{error}"
    );
}

/// Found by fuzzing: addresses behind the last one begin again at 0, they do not overflow.
#[test]
fn the_end_of_the_address_space_is_refused() {
    let arch = Arch::preset("2x2").unwrap();
    let device = Box::new(DeviceModel::new(&arch));
    let mut link = Link::connect(device, Settings::default()).unwrap();
    let error = link.write_words(u32::MAX - 5, &[1; 1000]).unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error}");
    let error = link.read_words(u32::MAX - 5, 1000).unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error}");
}

#[test]
fn silence_is_an_error() {
    struct Silence;
    impl Transport for Silence {
        fn send(&mut self, _: &[u8]) -> Result<(), TransportError> {
            Ok(())
        }
        fn receive(&mut self, _: usize) -> Result<Vec<u8>, TransportError> {
            Ok(Vec::new())
        }
        fn pass(&mut self, _: u64) -> Result<(), TransportError> {
            Ok(())
        }
    }
    let error = whole_run(Box::new(Silence), &Arch::preset("4x4").unwrap(), 3).unwrap_err();
    assert!(
        matches!(error, LinkError::NoAnswer { attempts: 4 }),
        "{error}"
    );
}

#[test]
fn refusals_name_their_reason() {
    let arch = Arch::preset("4x4").unwrap();
    let mut link = Link::connect(Box::new(DeviceModel::new(&arch)), Settings::default()).unwrap();
    for (address, reason) in [
        (Space::Weights.address(0), "direction"),
        (0x4400_0000, "no such memory"),
    ] {
        let error = link.read_words(address, 1).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    // The connection is usable afterwards.
    assert_eq!(link.read_words(0, 1).unwrap(), [map::MAGIC_VALUE]);
}

#[test]
fn a_running_program_keeps_its_memories() {
    let arch = Arch::preset("4x4").unwrap();
    let program = program(&arch);
    let mut link = Link::connect(Box::new(DeviceModel::new(&arch)), Settings::default()).unwrap();
    let words: Vec<u32> = program.instructions.iter().flat_map(|i| i.words).collect();
    link.write_words(Space::Program.address(0), &words).unwrap();
    link.command(map::RUN.offset, 1).unwrap();
    let error = link
        .write_words(Space::Bank0 as u32 * (1 << 24), &[1])
        .unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error}");
    link.pass(300).unwrap();
    let status = link.read_words(map::STATUS.offset, 1).unwrap()[0];
    assert_eq!(status & 3, 2);
    assert_ne!(status >> 8, 0);
}

/// The device's side of the rules, frame by frame.
#[test]
fn duplicates_rejects_and_refusals() {
    let mut device = DeviceModel::new(&Arch::preset("4x4").unwrap());
    let mut ask = |kind, sequence, words: &[u32]| {
        let payload: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        device
            .send(&frame::encode(kind, sequence, &payload))
            .unwrap();
        device.receive(4096).unwrap()
    };
    let answer = |kind, sequence, words: &[u32]| {
        let payload: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        frame::encode(kind, sequence, &payload)
    };
    use frame::Type::{Data, Done, Read, Refused, Reject, Sync, Write};
    let bank = Space::Bank0.address(3);
    assert_eq!(ask(Sync, 7, &[]), answer(Done, 7, &[]));
    assert_eq!(ask(Write, 8, &[bank, 5]), answer(Done, 8, &[]));
    assert_eq!(ask(Write, 8, &[bank, 6]), answer(Done, 8, &[]));
    assert_eq!(ask(Read, 9, &[bank, 1]), answer(Data, 9, &[5]));
    assert_eq!(ask(Read, 9, &[bank, 1]), answer(Data, 9, &[5]));
    assert_eq!(ask(Write, 12, &[bank, 6]), answer(Reject, 12, &[10]));
    assert_eq!(ask(Write, 10, &[0x7700_0000, 6]), answer(Refused, 10, &[2]));
    assert_eq!(ask(Write, 10, &[0x7700_0000, 6]), answer(Refused, 10, &[2]));
    assert_eq!(ask(Read, 11, &[bank]), answer(Refused, 11, &[3]));
    assert_eq!(ask(Write, 255, &[bank, 6]), answer(Reject, 255, &[12]));
}

/// A pass of 3 cycles: its fault shows as the interpreter shows it.
#[test]
fn faults_of_a_run_are_read() {
    let arch = Arch::preset("4x4").unwrap();
    let mut program = program(&arch);
    program.instructions[0].set(isa::DURATION, 3).unwrap();
    let mut machine = crate::interpreter::Machine::new(&arch);
    machine.memories.load(&program).unwrap();
    let expected = machine.run().unwrap().faults;
    let device = Box::new(DeviceModel::new(&arch));
    let mut board = Board::connect(device, &arch, Settings::default()).unwrap();
    board.load(&program).unwrap();
    let found = board.run().unwrap().faults;
    assert!(!expected.list().is_empty());
    assert_eq!(found, expected);
}

/// The two words of a parameter are never in different frames, however short those become on a bad line.
#[test]
fn halves_of_a_parameter_stay_together() {
    struct Watched(Faulty<DeviceModel>, Decoder, usize);
    impl Transport for Watched {
        fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
            self.1.push(bytes);
            while let Some(sent) = self.1.next_frame() {
                let words = sent.payload.len() / 4;
                if sent.kind == frame::Type::Write as u8 {
                    assert_eq!(sent.payload[0] % 2, 0, "an odd address");
                    assert_eq!((words - 1) % 2, 0, "an odd number of words");
                    self.2 += 1;
                }
            }
            self.0.send(bytes)
        }
        fn receive(&mut self, most: usize) -> Result<Vec<u8>, TransportError> {
            self.0.receive(most)
        }
        fn pass(&mut self, cycles: u64) -> Result<(), TransportError> {
            self.0.pass(cycles)
        }
    }
    impl Drop for Watched {
        fn drop(&mut self) {
            assert!(std::thread::panicking() || self.2 > 20, "{} frames", self.2);
        }
    }
    let arch = Arch::preset("4x4").unwrap();
    let rates = FaultRates {
        dropped: 2e-3,
        flipped: 0.0,
        duplicated: 0.0,
        inserted: 0.0,
    };
    let line = Faulty::new(DeviceModel::new(&arch), rates, 5);
    let watched = Watched(line, Decoder::streaming(), 0);
    let settings = Settings {
        retries: 200,
        ..Settings::default()
    };
    let mut link = Link::connect(Box::new(watched), settings).unwrap();
    let words = vec![7; 2 * arch.param_rows * arch.lanes];
    link.write_words(Space::Parameters.address(0), &words)
        .unwrap();
}

fn rate() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1e-4), Just(1e-3), Just(1e-2)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn faults_never_give_a_wrong_result(dropped in rate(), flipped in rate(), duplicated in rate(), inserted in rate(), seed: u64) {
        let arch = Arch::preset("4x4").unwrap();
        let rates = FaultRates { dropped, flipped, duplicated, inserted };
        let line = Faulty::new(DeviceModel::new(&arch), rates, seed);
        match whole_run(Box::new(line), &arch, 40) {
            Ok(result) => prop_assert_eq!(result, (expected(), timing::FETCH + 200)),
            Err(LinkError::Lost { .. } | LinkError::NoAnswer { .. }) if dropped + flipped + duplicated + inserted >= 1e-2 => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn noise_is_no_device(bytes in prop::collection::vec(any::<u8>(), 1..4000)) {
        let mut device = DeviceModel::new(&Arch::preset("2x2").unwrap());
        device.send(&bytes).unwrap();
        device.send(&[0; 1034]).unwrap();
        device.receive(1 << 20).unwrap();
        device.send(&frame::encode(frame::Type::Sync, 3, &[])).unwrap();
        prop_assert_eq!(device.receive(64).unwrap(), frame::encode(frame::Type::Done, 3, &[]));
    }
}

fn empty_program(arch: &Arch) -> Program {
    Program {
        name: "copy".into(),
        arch: arch.clone(),
        instructions: Vec::new(),
        starts: Vec::new(),
        weights: Vec::new(),
        parameters: Vec::new(),
        tables: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        layers: Vec::new(),
        host_ops: Vec::new(),
        states: Vec::new(),
        keeps_states: false,
    }
}
