//! A lane against the formulas of the numerics contract, written plainly, and against its Verilog.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_arch::Arch;
use systole_hdl::accelerator::{Lane, LaneMultiplier, LaneShift};
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::{Crosscheck, Random};
use systole_hdl::rt::spoil_collisions;

const LATENCY: usize = 17;
/// Time of the scaled accumulator, for the recurrent unit.
const EARLY: usize = 11;

/// Everything one beat meets on its way through a lane.
#[derive(Clone, Copy, Debug, Default)]
struct Beat {
    column: i64,
    bias: i64,
    s: i64,
    m: i64,
    residual: i64,
    residual_zero: i64,
    residual_s: i64,
    residual_m: i64,
    zero: i64,
    low: i64,
    high: i64,
    slot: i64,
    use_table: i64,
    residual_max: i64,
}

fn shift(x: i64, k: i64) -> i128 {
    let x = i128::from(x);
    if k >= 0 { x << k } else { x >> -k }
}

fn scale(x: i64, m: i64, s: i64) -> i128 {
    let t = shift(x, 24 - s).clamp(-(1 << 17), (1 << 17) - 1);
    (t * i128::from(m)) >> 16
}

fn expected(b: &Beat, tables: &[[i8; 256]]) -> i64 {
    let u = scale(b.column + b.bias, b.m, b.s);
    let v = scale(b.residual - b.residual_zero, b.residual_m, b.residual_s);
    let term = if b.residual_max == 1 { u.max(v) } else { u + v };
    let rounded = (term + 128) >> 8;
    let y = (rounded as i64 + b.zero).clamp(b.low, b.high);
    match tables.get(b.slot as usize) {
        Some(table) if b.use_table == 1 => i64::from(table[(y + 128) as usize]),
        _ => y,
    }
}

fn signed(random: &mut Random, width: u32) -> i64 {
    let ends = [-(1i64 << (width - 1)), (1 << (width - 1)) - 1, 0, -1, 1];
    if random.one_in(16) {
        ends[random.below(5) as usize]
    } else {
        random.bits() as i64 >> (64 - width)
    }
}

/// Half of the beats are wild, half lie where rounding and saturation decide.
fn random_beat(random: &mut Random, slots: u64) -> Beat {
    let shifts = [8, 24, 25, 55, 9 + random.below(46) as i64];
    let s = shifts[random.below(5) as usize];
    let m = [
        0,
        65535,
        32768,
        (32768 + random.below(32768)) as i64,
        random.below(65536) as i64,
    ];
    let (a, b) = (signed(random, 8), signed(random, 8));
    let mut beat = Beat {
        column: signed(random, 34),
        bias: signed(random, 34),
        s,
        m: m[random.below(5) as usize],
        residual: signed(random, 8),
        residual_zero: signed(random, 8),
        residual_s: shifts[random.below(5) as usize],
        residual_m: m[random.below(5) as usize],
        zero: signed(random, 8),
        low: if random.one_in(2) { -128 } else { a.min(b) },
        high: if random.one_in(2) { 127 } else { a.max(b) },
        slot: random.below(slots.max(1)) as i64,
        use_table: i64::from(slots > 0 && random.one_in(2)),
        residual_max: i64::from(random.one_in(4)),
    };
    if random.one_in(2) {
        let operand = signed(random, 18) + signed(random, 4);
        let sum =
            shift(operand, s - 24).clamp(-(1 << 33), (1 << 33) - 1) as i64 + signed(random, 3);
        beat.bias = signed(random, 20);
        beat.column = sum - beat.bias;
        beat.residual_m &= -i64::from(random.one_in(2));
    }
    // A maximum of nearly equal terms, or of a byte that comes back as it was written.
    if beat.residual_max == 1 && random.one_in(2) {
        (beat.residual_m, beat.residual_s) = (1 << 15, 15);
    }
    beat
}

fn tables(random: &mut Random, slots: usize) -> Vec<[i8; 256]> {
    (0..slots)
        .map(|_| std::array::from_fn(|_| random.bits() as i8))
        .collect()
}

fn load_tables(sim: &mut Sim<Lane>, tables: &[[i8; 256]]) {
    let mut words = Vec::new();
    for (slot, table) in tables.iter().enumerate() {
        for (index, entries) in table.chunks(4).enumerate() {
            let bytes: [u8; 4] = std::array::from_fn(|i| entries[i] as u8);
            words.push((slot * 64 + index, u32::from_le_bytes(bytes)));
        }
    }
    for (address, word) in words {
        sim.set("table_write", 1).unwrap();
        sim.set("table_address", address as i64).unwrap();
        sim.set("table_data", i64::from(word)).unwrap();
        sim.tick().unwrap();
    }
    sim.set("table_write", 0).unwrap();
}

/// Inputs of one cycle: each port takes the value of the beat that is there.
fn inputs(beats: &[Beat], cycle: usize) -> [i64; 19] {
    let at = |time: usize| {
        cycle
            .checked_sub(time)
            .and_then(|n| beats.get(n))
            .copied()
            .unwrap_or_default()
    };
    let (b5, b6, b8, b11) = (at(5), at(6), at(8), at(11));
    let (b12, b13, b14, b16) = (at(12), at(13), at(14), at(16));
    [
        b5.column,
        b5.bias,
        b6.s,
        b8.m,
        b5.residual,
        b5.residual_zero,
        b6.residual_s,
        b8.residual_m,
        b11.residual_max,
        b12.zero,
        b13.low,
        b13.high,
        b12.low - b12.zero,
        b12.high - b12.zero,
        b14.slot,
        b16.use_table,
        0,
        0,
        0,
    ]
}

fn arch(table_slots: usize) -> Arch {
    Arch {
        table_slots,
        ..Arch::preset("8x8").unwrap()
    }
}

fn run(count: usize, slots: usize, seed: u64) {
    let mut random = Random::new(seed);
    let beats: Vec<Beat> = (0..count)
        .map(|_| random_beat(&mut random, slots as u64))
        .collect();
    let tables = tables(&mut random, slots);
    let mut sim = Sim::new(spoil_collisions(|| Lane::new(&arch(slots))));
    if slots > 0 {
        load_tables(&mut sim, &tables);
    }
    let (mut ties, mut saturated, mut scaled) = (0, 0, Vec::new());
    for cycle in 0..count + LATENCY {
        sim.set_inputs(&inputs(&beats, cycle));
        sim.settle().unwrap();
        scaled.push(sim.outputs()[1]);
        if let Some(beat) = cycle.checked_sub(LATENCY).map(|n| &beats[n]) {
            assert_eq!(sim.outputs()[0], expected(beat, &tables), "{beat:?}");
            let u = scale(beat.column + beat.bias, beat.m, beat.s);
            assert_eq!(i128::from(scaled[cycle - LATENCY + EARLY]), u, "{beat:?}");
            let v = scale(
                beat.residual - beat.residual_zero,
                beat.residual_m,
                beat.residual_s,
            );
            ties += usize::from((u + v) & 255 == 128);
            saturated += usize::from(shift(beat.column + beat.bias, 24 - beat.s).abs() >= 1 << 17);
        }
        sim.tick().unwrap();
    }
    assert!(
        ties * 2000 > count && saturated * 10 > count && saturated < count,
        "{ties} ties, {saturated} saturated"
    );
}

#[test]
fn equals_the_numerics_contract() {
    run(120_000, 2, 1);
}

#[test]
fn equals_the_numerics_contract_with_other_numbers_of_tables() {
    run(8_000, 0, 2);
    run(8_000, 3, 3);
    run(8_000, 8, 4);
}

#[test]
fn shift_is_exact_for_every_amount() {
    for width in [9usize, 35] {
        let mut sim = Sim::new(LaneShift::new(width));
        let mut random = Random::new(width as u64);
        let mut pairs = Vec::new();
        for s in 0..64 {
            for bit in 0..width - 1 {
                let power = 1i64 << bit;
                pairs.extend(
                    [
                        power,
                        -power,
                        power - 1,
                        -power - 1,
                        signed(&mut random, width as u32),
                    ]
                    .map(|x| (x, s)),
                );
            }
        }
        for step in 0..pairs.len() + 2 {
            let (value, s) = pairs.get(step).copied().unwrap_or_default();
            sim.set_inputs(&[value, s]);
            sim.settle().unwrap();
            if let Some((x, s)) = step.checked_sub(2).map(|n| pairs[n]) {
                let exact = shift(x, 24 - s).clamp(-(1 << 17), (1 << 17) - 1);
                assert_eq!(i128::from(sim.outputs()[0]), exact, "{x} with s = {s}");
            }
            sim.tick().unwrap();
        }
    }
}

#[test]
fn verilog_is_the_same() {
    Crosscheck::new("lane_shift", || LaneShift::new(35))
        .cycles(3000)
        .run()
        .unwrap();
    Crosscheck::new("lane_shift", || LaneShift::new(9))
        .cycles(1000)
        .run()
        .unwrap();
    Crosscheck::new("lane_multiplier", LaneMultiplier::new)
        .cycles(1000)
        .run()
        .unwrap();
    for slots in [0, 1, 2, 8] {
        Crosscheck::new("lane", || Lane::new(&arch(slots)))
            .cycles(3000)
            .run()
            .unwrap();
    }
}
