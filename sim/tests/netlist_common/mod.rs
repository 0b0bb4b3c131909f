//! A bench for cells: a netlist of a few cells, random inputs, and what an independent model in Rust expects.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use serde_json::{Map, Value, json};
use systole_sim::netlist::{MODELS, Netlist, verilog};
use systole_sim::{BuildOptions, Design, Model, Optimize};

/// A small generator of random numbers.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self, count: usize) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        mixed >> 3 & ((1u64 << count) - 1)
    }
}

/// The netlist in the making.
#[derive(Default)]
pub(crate) struct Bench {
    nets: u32,
    ports: Map<String, Value>,
    cells: Map<String, Value>,
    inputs: Vec<(String, usize)>,
    outputs: Vec<(String, usize)>,
}

/// A connection: port and nets, lowest bit first.
pub(crate) type Connection<'a> = (&'a str, &'a [u32]);

impl Bench {
    pub(crate) fn nets(&mut self, width: usize) -> Vec<u32> {
        let first = self.nets + 2;
        self.nets += width as u32;
        (first..first + width as u32).collect()
    }

    fn port(&mut self, name: &str, direction: &str, width: usize) -> Vec<u32> {
        let bits = self.nets(width);
        self.ports
            .insert(name.into(), json!({ "direction": direction, "bits": bits }));
        bits
    }

    /// The net of the clock.
    pub(crate) fn clock(&mut self) -> u32 {
        self.port("clock", "input", 1)[0]
    }

    pub(crate) fn input(&mut self, name: &str, width: usize) -> Vec<u32> {
        self.inputs.push((name.into(), width));
        self.port(name, "input", width)
    }

    pub(crate) fn output(&mut self, name: &str, width: usize) -> Vec<u32> {
        self.outputs.push((name.into(), width));
        self.port(name, "output", width)
    }

    pub(crate) fn cell(
        &mut self,
        kind: &str,
        parameters: &[(&str, &str)],
        connections: &[Connection<'_>],
    ) {
        let name = format!("cell_{}", self.cells.len());
        let parameters: Map<String, Value> = parameters
            .iter()
            .map(|(k, v)| ((*k).into(), json!(v)))
            .collect();
        let connections: Map<String, Value> = connections
            .iter()
            .map(|(k, v)| ((*k).into(), json!(v)))
            .collect();
        self.cells.insert(
            name,
            json!({ "type": kind, "parameters": parameters, "connections": connections }),
        );
    }

    /// A cell whose name matters.
    pub(crate) fn named(&mut self, name: &str, kind: &str, connections: &[Connection<'_>]) {
        let connections: Map<String, Value> = connections
            .iter()
            .map(|(k, v)| ((*k).into(), json!(v)))
            .collect();
        self.cells.insert(
            name.into(),
            json!({ "type": kind, "connections": connections }),
        );
    }

    /// A cell whose buses are single ports: `A0`, `A1`...
    pub(crate) fn cell_of_pins(
        &mut self,
        kind: &str,
        parameters: &[(&str, &str)],
        single: &[(&str, u32)],
        buses: &[Connection<'_>],
    ) {
        let mut connections: Vec<(String, Vec<u32>)> = single
            .iter()
            .map(|(port, net)| ((*port).into(), vec![*net]))
            .collect();
        for (bus, nets) in buses {
            let pins = nets
                .iter()
                .enumerate()
                .map(|(n, net)| (format!("{bus}{n}"), vec![*net]));
            connections.extend(pins);
        }
        let borrowed: Vec<Connection<'_>> = connections
            .iter()
            .map(|(port, nets)| (port.as_str(), nets.as_slice()))
            .collect();
        self.cell(kind, parameters, &borrowed);
    }

    fn netlist(&self) -> String {
        json!({ "modules": { "bench": { "attributes": { "top": "1" }, "ports": self.ports, "cells": self.cells } } }).to_string()
    }

    pub(crate) fn refusal(&self) -> String {
        let netlist = Netlist::read(&self.netlist(), "bench").unwrap();
        verilog(&netlist, "bench").unwrap_err().to_string()
    }

    /// Outputs, a row for each row of inputs, sampled before the edge. `planted` replaces a piece of the Verilog.
    pub(crate) fn run(&self, rows: &[Vec<u64>], planted: Option<(&str, &str)>) -> Vec<Vec<u64>> {
        let netlist = Netlist::read(&self.netlist(), "bench").unwrap();
        let mut sources = vec![("bench.v".to_owned(), verilog(&netlist, "bench").unwrap())];
        sources.extend(
            MODELS
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
        );
        if let Some((from, to)) = planted {
            assert!(
                sources.iter().any(|(_, text)| text.contains(from)),
                "nothing to replace: {from}"
            );
            sources
                .iter_mut()
                .for_each(|(_, text)| *text = text.replace(from, to));
        }
        let mut design = Design::new("bench", "");
        design.sources = sources;
        if self.ports.contains_key("clock") {
            design = design.input("clock", 1);
        }
        for (name, width) in &self.inputs {
            design = design.input(name, *width);
        }
        for (name, width) in &self.outputs {
            design = design.output(name, *width);
        }
        let options = BuildOptions {
            optimize: Optimize::Build,
            ..BuildOptions::default()
        };
        let mut instance = Model::build(&design, &options)
            .unwrap()
            .instantiate()
            .unwrap();
        let words = |list: &[(String, usize)]| {
            list.iter()
                .map(|(_, width)| width.div_ceil(32))
                .collect::<Vec<_>>()
        };
        let (into, out) = (words(&self.inputs), words(&self.outputs));
        let mut flat = Vec::new();
        for row in rows {
            for (value, words) in row.iter().zip(&into) {
                flat.extend((0..*words).map(|n| (value >> (32 * n)) as u32));
            }
        }
        let flat = instance.run_vectors(&flat, rows.len()).unwrap();
        let row = |words: &[u32]| {
            let mut rest = words;
            let mut values = Vec::new();
            for &count in &out {
                let (now, later) = rest.split_at(count);
                values.push(
                    now.iter()
                        .rev()
                        .fold(0, |value, word| value << 32 | u64::from(*word)),
                );
                rest = later;
            }
            values
        };
        flat.chunks(out.iter().sum()).map(row).collect()
    }
}
