//! Memories as leaf primitives: behaviour in Rust, and Verilog in the form that synthesis turns into
//! block RAM.

use std::cell::Cell;

use rust_hdl::core::prelude::*;

use super::constant::Doc;
use super::exchange::clock_edge;
use super::signal::{Flag, Sig};
use super::value::low_bits;

thread_local! {
    static SPOIL: Cell<bool> = const { Cell::new(false) };
}

/// For tests of designs that promise [`Ram::without_collisions`]: the memories that `build` makes return garbage where
/// the promise is broken, in rust-hdl and in Verilog, so that a design that uses such a word fails its tests.
pub fn spoil_collisions<T>(build: impl FnOnce() -> T) -> T {
    SPOIL.set(true);
    let built = build();
    SPOIL.set(false);
    built
}

/// Number of bits that address `depth` words (at least 1).
pub fn address_width(depth: usize) -> usize {
    clog2(depth.max(2))
}

/// Simple dual-port memory: one write port, one read port, one clock, initially all zero.
///
/// The read data appears one cycle after its address, or two with the output register. A read of the word
/// that is written in the same cycle returns the *old* word. Addresses from `depth` upwards: writes are
/// ignored, reads return 0 for a depth that is not a power of two.
#[derive(LogicBlock, Clone, Debug)]
pub struct Ram {
    doc: Doc,
    /// Clock of both ports.
    pub clock: Signal<In, Clock>,
    /// High: `write_data` goes to `write_address`.
    pub write_enable: Flag<In>,
    /// Word to write.
    pub write_address: Sig<In>,
    /// Data to write.
    pub write_data: Sig<In>,
    /// Word to read.
    pub read_address: Sig<In>,
    /// Data read one cycle (two with output register) ago.
    pub read_data: Sig<Out>,
    _words: Vec<i64>,
    _fetched: i64,
    _output: i64,
    _output_register: bool,
    _collisions: Collisions,
    _distributed: bool,
}

/// What a read of the word that is written in the same cycle returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Collisions {
    /// The word before the write.
    Old,
    /// Nobody looks.
    Unused,
    /// Garbage, to see whether nobody looks.
    Spoiled,
}

impl Ram {
    /// Memory of `depth` (at least 1) words of `width` (1 to 63) bits, unsigned.
    pub fn new(depth: usize, width: usize) -> Self {
        let address = address_width(depth);
        Ram {
            doc: Doc::new("", ""),
            clock: Signal::default(),
            write_enable: Flag::new(),
            write_address: Sig::uint(address),
            write_data: Sig::uint(width),
            read_address: Sig::uint(address),
            read_data: Sig::uint(width),
            _words: vec![0; depth.max(1)],
            _fetched: 0,
            _output: 0,
            _output_register: false,
            _collisions: Collisions::Old,
            _distributed: false,
        }
        .described()
    }

    /// Adds the output register: one cycle more latency, and the clock-to-out time of the memory leaves the
    /// critical path.
    pub fn with_output_register(mut self) -> Self {
        self._output_register = true;
        self.described()
    }

    /// Promises that nobody uses a word that is read while it is written: block RAM needs no logic for that case then
    /// (without the promise yosys adds a comparator, a copy of the word and a multiplexer to each memory). The
    /// simulation still returns the old word, unless [`spoil_collisions`] says otherwise.
    pub fn without_collisions(mut self) -> Self {
        self._collisions = match SPOIL.get() {
            true => Collisions::Spoiled,
            false => Collisions::Unused,
        };
        self.described()
    }

    /// Asks for look-up tables: a short queue would waste a block RAM, which is also slow to answer.
    pub fn distributed(mut self) -> Self {
        self._distributed = true;
        self
    }

    /// With name and comment of the module.
    fn described(mut self) -> Self {
        let (depth, width) = (self._words.len(), self.write_data.width());
        let (name, cycles) = match self._output_register {
            true => ("registered_ram", "2 cycles"),
            false => ("ram", "1 cycle"),
        };
        let (ending, collisions) = match self._collisions {
            Collisions::Old => (
                "_strict",
                "A word that is being written is read as it was before.",
            ),
            _ => ("", "Nobody uses a word that is read while it is written."),
        };
        let text = format!(
            "Memory of {depth} words of {width} bits. Data come {cycles} after their address.\n{collisions}"
        );
        self.doc = Doc::new(format!("{name}_{depth}x{width}{ending}"), text);
        self
    }

    fn at_edge(&mut self) {
        self._output = self._fetched;
        let read = self.read_address.val().get() as usize;
        self._fetched = self._words.get(read).copied().unwrap_or(0);
        if self.write_enable.val() {
            let write = self.write_address.val().get() as usize;
            if self._collisions == Collisions::Spoiled && read == write {
                self._fetched = low_bits(!self._fetched, self.write_data.width());
            }
            if let Some(word) = self._words.get_mut(write) {
                *word = self.write_data.val().get();
            }
        }
    }
}

impl Logic for Ram {
    fn update(&mut self) {
        if clock_edge() {
            self.at_edge();
        } else if self._output_register {
            self.read_data.next = self._output.into();
        } else {
            self.read_data.next = self._fetched.into();
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let depth = self._words.len();
        let width = self.write_data.width();
        let in_range = |address: &str| match depth == 1 << self.write_address.width() {
            true => None,
            false => Some(format!(
                "{address} < {}'d{depth}",
                self.write_address.width()
            )),
        };
        let write_when = match in_range("write_address") {
            Some(check) => format!("write_enable && ({check})"),
            None => "write_enable".to_owned(),
        };
        let read = match in_range("read_address") {
            Some(check) => format!("({check}) ? words[read_address] : {width}'d0"),
            None => "words[read_address]".to_owned(),
        };
        let read = match self._collisions {
            Collisions::Spoiled => {
                format!(
                    "({write_when} && write_address == read_address) ? ~words[read_address] : {read}"
                )
            }
            _ => read,
        };
        let range = format!("[{}:0]", width - 1);
        let style = match self._distributed {
            true => "distributed",
            false => "block",
        };
        let unchecked = match self._collisions {
            Collisions::Old => "",
            _ => ", no_rw_check",
        };
        let (output_declaration, output_update, data) = if self._output_register {
            (
                format!("reg {range} output_register;\ninitial output_register = 0;\n"),
                "  output_register <= fetched;\n",
                "output_register",
            )
        } else {
            (String::new(), "", "fetched")
        };
        Verilog::Custom(format!(
            "(* ram_style = \"{style}\"{unchecked} *) reg {range} words [0:{last}];\n\
             reg {range} fetched;\n\
             initial fetched = 0;\n\
             {output_declaration}\
             integer i;\n\
             initial for (i = 0; i < {depth}; i = i + 1) words[i] = 0;\n\
             always @(posedge clock) begin\n\
             \x20 if ({write_when}) words[write_address] <= write_data;\n\
             \x20 fetched <= {read};\n\
             {output_update}\
             end\n\
             assign read_data = {data};",
            last = depth - 1,
        ))
    }
}

/// Table of constants, read in the same cycle (look-up tables) or, with the output register, one cycle later
/// (block RAM).
#[derive(LogicBlock, Clone, Debug)]
pub struct Rom {
    doc: Doc,
    /// Clock; used with the output register only.
    pub clock: Signal<In, Clock>,
    /// Word to read.
    pub address: Sig<In>,
    /// The word.
    pub data: Sig<Out>,
    _words: Vec<i64>,
    _fetched: i64,
    _output_register: bool,
}

impl Rom {
    /// Unsigned table of `width` (1 to 63) bits; the words beyond the last are 0. Meant for tables of up to
    /// some thousand words: each becomes a line of Verilog.
    pub fn uint(width: usize, words: &[i64]) -> Self {
        Self::with_data(Sig::uint(width), words)
    }

    /// Two's complement table.
    pub fn int(width: usize, words: &[i64]) -> Self {
        Self::with_data(Sig::int(width), words)
    }

    /// Adds the output register.
    pub fn with_output_register(mut self) -> Self {
        self._output_register = true;
        self
    }

    fn with_data(data: Sig<Out>, words: &[i64]) -> Self {
        let name = format!("rom_{}x{}", words.len(), data.width());
        let text = format!("Table of {} constants.", words.len());
        Rom {
            doc: Doc::new(name, text),
            clock: Signal::default(),
            address: Sig::uint(address_width(words.len())),
            data,
            _words: words.to_vec(),
            _fetched: 0,
            _output_register: false,
        }
    }

    fn word(&self) -> i64 {
        let address = self.address.val().get() as usize;
        self._words.get(address).copied().unwrap_or(0)
    }
}

impl Logic for Rom {
    fn update(&mut self) {
        if clock_edge() {
            self._fetched = self.word();
        } else if self._output_register {
            self.data.next = self._fetched.into();
        } else {
            self.data.next = self.word().into();
        }
    }

    fn connect(&mut self) {
        self.data.connect();
    }

    fn hdl(&self) -> Verilog {
        let width = self.data.width();
        let mut lines = vec![
            format!("reg [{}:0] word;", width - 1),
            "always @* begin".to_owned(),
            "  case (address)".to_owned(),
        ];
        for (address, word) in self._words.iter().enumerate() {
            lines.push(format!(
                "    {}'d{address}: word = {width}'d{};",
                self.address.width(),
                low_bits(*word, width)
            ));
        }
        lines.push(format!("    default: word = {width}'d0;"));
        lines.extend(["  endcase".to_owned(), "end".to_owned()]);
        if self._output_register {
            lines.push(format!(
                "reg [{}:0] fetched;\ninitial fetched = 0;",
                width - 1
            ));
            lines.push("always @(posedge clock) fetched <= word;".to_owned());
            lines.push("assign data = fetched;".to_owned());
        } else {
            lines.push("wire unused_clock = &{1'b0, clock};".to_owned());
            lines.push("assign data = word;".to_owned());
        }
        Verilog::Custom(lines.join("\n"))
    }
}
