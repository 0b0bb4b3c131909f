//! Registers. The emitter folds each into a non-blocking assignment of the block that owns it.

use rust_hdl::core::prelude::*;

use super::exchange::clock_edge;
use super::signal::Sig;

/// First word of the `Verilog::Custom` text by which the emitter recognises a register; the initial value
/// follows.
pub(crate) const REGISTER_MARK: &str = "systole-register";

/// Register of run-time width. There is no reset: reset is logic (`if self.reset.val() { .. }`);
/// the initial value is what configuration leaves in the flip-flops.
#[derive(LogicBlock, Clone, Debug)]
pub struct Reg {
    /// Clock; connected with `clock!` or an assignment.
    pub clock: Signal<In, Clock>,
    /// Next value. A register that is not assigned in every branch needs `d.next = q.val()` first.
    pub d: Sig<In>,
    /// Stored value.
    pub q: Sig<Out>,
    _state: i64,
    _init: i64,
}

impl Reg {
    /// Two's complement register of 1 to 63 bits, initially 0.
    pub fn int(width: usize) -> Self {
        Self::with_signals(Sig::int(width), Sig::int(width))
    }

    /// Unsigned register of 1 to 63 bits, initially 0.
    pub fn uint(width: usize) -> Self {
        Self::with_signals(Sig::uint(width), Sig::uint(width))
    }

    /// `lanes` two's complement registers.
    pub fn int_lanes(lanes: usize, width: usize) -> Vec<Self> {
        (0..lanes).map(|_| Self::int(width)).collect()
    }

    /// `lanes` unsigned registers.
    pub fn uint_lanes(lanes: usize, width: usize) -> Vec<Self> {
        (0..lanes).map(|_| Self::uint(width)).collect()
    }

    /// Sets the initial value.
    pub fn init(mut self, value: i64) -> Self {
        self.q.next = value.into();
        self._init = self.q.val().get();
        self._state = self._init;
        self
    }

    fn with_signals(d: Sig<In>, q: Sig<Out>) -> Self {
        Reg {
            clock: Signal::default(),
            d,
            q,
            _state: 0,
            _init: 0,
        }
    }
}

impl Logic for Reg {
    #[inline]
    fn update(&mut self) {
        if clock_edge() {
            self._state = self.d.val().get();
        } else {
            self.q.next = self._state.into();
        }
    }
    fn connect(&mut self) {
        self.q.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!("{REGISTER_MARK} {}", self._init))
    }
}

/// A flip-flop that holds a flag.
#[derive(LogicBlock, Clone, Debug, Default)]
pub struct FlagReg {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Next value.
    pub d: Sig<In, bool>,
    /// Stored value.
    pub q: Sig<Out, bool>,
    _state: bool,
    _init: bool,
}

impl FlagReg {
    /// A flip-flop, initially low.
    pub fn new() -> Self {
        Self::default()
    }

    /// `lanes` flip-flops.
    pub fn lanes(lanes: usize) -> Vec<Self> {
        (0..lanes).map(|_| Self::new()).collect()
    }

    /// Sets the initial value.
    pub fn init(mut self, value: bool) -> Self {
        self._init = value;
        self._state = value;
        self
    }
}

impl Logic for FlagReg {
    #[inline]
    fn update(&mut self) {
        if clock_edge() {
            self._state = self.d.val();
        } else {
            self.q.next = self._state;
        }
    }
    fn connect(&mut self) {
        self.q.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!("{REGISTER_MARK} {}", i64::from(self._init)))
    }
}

/// Register that holds the state of a machine: an enum with `#[derive(LogicState)]`, initially its first variant.
#[derive(LogicBlock, Clone, Debug, Default)]
pub struct StateReg<T: Synth> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Next state.
    pub d: Signal<In, T>,
    /// Current state.
    pub q: Signal<Out, T>,
    _state: T,
}

impl<T: Synth> StateReg<T> {
    /// A state register in the first state.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T: Synth> Logic for StateReg<T> {
    #[inline]
    fn update(&mut self) {
        if clock_edge() {
            self._state = self.d.val();
        } else {
            self.q.next = self._state;
        }
    }
    fn connect(&mut self) {
        self.q.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!("{REGISTER_MARK} 0"))
    }
}
