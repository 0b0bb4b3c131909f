//! Estimates: larger configurations never need less; what a family lacks is not promised.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_arch::config::PRESETS;
use systole_arch::resources::{ECP5, FABRICS, GOWIN, ICE40, Resources, estimate};
use systole_arch::{Arch, Multipliers};

fn not_less(small: &Resources, large: &Resources) -> bool {
    small.multipliers <= large.multipliers
        && small.lut_products <= large.lut_products
        && small.block_rams <= large.block_rams
        && small.luts <= large.luts
        && small.flip_flops <= large.flip_flops
        && small.placed_luts <= large.placed_luts
        && small.cells <= large.cells
}

/// A configuration with one size twice as large.
fn doubled(arch: &Arch, key: usize) -> Arch {
    let mut arch = arch.clone();
    match key {
        0 => arch.rows *= 2,
        1 => arch.cols *= 2,
        2 => arch.weight_depth *= 2,
        3 => arch.bank_words *= 2,
        4 => arch.param_rows *= 2,
        5 => arch.table_slots *= 2,
        6 => arch.program_words *= 2,
        _ => arch.banks += 1,
    }
    arch
}

#[test]
fn larger_configurations_never_need_less() {
    let mut compared = 0;
    for (name, _) in PRESETS {
        for multipliers in Multipliers::ALL {
            let arch = Arch {
                multipliers,
                ..Arch::preset(name).unwrap()
            };
            for key in 0..8 {
                let large = doubled(&arch, key);
                if large.check("large").is_err() {
                    continue;
                }
                for fabric in &FABRICS {
                    let (Some(a), Some(b)) = (estimate(&arch, fabric), estimate(&large, fabric))
                    else {
                        assert_ne!(*fabric, ECP5);
                        continue;
                    };
                    assert!(
                        not_less(&a, &b),
                        "{name} {key} on {}: {a:?} {b:?}",
                        fabric.name
                    );
                    assert!(key > 1 || (a.luts < b.luts && a.flip_flops < b.flip_flops));
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn multipliers_by_kind_and_family() {
    let arch = |multipliers| Arch {
        multipliers,
        ..Arch::preset("16x16").unwrap()
    };
    let count = |multipliers, fabric| {
        estimate(&arch(multipliers), fabric).map(|r| (r.multipliers, r.lut_products))
    };
    assert_eq!(count(Multipliers::Generic, &ECP5), Some((256 + 16 + 6, 0)));
    assert_eq!(count(Multipliers::Ecp5Dsp, &ECP5), Some((256 + 16 + 6, 0)));
    assert_eq!(
        count(Multipliers::Ecp5Mixed, &ECP5),
        Some((128 + 16 + 6, 128))
    );
    assert_eq!(count(Multipliers::Lut, &ECP5), Some((16 + 6, 256)));
    assert_eq!(count(Multipliers::Generic, &ICE40), Some((0, 256)));
    assert_eq!(count(Multipliers::Generic, &GOWIN), Some((128 + 16 + 6, 0)));
    assert_eq!(count(Multipliers::Ecp5Dsp, &ICE40), None);
    assert_eq!(count(Multipliers::Ecp5Rows, &ECP5), Some((16 + 6, 256)));
    assert_eq!(count(Multipliers::Ecp5Mixed, &GOWIN), None);
}

/// What the comments of the presets say about devices.
#[test]
fn presets_fit_the_devices_they_name() {
    use systole_arch::resources::devices::{DEVICES, Fit, fit};
    let fits = |arch: &Arch, device: &str| {
        let device = DEVICES.iter().find(|d| d.name == device).unwrap();
        matches!(fit(arch, device), Fit::With(_))
    };
    let preset = |name| Arch::preset(name).unwrap();
    assert!(fits(&preset("4x4"), "ECP5 45F"));
    assert!(fits(
        &Arch {
            weight_depth: 2048,
            ..preset("4x4")
        },
        "ECP5 25F"
    ));
    assert!(fits(&preset("8x8"), "ECP5 85F"));
    assert!(fits(
        &Arch {
            weight_depth: 512,
            bank_words: 1024,
            ..preset("8x8")
        },
        "ECP5 25F"
    ));
    assert!(fits(&preset("16x8"), "ECP5 85F"));
    assert!(fits(
        &Arch {
            bank_words: 1024,
            ..preset("16x8")
        },
        "ECP5 45F"
    ));
    assert!(fits(&preset("16x16"), "ECP5 85F"));
    assert!(DEVICES.iter().all(|d| !fits(&preset("32x32"), d.name)));
}
