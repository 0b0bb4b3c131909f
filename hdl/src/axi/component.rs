//! The IP-XACT description, in the dialect of IEEE 1685-2009 (`spirit`), which is what Vivado reads and writes.

use systole_arch::Arch;
use systole_arch::axi::{ADDRESS_BITS, Access, Field, REGISTERS, Register, reset_value};

use super::ports::{Interface, PORTS, Port};
use super::top::TOP;

/// Vendor, library and version of the component.
pub(super) const VENDOR: &str = "systole";
/// Library.
pub(super) const LIBRARY: &str = "ip";
/// Version: that of the register map.
pub(super) const VERSION: &str = "1.0";
/// What people read first.
pub(super) const TITLE: &str = "Systole accelerator";

/// An element that holds text.
fn text(name: &str, content: impl std::fmt::Display) -> String {
    let content = content.to_string();
    let content = content
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<spirit:{name}>{content}</spirit:{name}>\n")
}

/// An element that holds elements.
fn node(name: &str, children: impl IntoIterator<Item = String>) -> String {
    let inner: String = children.into_iter().collect();
    format!("<spirit:{name}>\n{inner}</spirit:{name}>\n")
}

/// `component.xml`; `sources` are the names of the Verilog files, the outermost module last.
pub(super) fn component(arch: &Arch, sources: &[String]) -> String {
    let description = format!(
        "Systole accelerator, configuration {}: {} x {} array. Configuration hash {}.",
        arch.name,
        arch.rows,
        arch.cols,
        arch.hash_text()
    );
    let body = [
        text("vendor", VENDOR),
        text("library", LIBRARY),
        text("name", TOP),
        text("version", VERSION),
        node("busInterfaces", Interface::ALL.map(bus_interface)),
        node("memoryMaps", [memory_map(arch)]),
        model(),
        node("fileSets", [file_set(sources)]),
        text("description", description),
    ];
    let body: String = body.into_iter().collect();
    indent(&format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <spirit:component xmlns:spirit=\"http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009\">\n\
         {body}</spirit:component>\n"
    ))
}

/// Two blanks for each level.
fn indent(xml: &str) -> String {
    let (mut depth, mut out) = (0usize, String::new());
    for line in xml.lines() {
        let closes = line.starts_with("</");
        let opens = line.starts_with("<spirit:") && !line.contains("</") && !line.ends_with("/>");
        depth -= usize::from(closes);
        out += &"  ".repeat(depth);
        out += line;
        out.push('\n');
        depth += usize::from(opens);
    }
    out
}

/// Library of the bus, its name, and whether we are its master.
fn bus(interface: Interface) -> (&'static str, &'static str, bool) {
    match interface {
        Interface::Clock => ("signal", "clock", false),
        Interface::Reset => ("signal", "reset", false),
        Interface::Requests => ("interface", "axis", false),
        Interface::Answers => ("interface", "axis", true),
        Interface::Registers => ("interface", "aximm", false),
        Interface::Interrupt => ("signal", "interrupt", true),
    }
}

fn bus_interface(interface: Interface) -> String {
    let (library, name, master) = bus(interface);
    let reference = |element: &str, name: &str| {
        format!(
            "<spirit:{element} spirit:vendor=\"xilinx.com\" spirit:library=\"{library}\" spirit:name=\"{name}\" spirit:version=\"1.0\"/>\n"
        )
    };
    let mode = match (master, interface) {
        (true, _) => "<spirit:master/>\n".to_owned(),
        (false, Interface::Registers) => node(
            "slave",
            ["<spirit:memoryMapRef spirit:memoryMapRef=\"s_axi\"/>\n".to_owned()],
        ),
        (false, _) => "<spirit:slave/>\n".to_owned(),
    };
    let mut children = vec![
        text("name", interface.name()),
        reference("busType", name),
        reference("abstractionType", &format!("{name}_rtl")),
        mode,
        node("portMaps", interface.ports().map(port_map)),
    ];
    let parameters = parameters(interface);
    if !parameters.is_empty() {
        let parameter = |(name, value): &(&str, &str)| {
            node("parameter", [text("name", name), text("value", value)])
        };
        children.push(node("parameters", parameters.iter().map(parameter)));
    }
    node("busInterface", children)
}

fn parameters(interface: Interface) -> &'static [(&'static str, &'static str)] {
    match interface {
        Interface::Clock => &[
            ("ASSOCIATED_BUSIF", "s_axis:m_axis:s_axi"),
            ("ASSOCIATED_RESET", "aresetn"),
        ],
        Interface::Reset => &[("POLARITY", "ACTIVE_LOW")],
        Interface::Registers => &[("PROTOCOL", "AXI4LITE")],
        Interface::Interrupt => &[("SENSITIVITY", "LEVEL_HIGH")],
        Interface::Requests | Interface::Answers => &[],
    }
}

fn port_map(port: &Port) -> String {
    node(
        "portMap",
        [
            node("logicalPort", [text("name", port.signal)]),
            node("physicalPort", [text("name", port.name())]),
        ],
    )
}

fn memory_map(arch: &Arch) -> String {
    let mut block = vec![
        text("name", "registers"),
        text("baseAddress", 0),
        text("range", 1u32 << ADDRESS_BITS),
        text("width", 32),
        text("usage", "register"),
    ];
    block.extend(REGISTERS.iter().map(|r| register(r, reset_value(arch, r))));
    node(
        "memoryMap",
        [text("name", "s_axi"), node("addressBlock", block)],
    )
}

fn access(access: Access) -> String {
    let word = if access == Access::Read {
        "read-only"
    } else {
        "read-write"
    };
    text("access", word)
}

fn register(register: &Register, reset: u32) -> String {
    let mut children = vec![
        text("name", register.name),
        text("description", register.doc),
        text("addressOffset", format_args!("0x{:X}", register.address)),
        text("size", 32),
        access(register.access),
        node(
            "reset",
            [
                text("value", format_args!("0x{reset:X}")),
                text("mask", "0xFFFFFFFF"),
            ],
        ),
    ];
    children.extend(register.fields.iter().map(|f| field(f, register.access)));
    node("register", children)
}

fn field(field: &Field, of: Access) -> String {
    let mut children = vec![
        text("name", field.name),
        text("description", field.doc),
        text("bitOffset", field.lsb),
        text("bitWidth", field.width),
        access(of),
    ];
    if of == Access::Clear {
        children.push(text("modifiedWriteValue", "oneToClear"));
    }
    node("field", children)
}

fn model() -> String {
    let view = |name: &str, environment: &str| {
        node(
            "view",
            [
                text("name", name),
                text("envIdentifier", environment),
                text("language", "verilog"),
                text("modelName", TOP),
                node("fileSetRef", [text("localName", "sources")]),
            ],
        )
    };
    let views = [
        view(
            "xilinx_anylanguagesynthesis",
            ":vivado.xilinx.com:synthesis",
        ),
        view(
            "xilinx_anylanguagebehavioralsimulation",
            ":vivado.xilinx.com:simulation",
        ),
    ];
    node(
        "model",
        [
            node("views", views),
            node("ports", PORTS.iter().map(model_port)),
        ],
    )
}

fn model_port(port: &Port) -> String {
    let mut wire = vec![text("direction", if port.input { "in" } else { "out" })];
    if port.width > 1 {
        wire.push(node(
            "vector",
            [text("left", port.width - 1), text("right", 0)],
        ));
    }
    node("port", [text("name", port.name()), node("wire", wire)])
}

/// The outermost module is plain Verilog; the others use size casts of SystemVerilog.
pub(super) fn is_plain(file: &str) -> bool {
    file.strip_suffix(".v") == Some(TOP)
}

fn file_set(sources: &[String]) -> String {
    let file = |name: &String| {
        let kind = if is_plain(name) {
            "verilogSource"
        } else {
            "systemVerilogSource"
        };
        node("file", [text("name", name), text("fileType", kind)])
    };
    node(
        "fileSet",
        std::iter::once(text("name", "sources")).chain(sources.iter().map(file)),
    )
}
