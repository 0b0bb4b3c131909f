//! `.sysq` files: what is written is read again, and every kind of damage has its own error.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use proptest::prelude::*;
use systole_quant::integer::random::{Kind, network, one_layer};
use systole_quant::integer::{FileError, GraphError, IntGraph, LayerOp};

/// A graph with several convolutions, and its file.
fn sample() -> (IntGraph, Vec<u8>) {
    let (graph, _) = network(7, 12);
    let bytes = graph.encode().unwrap();
    (graph, bytes)
}

fn convolution() -> IntGraph {
    one_layer(1, Kind::Conv).0
}

fn refused(bytes: &[u8]) -> FileError {
    IntGraph::decode(bytes, "model.sysq").unwrap_err()
}

/// The same file with another header, its checksum repaired.
fn with_header(bytes: &[u8], change: impl FnOnce(String) -> String) -> Vec<u8> {
    let end = 12 + u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let header = change(String::from_utf8(bytes[12..end].to_vec()).unwrap());
    let mut result = bytes[..8].to_vec();
    result.extend((header.len() as u32).to_le_bytes());
    result.extend(header.into_bytes());
    result.extend(&bytes[end..bytes.len() - 4]);
    seal(result)
}

fn seal(mut body: Vec<u8>) -> Vec<u8> {
    body.extend(crc32fast::hash(&body).to_le_bytes());
    body
}

#[test]
fn every_graph_is_read_as_it_was_written() {
    for seed in 0..300 {
        for kind in Kind::ALL.into_iter().chain(Kind::SEQUENCE) {
            let (graph, _) = one_layer(seed, kind);
            let bytes = graph.encode().unwrap();
            assert_eq!(IntGraph::decode(&bytes, "x").unwrap(), graph);
        }
        let (graph, _) = network(seed, 9);
        let bytes = graph.encode().unwrap();
        assert_eq!(IntGraph::decode(&bytes, "x").unwrap(), graph);
    }
}

#[test]
fn weights_and_biases_are_bytes_behind_the_header() {
    let (graph, bytes) = (convolution(), convolution().encode().unwrap());
    let LayerOp::Conv(conv) = &graph.layers[0].op else {
        panic!("a convolution was asked for");
    };
    let mut tail: Vec<u8> = conv.weights.iter().map(|&w| w as u8).collect();
    tail.extend(conv.bias.iter().flat_map(|b| b.to_le_bytes()));
    assert_eq!(&bytes[..8], b"SYSQ\x01\0\0\0");
    assert_eq!(&bytes[bytes.len() - 4 - tail.len()..bytes.len() - 4], tail);
}

#[test]
fn files_are_replaced_completely() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.sysq");
    std::fs::write(&path, "something older").unwrap();
    let (graph, _) = sample();
    graph.save(&path).unwrap();
    assert_eq!(IntGraph::load(&path).unwrap(), graph);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let missing = IntGraph::load(&folder.path().join("absent.sysq")).unwrap_err();
    assert!(matches!(missing, FileError::Read { origin, .. } if origin.ends_with("absent.sysq")));
    let nowhere = graph.save(&folder.path().join("no/such/folder.sysq"));
    assert!(matches!(nowhere, Err(FileError::Write { .. })));
}

#[test]
fn other_files_and_other_versions() {
    for bytes in [&b""[..], b"SYS", b"SYSP\x01\0\0\0", b"\x08\x07\x12\x04onnx"] {
        assert!(matches!(refused(bytes), FileError::Magic { .. }));
    }
    let (_, mut bytes) = sample();
    bytes[4] = 2;
    let error = refused(&bytes);
    assert!(matches!(
        error,
        FileError::Version {
            found: 2,
            expected: 1,
            ..
        }
    ));
    assert_eq!(
        error.to_string(),
        "model.sysq: format version 2, this command reads version 1\n  hint: quantize the model again"
    );
}

#[test]
fn every_cut_is_noticed() {
    let bytes = convolution().encode().unwrap();
    for length in 4..bytes.len() {
        let error = refused(&bytes[..length]);
        let cut = matches!(error, FileError::Truncated { found, expected, .. } if found == length && expected > length);
        assert!(cut, "{length}: {error}");
    }
    let mut longer = bytes;
    longer.extend([0; 3]);
    assert!(matches!(
        refused(&longer),
        FileError::Trailing { extra: 3, .. }
    ));
}

#[test]
fn every_changed_byte_is_noticed() {
    let bytes = convolution().encode().unwrap();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            assert!(
                IntGraph::decode(&bytes, "x").is_err(),
                "byte {at} bit {bit}"
            );
        }
    }
    let mut changed = bytes.clone();
    let last = changed.len() - 5;
    changed[last] ^= 1;
    assert!(matches!(refused(&changed), FileError::Checksum { .. }));
}

#[test]
fn headers_that_contradict_themselves() {
    let bytes = convolution().encode().unwrap();
    type Expected = fn(&FileError) -> bool;
    let cases: [(&str, &str, Expected); 5] = [
        ("{", "[", |e| matches!(e, FileError::Header { .. })),
        ("\"sections\":[", "\"extra\":1,\"sections\":[", |e| {
            matches!(e, FileError::Header { .. })
        }),
        (
            "\"sections\":[",
            "\"sections\":[{\"weights\":0,\"bias\":0},",
            |e| {
                matches!(
                    e,
                    FileError::Value {
                        what: "the number of sections",
                        found: 2,
                        expected: 1,
                        ..
                    }
                )
            },
        ),
        ("\"weights\":[]", "\"weights\":[1,2]", |e| {
            matches!(
                e,
                FileError::Value {
                    what: "the number of weights in the header",
                    found: 2,
                    ..
                }
            )
        }),
        (
            "\"sections\":[{\"weights\":",
            "\"sections\":[{\"weights\":99999999999999",
            |e| matches!(e, FileError::Truncated { .. }),
        ),
    ];
    for (from, to, expected) in cases {
        let error = refused(&with_header(&bytes, |header| header.replacen(from, to, 1)));
        assert!(expected(&error), "{from} -> {to}: {error}");
    }
}

/// A file that is intact, with a graph that breaks a rule: the rule is named, and the file.
#[test]
fn graphs_that_are_not_possible() {
    let bytes = convolution().encode().unwrap();
    let error = refused(&with_header(&bytes, |h| {
        h.replacen("\"groups\":1", "\"groups\":0", 1)
    }));
    assert!(
        matches!(&error, FileError::Graph { source, .. } if matches!(**source, GraphError::Groups { .. })),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .starts_with("model.sysq: the model in it is not possible: layer")
    );
    let mut graph = convolution();
    graph.tensors[0].scale = f64::NAN;
    assert!(
        matches!(graph.encode(), Err(FileError::Graph { source, .. }) if matches!(*source, GraphError::Scale { .. }))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever happens to the bytes, even if the checksum fits: an error or a valid graph, never a panic.
    #[test]
    fn hostile_bytes_never_panic(
        seed in 0u64..50,
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 1..6),
        repair in any::<bool>(),
    ) {
        let (graph, _) = network(seed, 3);
        let mut bytes = graph.encode().unwrap();
        bytes.truncate(bytes.len() - if repair { 4 } else { 0 });
        for (place, edit, value) in edits {
            let at = place.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match edit {
                _ if bytes.is_empty() => {}
                0 => bytes[at] = value,
                1 => bytes.insert(at, value),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(bytes.len() - (value as usize).min(bytes.len())),
            }
        }
        let bytes = if repair { seal(bytes) } else { bytes };
        if let Ok(graph) = IntGraph::decode(&bytes, "x") {
            prop_assert_eq!(graph.validate(), Ok(()));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = b"SYSQ\x01\0\0\0".to_vec();
        bytes.extend(tail);
        prop_assert!(IntGraph::decode(&bytes, "x").is_err());
    }
}
