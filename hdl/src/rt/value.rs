//! The value of an expression, as the simulation computes it.
//!
//! A [`Val`] is a 64-bit two's complement integer without a width of its own: operators are exact
//! (they wrap at 64 bits only), and a value is fitted to a width when it is assigned to a signal.
//! The emitter prints Verilog that computes the same number; `super` states the contract.

use std::cmp::Ordering;
use std::ops::{Add, BitAnd, BitOr, BitXor, Mul, Neg, Not, Shl, Shr, Sub};

/// Integer value of an expression inside `update`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Val {
    v: i64,
    /// What a cast function asks of the emitter; 0 for everything else. See [`Request`].
    request: usize,
}

impl Val {
    /// The integer itself.
    #[inline]
    pub fn get(self) -> i64 {
        self.v
    }

    /// What the call that made this value tells the emitter (`#[hdl_gen]` asks for it by this name).
    #[inline]
    pub fn bits(self) -> usize {
        self.request
    }

    /// Bit `index` of the two's complement value; beyond 63 this is the sign.
    #[inline]
    pub fn get_bit(self, index: impl Into<Val>) -> bool {
        (self >> index).v & 1 == 1
    }

    /// `N` bits from `offset` upwards, unsigned. `offset` may use loop variables.
    #[inline]
    pub fn get_bits<const N: usize>(self, offset: impl Into<Val>) -> Val {
        let shifted = (self >> offset).v;
        low_bits(shifted, N).into()
    }

    /// The value with bit `index` (0 to 63) replaced.
    #[inline]
    pub fn replace_bit(self, index: impl Into<Val>, bit: bool) -> Val {
        let mask = Val::from(1) << index.into();
        let cleared = self.v & !mask.v;
        Val::from(if bit { cleared | mask.v } else { cleared })
    }

    /// Whether any bit is set (the value is not zero).
    #[inline]
    pub fn any(self) -> bool {
        self.v != 0
    }
}

macro_rules! from_integer {
    ($($t:ty),*) => { $(
        impl From<$t> for Val {
            #[inline]
            fn from(v: $t) -> Self {
                Val { v: v as i64, request: 0 }
            }
        }
    )* };
}
from_integer!(i64, i32, u8, u32, usize, bool);

macro_rules! operator {
    ($($trait:ident $method:ident $value:expr),* $(,)?) => { $(
        impl<R: Into<Val>> $trait<R> for Val {
            type Output = Val;
            #[inline]
            fn $method(self, right: R) -> Val {
                let value: fn(i64, i64) -> i64 = $value;
                Val::from(value(self.v, right.into().v))
            }
        }
    )* };
}
operator!(
    Add add |a, b| a.wrapping_add(b),
    Sub sub |a, b| a.wrapping_sub(b),
    Mul mul |a, b| a.wrapping_mul(b),
    BitAnd bitand |a, b| a & b,
    BitOr bitor |a, b| a | b,
    BitXor bitxor |a, b| a ^ b,
    Shl shl |a, b| if (0..64).contains(&b) { a << b } else { 0 },
    Shr shr |a, b| a >> b.clamp(0, 63),
);

impl Not for Val {
    type Output = Val;
    #[inline]
    fn not(self) -> Val {
        Val::from(!self.v)
    }
}

impl Neg for Val {
    type Output = Val;
    #[inline]
    fn neg(self) -> Val {
        Val::from(self.v.wrapping_neg())
    }
}

impl<R: Into<Val> + Copy> PartialEq<R> for Val {
    #[inline]
    fn eq(&self, other: &R) -> bool {
        self.v == (*other).into().v
    }
}

impl<R: Into<Val> + Copy> PartialOrd<R> for Val {
    #[inline]
    fn partial_cmp(&self, other: &R) -> Option<Ordering> {
        self.v.partial_cmp(&(*other).into().v)
    }
}

/// What a cast call asks of the emitter.
///
/// `#[hdl_gen]` hands over one integer per call, so kind and operand share it: the kind in the top two
/// bits, the width or the constant below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Keep the low bits, unsigned.
    Unsigned(u32),
    /// Keep the low bits, two's complement.
    Signed(u32),
    /// The value is this constant.
    Constant(i64),
}

const KIND_SHIFT: u32 = 62;
const KIND_SIGNED: usize = 1 << KIND_SHIFT;
const KIND_CONSTANT: usize = 2 << KIND_SHIFT;
const CONSTANT_BITS: usize = 62;

impl Request {
    fn encode(self) -> usize {
        match self {
            Request::Unsigned(width) => width as usize,
            Request::Signed(width) => KIND_SIGNED | width as usize,
            Request::Constant(v) => KIND_CONSTANT | low_bits(v, CONSTANT_BITS) as usize,
        }
    }

    pub(crate) fn decode(code: usize) -> Request {
        let payload = code & (KIND_SIGNED - 1);
        if code >= KIND_CONSTANT {
            return Request::Constant(sign_extend(payload as i64, CONSTANT_BITS));
        }
        if code >= KIND_SIGNED {
            return Request::Signed(payload as u32);
        }
        Request::Unsigned(payload as u32)
    }
}

/// The low `width` bits (1 to 63) as an unsigned number.
#[inline]
pub(crate) fn low_bits(v: i64, width: usize) -> i64 {
    let unused = 64 - width.clamp(1, 63) as u32;
    (((v as u64) << unused) >> unused) as i64
}

/// The low `width` bits (1 to 64) as a two's complement number.
#[inline]
pub(crate) fn sign_extend(v: i64, width: usize) -> i64 {
    let unused = 64 - width.clamp(1, 64) as u32;
    (v << unused) >> unused
}

/// The low `width` bits (1 to 63) of `x`, unsigned. No loop variable may appear in the call.
#[inline]
pub fn bit_cast_to(x: impl Into<Val>, width: usize) -> Val {
    Val {
        v: low_bits(x.into().v, width),
        request: Request::Unsigned(width as u32).encode(),
    }
}

/// The low `width` bits (1 to 63) of `x` as a two's complement number. No loop variable may appear in
/// the call.
#[inline]
pub fn bit_cast_signed(x: impl Into<Val>, width: usize) -> Val {
    Val {
        v: sign_extend(x.into().v, width),
        request: Request::Signed(width as u32).encode(),
    }
}

/// A constant of up to 62 bits computed from plain Rust fields: `bits_of(self._limit)`.
/// No loop variable may appear in the call.
#[inline]
pub fn bits_of(constant: impl Into<Val>) -> Val {
    let v = constant.into().v;
    Val {
        v,
        request: Request::Constant(v).encode(),
    }
}
