//! Small cells of netlists against independent models: look-up tables, carry bits, multiplexers, flip-flops.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod netlist_common;

use common::{VERILATOR, have};
use netlist_common::{Bench, Random};

fn bit(value: u64, n: usize) -> u64 {
    value >> n & 1
}

/// The table looked up, inputs lowest first.
fn looked_up(table: u64, inputs: &[u64]) -> u64 {
    let index = inputs
        .iter()
        .enumerate()
        .map(|(n, value)| value << n)
        .sum::<u64>();
    table >> index & 1
}

fn digits(value: u64, width: usize) -> String {
    format!("{value:0width$b}")
}

/// Sum and carry out of one carry bit of an ECP5.
fn carry_bit(table: u64, inputs: &[u64], inject: bool, carry: u64) -> (u64, u64) {
    let value = looked_up(table, inputs);
    let pair = looked_up(table & 0xf, &inputs[..2]);
    let sum = if inject { value } else { value ^ carry };
    let out = match (value, inject) {
        (1, _) => carry,
        (_, true) => 0,
        (_, false) => pair,
    };
    (sum, out)
}

type Expected = Box<dyn Fn(u64) -> u64>;

/// All kinds with many tables behind one input of 16 bits; what each output has to be.
fn combinational() -> (Bench, Vec<Expected>) {
    let mut bench = Bench::default();
    let x = bench.input("x", 16);
    let mut expected: Vec<Expected> = Vec::new();
    let mut random = Random(7);
    for n in 0..24 {
        let table = if n < 16 { 1 << n } else { random.bits(16) };
        let init = digits(table, 16);
        let out = bench.output(&format!("lut_{n:02}"), 2);
        bench.cell_of_pins(
            "LUT4",
            &[("INIT", &init)],
            &[
                ("A", x[0]),
                ("B", x[1]),
                ("C", x[2]),
                ("D", x[3]),
                ("Z", out[0]),
            ],
            &[],
        );
        bench.cell_of_pins(
            "SB_LUT4",
            &[("LUT_INIT", &init)],
            &[("O", out[1])],
            &[("I", &x[4..8])],
        );
        expected.push(Box::new(move |x| {
            let at = |first: usize| looked_up(table, &[0, 1, 2, 3].map(|n| bit(x, first + n)));
            at(0) | at(4) << 1
        }));
    }
    for (n, inject) in [["NO", "NO"], ["YES", "NO"], ["NO", "YES"], ["YES", "YES"]]
        .into_iter()
        .cycle()
        .take(12)
        .enumerate()
    {
        let tables = [random.bits(16), random.bits(16)];
        let [first, second] = tables.map(|table| digits(table, 16));
        let out = bench.output(&format!("sum_{n:02}"), 3);
        let parameters = [
            ("INIT0", first.as_str()),
            ("INIT1", &second),
            ("INJECT1_0", inject[0]),
            ("INJECT1_1", inject[1]),
        ];
        let names = ["A0", "B0", "C0", "D0", "A1", "B1", "C1", "D1", "CIN"];
        let mut pins: Vec<_> = names.into_iter().zip(x.iter().copied()).collect();
        pins.extend([("S0", out[0]), ("S1", out[1]), ("COUT", out[2])]);
        bench.cell_of_pins("CCU2C", &parameters, &pins, &[]);
        expected.push(Box::new(move |x| {
            let inputs = |first: usize| [0, 1, 2, 3].map(|n| bit(x, first + n));
            let (low, carry) = carry_bit(tables[0], &inputs(0), inject[0] == "YES", bit(x, 8));
            let (high, carry) = carry_bit(tables[1], &inputs(4), inject[1] == "YES", carry);
            low | high << 1 | carry << 2
        }));
    }
    packed(&mut bench, &x, &mut expected, &mut random);
    (bench, expected)
}

/// The same after packing, and multiplexers.
fn packed(bench: &mut Bench, x: &[u32], expected: &mut Vec<Expected>, random: &mut Random) {
    let abcd = [("A", x[0]), ("B", x[1]), ("C", x[2]), ("D", x[3])];
    for n in 0..6 {
        let table = random.bits(16);
        let init = digits(table, 16);
        let inject = n % 2 == 1;
        let out = bench.output(&format!("comb_{n:02}"), 5);
        let parameters = [
            ("MODE", "CCU2"),
            ("INITVAL", &init),
            ("CCU2_INJECT1", if inject { "YES" } else { "NO" }),
        ];
        let pins = [&abcd[..], &[("FCI", x[4]), ("F", out[0]), ("FCO", out[1])]].concat();
        bench.cell_of_pins("TRELLIS_COMB", &parameters, &pins, &[]);
        let pins = [
            &abcd[..],
            &[("F1", x[5]), ("M", x[6]), ("F", out[2]), ("OFX", out[3])],
        ]
        .concat();
        bench.cell_of_pins("TRELLIS_COMB", &[("INITVAL", &init)], &pins, &[]);
        let pins = [("FXA", x[7]), ("FXB", x[8]), ("M", x[9]), ("OFX", out[4])];
        bench.cell_of_pins("TRELLIS_COMB", &[("INITVAL", &init)], &pins, &[]);
        expected.push(Box::new(move |x| {
            let inputs = [0, 1, 2, 3].map(|n| bit(x, n));
            let (sum, carry) = carry_bit(table, &inputs, inject, bit(x, 4));
            let alone = looked_up(table, &inputs);
            let wide = if bit(x, 6) == 1 { bit(x, 5) } else { alone };
            let wider = if bit(x, 9) == 1 { bit(x, 8) } else { bit(x, 7) };
            sum | carry << 1 | alone << 2 | wide << 3 | wider << 4
        }));
    }
    let out = bench.output("multiplexers", 3);
    bench.cell_of_pins(
        "PFUMX",
        &[],
        &[("ALUT", x[0]), ("BLUT", x[1]), ("C0", x[2]), ("Z", out[0])],
        &[],
    );
    bench.cell_of_pins(
        "L6MUX21",
        &[],
        &[("D0", x[3]), ("D1", x[4]), ("SD", x[5]), ("Z", out[1])],
        &[],
    );
    bench.cell_of_pins(
        "SB_CARRY",
        &[],
        &[("I0", x[6]), ("I1", x[7]), ("CI", x[8]), ("CO", out[2])],
        &[],
    );
    expected.push(Box::new(|x| {
        let choose = |select, low, high| bit(x, if bit(x, select) == 1 { high } else { low });
        let carry = u64::from(bit(x, 6) + bit(x, 7) + bit(x, 8) >= 2);
        choose(2, 1, 0) | choose(5, 3, 4) << 1 | carry << 2
    }));
    for (n, (constant, set)) in [(0, 0), (1, 0), (1, 1)].into_iter().enumerate() {
        let table = random.bits(16);
        let (init, constant_text, set_text) =
            (digits(table, 16), digits(constant, 1), digits(set, 1));
        let out = bench.output(&format!("cell_{n:02}"), 2);
        let parameters = [
            ("LUT_INIT", init.as_str()),
            ("CARRY_ENABLE", "1"),
            ("CIN_CONST", &constant_text),
            ("CIN_SET", &set_text),
            ("DFF_ENABLE", "0"),
        ];
        bench.cell_of_pins(
            "ICESTORM_LC",
            &parameters,
            &[("CIN", x[9]), ("O", out[0]), ("COUT", out[1])],
            &[("I", &x[..4])],
        );
        expected.push(Box::new(move |x| {
            let carry_in = if constant == 1 { set } else { bit(x, 9) };
            let carry = u64::from(bit(x, 1) + bit(x, 2) + carry_in >= 2);
            looked_up(table, &[0, 1, 2, 3].map(|n| bit(x, n))) | carry << 1
        }));
    }
}

/// First difference between the cells and their models.
fn difference(
    bench: &Bench,
    expected: &[Expected],
    planted: Option<(&str, &str)>,
) -> Option<String> {
    let rows: Vec<Vec<u64>> = (0..1 << 10).map(|x| vec![x]).collect();
    let found = bench.run(&rows, planted);
    for (row, found) in rows.iter().zip(found) {
        for (n, (expected, found)) in expected.iter().zip(found).enumerate() {
            if expected(row[0]) != found {
                return Some(format!("output {n} for {:b}: {found:b}", row[0]));
            }
        }
    }
    None
}

#[test]
fn tables_carries_and_multiplexers() {
    if !have(VERILATOR) {
        return;
    }
    let (bench, expected) = combinational();
    assert_eq!(difference(&bench, &expected, None), None);
    let wrong = difference(
        &bench,
        &expected,
        Some(("multiplexers[0] =", "multiplexers[0] = ~")),
    );
    assert!(wrong.is_some(), "a planted error is not noticed");
}

/// A flip-flop: what it holds, and what the next edge makes of it.
struct FlipFlop {
    kind: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    /// Ports of data, the other data, enable and reset.
    ports: [&'static str; 4],
    start: u64,
    asynchronous: bool,
    next: fn(u64, [u64; 4]) -> u64,
}

const TRELLIS: [&str; 4] = ["DI", "M", "CE", "LSR"];

fn flip_flops() -> Vec<FlipFlop> {
    let trellis = |parameters, start, asynchronous, next| FlipFlop {
        kind: "TRELLIS_FF",
        parameters,
        ports: TRELLIS,
        start,
        asynchronous,
        next,
    };
    let ice40 = |kind, reset, asynchronous, next| FlipFlop {
        kind,
        parameters: &[],
        ports: ["D", "", "E", reset],
        start: 0,
        asynchronous,
        next,
    };
    let cell = |parameters, next| FlipFlop {
        kind: "ICESTORM_LC",
        parameters,
        ports: ["I0", "", "CEN", "SR"],
        start: 0,
        asynchronous: false,
        next,
    };
    vec![
        trellis(
            &[("SD", "1 "), ("CEMUX", "CE"), ("SRMODE", "LSR_OVER_CE")],
            0,
            false,
            |q, [d, _, e, r]| {
                if r == 1 {
                    0
                } else if e == 1 {
                    d
                } else {
                    q
                }
            },
        ),
        trellis(
            &[("SD", "0 "), ("CEMUX", "1 "), ("REGSET", "SET")],
            1,
            false,
            |_, [_, m, _, r]| if r == 1 { 1 } else { m },
        ),
        trellis(
            &[("CEMUX", "INV"), ("LSRMUX", "INV"), ("REGSET", "RESET")],
            0,
            false,
            |q, [d, _, e, r]| {
                if r == 0 {
                    0
                } else if e == 0 {
                    d
                } else {
                    q
                }
            },
        ),
        trellis(
            &[("CEMUX", "CE"), ("SRMODE", "ASYNC"), ("REGSET", "SET")],
            1,
            true,
            |q, [d, _, e, r]| {
                if r == 1 {
                    1
                } else if e == 1 {
                    d
                } else {
                    q
                }
            },
        ),
        ice40("SB_DFF", "R", false, |_, [d, ..]| d),
        ice40(
            "SB_DFFE",
            "R",
            false,
            |q, [d, _, e, _]| if e == 1 { d } else { q },
        ),
        ice40(
            "SB_DFFSR",
            "R",
            false,
            |_, [d, _, _, r]| if r == 1 { 0 } else { d },
        ),
        ice40("SB_DFFESR", "R", false, |q, [d, _, e, r]| {
            if e == 0 {
                q
            } else if r == 1 {
                0
            } else {
                d
            }
        }),
        ice40(
            "SB_DFFSS",
            "S",
            false,
            |_, [d, _, _, r]| if r == 1 { 1 } else { d },
        ),
        ice40("SB_DFFESS", "S", false, |q, [d, _, e, r]| {
            if e == 0 {
                q
            } else if r == 1 {
                1
            } else {
                d
            }
        }),
        ice40("SB_DFFER", "R", true, |q, [d, _, e, r]| {
            if r == 1 {
                0
            } else if e == 1 {
                d
            } else {
                q
            }
        }),
        ice40(
            "SB_DFFS",
            "S",
            true,
            |_, [d, _, _, r]| if r == 1 { 1 } else { d },
        ),
        cell(
            &[
                ("LUT_INIT", "10"),
                ("DFF_ENABLE", "1"),
                ("SET_NORESET", "1"),
            ],
            |q, [d, _, e, r]| {
                if e == 0 {
                    q
                } else if r == 1 {
                    1
                } else {
                    d
                }
            },
        ),
        cell(
            &[("LUT_INIT", "01"), ("DFF_ENABLE", "1")],
            |q, [d, _, e, r]| {
                if e == 0 {
                    q
                } else if r == 1 {
                    0
                } else {
                    1 - d
                }
            },
        ),
    ]
}

fn flip_flop_difference(planted: Option<(&str, &str)>) -> Option<String> {
    let (all, mut bench) = (flip_flops(), Bench::default());
    let clock = bench.clock();
    let x = bench.input("x", 4);
    let q = bench.output("q", all.len());
    for (n, flip_flop) in all.iter().enumerate() {
        let (clock_port, output) = match flip_flop.kind {
            "TRELLIS_FF" => ("CLK", "Q"),
            "ICESTORM_LC" => ("CLK", "O"),
            _ => ("C", "Q"),
        };
        // A kind without enable or reset does not have the port.
        let has = |port: &str| {
            !port.is_empty()
                && (!flip_flop.kind.starts_with("SB_DFF")
                    || port == "D"
                    || flip_flop.kind["SB_DFF".len()..].contains(port))
        };
        let mut pins: Vec<_> = flip_flop
            .ports
            .iter()
            .copied()
            .zip(x.iter().copied())
            .filter(|(port, _)| has(port))
            .collect();
        pins.extend([(clock_port, clock), (output, q[n])]);
        bench.cell_of_pins(flip_flop.kind, flip_flop.parameters, &pins, &[]);
    }
    let mut random = Random(3);
    let rows: Vec<Vec<u64>> = (0..400).map(|_| vec![random.bits(4)]).collect();
    let found = bench.run(&rows, planted);
    let mut state: Vec<u64> = all.iter().map(|flip_flop| flip_flop.start).collect();
    for (cycle, (row, found)) in rows.iter().zip(found).enumerate() {
        let inputs = [0, 1, 2, 3].map(|n| bit(row[0], n));
        for (n, flip_flop) in all.iter().enumerate() {
            let after = (flip_flop.next)(state[n], inputs);
            let shown = if flip_flop.asynchronous && inputs[3] == 1 {
                after
            } else {
                state[n]
            };
            if bit(found[0], n) != shown {
                return Some(format!("{} ({n}) in cycle {cycle}", flip_flop.kind));
            }
            state[n] = after;
        }
    }
    None
}

#[test]
fn flip_flops_of_both_families() {
    if !have(VERILATOR) {
        return;
    }
    assert_eq!(flip_flop_difference(None), None);
    let wrong = flip_flop_difference(Some(("if (n5) n7 <=", "if (~n5) n7 <=")));
    assert!(wrong.is_some(), "a planted error is not noticed");
}

/// What the models do not know is refused by name.
#[test]
fn unknown_cells_and_modes_are_refused() {
    let refused = |kind: &str, parameters: &[(&str, &str)], drive: bool| {
        let mut bench = Bench::default();
        let x = bench.input("x", 1);
        let y = bench.output("y", 1);
        let other = bench.nets(1);
        let from = if drive { x[0] } else { other[0] };
        bench.cell_of_pins(
            kind,
            parameters,
            &[("A", from), ("Z", y[0]), ("F", y[0])],
            &[],
        );
        bench.refusal()
    };
    assert!(refused("SB_MAC16", &[], true).contains("no model of the cell `SB_MAC16`"));
    assert!(refused("TRELLIS_COMB", &[("MODE", "DPRAM")], true).contains("MODE is `DPRAM`"));
    let undriven = refused("LUT4", &[("INIT", "1010101010101010")], false);
    assert!(undriven.contains("has no driver"), "{undriven}");
}
