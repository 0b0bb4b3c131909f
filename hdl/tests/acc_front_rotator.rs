//! Rotators that keep some of their lanes: every amount, and Verilog against Rust.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_hdl::accelerator::Rotator;
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::{Crosscheck, Random};

#[test]
fn rotators_of_all_kinds_agree() {
    for (lanes, bits, unit, kept) in [
        (4, 0, 4, 4),
        (4, 2, 1, 1),
        (4, 1, 2, 3),
        (8, 3, 1, 8),
        (11, 3, 1, 4),
        (64, 2, 16, 20),
    ] {
        let mut sim = Sim::new(Rotator::new(lanes, bits, unit, kept));
        let mut random = Random::new(lanes as u64);
        for amount in 0..1usize << bits {
            let data: Vec<u8> = (0..lanes).map(|_| random.bits() as u8).collect();
            sim.block.amount.next = amount.into();
            for (lane, byte) in sim.block.data.iter_mut().zip(&data) {
                lane.next = (*byte).into();
            }
            sim.settle().unwrap();
            for j in 0..kept {
                let byte = data[(j + amount * unit) % lanes];
                assert_eq!(
                    sim.block.rotated[j].val().get(),
                    i64::from(byte),
                    "{lanes} {bits} {unit} {kept}"
                );
            }
        }
        if bits > 0 {
            Crosscheck::new("rotator", || Rotator::new(lanes, bits, unit, kept))
                .cycles(300)
                .run()
                .unwrap();
        }
    }
}
