//! The closed cycle formulas against plain loops.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use proptest::prelude::*;
use systole_arch::cycles::{self, Walk, Window};
use systole_arch::isa::{self, LEVEL_FIELDS, LEVELS, Opcode};
use systole_arch::{Arch, Instruction, Timing, timing};

/// Numbers of a random pass, as they are before encoding.
#[derive(Debug, Clone)]
struct Numbers {
    turns: [u64; LEVELS],
    stalls: [u64; 2],
    beats: [u64; 2],
    max: bool,
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let turns = proptest::array::uniform6(1u64..=4);
    let (stalls, beats) = ([0u64..=63, 0..=63], [1u64..=32, 1..=32]);
    (turns, stalls, beats, any::<bool>()).prop_map(|(turns, stalls, beats, max)| Numbers {
        turns,
        stalls,
        beats,
        max,
    })
}

fn encode(n: &Numbers) -> Instruction {
    let mut pass = Instruction::new(Opcode::Pass);
    let mut set = |field, value: u64| pass.set(field, value as i64).unwrap();
    for (fields, turns) in LEVEL_FIELDS.iter().zip(n.turns) {
        set(fields.count, turns - 1);
    }
    set(isa::STALL, n.stalls[0]);
    set(isa::STALL_LAST, n.stalls[1]);
    set(isa::BEATS, n.beats[0] - 1);
    set(isa::BEATS_LAST, n.beats[1] - 1);
    set(isa::MODE_MAX, n.max.into());
    pass
}

/// What a machine counts that walks the nest turn by turn.
#[derive(Debug, Default, PartialEq)]
struct Counted {
    issue: u128,
    slots: u128,
    beats: u128,
    last_slot: u128,
}

fn walk(n: &Numbers) -> Counted {
    let mut c = Counted::default();
    let [chunk, kernel_x, kernel_y, out_x, out_y, tiles] = n.turns;
    for tile in 0..tiles {
        let last = usize::from(tile + 1 == tiles);
        for _vector in 0..out_x * out_y {
            for _slot in 0..chunk * kernel_x * kernel_y {
                c.last_slot = c.issue;
                c.issue += 1;
                c.slots += 1;
            }
            c.issue += u128::from(n.stalls[last]);
            c.beats += u128::from(n.beats[last]);
        }
    }
    c
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counts_of_a_pass_are_those_of_the_plain_nest(n in numbers()) {
        let (pass, counted) = (encode(&n), walk(&n));
        prop_assert_eq!(cycles::turns(&pass), n.turns);
        prop_assert_eq!(cycles::issue_length(&pass), counted.issue);
        prop_assert_eq!(cycles::slot_count(&pass), counted.slots);
        prop_assert_eq!(cycles::beat_count(&pass), counted.beats);
        for (name, _) in systole_arch::config::PRESETS {
            let timing = Timing::new(&Arch::preset(name).unwrap());
            // Start, last slot, first beat of its vector, its other beats one by one; readable one cycle after the write.
            let mut write = timing::START_TO_SLOT as u128 + counted.last_slot + u128::from(timing.slot_to_write(n.max));
            (1..n.beats[1]).for_each(|_| write += 1);
            prop_assert_eq!(cycles::completion(&pass, &timing), write + 1);
        }
    }

    /// A run reads `R` bytes at a time until all its bytes are read.
    #[test]
    fn slots_of_a_window_cover_its_bytes(
        kernel in [1usize..=5, 1..=5], dilation in [1usize..=3, 1..=3], channels in 1usize..=40,
        padding in 0usize..=5, width in 15usize..=20, pixels in 1usize..=3, rows in 1usize..=32,
    ) {
        let pixel_stride = channels + padding;
        let window = Window {
            kernel,
            reach: [(kernel[0] - 1) * dilation[0], (kernel[1] - 1) * dilation[1] + pixels - 1],
            tap_bytes: channels,
            pixel_stride,
            row_stride: width * pixel_stride,
        };
        let first = |ky: usize, kx: usize| ky * dilation[0] * window.row_stride + kx * dilation[1] * pixel_stride;
        let last_tap = (kernel[1] - 1) * dilation[1] * pixel_stride + (pixels - 1) * pixel_stride + channels;
        let cover = |begin: usize, end: usize| (begin..end).step_by(rows).count() as u64;
        let mut slots = [0u64; 3];
        for ky in 0..kernel[0] {
            for kx in 0..kernel[1] {
                slots[0] += cover(first(ky, kx), first(ky, kx) + channels);
            }
            slots[1] += cover(first(ky, 0), first(ky, 0) + last_tap);
        }
        slots[2] = cover(0, first(kernel[0] - 1, 0) + last_tap);
        prop_assert_eq!(Walk::ALL.map(|walk| window.slots(walk, rows)), slots);
    }

    #[test]
    fn a_layer_takes_the_longer_of_slots_and_beats(
        vectors in 1u64..=50, tiles in 1u64..=5, slots in 1u64..=40, beats in [1u64..=32, 1..=32],
    ) {
        let mut total = 0;
        for tile in 0..tiles {
            let beats = beats[usize::from(tile + 1 == tiles)];
            (0..vectors).for_each(|_| total += if slots < beats { beats } else { slots });
        }
        prop_assert_eq!(cycles::layer_cycles(vectors, tiles, slots, beats[0], beats[1]), total);
        // The stalls that the compiler encodes make the pass issue exactly that long.
        let stalls = beats.map(|b| b.saturating_sub(slots));
        let pass = encode(&Numbers { turns: [slots, 1, 1, vectors, 1, tiles], stalls, beats, max: false });
        prop_assert_eq!(cycles::issue_length(&pass), u128::from(total));
    }
}

#[test]
fn the_largest_pass_does_not_overflow() {
    let full = Numbers {
        turns: [1 << 16; LEVELS],
        stalls: [63; 2],
        beats: [32; 2],
        max: false,
    };
    let pass = encode(&full);
    assert_eq!(cycles::slot_count(&pass), 1 << 96);
    assert_eq!(
        cycles::issue_length(&pass),
        (1u128 << 48) * ((1 << 48) + 63)
    );
}

#[test]
fn ideal_cycles_of_known_layers() {
    let arch = Arch::preset("16x16").unwrap();
    assert_eq!(cycles::ideal_cycles(&arch, 12_501_632), 48_835);
    assert_eq!(cycles::ideal_cycles(&arch, 0), 0);
    assert_eq!(cycles::ideal_cycles(&arch, 257), 2);
    assert_eq!(cycles::utilization(&arch, 512, 4), 0.5);
    assert_eq!(cycles::utilization(&arch, 512, 0), 0.0);
    // First layer of a network: 3x3 over 3 channels, 16 rows.
    let first = Window::dense([3, 3], 3, 32);
    assert_eq!(Walk::ALL.map(|walk| first.slots(walk, 16)), [9, 3, 13]);
}
