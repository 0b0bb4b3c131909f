//! Any bytes on the line, in both directions.
#![no_main]

use systole_fuzz::{line, source::Source};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut source = Source(bytes);
    match source.byte() & 1 {
        0 => line::device(&mut source),
        _ => line::host(&mut source),
    }
});
