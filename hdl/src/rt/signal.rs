//! Signals whose width is a value, and constants, that `#[derive(LogicBlock)]` and `#[hdl_gen]` accept
//! beside rust-hdl's own.

use std::marker::PhantomData;

use rust_hdl::core::constraint::PinConstraint;
use rust_hdl::core::prelude::*;
use rust_hdl::core::signal::get_signal_id;

use super::exchange;
use super::value::{Val, low_bits, sign_extend};

/// What a signal can carry: an integer ([`Val`]) or a truth value (`bool`).
pub trait Word: Copy + Default + PartialEq + std::fmt::Debug + 'static {
    /// Name the emitter knows the type by.
    const TYPE_NAME: &'static str;
    /// The word that `width` wires carry when `self` is put on them.
    fn fit(self, width: usize, signed: bool) -> Self;
    /// The value as an integer.
    fn to_i64(self) -> i64;
    /// The word for an integer.
    fn from_i64(v: i64) -> Self;
}

impl Word for Val {
    const TYPE_NAME: &'static str = "integer";
    #[inline]
    fn fit(self, width: usize, signed: bool) -> Self {
        let fit = if signed { sign_extend } else { low_bits };
        fit(self.get(), width).into()
    }
    #[inline]
    fn to_i64(self) -> i64 {
        self.get()
    }
    fn from_i64(v: i64) -> Self {
        v.into()
    }
}

impl Word for bool {
    const TYPE_NAME: &'static str = "flag";
    #[inline]
    fn fit(self, _: usize, _: bool) -> Self {
        self
    }
    #[inline]
    fn to_i64(self) -> i64 {
        self.into()
    }
    fn from_i64(v: i64) -> Self {
        v & 1 == 1
    }
}

/// A bundle of wires: a port (`In`, `Out`) or a net inside a block (`Local`).
///
/// `Vec<Sig<In>>` and `Vec<Sig<Out>>` are buses of lanes: one packed Verilog vector, lane 0 in the low bits.
#[derive(Debug)]
pub struct Sig<D: Direction, T: Word = Val> {
    /// What drives the signal: assigned in `update`.
    pub next: T,
    val: T,
    changed: bool,
    claimed: bool,
    id: usize,
    width: u8,
    signed: bool,
    direction: PhantomData<D>,
}

/// A clone is a signal of its own: it has its own identity.
impl<D: Direction, T: Word> Clone for Sig<D, T> {
    fn clone(&self) -> Self {
        Sig {
            id: get_signal_id(),
            ..*self
        }
    }
}

/// A truth value on one wire: `val()` is a `bool`, so it stands in `if` and `&&`.
pub type Flag<D> = Sig<D, bool>;

impl<D: Direction, T: Word> Sig<D, T> {
    fn with_shape(width: usize, signed: bool) -> Self {
        assert!(
            (1..=63).contains(&width),
            "a signal has 1 to 63 bits, not {width}: use a Vec of lanes"
        );
        Sig {
            next: T::default(),
            val: T::default(),
            changed: false,
            claimed: false,
            id: get_signal_id(),
            width: width as u8,
            signed,
            direction: PhantomData,
        }
    }

    /// Number of wires.
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// Whether the wires hold a two's complement number.
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    #[inline]
    fn fitted(&self) -> T {
        self.next.fit(self.width as usize, self.signed)
    }
}

impl<D: Direction> Sig<D> {
    /// Two's complement signal of 1 to 63 bits. Panics on any other width.
    pub fn int(width: usize) -> Self {
        Self::with_shape(width, true)
    }

    /// Unsigned signal of 1 to 63 bits. Panics on any other width.
    pub fn uint(width: usize) -> Self {
        Self::with_shape(width, false)
    }

    /// `lanes` two's complement signals: a bus.
    pub fn int_lanes(lanes: usize, width: usize) -> Vec<Self> {
        (0..lanes).map(|_| Self::int(width)).collect()
    }

    /// `lanes` unsigned signals: a bus.
    pub fn uint_lanes(lanes: usize, width: usize) -> Vec<Self> {
        (0..lanes).map(|_| Self::uint(width)).collect()
    }
}

impl<D: Direction> Flag<D> {
    /// A flag, low at the start.
    pub fn new() -> Self {
        Self::with_shape(1, false)
    }

    /// `lanes` flags: a bus.
    pub fn lanes(lanes: usize) -> Vec<Self> {
        (0..lanes).map(|_| Self::new()).collect()
    }
}

impl<D: Direction> Default for Flag<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Word> Sig<In, T> {
    /// The value on the wires.
    #[inline]
    pub fn val(&self) -> T {
        self.val
    }
}

impl<T: Word> Sig<Out, T> {
    /// The value assigned last.
    #[inline]
    pub fn val(&self) -> T {
        self.fitted()
    }
}

impl<T: Word> Sig<Local, T> {
    /// The value assigned last.
    #[inline]
    pub fn val(&self) -> T {
        self.fitted()
    }
}

impl<D: Direction, T: Word> Logic for Sig<D, T> {
    fn update(&mut self) {}
    fn connect(&mut self) {
        self.claimed = true;
    }
}

impl<D: Direction, T: Word> Block for Sig<D, T> {
    /// The one walk over a block that may change signals: the simulator sets and reads ports through it.
    fn connect_all(&mut self) {
        let fitted = self.fitted().to_i64();
        if let Some(v) = exchange::visit(self.id, fitted) {
            self.next = T::from_i64(v);
        }
    }
    #[inline]
    fn update_all(&mut self) {
        let fitted = self.fitted();
        self.changed = fitted != self.val;
        self.val = fitted;
    }
    #[inline]
    fn has_changed(&self) -> bool {
        self.changed
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_atom(name, self);
    }
}

impl<D: Direction, T: Word> Atom for Sig<D, T> {
    fn bits(&self) -> usize {
        self.width()
    }
    fn connected(&self) -> bool {
        self.claimed
    }
    fn changed(&self) -> bool {
        self.changed
    }
    fn kind(&self) -> AtomKind {
        D::KIND
    }
    fn descriptor(&self) -> TypeDescriptor {
        integer_descriptor(T::TYPE_NAME, self.width(), self.signed)
    }
    fn vcd(&self) -> VCDValue {
        VCDValue::String(self.val.to_i64().to_string())
    }
    fn id(&self) -> usize {
        self.id
    }
    fn verilog(&self) -> VerilogLiteral {
        (self.val.to_i64() as u64).into()
    }
    fn constraints(&self) -> Vec<PinConstraint> {
        Vec::new()
    }
}

/// How a signal of this crate describes itself to the emitter.
pub(crate) fn integer_descriptor(name: &str, width: usize, signed: bool) -> TypeDescriptor {
    TypeDescriptor {
        name: name.to_owned(),
        kind: if signed {
            TypeKind::Signed(width)
        } else {
            TypeKind::Bits(width)
        },
    }
}
