//! Integer graphs: whatever was accepted is compiled and run three ways, and every byte must agree.

use systole::compiler::compile;
use systole::interpreter::Machine;
use systole::program::Program;
use systole_arch::Arch;
use systole_quant::integer::random::{Random, inputs};
use systole_quant::integer::{FileError, IntGraph, LayerOp};
use systole_quant::reference::{fast, oracle};

/// Products above which a graph is only read, not run: a target must stay fast.
const MOST_PRODUCTS: usize = 1 << 18;

/// A `.sysq` file around a header and its sections, with lengths and checksum made right.
pub fn sysq_around(header: &[u8], sections: &[u8]) -> Vec<u8> {
    let mut bytes = b"SYSQ".to_vec();
    bytes.extend(systole_quant::integer::FILE_VERSION.to_le_bytes());
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header);
    bytes.extend(sections);
    with_checksum(bytes)
}

/// The bytes with their CRC-32 behind them.
pub fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(systole_arch::frame::crc32(&bytes).to_le_bytes());
    bytes
}

/// A header and what sections there are, given the length that the header asks for.
pub fn decode_repaired(header: &[u8], sections: &[u8]) -> Option<IntGraph> {
    let file = sysq_around(header, sections);
    let length = match IntGraph::decode(&file, "fuzz.sysq") {
        Ok(graph) => return Some(graph),
        Err(FileError::Truncated {
            found, expected, ..
        }) => sections.len() + (expected - found),
        Err(FileError::Trailing { extra, .. }) => sections.len() - extra,
        Err(_) => return None,
    };
    if length > 1 << 20 {
        return None;
    }
    let mut sections = sections.to_vec();
    sections.resize(length, 0x11);
    IntGraph::decode(&sysq_around(header, &sections), "fuzz.sysq").ok()
}

/// Encodes, decodes, runs and compiles a valid graph.
pub fn check(graph: &IntGraph) {
    let bytes = graph.encode().expect("a valid graph can be written");
    let again = IntGraph::decode(&bytes, "again.sysq").expect("what was written can be read");
    assert_eq!(graph, &again, "a graph changes on its way through a file");
    if products(graph) > MOST_PRODUCTS {
        return;
    }
    let data = inputs(&mut Random::new(1), graph);
    let all = oracle::run(graph, &data).expect("a valid graph runs");
    let expected: Vec<_> = graph.outputs.iter().map(|&id| all[id].clone()).collect();
    let fast = fast::run(graph, &data).expect("a valid graph runs");
    assert_eq!(all, fast, "the references differ");
    // Softmax and its like accept any order or refuse it.
    let _ = systole::inference::finish_outputs(graph, &expected);
    let arch = Arch::preset("4x4").expect("a preset");
    if let Ok(program) = compile(graph, &arch) {
        let file = program.encode().expect("a compiled program can be written");
        let program = Program::decode(&file, "again.sysp").expect("and read again");
        assert_eq!(expected, interpret(&program, &data), "the program differs");
    }
}

fn interpret(program: &Program, data: &[Vec<i8>]) -> Vec<Vec<i8>> {
    let mut machine = Machine::new(&program.arch);
    machine
        .memories
        .load(program)
        .expect("a compiled program fits");
    for (binding, values) in program.inputs.iter().zip(data) {
        let written = machine.memories.write_tensor(&binding.placement, values);
        written.expect("an input fits");
    }
    let run = machine.run().expect("a compiled program ends");
    assert!(run.faults.list().is_empty(), "{}", run.faults);
    assert_eq!(run.cycles, program.cycles());
    let read = |placement| machine.memories.read_tensor(placement).expect("an output");
    program
        .outputs
        .iter()
        .map(|output| read(&output.placement))
        .collect()
}

/// Elements and kernel products of all layers, roughly.
fn products(graph: &IntGraph) -> usize {
    let taps = |op: &LayerOp| match op {
        LayerOp::Conv(conv) => conv.weights.len() / conv.bias.len().max(1),
        LayerOp::MaxPool(pool) => pool.window.kernel[0].saturating_mul(pool.window.kernel[1]),
        LayerOp::AveragePool(pool) => pool.window.kernel[0].saturating_mul(pool.window.kernel[1]),
        _ => 1,
    };
    let layers = graph.layers.iter().map(|layer| {
        let elements = graph.tensors[layer.output].shape.elements();
        elements.saturating_mul(taps(&layer.op))
    });
    let tensors = graph.tensors.iter().map(|tensor| tensor.shape.elements());
    layers.chain(tensors).fold(0, usize::saturating_add)
}
