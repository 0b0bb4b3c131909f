//! Scripts of the vendors: packaging for Vivado, a component for Platform Designer of Quartus.
//!
//! Neither tool is free software and neither is run here, so both scripts are kept to the commands that the vendors document.

use systole_arch::Arch;

use super::component::{LIBRARY, TITLE, VENDOR, VERSION, is_plain};
use super::ports::{Interface, Port};
use super::top::TOP;

/// `package_vivado.tcl`.
pub(super) fn vivado(sources: &[String]) -> String {
    let files: Vec<String> = sources
        .iter()
        .map(|name| format!("[file join $here {name}]"))
        .collect();
    let systemverilog: Vec<String> = sources
        .iter()
        .filter(|name| !is_plain(name))
        .map(|name| format!("set_property file_type SystemVerilog [get_files {name}]"))
        .collect();
    format!(
        "# Packages {TOP} for Vivado: afterwards it is in the IP catalogue as {VENDOR}:{LIBRARY}:{TOP}:{VERSION}.
#   vivado -mode batch -source package_vivado.tcl -tclargs PART
# Without this script: the folder itself is an IP repository, as component.xml is in it; or read_verilog the files
# (the outermost module is plain Verilog) and put the module into a block design by reference:
#   create_bd_cell -type module -reference {TOP} accelerator
set here [file dirname [file normalize [info script]]]
set part [expr {{$argc > 0 ? [lindex $argv 0] : \"xc7z020clg400-1\"}}]
create_project -force -part $part package_{TOP} [file join $here vivado_project]
add_files -norecurse [list {files}]
{types}
set_property top {TOP} [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir [file join $here vivado_ip] -vendor {VENDOR} -library {LIBRARY} -taxonomy /UserIP -import_files -force
set core [ipx::current_core]
set_property name {TOP} $core
set_property version {VERSION} $core
set_property display_name {{{TITLE}}} $core
foreach bus {{s_axis m_axis s_axi}} {{ ipx::associate_bus_interfaces -busif $bus -clock aclk $core }}
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity $core
ipx::save_core $core
# To see it in a block design:
#   set_property ip_repo_paths [file join $here vivado_ip] [current_project]; update_ip_catalog
#   create_bd_design system; create_bd_cell -type ip -vlnv {VENDOR}:{LIBRARY}:{TOP}:{VERSION} accelerator
close_project
",
        files = files.join(" "),
        types = systemverilog.join("\n"),
    )
}

/// Kind of the interface in Platform Designer, its end, and its properties.
fn kind(interface: Interface) -> (&'static str, &'static str, &'static str) {
    match interface {
        Interface::Clock => ("clock", "end", ""),
        Interface::Reset => (
            "reset",
            "end",
            "associatedClock aclk synchronousEdges DEASSERT",
        ),
        Interface::Requests => (
            "axi4stream",
            "end",
            "associatedClock aclk associatedReset aresetn",
        ),
        Interface::Answers => (
            "axi4stream",
            "start",
            "associatedClock aclk associatedReset aresetn",
        ),
        Interface::Registers => (
            "axi4lite",
            "end",
            "associatedClock aclk associatedReset aresetn",
        ),
        Interface::Interrupt => (
            "interrupt",
            "end",
            "associatedClock aclk associatedReset aresetn associatedAddressablePoint s_axi",
        ),
    }
}

/// Role of a port in Platform Designer.
fn role(port: &Port) -> String {
    match port.interface {
        Interface::Clock => "clk".to_owned(),
        Interface::Reset => "reset_n".to_owned(),
        Interface::Interrupt => "irq".to_owned(),
        Interface::Requests | Interface::Answers | Interface::Registers => {
            port.signal.to_lowercase()
        }
    }
}

/// The component of Platform Designer.
pub(super) fn quartus(arch: &Arch, sources: &[String]) -> String {
    let mut text = format!(
        "# {TOP} as a component of Platform Designer (Quartus): put this folder on the IP search path.
package require -exact qsys 16.1
set_module_property NAME {TOP}
set_module_property VERSION {VERSION}
set_module_property GROUP {{Systole}}
set_module_property DISPLAY_NAME {{{TITLE}}}
set_module_property DESCRIPTION {{Configuration {}, hash {}}}
",
        arch.name,
        arch.hash_text()
    );
    for set in ["QUARTUS_SYNTH", "SIM_VERILOG"] {
        text += &format!("add_fileset {set} {set}\nset_fileset_property {set} TOP_LEVEL {TOP}\n");
        for name in sources {
            let kind = if is_plain(name) {
                "VERILOG"
            } else {
                "SYSTEM_VERILOG"
            };
            text += &format!("add_fileset_file {name} {kind} PATH {name}\n");
        }
    }
    for interface in Interface::ALL {
        let name = interface.name();
        let (kind, end, properties) = kind(interface);
        text += &format!("add_interface {name} {kind} {end}\n");
        let words: Vec<&str> = properties.split_whitespace().collect();
        for pair in words.chunks(2) {
            text += &format!("set_interface_property {name} {}\n", pair.join(" "));
        }
        for port in interface.ports() {
            let direction = if port.input { "Input" } else { "Output" };
            text += &format!(
                "add_interface_port {name} {} {} {direction} {}\n",
                port.name(),
                role(port),
                port.width
            );
        }
    }
    text
}
