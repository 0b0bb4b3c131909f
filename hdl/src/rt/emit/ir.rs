//! Statements with loops unrolled and names resolved.

use super::collect::Class;

/// Place of a [`Net`] in its table.
pub(super) type NetId = usize;

/// What a net is to the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Input,
    Output,
    Local,
    Constant(i64),
    ChildInput,
    ChildOutput,
    RegisterClock,
    RegisterInput,
    RegisterOutput,
}

/// Something with a value: a signal, one lane of a bus, a constant.
#[derive(Clone, Debug)]
pub(super) struct Net {
    /// Name in the Rust source, lanes after `$`.
    pub(super) key: String,
    /// Verilog identifier.
    pub(super) base: String,
    /// First bit within the identifier.
    pub(super) offset: usize,
    pub(super) width: usize,
    /// Bits of the identifier.
    pub(super) total: usize,
    pub(super) signed: bool,
    /// Whether the identifier is declared signed (lanes of packed buses are not).
    pub(super) declared_signed: bool,
    pub(super) class: Class,
    pub(super) role: Role,
}

/// Operators on integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Operators on truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logical {
    And,
    Or,
    BitAnd,
    BitOr,
    BitXor,
}

/// An expression; see `super::super` for what it means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Net(NetId),
    Number(i64),
    Bool(bool),
    /// Enum variant: type and variant joined by `_`, value, width.
    Variant(String, usize, usize),
    Binary(Box<Expr>, Arithmetic, Box<Expr>),
    Compare(Box<Expr>, Comparison, Box<Expr>),
    Logic(Box<Expr>, Logical, Box<Expr>),
    /// Logical not.
    Not(Box<Expr>),
    /// Bitwise not.
    Invert(Box<Expr>),
    Negate(Box<Expr>),
    /// Low bits, unsigned.
    Unsigned(Box<Expr>, u32),
    /// Low bits, two's complement.
    Signed(Box<Expr>, u32),
    /// One bit as a flag.
    Bit(Box<Expr>, Box<Expr>),
    /// Not zero.
    Any(Box<Expr>),
    /// First with the bit at second replaced by third.
    Replace(Box<Expr>, Box<Expr>, Box<Expr>),
}

impl Expr {
    /// Calls `f` for every net that is read.
    pub(super) fn for_each_net(&self, f: &mut dyn FnMut(NetId)) {
        use Expr as E;
        match self {
            E::Net(net) => f(*net),
            E::Number(_) | E::Bool(_) | E::Variant(..) => {}
            E::Not(a) | E::Invert(a) | E::Negate(a) | E::Any(a) => a.for_each_net(f),
            E::Unsigned(a, _) | E::Signed(a, _) => a.for_each_net(f),
            E::Binary(a, _, b) => [a, b].into_iter().for_each(|e| e.for_each_net(f)),
            E::Compare(a, _, b) => [a, b].into_iter().for_each(|e| e.for_each_net(f)),
            E::Logic(a, _, b) => [a, b].into_iter().for_each(|e| e.for_each_net(f)),
            E::Bit(a, b) => [a, b].into_iter().for_each(|e| e.for_each_net(f)),
            E::Replace(a, b, c) => [a, b, c].into_iter().for_each(|e| e.for_each_net(f)),
        }
    }

    /// The nets that are read.
    pub(super) fn nets(&self) -> Vec<NetId> {
        let mut nets = Vec::new();
        self.for_each_net(&mut |net| nets.push(net));
        nets
    }
}

/// A branch of a case: label (none for the default) and body.
pub(super) type Arm = (Option<Expr>, Vec<Stmt>);

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stmt {
    Assign(NetId, Expr),
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    Case(Expr, Vec<Arm>),
}
