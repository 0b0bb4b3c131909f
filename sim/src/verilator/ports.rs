//! Generates `systole_ports.h`: the only C++ that depends on the design's port list.

use crate::design::{Design, Direction, Port};
use std::fmt::Write;

/// Copies between 32-bit words and Verilator's port types; the value is cut to the port's width, as
/// Verilator requires clean upper bits.
const COPIES: &str = r"#pragma once
template <class T> static inline void systole_in(T& port, unsigned width, const uint32_t* w) {
    uint64_t value = w[0];
    if (width > 32) value |= static_cast<uint64_t>(w[1]) << 32;
    if (width < 64) value &= (uint64_t{1} << width) - 1;
    port = static_cast<T>(value);
}
template <std::size_t N> static inline void systole_in(VlWide<N>& port, unsigned width, const uint32_t* w) {
    for (std::size_t i = 0; i < N; ++i) port[i] = w[i];
    if (width % 32) port[N - 1] &= (uint32_t{1} << (width % 32)) - 1;
}
template <class T> static inline void systole_out(const T& port, unsigned width, uint32_t* w) {
    const uint64_t value = port;
    w[0] = static_cast<uint32_t>(value);
    if (width > 32) w[1] = static_cast<uint32_t>(value >> 32);
}
template <std::size_t N> static inline void systole_out(const VlWide<N>& port, unsigned, uint32_t* w) {
    for (std::size_t i = 0; i < N; ++i) w[i] = port[i];
}
";

/// The C++ member of a Verilog name: Verilator escapes double underscores.
fn member(name: &str) -> String {
    format!("t.{}", name.replace("__", "___05F"))
}

/// The whole header.
pub(crate) fn header(design: &Design) -> String {
    let mut text = COPIES.to_owned();
    let has_clock = design.index(&design.clock).is_some();
    constants(&mut text, design, has_clock);
    let clock = if has_clock {
        format!("{} = value;", member(&design.clock))
    } else {
        "(void)t; (void)value;".into()
    };
    function(
        &mut text,
        "void systole_clock(Vmodel& t, uint8_t value)",
        &clock,
    );
    accessors(&mut text, design);
    rows(&mut text, design);
    stream(&mut text, design);
    text
}

fn constants(text: &mut String, design: &Design, has_clock: bool) {
    let values = [
        ("SYSTOLE_HAS_CLOCK", usize::from(has_clock)),
        ("SYSTOLE_STREAM", usize::from(design.stream.is_some())),
        ("SYSTOLE_IN_WORDS", design.input_words()),
        ("SYSTOLE_OUT_WORDS", design.output_words()),
    ];
    for (name, value) in values {
        let _ = writeln!(text, "#define {name} {value}");
    }
}

fn function(text: &mut String, signature: &str, body: &str) {
    let _ = writeln!(text, "static inline {signature} {{\n    {body}\n}}");
}

/// Access to one port by index.
fn accessors(text: &mut String, design: &Design) {
    let ports = || design.ports.iter().enumerate();
    let case = |copy: &str, index: usize, port: &Port| {
        format!(
            "case {index}: {copy}({}, {}, w); return true;",
            member(&port.name),
            port.width
        )
    };
    let inputs = ports().filter(|(_, port)| port.direction == Direction::Input);
    let put: Vec<String> = inputs
        .map(|(index, port)| case("systole_in", index, port))
        .collect();
    let get: Vec<String> = ports()
        .map(|(index, port)| case("systole_out", index, port))
        .collect();
    let switch = |cases: Vec<String>| {
        format!(
            "(void)t; (void)w;\n    switch (port) {{\n    {}\n    }}\n    return false;",
            cases.join("\n    ")
        )
    };
    function(
        text,
        "bool systole_put(Vmodel& t, uint32_t port, const uint32_t* w)",
        &switch(put),
    );
    function(
        text,
        "bool systole_get(Vmodel& t, uint32_t port, uint32_t* w)",
        &switch(get),
    );
}

/// Access to all ports at once, one row of vectors.
fn rows(text: &mut String, design: &Design) {
    let row = |copy: &str, ports: &mut dyn Iterator<Item = (usize, &Port)>| {
        let mut word = 0;
        let mut body = "(void)t; (void)w;".to_owned();
        for (_, port) in ports {
            let _ = write!(
                body,
                "\n    {copy}({}, {}, w + {word});",
                member(&port.name),
                port.width
            );
            word += port.words();
        }
        body
    };
    let drive = row("systole_in", &mut design.vector_inputs());
    let sample = row("systole_out", &mut design.vector_outputs());
    function(
        text,
        "void systole_drive(Vmodel& t, const uint32_t* w)",
        &drive,
    );
    function(text, "void systole_sample(Vmodel& t, uint32_t* w)", &sample);
}

/// The byte-stream ports under fixed names.
fn stream(text: &mut String, design: &Design) {
    let Some(stream) = &design.stream else { return };
    for (name, port) in [
        ("rx_data", &stream.rx_data),
        ("rx_valid", &stream.rx_valid),
        ("tx_ready", &stream.tx_ready),
    ] {
        let body = format!("{} = value;", member(port));
        function(
            text,
            &format!("void systole_{name}(Vmodel& t, uint8_t value)"),
            &body,
        );
    }
    for (name, port) in [
        ("rx_ready", &stream.rx_ready),
        ("tx_data", &stream.tx_data),
        ("tx_valid", &stream.tx_valid),
    ] {
        function(
            text,
            &format!("uint8_t systole_{name}(Vmodel& t)"),
            &format!("return {};", member(port)),
        );
    }
    let busy = stream.busy.as_ref().map_or_else(
        || "(void)t; return 0;".to_owned(),
        |p| format!("return {};", member(p)),
    );
    function(text, "uint8_t systole_busy(Vmodel& t)", &busy);
}
