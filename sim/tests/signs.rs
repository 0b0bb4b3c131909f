//! Signed arithmetic of models, which `shim/systole_signs.h` takes from Verilator's runtime: every operator at many widths.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use common::{VERILATOR, have};
use std::fmt::Write;
use systole_sim::{BuildOptions, Design, Model};

const WIDTHS: [usize; 12] = [2, 3, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64];

/// For each width: product, sign extended to 64 bits, comparisons, shifts of the number and of the extended number. Registers
/// keep Verilator from folding one operator into the next.
fn design() -> Design {
    let (mut ports, mut body) = (String::new(), String::new());
    for width in WIDTHS {
        let high = width - 1;
        write!(
            ports,
            ",\n output reg signed [{high}:0] product_{width}, output reg signed [63:0] wide_{width}, output reg [3:0] order_{width},
 output reg signed [{high}:0] shifted_{width}, output reg signed [63:0] wide_shifted_{width}"
        )
        .unwrap();
        write!(
            body,
            "  reg signed [{high}:0] a_{width}, b_{width};
  always @(posedge clock) begin
    a_{width} <= a[{high}:0];
    b_{width} <= b[{high}:0];
    product_{width} <= a_{width} * b_{width};
    wide_{width} <= 64'(a_{width});
    order_{width} <= {{a_{width} > b_{width}, a_{width} >= b_{width}, a_{width} < b_{width}, a_{width} <= b_{width}}};
    shifted_{width} <= a_{width} >>> by_q;
    wide_shifted_{width} <= 64'(a_{width}) >>> by_q;
  end
"
        )
        .unwrap();
    }
    let text = format!(
        "module signs(input clock, input [63:0] a, input [63:0] b, input [6:0] by{ports});
  reg [6:0] by_q;
  always @(posedge clock) by_q <= by;
{body}endmodule
"
    );
    let design = Design::new("signs", &text).input("clock", 1);
    let design = design.input("a", 64).input("b", 64).input("by", 7);
    WIDTHS.iter().fold(design, |design, &width| {
        design
            .output(&format!("product_{width}"), width)
            .output(&format!("wide_{width}"), 64)
            .output(&format!("order_{width}"), 4)
            .output(&format!("shifted_{width}"), width)
            .output(&format!("wide_shifted_{width}"), 64)
    })
}

/// The lowest bits as a signed number.
fn signed(x: u64, width: usize) -> i64 {
    ((x << (64 - width)) as i64) >> (64 - width)
}

#[test]
fn signed_operators_agree_with_arithmetic() {
    if !have(VERILATOR) {
        return;
    }
    let model = Model::build(&design(), &BuildOptions::default()).unwrap();
    let mut signs = model.instantiate().unwrap();
    let port = |name: String| model.port(&name).unwrap();
    let ends = [0, 1, u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) - 1];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for case in 0..600 {
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // Both ends of every width, numbers beside them, and any numbers.
            match (state >> 60) % 3 {
                0 => ends[(state >> 40) as usize % ends.len()],
                1 => (1u64 << (state >> 50 & 63)).wrapping_sub(state >> 40 & 1),
                _ => state ^ state >> 32,
            }
        };
        let (a, b) = (next(), next());
        let by = case % 128;
        for (name, value) in [("a", a), ("b", b), ("by", by)] {
            signs.poke(port(name.into()), value).unwrap();
        }
        signs.tick().unwrap();
        signs.tick().unwrap();
        for width in WIDTHS {
            let (x, y) = (signed(a, width), signed(b, width));
            let mask = u64::MAX >> (64 - width);
            let order = [x > y, x >= y, x < y, x <= y];
            let shifted = x >> by.min(63);
            for (name, expected) in [
                ("product", x.wrapping_mul(y) as u64 & mask),
                ("wide", x as u64),
                (
                    "order",
                    order.iter().fold(0, |all, &one| 2 * all + u64::from(one)),
                ),
                ("shifted", shifted as u64 & mask),
                ("wide_shifted", shifted as u64),
            ] {
                let found = signs.peek(port(format!("{name}_{width}"))).unwrap();
                assert_eq!(found, expected, "{name}, {width} bits, {x}, {y}, {by}");
            }
        }
    }
}
