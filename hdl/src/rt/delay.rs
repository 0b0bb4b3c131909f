//! A chain of registers, for aligning pipelines.

use rust_hdl::core::prelude::*;

use super::constant::Doc;
use super::exchange::clock_edge;
use super::signal::Sig;

/// Shift register: `q` is `d` of `stages` cycles ago (initially 0). Without stages it is a wire.
#[derive(LogicBlock, Clone, Debug)]
pub struct Delay {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Input.
    pub d: Sig<In>,
    /// Input of `stages` cycles ago.
    pub q: Sig<Out>,
    _stages: Vec<i64>,
}

impl Delay {
    /// Two's complement delay line of 1 to 63 bits.
    pub fn int(width: usize, stages: usize) -> Self {
        Self::with_signals(Sig::int(width), Sig::int(width), stages)
    }

    /// Unsigned delay line of 1 to 63 bits.
    pub fn uint(width: usize, stages: usize) -> Self {
        Self::with_signals(Sig::uint(width), Sig::uint(width), stages)
    }

    fn with_signals(d: Sig<In>, q: Sig<Out>, stages: usize) -> Self {
        Delay {
            doc: describe(&d, stages),
            clock: Signal::default(),
            d,
            q,
            _stages: vec![0; stages],
        }
    }
}

/// Name and comment of the module.
fn describe(d: &Sig<In>, stages: usize) -> Doc {
    let sign = if d.is_signed() { "_signed" } else { "" };
    let text = match stages {
        0 => "No delay: at this size of the array nothing has to wait here.".to_owned(),
        1 => "One register.".to_owned(),
        _ => format!("Shift register: q is d of {stages} cycles ago."),
    };
    Doc::new(format!("delay_{stages}x{}{sign}", d.width()), text)
}

impl Logic for Delay {
    fn update(&mut self) {
        if clock_edge() {
            if let Some(last) = self._stages.last_mut() {
                *last = self.d.val().get();
                self._stages.rotate_right(1);
            }
        } else {
            self.q.next = match self._stages.last() {
                Some(oldest) => (*oldest).into(),
                None => self.d.val(),
            };
        }
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let stages = self._stages.len();
        let range = format!("[{}:0]", self.d.width() - 1);
        Verilog::Custom(match stages {
            0 => "wire unused_clock = &{1'b0, clock};\nassign q = d;".to_owned(),
            1 => format!(
                "reg {range} stage;\ninitial stage = 0;\nassign q = stage;\nalways @(posedge clock) stage <= d;"
            ),
            _ => format!(
                "reg {range} stages [0:{last}];\n\
                 integer i;\n\
                 initial for (i = 0; i < {stages}; i = i + 1) stages[i] = 0;\n\
                 assign q = stages[{last}];\n\
                 always @(posedge clock) begin\n\
                 \x20 stages[0] <= d;\n\
                 \x20 for (i = 1; i < {stages}; i = i + 1) stages[i] <= stages[i - 1];\n\
                 end",
                last = stages - 1
            ),
        })
    }
}
