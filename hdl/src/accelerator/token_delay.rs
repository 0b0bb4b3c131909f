//! Delay of the tokens, so that they arrive together with what they speak of.

use crate::rt::prelude::*;

const TEXT: &str =
    "Shift register for a token: `valid` is cleared by reset, the other bits are what they are.";

/// Delay of a flag that matters and of the bits beside it.
#[derive(LogicBlock)]
pub struct TokenDelay {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset: forgets all tokens on their way.
    pub reset: Flag<In>,
    /// A token goes in.
    pub valid: Flag<In>,
    /// Its bits.
    pub bits: Sig<In>,
    /// A token comes out.
    pub valid_out: Flag<Out>,
    /// Its bits.
    pub bits_out: Sig<Out>,
    valids: Vec<FlagReg>,
    payload: Delay,
    stages: Size,
}

impl TokenDelay {
    /// `stages` cycles, at least one, for tokens of `width` bits.
    pub fn new(width: usize, stages: usize) -> Self {
        let stages = stages.max(1);
        TokenDelay {
            doc: Doc::new(format!("token_delay_{stages}x{width}"), TEXT),
            clock: Signal::default(),
            reset: Flag::new(),
            valid: Flag::new(),
            bits: Sig::uint(width),
            valid_out: Flag::new(),
            bits_out: Sig::uint(width),
            valids: FlagReg::lanes(stages),
            payload: Delay::uint(width, stages),
            stages: Size::new(stages),
        }
    }
}

impl Logic for TokenDelay {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, payload);
        self.payload.d.next = self.bits.val();
        for i in 0..self.stages.n {
            self.valids[i].clock.next = self.clock.val();
            if i == 0 {
                self.valids[i].d.next = self.valid.val() && !self.reset.val();
            } else {
                self.valids[i].d.next = self.valids[i - 1].q.val() && !self.reset.val();
            }
        }
        self.valid_out.next = self.valids[self.stages.n - 1].q.val();
        self.bits_out.next = self.payload.q.val();
    }
}
