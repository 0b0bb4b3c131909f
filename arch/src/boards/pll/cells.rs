//! PLL primitives: dividers and limits, each with the public files that they are from.

/// A PLL primitive: its dividers and limits, Hz.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PllCell {
    /// Name of the primitive.
    pub primitive: &'static str,
    /// Input.
    pub input: [u64; 2],
    /// Phase comparator.
    pub comparator: [u64; 2],
    /// Oscillator.
    pub vco: [u64; 2],
    /// Output.
    pub out: [u64; 2],
    /// Largest input divider.
    pub reference: u64,
    /// Largest feedback divider.
    pub feedback: u64,
    /// Output dividers.
    pub outputs: &'static [u64],
    /// Whether the feedback is taken behind the output divider.
    pub behind: bool,
}

pub(super) const MHZ: u64 = 1_000_000;

const fn counting<const N: usize>() -> [u64; N] {
    let mut all = [0; N];
    let mut n = 0;
    while n < N {
        all[n] = n as u64 + 1;
        n += 1;
    }
    all
}

/// ECP5. Limits of Lattice FPGA-DS-02012 (sysCLOCK PLL timing) where public files agree: input 8 to 400 and VCO 400 to 800 MHz in
/// `libtrellis/tools/ecppll.cpp` of YosysHQ/prjtrellis and `litex/soc/cores/clock/lattice_ecp5.py` of enjoy-digital/litex; output from
/// 10 MHz, comparator 3.125 to 400 MHz and feedback up to 80 of the former, the narrower ones.
pub const EHXPLLL: PllCell = PllCell {
    primitive: "EHXPLLL",
    input: [8 * MHZ, 400 * MHZ],
    comparator: [3_125_000, 400 * MHZ],
    vco: [400 * MHZ, 800 * MHZ],
    out: [10 * MHZ, 400 * MHZ],
    reference: 128,
    feedback: 80,
    outputs: &counting::<128>(),
    behind: true,
};

/// iCE40. Limits and divider ranges of `icepll/icepll.cc` of YosysHQ/icestorm, which follow the data sheets of Lattice.
pub const SB_PLL40: PllCell = PllCell {
    primitive: "SB_PLL40",
    input: [10 * MHZ, 133 * MHZ],
    comparator: [10 * MHZ, 133 * MHZ],
    vco: [533 * MHZ, 1066 * MHZ],
    out: [16 * MHZ, 275 * MHZ],
    reference: 16,
    feedback: 128,
    outputs: &[2, 4, 8, 16, 32, 64],
    behind: false,
};

const RPLL_OUTPUTS: &[u64] = &[2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128];

/// Gowin GW1NR-9, C6/I5. Public files disagree on the VCO: 400 to 900 MHz in `litex/soc/cores/clock/gowin_gw1n.py`, 400 to 1200 in
/// `apycula/gowin_pll.py` of YosysHQ/apicula; this is what both allow.
pub const RPLL_GW1NR_9: PllCell = PllCell {
    primitive: "rPLL",
    input: [3 * MHZ, 400 * MHZ],
    comparator: [3 * MHZ, 400 * MHZ],
    vco: [400 * MHZ, 900 * MHZ],
    out: [3_125_000, 450 * MHZ],
    reference: 64,
    feedback: 64,
    outputs: RPLL_OUTPUTS,
    behind: true,
};

/// Gowin GW2A-18, C8/I7. Public files disagree: 500 to 1250 MHz in `litex/soc/cores/clock/gowin_gw2a.py`, 400 to 1000 in
/// `apycula/gowin_pll.py`; this is what both allow.
pub const RPLL_GW2A_18: PllCell = PllCell {
    vco: [500 * MHZ, 1000 * MHZ],
    out: [3_906_250, 500 * MHZ],
    ..RPLL_GW1NR_9
};
