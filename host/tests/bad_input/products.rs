//! Damaged products of earlier commands: quantized models and programs.

use crate::Bench;
use systole::program::Program;
use systole_quant::integer::IntGraph;

fn flip(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 0x10;
    bytes
}

#[test]
fn damaged_products() {
    let mut bench = Bench::new();
    bench.works("quantize good.onnx --calib good.npz -o good.sysq");
    bench.works("compile good.sysq --arch 4x4 -o good.sysp");
    for kind in ["sysq", "sysp"] {
        let whole = bench.read(&format!("good.{kind}"));
        let end = whole.len();
        bench.write(&format!("empty.{kind}"), b"");
        bench.write(&format!("cut.{kind}"), &whole[..end - 5]);
        bench.write(&format!("long.{kind}"), &[&whole[..], b"and more"].concat());
        bench.write(&format!("magic.{kind}"), &flip(&whole, 0));
        bench.write(&format!("version.{kind}"), &flip(&whole, 4));
        bench.write(&format!("header.{kind}"), &flip(&whole, 20));
        bench.write(&format!("flip.{kind}"), &flip(&whole, end - 8));
        let cases = [
            ("no such file", "missing"),
            ("an empty file", "empty"),
            ("a file of another kind", "magic"),
            ("another version", "version"),
            ("a file that is cut off", "cut"),
            ("bytes behind the end", "long"),
            ("a damaged header", "header"),
            ("one flipped bit", "flip"),
        ];
        for (about, name) in cases {
            let line = match kind {
                "sysq" => format!("compile {name}.sysq --arch 4x4 -o out.sysp"),
                _ => format!("inspect {name}.sysp"),
            };
            bench.refuses(about, &line);
        }
    }
    bench.refuses(
        "a program for another configuration",
        "inspect good.sysp --arch 8x8",
    );
    bench.refuses(
        "a program in place of a quantized model",
        "compile good.sysp --arch 4x4 -o out.sysp",
    );
    bench.refuses("a model in place of a product", "inspect good.onnx");
    insta::assert_snapshot!(bench.page());
}

/// Right checksum, wrong contents: what a bug or a hand in the file would leave.
#[test]
fn impossible_contents() {
    let mut bench = Bench::new();
    bench.works("quantize good.onnx --calib good.npz -o good.sysq");
    bench.works("compile good.sysq --arch 4x4 -o good.sysp");
    let mut graph = IntGraph::load(&bench.path().join("good.sysq")).unwrap();
    let header = |graph: &IntGraph| String::from_utf8_lossy(&graph.encode().unwrap()).into_owned();
    assert!(header(&graph).contains("\"clamp\""));
    graph.tensors[0].scale = 0.125;
    let file = graph.encode().unwrap();
    let at = file.windows(5).position(|text| text == b"0.125").unwrap();
    let mut negative = file.clone();
    negative[at..at + 5].copy_from_slice(b"-0.12");
    bench.write("scale.sysq", &sealed(negative));
    bench.refuses(
        "a negative scale",
        "compile scale.sysq --arch 4x4 -o out.sysp",
    );
    let mut program = Program::load(&bench.path().join("good.sysp")).unwrap();
    program.outputs[0].placement.address = 1 << 19;
    bench.write("place.sysp", &program.encode().unwrap());
    bench.refuses("an output outside the memory", "inspect place.sysp");
    program.arch.rows = 3;
    bench.write("arch.sysp", &program.encode().unwrap());
    bench.refuses("an impossible configuration inside", "inspect arch.sysp");
    insta::assert_snapshot!(bench.page());
}

/// The bytes with their checksum made right.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - 4);
    bytes.extend(systole_arch::frame::crc32(&bytes).to_le_bytes());
    bytes
}
