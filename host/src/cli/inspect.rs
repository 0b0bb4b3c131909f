//! `systole inspect`: what is in a `.sysq` or `.sysp` file.

use std::path::{Path, PathBuf};

use super::{Verdict, architecture};
use comfy_table::{CellAlignment, Table, presets};
use systole::program::Program;
use systole_quant::integer::IntGraph;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Integer network (`.sysq`) or program (`.sysp`).
    file: PathBuf,
    /// Check that a program fits this configuration: a preset or a TOML file.
    #[arg(long)]
    arch: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let extension = arguments.file.extension().and_then(|text| text.to_str());
    match extension {
        Some("sysp") => {
            let program = Program::load(&arguments.file)?;
            if let Some(name) = &arguments.arch {
                let origin = arguments.file.display().to_string();
                program.check_configuration(&architecture::find(name)?, &origin)?;
            }
            print_program(&program);
        }
        Some("sysq") => print_graph(&arguments.file)?,
        _ => anyhow::bail!(
            "{}: neither .sysq nor .sysp\n  hint: an ONNX model becomes a .sysq by `systole quantize`",
            arguments.file.display()
        ),
    }
    Ok(Verdict::Done)
}

fn table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_header(header.to_vec());
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn print_program(program: &Program) {
    println!(
        "{} for {}: {} instructions, {} cycles",
        program.name,
        program.arch.name,
        program.instructions.len(),
        program.cycles()
    );
    let mut layers = table(
        &["layer", "operation", "MACs", "cycles", "utilization"],
        &[2, 3, 4],
    );
    let multipliers = (program.arch.rows * program.arch.cols) as f64;
    for (layer, cycles) in program.layers.iter().zip(program.layer_cycles()) {
        let share = if cycles == 0 {
            String::new()
        } else {
            format!(
                "{:.1} %",
                100.0 * layer.macs as f64 / (multipliers * cycles as f64)
            )
        };
        layers.add_row([
            layer.name.clone(),
            layer.op.clone(),
            layer.macs.to_string(),
            cycles.to_string(),
            share,
        ]);
    }
    println!("{layers}");
    let mut places = table(
        &["tensor", "shape", "bank", "byte", "scale", "zero"],
        &[2, 3, 4, 5],
    );
    for binding in program.inputs.iter().chain(&program.outputs) {
        let (p, s) = (&binding.placement, binding.placement.shape);
        places.add_row([
            binding.name.clone(),
            format!("{}x{}x{}", s.h, s.w, s.c),
            p.bank.to_string(),
            p.address.to_string(),
            format!("{:.6e}", binding.scale),
            binding.zero.to_string(),
        ]);
    }
    println!("{places}");
}

fn print_graph(path: &Path) -> anyhow::Result<()> {
    let graph = IntGraph::load(path)?;
    println!(
        "{}: {} layers, {} tensors",
        graph.name,
        graph.layers.len(),
        graph.tensors.len()
    );
    let mut layers = table(
        &["layer", "operands", "result", "shape", "scale", "zero"],
        &[4, 5],
    );
    for layer in &graph.layers {
        let name = |id: &usize| {
            graph
                .tensors
                .get(*id)
                .map_or("?", |tensor| tensor.name.as_str())
        };
        let Some(result) = graph.tensors.get(layer.output) else {
            continue;
        };
        layers.add_row([
            layer.name.clone(),
            layer.inputs.iter().map(name).collect::<Vec<_>>().join(", "),
            result.name.clone(),
            format!("{}x{}x{}", result.shape.h, result.shape.w, result.shape.c),
            format!("{:.6e}", result.scale),
            result.zero.to_string(),
        ]);
    }
    println!("{layers}");
    Ok(())
}
