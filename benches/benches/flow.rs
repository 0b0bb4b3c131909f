//! How long a user waits: quantization and compilation of ResNet-8.

use std::hint::black_box;

use systole::compiler::compile;
use systole::testing::resnet8;
use systole_arch::Arch;
use systole_benches::clock::{Spread, Threads};
use systole_benches::compare::verdict;
use systole_benches::machine;
use systole_benches::models::RESNET8;

/// Measures a step, prints a line: the median of some repetitions.
fn report(
    name: &str,
    goal: f64,
    mut work: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let times = (0..7).map(|_| Threads::All.measure(&mut work).map(|((), time)| time));
    let times = times.collect::<anyhow::Result<Vec<_>>>()?;
    let wall = Spread::of(times.iter().map(|time| time.wall)).median;
    let cpu = Spread::of(times.iter().map(|time| time.cpu)).median;
    println!(
        "{name:<44} {wall:>7.3} s {cpu:>7.3} s  {:>6} {}",
        format!("< {goal} s"),
        verdict(wall < goal)
    );
    Ok(())
}

fn main() -> anyhow::Result<()> {
    println!("\nFrom model to program");
    machine::describe();
    println!(
        "\n{:<44} {:>9} {:>9}  {:>8}",
        "median", "wall", "processor", "goal"
    );
    let (graph, arch) = (resnet8(1), Arch::preset("16x16")?);
    report("compile ResNet-8 for 16x16", 1.0, || {
        black_box(compile(&graph, &arch)?);
        Ok(())
    })?;
    if let Some(trained) = RESNET8.load()? {
        let data = trained.data(250);
        report("quantize resnet8_cifar10 with 250 images", 5.0, || {
            black_box(trained.quantize(&data)?);
            Ok(())
        })?;
    }
    machine::describe();
    Ok(())
}
