//! PLL settings: inside every limit of the vendor, and the frequency is what it says.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use proptest::prelude::*;
use systole_arch::boards::baud;
use systole_arch::boards::pll::{
    EHXPLLL, MOST_PPM, PllCell, PllError, RPLL_GW1NR_9, RPLL_GW2A_18, SB_PLL40, solve,
};

const CELLS: [PllCell; 4] = [EHXPLLL, SB_PLL40, RPLL_GW1NR_9, RPLL_GW2A_18];

/// What the dividers make, from the formula of the primitive's manual: comparator, oscillator, output, Hz.
fn by_formula(cell: &PllCell, input: f64, [r, f, o]: [u64; 3]) -> [f64; 3] {
    let (r, f, o) = (r as f64, f as f64, o as f64);
    let comparator = input / r;
    match cell.primitive {
        "SB_PLL40" => [comparator, comparator * f, comparator * f / o],
        _ => [comparator, comparator * f * o, comparator * f],
    }
}

fn inside(hz: f64, [low, high]: [u64; 2]) -> bool {
    hz >= low as f64 - 1e-3 && hz <= high as f64 + 1e-3
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn settings_are_inside_the_limits(at in 0..CELLS.len(), input in 1_000_000u64..150_000_000, wanted in 1_000_000u64..500_000_000) {
        let cell = CELLS[at];
        match solve(cell, input, wanted) {
            Ok(pll) => {
                prop_assert!(pll.is_allowed());
                let dividers = [pll.reference, pll.feedback, pll.output];
                let [comparator, vco, out] = by_formula(&cell, input as f64, dividers);
                prop_assert!(inside(input as f64, cell.input));
                prop_assert!(inside(comparator, cell.comparator), "comparator {}", comparator);
                prop_assert!(inside(vco, cell.vco), "vco {}", vco);
                prop_assert!(inside(out, cell.out), "out {}", out);
                prop_assert!((out - pll.out().hz() as f64).abs() <= 0.51, "the frequency is what it says");
                prop_assert!((out / wanted as f64 - 1.0).abs() * 1e6 <= MOST_PPM as f64 + 1e-3);
                prop_assert!((1..=cell.reference).contains(&pll.reference));
                prop_assert!((1..=cell.feedback).contains(&pll.feedback));
                prop_assert!(cell.outputs.contains(&pll.output));
            }
            Err(PllError::Input { .. }) => prop_assert!(!inside(input as f64, cell.input) || input < cell.input[0]),
            Err(PllError::Output { .. }) => prop_assert!(wanted < cell.out[0] || wanted > cell.out[1]),
            Err(PllError::Unreachable { nearest, .. }) => {
                let off = nearest.map(|hz| (hz as f64 / wanted as f64 - 1.0).abs() * 1e6);
                prop_assert!(off.is_none_or(|ppm| ppm > MOST_PPM as f64 - 1.0));
            }
        }
    }

    /// No dividers come nearer: a second search, without the ranking.
    #[test]
    fn nothing_is_nearer(at in 0..CELLS.len(), r in 1u64..12, f in 1u64..64, o in 0usize..10) {
        let cell = CELLS[at];
        let (input, output) = (25_000_000, cell.outputs[o % cell.outputs.len()]);
        let [comparator, vco, out] = by_formula(&cell, input as f64, [r, f, output]);
        let possible = inside(comparator, cell.comparator) && inside(vco, cell.vco) && inside(out, cell.out);
        let wanted = out.round() as u64;
        if possible && (cell.out[0]..=cell.out[1]).contains(&wanted) {
            let pll = solve(cell, input, wanted).unwrap();
            prop_assert!((pll.out().hz() as f64 - out).abs() <= 1.0, "{} for {}", pll.out().hz(), out);
        }
    }

    #[test]
    fn rates_are_within_two_percent(clock in 1_000_000u64..300_000_000, rate in 1u64..13_000_000) {
        if let Ok(d) = baud::divisor(clock, rate) {
            let off = (clock as f64 / d.cycles as f64 / rate as f64 - 1.0).abs() * 1e6;
            prop_assert!(off <= 20_000.0 && off <= d.error_ppm as f64 && d.error_ppm as f64 <= off + 1.0);
            prop_assert!(d.cycles >= baud::FEWEST_CYCLES);
        }
    }
}

/// Settings that public tools print: ecppll, icepll and gowin_pll.
#[test]
fn settings_by_hand() {
    let of = |cell, input: u64, wanted: u64| {
        let pll = solve(cell, input * 1_000_000, wanted * 1_000_000).unwrap();
        let text = |(name, value): (&str, String)| format!("{name}={value}");
        pll.parameters()
            .into_iter()
            .map(text)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        of(EHXPLLL, 25, 100),
        "CLKI_DIV=1 CLKFB_DIV=4 CLKOP_DIV=6 CLKOP_CPHASE=3 FEEDBK_PATH=\"CLKOP\""
    );
    assert_eq!(
        of(SB_PLL40, 12, 60),
        "FEEDBACK_PATH=\"SIMPLE\" DIVR=4'd0 DIVF=7'd79 DIVQ=3'd4 FILTER_RANGE=3'd1"
    );
    assert_eq!(
        of(RPLL_GW1NR_9, 27, 108),
        "FCLKIN=\"27\" IDIV_SEL=0 FBDIV_SEL=3 ODIV_SEL=8"
    );
}

#[test]
fn what_cannot_be_made_is_said() {
    let error = |cell, input, wanted| solve(cell, input, wanted).unwrap_err().to_string();
    assert_eq!(
        error(SB_PLL40, 5_000_000, 48_000_000),
        "SB_PLL40 takes 10 to 133 MHz, not 5 MHz"
    );
    assert_eq!(
        error(EHXPLLL, 25_000_000, 401_000_000),
        "EHXPLLL gives 10 to 400 MHz, not 401 MHz"
    );
    assert_eq!(
        error(SB_PLL40, 12_000_000, 273_000_000),
        "SB_PLL40 makes no 273 MHz of 12 MHz; the nearest is 270 MHz"
    );
}
