//! The values an expression can take, from the widths of the signals in it.

use super::collect::Class;
use super::ir::{Arithmetic, Comparison, Expr, Net, Role};

/// Closed interval of integers. Saturates far beyond 64 bits, where nothing is printed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) low: i128,
    pub(super) high: i128,
}

const FAR: i128 = 1 << 100;

impl Range {
    pub(super) fn new(low: i128, high: i128) -> Self {
        Range {
            low: low.clamp(-FAR, FAR),
            high: high.clamp(-FAR, FAR),
        }
    }

    fn unsigned(width: u32) -> Self {
        Range::new(0, (1i128 << width.min(99)) - 1)
    }

    fn signed(width: u32) -> Self {
        let half = 1i128 << (width.clamp(1, 99) - 1);
        Range::new(-half, half - 1)
    }

    fn hull(values: &[i128]) -> Self {
        let low = values.iter().copied().min().unwrap_or(0);
        let high = values.iter().copied().max().unwrap_or(0);
        Range::new(low, high)
    }

    /// Wires needed to hold every value; two's complement if `signed`.
    pub(super) fn width(self, signed: bool) -> u32 {
        let bits = |v: i128| 128 - (if v < 0 { !v } else { v }).leading_zeros();
        let magnitude = bits(self.low).max(bits(self.high));
        (magnitude + u32::from(signed)).max(1)
    }

    pub(super) fn may_be_negative(self) -> bool {
        self.low < 0
    }

    /// The value, if there is only one.
    pub(super) fn constant(self) -> Option<i128> {
        (self.low == self.high).then_some(self.low)
    }
}

/// Values of `expr`.
pub(super) fn range(expr: &Expr, nets: &[Net]) -> Range {
    let of = |e: &Expr| range(e, nets);
    match expr {
        Expr::Net(id) => net_range(&nets[*id]),
        Expr::Number(v) => Range::new((*v).into(), (*v).into()),
        Expr::Bool(v) => Range::new((*v).into(), (*v).into()),
        Expr::Variant(_, value, _) => Range::new(*value as i128, *value as i128),
        Expr::Binary(a, op, b) => binary(of(a), *op, of(b)),
        Expr::Compare(a, op, b) => match compare(of(a), *op, of(b)) {
            Some(v) => Range::new(v.into(), v.into()),
            None => Range::new(0, 1),
        },
        Expr::Logic(a, op, b) => logic(of(a), *op, of(b)),
        Expr::Not(a) => Range::new(1 - of(a).high, 1 - of(a).low),
        Expr::Bit(..) | Expr::Any(_) => Range::new(0, 1),
        Expr::Invert(a) => Range::new(-1 - of(a).high, -1 - of(a).low),
        Expr::Negate(a) => Range::new(-of(a).high, -of(a).low),
        Expr::Unsigned(a, width) => within(of(a), Range::unsigned(*width)),
        Expr::Signed(a, width) => within(of(a), Range::signed(*width)),
        Expr::Replace(a, i, _) => replaced(of(a), of(i)),
    }
}

/// A cast keeps a value that fits.
fn within(value: Range, cast: Range) -> Range {
    if value.low >= cast.low && value.high <= cast.high {
        return value;
    }
    cast
}

fn net_range(net: &Net) -> Range {
    if let Role::Constant(v) = net.role {
        return Range::new(v.into(), v.into());
    }
    let width = net.width as u32;
    match &net.class {
        Class::State(variants) => Range::new(0, (variants.len() as i128 - 1).max(0)),
        _ if net.signed => Range::signed(width),
        _ => Range::unsigned(width),
    }
}

fn binary(a: Range, op: Arithmetic, b: Range) -> Range {
    match op {
        Arithmetic::Add => Range::new(a.low + b.low, a.high + b.high),
        Arithmetic::Sub => Range::new(a.low - b.high, a.high - b.low),
        Arithmetic::Mul => corners(a, b, |x, y| x.saturating_mul(y)),
        Arithmetic::And | Arithmetic::Or | Arithmetic::Xor => bitwise(a, op, b),
        Arithmetic::ShiftLeft => corners(a, b, |x, y| match y {
            0..64 => x.saturating_mul(1 << y),
            _ => x.saturating_mul(1 << 64),
        }),
        Arithmetic::ShiftRight => corners(a, b, |x, y| x >> y.clamp(0, 63)),
    }
}

fn corners(a: Range, b: Range, f: impl Fn(i128, i128) -> i128) -> Range {
    Range::hull(&[
        f(a.low, b.low),
        f(a.low, b.high),
        f(a.high, b.low),
        f(a.high, b.high),
    ])
}

fn bitwise(a: Range, op: Arithmetic, b: Range) -> Range {
    if let (Some(x), Some(y)) = (a.constant(), b.constant()) {
        let v = match op {
            Arithmetic::And => x & y,
            Arithmetic::Or => x | y,
            _ => x ^ y,
        };
        return Range::new(v, v);
    }
    let negative = a.may_be_negative() || b.may_be_negative();
    if op == Arithmetic::And && !(a.may_be_negative() && b.may_be_negative()) {
        let caps = [a, b].into_iter().filter(|r| !r.may_be_negative());
        let cap = caps.map(|r| r.high).min().unwrap_or(0);
        return Range::new(0, cap);
    }
    let width = a.width(negative).max(b.width(negative));
    if negative {
        Range::signed(width)
    } else {
        Range::unsigned(width)
    }
}

fn replaced(a: Range, index: Range) -> Range {
    let bit = (index.high.clamp(0, 63) + 1) as u32;
    if a.may_be_negative() || bit >= 64 {
        return Range::signed(a.width(true).max(bit + 1).min(64));
    }
    Range::unsigned(a.width(false).max(bit))
}

/// The outcome, if the ranges decide it.
fn compare(a: Range, op: Comparison, b: Range) -> Option<bool> {
    let decided = |always: bool, never: bool| match (always, never) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let equal = a.constant().is_some() && a == b;
    let disjoint = a.high < b.low || b.high < a.low;
    match op {
        Comparison::Equal => decided(equal, disjoint),
        Comparison::NotEqual => decided(disjoint, equal),
        Comparison::Less => decided(a.high < b.low, a.low >= b.high),
        Comparison::LessEqual => decided(a.high <= b.low, a.low > b.high),
        Comparison::Greater => decided(a.low > b.high, a.high <= b.low),
        Comparison::GreaterEqual => decided(a.low >= b.high, a.high < b.low),
    }
}

fn logic(a: Range, op: super::ir::Logical, b: Range) -> Range {
    use super::ir::Logical;
    match op {
        Logical::And | Logical::BitAnd => Range::new(a.low.min(b.low), a.high.min(b.high)),
        Logical::Or | Logical::BitOr => Range::new(a.low.max(b.low), a.high.max(b.high)),
        Logical::BitXor => match (a.constant(), b.constant()) {
            (Some(x), Some(y)) => Range::new(x ^ y, x ^ y),
            _ => Range::new(0, 1),
        },
    }
}
