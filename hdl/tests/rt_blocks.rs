//! Small but complete blocks, each with the same random vectors in Rust and in Verilog.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_hdl::rt::crosscheck::Crosscheck;
use systole_hdl::rt::prelude::*;
use systole_hdl::rt::{Sim, spoil_collisions};

fn agrees<B: Block>(crosscheck: Crosscheck<B>) {
    crosscheck.run().unwrap_or_else(|e| panic!("{e}"));
}

/// Counter that wraps at its limit.
#[derive(LogicBlock)]
struct Counter {
    doc: Doc,
    clock: Signal<In, Clock>,
    enable: Flag<In>,
    reset: Flag<In>,
    count: Sig<Out>,
    wrapped: Flag<Out>,
    value: Reg,
    last: Cst,
}

impl Counter {
    fn new(width: usize, last: i64) -> Self {
        Counter {
            doc: Doc::new("counter", "Counts enabled cycles and wraps."),
            clock: Signal::default(),
            enable: Flag::new(),
            reset: Flag::new(),
            count: Sig::uint(width),
            wrapped: Flag::new(),
            value: Reg::uint(width).init(1),
            last: Cst::uint(width, last),
        }
    }
}

impl Logic for Counter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, value);
        self.wrapped.next = self.enable.val() && self.value.q.val() == self.last.val();
        if self.enable.val() {
            self.value.d.next = self.value.q.val() + 1;
            if self.wrapped.val() {
                self.value.d.next = 0.into();
            }
        }
        if self.reset.val() {
            self.value.d.next = 0.into();
        }
        self.count.next = self.value.q.val();
    }
}

#[test]
fn counter() {
    for (width, last) in [(1, 1), (1, 0), (4, 9), (63, i64::MAX), (33, 1 << 32)] {
        let counter = || Counter::new(width, last);
        agrees(
            Crosscheck::new("counter", counter)
                .cycles(2000)
                .shape(|counter, _, random| {
                    counter.reset.next = random.one_in(40);
                }),
        );
    }
}

/// Saturating adder.
#[derive(LogicBlock)]
struct SaturatingAdder {
    a: Sig<In>,
    b: Sig<In>,
    sum: Sig<Out>,
    max: Cst,
    min: Cst,
}

impl Logic for SaturatingAdder {
    #[hdl_gen]
    fn update(&mut self) {
        self.sum.next = self.a.val() + self.b.val();
        if self.a.val() + self.b.val() > self.max.val() {
            self.sum.next = self.max.val();
        } else if self.a.val() + self.b.val() < self.min.val() {
            self.sum.next = self.min.val();
        }
    }
}

#[test]
fn saturating_adder() {
    for width in [1, 2, 8, 32, 62, 63] {
        let adder = || SaturatingAdder {
            a: Sig::int(width),
            b: Sig::int(width),
            sum: Sig::int(width),
            max: Cst::int(width, (1 << (width - 1)) - 1),
            min: Cst::int(width, -(1 << (width - 1))),
        };
        agrees(Crosscheck::new("saturating_adder", adder).cycles(3000));
    }
}

/// First-in first-out queue over a block RAM; `data` is valid one cycle after `pop`.
#[derive(LogicBlock)]
struct Fifo {
    clock: Signal<In, Clock>,
    push: Flag<In>,
    pop: Flag<In>,
    data_in: Sig<In>,
    data: Sig<Out>,
    full: Flag<Out>,
    empty: Flag<Out>,
    fill: Reg,
    head: Reg,
    tail: Reg,
    memory: Ram,
    pushing: Flag<Local>,
    popping: Flag<Local>,
    depth: Size,
}

impl Fifo {
    fn new(depth: usize, width: usize, output_register: bool) -> Self {
        let memory = Ram::new(depth, width);
        Fifo {
            clock: Signal::default(),
            push: Flag::new(),
            pop: Flag::new(),
            data_in: Sig::uint(width),
            data: Sig::uint(width),
            full: Flag::new(),
            empty: Flag::new(),
            fill: Reg::uint(address_width(depth) + 1),
            head: Reg::uint(address_width(depth)),
            tail: Reg::uint(address_width(depth)),
            memory: if output_register {
                memory.with_output_register()
            } else {
                memory
            },
            pushing: Flag::new(),
            popping: Flag::new(),
            depth: Size::new(depth),
        }
    }
}

impl Logic for Fifo {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, fill, head, tail);
        clock!(self, clock, memory);
        self.full.next = self.fill.q.val() == self.depth.n;
        self.empty.next = self.fill.q.val() == 0;
        self.pushing.next = self.push.val() && !self.full.val();
        self.popping.next = self.pop.val() && !self.empty.val();
        self.fill.d.next = self.fill.q.val() + self.pushing.val() - self.popping.val();
        if self.pushing.val() {
            self.tail.d.next = self.tail.q.val() + 1;
            if self.tail.q.val() + 1 == self.depth.n {
                self.tail.d.next = 0.into();
            }
        }
        if self.popping.val() {
            self.head.d.next = self.head.q.val() + 1;
            if self.head.q.val() + 1 == self.depth.n {
                self.head.d.next = 0.into();
            }
        }
        self.memory.write_enable.next = self.pushing.val();
        self.memory.write_address.next = self.tail.q.val();
        self.memory.write_data.next = self.data_in.val();
        self.memory.read_address.next = self.head.q.val();
        self.data.next = self.memory.read_data.val();
    }
}

#[test]
fn fifo() {
    for (depth, width, output_register) in
        [(1, 1, false), (2, 8, true), (5, 63, false), (64, 18, true)]
    {
        let fifo = || Fifo::new(depth, width, output_register);
        agrees(Crosscheck::new("fifo", fifo).cycles(3000));
    }
}

/// The memory alone, with addresses beyond its depth and reads of the word being written.
#[derive(LogicBlock)]
struct Memories {
    clock: Signal<In, Clock>,
    write: Flag<In>,
    address: Sig<In>,
    value: Sig<In>,
    read: Vec<Sig<Out>>,
    looked_up: Vec<Sig<Out>>,
    late: Vec<Sig<Out>>,
    ram: Vec<Ram>,
    rom: Vec<Rom>,
    line: Vec<Delay>,
}

impl Logic for Memories {
    #[hdl_gen]
    fn update(&mut self) {
        for i in 0..2 {
            self.ram[i].clock.next = self.clock.val();
            self.ram[i].write_enable.next = self.write.val();
            self.ram[i].write_address.next = self.address.val();
            self.ram[i].write_data.next = self.value.val();
            self.ram[i].read_address.next = self.address.val() ^ (self.value.val() & 1);
            self.read[i].next = self.ram[i].read_data.val();
            self.rom[i].clock.next = self.clock.val();
            self.rom[i].address.next = self.address.val();
            self.looked_up[i].next = self.rom[i].data.val();
        }
        for i in 0..3 {
            self.line[i].clock.next = self.clock.val();
            self.line[i].d.next = self.value.val();
            self.late[i].next = self.line[i].q.val();
        }
    }
}

#[test]
fn memories() {
    for (depth, width) in [(8, 4), (5, 63), (2, 1), (3, 32)] {
        let words: Vec<i64> = (0..depth as i64).map(|i| i * i - 7).collect();
        let address = address_width(depth);
        let memories = || Memories {
            clock: Signal::default(),
            write: Flag::new(),
            address: Sig::uint(address),
            value: Sig::int(width),
            read: Sig::uint_lanes(2, width),
            looked_up: Sig::int_lanes(2, width),
            late: Sig::int_lanes(3, width),
            ram: vec![
                Ram::new(depth, width),
                Ram::new(depth, width).with_output_register(),
            ],
            rom: vec![
                Rom::int(width, &words),
                Rom::int(width, &words).with_output_register(),
            ],
            line: vec![
                Delay::int(width, 0),
                Delay::int(width, 1),
                Delay::int(width, 5),
            ],
        };
        agrees(Crosscheck::new("memories", memories).cycles(2000));
    }
}

#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
enum State {
    Idle,
    Load,
    Run,
}

/// Waits for `start`, loads for one cycle, runs for `turns` cycles.
#[derive(LogicBlock)]
struct Machine {
    clock: Signal<In, Clock>,
    start: Flag<In>,
    turns: Sig<In>,
    busy: Flag<Out>,
    left: Sig<Out>,
    code: Sig<Out>,
    state: StateReg<State>,
    count: Reg,
    done: FlagReg,
}

impl Logic for Machine {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, count);
        clock!(self, clock, done);
        self.done.d.next = false;
        match self.state.q.val() {
            State::Idle => {
                self.code.next = 5.into();
                if self.start.val() {
                    self.state.d.next = State::Load;
                }
            }
            State::Load => {
                self.code.next = 6.into();
                self.count.d.next = self.turns.val();
                self.state.d.next = State::Run;
            }
            State::Run => {
                self.code.next = 9.into();
                self.count.d.next = self.count.q.val() - 1;
                if self.count.q.val() == 0 {
                    self.state.d.next = State::Idle;
                    self.done.d.next = true;
                }
            }
        }
        self.busy.next = self.state.q.val() != State::Idle && !self.done.q.val();
        self.left.next = self.count.q.val();
    }
}

#[test]
fn machine() {
    for width in [1, 4, 63] {
        let machine = || Machine {
            clock: Signal::default(),
            start: Flag::new(),
            turns: Sig::uint(width),
            busy: Flag::new(),
            left: Sig::uint(width),
            code: Sig::uint(4),
            state: StateReg::new(),
            count: Reg::uint(width),
            done: FlagReg::new(),
        };
        let crosscheck = Crosscheck::new("machine", machine).cycles(3000);
        agrees(
            crosscheck
                .shape(|machine, _, random| machine.turns.next = (random.below(4) as i64).into()),
        );
    }
}

#[test]
fn a_broken_promise_is_seen() {
    let read = |memory: Ram| {
        let mut sim = Sim::new(memory);
        for (port, value) in [("write_enable", 1), ("write_address", 3), ("write_data", 5)] {
            sim.set(port, value).unwrap();
        }
        sim.set("read_address", 3).unwrap();
        sim.tick().unwrap();
        sim.get("read_data").unwrap()
    };
    assert_eq!(read(Ram::new(16, 8).without_collisions()), 0);
    assert_eq!(read(spoil_collisions(|| Ram::new(16, 8))), 0);
    assert_eq!(
        read(spoil_collisions(|| Ram::new(16, 8).without_collisions())),
        255
    );
}

#[test]
fn a_broken_promise_is_seen_in_verilog() {
    // Four words: every eighth read meets a write.
    let spoiled = || spoil_collisions(|| Ram::new(4, 8).without_collisions());
    Crosscheck::new("ram", spoiled).cycles(2000).run().unwrap();
    Crosscheck::new("registered_ram", || {
        spoil_collisions(|| Ram::new(4, 8).without_collisions().with_output_register())
    })
    .cycles(2000)
    .run()
    .unwrap();
}
