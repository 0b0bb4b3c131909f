//! The emitted files of the cores: the Verilog equals the Rust simulation, is lint-clean, and the self-checking test
//! benches pass under Icarus and under Verilator, with and without stalls; a wrong result makes them fail.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod benches_common;

use systole_arch::Multipliers;
use systole_hdl::cores::{
    ConvCore, ConvOptions, CoreArray, CoreError, MatmulCore, MatmulOptions, Testbench, conv_files,
    matmul_files,
};
use systole_hdl::rt::crosscheck::Crosscheck;

use benches_common::{notices, passes};

fn array(rows: usize, cols: usize, data_bits: usize) -> CoreArray {
    CoreArray {
        rows,
        cols,
        data_bits,
        acc_bits: 2 * data_bits + 12,
        multipliers: Multipliers::Generic,
    }
}

fn matmul(
    rows: usize,
    cols: usize,
    bits: usize,
    [m, k, n]: [usize; 3],
    stalls: bool,
) -> MatmulOptions {
    MatmulOptions {
        array: array(rows, cols, bits),
        m,
        k,
        n,
        testbench: Some(Testbench { seed: 7, stalls }),
    }
}

fn conv(rows: usize, cols: usize, bits: usize, geometry: [usize; 7], stalls: bool) -> ConvOptions {
    let [height, width, channels, filters, kernel, stride, pad] = geometry;
    ConvOptions {
        array: array(rows, cols, bits),
        height,
        width,
        channels,
        filters,
        kernel,
        stride,
        pad,
        testbench: Some(Testbench { seed: 7, stalls }),
    }
}

#[test]
fn matmul_benches() {
    for stalls in [false, true] {
        for (rows, cols, bits, shape, with_verilator) in [
            (2, 2, 8, [3, 4, 6], true),
            (4, 4, 2, [1, 4, 4], false),
            (8, 8, 8, [16, 32, 24], false),
            (4, 8, 16, [5, 8, 8], false),
            (16, 8, 8, [9, 32, 16], true),
        ] {
            let files = matmul_files(&matmul(rows, cols, bits, shape, stalls)).unwrap();
            passes("matmul", &files, "matmul_tb", with_verilator);
        }
    }
}

#[test]
fn conv_benches() {
    for stalls in [false, true] {
        for (rows, cols, bits, geometry, with_verilator) in [
            (2, 2, 8, [4, 4, 1, 2, 3, 1, 1], true),
            (2, 2, 8, [1, 1, 1, 1, 1, 1, 0], false),
            (8, 8, 8, [8, 8, 3, 12, 3, 1, 1], false),
            (4, 4, 5, [6, 7, 2, 3, 3, 2, 1], false),
            (4, 8, 16, [5, 4, 2, 8, 2, 1, 0], false),
            (16, 8, 8, [6, 6, 5, 8, 3, 1, 2], true),
        ] {
            let files = conv_files(&conv(rows, cols, bits, geometry, stalls)).unwrap();
            passes("conv", &files, "conv_tb", with_verilator);
        }
    }
}

#[test]
fn a_wrong_result_a_missing_one_and_a_wrong_count_fail() {
    let matmul = matmul_files(&matmul(4, 4, 8, [3, 8, 4], false)).unwrap();
    let conv = conv_files(&conv(4, 4, 8, [5, 5, 2, 4, 3, 1, 1], false)).unwrap();
    let faults = [
        // The file and what becomes of its text.
        ["_expected.hex", "0", "1"],
        ["_tb.v", "result_valid && result_ready", "0"],
        ["_tb.v", "cycles + 1 !=", "cycles + 2 !="],
    ];
    for (files, top) in [(matmul, "matmul_tb"), (conv, "conv_tb")] {
        for fault in faults {
            notices(&files, top, fault);
        }
    }
}

#[test]
fn rust_and_verilog_agree() {
    for (rows, cols, bits) in [(2, 2, 8), (4, 8, 16), (8, 8, 8), (16, 8, 8)] {
        let sizes = matmul(rows, cols, bits, [3, 2 * rows, 2 * cols], false).sizes();
        let check = Crosscheck::new("matmul", || MatmulCore::new(&sizes)).cycles(2000);
        let check = check.shape(|block, cycle, random| {
            block.reset.next = cycle < 2;
            // Small jobs, so that all loops end; sizes stay what they are while a job runs.
            block.m_rows.next = 3.into();
            block.k_steps.next = 2.into();
            block.n_tiles.next = 2.into();
            block.keep_weights.next = random.one_in(2);
        });
        check.run().unwrap_or_else(|e| panic!("{e}"));
        let options = conv(rows, cols, bits, [4, 4, 2, cols + 1, 3, 1, 1], false);
        let check = Crosscheck::new("conv", || ConvCore::new(&options)).cycles(3000);
        let check = check.shape(|block, cycle, random| {
            block.reset.next = cycle < 2;
            block.keep_weights.next = !random.one_in(4);
        });
        check.run().unwrap_or_else(|e| panic!("{e}"));
    }
}

#[test]
fn what_is_not_possible_is_said() {
    let good = matmul(8, 8, 8, [64, 64, 64], false);
    let message = |change: &dyn Fn(&mut MatmulOptions)| {
        let mut options = good;
        change(&mut options);
        matmul_files(&options).unwrap_err().to_string()
    };
    let table = [
        (
            message(&|o| o.array.rows = 12),
            "--rows 12 is not possible\n  hint: --rows must be 2, 4, 8, 16 or 32",
        ),
        (
            message(&|o| o.array.rows = 0),
            "--rows 0 is not possible\n  hint: --rows must be 2, 4, 8, 16 or 32",
        ),
        (
            message(&|o| o.array.cols = 6),
            "--cols 6 is not possible\n  hint: --cols must be 2 or a multiple of 4 up to 32",
        ),
        (
            message(&|o| o.array.data_bits = 17),
            "--data-bits 17 is not possible\n  hint: --data-bits must be 2 to 16",
        ),
        (
            message(&|o| o.array.data_bits = 0),
            "--data-bits 0 is not possible\n  hint: --data-bits must be 2 to 16",
        ),
        (
            message(&|o| o.array.acc_bits = 15),
            "--acc-bits 15 is not possible\n  hint: --acc-bits must be 16 (two factors of --data-bits 8) to 48",
        ),
        (
            message(&|o| o.m = 0),
            "--m 0 is not possible\n  hint: --m must be 1 to 65535",
        ),
        (
            message(&|o| o.k = 12),
            "K = 12 does not fit\n  hint: it must be a multiple of --rows 8",
        ),
        (
            message(&|o| o.k = 0),
            "--k 0 is not possible\n  hint: --k must be 8 to 32760",
        ),
        (
            message(&|o| o.n = 63),
            "N = 63 does not fit\n  hint: it must be a multiple of --cols 8",
        ),
        (
            message(&|o| o.m = 60000),
            "the activation memory would need 480000 words, at most 65536 are possible\n  hint: make M or K smaller",
        ),
        (
            message(&|o| {
                o.array.multipliers = Multipliers::Ecp5Dsp;
                o.array.data_bits = 7;
            }),
            "multipliers Ecp5Dsp exist for 8 bits only, not for --data-bits 7\n  hint: use the generic ones",
        ),
    ];
    for (found, expected) in table {
        assert_eq!(found, expected);
    }
}

#[test]
fn what_is_not_possible_is_said_of_images() {
    let good = conv(8, 8, 8, [8, 8, 3, 8, 3, 1, 1], false);
    let error = |change: &dyn Fn(&mut ConvOptions)| {
        let mut options = good;
        change(&mut options);
        conv_files(&options).unwrap_err()
    };
    assert_eq!(
        error(&|o| o.stride = 0).to_string(),
        "--stride 0 is not possible\n  hint: --stride must be 1 to 4096"
    );
    assert_eq!(
        error(&|o| o.kernel = 0).to_string(),
        "--kernel 0 is not possible\n  hint: --kernel must be 1 to 4096"
    );
    assert_eq!(
        error(&|o| o.pad = 3).to_string(),
        "--pad 3 is not possible\n  hint: --pad must be 0 to 2 (smaller than --kernel)"
    );
    assert!(matches!(
        error(&|o| o.height = 5000),
        CoreError::Option {
            option: "height",
            ..
        }
    ));
    assert!(matches!(
        error(&|o| o.kernel = 11),
        CoreError::KernelTooLarge { kernel: 11, .. }
    ));
    assert!(matches!(
        error(&|o| (o.height, o.width) = (4096, 4096)),
        CoreError::TooDeep {
            memory: "image",
            ..
        }
    ));
}
