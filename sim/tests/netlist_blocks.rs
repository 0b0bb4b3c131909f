//! Block RAMs and multipliers of netlists against independent models in Rust.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod netlist_common;

use common::{VERILATOR, have};
use netlist_common::{Bench, Random};

fn bit(value: u64, n: usize) -> u64 {
    value >> n & 1
}

fn binary(value: usize) -> String {
    format!("{value:b}")
}

/// Compares cycle by cycle; `expected` is called with every row of inputs in turn and gives the outputs before the edge.
fn difference(
    bench: &Bench,
    rows: &[Vec<u64>],
    planted: Option<(&str, &str)>,
    mut expected: impl FnMut(&[u64]) -> Vec<u64>,
) -> Option<String> {
    let found = bench.run(rows, planted);
    for (cycle, (row, found)) in rows.iter().zip(found).enumerate() {
        let expected = expected(row);
        if expected != found {
            return Some(format!(
                "cycle {cycle}: {row:x?}: {found:x?}, expected {expected:x?}"
            ));
        }
    }
    None
}

/// A block RAM of an iCE40: rows of 16 bits; a word of a mode lies scattered in a row.
struct Ice40Ram {
    rows: Vec<u64>,
    fetched: u64,
    modes: [usize; 2],
}

/// Pin of bit `n` of a word.
fn pin(mode: usize, n: usize) -> usize {
    (n << mode) + [0, 0, 1, 3][mode]
}

impl Ice40Ram {
    /// Inputs: read address, write address, mask, data, enables RE RCLKE WE WCLKE.
    fn edge(&mut self, row: &[u64]) {
        let (read, write, enables) = (row[0] as usize, row[1] as usize, row[4]);
        let (read_mode, write_mode) = (self.modes[0], self.modes[1]);
        let mut changed = 0;
        let mut data = 0;
        if enables & 0b1100 == 0b1100 {
            for n in 0..16 >> write_mode {
                let place = (n << write_mode) + (write >> 8 & ((1 << write_mode) - 1));
                if write_mode > 0 || bit(row[2], n) == 0 {
                    changed |= 1 << place;
                    data |= bit(row[3], pin(write_mode, n)) << place;
                }
            }
        }
        if enables & 0b11 == 0b11 {
            let same = if read & 255 == write & 255 {
                changed
            } else {
                0
            };
            let word = self.rows[read & 255] ^ same;
            let place = |n: usize| (n << read_mode) + (read >> 8 & ((1 << read_mode) - 1));
            self.fetched = (0..16 >> read_mode)
                .map(|n| bit(word, place(n)) << pin(read_mode, n))
                .sum();
        }
        let target = &mut self.rows[write & 255];
        *target = *target & !changed | data;
    }
}

fn ice40_ram(planted: Option<(&str, &str)>) -> Option<String> {
    let mut bench = Bench::default();
    let clock = bench.clock();
    let inputs = [
        ("raddr", 11),
        ("waddr", 11),
        ("mask", 16),
        ("wdata", 16),
        ("enables", 4),
    ];
    let nets = inputs.map(|(name, width)| bench.input(name, width));
    let mut models = Vec::new();
    let init = "1011001110001111".repeat(16);
    for (n, modes) in [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 3],
        [0, 1],
        [1, 0],
        [3, 2],
        [2, 0],
    ]
    .into_iter()
    .enumerate()
    {
        let out = bench.output(&format!("rdata_{n}"), 16);
        let [read, write] = modes.map(binary);
        let e = &nets[4];
        bench.cell(
            "SB_RAM40_4K",
            &[
                ("READ_MODE", &read),
                ("WRITE_MODE", &write),
                ("INIT_0", &init),
            ],
            &[
                ("RADDR", &nets[0]),
                ("WADDR", &nets[1]),
                ("MASK", &nets[2]),
                ("WDATA", &nets[3]),
                ("RDATA", &out),
                ("RE", &e[..1]),
                ("RCLKE", &e[1..2]),
                ("WE", &e[2..3]),
                ("WCLKE", &e[3..]),
                ("RCLK", &[clock]),
                ("WCLK", &[clock]),
            ],
        );
        let start = u64::from_str_radix("1011001110001111", 2).unwrap();
        let rows = (0..256)
            .map(|row| if row < 16 { start } else { 0 })
            .collect();
        models.push(Ice40Ram {
            rows,
            fetched: 0,
            modes,
        });
    }
    let mut random = Random(5);
    // Few rows, so that reads meet writes.
    let mut address = || random.bits(3) << 8 | random.bits(2);
    let pairs: Vec<[u64; 2]> = (0..600).map(|_| [address(), address()]).collect();
    let mut random = Random(6);
    let rows: Vec<Vec<u64>> = pairs
        .into_iter()
        .map(|[read, write]| {
            vec![
                read,
                write,
                random.bits(16) & random.bits(16),
                random.bits(16),
                random.bits(4) | random.bits(4),
            ]
        })
        .collect();
    difference(&bench, &rows, planted, |row| {
        let shown = models.iter().map(|model| model.fetched).collect();
        models.iter_mut().for_each(|model| model.edge(row));
        shown
    })
}

#[test]
fn block_ram_of_an_ice40() {
    if !have(VERILATOR) {
        return;
    }
    assert_eq!(ice40_ram(None), None);
    assert!(
        ice40_ram(Some(("words / 2 - 1", "words / 2"))).is_some(),
        "a planted error is not noticed"
    );
}

/// One port of an ECP5 block RAM. Memory is 2048 bytes of 9 bits.
#[derive(Clone, Copy)]
struct Port {
    width: usize,
    mode: &'static str,
    register: bool,
}

/// Places (byte, bit in byte) of a word, lowest bit first.
fn places(width: usize, address: u64) -> Vec<(usize, usize)> {
    let byte = (address >> 3) as usize;
    match width {
        1 | 2 | 4 => {
            let first = address as usize & 7 & !(width - 1);
            (0..width).map(|n| (byte, first + n)).collect()
        }
        _ => {
            let bytes = width / 9;
            let first = byte & !(bytes - 1);
            (0..width).map(|n| (first + n / 9, n % 9)).collect()
        }
    }
}

struct Ecp5Ram {
    bytes: Vec<u64>,
    ports: [Port; 2],
    fetched: [u64; 2],
    output: [u64; 2],
}

impl Ecp5Ram {
    fn read(&self, port: usize, address: u64) -> u64 {
        let places = places(self.ports[port].width, address);
        places
            .iter()
            .enumerate()
            .map(|(n, (byte, at))| bit(self.bytes[*byte], *at) << n)
            .sum()
    }

    /// Inputs: addresses A B, data A B (36 bits: B above A), controls of each port: CE, OCE, WE, RST.
    fn edge(&mut self, row: &[u64]) {
        let before = Ecp5Ram {
            bytes: self.bytes.clone(),
            ..*self
        };
        let mut changes: [Vec<(usize, usize, u64)>; 2] = [Vec::new(), Vec::new()];
        for (n, port) in self.ports.into_iter().enumerate() {
            let (address, control) = (row[n], row[4] >> (4 * n));
            let writes = control & 0b101 == 0b101 && !(n == 1 && port.width == 36);
            if writes {
                let data = if port.width == 36 {
                    row[2] | row[3] << 18
                } else {
                    row[2 + n]
                };
                for (at, (byte, place)) in places(port.width, address).into_iter().enumerate() {
                    if port.width < 18 || bit(address, at / 9) == 1 {
                        changes[n].push((byte, place, bit(data, at)));
                    }
                }
            }
        }
        for (n, port) in self.ports.into_iter().enumerate() {
            let (address, control) = (row[n], row[4] >> (4 * n));
            let (enabled, output, reset) = (
                bit(control, 0) == 1,
                bit(control, 1) == 1,
                bit(control, 3) == 1,
            );
            let writes = !changes[n].is_empty() || (bit(control, 0) & bit(control, 2) == 1);
            if reset {
                self.output[n] = 0;
            } else if output {
                self.output[n] = before.fetched[n];
            }
            if reset {
                self.fetched[n] = 0;
                continue;
            }
            if !enabled || (writes && port.mode == "NORMAL") {
                continue;
            }
            let mut seen = Ecp5Ram {
                bytes: before.bytes.clone(),
                ..before
            };
            let other: Vec<_> = changes[1 - n]
                .iter()
                .map(|(byte, place, _)| (*byte, *place, 1 - bit(before.bytes[*byte], *place)))
                .collect();
            seen.apply(&other);
            if port.mode == "WRITETHROUGH" {
                seen.apply(&changes[n]);
            }
            self.fetched[n] = seen.read(n, address);
        }
        let [a, b] = changes;
        self.apply(&a);
        self.apply(&b);
    }

    fn apply(&mut self, changes: &[(usize, usize, u64)]) {
        for (byte, place, value) in changes {
            self.bytes[*byte] = self.bytes[*byte] & !(1 << place) | value << place;
        }
    }

    fn shown(&self, n: usize) -> u64 {
        if self.ports[n].register {
            self.output[n]
        } else {
            self.fetched[n]
        }
    }
}

/// Kinds of ports that are tried together.
fn port_pairs() -> Vec<[Port; 2]> {
    let port = |width, mode, register| Port {
        width,
        mode,
        register,
    };
    vec![
        [port(18, "NORMAL", false), port(18, "READBEFOREWRITE", true)],
        [port(9, "WRITETHROUGH", true), port(9, "NORMAL", false)],
        [port(4, "READBEFOREWRITE", false), port(18, "NORMAL", false)],
        [port(2, "NORMAL", false), port(1, "WRITETHROUGH", true)],
        [port(36, "NORMAL", false), port(36, "NORMAL", true)],
        [port(36, "NORMAL", false), port(9, "NORMAL", false)],
    ]
}

fn ecp5_ram(planted: Option<(&str, &str)>) -> Option<String> {
    let mut bench = Bench::default();
    let clock = bench.clock();
    let inputs = [
        ("ada", 14),
        ("adb", 14),
        ("dia", 18),
        ("dib", 18),
        ("control", 8),
    ];
    let nets = inputs.map(|(name, width)| bench.input(name, width));
    let mut models = Vec::new();
    // The first row of 18 bits, in 20 digits.
    let init = format!("{:0>320}", "101010110011110101");
    for (n, ports) in port_pairs().into_iter().enumerate() {
        let (doa, dob) = (
            bench.output(&format!("doa_{n}"), 18),
            bench.output(&format!("dob_{n}"), 18),
        );
        let [width_a, width_b] = [0, 1].map(|side| binary(ports[side].width));
        let register = |side: usize| {
            if ports[side].register {
                "OUTREG"
            } else {
                "NOREG"
            }
        };
        let parameters = [
            ("DATA_WIDTH_A", width_a.as_str()),
            ("DATA_WIDTH_B", &width_b),
            ("WRITEMODE_A", ports[0].mode),
            ("WRITEMODE_B", ports[1].mode),
            ("REGMODE_A", register(0)),
            ("REGMODE_B", register(1)),
            ("INITVAL_00", &init),
            ("CLKAMUX", "CLKA"),
            ("WEBMUX", "WEB"),
            ("CSA0MUX", "INV"),
            ("CSA1MUX", "0 "),
            ("CSA2MUX", "0 "),
            ("CSB0MUX", "0 "),
            ("CSB1MUX", "0 "),
            ("CSB2MUX", "0 "),
        ];
        let c = &nets[4];
        let single = [
            ("CLKA", clock),
            ("CLKB", clock),
            ("CEA", c[0]),
            ("OCEA", c[1]),
            ("WEA", c[2]),
            ("RSTA", c[3]),
            ("CEB", c[4]),
            ("OCEB", c[5]),
            ("WEB", c[6]),
            ("RSTB", c[7]),
        ];
        let buses = [
            ("ADA", &nets[0][..]),
            ("ADB", &nets[1]),
            ("DIA", &nets[2]),
            ("DIB", &nets[3]),
            ("DOA", &doa),
            ("DOB", &dob),
        ];
        bench.cell_of_pins("DP16KD", &parameters, &single, &buses);
        let row = u64::from_str_radix("101010110011110101", 2).unwrap();
        let mut bytes = vec![0; 2048];
        (bytes[0], bytes[1]) = (row & 511, row >> 9);
        models.push(Ecp5Ram {
            bytes,
            ports,
            fetched: [0; 2],
            output: [0; 2],
        });
    }
    let mut random = Random(11);
    let rows: Vec<Vec<u64>> = (0..1500)
        .map(|_| {
            // Few rows; the two ports never write the same bits at one edge: nobody says what becomes of them.
            let [a, b] = [0, 1].map(|_| random.bits(1) << 13 | random.bits(6));
            let mut control = random.bits(8) & (random.bits(8) | 0b0111_0111);
            if a >> 6 == b >> 6 && control & 0b0100_0100 == 0b0100_0100 {
                control &= !0b0100_0000;
            }
            vec![a, b, random.bits(18), random.bits(18), control]
        })
        .collect();
    difference(&bench, &rows, planted, |row| {
        let mut shown = Vec::new();
        for model in &models {
            let wide = model.ports[1].width == 36;
            let whole = model.shown(1);
            let a = if wide {
                whole & 0x3ffff
            } else {
                model.shown(0)
            };
            let b = if wide { whole >> 18 } else { whole };
            // A port of 36 bits that writes shows nothing.
            shown.extend([
                if model.ports[0].width == 36 && !wide {
                    0
                } else {
                    a
                },
                b,
            ]);
        }
        models.iter_mut().for_each(|model| model.edge(row));
        shown
    })
}

#[test]
fn block_ram_of_an_ecp5() {
    if !have(VERILATOR) {
        return;
    }
    assert_eq!(ecp5_ram(None), None);
    assert!(
        ecp5_ram(Some(("{{9{address[1]}}, {9{address[0]}}}", "18'h3ffff"))).is_some(),
        "a planted error is not noticed"
    );
}

fn multipliers(planted: Option<(&str, &str)>) -> Option<String> {
    let mut bench = Bench::default();
    let clock = bench.clock();
    let inputs = [
        ("a", 18),
        ("b", 18),
        ("signs", 2),
        ("enables", 4),
        ("resets", 4),
    ];
    let nets = inputs.map(|(name, width)| bench.input(name, width));
    let mut models: Vec<(usize, [u64; 6])> = Vec::new();
    for stages in 0..16usize {
        let p = bench.output(&format!("p_{stages:02}"), 36);
        let names = ["INPUTA", "INPUTB", "PIPELINE", "OUTPUT"];
        let mut parameters = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let clock = if stages >> n & 1 == 1 { "CLK0" } else { "NONE" };
            parameters.extend([
                (format!("REG_{name}_CLK"), clock.to_owned()),
                (format!("REG_{name}_CE"), format!("CE{n}")),
                (format!("REG_{name}_RST"), format!("RST{n}")),
            ]);
        }
        let parameters: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let single = [
            ("CLK0", clock),
            ("SIGNEDA", nets[2][0]),
            ("SIGNEDB", nets[2][1]),
        ];
        bench.cell_of_pins(
            "MULT18X18D",
            &parameters,
            &single,
            &[
                ("A", &nets[0]),
                ("B", &nets[1]),
                ("CE", &nets[3]),
                ("RST", &nets[4]),
                ("P", &p),
            ],
        );
        models.push((stages, [0; 6]));
    }
    let mut random = Random(9);
    let rows: Vec<Vec<u64>> = (0..500)
        .map(|_| {
            vec![
                random.bits(18),
                random.bits(18),
                random.bits(2),
                random.bits(4) | random.bits(4),
                random.bits(4) & random.bits(4) & random.bits(4),
            ]
        })
        .collect();
    let signed = |value: u64, sign: u64| {
        if sign == 1 && value >> 17 == 1 {
            value as i64 - (1 << 18)
        } else {
            value as i64
        }
    };
    difference(&bench, &rows, planted, |row| {
        let mut shown = Vec::new();
        for (stages, held) in &mut models {
            // What each register takes, and what is behind it: registers hold factor, sign, factor, sign, product, product.
            let on = |n: usize| *stages >> n & 1 == 1;
            let (a, sign_a) = if on(0) {
                (held[0], held[1])
            } else {
                (row[0], bit(row[2], 0))
            };
            let (b, sign_b) = if on(1) {
                (held[2], held[3])
            } else {
                (row[1], bit(row[2], 1))
            };
            let product = (signed(a, sign_a) * signed(b, sign_b)) as u64 & ((1 << 36) - 1);
            let later = if on(2) { held[4] } else { product };
            shown.push(if on(3) { held[5] } else { later });
            let taken = [
                row[0],
                bit(row[2], 0),
                row[1],
                bit(row[2], 1),
                product,
                later,
            ];
            for (n, value) in taken.into_iter().enumerate() {
                let stage = [0, 0, 1, 1, 2, 3][n];
                if bit(row[4], stage) == 1 {
                    held[n] = 0;
                } else if bit(row[3], stage) == 1 {
                    held[n] = value;
                }
            }
        }
        shown
    })
}

#[test]
fn multiplier_of_an_ecp5() {
    if !have(VERILATOR) {
        return;
    }
    assert_eq!(multipliers(None), None);
    assert!(
        multipliers(Some(("SIGNEDB && B[17]", "B[17]"))).is_some(),
        "a planted error is not noticed"
    );
}

#[test]
fn small_ram_of_an_ecp5() {
    if !have(VERILATOR) {
        return;
    }
    let mut bench = Bench::default();
    let clock = bench.clock();
    let [data, write, read, enable] = [("di", 4), ("wad", 4), ("rad", 4), ("wre", 1)]
        .map(|(name, width)| bench.input(name, width));
    let out = bench.output("dout", 4);
    bench.cell(
        "TRELLIS_DPR16X4",
        &[],
        &[
            ("DI", &data),
            ("WAD", &write),
            ("RAD", &read),
            ("WRE", &enable),
            ("WCK", &[clock]),
            ("DO", &out),
        ],
    );
    let mut random = Random(2);
    let rows: Vec<Vec<u64>> = (0..300)
        .map(|_| {
            vec![
                random.bits(4),
                random.bits(4),
                random.bits(4),
                random.bits(1),
            ]
        })
        .collect();
    let run = |planted| {
        let mut words = [0; 16];
        difference(&bench, &rows, planted, |row| {
            let shown = words[row[2] as usize];
            if row[3] == 1 {
                words[row[1] as usize] = row[0];
            }
            vec![shown]
        })
    };
    assert_eq!(run(None), None);
    assert!(
        run(Some(("words[WAD] <= DI", "words[RAD] <= DI"))).is_some(),
        "a planted error is not noticed"
    );
}

/// A PLL and a flip-flop behind it. Outputs: what the flip-flop holds, and the lock.
fn pll(kind: &str, feedback: bool, planted: Option<(&str, &str)>) -> Option<String> {
    let mut bench = Bench::default();
    let clock = bench.clock();
    let (data, core) = (bench.input("data", 1), bench.nets(1)[0]);
    let (held, lock) = (bench.output("held", 1), bench.output("lock", 1));
    let (input, output, back) = match kind {
        "EHXPLLL" => ("CLKI", "CLKOP", "CLKFB"),
        "ICESTORM_PLL" => ("REFERENCECLK", "PLLOUT_A_GLOBAL", "BYPASS"),
        // As nextpnr writes it: the clock comes out of a buffer without input.
        "placed" => ("REFERENCECLK", "", "BYPASS"),
        "SB_PLL40_PAD" => ("PACKAGEPIN", "PLLOUTGLOBAL", "BYPASS"),
        _ => ("REFERENCECLK", "PLLOUTGLOBAL", "BYPASS"),
    };
    let mut connections = vec![(input, std::slice::from_ref(&clock)), ("LOCK", &lock)];
    match output {
        "" => {
            let out = std::slice::from_ref(&core);
            bench.named(
                "$gbuf_clocks.pll_pllout_a",
                "SB_GB",
                &[("GLOBAL_BUFFER_OUTPUT", out)],
            );
        }
        _ => connections.push((output, std::slice::from_ref(&core))),
    }
    if feedback {
        connections.push((back, std::slice::from_ref(&core)));
    }
    match kind {
        "placed" => bench.named("clocks.pll_PLL", "ICESTORM_PLL", &connections),
        _ => bench.cell(kind, &[], &connections),
    }
    let flip_flop = [("C", core), ("D", data[0]), ("Q", held[0])];
    bench.cell_of_pins("SB_DFF", &[], &flip_flop, &[]);
    let mut random = Random(4);
    let rows: Vec<Vec<u64>> = (0..40).map(|_| vec![random.bits(1)]).collect();
    let (mut before, mut cycles) = (0, 0);
    difference(&bench, &rows, planted, |row| {
        // Four edges of the feedback until there is lock; an ECP5 has it from outside.
        let locked = cycles >= 4 && (feedback || kind != "EHXPLLL");
        cycles += 1;
        vec![std::mem::replace(&mut before, row[0]), u64::from(locked)]
    })
}

#[test]
fn pll_of_an_ecp5_and_of_an_ice40() {
    if !have(VERILATOR) {
        return;
    }
    assert_eq!(pll("EHXPLLL", true, None), None);
    assert_eq!(pll("EHXPLLL", false, None), None);
    for kind in ["SB_PLL40_CORE", "SB_PLL40_PAD", "ICESTORM_PLL", "placed"] {
        assert_eq!(pll(kind, false, None), None, "{kind}");
    }
    for kind in ["EHXPLLL", "SB_PLL40_CORE"] {
        let sooner = ("LOCK <= waiting == 2'd3", "LOCK <= waiting == 2'd2");
        assert!(
            pll(kind, kind == "EHXPLLL", Some(sooner)).is_some(),
            "{kind}: a planted error is not noticed"
        );
    }
}

#[test]
fn other_uses_of_a_pll_are_refused() {
    for (kind, parameter, value) in [
        ("EHXPLLL", "FEEDBK_PATH", "INT_OP"),
        ("SB_PLL40_CORE", "FEEDBACK_PATH", "DELAY"),
    ] {
        let mut bench = Bench::default();
        bench.cell(kind, &[(parameter, value)], &[]);
        let text = bench.refusal();
        assert!(text.contains(parameter) && text.contains(value), "{text}");
    }
    let mut bench = Bench::default();
    let clock = bench.output("clock_2", 1);
    bench.cell("EHXPLLL", &[], &[("CLKOS", &clock)]);
    assert!(bench.refusal().contains("CLKOS"));
}
