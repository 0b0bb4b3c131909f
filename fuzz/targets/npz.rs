//! Any bytes as calibration data.
#![no_main]

use systole_quant::npz::{Dataset, DatasetKeys, InputScale, Npz};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(npz) = Npz::from_bytes(bytes, "fuzz.npz") else {
        return;
    };
    if let Ok(data) = Dataset::from_npz(&npz, &DatasetKeys::default()) {
        for shape in [&[1, 2, 3][..], &[1, 1, 2, 3], &[1, 3, 2, 1], &[1]] {
            let _ = data.samples(shape, InputScale::default(), 100);
        }
    }
});
