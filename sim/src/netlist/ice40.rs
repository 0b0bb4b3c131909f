//! Cells of an iCE40, as yosys names them and as nextpnr packs them.

use super::cell::Reason;
use super::json::{Cell, Netlist};
use super::pll;
use super::table::expression;
use super::writer::{Register, Writer};

const ZERO: &str = "1'b0";
const ONE: &str = "1'b1";

/// Translates a cell; false if it is of another family.
pub(super) fn write(cell: &Cell, netlist: &Netlist, writer: &mut Writer) -> Result<bool, Reason> {
    match cell.kind.as_str() {
        "SB_GB" => {}
        "SB_IO" => pad(cell)?,
        "SB_LUT4" => {
            let text = table(cell, writer)?;
            writer.assign(cell.bit("O"), &text);
        }
        "SB_CARRY" => {
            let [a, b, c] = ["I0", "I1", "CI"].map(|port| cell.input(port, ZERO, writer));
            writer.assign(cell.bit("CO"), &majority(&a, &b, &c));
        }
        "ICESTORM_LC" => logic_cell(cell, writer)?,
        "SB_RAM40_4K" => block_ram(cell, writer, |bus, n| (bus.to_owned(), n))?,
        "SB_PLL40_CORE" | "SB_PLL40_PAD" => pll::ice40(cell, writer)?,
        "ICESTORM_PLL" => pll::packed_ice40(cell, netlist, writer)?,
        "ICESTORM_RAM" => block_ram(cell, writer, |bus, n| (format!("{bus}_{n}"), 0))?,
        kind => match kind.strip_prefix("SB_DFF") {
            Some(variant) => flip_flop(cell, variant, writer)?,
            None => return Ok(false),
        },
    }
    Ok(true)
}

/// Plain inputs and outputs only; the buffer itself is an alias.
fn pad(cell: &Cell) -> Result<(), Reason> {
    match cell.number("PIN_TYPE")? {
        0b00_0001 | 0b01_1001 => Ok(()),
        other => Err(format!(
            "PIN_TYPE is {other:06b}, the model knows 000001 and 011001"
        )),
    }
}

fn table(cell: &Cell, writer: &Writer) -> Result<String, Reason> {
    let inputs = ["I0", "I1", "I2", "I3"].map(|port| cell.input(port, ZERO, writer));
    Ok(expression(cell.number("LUT_INIT")?, &inputs))
}

fn majority(a: &str, b: &str, c: &str) -> String {
    expression(0b1110_1000, &[a.to_owned(), b.to_owned(), c.to_owned()])
}

/// `SB_DFF`, then `N` for the falling edge, `E` for an enable, `SR`, `SS` (synchronous), `R` or `S`.
fn flip_flop(cell: &Cell, variant: &str, writer: &mut Writer) -> Result<(), Reason> {
    let (falling, variant) = strip(variant, "N");
    let (_, variant) = strip(variant, "E");
    let (set, asynchronous) = match variant {
        "" | "SR" => (false, false),
        "SS" => (true, false),
        "R" => (false, true),
        "S" => (true, true),
        _ => return Err("there is no model of this flip-flop".to_owned()),
    };
    let reset = cell.input(if set { "S" } else { "R" }, ZERO, writer);
    let enable = cell.input("E", ONE, writer);
    let (clock, d) = (cell.input("C", ZERO, writer), cell.input("D", ZERO, writer));
    let lines = Lines {
        clock,
        falling,
        enable,
        reset,
        set,
        asynchronous,
        d,
    };
    writer.register(cell.bit("Q"), |q| lines.register(q));
    Ok(())
}

fn strip<'a>(text: &'a str, prefix: &str) -> (bool, &'a str) {
    match text.strip_prefix(prefix) {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

/// What belongs to a flip-flop.
struct Lines {
    clock: String,
    falling: bool,
    enable: String,
    reset: String,
    set: bool,
    asynchronous: bool,
    d: String,
}

impl Lines {
    /// The enable goes before a synchronous reset. All flip-flops start with 0.
    fn register(&self, q: &str) -> Register {
        let (enable, reset, d, set) = (&self.enable, &self.reset, &self.d, u8::from(self.set));
        let enabled = if enable == ONE {
            String::new()
        } else {
            format!("if ({enable}) ")
        };
        let mut asynchronous = None;
        let statement = if reset == ZERO {
            format!("{enabled}{q} <= {d};")
        } else if self.asynchronous {
            asynchronous = Some(format!("posedge {reset}"));
            format!("if ({reset}) {q} <= 1'b{set}; else {enabled}{q} <= {d};")
        } else {
            format!("{enabled}{q} <= {reset} ? 1'b{set} : {d};")
        };
        let edge = if self.falling { "negedge" } else { "posedge" };
        Register {
            edge: format!("{edge} {}", self.clock),
            asynchronous,
            statement,
            initial: false,
        }
    }
}

/// Table, carry bit and flip-flop of one logic cell.
fn logic_cell(cell: &Cell, writer: &mut Writer) -> Result<(), Reason> {
    let flag = |name: &str| Ok::<_, Reason>(cell.number(name)? == 1);
    let carry_in = match flag("CIN_CONST")? {
        true => format!("1'b{}", u8::from(flag("CIN_SET")?)),
        false => cell.input("CIN", ZERO, writer),
    };
    if flag("CARRY_ENABLE")? {
        let [a, b] = ["I1", "I2"].map(|port| cell.input(port, ZERO, writer));
        writer.assign(cell.bit("COUT"), &majority(&a, &b, &carry_in));
    } else if cell.bit("COUT").is_some() {
        return Err("a carry goes out of a cell without carry".to_owned());
    }
    let text = table(cell, writer)?;
    writer.assign(cell.bit("LO"), &text);
    if !flag("DFF_ENABLE")? {
        writer.assign(cell.bit("O"), &text);
        return Ok(());
    }
    let lines = Lines {
        clock: cell.input("CLK", ZERO, writer),
        falling: flag("NEG_CLK")?,
        enable: cell.input("CEN", ONE, writer),
        reset: cell.input("SR", ZERO, writer),
        set: flag("SET_NORESET")?,
        asynchronous: flag("ASYNC_SR")?,
        d: text,
    };
    writer.register(cell.bit("O"), |q| lines.register(q));
    Ok(())
}

/// `place` says where bit `n` of a bus is connected: port and bit of the port.
fn block_ram(
    cell: &Cell,
    writer: &mut Writer,
    place: impl Fn(&str, usize) -> (String, usize),
) -> Result<(), Reason> {
    cell.expect("NEG_CLK_R", &["0"])?;
    cell.expect("NEG_CLK_W", &["0"])?;
    let bit = |bus: &str, n: usize| {
        let (port, bit) = place(bus, n);
        cell.connections.get(&port).and_then(|bits| bits.get(bit))
    };
    let bus = |name: &str, width: usize| {
        let names = (0..width).rev().map(|n| match bit(name, n) {
            Some(bit) => writer.name(bit),
            None => ZERO.to_owned(),
        });
        format!(".{name}({{{}}})", names.collect::<Vec<_>>().join(", "))
    };
    let mut connections = vec![
        bus("RADDR", 11),
        bus("WADDR", 11),
        bus("MASK", 16),
        bus("WDATA", 16),
    ];
    for (port, otherwise) in [
        ("RCLK", ZERO),
        ("RCLKE", ONE),
        ("RE", ZERO),
        ("WCLK", ZERO),
        ("WCLKE", ONE),
        ("WE", ZERO),
    ] {
        connections.push(format!(".{port}({})", cell.input(port, otherwise, writer)));
    }
    let outputs: Vec<_> = (0..16).map(|n| bit("RDATA", n)).collect();
    connections.push(format!(".RDATA({})", writer.outputs(&outputs)));
    let mut parameters = vec![
        format!(".READ_MODE({})", cell.number("READ_MODE")?),
        format!(".WRITE_MODE({})", cell.number("WRITE_MODE")?),
    ];
    for n in 0..16 {
        let name = format!("INIT_{n:X}");
        let digits = cell.digits(&name, 256);
        if digits.contains('1') {
            parameters.push(format!(".{name}(256'b{digits})"));
        }
    }
    let number = writer.next_instance();
    writer.instance(format!(
        "  SB_RAM40_4K #({}) ram_{number} ({});",
        parameters.join(", "),
        connections.join(", ")
    ));
    Ok(())
}
