//! Any bytes as a quantized model: as they are, and as header (up to a line feed) and sections.
#![no_main]

use systole_fuzz::integer;
use systole_quant::integer::IntGraph;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(graph) = IntGraph::decode(bytes, "fuzz.sysq") {
        integer::check(&graph);
    }
    let end = bytes
        .iter()
        .position(|&byte| byte == 10)
        .unwrap_or(bytes.len());
    if let Some(graph) =
        integer::decode_repaired(&bytes[..end], bytes.get(end + 1..).unwrap_or(&[]))
    {
        integer::check(&graph);
    }
});
