//! The fields that the address generator takes out of an instruction.
//!
//! A leaf of its own, so that the field table of `systole_arch::isa` places every wire and the Verilog says
//! what each slice of the instruction means.

use systole_arch::Arch;
use systole_arch::isa::{self, Field, LEVEL_FIELDS, LEVELS, WORDS, width};

use crate::rt::prelude::*;

/// Names the fields of an instruction that steer the loops: wires only.
#[derive(LogicBlock)]
pub struct AddressFields {
    doc: Doc,
    /// The words of the instruction.
    pub instruction: Vec<Sig<In>>,
    /// Turns minus one, per level.
    pub count: Vec<Sig<Out>>,
    /// Step of the row coordinate, per level.
    pub dy: Vec<Sig<Out>>,
    /// Step of the byte coordinate, per level.
    pub dx: Vec<Sig<Out>>,
    /// Step of the byte address, per level, modulo the bank size.
    pub daddress: Vec<Sig<Out>>,
    /// Step of the weight address, per level, modulo the weight depth.
    pub dweight: Vec<Sig<Out>>,
    /// First byte address.
    pub in_address: Sig<Out>,
    /// First weight address.
    pub weight_address: Sig<Out>,
    /// First byte coordinate.
    pub x0: Sig<Out>,
    /// First row coordinate.
    pub y0: Sig<Out>,
    /// Rows of the image.
    pub height: Sig<Out>,
    /// Bytes of an image row.
    pub row_bytes: Sig<Out>,
    /// Value outside the image.
    pub fill: Sig<Out>,
    /// Idle cycles after a vector.
    pub stall: Sig<Out>,
    /// Idle cycles after a vector of the last tile.
    pub stall_last: Sig<Out>,
    /// Bank of the input.
    pub in_bank: Sig<Out>,
    /// 1: max-pooling.
    pub mode_max: Sig<Out>,
    /// 1: two planes.
    pub wide: Sig<Out>,
}

impl AddressFields {
    /// Wires for one configuration.
    pub fn new(arch: &Arch) -> Self {
        AddressFields {
            doc: Doc::new(
                "address_fields",
                "Names the fields of an instruction that steer the loops. Wires only.\nLane 0 of the level buses is the innermost level (chunk), lane 5 the outermost (tile).",
            ),
            instruction: Sig::uint_lanes(WORDS, 32),
            count: Sig::uint_lanes(LEVELS, width::COUNT),
            dy: Sig::int_lanes(LEVELS, width::COUNT),
            dx: Sig::int_lanes(LEVELS, width::ADDRESS),
            daddress: Sig::uint_lanes(LEVELS, arch.bank_address_bits()),
            dweight: Sig::uint_lanes(LEVELS, arch.weight_address_bits()),
            in_address: Sig::uint(arch.bank_address_bits()),
            weight_address: Sig::uint(arch.weight_address_bits()),
            x0: Sig::int(isa::X0.width),
            y0: Sig::int(isa::Y0.width),
            height: Sig::uint(isa::HEIGHT.width),
            row_bytes: Sig::uint(isa::ROW_BYTES.width),
            fill: Sig::int(isa::FILL.width),
            stall: Sig::uint(isa::STALL.width),
            stall_last: Sig::uint(isa::STALL_LAST.width),
            in_bank: Sig::uint(isa::IN_BANK.width),
            mode_max: Sig::uint(isa::MODE_MAX.width),
            wide: Sig::uint(isa::WIDE.width),
        }
    }

    /// Port, field and wires of every output, lane by lane.
    fn wires(&self) -> Vec<(String, Field, usize)> {
        let single =
            |name: &str, field: Field, port: &Sig<Out>| (name.to_owned(), field, port.width());
        let mut wires = vec![
            single("in_address", isa::IN_ADDRESS, &self.in_address),
            single("weight_address", isa::WEIGHT_ADDRESS, &self.weight_address),
            single("x0", isa::X0, &self.x0),
            single("y0", isa::Y0, &self.y0),
            single("height", isa::HEIGHT, &self.height),
            single("row_bytes", isa::ROW_BYTES, &self.row_bytes),
            single("fill", isa::FILL, &self.fill),
            single("stall", isa::STALL, &self.stall),
            single("stall_last", isa::STALL_LAST, &self.stall_last),
            single("in_bank", isa::IN_BANK, &self.in_bank),
            single("mode_max", isa::MODE_MAX, &self.mode_max),
            single("wide", isa::WIDE, &self.wide),
        ];
        for (l, level) in LEVEL_FIELDS.iter().enumerate() {
            let lane = |name: &str, field: Field, bus: &[Sig<Out>]| {
                let width = bus[l].width();
                (
                    format!("{name}[{}:{}]", width * l + width - 1, width * l),
                    field,
                    width,
                )
            };
            wires.push(lane("count", level.count, &self.count));
            wires.push(lane("dy", level.dy, &self.dy));
            wires.push(lane("dx", level.dx, &self.dx));
            wires.push(lane("daddress", level.daddress, &self.daddress));
            wires.push(lane("dweight", level.dweight, &self.dweight));
        }
        wires
    }
}

/// The bits of `field` and of what lies above it; the assignment cuts them to the port.
fn slice(instruction: &[Sig<In>], field: Field) -> Val {
    instruction[field.word].val() >> field.lsb
}

impl Logic for AddressFields {
    fn update(&mut self) {
        let words = &self.instruction;
        self.in_address.next = slice(words, isa::IN_ADDRESS);
        self.weight_address.next = slice(words, isa::WEIGHT_ADDRESS);
        self.x0.next = slice(words, isa::X0);
        self.y0.next = slice(words, isa::Y0);
        self.height.next = slice(words, isa::HEIGHT);
        self.row_bytes.next = slice(words, isa::ROW_BYTES);
        self.fill.next = slice(words, isa::FILL);
        self.stall.next = slice(words, isa::STALL);
        self.stall_last.next = slice(words, isa::STALL_LAST);
        self.in_bank.next = slice(words, isa::IN_BANK);
        self.mode_max.next = slice(words, isa::MODE_MAX);
        self.wide.next = slice(words, isa::WIDE);
        for (l, level) in LEVEL_FIELDS.iter().enumerate() {
            self.count[l].next = slice(words, level.count);
            self.dy[l].next = slice(words, level.dy);
            self.dx[l].next = slice(words, level.dx);
            self.daddress[l].next = slice(words, level.daddress);
            self.dweight[l].next = slice(words, level.dweight);
        }
    }

    fn connect(&mut self) {
        let buses = [
            &mut self.count,
            &mut self.dy,
            &mut self.dx,
            &mut self.daddress,
            &mut self.dweight,
        ];
        for port in buses.into_iter().flatten() {
            port.connect();
        }
        let singles = [
            &mut self.in_address,
            &mut self.weight_address,
            &mut self.x0,
            &mut self.y0,
            &mut self.height,
            &mut self.row_bytes,
            &mut self.fill,
            &mut self.stall,
            &mut self.stall_last,
            &mut self.in_bank,
            &mut self.mode_max,
            &mut self.wide,
        ];
        for port in singles {
            port.connect();
        }
    }

    fn hdl(&self) -> Verilog {
        let line = |(port, field, width): (String, Field, usize)| {
            let low = 32 * field.word + field.lsb;
            format!(
                "assign {port} = instruction[{}:{low}]; // {}",
                low + width - 1,
                field.name
            )
        };
        let mut lines: Vec<_> = self.wires().into_iter().map(line).collect();
        lines.push(
            "wire unused_fields = &{1'b0, instruction}; // the other fields are for others"
                .to_owned(),
        );
        Verilog::Custom(lines.join("\n"))
    }
}
