//! Loads the parameters of a recurrent core: two words of the parameter memories for each gate sum.

use crate::rt::prelude::*;

const TEXT: &str =
    "Loads parameters, one for each column of the input part, then one for each of the recurrent part.
A parameter is two words of the memories, so it takes two cycles.";

/// Takes a parameter in two cycles; they are all there after the last one.
#[derive(LogicBlock)]
pub struct ParameterLoader {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// A parameter is offered.
    pub offered: Flag<In>,
    /// Its two words.
    pub words: Vec<Sig<In>>,
    /// The parameter is taken.
    pub accept: Flag<Out>,
    /// A word is written.
    pub write: Flag<Out>,
    /// Its place.
    pub offset: Sig<Out>,
    /// The word.
    pub data: Sig<Out>,
    /// All parameters are there.
    pub ready: Flag<Out>,
    loaded: FlagReg,
    at: Reg,
    second: Flag<Local>,
    last: Cst,
}

impl ParameterLoader {
    /// A loader of `count` parameters.
    pub fn new(count: usize) -> Self {
        let at = address_width(2 * count);
        ParameterLoader {
            doc: Doc::new("parameter_loader", TEXT)
                .port("offset", "of a word in the parameter memories"),
            clock: Signal::default(),
            reset: Flag::new(),
            offered: Flag::new(),
            words: Sig::uint_lanes(2, 32),
            accept: Flag::new(),
            write: Flag::new(),
            offset: Sig::uint(24),
            data: Sig::uint(32),
            ready: Flag::new(),
            loaded: FlagReg::new(),
            at: Reg::uint(at),
            second: Flag::new(),
            last: Cst::uint(at, 2 * count as i64 - 1),
        }
    }
}

impl Logic for ParameterLoader {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, loaded, at);
        self.second.next = self.at.q.val().get_bit(0);
        self.write.next = self.offered.val() && !self.loaded.q.val();
        // An offer stays until it is taken, so both words are there in both cycles.
        self.accept.next = self.second.val() && !self.loaded.q.val();
        self.offset.next = self.at.q.val();
        self.data.next = self.words[0].val();
        if self.second.val() {
            self.data.next = self.words[1].val();
        }
        if self.write.val() {
            self.at.d.next = self.at.q.val() + 1;
            if self.at.q.val() == self.last.val() {
                self.loaded.d.next = true;
            }
        }
        if self.reset.val() {
            self.at.d.next = 0.into();
            self.loaded.d.next = false;
        }
        self.ready.next = self.loaded.q.val();
    }
}
