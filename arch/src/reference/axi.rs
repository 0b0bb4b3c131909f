//! The page of the registers on the AXI4-Lite port.

use super::{bit_range, code, table};
use crate::axi::{ADDRESS_BITS, Access, REGISTERS};

const INTRODUCTION: &str = "What a processor sees on `s_axi` of the module `accelerator_axi` ([vendor flows](../vendor-flows.md)). Registers have 32 bits at byte addresses; \
the low two bits of an address are ignored.";

pub(super) fn body() -> String {
    let rows = REGISTERS.iter().map(|register| {
        vec![
            format!("`0x{:02X}`", register.address),
            code(register.name),
            access(register.access).into(),
            register.doc.into(),
        ]
    });
    let fields = REGISTERS.iter().flat_map(|register| {
        register.fields.iter().map(|field| {
            vec![
                code(register.name),
                bit_range(field.lsb, field.width),
                code(field.name),
                field.doc.into(),
            ]
        })
    });
    format!(
        "{INTRODUCTION}\n\n## Registers\n\n{}\nA read behind the last register, and a write there or to a register that is only read, is answered with `SLVERR` and changes nothing. \
The port has {ADDRESS_BITS} address bits. All registers but the first four are 0 after a reset by `aresetn`; a soft reset leaves `irq_enable` and `scratch` alone.\n\n## Fields\n\n{}",
        table(&["address", "name", "access", "meaning"], rows),
        table(&["register", "bits", "field", "meaning"], fields),
    )
}

fn access(access: Access) -> &'static str {
    match access {
        Access::Read => "read",
        Access::ReadWrite => "read, write",
        Access::Clear => "read, write 1 to clear",
    }
}
