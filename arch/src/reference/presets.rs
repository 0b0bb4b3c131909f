//! The page of presets: sizes, and what they need on each FPGA family.

use super::{code, presets, table};
use crate::config::{Arch, PRESETS};
use crate::resources::devices::{DEVICES as DEVICE_TABLE, Device, Fit, fit};
use crate::resources::memories::memories;
use crate::resources::{FABRICS, estimate};

const ESTIMATES: &str = "Block RAMs are counted exactly, every memory in the best word shape of the family, none in LUTs. Multipliers are those of the array and two for each post-processing
lane. LUTs and flip-flops after synthesis are estimates from a table of cell costs; cells are what the placed design takes of the LUTs of a part: ends of
carry chains included, and, on iCE40 and Gowin, the cells of flip-flops that no LUT of their own feeds. Good enough to choose a configuration, no
promise about a build: [`estimates.md`](../estimates.md) compares them with placed designs. On iCE40 the multipliers of `generic` are made of LUTs.";

const DEVICES: &str = "Whether a device holds a preset, by these estimates: the kind of `multipliers` that fits (the first of `generic`, `ecp5-mixed`, `ecp5-dsp`, `ecp5-rows`, `lut`),
or what is missing with the kind that comes closest. A preset that is too large for a board is a starting point: halve `weight_depth` and `bank_words` until it fits.";

pub(super) fn body() -> String {
    format!(
        "A preset is a configuration that comes with the tool; its name can stand wherever a configuration file can.\n\n{}\n## Sizes\n\n{}\n## Memories\n\nCount x words x bits.\n\n{}\n## Estimates\n\n{ESTIMATES}\n\n{}\n## Devices\n\n{DEVICES}\n\n{}",
        purposes(),
        sizes(),
        memory_table(),
        estimates(),
        device_table(),
    )
}

/// The first comment of each file says what it is for.
fn purposes() -> String {
    let row = |(name, text): &(&str, &str)| {
        let first = text.lines().next().unwrap_or_default();
        vec![code(name), first.trim_start_matches(['#', ' ']).into()]
    };
    table(&["preset", "for"], PRESETS.iter().map(row))
}

/// One column for each preset, one row for each thing.
fn by_preset(first: &str, rows: Vec<(String, Vec<String>)>) -> String {
    let names: Vec<String> = presets().iter().map(|a| code(&a.name)).collect();
    let heads: Vec<&str> = std::iter::once(first)
        .chain(names.iter().map(String::as_str))
        .collect();
    table(
        &heads,
        rows.into_iter()
            .map(|(name, cells)| std::iter::once(name).chain(cells).collect()),
    )
}

fn sizes() -> String {
    let presets = presets();
    let keys = presets.first().map(Arch::sizes).unwrap_or_default();
    let value = |a: &Arch, key: &str| {
        a.sizes()
            .iter()
            .find(|(k, _)| *k == key)
            .map_or(0, |(_, v)| *v)
    };
    let mut rows: Vec<(String, Vec<String>)> = keys
        .iter()
        .map(|(key, _)| {
            (
                code(key),
                presets.iter().map(|a| value(a, key).to_string()).collect(),
            )
        })
        .collect();
    let mut derived = |name: &str, f: fn(&Arch) -> usize| {
        rows.push((
            name.into(),
            presets.iter().map(|a| f(a).to_string()).collect(),
        ));
    };
    derived("multiply-adds per cycle", |a| a.rows * a.cols);
    derived("weights on chip, KiB", |a| {
        a.rows * a.cols * a.weight_depth / 1024
    });
    derived("activations on chip, KiB", |a| {
        a.banks * a.bank_bytes() / 1024
    });
    by_preset("key", rows)
}

fn memory_table() -> String {
    let presets = presets();
    let names = presets.first().map(memories).unwrap_or_default();
    let cell = |a: &Arch, name: &str| {
        let found = memories(a).into_iter().find(|m| m.name == name);
        found.map_or("none".into(), |m| {
            format!("{} x {} x {}", m.count, m.depth, m.width)
        })
    };
    let row = |name: &'static str| {
        (
            name.to_string(),
            presets.iter().map(|a| cell(a, name)).collect(),
        )
    };
    by_preset("memory", names.iter().map(|m| row(m.name)).collect())
}

fn device_table() -> String {
    let row = |device: &Device| {
        let cells = presets().into_iter().map(|arch| match fit(&arch, device) {
            Fit::With(kind) => code(kind.name()),
            Fit::Lacks(what) => what,
        });
        (device.name.to_string(), cells.collect())
    };
    by_preset("device", DEVICE_TABLE.iter().map(row).collect())
}

fn estimates() -> String {
    let rows = FABRICS.iter().flat_map(|fabric| {
        presets().into_iter().filter_map(move |arch| {
            let r = estimate(&arch, fabric)?;
            let multipliers = match fabric.multiplier {
                Some(name) => format!("{} {}", r.multipliers, code(name)),
                None => "LUTs".into(),
            };
            let block_rams = format!("{} {}", r.block_rams, code(fabric.block_ram.name));
            let rounded = |n: usize| format!("{:.1}k", n as f64 / 1000.0);
            let cells = vec![
                multipliers,
                block_rams,
                rounded(r.luts),
                rounded(r.flip_flops),
                rounded(r.cells),
            ];
            Some([vec![fabric.name.into(), code(&arch.name)], cells].concat())
        })
    });
    table(
        &[
            "family",
            "preset",
            "multipliers",
            "block RAMs",
            "LUTs, about",
            "flip-flops, about",
            "cells, about",
        ],
        rows,
    )
}
