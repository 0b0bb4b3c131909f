//! A netlist file of yosys as connections between cells: which flip-flops stand beside a block, and taking them away.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub(super) type Object = Map<String, Value>;

/// Who drives and who reads the nets of a module.
#[derive(Debug, Default)]
pub(super) struct Nets {
    /// Cells and ports; a port of the module counts as a cell without name.
    readers: BTreeMap<u64, Vec<(String, String)>>,
    /// Flip-flops by the net behind them.
    flip_flops: BTreeMap<u64, String>,
    /// Nets that are no more.
    gone: BTreeSet<u64>,
}

/// One bit: port of the block, net between it and the flip-flop, the flip-flop, what is on its other side.
struct Move {
    port: String,
    between: u64,
    flip_flop: String,
    beyond: Value,
}

impl Move {
    /// With the flip-flop goes its pin on the far side. None if it is not plain, or has another clock than those before it.
    fn new(
        cells: &Object,
        port: &str,
        between: u64,
        (flip_flop, pin): (&str, &str),
        clock: &mut Option<Value>,
    ) -> Option<Self> {
        let cell = cells.get(flip_flop)?;
        let clock = clock.get_or_insert_with(|| cell["connections"]["CLK"].clone());
        is_plain(cell, clock).then(|| Move {
            port: port.to_owned(),
            between,
            flip_flop: flip_flop.to_owned(),
            beyond: cell["connections"][pin].clone(),
        })
    }
}

impl Nets {
    pub(super) fn of(module: &Object) -> Self {
        let mut all = Nets::default();
        for (port, value) in object(module.get("ports")) {
            all.note(&value["bits"], "", port);
        }
        for (name, cell) in object(module.get("cells")) {
            for (port, bits) in object(cell.get("connections")) {
                if cell["port_directions"][port] != "output" {
                    all.note(bits, name, port);
                } else if let (true, Some(net)) = (kind(cell) == "TRELLIS_FF", bits[0].as_u64()) {
                    all.flip_flops.insert(net, name.clone());
                }
            }
        }
        all
    }

    fn note(&mut self, bits: &Value, cell: &str, port: &str) {
        for net in nets(bits) {
            let reader = (cell.to_owned(), port.to_owned());
            self.readers.entry(net).or_default().push(reader);
        }
    }

    fn readers(&self, net: u64) -> &[(String, String)] {
        self.readers.get(&net).map_or(&[], Vec::as_slice)
    }

    /// Takes the flip-flops behind all outputs of a block whose names begin so; returns their clock.
    pub(super) fn take_outputs(
        &mut self,
        cells: &mut Object,
        name: &str,
        prefix: &str,
        clock: Option<&Value>,
    ) -> Option<Value> {
        let mut clock = clock.cloned();
        let mut moves = Vec::new();
        for (port, bits) in cells.get(name)?["connections"].as_object()? {
            let Some(between) = bits[0].as_u64().filter(|_| is_bus(port, prefix)) else {
                continue;
            };
            let (flip_flop, pin) = match self.readers(between) {
                [] => continue,
                [only] => only,
                _ => return None,
            };
            if pin != "DI" {
                return None;
            }
            moves.push(Move::new(
                cells,
                port,
                between,
                (flip_flop, "Q"),
                &mut clock,
            )?);
        }
        self.apply(cells, name, moves)?;
        clock
    }

    /// Takes the flip-flops before all inputs of a block whose names begin so; returns their clock. Inputs that are 0 need none.
    pub(super) fn take_inputs(
        &mut self,
        cells: &mut Object,
        name: &str,
        prefixes: &[&str],
        clock: Option<&Value>,
    ) -> Option<Value> {
        let mut clock = clock.cloned();
        let mut moves = Vec::new();
        for (port, bits) in cells.get(name)?["connections"].as_object()? {
            if !prefixes.iter().any(|prefix| is_bus(port, prefix)) || bits[0] == "0" {
                continue;
            }
            let between = bits[0].as_u64()?;
            let flip_flop = self.flip_flops.get(&between)?;
            let ours = |reader: &(String, String)| {
                reader.0 == name && prefixes.iter().any(|prefix| is_bus(&reader.1, prefix))
            };
            if !self.readers(between).iter().all(ours) {
                return None;
            }
            moves.push(Move::new(
                cells,
                port,
                between,
                (flip_flop, "DI"),
                &mut clock,
            )?);
        }
        self.apply(cells, name, moves)?;
        clock
    }

    fn apply(&mut self, cells: &mut Object, name: &str, moves: Vec<Move>) -> Option<()> {
        if moves.is_empty() {
            return None;
        }
        let block = cells.get_mut(name)?;
        for each in &moves {
            block["connections"][&each.port] = each.beyond.clone();
        }
        for each in moves {
            cells.remove(&each.flip_flop);
            self.gone.insert(each.between);
        }
        Some(())
    }

    /// Removes the names of nets that are no more.
    pub(super) fn forget_gone(&self, module: &mut Object) {
        if let Some(names) = module.get_mut("netnames").and_then(Value::as_object_mut) {
            names.retain(|_, name| !nets(&name["bits"]).any(|net| self.gone.contains(&net)));
        }
    }
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn nets(bits: &Value) -> impl Iterator<Item = u64> + '_ {
    bits.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64)
}

/// `P12` belongs to `P`, `PLL` does not; `DOA3` belongs to `DO` with either side.
fn is_bus(port: &str, prefix: &str) -> bool {
    port.strip_prefix(prefix).is_some_and(|rest| {
        let digits = rest
            .strip_prefix(['A', 'B'])
            .filter(|_| prefix == "DO")
            .unwrap_or(rest);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// A flip-flop that copies its input with every edge of this clock, 0 at first.
fn is_plain(cell: &Value, clock: &Value) -> bool {
    let word = |key: &str| cell["parameters"][key].as_str().unwrap_or_default().trim();
    let idle =
        |port: &str| cell["connections"].get(port).is_none() || constant(cell, port) == Some("0");
    kind(cell) == "TRELLIS_FF"
        && cell["connections"]["CLK"] == *clock
        && word("CLKMUX") == "CLK"
        && word("REGSET") == "RESET"
        && (word("CEMUX") == "1" || constant(cell, "CE") == Some("1"))
        && idle("LSR")
}

/// Which cell of the library.
pub(super) fn kind(cell: &Value) -> &str {
    cell["type"].as_str().unwrap_or_default()
}

/// The constant at a port.
pub(super) fn constant<'a>(cell: &'a Value, port: &str) -> Option<&'a str> {
    cell["connections"][port][0].as_str()
}
