//! The same networks on every device that needs no external tool: equal bytes, counters equal to the schedule.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::sync::Arc;
use std::time::Instant;

use systole::compiler::compile;
use systole::device::{Cpu, Device, DeviceError, Interpreter, Linked, Session};
use systole::link::{DeviceModel, FaultRates, Faulty, Settings, Transport};
use systole::program::Program;
use systole::testing::{lenet, resnet8};
use systole_arch::Arch;
use systole_quant::integer::IntGraph;

fn inputs(program: &Program, seed: u8) -> Vec<Vec<i8>> {
    let value = |i: usize| {
        (i as u8)
            .wrapping_mul(73)
            .wrapping_add(seed.wrapping_mul(41)) as i8
    };
    program
        .inputs
        .iter()
        .map(|binding| (0..binding.placement.shape.elements()).map(value).collect())
        .collect()
}

fn model(arch: &Arch) -> Result<Box<dyn Transport>, DeviceError> {
    Ok(Box::new(DeviceModel::new(arch)))
}

fn faulty(arch: &Arch) -> Result<Box<dyn Transport>, DeviceError> {
    let rates = FaultRates {
        dropped: 1e-4,
        flipped: 1e-4,
        duplicated: 1e-4,
        inserted: 1e-4,
    };
    Ok(Box::new(Faulty::new(DeviceModel::new(arch), rates, 7)))
}

fn compare(graph: IntGraph, preset: &str, images: u8) {
    let graph = Arc::new(graph);
    let program = compile(&graph, &Arch::preset(preset).unwrap()).unwrap();
    let linked = Linked::new("model", Settings::default(), Box::new(model));
    let noisy = Linked::new("noisy", Settings::default(), Box::new(faulty));
    let devices: [&dyn Device; 3] = [&Interpreter, &linked, &noisy];
    let mut reference = Cpu::new(graph).prepare(&program).unwrap();
    let mut sessions: Vec<Box<dyn Session>> = devices
        .iter()
        .map(|device| device.prepare(&program).unwrap())
        .collect();
    for seed in 0..images {
        let inputs = inputs(&program, seed);
        let expected = reference.run(&inputs).unwrap().outputs;
        for (device, session) in devices.iter().zip(&mut sessions) {
            let start = Instant::now();
            let result = session.run(&inputs).unwrap();
            println!(
                "{preset} {} {}: {:.3} s",
                program.name,
                device.name(),
                start.elapsed().as_secs_f64()
            );
            let counters = result.counters.unwrap();
            assert_eq!(result.outputs, expected, "{}", device.name());
            assert_eq!(counters.starts, program.starts, "{}", device.name());
            assert_eq!(counters.cycles, program.cycles(), "{}", device.name());
        }
    }
}

#[test]
fn lenet_on_small_and_large_arrays() {
    compare(lenet(3), "4x4", 2);
    compare(lenet(3), "16x16", 2);
}

#[test]
fn resnet8_at_16x16() {
    compare(resnet8(5), "16x16", 1);
}
