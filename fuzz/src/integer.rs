//! Integer graphs: whatever was accepted is compiled and run three ways, and every byte must agree.

use systole::compiler::compile;
use systole::interpreter::Machine;
use systole::program::Program;
use systole_arch::Arch;
use systole_quant::integer::random::{Random, inputs, network};
use systole_quant::integer::{FileError, IntGraph, LayerOp, Multiplier, Window};
use systole_quant::reference::{fast, oracle};

use crate::source::Source;

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

/// A random network with values, windows and shapes changed. It may break any rule.
pub fn changed(source: &mut Source<'_>) -> IntGraph {
    let count = 1 + source.up_to(3);
    let (mut graph, _) = network(u64::from(source.byte()), count);
    while !source.is_empty() {
        match source.up_to(3) {
            0 => change_tensor(&mut graph, source),
            _ => change_layer(&mut graph, source),
        }
    }
    graph
}

fn change_tensor(graph: &mut IntGraph, source: &mut Source<'_>) {
    let index = usize::from(source.byte()) % graph.tensors.len();
    let tensor = &mut graph.tensors[index];
    match source.up_to(4) {
        0 => tensor.zero = source.byte() as i8,
        1 => tensor.scale = f64::from_bits(source.long()),
        2 => tensor.shape.h = 1 + source.up_to(11),
        3 => tensor.shape.w = 1 + source.up_to(11),
        _ => tensor.shape.c = source.word() as usize >> source.up_to(31),
    }
}

fn change_layer(graph: &mut IntGraph, source: &mut Source<'_>) {
    let index = usize::from(source.byte()) % graph.layers.len();
    match &mut graph.layers[index].op {
        LayerOp::Conv(conv) => match source.up_to(4) {
            0 => change_window(&mut conv.window, source),
            1 => set(&mut conv.bias, source, |s| {
                (s.long() as i64) >> (29 + s.up_to(34))
            }),
            2 => set(&mut conv.weights, source, |s| s.byte() as i8),
            3 => conv.clamp = [source.byte() as i8, source.byte() as i8],
            _ => set(&mut conv.multipliers, source, multiplier),
        },
        LayerOp::MaxPool(pool) => change_window(&mut pool.window, source),
        LayerOp::AveragePool(pool) => match source.up_to(2) {
            0 => change_window(&mut pool.window, source),
            1 => pool.count_include_pad = source.up_to(1) == 1,
            _ => set(&mut pool.multipliers, source, |s| {
                (1 + s.up_to(80), multiplier(s))
            }),
        },
        LayerOp::Add { rescale, .. } => {
            rescale[source.up_to(1)].multiplier = multiplier(source);
        }
        LayerOp::Requantize { rescale, .. } => rescale.multiplier = multiplier(source),
        LayerOp::Table(table) => set(table, source, |s| s.byte() as i8),
        LayerOp::Concat(concat) => concat.axis = source.up_to(3),
        LayerOp::Pad(_) | LayerOp::Reshape => {}
    }
}

fn change_window(window: &mut Window, source: &mut Source<'_>) {
    let (axis, value) = (source.up_to(1), source.up_to(9));
    match source.up_to(3) {
        0 => window.kernel[axis] = value,
        1 => window.stride[axis] = value,
        2 => window.dilation[axis] = value,
        _ => window.pads[axis + 2 * source.up_to(1)] = value,
    }
}

fn set<T>(values: &mut [T], source: &mut Source<'_>, new: impl Fn(&mut Source<'_>) -> T) {
    let index = source.word() as usize % values.len().max(1);
    let value = new(source);
    if let Some(place) = values.get_mut(index) {
        *place = value;
    }
}

fn multiplier(source: &mut Source<'_>) -> Multiplier {
    let s = 8 + source.up_to(48) as u8;
    let m = source.word() as u16;
    Multiplier { m, s }
}
