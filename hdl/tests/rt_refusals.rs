//! What cannot be printed with the meaning it has in Rust is refused, by name.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_hdl::rt::prelude::*;
use systole_hdl::rt::{EmitError, Sim, SimError, emit};

macro_rules! block {
    ($name:ident) => {
        #[derive(LogicBlock)]
        struct $name {
            clock: Signal<In, Clock>,
            a: Sig<In>,
            wide: Vec<Sig<In>>,
            y: Sig<Out>,
            t: Sig<Local>,
            f: Flag<In>,
            r: Reg,
            _n: usize,
        }
        impl $name {
            fn new() -> Self {
                $name {
                    clock: Signal::default(),
                    a: Sig::uint(8),
                    wide: Sig::int_lanes(2, 40),
                    y: Sig::uint(8),
                    t: Sig::uint(8),
                    f: Flag::new(),
                    r: Reg::uint(8),
                    _n: 3,
                }
            }
        }
    };
}

fn refusal(block: &dyn Block) -> EmitError {
    match emit("top", block) {
        Err(error) => error,
        Ok(text) => panic!("must be refused:\n{text}"),
    }
}

block!(Latch);

impl Logic for Latch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, r);
        if self.f.val() {
            self.y.next = self.a.val();
        }
    }
}

#[test]
fn latch() {
    assert!(matches!(refusal(&Latch::new()), EmitError::Latch { signal, .. } if signal == "y"));
}

block!(RegisterWithoutDefault);

impl Logic for RegisterWithoutDefault {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, r);
        if self.f.val() {
            self.r.d.next = self.a.val();
        }
        self.y.next = self.r.q.val();
    }
}

#[test]
fn register_without_default() {
    let error = refusal(&RegisterWithoutDefault::new());
    assert!(matches!(error, EmitError::Latch { signal, .. } if signal == "r_d"));
}

block!(NoClock);

impl Logic for NoClock {
    #[hdl_gen]
    fn update(&mut self) {
        self.r.d.next = self.a.val();
        self.y.next = self.r.q.val();
    }
}

#[test]
fn register_without_clock() {
    let error = refusal(&NoClock::new());
    assert!(matches!(error, EmitError::Undriven { signal, .. } if signal == "r.clock"));
}

block!(Early);

impl Logic for Early {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, r);
        if self.t.val() == 3 {
            self.t.next = self.a.val();
        } else {
            self.t.next = 1.into();
        }
        self.y.next = self.t.val();
    }
}

#[test]
fn read_before_write() {
    let error = refusal(&Early::new());
    assert!(matches!(error, EmitError::ReadBeforeWrite { signal, .. } if signal == "t"));
}

block!(TooWide);

impl Logic for TooWide {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, r);
        self.y.next = (self.wide[0].val() * self.wide[1].val()) >> 3;
    }
}

#[test]
fn too_wide() {
    assert!(matches!(
        refusal(&TooWide::new()),
        EmitError::TooWide { width: 79.., .. }
    ));
}

block!(NegativeShift);

impl Logic for NegativeShift {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, r);
        self.y.next = self.a.val() >> self.wide[0].val();
    }
}

#[test]
fn negative_shift() {
    assert!(matches!(
        refusal(&NegativeShift::new()),
        EmitError::NegativeShift { .. }
    ));
}

block!(PlainIndex);

impl Logic for PlainIndex {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, r);
        self.y.next = self.wide[self._n - 2].val();
    }
}

#[test]
fn index_by_a_plain_field() {
    let error = refusal(&PlainIndex::new());
    assert!(matches!(&error, EmitError::BadIndex { index, .. } if index == "_n-2"));
    assert!(error.to_string().contains("`Size`"), "{error}");
}

block!(Unassigned);

impl Logic for Unassigned {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, r);
        self.r.d.next = self.t.val();
    }
}

#[test]
fn unassigned() {
    assert!(matches!(
        refusal(&Unassigned::new()),
        EmitError::Undriven { .. }
    ));
}

block!(DrivesInput);

impl Logic for DrivesInput {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, r);
        self.y.next = 0.into();
        self.a.next = 0.into();
    }
}

#[test]
fn drives_an_input() {
    let error = refusal(&DrivesInput::new());
    assert!(matches!(
        error,
        EmitError::NotAssignable {
            what: "an input",
            ..
        }
    ));
}

#[derive(LogicBlock, Default)]
struct Foreign {
    a: Signal<In, Bits<8>>,
    y: Signal<Out, Bits<8>>,
}

impl Logic for Foreign {
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val() + 1;
    }
}

#[test]
fn signals_that_wrap() {
    let error = refusal(&Foreign::default());
    assert!(error.to_string().contains("use `Sig`"), "{error}");
}

#[derive(LogicBlock, Default)]
struct Oscillator {
    a: Flag<Out>,
    b: Flag<Local>,
}

impl Logic for Oscillator {
    #[hdl_gen]
    fn update(&mut self) {
        self.a.next = !self.b.val();
        self.b.next = self.a.val();
    }
}

#[test]
fn combinational_loop() {
    let error = Sim::new(Oscillator::default())
        .settle()
        .expect_err("it never settles");
    let SimError::CombinationalLoop { signals } = error else {
        panic!("{error}");
    };
    assert!(signals.contains(&"top.a".to_owned()), "{signals:?}");
}

#[test]
fn unknown_port() {
    let mut sim = Sim::new(Latch::new());
    let error = sim.set("b", 1).expect_err("there is no b");
    assert!(
        error.to_string().contains("ports: a, wide$0, wide$1, f"),
        "{error}"
    );
}
