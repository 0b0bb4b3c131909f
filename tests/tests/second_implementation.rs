//! Two implementations of `docs/numerics.md`, written apart, give the same integers: at least
//! `SYSTOLE_OUTPUTS` of them (one million unless told) for every operator.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::env;

use systole_quant::integer::random::{self, Kind, Random};
use systole_quant::integer::{LayerOp, Multiplier};
use systole_quant::numerics;
use systole_quant::reference::oracle;
use systole_tests::second::{self, evaluate};

fn wanted() -> usize {
    env::var("SYSTOLE_OUTPUTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000)
}

/// Compares one random layer; returns how many outputs were compared.
fn compare(seed: u64, kind: Kind) -> usize {
    let (graph, inputs) = random::one_layer(seed, kind);
    let values = oracle::run(&graph, &inputs).unwrap();
    let mut tensors: Vec<_> = graph
        .tensors
        .iter()
        .zip(&values)
        .map(|(t, v)| Some(evaluate::image(t.shape, v)))
        .collect();
    let mut outputs = 0;
    for layer in &graph.layers {
        let expected = tensors[layer.output].take();
        let Some(second) = evaluate::layer(&graph, layer, &tensors) else {
            panic!("seed {seed}: {kind:?} is not an operator of the numerics")
        };
        assert_eq!(
            Some(&second),
            expected.as_ref(),
            "seed {seed}, layer {}",
            layer.name
        );
        outputs += second.data.len();
        tensors[layer.output] = Some(second);
    }
    outputs
}

fn agree(kind: Kind) {
    let (mut outputs, mut seed) = (0, 0);
    while outputs < wanted() {
        outputs += compare(seed, kind);
        seed += 1;
    }
    println!("{kind:?}: {outputs} outputs of {seed} random layers agree");
}

macro_rules! operators {
    ($($name:ident $kind:ident)*) => { $( #[test] fn $name() { agree(Kind::$kind); } )* };
}

operators! {
    convolution Conv
    depthwise_convolution Depthwise
    grouped_convolution Grouped
    convolution_with_residual_operand Residual
    fully_connected FullyConnected
    max_pool MaxPool
    average_pool AveragePool
    global_average_pool GlobalAveragePool
    addition Add
    table Table
    requantize Requantize
}

/// Concatenation of channels; along the other axes it only moves bytes.
#[test]
fn concatenation() {
    let (mut outputs, mut seed) = (0, 0);
    while outputs < wanted() {
        let (graph, _) = random::one_layer(seed, Kind::Concat);
        if graph
            .layers
            .iter()
            .all(|l| matches!(&l.op, LayerOp::Concat(c) if c.axis == 2))
        {
            outputs += compare(seed, Kind::Concat);
        }
        seed += 1;
    }
    println!("Concat: {outputs} outputs agree");
}

/// Scaling an accumulator, over the whole range of accumulators, multipliers and shifts, with ties.
#[test]
fn scaling_and_rounding() {
    let mut random = Random::new(1);
    let ends = [0, 1, -1, (1i64 << 34) - 1, -(1i64 << 34) + 1];
    for n in 0..wanted() {
        let magnitude = random.between(0, 34) as u32;
        let wide = (random.between(0, (1 << 17) - 1) as i64) << 17
            | random.between(0, (1 << 17) - 1) as i64;
        let acc = if n % 8 == 0 {
            ends[n / 8 % 5]
        } else {
            wide >> (34 - magnitude)
        };
        let acc = if random.one_in(2) { -acc } else { acc };
        let m = random.between(1 << 15, (1 << 16) - 1) as u16;
        let s = random.between(8, 55) as u8;
        for guard in [0, 8] {
            let first = numerics::scale(acc, Multiplier { m, s }, guard);
            assert_eq!(
                i128::from(first),
                second::scaled(acc.into(), m, s, guard),
                "{acc} {m} {s} {guard}"
            );
        }
        // Every second value is a tie of the rounding.
        let shift = random.between(1, 24) as u32;
        let x = if n % 2 == 0 {
            (acc >> 8 << shift) + (1 << (shift - 1))
        } else {
            acc
        };
        assert_eq!(
            i128::from(numerics::rhu(x, shift)),
            second::round_half_up(x.into(), shift)
        );
    }
}

/// Encoding of multipliers: random ones over the whole exponent range, neighbours of powers of two, ties of the rounding.
#[test]
fn multipliers() {
    let mut random = Random::new(2);
    let check = |m: f64| {
        if m > 0.0 && m < 256.0 {
            let second = second::encode(m);
            let Ok(first) = Multiplier::encode(m) else {
                // The page wants 8 <= s: a multiplier that rounds up to 2^8 is refused.
                return assert!(second.1 < 8, "{m:e} is refused");
            };
            assert_eq!(
                (first.m, if first.m == 0 { 55 } else { first.s }),
                second,
                "{m:e}"
            );
        }
    };
    for exponent in -60..=8 {
        for step in -3i64..=3 {
            check(f64::from_bits(
                (2f64.powi(exponent).to_bits() as i64 + step) as u64,
            ));
        }
    }
    for _ in 0..wanted() {
        let exponent = random.between(0, 60) as i32 - 52;
        let fraction = random.between(0, (1 << 26) - 1) as f64 / (1 << 26) as f64;
        check((1.0 + fraction) * 2f64.powi(exponent));
        let tie = random.between(1 << 15, (1 << 16) - 1) as f64 + 0.5;
        check(tie * 2f64.powi(exponent - 16));
    }
}
