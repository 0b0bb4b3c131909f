//! Clock rates before anything is placed: a line through measured ones.
//!
//! The critical path of a placed design is a few levels of logic, which no size changes, and wires, which become longer as the design
//! spreads over the part: each doubling of the LUTs adds about the same time. A full part is worse than that; see [`PATHS`] for how
//! few points a line is drawn through.

use super::devices::Device;
use super::{Fabric, on_board};
use crate::config::Arch;

/// The critical path on parts of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Path {
    /// Devices whose names begin so.
    pub device: &'static str,
    /// Speed grade; none for iCE40.
    pub speed: Option<&'static str>,
    /// Nanoseconds with [`FEW`] cells for LUTs and flip-flops.
    pub base: f64,
    /// Nanoseconds more with each doubling.
    pub doubling: f64,
}

/// Cells from which doublings are counted.
pub const FEW: f64 = 4096.0;

const fn path(device: &'static str, speed: Option<&'static str>, base: f64, doubling: f64) -> Path {
    Path {
        device,
        speed,
        base,
        doubling,
    }
}

/// All parts that were measured; the one home of these numbers. Fitted to `bitstreams/measurements.toml`, one seed each.
pub const PATHS: [Path; 3] = [
    path("ECP5", Some("6"), 7.3, 0.72),
    path("iCE40 HX8K", None, 31.3, 0.0),
    path("Gowin GW2A-18", Some("C8/I7"), 5.9, 0.0),
];

/// What the core clock of `arch` reaches on a board with `device`, MHz. `None` if no design was measured on such a part, or if the
/// part has no such multipliers.
pub fn mhz(arch: &Arch, device: &Device, speed: Option<&str>) -> Option<f64> {
    let fits = |path: &&Path| device.name.starts_with(path.device) && path.speed == speed;
    let path = PATHS.iter().find(fits)?;
    Some(1e3 / path.nanoseconds(cells(arch, &device.fabric)?))
}

fn cells(arch: &Arch, fabric: &Fabric) -> Option<usize> {
    Some(on_board(arch, fabric)?.cells)
}

impl Path {
    fn nanoseconds(&self, cells: usize) -> f64 {
        self.base + self.doubling * (cells as f64 / FEW).log2().max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::devices::DEVICES;

    fn named(name: &str) -> &'static Device {
        DEVICES.iter().find(|d| d.name == name).unwrap()
    }

    #[test]
    fn a_doubling_costs_what_the_table_says() {
        let path = path("x", None, 10.0, 0.5);
        assert_eq!(path.nanoseconds(1024), 10.0);
        assert_eq!(path.nanoseconds(8192), 10.5);
        assert_eq!(path.nanoseconds(16384), 11.0);
    }

    #[test]
    fn larger_arrays_are_not_faster_and_unknown_parts_have_no_rate() {
        let rate = |preset, device, speed| {
            let arch = Arch::preset(preset).unwrap();
            mhz(&arch, named(device), speed)
        };
        let ecp5 = |preset| rate(preset, "ECP5 85F", Some("6")).unwrap();
        assert!(ecp5("16x16") < ecp5("8x8") && ecp5("8x8") < ecp5("2x2"));
        assert_eq!(rate("2x2", "ECP5 85F", Some("8")), None);
        assert_eq!(rate("2x2", "iCE40 UP5K", None), None);
    }
}
