//! The outermost module, plain Verilog, so that block designs take it: AXI names, addresses of bytes, and the reset.

use std::fmt::Write as _;

use systole_arch::Arch;

use super::AxiCore;
use super::ports::{Interface, PORTS, Port};
use super::{component, package};
use crate::accelerator::AcceleratorError;
use crate::rt::emit_modules;

/// Name of the outermost module.
pub const TOP: &str = "accelerator_axi";
/// Module that ends the file of the accelerator.
const ACCELERATOR: &str = "accelerator";
const CORE: &str = "axi_core";

/// Verilog of the accelerator of one configuration with AXI ports: the outermost module is [`TOP`], in the last file.
///
/// # Errors
/// The configuration cannot be built.
pub fn sources(arch: &Arch) -> Result<Vec<(String, String)>, AcceleratorError> {
    arch.check(&arch.name)?;
    let modules = emit_modules(CORE, &AxiCore::new(arch))?;
    let split = modules
        .iter()
        .position(|module| module.name == ACCELERATOR)
        .map_or(0, |at| at + 1);
    let (inner, outer) = modules.split_at(split);
    let text = |modules: &[crate::rt::Module]| {
        let texts: Vec<&str> = modules.iter().map(|m| m.text.as_str()).collect();
        texts.join("\n")
    };
    Ok(vec![
        (format!("{ACCELERATOR}.v"), text(inner)),
        (format!("{CORE}.v"), text(outer)),
        (format!("{TOP}.v"), top(arch)),
    ])
}

/// Everything for a vendor flow: the sources, their IP-XACT description, and a script for each vendor.
///
/// # Errors
/// As [`sources`].
pub fn files(arch: &Arch) -> Result<Vec<(String, String)>, AcceleratorError> {
    let mut files = sources(arch)?;
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let description = component::component(arch, &names);
    files.push(("component.xml".to_owned(), description));
    files.push(("package_vivado.tcl".to_owned(), package::vivado(&names)));
    // Platform Designer looks for files whose names end like this.
    files.push((format!("{TOP}_hw.tcl"), package::quartus(arch, &names)));
    Ok(files)
}

fn top(arch: &Arch) -> String {
    let declarations: Vec<String> = PORTS.iter().map(declaration).collect();
    let connections: Vec<String> = PORTS.iter().filter_map(connection).collect();
    let mut unused = String::new();
    for port in PORTS.iter().filter(|port| port.signal.ends_with("ADDR")) {
        let _ = write!(unused, ", {}[1:0]", port.name());
    }
    for port in PORTS.iter().filter(|port| port.signal.ends_with("PROT")) {
        let _ = write!(unused, ", {}", port.name());
    }
    format!(
        "{RESET}\n// Systole accelerator, configuration {name}, hash {hash}, for vendor flows.\n\
         // Frames of requests on s_axis, frames of answers on m_axis, registers on s_axi; everything runs with aclk.\n\
         module {TOP} (\n{ports}\n);\n  wire reset;\n  axi_reset resets (.clock(aclk), .aresetn(aresetn), .reset(reset));\n  \
         // The low bits of addresses and the protection are not looked at.\n  wire unused = &{{1'b0{unused}}};\n  \
         {CORE} core (\n    .clock(aclk),\n    .reset(reset),\n{inner}\n  );\nendmodule\n",
        name = arch.name,
        hash = arch.hash_text(),
        ports = declarations.join(",\n"),
        inner = connections.join(",\n"),
    )
}

fn declaration(port: &Port) -> String {
    let direction = if port.input { "input " } else { "output" };
    let range = match port.width {
        1 => String::new(),
        width => format!("[{}:0] ", width - 1),
    };
    format!("  {direction} wire {range}{}", port.name())
}

/// How the core is connected; addresses become numbers of words.
fn connection(port: &Port) -> Option<String> {
    let name = port.name();
    match port.interface {
        Interface::Clock | Interface::Reset => None,
        _ if port.signal.ends_with("PROT") => None,
        _ if port.signal.ends_with("ADDR") => {
            Some(format!("    .{name}({name}[{}:2])", port.width - 1))
        }
        _ => Some(format!("    .{name}({name})")),
    }
}

const RESET: &str = "// Reset: asserted at once, released in step with the clock.
module axi_reset (
  input  wire clock,
  input  wire aresetn,
  output wire reset
);
  reg settling, released;
  assign reset = !released;
  always @(posedge clock or negedge aresetn)
    if (!aresetn) {released, settling} <= 2'b00;
    else {released, settling} <= {settling, 1'b1};
endmodule
";
