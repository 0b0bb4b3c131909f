//! Networks that do not fit: one clear error each, naming the layer and the value to enlarge.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole::compiler::{CompileError, compile};
use systole::testing::{lenet, recurrent, resnet8, roomy};
use systole_arch::Arch;
use systole_quant::integer::Cell;
use systole_quant::integer::random::{self, Kind};

fn refused(change: impl Fn(&mut Arch)) -> (CompileError, String) {
    let mut arch = Arch::preset("16x16").unwrap();
    change(&mut arch);
    let error = compile(&resnet8(1), &arch).unwrap_err();
    let text = error.to_string();
    (error, text)
}

#[test]
fn memories_that_are_too_small() {
    let (error, text) = refused(|a| a.weight_depth = 128);
    assert!(matches!(error, CompileError::Weights { .. }), "{text}");
    assert!(
        text.contains("Conv7") && text.contains("`weight_depth` (now 128)"),
        "{text}"
    );
    let (error, text) = refused(|a| a.bank_words = 512);
    assert!(matches!(error, CompileError::Activations { .. }), "{text}");
    assert!(
        text.contains("`bank_words` (now 512)") && text.contains("Conv"),
        "{text}"
    );
    let (error, text) = refused(|a| a.param_rows = 16);
    assert!(matches!(error, CompileError::Parameters { .. }), "{text}");
    assert!(text.contains("`param_rows` (now 16)"), "{text}");
    let (error, text) = refused(|a| a.program_words = 256);
    assert!(
        matches!(
            error,
            CompileError::ProgramWords {
                needed: 432,
                available: 256
            }
        ),
        "{text}"
    );
}

#[test]
fn more_tables_than_slots() {
    let (graph, _) = random::one_layer(1, Kind::Table);
    let arch = Arch {
        table_slots: 0,
        ..Arch::preset("8x8").unwrap()
    };
    let error = compile(&graph, &arch).unwrap_err();
    assert!(
        matches!(
            error,
            CompileError::Tables {
                needed: 1,
                available: 0,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_graph_that_breaks_its_rules() {
    let mut graph = lenet(1);
    graph.layers[0].inputs.clear();
    let error = compile(&graph, &Arch::preset("8x8").unwrap()).unwrap_err();
    assert!(matches!(error, CompileError::Graph(_)), "{error}");
}

#[test]
fn numbers_beyond_their_fields() {
    use systole::testing::Network;
    use systole_quant::integer::{Shape, Window};
    let (mut network, x) = Network::new("long", Shape::new(1, 60_000, 16), 1);
    let y = network.conv(
        x,
        16,
        Window {
            stride: [1, 600],
            ..Window::ONE
        },
        None,
    );
    let arch = Arch {
        bank_words: 1 << 16,
        ..Arch::preset("16x16").unwrap()
    };
    let error = compile(&network.finish(y), &arch);
    assert!(error.is_err() || error.unwrap().cycles() > 0);
}

/// More units than the machine keeps.
#[test]
fn recurrent_layers_that_do_not_fit_are_refused_by_name() {
    let lstm = Cell::Lstm {
        cell_fraction_bits: 11,
    };
    let graph = recurrent(lstm, [3, 4, 40], false, 1);
    let small = Arch {
        recurrent_units: 32,
        ..roomy(4, 4, 4)
    };
    let error = compile(&graph, &small).unwrap_err();
    let (needed, available) = (40, 32);
    let expected = CompileError::RecurrentUnits {
        layer: graph.layers[0].name.clone(),
        needed,
        available,
    };
    assert_eq!(error, expected);
    compile(&graph, &roomy(4, 4, 4)).unwrap();
}

/// A lean accelerator has no residual operands: sums of two layers are refused by name, and pooling is a pass of its own.
#[test]
fn a_lean_accelerator_has_no_residual_operands() {
    let with = Arch {
        bank_words: 1 << 14,
        ..roomy(4, 4, 4)
    };
    let lean = Arch {
        lean: true,
        ..with.clone()
    };
    assert_ne!(
        lean.hash(),
        with.hash(),
        "programs must not be taken for each other"
    );
    let error = compile(&resnet8(1), &lean).unwrap_err();
    assert!(matches!(error, CompileError::Lean { .. }), "{error}");
    let residual = |arch: &Arch| {
        let program = compile(&lenet(1), arch).unwrap();
        let uses =
            |pass: &&systole_arch::isa::Instruction| pass.get(systole_arch::isa::RESIDUAL) == 1;
        program.instructions.iter().filter(uses).count()
    };
    assert!(residual(&with) > 0, "pooled results are what this is about");
    assert_eq!(residual(&lean), 0);
}
