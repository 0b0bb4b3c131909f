//! The fast reference gives the bytes of the oracle, every tensor of every graph.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::time::Instant;

use proptest::prelude::*;
use systole_quant::integer::random::{Kind, Random, inputs, network, one_layer};
use systole_quant::integer::{
    AveragePool, Conv, InputLayout, IntGraph, IntTensor, Layer, LayerOp, Multiplier, Rescale,
    Shape, Window,
};
use systole_quant::reference::fast::Instructions;
use systole_quant::reference::{ReferenceError, fast, oracle};

#[track_caller]
fn check(graph: &IntGraph, data: &[Vec<i8>]) {
    let expected = oracle::run(graph, data).unwrap();
    for instructions in Instructions::available() {
        let prepared = fast::Prepared::with_instructions(graph, instructions).unwrap();
        let found = prepared.run(data).unwrap();
        for (id, tensor) in graph.tensors.iter().enumerate() {
            assert_eq!(
                found[id], expected[id],
                "{} tensor {} with {instructions:?}",
                graph.name, tensor.name
            );
        }
    }
    let prepared = fast::Prepared::new(graph).unwrap();
    let states = graph.initial_states();
    let traced = prepared.trace(data, &states).unwrap();
    assert_eq!(
        traced,
        oracle::trace(graph, data, &states).unwrap(),
        "{} states",
        graph.name
    );
    assert_eq!(
        prepared.run_parallel(data).unwrap(),
        expected,
        "{} parallel",
        graph.name
    );
    let outputs: Vec<_> = graph
        .outputs
        .iter()
        .map(|&id| expected[id].clone())
        .collect();
    let batch = prepared.run_batch(&[data.to_vec(), data.to_vec()]).unwrap();
    assert_eq!(batch, [outputs.clone(), outputs], "{} batch", graph.name);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    #[test]
    fn single_layers(seed: u64, kind in prop::sample::select(&Kind::ALL[..])) {
        let (graph, data) = one_layer(seed, kind);
        check(&graph, &data);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn networks(seed: u64, layers in 2usize..12) {
        let (graph, data) = network(seed, layers);
        check(&graph, &data);
    }
}

/// Every kind many times, whatever proptest draws.
#[test]
fn every_kind() {
    for seed in 0..200 {
        for kind in Kind::ALL.into_iter().chain(Kind::SEQUENCE) {
            let (graph, data) = one_layer(seed, kind);
            check(&graph, &data);
        }
    }
}

/// Sums on both sides of every block boundary, all products at their largest: 32 bits hold a block to the last unit.
#[test]
fn the_longest_sums_are_exact() {
    let shapes = [
        [1, 5000],
        [1, 65_536],
        [2, 65_535],
        [2, 65_536],
        [257, 511],
        [3, 65_536],
    ];
    for [rows, channels] in shapes {
        let (shape, products) = (Shape::new(rows, 1, channels), rows * channels);
        for (q, w) in [(-128, 127), (-128, -127), (127, 127)] {
            let (mut network, x) = Network::new(shape, 1);
            let y = network.conv(x, 3, Window::whole(shape), None);
            let mut graph = network.finish(y);
            let LayerOp::Conv(conv) = &mut graph.layers[0].op else {
                panic!("the layer is a convolution");
            };
            conv.weights.fill(w);
            let sum = products as i64 * i64::from(q) * i64::from(w);
            conv.bias = vec![1 - sum, -sum, -1 - sum];
            conv.multipliers.fill(Multiplier { m: 1 << 15, s: 15 });
            conv.clamp = [-128, 127];
            graph.tensors[y].zero = 0;
            let data = [vec![q; products]];
            assert_eq!(
                fast::run(&graph, &data).unwrap()[y],
                [1, 0, -1],
                "{products} * {q} * {w}"
            );
            check(&graph, &data);
        }
    }
}

/// Depthwise sums just below and just beyond one block.
#[test]
fn the_longest_depthwise_sums_are_exact() {
    for (h, w) in [(32, 32), (25, 41), (45, 45)] {
        let (mut network, x) = Network::new(Shape::new(h, w, 2), 1);
        let y = network.conv(x, 2, Window::whole(Shape::new(h, w, 2)), None);
        let mut graph = network.finish(y);
        let LayerOp::Conv(conv) = &mut graph.layers[0].op else {
            panic!("the layer is a convolution");
        };
        let sum = (h * w) as i64 * 127 * 127;
        conv.groups = 2;
        conv.weights = vec![127; 2 * h * w];
        conv.bias = vec![1 - sum, -1 - sum];
        conv.multipliers.fill(Multiplier { m: 1 << 15, s: 15 });
        conv.clamp = [-128, 127];
        graph.tensors[y].zero = 0;
        let data = [vec![127; 2 * h * w]];
        assert_eq!(fast::run(&graph, &data).unwrap()[y], [1, -1], "{h} * {w}");
        check(&graph, &data);
    }
}

#[test]
fn refuses_what_the_oracle_refuses() {
    let (graph, data) = one_layer(3, Kind::Conv);
    let count = fast::run(&graph, &[]);
    assert!(matches!(
        count,
        Err(ReferenceError::InputCount {
            found: 0,
            expected: 1,
            ..
        })
    ));
    let mut short = data.clone();
    short[0].pop();
    assert!(matches!(
        fast::run(&graph, &short),
        Err(ReferenceError::InputSize { .. })
    ));
    let prepared = fast::Prepared::new(&graph).unwrap();
    assert!(prepared.run_batch(&[data.clone(), short]).is_err());
    let mut broken = graph;
    broken.tensors[0].scale = 0.0;
    assert_eq!(fast::run(&broken, &data), oracle::run(&broken, &data));
}

#[test]
fn resnet8_equals_the_oracle() {
    for seed in 0..2 {
        let graph = resnet8(seed);
        let data = inputs(&mut Random::new(seed), &graph);
        check(&graph, &data);
    }
}

/// Milliseconds for each image; `cargo test --release --test reference_fast -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let graph = resnet8(1);
    let prepared = fast::Prepared::new(&graph).unwrap();
    let data = inputs(&mut Random::new(1), &graph);
    let images = vec![data.clone(); 200];
    let time = |name: &str, f: &dyn Fn()| {
        f();
        let best = (0..5).map(|_| {
            let start = Instant::now();
            f();
            start.elapsed().as_secs_f64() * 1000.0 / 200.0
        });
        println!(
            "{name}: {:.3} ms for each image",
            best.fold(f64::MAX, f64::min)
        );
    };
    for instructions in Instructions::available() {
        let prepared = fast::Prepared::with_instructions(&graph, instructions).unwrap();
        time(&format!("one thread, {instructions:?}"), &|| {
            for data in &images {
                prepared.run(data).unwrap();
            }
        });
    }
    time("one image on all threads", &|| {
        for data in &images {
            prepared.run_parallel(data).unwrap();
        }
    });
    time("images on all threads", &|| {
        drop(prepared.run_batch(&images).unwrap())
    });
}

/// A graph under construction, with random weights.
struct Network {
    graph: IntGraph,
    random: Random,
}

impl Network {
    fn new(input: Shape, seed: u64) -> (Self, usize) {
        let graph = IntGraph {
            name: "network".into(),
            tensors: Vec::new(),
            layers: Vec::new(),
            inputs: vec![0],
            input_layouts: vec![InputLayout::of(input)],
            outputs: Vec::new(),
            host_ops: vec![Vec::new()],
        };
        let random = Random::new(seed);
        let mut network = Self { graph, random };
        let input = network.tensor(input);
        (network, input)
    }

    fn tensor(&mut self, shape: Shape) -> usize {
        let (id, zero) = (self.graph.tensors.len(), self.random.signed(-20, 20) as i8);
        let (name, scale) = (format!("t{id}"), 0.05);
        self.graph.tensors.push(IntTensor {
            name,
            shape,
            scale,
            zero,
        });
        id
    }

    fn push(&mut self, op: LayerOp, inputs: Vec<usize>, shape: Shape) -> usize {
        let (name, output) = (op.name().into(), self.tensor(shape));
        self.graph.layers.push(Layer {
            name,
            op,
            inputs,
            output,
        });
        output
    }

    fn conv(&mut self, x: usize, outputs: usize, window: Window, residual: Option<usize>) -> usize {
        let shape = self.graph.tensors[x].shape;
        let [h, w] = window.output(shape.h, shape.w).unwrap();
        let products = window.kernel[0] * window.kernel[1] * shape.c;
        let s = 24 + products.ilog2() as u8 / 2;
        let by = residual.map(|r| Rescale {
            multiplier: Multiplier { m: 40_000, s: 16 },
            zero: self.graph.tensors[r].zero,
        });
        let random = &mut self.random;
        let conv = Conv {
            window,
            groups: 1,
            weights: (0..outputs * products).map(|_| random.weight()).collect(),
            bias: (0..outputs).map(|_| random.signed(-5000, 5000)).collect(),
            multipliers: vec![Multiplier { m: 50_000, s }; outputs],
            clamp: [-100, 127],
            residual: by,
        };
        let inputs = std::iter::once(x).chain(residual).collect();
        self.push(LayerOp::Conv(conv), inputs, Shape::new(h, w, outputs))
    }

    fn finish(mut self, output: usize) -> IntGraph {
        self.graph.outputs = vec![output];
        self.graph
    }
}

/// ResNet-8 for 32x32x3 images; 12.5 million multiplications.
fn resnet8(seed: u64) -> IntGraph {
    let square = |kernel, stride, pads| Window {
        kernel: [kernel; 2],
        stride: [stride; 2],
        pads,
        ..Window::ONE
    };
    let (mut n, x) = Network::new(Shape::new(32, 32, 3), seed);
    let mut x = n.conv(x, 16, square(3, 1, [1; 4]), None);
    let y = n.conv(x, 16, square(3, 1, [1; 4]), None);
    x = n.conv(y, 16, square(3, 1, [1; 4]), Some(x));
    for channels in [32, 64] {
        let skip = n.conv(x, channels, square(1, 2, [0; 4]), None);
        let y = n.conv(x, channels, square(3, 2, [0, 0, 1, 1]), None);
        x = n.conv(y, channels, square(3, 1, [1; 4]), Some(skip));
    }
    let pool = AveragePool {
        window: Window::whole(Shape::new(8, 8, 64)),
        count_include_pad: false,
        multipliers: vec![(64, Multiplier { m: 40_000, s: 21 })],
        clamp: [i8::MIN, i8::MAX],
    };
    let x = n.push(LayerOp::AveragePool(pool), vec![x], Shape::vector(64));
    let x = n.conv(x, 10, Window::ONE, None);
    n.finish(x)
}
