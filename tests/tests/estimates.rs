//! `docs/estimates.md` shows the estimates of today beside the measurements, and estimates are near enough.

#![allow(clippy::unwrap_used)] // a test may

use systole_tests::estimates::{Designs, page, rows, shown, table, worst};

fn designs() -> Designs {
    Designs::read(&Designs::path()).unwrap()
}

#[test]
fn the_page_shows_the_estimates_of_today() {
    let text = std::fs::read_to_string(page()).unwrap();
    let now = table(&designs()).unwrap();
    assert_eq!(
        shown(&text).unwrap(),
        now.trim(),
        "`./x estimates --no-build` writes it"
    );
}

/// Twelve designs at least, of every family, small and large; multipliers exactly, memories but for one.
#[test]
fn estimates_are_near_what_was_placed() {
    let rows = rows(&designs()).unwrap();
    assert!(rows.len() >= 12, "{}", rows.len());
    for board in [
        "ulx3s-12f",
        "ulx3s-25f",
        "ulx3s-85f",
        "ice40-hx8k",
        "tang-primer-20k",
    ] {
        assert!(
            rows.iter().any(|row| row.name.starts_with(board)),
            "{board}"
        );
    }
    for row in &rows {
        assert_eq!(
            row.multipliers.estimate, row.multipliers.measured,
            "{}",
            row.name
        );
        // yosys may build a memory that is nearly empty of LUTs.
        let more = row.block_rams.estimate - row.block_rams.measured;
        assert!((0.0..=1.0).contains(&more), "{}: {more}", row.name);
        // Rates of a GW2A scatter: 145 to 207 MHz, and its multipliers have no times.
        let gowin = row.name.starts_with("tang");
        let clock = if gowin { 20.0 } else { 15.0 };
        for (what, compared, most) in [
            ("LUTs", row.luts, 10.0),
            ("flip-flops", row.flip_flops, 10.0),
            ("clock", row.mhz, clock),
        ] {
            assert!(
                compared.error().abs() <= most,
                "{} {what}: {compared:?}",
                row.name
            );
        }
        if let Some(cells) = row.cells {
            assert!(cells.error().abs() <= 10.0, "{} cells: {cells:?}", row.name);
        }
    }
    // The check can fail: there are errors.
    assert!(worst(&rows, |row| row.luts) > 0.0);
}
