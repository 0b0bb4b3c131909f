//! The interpreter directly, and behind the byte link: equal outputs, equal counters.

use super::*;
use crate::link::{DeviceModel, Settings, Transport};
use crate::program::{Binding, Parameter};
use systole_arch::isa::{self, LEVEL_FIELDS, Opcode};
use systole_arch::{Arch, Instruction, timing};
use systole_quant::integer::Shape;

fn program() -> Program {
    let arch = Arch::preset("8x8").unwrap();
    let mut pass = Instruction::new(Opcode::Pass);
    let fields = [
        (isa::CLAMP_LOW, -128),
        (isa::CLAMP_HIGH, 127),
        (isa::DURATION, 120),
        (isa::HEIGHT, 1),
        (isa::ROW_BYTES, 32),
        (isa::OUT_BANK, 1),
        (isa::BEATS_LAST, 1),
        (isa::OUT_STEP_X, 8),
        (LEVEL_FIELDS[3].count, 3),
        (LEVEL_FIELDS[3].daddress, 8),
        (LEVEL_FIELDS[3].dx, 8),
    ];
    for (field, value) in fields {
        pass.set(field, value).unwrap();
    }
    let binding = |bank, channels: Vec<usize>| Binding {
        name: "x".into(),
        placement: Placement {
            bank,
            address: 0,
            row_stride: 32,
            pixel_stride: 8,
            shape: Shape {
                h: 1,
                w: 4,
                c: channels.len(),
            },
            channels,
        },
        scale: 1.0,
        zero: 0,
    };
    Program {
        name: "test".into(),
        instructions: vec![pass, Instruction::new(Opcode::End)],
        starts: vec![timing::FETCH, timing::FETCH + 120],
        weights: (0..64).map(|i| (i * 7 % 23 - 11) as i8).collect(),
        parameters: (0..8)
            .map(|i| Parameter {
                bias: i * 100 - 400,
                m: 40_000,
                s: 19,
            })
            .collect(),
        tables: Vec::new(),
        inputs: vec![binding(0, (0..8).collect())],
        outputs: vec![binding(1, vec![6, 0, 3])],
        layers: Vec::new(),
        host_ops: Vec::new(),
        states: Vec::new(),
        keeps_states: false,
        arch,
    }
}

#[test]
fn linked_and_direct_agree() {
    let program = program();
    let open = |arch: &Arch| Ok(Box::new(DeviceModel::new(arch)) as Box<dyn Transport>);
    let linked = Linked::new("model", Settings::default(), Box::new(open));
    let devices: [&dyn Device; 2] = [&Interpreter, &linked];
    let mut results = Vec::new();
    for device in devices {
        let mut session = device.prepare(&program).unwrap();
        let runs: Vec<RunResult> = (0..3)
            .map(|n| {
                session
                    .run(&[(0..32).map(|i| (i * 11 + n * 50) as u8 as i8).collect()])
                    .unwrap()
            })
            .collect();
        let tensor = session.read_tensor(&program.outputs[0].placement).unwrap();
        assert_eq!(tensor, runs[2].outputs[0]);
        results.push(runs);
    }
    assert_eq!(results[0], results[1]);
    assert_ne!(results[0][0].outputs, results[0][1].outputs);
    let counters = results[0][0].counters.clone().unwrap();
    assert_eq!(
        (counters.cycles, counters.slots, counters.beats),
        (timing::FETCH + 120, 4, 8)
    );
    assert_eq!(counters.starts, program.starts);
}

#[test]
fn wrong_inputs_are_named() {
    let mut session = Interpreter.prepare(&program()).unwrap();
    assert!(matches!(
        session.run(&[]),
        Err(DeviceError::InputCount {
            expected: 1,
            found: 0
        })
    ));
    let error = session.run(&[vec![0; 5]]).unwrap_err();
    assert_eq!(error.to_string(), "input `x` has 32 elements, 5 were given");
}

#[test]
fn faults_are_errors() {
    let mut program = program();
    program.instructions[0].set(isa::DURATION, 5).unwrap();
    let error = Interpreter
        .prepare(&program)
        .unwrap()
        .run(&[vec![0; 32]])
        .unwrap_err();
    assert!(error.to_string().contains("late_fetch"), "{error}");
}
