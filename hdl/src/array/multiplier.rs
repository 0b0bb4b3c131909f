//! Signed multiplier with three registers, in the forms that FPGAs offer.
//!
//! All forms compute the same product with the same latency; simulators see the same behaviour, synthesis sees the
//! primitives of the family.

use systole_arch::timing::MULTIPLY;

use crate::rt::prelude::*;

/// How a multiplier is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MultiplierKind {
    /// Verilog `*`, the synthesis tool decides.
    Generic,
    /// Four rows of AND-AND-add, portable logic.
    Rows,
    /// The same rows, each bit one `CCU2C` half of an ECP5.
    Ecp5Rows,
    /// `MULT18X18D` of an ECP5 with all its registers.
    Ecp5Dsp,
}

/// `product = weight * x`, three cycles later.
#[derive(LogicBlock)]
pub struct Multiplier {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// First factor, signed.
    pub weight: Sig<In>,
    /// Second factor, signed.
    pub x: Sig<In>,
    /// Product, twice as wide.
    pub product: Sig<Out>,
    _pipeline: [i64; MULTIPLY as usize],
    _kind: MultiplierKind,
    _bits: usize,
}

impl Multiplier {
    /// A multiplier of the given kind for factors of `bits` bits. Kinds other than [`MultiplierKind::Generic`] exist for
    /// 8 bits only; other widths are generic, whatever `kind` says.
    pub fn new(kind: MultiplierKind, bits: usize) -> Self {
        let kind = if bits == 8 {
            kind
        } else {
            MultiplierKind::Generic
        };
        let (module, text) = match kind {
            MultiplierKind::Generic => ("multiplier", "The synthesis tool chooses the cells."),
            MultiplierKind::Rows => (
                "multiplier_rows",
                "Four rows of AND-AND-add: no multiplier cells needed.",
            ),
            MultiplierKind::Ecp5Rows => (
                "multiplier_ecp5_rows",
                "Four rows of AND-AND-add, one carry cell for two bits.",
            ),
            MultiplierKind::Ecp5Dsp => (
                "multiplier_ecp5_dsp",
                "MULT18X18D with input, pipeline and output register; factors left-aligned.",
            ),
        };
        Multiplier {
            doc: Doc::new(
                module,
                format!("Signed {bits} x {bits} multiplier, {MULTIPLY} cycles. {text}"),
            ),
            clock: Signal::default(),
            weight: Sig::int(bits),
            x: Sig::int(bits),
            product: Sig::int(2 * bits),
            _pipeline: [0; MULTIPLY as usize],
            _kind: kind,
            _bits: bits,
        }
    }
}

impl Logic for Multiplier {
    fn update(&mut self) {
        if clock_edge() {
            self._pipeline.rotate_right(1);
            self._pipeline[0] = (self.weight.val() * self.x.val()).get();
        } else {
            self.product.next = self._pipeline[MULTIPLY as usize - 1].into();
        }
    }

    fn connect(&mut self) {
        self.product.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(match self._kind {
            MultiplierKind::Generic => behaviour(self._bits),
            MultiplierKind::Rows => ROWS.into(),
            MultiplierKind::Ecp5Rows => for_synthesis(&ecp5_rows()),
            MultiplierKind::Ecp5Dsp => for_synthesis(&ecp5_dsp()),
        })
    }
}

fn behaviour(bits: usize) -> String {
    format!(
        "\
reg signed [{factor}:0] weight_q, x_q;
reg signed [{product}:0] stage, product_q;
initial {{weight_q, x_q, stage, product_q}} = 0;
assign product = product_q;
always @(posedge clock) begin
  weight_q <= weight;
  x_q <= x;
  stage <= weight_q * x_q;
  product_q <= stage;
end",
        factor = bits - 1,
        product = 2 * bits - 1
    )
}

/// `row i = (w[2i] ? x : 0) + (w[2i+1] ? 2x : 0)`; the top bit of the weight counts negative.
const ROWS: &str = "\
wire signed [9:0] x1 = {{2{x[7]}}, x};
wire signed [9:0] x2 = {x[7], x, 1'b0};
reg signed [9:0] row0, row1, row2, row3;
reg signed [12:0] low;
reg [11:0] high;
reg signed [15:0] product_q;
initial {row0, row1, row2, row3, low, high, product_q} = 0;
assign product = product_q;
always @(posedge clock) begin
  row0 <= (x1 & {10{weight[0]}}) + (x2 & {10{weight[1]}});
  row1 <= (x1 & {10{weight[2]}}) + (x2 & {10{weight[3]}});
  row2 <= (x1 & {10{weight[4]}}) + (x2 & {10{weight[5]}});
  row3 <= (x1 & {10{weight[6]}}) - (x2 & {10{weight[7]}});
  low <= {{3{row0[9]}}, row0} + {row1[9], row1, 2'b00};
  high <= {{2{row2[9]}}, row2} + {row3, 2'b00};
  product_q <= {{3{low[12]}}, low} + {high, 4'b0000};
end";

/// Vendor cells for synthesis, their behavioural twin for everything else.
fn for_synthesis(cells: &str) -> String {
    format!("`ifdef SYNTHESIS\n{cells}\n`else\n{}\n`endif", behaviour(8))
}

fn ecp5_rows() -> String {
    let mut text = String::from(
        "wire signed [9:0] x1 = {{2{x[7]}}, x};\nwire signed [9:0] x2 = {x[7], x, 1'b0};\n\
         wire [9:0] sum0, sum1, sum2, sum3;\n",
    );
    for row in 0..4 {
        // A carry cell adds A*B and C*D; in the last row the term of the sign bit is inverted, carry in 1.
        let (init, first) = if row == 3 {
            ("16'h8777", "1'b1")
        } else {
            ("16'h7888", "1'b0")
        };
        let (near, far) = if row == 3 {
            (("x2", 7), ("x1", 6))
        } else {
            (("x1", 2 * row), ("x2", 2 * row + 1))
        };
        for bit in (0..10).step_by(2) {
            let carry_in = if bit == 0 {
                first.to_owned()
            } else {
                format!("carry{row}_{bit}")
            };
            let carry_out = if bit == 8 {
                String::new()
            } else {
                format!("carry{row}_{}", bit + 2)
            };
            if bit != 8 {
                text += &format!("wire {carry_out};\n");
            }
            text += &format!(
                "CCU2C #(.INIT0({init}), .INIT1({init}), .INJECT1_0(\"NO\"), .INJECT1_1(\"NO\")) row{row}_bit{bit} (.CIN({carry_in}),\n  \
                 .A0({n}[{bit}]), .B0(weight[{nb}]), .C0({f}[{bit}]), .D0(weight[{fb}]),\n  \
                 .A1({n}[{up}]), .B1(weight[{nb}]), .C1({f}[{up}]), .D1(weight[{fb}]),\n  \
                 .S0(sum{row}[{bit}]), .S1(sum{row}[{up}]), .COUT({carry_out}));\n",
                n = near.0,
                nb = near.1,
                f = far.0,
                fb = far.1,
                up = bit + 1
            );
        }
    }
    text + "reg signed [9:0] row0, row1, row2, row3;\n\
            reg signed [12:0] low;\n\
            reg [11:0] high;\n\
            reg signed [15:0] product_q;\n\
            assign product = product_q;\n\
            always @(posedge clock) begin\n\
            \x20 row0 <= sum0;\n  row1 <= sum1;\n  row2 <= sum2;\n  row3 <= sum3;\n\
            \x20 low <= {{3{row0[9]}}, row0} + {row1[9], row1, 2'b00};\n\
            \x20 high <= {{2{row2[9]}}, row2} + {row3, 2'b00};\n\
            \x20 product_q <= {{3{low[12]}}, low} + {high, 4'b0000};\n\
            end"
}

fn ecp5_dsp() -> String {
    let factor = |port: char, name: &str| {
        let low = (0..10).map(|i| format!(".{port}{i}(1'b0)"));
        let high = (0..8).map(|i| format!(".{port}{}({name}[{i}])", i + 10));
        low.chain(high).collect::<Vec<_>>().join(", ")
    };
    let product = (0..16)
        .map(|i| format!(".P{}(product[{i}])", i + 20))
        .collect::<Vec<_>>()
        .join(", ");
    format!(
        "MULT18X18D #(.REG_INPUTA_CLK(\"CLK0\"), .REG_INPUTA_CE(\"CE0\"), .REG_INPUTA_RST(\"RST0\"),\n  \
         .REG_INPUTB_CLK(\"CLK0\"), .REG_INPUTB_CE(\"CE0\"), .REG_INPUTB_RST(\"RST0\"),\n  \
         .REG_PIPELINE_CLK(\"CLK0\"), .REG_PIPELINE_CE(\"CE0\"), .REG_OUTPUT_CLK(\"CLK0\"), .REG_OUTPUT_CE(\"CE0\"),\n  \
         .GSR(\"DISABLED\")) dsp (\n  {a},\n  {b},\n  \
         .SIGNEDA(1'b1), .SIGNEDB(1'b1), .SOURCEA(1'b0), .SOURCEB(1'b0), .CLK0(clock), .CE0(1'b1), .RST0(1'b0),\n  {product});",
        a = factor('A', "weight"),
        b = factor('B', "x"),
    )
}
