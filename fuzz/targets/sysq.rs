//! Any bytes as a quantized model: as they are, as header (up to a line feed) and sections, and as changes of a random
//! network.
#![no_main]

use systole_fuzz::{integer, source::Source};
use systole_quant::integer::IntGraph;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(graph) = IntGraph::decode(bytes, "fuzz.sysq") {
        integer::check(&graph);
    }
    if bytes.first() == Some(&b'{') {
        let end = bytes.iter().position(|&byte| byte == 10);
        let (header, sections) = bytes.split_at(end.unwrap_or(bytes.len()));
        if let Some(graph) = integer::decode_repaired(header, sections.get(1..).unwrap_or(&[])) {
            integer::check(&graph);
        }
    } else {
        let graph = integer::changed(&mut Source(bytes));
        if graph.validate().is_ok() {
            integer::check(&graph);
        }
    }
});
