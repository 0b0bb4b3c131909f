//! From what `#[hdl_gen]` recorded to statements: loops unrolled, names resolved, dead branches dropped.

use rust_hdl::core::ast::{
    VerilogBlockOrConditional, VerilogConditional, VerilogExpression as V, VerilogLoop,
    VerilogMatch, VerilogOp, VerilogOpUnary, VerilogStatement as S,
};

use super::collect::{Class, is_bool_literal, literal_value};
use super::error::EmitError;
use super::index::Scope;
use super::ir::{Arithmetic, Arm, Comparison, Expr, Logical, NetId, Role, Stmt};
use super::nets::Nets;
use super::range::range;
use crate::rt::value::Request;

type Lowered<T> = Result<T, EmitError>;

/// Lowers the statements of the block at `path`.
pub(super) fn lower(path: &str, nets: &Nets, statements: &[S]) -> Lowered<Vec<Stmt>> {
    let mut lowering = Lowering {
        path,
        nets,
        loops: Vec::new(),
    };
    let mut out = Vec::new();
    lowering.block(statements, &mut out)?;
    Ok(out)
}

struct Lowering<'a> {
    path: &'a str,
    nets: &'a Nets,
    loops: Vec<(String, i64)>,
}

impl Lowering<'_> {
    fn block(&mut self, statements: &[S], out: &mut Vec<Stmt>) -> Lowered<()> {
        for statement in statements {
            match statement {
                S::Assignment(V::Signal(target), value) => {
                    let target = self.target(target)?;
                    out.push(Stmt::Assign(target, self.expr(value)?));
                }
                S::If(conditional) => self.conditional(conditional, out)?,
                S::Match(m) => self.case(m, out)?,
                S::Loop(l) => self.unroll(l, out)?,
                S::Macro(block) => self.block(block, out)?,
                S::Comment(_) => {}
                S::Assignment(..) | S::SliceAssignment { .. } => {
                    return Err(
                        self.unsupported("an assignment to a part of a signal", "assign lanes")
                    );
                }
                S::Link(_) => {
                    return Err(self.unsupported("a link of interfaces", "assign signal by signal"));
                }
            }
        }
        Ok(())
    }

    fn unroll(&mut self, l: &VerilogLoop, out: &mut Vec<Stmt>) -> Lowered<()> {
        let bound = |literal| literal_value(literal).unwrap_or(0);
        for i in bound(&l.from)..bound(&l.to) {
            self.loops.push((l.index.clone(), i as i64));
            self.block(&l.block, out)?;
            self.loops.pop();
        }
        Ok(())
    }

    fn conditional(&mut self, c: &VerilogConditional, out: &mut Vec<Stmt>) -> Lowered<()> {
        let condition = self.expr(&c.test)?;
        let decided = range(&condition, &self.nets.all).constant();
        let (mut then, mut other) = (Vec::new(), Vec::new());
        if decided != Some(0) {
            self.block(&c.then, &mut then)?;
        }
        if decided != Some(1) {
            match &c.otherwise {
                VerilogBlockOrConditional::Block(block) => self.block(block, &mut other)?,
                VerilogBlockOrConditional::Conditional(statement) => {
                    self.block(std::slice::from_ref(&**statement), &mut other)?;
                }
                VerilogBlockOrConditional::None => {}
            }
        }
        match decided {
            Some(0) => out.append(&mut other),
            Some(_) => out.append(&mut then),
            None => out.push(Stmt::If(condition, then, other)),
        }
        Ok(())
    }

    fn case(&mut self, m: &VerilogMatch, out: &mut Vec<Stmt>) -> Lowered<()> {
        let subject = self.expr(&m.test)?;
        let mut arms: Vec<Arm> = Vec::new();
        for case in &m.cases {
            let label = match case.condition.as_str() {
                "default" => None,
                "true" => Some(Expr::Bool(true)),
                "false" => Some(Expr::Bool(false)),
                name => Some(self.variant(name).ok_or_else(|| self.unknown(name))?),
            };
            let mut body = Vec::new();
            self.block(&case.block, &mut body)?;
            arms.push((label, body));
        }
        // A Rust match is exhaustive: what no other arm takes, the last one takes.
        if let Some(last) = arms.last_mut() {
            last.0 = None;
        }
        out.push(Stmt::Case(subject, arms));
        Ok(())
    }

    fn target(&self, name: &str) -> Lowered<NetId> {
        let name = name.strip_suffix("$next").unwrap_or(name);
        let net = self.find(name)?.ok_or_else(|| self.unknown(name))?;
        let what = match self.nets.all[net].role {
            Role::Input => "an input",
            Role::Constant(_) => "a constant",
            Role::ChildOutput | Role::RegisterOutput => "an output of a child",
            _ => return Ok(net),
        };
        Err(EmitError::NotAssignable {
            block: self.path.to_owned(),
            signal: self.nets.all[net].key.clone(),
            what,
        })
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            loops: &self.loops,
            sizes: &self.nets.sizes,
        }
    }

    fn find(&self, name: &str) -> Lowered<Option<NetId>> {
        let key = self
            .scope()
            .resolve(name)
            .map_err(|(index, reason)| EmitError::BadIndex {
                block: self.path.to_owned(),
                index,
                reason,
            })?;
        Ok(self.nets.find(&key))
    }

    fn name(&self, name: &str) -> Lowered<Expr> {
        if let Some(v) = self.scope().constant(name) {
            return Ok(Expr::Number(v));
        }
        if let Some(net) = self.find(name)? {
            return Ok(Expr::Net(net));
        }
        self.variant(name).ok_or_else(|| self.unknown(name))
    }

    /// An enum variant, from `Type$Variant` with any path before it.
    fn variant(&self, name: &str) -> Option<Expr> {
        let wanted = name.replace('$', "::");
        let states = self.nets.all.iter().filter_map(|net| match &net.class {
            Class::State(variants) => Some((variants, net.width)),
            _ => None,
        });
        for (variants, width) in states {
            let found = variants
                .iter()
                .position(|v| *v == wanted || wanted.ends_with(&format!("::{v}")));
            if let Some(value) = found {
                return Some(Expr::Variant(
                    variants[value].replace("::", "_"),
                    value,
                    width,
                ));
            }
        }
        None
    }

    fn expr(&self, e: &V) -> Lowered<Expr> {
        let sub = |e: &V| self.expr(e).map(Box::new);
        Ok(match e {
            V::Signal(name) => self.name(name)?,
            V::Literal(literal) if is_bool_literal(literal) => {
                Expr::Bool(literal_value(literal) == Some(1))
            }
            V::Literal(literal) => Expr::Number(literal_value(literal).unwrap_or(0) as i64),
            V::Paren(e) => self.expr(e)?,
            V::Cast(e, code) => match Request::decode(*code) {
                Request::Constant(v) => Expr::Number(v),
                Request::Unsigned(width) => Expr::Unsigned(sub(e)?, width),
                Request::Signed(width) => Expr::Signed(sub(e)?, width),
            },
            V::Unary(op, a) => self.unary(op, self.expr(a)?)?,
            V::Binary(a, op, b) => self.binary(sub(a)?, op, sub(b)?),
            V::Index(a, i) => Expr::Bit(sub(a)?, sub(i)?),
            V::Slice(a, width, offset) => {
                let shifted = Expr::Binary(sub(a)?, Arithmetic::ShiftRight, sub(offset)?);
                Expr::Unsigned(Box::new(shifted), *width as u32)
            }
            V::IndexReplace(a, i, v) => Expr::Replace(sub(a)?, sub(i)?, sub(v)?),
            V::Signed(_) | V::Unsigned(_) => {
                return Err(
                    self.unsupported("a cast without a width", "use `bit_cast_signed(x, width)`")
                );
            }
        })
    }

    fn unary(&self, op: &VerilogOpUnary, a: Expr) -> Lowered<Expr> {
        let is_bool = self.is_bool(&a);
        let a = Box::new(a);
        Ok(match op {
            VerilogOpUnary::Not if is_bool => Expr::Not(a),
            VerilogOpUnary::Not => Expr::Invert(a),
            VerilogOpUnary::Neg => Expr::Negate(a),
            VerilogOpUnary::Any => Expr::Any(a),
            VerilogOpUnary::All | VerilogOpUnary::Xor => {
                return Err(self.unsupported(
                    "`all()` or `xor()`",
                    "a value has no width: compare instead",
                ));
            }
        })
    }

    fn binary(&self, a: Box<Expr>, op: &VerilogOp, b: Box<Expr>) -> Expr {
        let both_bool = self.is_bool(&a) && self.is_bool(&b);
        let bitwise = |a, arithmetic, logical, b| match both_bool {
            true => Expr::Logic(a, logical, b),
            false => Expr::Binary(a, arithmetic, b),
        };
        match op {
            VerilogOp::Add => Expr::Binary(a, Arithmetic::Add, b),
            VerilogOp::Sub => Expr::Binary(a, Arithmetic::Sub, b),
            VerilogOp::Mul => Expr::Binary(a, Arithmetic::Mul, b),
            VerilogOp::Shl => Expr::Binary(a, Arithmetic::ShiftLeft, b),
            VerilogOp::Shr => Expr::Binary(a, Arithmetic::ShiftRight, b),
            VerilogOp::LogicalAnd => Expr::Logic(a, Logical::And, b),
            VerilogOp::LogicalOr => Expr::Logic(a, Logical::Or, b),
            VerilogOp::BitAnd => bitwise(a, Arithmetic::And, Logical::BitAnd, b),
            VerilogOp::BitOr => bitwise(a, Arithmetic::Or, Logical::BitOr, b),
            VerilogOp::BitXor => bitwise(a, Arithmetic::Xor, Logical::BitXor, b),
            VerilogOp::Eq => Expr::Compare(a, Comparison::Equal, b),
            VerilogOp::Ne => Expr::Compare(a, Comparison::NotEqual, b),
            VerilogOp::Lt => Expr::Compare(a, Comparison::Less, b),
            VerilogOp::Le => Expr::Compare(a, Comparison::LessEqual, b),
            VerilogOp::Gt => Expr::Compare(a, Comparison::Greater, b),
            VerilogOp::Ge => Expr::Compare(a, Comparison::GreaterEqual, b),
        }
    }

    fn is_bool(&self, e: &Expr) -> bool {
        match e {
            Expr::Net(net) => self.nets.all[*net].class == Class::Flag,
            Expr::Bool(_) | Expr::Compare(..) | Expr::Logic(..) | Expr::Not(_) => true,
            Expr::Bit(..) | Expr::Any(_) => true,
            _ => false,
        }
    }

    fn unknown(&self, name: &str) -> EmitError {
        EmitError::UnknownName {
            block: self.path.to_owned(),
            name: name.replace('$', "."),
        }
    }

    fn unsupported(&self, what: &str, instead: &str) -> EmitError {
        EmitError::Unsupported {
            block: self.path.to_owned(),
            what: what.to_owned(),
            instead: instead.to_owned(),
        }
    }
}
