//! Clock and reset of a board: the PLL and its twin, and a reset that needs no initial values.
//!
//! In simulation (`SYNTHESIS` is not defined) the PLL is replaced by its twin, which passes the clock through and has lock
//! after a few cycles; everything else is the same text.

use systole_arch::boards::Board;
use systole_arch::boards::part::Family;
use systole_arch::boards::pll::Pll;
use systole_arch::boards::sheet::PllInput;

/// Cycles of reset after the lock: longer than anything that is under way in the accelerator.
const HOLD_BITS: usize = 9;

/// Module `core_clock`: oscillator in, clock of the core and `locked` out.
pub(super) fn clock_module(board: &Board, pll: Option<&Pll>) -> String {
    let head = "module core_clock (\n  input  wire oscillator,\n  output wire clock,\n  output wire locked\n);\n";
    let Some(pll) = pll else {
        return format!(
            "// The core runs with the oscillator of the board: there is no PLL.\n{head}  \
             assign clock = oscillator;\n  assign locked = 1'b1;\nendmodule\n"
        );
    };
    format!(
        "// The PLL of the board. Simulators see its twin, which passes the clock through.\n{head}\
         `ifdef SYNTHESIS\n{}`else\n  reg lock;\n  reg [1:0] waiting;\n  initial {{lock, waiting}} = 0;\n  \
         assign clock = oscillator;\n  assign locked = lock;\n  always @(posedge oscillator) begin\n    \
         waiting <= waiting + {{1'b0, waiting != 2'd3}};\n    lock <= waiting == 2'd3;\n  end\n`endif\nendmodule\n",
        instance(board, pll)
    )
}

/// The vendor primitive with all its ports and parameters.
fn instance(board: &Board, pll: &Pll) -> String {
    let mut parameters = pll.parameters();
    let (cell, fixed, ports): (_, &[(&str, &str)], &str) = match board.part.family {
        Family::Ecp5 => ("EHXPLLL", ECP5_PARAMETERS, ECP5_PORTS),
        Family::Ice40 if board.sheet.clock.pll == Some(PllInput::Pad) => {
            ("SB_PLL40_PAD", &[], ICE40_PAD_PORTS)
        }
        Family::Ice40 => ("SB_PLL40_CORE", &[], ICE40_CORE_PORTS),
        Family::Gowin => ("rPLL", GOWIN_PARAMETERS, GOWIN_PORTS),
    };
    let device = format!("\"{}\"", board.part.name);
    if board.part.family == Family::Gowin {
        parameters.push(("DEVICE", device));
    }
    parameters.extend(
        fixed
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    let parameters: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("    .{name}({value})"))
        .collect();
    format!(
        "  {cell} #(\n{}\n  ) pll (\n{ports}  );\n",
        parameters.join(",\n")
    )
}

/// Module `core_reset`: `permitted` low asserts the reset at once; when it is high the reset ends in step with the clock.
pub(super) fn reset_module(relies_on_configuration: bool) -> String {
    let (why, initial) = if relies_on_configuration {
        (
            "Without a PLL nothing tells when the clock is good: the counter starts from the 0 that configuration leaves in it.",
            "  initial {settling, released, hold, ended} = 0;\n",
        )
    } else {
        (
            "No initial value is needed: the PLL has no lock at first, which clears the counter without a clock.",
            "",
        )
    };
    let top = HOLD_BITS - 1;
    format!(
        "// Reset of the core: asserted at once, released in step with the clock after {} cycles.\n// {why}\n\
         module core_reset (\n  input  wire clock,\n  input  wire permitted, // lock of the PLL, and no button\n  output wire reset\n);\n  \
         reg settling, released;\n  reg [{top}:0] hold;\n  reg ended;\n{initial}  assign reset = !ended;\n  \
         always @(posedge clock or negedge permitted)\n    if (!permitted) {{released, settling}} <= 2'b00;\n    \
         else {{released, settling}} <= {{settling, 1'b1}};\n  \
         always @(posedge clock or negedge released)\n    if (!released) {{ended, hold}} <= 0;\n    \
         else begin\n      if (!hold[{top}]) hold <= hold + {HOLD_BITS}'d1;\n      ended <= hold[{top}];\n    end\nendmodule\n",
        1 << top
    )
}

/// As `ecppll` of prjtrellis sets them for one output without phase control.
const ECP5_PARAMETERS: &[(&str, &str)] = &[
    ("PLLRST_ENA", "\"DISABLED\""),
    ("INTFB_WAKE", "\"DISABLED\""),
    ("STDBY_ENABLE", "\"DISABLED\""),
    ("DPHASE_SOURCE", "\"DISABLED\""),
    ("OUTDIVIDER_MUXA", "\"DIVA\""),
    ("OUTDIVIDER_MUXB", "\"DIVB\""),
    ("OUTDIVIDER_MUXC", "\"DIVC\""),
    ("OUTDIVIDER_MUXD", "\"DIVD\""),
    ("CLKOP_ENABLE", "\"ENABLED\""),
    ("CLKOP_FPHASE", "0"),
];

const ECP5_PORTS: &str = "    .RST(1'b0), .STDBY(1'b0), .CLKI(oscillator), .CLKFB(clock), .CLKOP(clock), .LOCK(locked),
    .CLKINTFB(), .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1),
    .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0)
";

const ICE40_CORE_PORTS: &str = "    .REFERENCECLK(oscillator), .PLLOUTGLOBAL(clock), .LOCK(locked), .RESETB(1'b1), .BYPASS(1'b0)\n";

const ICE40_PAD_PORTS: &str = "    .PACKAGEPIN(oscillator), .PLLOUTGLOBAL(clock), .LOCK(locked), .RESETB(1'b1), .BYPASS(1'b0)\n";

/// As `gowin_pll` of apicula sets them.
const GOWIN_PARAMETERS: &[(&str, &str)] = &[
    ("DYN_IDIV_SEL", "\"false\""),
    ("DYN_FBDIV_SEL", "\"false\""),
    ("DYN_ODIV_SEL", "\"false\""),
    ("DYN_SDIV_SEL", "2"),
    ("DYN_DA_EN", "\"false\""),
    ("PSDA_SEL", "\"0000\""),
    ("DUTYDA_SEL", "\"1000\""),
    ("CLKOUT_FT_DIR", "1'b1"),
    ("CLKOUTP_FT_DIR", "1'b1"),
    ("CLKOUT_DLY_STEP", "0"),
    ("CLKOUTP_DLY_STEP", "0"),
    ("CLKFB_SEL", "\"internal\""),
    ("CLKOUT_BYPASS", "\"false\""),
    ("CLKOUTP_BYPASS", "\"false\""),
    ("CLKOUTD_BYPASS", "\"false\""),
    ("CLKOUTD_SRC", "\"CLKOUT\""),
    ("CLKOUTD3_SRC", "\"CLKOUT\""),
];

const GOWIN_PORTS: &str = "    .CLKIN(oscillator), .CLKFB(1'b0), .CLKOUT(clock), .LOCK(locked), .CLKOUTP(), .CLKOUTD(), .CLKOUTD3(),
    .RESET(1'b0), .RESET_P(1'b0), .FBDSEL(6'b0), .IDSEL(6'b0), .ODSEL(6'b0), .PSDA(4'b0), .DUTYDA(4'b0), .FDLY(4'b0)
";
