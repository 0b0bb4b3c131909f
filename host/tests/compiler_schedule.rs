//! The schedule is legal, the smallest legal one, and its checker notices when it is not.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use proptest::prelude::*;
use systole::compiler::compile;
use systole::compiler::schedule::{Hazard, check_schedule, schedule};
use systole::program::Program;
use systole::testing::{SIZES, lenet, recurrent, resnet8, roomy, widened};
use systole_arch::{Arch, isa};
use systole_quant::integer::{Cell, random};

/// The program with one instruction's duration changed.
fn with_duration(program: &Program, index: usize, change: i64) -> Result<(), Hazard> {
    let mut instructions = program.instructions.clone();
    let duration = instructions[index].get(isa::DURATION);
    instructions[index]
        .set(isa::DURATION, duration + change)
        .unwrap();
    check_schedule(&instructions, &program.arch)
}

/// Starting any instruction one cycle earlier is a hazard, starting it later is none.
fn is_tight(program: &Program) -> Result<(), String> {
    check_schedule(&program.instructions, &program.arch).map_err(|e| e.to_string())?;
    for index in 0..program.instructions.len() - 1 {
        if with_duration(program, index, -1).is_ok() {
            return Err(format!("instruction {} could start earlier", index + 1));
        }
    }
    Ok(())
}

#[test]
fn real_networks_are_tight() {
    for preset in ["8x8", "16x16"] {
        for graph in [lenet(1), resnet8(1)] {
            let program = compile(&graph, &Arch::preset(preset).unwrap()).unwrap();
            is_tight(&program).unwrap();
        }
    }
}

/// Two directions whose hidden states of 16 bits have different widths: the second one waits for the words of the first.
#[test]
fn planes_of_different_widths_do_not_meet() {
    let lstm = Cell::Lstm {
        cell_fraction_bits: 11,
    };
    let graph = widened(recurrent(lstm, [1, 3, 5], true, 1));
    let program = compile(&graph, &roomy(4, 4, 4)).unwrap();
    let mut other = program.instructions.clone();
    let wide = |i: &&mut isa::Instruction| i.get(isa::WIDE) == 1;
    let second = other.iter_mut().filter(wide).nth(1).unwrap();
    let distance = second.get(isa::OUT_STEP_X);
    second.set(isa::OUT_STEP_X, 2 * distance).unwrap();
    assert!(matches!(
        check_schedule(&other, &program.arch),
        Err(Hazard::Planes { .. })
    ));
    assert!(schedule(&mut other, &program.arch).is_ok());
    assert_eq!(check_schedule(&other, &program.arch), Ok(()));
}

#[test]
fn hazards_are_named() {
    let program = compile(&lenet(1), &Arch::preset("16x16").unwrap()).unwrap();
    // The second layer waits for nothing but room; the last one waits for the bytes of the one before.
    let last = program.instructions.len() - 2;
    let error = with_duration(&program, last - 1, -1).unwrap_err();
    assert!(
        matches!(error, Hazard::ReadBeforeWrite { instruction, .. } if instruction == last),
        "{error}"
    );
    assert!(matches!(
        with_duration(&program, last, -1),
        Err(Hazard::EndBeforeWrite { .. } | Hazard::TooEarly { .. })
    ));
    let mut shared = program.instructions.clone();
    shared[0].set(isa::RESIDUAL, 1).unwrap();
    let bank = shared[0].get(isa::IN_BANK);
    shared[0].set(isa::RESIDUAL_BANK, bank).unwrap();
    assert!(matches!(
        schedule(&mut shared, &program.arch),
        Err(Hazard::SharedBank { instruction: 0, .. })
    ));
    let mut unaligned = program.instructions.clone();
    unaligned[1].set(isa::OUT_ADDRESS, 3).unwrap();
    assert!(matches!(
        schedule(&mut unaligned, &program.arch),
        Err(Hazard::Unaligned { instruction: 1, .. })
    ));
    let mut endless = program.instructions.clone();
    endless.pop();
    assert!(matches!(
        schedule(&mut endless, &program.arch),
        Err(Hazard::Opcode { .. })
    ));
}

#[test]
fn prefixes_end_at_the_layer() {
    let program = compile(&resnet8(1), &Arch::preset("16x16").unwrap()).unwrap();
    for layer in 0..program.layers.len() {
        let prefix = program.prefix(layer).unwrap().unwrap();
        check_schedule(&prefix.instructions, &prefix.arch).unwrap();
        prefix.validate("prefix").unwrap();
        assert!(prefix.cycles() <= program.cycles());
        let kept = prefix.starts.len() - 1;
        assert_eq!(prefix.starts[..kept], program.starts[..kept]);
    }
    assert!(program.prefix(99).unwrap().is_none());
}

proptest! {
    #[test]
    fn random_networks_are_tight(seed in any::<u64>(), size in 0..SIZES.len(), layers in 1usize..7, banks in 2usize..5) {
        let (rows, cols, lanes) = SIZES[size];
        let (graph, _) = random::network(seed, layers);
        let arch = Arch { banks, ..roomy(rows, cols, lanes) };
        if let Ok(program) = compile(&graph, &arch) {
            prop_assert_eq!(is_tight(&program), Ok(()));
        }
    }
}
