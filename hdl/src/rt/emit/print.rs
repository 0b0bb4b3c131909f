//! Expressions as Verilog that computes exactly what the simulation computes.
//!
//! Sums, products and bitwise operators need only as many bits of their operands as are wanted of the
//! result, so every operand is brought to exactly that width ([`Printer::bits`]) and signs stop mattering.
//! Right shifts, comparisons and widening casts need the whole value, sign included: their operands are
//! printed as wide as their range, and signed if any of them is ([`Printer::shape`]).

use std::cell::RefCell;

use super::error::EmitError;
use super::ir::{Arithmetic, Comparison, Expr, Logical, Net, NetId, Role};
use super::operand::{Sign, behind_unary, extend, literal, unwrap_parentheses, widen_text};
use super::range::{Range, range};

type Printed = Result<String, EmitError>;

/// Prints expressions of one block, and remembers which bits they read.
pub(super) struct Printer<'a> {
    pub(super) path: &'a str,
    pub(super) nets: &'a [Net],
    /// Bits read of each net.
    pub(super) read: RefCell<Vec<u64>>,
    /// Enum variants printed: name, value, width.
    pub(super) variants: RefCell<Vec<(String, usize, usize)>>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(path: &'a str, nets: &'a [Net]) -> Self {
        Printer {
            path,
            nets,
            read: RefCell::new(vec![0; nets.len()]),
            variants: RefCell::default(),
        }
    }

    /// Right-hand side for a net.
    pub(super) fn value_for(&self, target: NetId, e: &Expr) -> Printed {
        let net = &self.nets[target];
        let state = matches!(net.class, super::collect::Class::State(_));
        let text = if let Some(state) = self.state(e).filter(|_| state) {
            state
        } else if net.width == 1 && is_truth(e, self.nets) {
            self.truth(e)?
        } else {
            self.bits(e, net.width as u32, Sign::Any)?
        };
        Ok(unwrap_parentheses(text))
    }

    /// A condition.
    pub(super) fn condition(&self, e: &Expr) -> Printed {
        self.truth(e).map(unwrap_parentheses)
    }

    /// The opposite of a condition.
    pub(super) fn negated(&self, e: &Expr) -> Printed {
        self.not(e).map(unwrap_parentheses)
    }

    /// The subject of a case, at its own width.
    pub(super) fn subject(&self, e: &Expr) -> Printed {
        match e {
            Expr::Net(net) => Ok(self.slice(*net, 0, self.nets[*net].width)),
            e if is_truth(e, self.nets) => self.condition(e),
            e => {
                let width = self.range(e).width(false);
                self.bits(e, width, Sign::Any).map(unwrap_parentheses)
            }
        }
    }

    /// Bits `low..low + width` of a net, without a sign unless they are the whole of a signed one.
    pub(super) fn slice(&self, id: NetId, low: usize, width: usize) -> String {
        let net = &self.nets[id];
        if let Some(read) = self.read.borrow_mut().get_mut(id) {
            *read |= (u64::MAX >> (64 - width.clamp(1, 64))) << low;
        }
        let low = net.offset + low;
        if width == net.total {
            return net.base.clone();
        }
        if width == 1 {
            return format!("{}[{low}]", net.base);
        }
        format!("{}[{}:{low}]", net.base, low + width - 1)
    }

    fn range(&self, e: &Expr) -> Range {
        range(e, self.nets)
    }

    /// The low `n` bits of `e`, as an operand.
    fn bits(&self, e: &Expr, n: u32, sign: Sign) -> Printed {
        if let Some(v) = self.range(e).constant() {
            return Ok(self
                .named_constant(e, n, sign)
                .unwrap_or_else(|| literal(v, n, sign)));
        }
        match e {
            Expr::Net(net) => Ok(self.net_bits(*net, n, sign)),
            Expr::Number(v) => Ok(literal((*v).into(), n, sign)),
            Expr::Binary(a, Arithmetic::ShiftRight, k) => self.shift_right(a, k, n, sign),
            Expr::Binary(a, Arithmetic::ShiftLeft, k) => self.shift_left(a, k, n, sign),
            Expr::Binary(a, op, b) => {
                let op = match op {
                    Arithmetic::Add => "+",
                    Arithmetic::Sub => "-",
                    Arithmetic::Mul => "*",
                    Arithmetic::And => "&",
                    Arithmetic::Or => "|",
                    _ => "^",
                };
                Ok(format!(
                    "({} {op} {})",
                    self.bits(a, n, sign)?,
                    self.bits(b, n, sign)?
                ))
            }
            Expr::Invert(a) => Ok(format!("(~{})", behind_unary(self.bits(a, n, sign)?))),
            Expr::Negate(a) => Ok(format!("(-{})", behind_unary(self.bits(a, n, sign)?))),
            Expr::Unsigned(a, width) | Expr::Signed(a, width) if *width >= n => {
                self.bits(a, n, sign)
            }
            Expr::Unsigned(a, width) => self.widen(a, *width, n, false, sign),
            Expr::Signed(a, width) => self.widen(a, *width, n, true, sign),
            Expr::Replace(a, i, v) => self.replace(a, i, v, n, sign),
            truth => Ok(extend(self.truth(truth)?, 1, n, sign)),
        }
    }

    /// The name of a constant that has one and fits the place.
    fn named_constant(&self, e: &Expr, n: u32, sign: Sign) -> Option<String> {
        let Expr::Net(id) = e else { return None };
        let net = &self.nets[*id];
        let fits = net.width as u32 == n && (sign == Sign::Any || net.signed);
        (fits && matches!(net.role, Role::Constant(_))).then(|| self.slice(*id, 0, net.width))
    }

    fn net_bits(&self, id: NetId, n: u32, sign: Sign) -> String {
        let net = &self.nets[id];
        let width = net.width as u32;
        let text = self.slice(id, 0, n.min(width) as usize);
        let declared = net.declared_signed && n >= width;
        let as_signed = |text: String| match declared {
            true => text,
            false => format!("$signed({text})"),
        };
        if n <= width {
            return match sign {
                Sign::Any => text,
                Sign::Signed => as_signed(text),
            };
        }
        if net.signed {
            return format!("{n}'({})", as_signed(text));
        }
        extend(text, width, n, sign)
    }

    /// The low `width` bits of `a`, read with or without sign, at `n > width` bits.
    fn widen(&self, a: &Expr, width: u32, n: u32, signed: bool, sign: Sign) -> Printed {
        if let Some(text) = self.direct_slice(a, width) {
            return Ok(match signed {
                true => format!("{n}'($signed({text}))"),
                false => extend(text, width, n, sign),
            });
        }
        let inner = unwrap_parentheses(self.bits(a, width, Sign::Any)?);
        Ok(widen_text(&inner, n, signed, sign))
    }

    /// The low `width` bits of a net, or of a net shifted by a constant, as a plain part of the net.
    fn direct_slice(&self, e: &Expr, width: u32) -> Option<String> {
        let (net, low) = match e {
            Expr::Net(net) => (*net, 0),
            Expr::Binary(a, Arithmetic::ShiftRight, k) => match &**a {
                Expr::Net(net) => (*net, self.range(k).constant()?),
                _ => return None,
            },
            _ => return None,
        };
        let fits = low >= 0 && low + i128::from(width) <= self.nets[net].width as i128;
        fits.then(|| self.slice(net, low as usize, width as usize))
    }

    fn shift_right(&self, a: &Expr, k: &Expr, n: u32, sign: Sign) -> Printed {
        if let Some(text) = self.direct_slice(
            &Expr::Binary(
                Box::new(a.clone()),
                Arithmetic::ShiftRight,
                Box::new(k.clone()),
            ),
            n,
        ) {
            return Ok(match sign {
                Sign::Any => text,
                Sign::Signed => format!("$signed({text})"),
            });
        }
        let (width, signed) = self.shape(&[a])?;
        let op = if signed { ">>>" } else { ">>" };
        let inner_sign = if signed { Sign::Signed } else { Sign::Any };
        let value = self.bits(a, width, inner_sign)?;
        let shifted = format!("{value} {op} {}", self.amount(k)?);
        if n > width {
            return Ok(widen_text(&shifted, n, signed, sign));
        }
        // The cast keeps the sign of the shift from being lost among unsigned neighbours.
        let isolated = format!("{n}'({shifted})");
        Ok(match sign {
            Sign::Signed if !signed => format!("$signed({isolated})"),
            _ => isolated,
        })
    }

    fn shift_left(&self, a: &Expr, k: &Expr, n: u32, sign: Sign) -> Printed {
        let amount = self.range(k).constant();
        if amount.is_some_and(|k| k >= i128::from(n)) {
            return Ok(literal(0, n, sign));
        }
        Ok(format!(
            "({} << {})",
            self.bits(a, n, sign)?,
            self.amount(k)?
        ))
    }

    /// The amount of a shift, unsigned and at its own width.
    fn amount(&self, k: &Expr) -> Printed {
        let range = self.range(k);
        if range.may_be_negative() {
            return Err(EmitError::NegativeShift {
                block: self.path.to_owned(),
                expression: format!("{k:?}"),
            });
        }
        match range.constant() {
            Some(v) => Ok(v.min(64).to_string()),
            None => self.bits(k, self.exact_width(k, range.width(false))?, Sign::Any),
        }
    }

    fn replace(&self, a: &Expr, i: &Expr, v: &Expr, n: u32, sign: Sign) -> Printed {
        let amount = self.amount(i)?;
        let one = literal(1, n, sign);
        let bit = extend(self.truth(v)?, 1, n, sign);
        let value = self.bits(a, n, sign)?;
        Ok(format!(
            "(({value} & (~({one} << {amount}))) | ({bit} << {amount}))"
        ))
    }

    /// Width and sign in which Verilog keeps the values of all `operands`.
    fn shape(&self, operands: &[&Expr]) -> Result<(u32, bool), EmitError> {
        let signed = operands
            .iter()
            .any(|e| self.range(e).may_be_negative() || reads_signed(e, self.nets));
        let mut width = 1;
        for e in operands {
            width = width.max(self.exact_width(e, self.range(e).width(signed))?);
        }
        Ok((width, signed))
    }

    fn exact_width(&self, e: &Expr, width: u32) -> Result<u32, EmitError> {
        if self.range(e).width(true) <= 64 {
            return Ok(width);
        }
        Err(EmitError::TooWide {
            block: self.path.to_owned(),
            width,
            expression: format!("{e:?}"),
        })
    }

    /// `e` as one bit, self-contained.
    fn truth(&self, e: &Expr) -> Printed {
        match e {
            Expr::Bool(v) => Ok(format!("1'b{}", u8::from(*v))),
            e if self.range(e).constant().is_some() && is_truth(e, self.nets) => {
                Ok(literal(self.range(e).high, 1, Sign::Any).replace('d', "b"))
            }
            Expr::Net(net) => Ok(self.slice(*net, 0, 1)),
            Expr::Compare(a, op, b) => self.compare(a, *op, b),
            Expr::Logic(a, op, b) => self.logic(a, *op, b),
            Expr::Not(a) => self.not(a),
            Expr::Any(a) => self.compare(a, Comparison::NotEqual, &Expr::Number(0)),
            Expr::Bit(a, i) => self.bit(a, i),
            e => self.bits(e, 1, Sign::Any),
        }
    }

    /// A comparison is turned round; anything else is a name, a part of one or parenthesised, and takes the `!` in front.
    fn not(&self, a: &Expr) -> Printed {
        let zero = Expr::Number(0);
        match a {
            Expr::Any(a) => self.compare(a, Comparison::Equal, &zero),
            Expr::Compare(a, Comparison::Equal, b) => self.compare(a, Comparison::NotEqual, b),
            Expr::Compare(a, Comparison::NotEqual, b) => self.compare(a, Comparison::Equal, b),
            Expr::Compare(a, Comparison::Less, b) => self.compare(a, Comparison::GreaterEqual, b),
            Expr::Compare(a, Comparison::GreaterEqual, b) => self.compare(a, Comparison::Less, b),
            Expr::Compare(a, Comparison::Greater, b) => self.compare(a, Comparison::LessEqual, b),
            Expr::Compare(a, Comparison::LessEqual, b) => self.compare(a, Comparison::Greater, b),
            a => Ok(format!("!{}", behind_unary(self.truth(a)?))),
        }
    }

    fn bit(&self, a: &Expr, i: &Expr) -> Printed {
        self.bits(
            &Expr::Binary(
                Box::new(a.clone()),
                Arithmetic::ShiftRight,
                Box::new(i.clone()),
            ),
            1,
            Sign::Any,
        )
    }

    fn compare(&self, a: &Expr, op: Comparison, b: &Expr) -> Printed {
        let op = match op {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => ">=",
        };
        let states = [a, b].map(|e| self.state(e));
        if let [Some(a), Some(b)] = states {
            return Ok(format!("({a} {op} {b})"));
        }
        let (width, signed) = self.shape(&[a, b])?;
        let sign = if signed { Sign::Signed } else { Sign::Any };
        let (a, b) = (self.bits(a, width, sign)?, self.bits(b, width, sign)?);
        Ok(format!("({a} {op} {b})"))
    }

    /// A state or a variant, at the width of its type.
    pub(super) fn state(&self, e: &Expr) -> Option<String> {
        match e {
            Expr::Variant(name, value, width) => {
                let variant = (name.clone(), *value, *width);
                let mut variants = self.variants.borrow_mut();
                if !variants.contains(&variant) {
                    variants.push(variant);
                }
                Some(name.clone())
            }
            Expr::Net(net) if matches!(self.nets[*net].class, super::collect::Class::State(_)) => {
                Some(self.slice(*net, 0, self.nets[*net].width))
            }
            _ => None,
        }
    }

    fn logic(&self, a: &Expr, op: Logical, b: &Expr) -> Printed {
        let symbol = match op {
            Logical::And => "&&",
            Logical::Or => "||",
            Logical::BitAnd => "&",
            Logical::BitOr => "|",
            Logical::BitXor => "^",
        };
        // All five are associative: a chain of one operator needs one pair of parentheses.
        let operand = |e: &Expr| match e {
            Expr::Logic(_, inner, _) if *inner == op => self.truth(e).map(unwrap_parentheses),
            e => self.truth(e),
        };
        Ok(format!("({} {symbol} {})", operand(a)?, operand(b)?))
    }
}

/// Whether `e` is a truth value in Rust.
fn is_truth(e: &Expr, nets: &[Net]) -> bool {
    match e {
        Expr::Net(net) => nets[*net].class == super::collect::Class::Flag,
        Expr::Bool(_) | Expr::Compare(..) | Expr::Logic(..) | Expr::Not(_) => true,
        Expr::Bit(..) | Expr::Any(_) => true,
        _ => false,
    }
}

fn reads_signed(e: &Expr, nets: &[Net]) -> bool {
    e.nets().iter().any(|net| nets[*net].signed)
}
