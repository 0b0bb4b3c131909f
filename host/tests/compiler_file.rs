//! `.sysp` files: what is written is read again, and every kind of damage is one clear error.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::path::Path;

use proptest::prelude::*;
use systole::compiler::compile;
use systole::program::{Program, ProgramError};
use systole::testing::{lenet, roomy};
use systole_arch::Arch;
use systole_quant::integer::random;

fn program() -> Program {
    compile(&lenet(3), &Arch::preset("8x8").unwrap()).unwrap()
}

fn damaged(change: impl Fn(&mut Vec<u8>)) -> ProgramError {
    let mut bytes = program().encode().unwrap();
    change(&mut bytes);
    Program::decode(&bytes, "a.sysp").unwrap_err()
}

/// The checksum made right again, so that the rules behind it are reached.
fn changed(change: impl Fn(&mut Program)) -> ProgramError {
    let mut program = program();
    change(&mut program);
    Program::decode(&program.encode().unwrap(), "a.sysp").unwrap_err()
}

#[test]
fn written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sysp");
    let program = program();
    program.save(&path).unwrap();
    assert_eq!(Program::load(&path).unwrap(), program);
    program.save(&path).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn damage_is_named() {
    assert!(matches!(
        damaged(|b| b[0] = b'X'),
        ProgramError::Magic { .. }
    ));
    assert!(matches!(
        damaged(|b| b[4] = 9),
        ProgramError::Version { found: 9, .. }
    ));
    assert!(matches!(
        damaged(|b| b.truncate(b.len() - 1)),
        ProgramError::Truncated { .. }
    ));
    assert!(matches!(
        damaged(|b| b.truncate(7)),
        ProgramError::Truncated { .. }
    ));
    assert!(matches!(damaged(|b| b.clear()), ProgramError::Magic { .. }));
    assert!(matches!(
        damaged(|b| b.push(0)),
        ProgramError::Trailing { extra: 1, .. }
    ));
    assert!(matches!(
        damaged(|b| b[12] = b'!'),
        ProgramError::Header { .. }
    ));
    let middle = damaged(|b| {
        let at = b.len() / 2;
        b[at] ^= 1;
    });
    assert!(matches!(middle, ProgramError::Checksum { .. }), "{middle}");
    assert!(matches!(
        Program::load(Path::new("no such file")).unwrap_err(),
        ProgramError::Read { .. }
    ));
}

#[test]
fn impossible_values_are_named() {
    assert!(matches!(
        changed(|p| p.arch.rows = 7),
        ProgramError::Arch { .. }
    ));
    assert!(matches!(
        changed(|p| p.inputs[0].placement.address = 1 << 30),
        ProgramError::Placement { .. }
    ));
    assert!(matches!(
        changed(|p| p.inputs[0].placement.bank = 9),
        ProgramError::Placement { .. }
    ));
    assert!(matches!(
        changed(|p| p.inputs[0].placement.channels.clear()),
        ProgramError::Placement { .. }
    ));
    assert!(matches!(
        changed(|p| p.outputs[0].placement.shape.w = usize::MAX),
        ProgramError::Placement { .. }
    ));
    assert!(matches!(
        changed(|p| p.starts[2] += 1),
        ProgramError::Value { .. }
    ));
    assert!(matches!(
        changed(|p| p.starts.clear()),
        ProgramError::Value { .. }
    ));
    assert!(matches!(
        changed(|p| p.instructions.clear()),
        ProgramError::Value { .. }
    ));
    assert!(matches!(
        changed(|p| p.weights.truncate(5)),
        ProgramError::Value { .. }
    ));
    assert!(matches!(
        changed(|p| p.parameters[0].s = 64),
        ProgramError::Value { .. }
    ));
    assert!(matches!(
        changed(|p| p.tables = vec![vec![0; 256]; 9]),
        ProgramError::Value { .. }
    ));
    assert!(matches!(
        changed(|p| p.layers[0].instructions = 5..900),
        ProgramError::Value { .. }
    ));
    assert!(matches!(
        changed(|p| p.host_ops.clear()),
        ProgramError::Value { .. }
    ));
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(seed in 0u64..50, flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
                                 cut in any::<prop::sample::Index>(), repair in any::<bool>()) {
        let (graph, _) = random::network(seed, 2);
        if let Ok(program) = compile(&graph, &roomy(4, 4, 2)) {
            let mut bytes = program.encode().unwrap();
            for (at, value) in flips {
                let at = at.index(bytes.len().min(4000));
                bytes[at] = value;
            }
            if repair {
                let end = bytes.len() - 4;
                let crc = crc32fast::hash(&bytes[..end]).to_le_bytes();
                bytes[end..].copy_from_slice(&crc);
            } else {
                bytes.truncate(cut.index(bytes.len() + 1));
            }
            if let Ok(loaded) = Program::decode(&bytes, "a.sysp") {
                prop_assert!(loaded.validate("again").is_ok());
            }
        }
    }
}
