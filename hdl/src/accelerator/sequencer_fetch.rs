//! Program memory and prefetch of the next instruction.

use systole_arch::Arch;
use systole_arch::isa::WORDS;
use systole_arch::map::Space;

use crate::rt::prelude::*;

/// Pairs of words of an instruction.
const PAIRS: usize = WORDS / 2;
const _: () = assert!(
    WORDS.is_multiple_of(2),
    "an instruction is whole pairs of words"
);

const TEXT: &str = "Program memory, and shadow registers with the words of the next instruction.

Even and odd words lie in memories of their own. From the cycle after `first` or `following` on, a pair of words is read in
each cycle and shifted into the shadow registers, so that word 0 ends up in lane 0. `fetched` shows FETCH - 1 cycles after
`first` or `following`. `mark` remembers where the following instruction lies; `again`, with `following`, goes back there.
While no program runs the memory belongs to the host.";

/// Program memory and shadow registers.
#[derive(LogicBlock)]
pub struct ProgramFetch {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Fetch the instruction at word 0.
    pub first: Flag<In>,
    /// Fetch the instruction that follows.
    pub following: Flag<In>,
    /// The instruction that follows is the first one of a loop.
    pub mark: Flag<In>,
    /// With `following`: fetch the marked instruction instead.
    pub again: Flag<In>,
    /// Host bus.
    pub host_write: Flag<In>,
    /// Host bus.
    pub host_read: Flag<In>,
    /// Host bus.
    pub host_space: Sig<In>,
    /// Host bus.
    pub host_offset: Sig<In>,
    /// Host bus.
    pub host_data: Sig<In>,
    /// The shadow registers hold a whole instruction.
    pub fetched: Flag<Out>,
    /// Its words.
    pub instruction: Vec<Sig<Out>>,
    /// Its word 0 as `instruction` shows it in the next cycle.
    pub next_word_0: Sig<Out>,
    /// Word that the host asked for; 0 if it read another space.
    pub host_word: Sig<Out>,

    memory: Vec<Ram>,
    odd: Flag<Local>,
    write: FlagReg,
    offset: Reg,
    data: Reg,
    reading: FlagReg,
    next_address: Reg,
    marked_address: Reg,
    pairs_left: Reg,
    /// Lean: the pair that arrives, which goes straight to its place.
    pair: Vec<Reg>,
    fetching: FlagReg,
    fetching_1: FlagReg,
    fetching_2: FlagReg,
    last_1: FlagReg,
    last_2: FlagReg,
    complete: FlagReg,
    shadow: Vec<Reg>,
    space: Cst,
    last_pair: Cst,
    words: Size,
    halves: Size,
    lean: Size,
    places: Size,
}

/// Every other word of the program memory.
fn half(arch: &Arch) -> Ram {
    Ram::new(arch.program_words / 2, 32)
        .with_output_register()
        .without_collisions()
}

impl ProgramFetch {
    /// The program memory of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let address = address_width(arch.program_words);
        ProgramFetch {
            doc: Doc::new("program_fetch", TEXT)
                .port("first", "fetch the instruction at word 0")
                .port("following", "fetch the instruction that follows")
                .port("mark", "the instruction that follows begins a loop")
                .port("again", "with following: fetch the marked one instead")
                .port(
                    "host_word",
                    "word that the host asked for; 0 if it read another space",
                ),
            clock: Signal::default(),
            reset: Flag::new(),
            first: Flag::new(),
            following: Flag::new(),
            mark: Flag::new(),
            again: Flag::new(),
            host_write: Flag::new(),
            host_read: Flag::new(),
            host_space: Sig::uint(8),
            host_offset: Sig::uint(24),
            host_data: Sig::uint(32),
            fetched: Flag::new(),
            instruction: Sig::uint_lanes(WORDS, 32),
            next_word_0: Sig::uint(32),
            host_word: Sig::uint(32),
            memory: (0..2).map(|_| half(arch)).collect(),
            odd: Flag::new(),
            halves: Size::new(2),
            write: FlagReg::new(),
            offset: Reg::uint(address),
            data: Reg::uint(32),
            reading: FlagReg::new(),
            next_address: Reg::uint(address - 1),
            marked_address: Reg::uint(address - 1),
            pairs_left: Reg::uint(address_width(PAIRS)),
            pair: (0..usize::from(arch.lean))
                .map(|_| Reg::uint(address_width(PAIRS)))
                .collect(),
            lean: Size::new(usize::from(arch.lean)),
            places: Size::new(usize::from(arch.lean) * PAIRS),
            fetching: FlagReg::new(),
            fetching_1: FlagReg::new(),
            fetching_2: FlagReg::new(),
            last_1: FlagReg::new(),
            last_2: FlagReg::new(),
            complete: FlagReg::new(),
            shadow: Reg::uint_lanes(WORDS, 32),
            space: Cst::uint(8, Space::Program as i64),
            last_pair: Cst::uint(address_width(PAIRS), PAIRS as i64 - 1),
            words: Size::new(WORDS),
        }
    }
}

#[allow(
    clippy::collapsible_if,
    reason = "a condition of sizes chooses what is generated, one of signals is hardware"
)]
impl Logic for ProgramFetch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            offset,
            reading,
            next_address,
            marked_address,
            pairs_left,
            fetching,
            complete
        );
        clock!(
            self, clock, write, data, fetching_1, fetching_2, last_1, last_2
        );

        // Host port of the program memory.
        self.write.d.next = self.host_write.val() && self.host_space.val() == self.space.val();
        self.data.d.next = self.host_data.val();
        if self.host_write.val() || self.host_read.val() {
            self.offset.d.next = self.host_offset.val();
            self.reading.d.next = self.host_read.val() && self.host_space.val() == self.space.val();
        }
        self.odd.next = self.offset.q.val().get_bit(0);
        for i in 0..self.halves.n {
            self.memory[i].clock.next = self.clock.val();
            if i == 0 {
                self.memory[i].write_enable.next = self.write.q.val() && !self.odd.val();
            } else {
                self.memory[i].write_enable.next = self.write.q.val() && self.odd.val();
            }
            self.memory[i].write_address.next = self.offset.q.val() >> 1;
            self.memory[i].write_data.next = self.data.q.val();
            self.memory[i].read_address.next = self.offset.q.val() >> 1;
            if self.fetching.q.val() {
                self.memory[i].read_address.next = self.next_address.q.val();
            }
        }
        self.host_word.next = 0.into();
        if self.reading.q.val() {
            self.host_word.next = self.memory[0].read_data.val();
            if self.odd.val() {
                self.host_word.next = self.memory[1].read_data.val();
            }
        }

        // Prefetch: the read address goes ahead of the data by two cycles.
        self.fetching_1.d.next = self.fetching.q.val();
        self.fetching_2.d.next = self.fetching_1.q.val();
        self.last_1.d.next = self.fetching.q.val() && self.pairs_left.q.val() == 0;
        self.last_2.d.next = self.last_1.q.val();
        if self.fetching.q.val() {
            self.next_address.d.next = self.next_address.q.val() + 1;
            self.pairs_left.d.next = self.pairs_left.q.val() - 1;
            self.fetching.d.next = !(self.pairs_left.q.val() == 0);
        }
        if self.last_2.q.val() {
            self.complete.d.next = true;
        }
        if self.first.val() || self.following.val() {
            self.fetching.d.next = true;
            self.complete.d.next = false;
            self.pairs_left.d.next = self.last_pair.val();
        }
        if self.mark.val() {
            self.marked_address.d.next = self.next_address.q.val();
        }
        if self.following.val() && self.again.val() {
            self.next_address.d.next = self.marked_address.q.val();
        }
        if self.first.val() {
            self.next_address.d.next = 0.into();
        }
        for i in 0..self.lean.n {
            self.pair[i].clock.next = self.clock.val();
            self.pair[i].d.next = self.pair[i].q.val();
            if self.fetching_2.q.val() {
                self.pair[i].d.next = self.pair[i].q.val() + 1;
            }
            if self.first.val() || self.following.val() {
                self.pair[i].d.next = 0.into();
            }
        }
        for k in 0..self.words.n {
            self.shadow[k].clock.next = self.clock.val();
            self.shadow[k].d.next = self.shadow[k].q.val();
            if self.lean.n == 0 {
                if self.fetching_2.q.val() {
                    if k + 2 < self.words.n {
                        self.shadow[k].d.next = self.shadow[k + 2].q.val();
                    } else {
                        self.shadow[k].d.next = self.memory[k + 2 - self.words.n].read_data.val();
                    }
                }
            }
            self.instruction[k].next = self.shadow[k].q.val();
        }
        for p in 0..self.places.n {
            for h in 0..self.halves.n {
                if self.fetching_2.q.val() && self.pair[0].q.val() == p {
                    self.shadow[p * self.halves.n + h].d.next = self.memory[h].read_data.val();
                }
            }
        }
        self.next_word_0.next = self.shadow[0].q.val();
        if self.fetching_2.q.val() {
            if self.lean.n == 0 {
                self.next_word_0.next = self.shadow[2].q.val();
            } else if self.pair[0].q.val() == 0 {
                self.next_word_0.next = self.memory[0].read_data.val();
            }
        }
        if self.reset.val() {
            self.write.d.next = false;
            self.reading.d.next = false;
            self.fetching.d.next = false;
            self.fetching_1.d.next = false;
            self.fetching_2.d.next = false;
            self.last_1.d.next = false;
            self.last_2.d.next = false;
            self.complete.d.next = false;
        }
        self.fetched.next = self.complete.q.val();
    }
}
