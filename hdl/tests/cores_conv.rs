//! The convolution core: results equal to plain loops, stalls on every stream, cycles in closed form.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod cores_common;

use cores_common::{Job, Random, array, reset, run, wrap};
use proptest::prelude::*;
use systole_hdl::cores::{ConvCore, ConvOptions};
use systole_hdl::rt::Sim;
use systole_hdl::rt::spoil_collisions;

/// Little-endian lanes of a weight word.
fn pack(word: &[i64], bits: usize) -> i64 {
    word.iter()
        .rev()
        .fold(0, |packed, lane| packed << bits | lane & ((1 << bits) - 1))
}

/// A plain convolution that knows nothing of tiles and words: `result[y][x][filter]`.
fn plain(
    o: &ConvOptions,
    image: &[i64],
    weights: &[i64],
    y: usize,
    x: usize,
    filter: usize,
) -> i64 {
    let mut sum = 0;
    for ky in 0..o.kernel {
        for kx in 0..o.kernel {
            let row = (y * o.stride + ky) as i64 - o.pad as i64;
            let column = (x * o.stride + kx) as i64 - o.pad as i64;
            if row < 0 || column < 0 || row >= o.height as i64 || column >= o.width as i64 {
                continue;
            }
            for c in 0..o.channels {
                let pixel = image[(row as usize * o.width + column as usize) * o.channels + c];
                sum += pixel * weights[((filter * o.kernel + ky) * o.kernel + kx) * o.channels + c];
            }
        }
    }
    sum
}

/// Sends `images` images through a core and compares results, `tlast` and, without gaps, cycles.
fn check(sim: &mut Sim<ConvCore>, o: &ConvOptions, images: usize, gaps: u64, random: &mut Random) {
    let a = o.array;
    let weights = random.numbers(o.filters * o.kernel * o.kernel * o.channels, a.data_bits);
    let (mut activations, mut expected) = (vec![], vec![]);
    for image in 0..images {
        let pixels = random.numbers(o.height * o.width * o.channels, a.data_bits);
        for y in 0..o.out_height() {
            for x in 0..o.out_width() {
                for filter in 0..o.tiles() * a.cols {
                    let sum = match filter < o.filters {
                        true => plain(o, &pixels, &weights, y, x, filter),
                        false => 0,
                    };
                    expected.push(wrap(sum, a.acc_bits));
                }
            }
        }
        activations.extend(pixels);
        activations.resize((image + 1) * o.image_words() * a.rows, 0);
    }
    let stream = o.weight_stream(&weights);
    let job = Job {
        weights: stream.iter().map(|word| pack(word, a.data_bits)).collect(),
        activations,
        vectors: images * o.vectors(),
        gaps,
        in_order: gaps == 0,
    };
    let outcome = run(sim, &a, &job, random);
    assert_eq!(outcome.results, expected, "{o:?}");
    let lasts: Vec<usize> = (1..=images).map(|i| i * o.vectors() - 1).collect();
    assert_eq!(outcome.lasts, lasts, "{o:?}");
    if gaps == 0 {
        assert_eq!(outcome.cycles, o.cycles(images), "{o:?}, {images} images");
    }
}

fn options(rows: usize, cols: usize, data_bits: usize, geometry: [usize; 7]) -> ConvOptions {
    let [height, width, channels, filters, kernel, stride, pad] = geometry;
    ConvOptions {
        array: array(rows, cols, data_bits, 2 * data_bits + 10),
        height,
        width,
        channels,
        filters,
        kernel,
        stride,
        pad,
        testbench: None,
    }
}

fn core(o: &ConvOptions) -> Sim<ConvCore> {
    o.check().unwrap_or_else(|e| panic!("{e}"));
    let mut sim = Sim::new(spoil_collisions(|| ConvCore::new(o)));
    sim.set("keep_weights", 1).unwrap();
    reset(&mut sim);
    sim
}

#[test]
fn images_with_and_without_stalls() {
    let mut random = Random::new(3);
    let table = [
        (2, 2, 8, [4, 4, 1, 2, 3, 1, 1]),
        (2, 2, 8, [1, 1, 1, 1, 1, 1, 0]),
        (4, 4, 8, [5, 6, 3, 6, 3, 2, 1]),
        (8, 8, 8, [6, 5, 4, 8, 3, 1, 1]),
        (8, 4, 5, [7, 7, 3, 4, 5, 2, 2]),
        (4, 8, 16, [4, 5, 2, 8, 2, 1, 1]),
        (4, 4, 2, [3, 9, 5, 3, 1, 3, 0]),
        (16, 8, 8, [5, 5, 3, 8, 3, 1, 2]),
    ];
    for (rows, cols, bits, geometry) in table {
        let o = options(rows, cols, bits, geometry);
        for gaps in [0, 5, 8] {
            check(&mut core(&o), &o, 3, gaps, &mut random);
        }
    }
}

#[test]
fn cycles_do_not_depend_on_which_side_is_slower() {
    let mut random = Random::new(4);
    // Loading takes longer than computing, as long, and shorter.
    for geometry in [
        [6, 6, 4, 2, 1, 3, 0],
        [6, 6, 2, 2, 1, 1, 0],
        [6, 6, 1, 4, 3, 1, 1],
    ] {
        let o = options(2, 2, 8, geometry);
        for images in 1..6 {
            check(&mut core(&o), &o, images, 0, &mut random);
        }
    }
}

#[test]
fn new_weights_after_an_image() {
    let mut random = Random::new(5);
    let o = options(4, 4, 8, [4, 4, 2, 5, 3, 1, 1]);
    let mut sim = core(&o);
    sim.set("keep_weights", 0).unwrap();
    for gaps in [0, 6, 0] {
        check(&mut sim, &o, 1, gaps, &mut random);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn random_geometry(
        rows in 1u32..4, cols in 0usize..3, data_bits in 2usize..17, height in 1usize..7, width in 1usize..7, channels in 1usize..6,
        filters in 1usize..9, kernel in 1usize..5, stride in 1usize..4, pad in 0usize..4, gaps in 0u64..7, seed: u64,
    ) {
        let o = options(1 << rows, [2, 4, 8][cols], data_bits, [height, width, channels, filters, kernel, stride, pad]);
        prop_assume!(o.check().is_ok());
        check(&mut core(&o), &o, 2, gaps, &mut Random::new(seed));
    }
}
