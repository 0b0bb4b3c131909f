//! Any bytes as a program: as they are, as header (up to a line feed) and sections, and as changes of a good program.
#![no_main]

use systole::program::Program;
use systole_fuzz::{program, source::Source};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = Program::decode(bytes, "fuzz.sysp") {
        program::check(&read);
    }
    if bytes.first() == Some(&b'{') {
        let end = bytes
            .iter()
            .position(|&byte| byte == 10)
            .unwrap_or(bytes.len());
        if let Some(read) =
            program::decode_repaired(&bytes[..end], bytes.get(end + 1..).unwrap_or(&[]))
        {
            program::check(&read);
        }
    } else {
        program::check(&program::changed(&mut Source(bytes)));
    }
});
