//! Hidden states of 16 bits, in networks that the conformance suite does not draw: layers of different widths side by side
//! and one after the other, with hidden states of 8 bits among them, and readers of every kind behind them.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole::compiler::compile;
use systole_arch::Arch;
use systole_quant::integer::random::{Builder, Form};
use systole_quant::integer::{Cell, IntGraph, Shape, StepAxis, Window};
use systole_quant::reference::oracle;
use systole_tests::cells::CELLS;
use systole_tests::conformance::{SHORT, Size, Subject};

/// Hidden units of the layers of a network.
const WIDTHS: [[usize; 3]; 3] = [[3, 9, 5], [17, 2, 8], [1, 12, 6]];

fn form(cell: Cell, hidden: usize, hidden_bits: u8, reverse: bool) -> Form {
    Form {
        cell,
        steps: StepAxis::Rows,
        reverse,
        hidden,
        hidden_bits,
        initial: hidden.is_multiple_of(2),
    }
}

/// Two directions of different widths side by side, a layer over both, a classifier of every step and one of the last.
fn network(
    cell: Cell,
    [a, b, c]: [usize; 3],
    bits: [u8; 3],
    seed: u64,
) -> (IntGraph, Vec<Vec<i8>>) {
    let steps = 1 + seed as usize % 6;
    let mut builder = Builder::new(seed);
    let x = builder.input(Shape::new(steps, 1, 5));
    let forward = builder.recurrent_layer(x, form(cell, a, bits[0], false));
    let backward = builder.recurrent_layer(x, form(cell, b, bits[1], true));
    let both = builder.concat(&[forward, backward], 2);
    let next = builder.recurrent_layer(both, form(cell, c, bits[2], false));
    builder.conv(next, Window::ONE, 1, 4, None).unwrap();
    let last = builder.part(next, [steps - 1, 0, 0], Shape::vector(c));
    builder.conv(last, Window::ONE, 1, 7, None).unwrap();
    builder.finish()
}

fn networks() -> Vec<(IntGraph, Vec<Vec<i8>>)> {
    let mut all = Vec::new();
    for (n, cell) in CELLS.into_iter().enumerate() {
        for (m, widths) in WIDTHS.into_iter().enumerate() {
            for (k, bits) in [[16, 16, 16], [16, 8, 16], [8, 16, 8]]
                .into_iter()
                .enumerate()
            {
                all.push(network(cell, widths, bits, (100 * n + 10 * m + k) as u64));
            }
        }
    }
    all
}

fn every_tensor(device: &str, size: Size) {
    let arch: Arch = size.arch();
    let device = match Subject::named(device).unwrap().open(&arch).unwrap() {
        Ok(device) => device,
        Err(mismatch) => {
            let missing = mismatch.missing_tool();
            let reason = missing.unwrap_or_else(|| panic!("{mismatch}"));
            println!("SKIPPED: hidden planes on {device}: {reason}");
            return;
        }
    };
    for (graph, inputs) in networks() {
        let expected = oracle::run(&graph, &inputs).unwrap();
        let program = compile(&graph, &arch).unwrap();
        let mut session = device.prepare(&program).unwrap();
        for _ in 0..2 {
            let result = session.run(&inputs).unwrap();
            for (found, &id) in result.outputs.iter().zip(&graph.outputs) {
                assert_eq!(found, &expected[id], "{}", graph.tensors[id].name);
            }
            let counters = result.counters.unwrap();
            assert_eq!(
                (counters.cycles, &counters.starts),
                (program.cycles(), &program.starts)
            );
        }
    }
}

#[test]
fn interpreter() {
    for size in SHORT {
        every_tensor("interpreter", size);
    }
}

#[test]
fn rtl_8x4() {
    every_tensor("rtl", SHORT[1]);
}

#[test]
fn rtl_4x4() {
    every_tensor("rtl", SHORT[2]);
}
