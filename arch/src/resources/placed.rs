//! What nextpnr says a placed design uses, in the words of the estimates.

use crate::boards::part::Family;

/// Used cells of a placed design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Placed {
    /// 4-input LUTs, those of carries and small memories included; counted alone for ECP5 only.
    pub luts: Option<u64>,
    /// Flip-flops; not counted alone for iCE40.
    pub flip_flops: Option<u64>,
    /// Cells of a LUT and a flip-flop. For Gowin, nextpnr makes a LUT for each flip-flop that has none.
    pub cells: Option<u64>,
    /// Block RAMs.
    pub block_rams: u64,
    /// Multipliers.
    pub multipliers: u64,
}

impl Placed {
    /// From the utilization that nextpnr reports: `used` is 0 for a kind that is not used.
    pub fn new(family: Family, used: impl Fn(&str) -> u64) -> Self {
        match family {
            Family::Ecp5 => Placed {
                luts: Some(used("TRELLIS_COMB")),
                flip_flops: Some(used("TRELLIS_FF")),
                cells: None,
                block_rams: used("DP16KD"),
                multipliers: used("MULT18X18D"),
            },
            Family::Ice40 => Placed {
                luts: None,
                flip_flops: None,
                cells: Some(used("ICESTORM_LC")),
                block_rams: used("ICESTORM_RAM"),
                multipliers: used("ICESTORM_DSP"),
            },
            Family::Gowin => Placed {
                luts: None,
                flip_flops: Some(used("DFF")),
                cells: Some(used("LUT4") + used("ALU")),
                block_rams: used("BSRAM"),
                // Two of the small ones are in the place of a large one.
                multipliers: used("MULT18X18") + used("MULT9X9").div_ceil(2),
            },
        }
    }

    /// What takes the look-up tables of the device: cells where they are counted, else LUTs.
    pub fn logic(&self) -> u64 {
        self.cells.or(self.luts).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_its_names() {
        let one = |name: &'static str| move |kind: &str| u64::from(kind == name);
        for (family, name, logic) in [
            (Family::Ecp5, "TRELLIS_COMB", 1),
            (Family::Ice40, "ICESTORM_LC", 1),
            (Family::Gowin, "ALU", 1),
            (Family::Gowin, "ICESTORM_LC", 0),
        ] {
            assert_eq!(Placed::new(family, one(name)).logic(), logic, "{name}");
        }
        assert_eq!(
            Placed::new(Family::Ice40, one("ICESTORM_RAM")).block_rams,
            1
        );
    }
}
