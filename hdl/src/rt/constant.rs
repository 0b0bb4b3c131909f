//! What a block knows before it runs: constants that become `localparam`, sizes that steer loops and
//! indices, and the words that open its Verilog.

use rust_hdl::core::constraint::PinConstraint;
use rust_hdl::core::prelude::*;
use rust_hdl::core::signal::get_signal_id;

use super::signal::integer_descriptor;
use super::value::{Val, low_bits, sign_extend};

/// Name by which the emitter knows a [`Size`].
pub(crate) const SIZE_TYPE: &str = "size";
/// Name by which the emitter knows a [`Doc`].
pub(crate) const DOC_TYPE: &str = "doc";

/// A constant of run-time width: `localparam` in Verilog, `self.name.val()` in `update`.
#[derive(Clone, Debug)]
pub struct Cst {
    v: i64,
    id: usize,
    width: usize,
    signed: bool,
}

impl Cst {
    /// Two's complement constant of 1 to 63 bits; a value that does not fit loses its high bits.
    pub fn int(width: usize, v: i64) -> Self {
        Cst {
            v: sign_extend(v, width),
            id: get_signal_id(),
            width,
            signed: true,
        }
    }

    /// Unsigned constant of 1 to 63 bits; a value that does not fit loses its high bits.
    pub fn uint(width: usize, v: i64) -> Self {
        Cst {
            v: low_bits(v, width),
            id: get_signal_id(),
            width,
            signed: false,
        }
    }

    /// The constant.
    #[inline]
    pub fn val(&self) -> Val {
        self.v.into()
    }
}

/// A count that `update` may use as a number of loop turns, in an index and in an expression: `self.rows.n`.
#[derive(Clone, Debug)]
pub struct Size {
    /// The count.
    pub n: usize,
    id: usize,
}

impl Size {
    /// A size of `n`.
    pub fn new(n: usize) -> Self {
        Size {
            n,
            id: get_signal_id(),
        }
    }
}

/// What a module is called and what the reader of its Verilog should know.
#[derive(Clone, Debug)]
pub struct Doc {
    module: String,
    text: String,
    ports: Vec<(String, String)>,
}

impl Doc {
    /// Module name (a Verilog identifier) and the comment that opens the module (may have several lines).
    pub fn new(module: impl Into<String>, text: impl Into<String>) -> Self {
        Doc {
            module: module.into(),
            text: text.into(),
            ports: Vec::new(),
        }
    }

    /// Adds a one-line comment to a port.
    pub fn port(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.ports.push((name.into(), text.into()));
        self
    }
}

fn text_field(name: &str, text: &str) -> Box<TypeField> {
    Box::new(TypeField {
        fieldname: name.to_owned(),
        kind: integer_descriptor(text, 1, false),
    })
}

macro_rules! constant_atom {
    ($type:ty, $bits:expr, $value:expr, $id:expr, $descriptor:expr) => {
        impl Logic for $type {
            fn update(&mut self) {}
        }
        impl Block for $type {
            fn connect_all(&mut self) {}
            fn update_all(&mut self) {}
            fn has_changed(&self) -> bool {
                false
            }
            fn accept(&self, name: &str, probe: &mut dyn Probe) {
                probe.visit_atom(name, self);
            }
        }
        impl Atom for $type {
            fn bits(&self) -> usize {
                $bits(self)
            }
            fn connected(&self) -> bool {
                true
            }
            fn changed(&self) -> bool {
                false
            }
            fn kind(&self) -> AtomKind {
                AtomKind::Constant
            }
            fn descriptor(&self) -> TypeDescriptor {
                $descriptor(self)
            }
            fn vcd(&self) -> VCDValue {
                VCDValue::String(String::new())
            }
            fn id(&self) -> usize {
                $id(self)
            }
            fn verilog(&self) -> VerilogLiteral {
                ($value(self) as u64).into()
            }
            fn constraints(&self) -> Vec<PinConstraint> {
                Vec::new()
            }
        }
    };
}

constant_atom!(
    Cst,
    |c: &Cst| c.width,
    |c: &Cst| c.v,
    |c: &Cst| c.id,
    |c: &Cst| integer_descriptor("integer", c.width, c.signed)
);
constant_atom!(
    Size,
    |_: &Size| 32,
    |s: &Size| s.n,
    |s: &Size| s.id,
    |_: &Size| integer_descriptor(SIZE_TYPE, 32, false)
);
constant_atom!(
    Doc,
    |_: &Doc| 1,
    |_: &Doc| 0usize,
    |_: &Doc| 0,
    |d: &Doc| TypeDescriptor {
        name: DOC_TYPE.to_owned(),
        kind: TypeKind::Composite(
            [text_field("module", &d.module), text_field("text", &d.text)]
                .into_iter()
                .chain(d.ports.iter().map(|(port, text)| text_field(port, text)))
                .collect()
        ),
    }
);
