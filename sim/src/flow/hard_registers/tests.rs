//! Which registers move, and which stay.

use super::*;

/// A flip-flop that copies `from` to `to`.
fn flip_flop(from: u64, to: u64) -> Value {
    json!({
        "type": "TRELLIS_FF",
        "parameters": {"CEMUX": "1 ", "CLKMUX": "CLK", "REGSET": "RESET", "LSRMUX": "LSR"},
        "port_directions": {"CLK": "input", "DI": "input", "LSR": "input", "Q": "output"},
        "connections": {"CLK": [2], "DI": [from], "LSR": ["0"], "Q": [to]},
    })
}

/// A memory whose two outputs each go to a flip-flop, which go on to an output.
fn module() -> Value {
    json!({
        "ports": {"out": {"direction": "output", "bits": [12, 13]}},
        "cells": {
            "memory": {
                "type": "DP16KD",
                "parameters": {"REGMODE_A": "NOREG", "REGMODE_B": "NOREG"},
                "port_directions": {"CLKB": "input", "CEB": "input", "OCEA": "input", "OCEB": "input", "RSTA": "input",
                    "RSTB": "input", "DOB0": "output", "DOA1": "output", "DOB2": "output"},
                "connections": {"CLKB": [2], "CEB": ["1"], "OCEA": ["0"], "OCEB": ["1"], "RSTA": ["0"], "RSTB": ["0"],
                    "DOB0": [10], "DOA1": [11], "DOB2": [14]},
            },
            "low": flip_flop(10, 12),
            "high": flip_flop(11, 13),
        },
        "netnames": {"fetched": {"bits": [10, 11]}, "out": {"bits": [12, 13]}},
    })
}

/// What is taken of a module after a change, and what is left.
fn absorbed_of(mut module: Value, change: impl Fn(&mut Value)) -> (Taken, Value) {
    change(&mut module);
    let taken = absorb_all(module.as_object_mut().unwrap());
    (taken, module)
}

fn absorbed(change: impl Fn(&mut Value)) -> (Taken, Value) {
    absorbed_of(module(), change)
}

#[test]
fn the_register_moves_into_the_memory() {
    let (count, module) = absorbed(|_| ());
    assert_eq!(count.memories, 1);
    let memory = &module["cells"]["memory"];
    assert_eq!(module["cells"].as_object().unwrap().len(), 1);
    assert_eq!(memory["parameters"]["REGMODE_B"], "OUTREG");
    assert_eq!(memory["connections"]["DOB0"], json!([12]));
    assert_eq!(memory["connections"]["DOA1"], json!([13]));
    assert_eq!(memory["connections"]["OCEA"], json!(["1"]));
    assert_eq!(module["netnames"].as_object().unwrap().len(), 1);
}

#[test]
fn what_the_register_of_the_block_cannot_do_stays_outside() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 7] = [
        ("another clock", |m| {
            m["cells"]["low"]["connections"]["CLK"] = json!([3])
        }),
        ("falling edge", |m| {
            m["cells"]["low"]["parameters"]["CLKMUX"] = json!("INV")
        }),
        ("reset", |m| {
            m["cells"]["high"]["connections"]["LSR"] = json!([4])
        }),
        ("starts at 1", |m| {
            m["cells"]["high"]["parameters"]["REGSET"] = json!("SET")
        }),
        ("enable", |m| {
            m["cells"]["high"]["parameters"]["CEMUX"] = json!("CE");
            m["cells"]["high"]["connections"]["CE"] = json!([5]);
        }),
        ("a second reader", |m| {
            m["ports"]["out"]["bits"] = json!([12, 13, 10])
        }),
        ("a read port that rests", |m| {
            m["cells"]["memory"]["connections"]["CEB"] = json!([6])
        }),
    ];
    for (why, change) in changes {
        let (count, after) = absorbed(change);
        assert_eq!(count, Taken::default(), "{why}");
        let mut before = module();
        change(&mut before);
        assert_eq!(after, before, "{why}");
    }
}

/// A product of two registers in a register, with a bit that stays 0 and one that nobody reads.
fn product_module() -> Value {
    json!({
        "ports": {"out": {"direction": "output", "bits": [30]}, "in": {"direction": "input", "bits": [10, 11]}},
        "cells": {
            "product": {
                "type": "MULT18X18D",
                "parameters": {},
                "port_directions": {"A0": "input", "A1": "input", "B0": "input", "B1": "input", "P0": "output", "P1": "output"},
                "connections": {"A0": [20], "A1": [20], "B0": [21], "B1": ["0"], "P0": [22], "P1": [23]},
            },
            "left": flip_flop(10, 20),
            "right": flip_flop(11, 21),
            "behind": flip_flop(22, 30),
        },
    })
}

fn absorbed_product(change: impl Fn(&mut Value)) -> (Taken, Value) {
    absorbed_of(product_module(), change)
}

#[test]
fn a_multiplier_takes_the_registers_on_both_sides() {
    let (taken, module) = absorbed_product(|_| ());
    assert_eq!((taken.products, taken.factors), (1, 1));
    let product = &module["cells"]["product"];
    assert_eq!(module["cells"].as_object().unwrap().len(), 1);
    let nets =
        ["A0", "A1", "B0", "B1", "P0", "CLK0"].map(|port| product["connections"][port].clone());
    assert_eq!(
        nets,
        [
            json!([10]),
            json!([10]),
            json!([11]),
            json!(["0"]),
            json!([30]),
            json!([2])
        ]
    );
    for stage in ["INPUTA", "INPUTB", "OUTPUT"] {
        assert_eq!(product["parameters"][format!("REG_{stage}_CLK")], "CLK0");
    }
    assert!(product["parameters"].get("REG_PIPELINE_CLK").is_none());
}

#[test]
fn a_factor_that_others_read_stays_outside_and_the_product_moves() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 3] = [
        ("another reader", |m| {
            m["ports"]["out"]["bits"] = json!([30, 20])
        }),
        ("a bit that is always 1", |m| {
            m["cells"]["product"]["connections"]["B1"] = json!(["1"])
        }),
        ("a bit without register", |m| {
            m["cells"]["product"]["connections"]["B1"] = json!([11])
        }),
    ];
    for (why, change) in changes {
        let (taken, module) = absorbed_product(change);
        assert_eq!((taken.products, taken.factors), (1, 0), "{why}");
        assert!(module["cells"].get("left").is_some(), "{why}");
    }
}

#[test]
fn a_multiplier_with_registers_of_its_own_is_left_alone() {
    let (taken, _) = absorbed_product(|m| {
        m["cells"]["product"]["parameters"]["REG_PIPELINE_CLK"] = json!("CLK0")
    });
    assert_eq!(taken, Taken::default());
}
