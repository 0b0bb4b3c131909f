//! Constraint files from a board: which port of the board top is on which pin.

use super::Board;
use super::frequency::mhz;
use super::part::Family;
use super::sheet::Pull;

/// Port of the oscillator.
pub const CLOCK: &str = "clock";
/// Port of the reset button, as it is on the board: the board top knows its polarity.
pub const RESET: &str = "reset";
/// Port of the UART into the FPGA.
pub const RX: &str = "uart_rx";
/// Port of the UART out of the FPGA.
pub const TX: &str = "uart_tx";
/// Port of the lights, a vector.
pub const LED: &str = "led";

/// A port on a pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port<'a> {
    /// Name of the port.
    pub name: String,
    /// Key in the board file.
    pub key: String,
    /// Pin.
    pub pin: &'a str,
    /// I/O standard.
    pub standard: &'a str,
    /// Resistor in the FPGA.
    pub pull: Option<Pull>,
}

impl Board {
    /// Ports of the board top, in the order of the file.
    pub fn ports(&self) -> Vec<Port<'_>> {
        let sheet = &self.sheet;
        let port = |name: &str, key: &str, pin, standard, pull| Port {
            name: name.into(),
            key: key.into(),
            pin,
            standard,
            pull,
        };
        let (clock, link) = (&sheet.clock, &sheet.link);
        let mut ports = vec![
            port(CLOCK, "clock", &*clock.pin, &*clock.standard, None),
            port(RX, "link.rx", &link.rx.pin, &link.rx.standard, link.rx.pull),
            port(TX, "link.tx", &link.tx.pin, &link.tx.standard, link.tx.pull),
        ];
        if let Some(reset) = &sheet.reset {
            ports.push(port(
                RESET,
                "reset",
                &reset.pin,
                &reset.standard,
                reset.pull,
            ));
        }
        let leds = sheet.leds.pins.iter().enumerate();
        ports.extend(leds.map(|(n, pin)| {
            let (name, key) = (format!("{LED}[{n}]"), format!("leds.pins[{n}]"));
            port(&name, &key, pin, &sheet.leds.standard, None)
        }));
        ports
    }

    /// The text of the constraint file: `.lpf`, `.pcf` or `.cst`.
    pub fn constraints(&self) -> String {
        let family = self.part.family;
        let remark = if family == Family::Gowin { "//" } else { "#" };
        let mut text = format!(
            "{remark} {}: written by systole, do not edit\n",
            self.name()
        );
        for port in self.ports() {
            text += &line(family, &port);
        }
        let mhz = mhz(self.sheet.clock.hz);
        match family {
            Family::Ecp5 => text + &format!("FREQUENCY PORT \"{CLOCK}\" {mhz} MHZ;\n"),
            Family::Ice40 => text + &format!("set_frequency {CLOCK} {mhz}\n"),
            // Frequencies are not part of a .cst file.
            Family::Gowin => text,
        }
    }
}

fn line(family: Family, port: &Port<'_>) -> String {
    let Port {
        name,
        pin,
        standard,
        pull,
        ..
    } = port;
    let resistor = match pull {
        Some(Pull::Up) => "UP",
        Some(Pull::Down) => "DOWN",
        None => "NONE",
    };
    match family {
        Family::Ecp5 => format!(
            "LOCATE COMP \"{name}\" SITE \"{pin}\";\nIOBUF PORT \"{name}\" IO_TYPE={standard} PULLMODE={resistor};\n"
        ),
        Family::Ice40 if *pull == Some(Pull::Up) => format!("set_io -pullup yes {name} {pin}\n"),
        Family::Ice40 => format!("set_io {name} {pin}\n"),
        Family::Gowin => format!(
            "IO_LOC \"{name}\" {pin};\nIO_PORT \"{name}\" IO_TYPE={standard} PULL_MODE={resistor};\n"
        ),
    }
}
