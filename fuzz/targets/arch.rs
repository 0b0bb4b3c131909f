//! Any text as a configuration; what is accepted can be written, read again and used by every formula.
#![no_main]

use systole_arch::Arch;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(arch) = Arch::from_toml(text, "fuzz.toml") else {
        return;
    };
    arch.check("fuzz.toml").expect("what was read is possible");
    let _ = (
        arch.hash(),
        arch.groups(),
        arch.max_beats(),
        arch.bank_address_bits(),
        arch.partial_sum_bits(),
    );
    let _ = systole::interpreter::Machine::new(&arch);
});
