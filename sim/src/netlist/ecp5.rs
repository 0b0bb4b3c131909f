//! Cells of an ECP5, as yosys names them and as nextpnr packs them.

use super::cell::Reason;
use super::json::{Bit, Cell};
use super::pll;
use super::table::expression;
use super::writer::{Register, Writer};

const ZERO: &str = "1'b0";
const ONE: &str = "1'b1";

/// Translates a cell; false if it is of another family.
pub(super) fn write(cell: &Cell, writer: &mut Writer) -> Result<bool, Reason> {
    match cell.kind.as_str() {
        "DCCA" => {}
        "TRELLIS_IO" => cell.expect("DIR", &["INPUT", "OUTPUT"])?,
        "LUT4" => {
            let text = table(cell, ["A", "B", "C", "D"], "INIT", writer)?;
            writer.assign(cell.bit("Z"), &text);
        }
        "PFUMX" => multiplexer(cell, ["BLUT", "ALUT", "C0"], "Z", writer),
        "L6MUX21" => multiplexer(cell, ["D0", "D1", "SD"], "Z", writer),
        "CCU2C" => carry_pair(cell, writer)?,
        "TRELLIS_FF" => flip_flop(cell, writer)?,
        "TRELLIS_COMB" => combinational(cell, writer)?,
        "DP16KD" => block_ram(cell, writer)?,
        "MULT18X18D" => multiplier(cell, writer)?,
        "TRELLIS_DPR16X4" => small_ram(cell, writer)?,
        "EHXPLLL" => pll::ecp5(cell, writer)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Inputs that are not connected are 1, as in the device.
fn table(
    cell: &Cell,
    ports: [&str; 4],
    parameter: &str,
    writer: &Writer,
) -> Result<String, Reason> {
    let inputs = ports.map(|port| cell.input(port, ONE, writer));
    Ok(expression(cell.number(parameter)?, &inputs))
}

fn multiplexer(cell: &Cell, [low, high, select]: [&str; 3], output: &str, writer: &mut Writer) {
    let inputs = [low, high, select].map(|port| cell.input(port, ZERO, writer));
    writer.assign(cell.bit(output), &expression(0b1100_1010, &inputs));
}

/// One bit of a carry chain: the sum is `table ^ carry`; where `table` is 0, the carry comes from a table of two inputs.
struct CarryBit {
    table: String,
    generate: String,
    inject: bool,
}

impl CarryBit {
    fn read(
        cell: &Cell,
        ports: [&str; 4],
        parameter: &str,
        inject: &str,
        writer: &Writer,
    ) -> Result<Self, Reason> {
        let [a, b] = [ports[0], ports[1]].map(|port| cell.input(port, ONE, writer));
        cell.expect(inject, &["YES", "NO"])?;
        Ok(CarryBit {
            table: table(cell, ports, parameter, writer)?,
            generate: expression(cell.number(parameter)? & 0xf, &[a, b]),
            // YES: no carry comes in, and the table of two inputs counts as 0.
            inject: cell.word(inject, "YES") == "YES",
        })
    }

    fn sum(&self, carry: &str) -> String {
        match self.inject {
            true => self.table.clone(),
            false => format!("{} ^ {carry}", self.table),
        }
    }

    fn carry(&self, carry: &str) -> String {
        let generate = if self.inject { ZERO } else { &self.generate };
        format!("{} ? {carry} : {generate}", self.table)
    }
}

fn carry_pair(cell: &Cell, writer: &mut Writer) -> Result<(), Reason> {
    let first = CarryBit::read(cell, ["A0", "B0", "C0", "D0"], "INIT0", "INJECT1_0", writer)?;
    let second = CarryBit::read(cell, ["A1", "B1", "C1", "D1"], "INIT1", "INJECT1_1", writer)?;
    let carry = cell.input("CIN", ZERO, writer);
    writer.assign(cell.bit("S0"), &first.sum(&carry));
    let between = format!("carry_{}", writer.next_inner());
    writer.inner(&between, &first.carry(&carry));
    writer.assign(cell.bit("S1"), &second.sum(&between));
    writer.assign(cell.bit("COUT"), &second.carry(&between));
    Ok(())
}

/// One table of a slice after packing, with its half of the wide multiplexers.
fn combinational(cell: &Cell, writer: &mut Writer) -> Result<(), Reason> {
    let ports = ["A", "B", "C", "D"];
    cell.expect("MODE", &["LOGIC", "CCU2"])?;
    if cell.word("MODE", "LOGIC") == "CCU2" {
        let bit = CarryBit::read(cell, ports, "INITVAL", "CCU2_INJECT1", writer)?;
        let carry = cell.input("FCI", ZERO, writer);
        writer.assign(cell.bit("F"), &bit.sum(&carry));
        writer.assign(cell.bit("FCO"), &bit.carry(&carry));
        return Ok(());
    }
    let text = table(cell, ports, "INITVAL", writer)?;
    writer.assign(cell.bit("F"), &text);
    // A slice has a multiplexer of its two tables, or one of two such multiplexers.
    if cell.bit("OFX").is_some() {
        match cell.bit("FXA").is_some() {
            true => multiplexer(cell, ["FXA", "FXB", "M"], "OFX", writer),
            false => multiplexer(cell, ["F", "F1", "M"], "OFX", writer),
        }
    }
    Ok(())
}

/// What arrives at a pin of a hard block or a flip-flop: nextpnr says by `<pin>MUX` whether it is a constant or inverted.
/// A pin that is not connected is 1 in the device; before packing, ours are all connected.
fn pin(cell: &Cell, name: &str, otherwise: &str, writer: &Writer) -> Result<String, Reason> {
    let mux = format!("{name}MUX");
    match cell.word(&mux, "") {
        "0" => Ok(ZERO.to_owned()),
        "1" => Ok(ONE.to_owned()),
        "" => Ok(cell.input(name, otherwise, writer)),
        "INV" => Ok(expression(0b01, &[cell.input(name, ONE, writer)])),
        word if word == name => Ok(cell.input(name, ONE, writer)),
        word => Err(format!(
            "parameter {mux} is `{word}`, the model knows 0, 1, INV and {name}"
        )),
    }
}

fn pins(cell: &Cell, prefix: &str, count: usize, writer: &Writer) -> Result<String, Reason> {
    let names = (0..count)
        .rev()
        .map(|n| pin(cell, &format!("{prefix}{n}"), ZERO, writer));
    Ok(format!(
        "{{{}}}",
        names.collect::<Result<Vec<_>, _>>()?.join(", ")
    ))
}

/// The clock is not inverted in anything we make; the global reset is not used.
fn flip_flop(cell: &Cell, writer: &mut Writer) -> Result<(), Reason> {
    cell.expect("LSRMODE", &["LSR"])?;
    cell.expect("SRMODE", &["ASYNC", "LSR_OVER_CE"])?;
    cell.expect("CLKMUX", &["CLK", "INV"])?;
    cell.expect("SD", &["0", "1"])?;
    // SD = 0: the data come by the pin M and pass by the table.
    let data = if cell.word("SD", "1") == "0" {
        "M"
    } else {
        "DI"
    };
    let (clock, d) = (
        cell.input("CLK", ZERO, writer),
        cell.input(data, ZERO, writer),
    );
    let enable = match cell.word("CEMUX", "CE") {
        "CE" => cell.input("CE", ONE, writer),
        _ => pin(cell, "CE", ONE, writer)?,
    };
    let reset = match (cell.word("LSRMUX", "LSR"), cell.bit("LSR")) {
        ("LSR" | "INV", None) => ZERO.to_owned(),
        _ => pin(cell, "LSR", ZERO, writer)?,
    };
    let set = cell.word("REGSET", "RESET") == "SET";
    let asynchronous = cell.word("SRMODE", "LSR_OVER_CE") == "ASYNC" && reset != ZERO;
    let edge = if cell.word("CLKMUX", "CLK") == "INV" {
        "negedge"
    } else {
        "posedge"
    };
    writer.register(cell.bit("Q"), |q| {
        let enabled = if enable == ONE {
            String::new()
        } else {
            format!("if ({enable}) ")
        };
        let statement = match reset == ZERO {
            true => format!("{enabled}{q} <= {d};"),
            false => format!(
                "if ({reset}) {q} <= 1'b{}; else {enabled}{q} <= {d};",
                u8::from(set)
            ),
        };
        Register {
            edge: format!("{edge} {clock}"),
            asynchronous: asynchronous.then(|| format!("posedge {reset}")),
            statement,
            initial: set,
        }
    });
    Ok(())
}

fn block_ram(cell: &Cell, writer: &mut Writer) -> Result<(), Reason> {
    cell.expect("CSDECODE_A", &["0b000"])?;
    cell.expect("CSDECODE_B", &["0b000"])?;
    let mut parameters = Vec::new();
    let mut connections = Vec::new();
    for side in ["A", "B"] {
        let select = pins(cell, &format!("CS{side}"), 3, writer)?;
        if select != "{1'b0, 1'b0, 1'b0}" {
            return Err(format!("chip select {side} is {select}, the model knows 0"));
        }
        cell.expect(&format!("CLK{side}MUX"), &[&format!("CLK{side}")])?;
        let width = cell.number(&format!("DATA_WIDTH_{side}"))?;
        let mode = match cell.word(&format!("WRITEMODE_{side}"), "NORMAL") {
            "NORMAL" => 0,
            "WRITETHROUGH" => 1,
            "READBEFOREWRITE" => 2,
            other => return Err(format!("WRITEMODE_{side} is `{other}`")),
        };
        let register = u8::from(cell.word(&format!("REGMODE_{side}"), "NOREG") == "OUTREG");
        parameters.push(format!(
            ".WIDTH_{side}({width}), .WRITE_{side}({mode}), .OUTPUT_{side}({register})"
        ));
        for (name, otherwise) in [
            ("CLK", ZERO),
            ("CE", ONE),
            ("OCE", ONE),
            ("WE", ZERO),
            ("RST", ZERO),
        ] {
            let name = format!("{name}{side}");
            connections.push(format!(".{name}({})", pin(cell, &name, otherwise, writer)?));
        }
        connections.push(format!(
            ".AD{side}({})",
            pins(cell, &format!("AD{side}"), 14, writer)?
        ));
        connections.push(format!(
            ".DI{side}({})",
            pins(cell, &format!("DI{side}"), 18, writer)?
        ));
    }
    for side in ["A", "B"] {
        let outputs: Vec<_> = (0..18).map(|n| cell.bit(&format!("DO{side}{n}"))).collect();
        connections.push(format!(".DO{side}({})", writer.outputs(&outputs)));
    }
    if let Some(init) = contents(cell) {
        parameters.push(format!(".INIT(18432'b{init})"));
    }
    instance("DP16KD", &parameters, &connections, writer);
    Ok(())
}

/// The initial contents, highest row first; `None` if all is 0. Each parameter holds 16 rows, in 20 bits each.
fn contents(cell: &Cell) -> Option<String> {
    let mut rows = String::new();
    for n in (0..64).rev() {
        let digits = cell.digits(&format!("INITVAL_{n:02X}"), 320);
        for row in 0..16 {
            rows.push_str(&digits[20 * row + 2..20 * row + 20]);
        }
    }
    rows.contains('1').then_some(rows)
}

fn multiplier(cell: &Cell, writer: &mut Writer) -> Result<(), Reason> {
    cell.expect("MULT_BYPASS", &["DISABLED"])?;
    for port in ["SRIA0", "SRIB0"] {
        if matches!(cell.bit(port), Some(Bit::Net(_))) {
            return Err(format!("the shift input {port} is connected"));
        }
    }
    let (mut parameters, mut clocks) = (Vec::new(), [const { Vec::new() }; 3]);
    for stage in ["OUTPUT", "PIPELINE", "INPUTB", "INPUTA"] {
        let name = match stage {
            "INPUTA" => "INPUT_A",
            "INPUTB" => "INPUT_B",
            other => other,
        };
        let clock = cell.word(&format!("REG_{stage}_CLK"), "NONE");
        parameters.push(format!(".{name}({})", u8::from(clock != "NONE")));
        let enable = cell.word(&format!("REG_{stage}_CE"), "CE0");
        let reset = cell.word(&format!("REG_{stage}_RST"), "RST0");
        let used = clock != "NONE";
        for (list, port, otherwise) in [(0, clock, ZERO), (1, enable, ONE), (2, reset, ZERO)] {
            let name = if used {
                pin(cell, port, otherwise, writer)?
            } else {
                ZERO.to_owned()
            };
            clocks[list].push(name);
        }
    }
    let mut connections = vec![
        format!(".A({})", pins(cell, "A", 18, writer)?),
        format!(".B({})", pins(cell, "B", 18, writer)?),
    ];
    for port in ["SIGNEDA", "SIGNEDB"] {
        connections.push(format!(".{port}({})", pin(cell, port, ZERO, writer)?));
    }
    for (port, names) in ["CLK", "CE", "RST"].into_iter().zip(clocks) {
        connections.push(format!(".{port}({{{}}})", names.join(", ")));
    }
    let outputs: Vec<_> = (0..36).map(|n| cell.bit(&format!("P{n}"))).collect();
    connections.push(format!(".P({})", writer.outputs(&outputs)));
    instance("MULT18X18D", &parameters, &connections, writer);
    Ok(())
}

fn small_ram(cell: &Cell, writer: &mut Writer) -> Result<(), Reason> {
    cell.expect("WCKMUX", &["WCK"])?;
    cell.expect("WREMUX", &["WRE"])?;
    let bus = |name: &str| {
        let bits = cell.connections.get(name).map_or(&[][..], Vec::as_slice);
        let names: Vec<_> = bits.iter().rev().map(|bit| writer.name(bit)).collect();
        format!(".{name}({{{}}})", names.join(", "))
    };
    let mut connections = vec![bus("DI"), bus("WAD"), bus("RAD")];
    for port in ["WCK", "WRE"] {
        connections.push(format!(".{port}({})", cell.input(port, ZERO, writer)));
    }
    let outputs: Vec<_> = (0..4)
        .map(|n| cell.connections.get("DO").and_then(|bits| bits.get(n)))
        .collect();
    connections.push(format!(".DO({})", writer.outputs(&outputs)));
    let parameters = [format!(".INIT(64'b{})", cell.digits("INITVAL", 64))];
    instance("DPR16X4", &parameters, &connections, writer);
    Ok(())
}

fn instance(kind: &str, parameters: &[String], connections: &[String], writer: &mut Writer) {
    let number = writer.next_instance();
    let (parameters, connections) = (parameters.join(", "), connections.join(", "));
    writer.instance(format!(
        "  {kind} #({parameters}) instance_{number} ({connections});"
    ));
}
