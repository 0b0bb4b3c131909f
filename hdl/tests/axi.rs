//! The AXI wrapper: its blocks in Rust and in Verilog, lint in two tools, and what the vendors' tools read about it.
//!
//! An independent AXI model speaks to the wrapper in `host/tests/axi.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_arch::Arch;
use systole_arch::axi::REGISTERS;
use systole_hdl::axi::{
    ControlRegisters, Interface, LitePort, PORTS, TOP, WordPacker, WordUnpacker, files, sources,
};
use systole_hdl::rt::crosscheck::Crosscheck;
use systole_sim::verilator::EMITTED;
use systole_sim::{Design, Error, icarus, lint};

fn arch() -> Arch {
    Arch::preset("2x2").unwrap()
}

#[test]
fn blocks_are_the_same_in_verilog() {
    Crosscheck::new("word_unpacker", WordUnpacker::new)
        .cycles(2000)
        .shape(|block, cycle, random| block.reset.next = cycle < 2 || random.one_in(100))
        .run()
        .unwrap();
    Crosscheck::new("word_packer", WordPacker::new)
        .cycles(4000)
        .shape(|block, cycle, random| {
            block.reset.next = cycle < 2 || random.one_in(500);
            block.restart.next = random.one_in(100);
            // Short frames: lengths are made of such bytes too.
            let byte = if random.one_in(4) {
                random.below(6) as i64
            } else {
                0
            };
            block.data.next = byte.into();
        })
        .run()
        .unwrap();
    Crosscheck::new("lite_port", LitePort::new)
        .cycles(2000)
        .shape(|block, cycle, random| block.reset.next = cycle < 2 || random.one_in(100))
        .run()
        .unwrap();
    let registers = || ControlRegisters::new(&Arch::preset("2x2").unwrap());
    Crosscheck::new("axi_registers", registers)
        .cycles(6000)
        .shape(|block, cycle, random| {
            block.reset.next = cycle < 2 || random.one_in(2000);
            let word = |n: u64| (n as i64).into();
            block.write_word.next = word(random.below(REGISTERS.len() as u64 + 3));
            block.read_word.next = word(random.below(REGISTERS.len() as u64 + 3));
            // Soft resets are rare, so that something happens between them.
            if block.write_word.val().get() == 4 {
                block.write.next = random.one_in(200);
            }
        })
        .run()
        .unwrap();
}

#[test]
fn lint_clean_in_two_tools() {
    for name in ["2x2", "8x8"] {
        let sources = sources(&Arch::preset(name).unwrap()).unwrap();
        let mut design = Design::new(TOP, "");
        design.sources.clone_from(&sources);
        match lint(&design, EMITTED) {
            Err(Error::ToolMissing { .. }) => eprintln!("SKIPPED: lint of {TOP} by Verilator"),
            lints => assert_eq!(lints.unwrap(), [], "{name}"),
        }
        match icarus::lint(&sources, TOP) {
            Err(Error::ToolMissing { .. }) => eprintln!("SKIPPED: lint of {TOP} by Icarus"),
            lints => assert_eq!(lints.unwrap(), [""; 0], "{name}"),
        }
    }
}

/// Icarus complains where it should: a port that is too narrow.
#[test]
fn lint_by_icarus_can_fail() {
    let mut sources = sources(&arch()).unwrap();
    let (_, text) = sources.last_mut().unwrap();
    *text = text.replace(
        ".m_axis_tkeep(m_axis_tkeep)",
        ".m_axis_tkeep(m_axis_tkeep[2:0])",
    );
    match icarus::lint(&sources, TOP) {
        Err(Error::ToolMissing { .. }) => eprintln!("SKIPPED: lint of {TOP} by Icarus"),
        lints => assert!(!lints.unwrap().is_empty()),
    }
}

fn file(name: &str) -> String {
    let files = files(&arch()).unwrap();
    files.into_iter().find(|(n, _)| n == name).unwrap().1
}

/// Name, direction and width of the ports of the outermost module, read from its text.
fn ports_of_verilog() -> Vec<(String, bool, usize)> {
    let text = file(&format!("{TOP}.v"));
    let (_, list) = text.split_once(&format!("module {TOP} (\n")).unwrap();
    let (list, _) = list.split_once("\n);").unwrap();
    let port = |line: &str| {
        let line = line.trim().trim_end_matches(',');
        let width = line.split_once('[').map_or(1, |(_, range)| {
            range.split_once(':').unwrap().0.parse::<usize>().unwrap() + 1
        });
        let name = line.rsplit(' ').next().unwrap().to_owned();
        (name, line.starts_with("input"), width)
    };
    list.lines().map(port).collect()
}

/// Elements and their text of an XML document, as paths; panics where it is not well-formed.
fn elements(xml: &str) -> Vec<(String, String)> {
    let mut path: Vec<String> = Vec::new();
    let mut found = Vec::new();
    let mut rest = xml
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        .unwrap();
    while let Some(at) = rest.find('<') {
        let content = rest[..at].trim();
        assert!(
            !content.contains('>') && (content.is_empty() || !path.is_empty()),
            "{content}"
        );
        let entities = content.matches('&').count();
        let known = ["&amp;", "&lt;", "&gt;"].map(|e| content.matches(e).count());
        assert_eq!(entities, known.iter().sum::<usize>(), "{content}");
        if !content.is_empty() {
            found.push((path.join("/"), content.to_owned()));
        }
        let (tag, after) = rest[at + 1..].split_once('>').unwrap();
        rest = after;
        assert!(
            !tag.contains('<') && tag.matches('"').count() % 2 == 0,
            "{tag}"
        );
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(path.pop().as_deref(), Some(name));
        } else {
            let name = tag.trim_end_matches('/').split_whitespace().next().unwrap();
            path.push(name.to_owned());
            if tag.ends_with('/') {
                path.pop();
            }
        }
    }
    assert!(path.is_empty() && rest.trim().is_empty());
    found
}

fn texts<'a>(elements: &'a [(String, String)], path: &str) -> Vec<&'a str> {
    let path: Vec<String> = path
        .split('/')
        .map(|name| format!("spirit:{name}"))
        .collect();
    let path = path.join("/");
    let of_path = elements.iter().filter(|(p, _)| *p == path);
    of_path.map(|(_, text)| text.as_str()).collect()
}

#[test]
fn the_description_has_the_ports_of_the_verilog() {
    let found = elements(&file("component.xml"));
    let verilog = ports_of_verilog();
    assert_eq!(verilog.len(), PORTS.len());
    let names: Vec<&str> = verilog.iter().map(|(name, _, _)| name.as_str()).collect();
    assert_eq!(texts(&found, "component/model/ports/port/name"), names);
    let directions: Vec<&str> = verilog
        .iter()
        .map(|(_, i, _)| if *i { "in" } else { "out" })
        .collect();
    assert_eq!(
        texts(&found, "component/model/ports/port/wire/direction"),
        directions
    );
    let left: Vec<String> = verilog
        .iter()
        .filter(|(_, _, width)| *width > 1)
        .map(|(_, _, width)| (width - 1).to_string())
        .collect();
    assert_eq!(
        texts(&found, "component/model/ports/port/wire/vector/left"),
        left
    );
    // Every port is in one interface.
    let mapped = "component/busInterfaces/busInterface/portMaps/portMap/physicalPort/name";
    assert_eq!(texts(&found, mapped), names);
    let interfaces = texts(&found, "component/busInterfaces/busInterface/name");
    assert_eq!(interfaces, Interface::ALL.map(Interface::name));
    let listed = texts(&found, "component/fileSets/fileSet/file/name");
    let sources = sources(&arch()).unwrap();
    assert!(sources.iter().map(|(name, _)| name.as_str()).eq(listed));
}

#[test]
fn the_description_has_the_registers_of_the_table() {
    let found = elements(&file("component.xml"));
    let register = |part: &str| {
        texts(
            &found,
            &format!("component/memoryMaps/memoryMap/addressBlock/register/{part}"),
        )
    };
    assert!(REGISTERS.iter().map(|r| r.name).eq(register("name")));
    let addresses: Vec<u32> = register("addressOffset")
        .iter()
        .map(|text| u32::from_str_radix(text.trim_start_matches("0x"), 16).unwrap())
        .collect();
    assert!(REGISTERS.iter().map(|r| r.address).eq(addresses));
    let fields = || REGISTERS.iter().flat_map(|r| r.fields);
    assert!(fields().map(|f| f.name).eq(register("field/name")));
    assert!(
        fields()
            .map(|f| f.lsb.to_string())
            .eq(register("field/bitOffset").iter().map(|s| s.to_string()))
    );
    assert!(
        fields()
            .map(|f| f.width.to_string())
            .eq(register("field/bitWidth").iter().map(|s| s.to_string()))
    );
    let hash = arch().hash();
    let resets = register("reset/value");
    assert_eq!(resets[2], format!("0x{:X}", hash as u32));
    assert_eq!(resets[3], format!("0x{:X}", hash >> 32));
}

/// Braces, brackets and quotes of the scripts are closed, and they name every port and file.
#[test]
fn the_scripts_are_complete() {
    let (vivado, quartus) = (file("package_vivado.tcl"), file(&format!("{TOP}_hw.tcl")));
    for script in [&vivado, &quartus] {
        for (open, close) in ["{}", "[]", "()"].map(|p| (&p[..1], &p[1..])) {
            assert_eq!(
                script.matches(open).count(),
                script.matches(close).count(),
                "{script}"
            );
        }
        for (name, _) in sources(&arch()).unwrap() {
            assert!(script.contains(&name), "{name}");
        }
    }
    for (name, input, width) in ports_of_verilog() {
        let direction = if input { "Input" } else { "Output" };
        let line = quartus.lines().find(|line| {
            line.starts_with("add_interface_port ") && line.split(' ').nth(2) == Some(&name)
        });
        assert!(
            line.unwrap().ends_with(&format!(" {direction} {width}")),
            "{line:?}"
        );
    }
}
