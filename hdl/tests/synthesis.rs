//! What emitted Verilog becomes on an ECP5: the multipliers and block RAMs that the estimates count, exactly.
//!
//! The large designs take minutes: `cargo test -p systole-hdl --test synthesis -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_arch::resources::{ECP5, estimate};
use systole_arch::{Arch, Multipliers};
use systole_hdl::accelerator::verilog;
use systole_hdl::cores::{
    CoreArray, MatmulOptions, RecurrentKind, RecurrentOptions, matmul_files, recurrent_files,
};
use systole_sim::Error;
use systole_sim::synthesis::{Cells, Placement, cells, clock_rate};

/// `None`, said loudly, without yosys.
fn synthesize(top: &str, text: String) -> Option<Cells> {
    match cells(&[(format!("{top}.v"), text)], top) {
        Ok(cells) => Some(cells),
        Err(Error::ToolMissing { .. }) => {
            eprintln!("SKIPPED: synthesis of {top}: yosys is not installed");
            None
        }
        Err(error) => panic!("{top}: {error}"),
    }
}

fn matmul(multipliers: Multipliers) -> Option<Cells> {
    let options = MatmulOptions {
        array: CoreArray {
            rows: 2,
            cols: 4,
            data_bits: 8,
            acc_bits: 24,
            multipliers,
        },
        m: 64,
        k: 16,
        n: 32,
        testbench: None,
    };
    synthesize("matmul", matmul_files(&options).unwrap().remove(0).1)
}

/// Two rows of one cell: a weight memory for each, an activation memory for each. The queue is made of look-up tables.
#[test]
fn a_small_core_has_the_expected_cells() {
    for (multipliers, expected) in [
        (Multipliers::Generic, 8),
        (Multipliers::Lut, 0),
        (Multipliers::Ecp5Mixed, 4),
        (Multipliers::Ecp5Quarter, 2),
        (Multipliers::Ecp5Rows, 0),
    ] {
        let Some(cells) = matmul(multipliers) else {
            return;
        };
        assert_eq!(cells.of("MULT18X18D"), expected, "{multipliers:?}");
        assert_eq!(cells.of("DP16KD"), 4, "{multipliers:?}");
        assert!(cells.of("TRELLIS_DPR16X4") > 0, "{multipliers:?}");
    }
}

/// Beside the array: a multiplier for the lane and three for the cell; memories for the weights of two cells, bias, scale, sums,
/// states, and the tables of gate and cell. Steps and queue are look-up tables.
#[test]
fn a_small_recurrent_core_has_the_expected_cells() {
    let options = RecurrentOptions {
        kind: RecurrentKind::Lstm { cell_bits: 11 },
        rows: 2,
        cols: 4,
        lanes: 1,
        multipliers: Multipliers::Generic,
        inputs: 6,
        hidden: 10,
    };
    let text = recurrent_files(&options, None).unwrap().remove(0).1;
    if let Some(cells) = synthesize("lstm", text) {
        assert_eq!(cells.of("MULT18X18D"), 2 * 4 + 1 + 3);
        assert_eq!(cells.of("DP16KD"), 2 + 2 + 2 + 2);
        assert!(cells.of("TRELLIS_DPR16X4") > 0);
    }
}

#[test]
#[ignore = "minutes: see the top of the file"]
fn accelerators_have_the_estimated_cells() {
    for preset in ["2x2", "4x4", "8x8"] {
        let arch = Arch::preset(preset).unwrap();
        let expected = estimate(&arch, &ECP5).unwrap();
        let Some(cells) = synthesize("accelerator", verilog(&arch).unwrap()) else {
            return;
        };
        println!(
            "{preset}: {} multipliers, {} block RAMs, {} LUTs (estimate {}), {} flip-flops (estimate {})",
            cells.of("MULT18X18D"),
            cells.of("DP16KD"),
            cells.luts(),
            expected.luts,
            cells.flip_flops(),
            expected.flip_flops
        );
        assert_eq!(cells.of("MULT18X18D"), expected.multipliers, "{preset}");
        assert_eq!(cells.of("DP16KD"), expected.block_rams, "{preset}");
        let near = |found: usize, estimate: usize| found.abs_diff(estimate) * 10 <= estimate;
        assert!(near(cells.luts(), expected.luts), "{preset}: LUTs");
        assert!(
            near(cells.flip_flops(), expected.flip_flops),
            "{preset}: flip-flops"
        );
    }
}

/// The open output-stationary core that was measured for comparison reaches 98 MHz on this device.
#[test]
#[ignore = "minutes: see the top of the file"]
fn the_product_core_is_faster_than_98_mhz() {
    let options = MatmulOptions {
        array: CoreArray {
            rows: 8,
            cols: 8,
            data_bits: 8,
            acc_bits: 32,
            multipliers: Multipliers::Ecp5Dsp,
        },
        m: 64,
        k: 64,
        n: 64,
        testbench: None,
    };
    let files = matmul_files(&options).unwrap();
    match clock_rate(&files, "matmul", &Placement::default()) {
        Ok(rate) => {
            let path = rate.critical_path.join("\n");
            println!("{path}\nmatmul 8x8: {} MHz", rate.mhz);
            assert!(rate.mhz > 98.0, "{}", rate.mhz);
        }
        Err(Error::ToolMissing { .. }) => eprintln!("SKIPPED: yosys or nextpnr is not installed"),
        Err(error) => panic!("{error}"),
    }
}
