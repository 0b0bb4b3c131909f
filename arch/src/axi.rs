//! Registers of the AXI wrapper, as a processor sees them on the AXI4-Lite port.
//!
//! The hardware (`systole_hdl::axi`), the IP-XACT description and the page `docs/reference/axi.md` are made from
//! [`REGISTERS`]. They are about the stream and the state of the machine; the registers of the machine itself are reached
//! through frames, see [`crate::map`].

use crate::config::Arch;
use crate::isa;

/// Value of [`ID`]: the letters SYAX.
pub const ID_VALUE: u32 = 0x5359_4158;
/// Version of this register map.
pub const MAP_VERSION: u32 = 1;
/// Bits of an address on the port: one page of 4 KiB.
pub const ADDRESS_BITS: usize = 12;
/// Cycles that a reset of the machine lasts, from `aresetn` or from [`CONTROL`]: longer than anything that is under way in it.
pub const RESET_CYCLES: u32 = 256;

/// What the processor may do with a register or a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read; a write is answered with `SLVERR` and changes nothing.
    Read,
    /// Read and write, byte strobes honoured.
    ReadWrite,
    /// Read; writing a 1 clears the bit.
    Clear,
}

/// A part of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// Lowest bit.
    pub lsb: usize,
    /// Bits.
    pub width: usize,
    /// Meaning.
    pub doc: &'static str,
}

/// One register of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register {
    /// Name.
    pub name: &'static str,
    /// Byte address.
    pub address: u32,
    /// What may be done with it.
    pub access: Access,
    /// Its fields; bits outside read as 0.
    pub fields: &'static [Field],
    /// Meaning.
    pub doc: &'static str,
}

impl Register {
    /// Number of the word.
    pub const fn word(&self) -> usize {
        self.address as usize / 4
    }
}

const fn field(name: &'static str, lsb: usize, width: usize, doc: &'static str) -> Field {
    Field {
        name,
        lsb,
        width,
        doc,
    }
}

macro_rules! registers {
    ($( $id:ident $name:literal $address:literal $access:ident $doc:literal [ $( $field:expr ),* ]; )*) => {
        /// Every register, without a gap: addresses behind the last one are answered with `SLVERR`.
        pub const REGISTERS: &[Register] = &[ $( $id ),* ];
        $( #[doc = $doc]
           pub const $id: Register = Register {
               name: $name, address: $address, access: Access::$access, fields: &[ $( $field ),* ], doc: $doc,
           }; )*
    };
}

registers! {
    ID "id" 0x00 Read "0x53594158, the letters SYAX."
        [field("id", 0, 32, "Fixed.")];
    VERSION "version" 0x04 Read "Versions."
        [field("map", 0, 16, "Version of these registers: 1."),
         field("isa", 16, 16, "Version of the instruction set.")];
    HASH_LOW "hash_low" 0x08 Read "Configuration hash, low word."
        [field("hash_low", 0, 32, "As in a program for this accelerator.")];
    HASH_HIGH "hash_high" 0x0C Read "Configuration hash, high word."
        [field("hash_high", 0, 32, "As in a program for this accelerator.")];
    CONTROL "control" 0x10 ReadWrite "Control."
        [field("soft_reset", 0, 1, "Writing 1 resets the accelerator and both streams for 256 cycles; reads as 1 meanwhile. Memories keep what they hold.")];
    STATUS "status" 0x14 Read "State of the accelerator now."
        [field("busy", 0, 1, "A program runs."),
         field("done", 1, 1, "The last program reached its END."),
         field("fault", 2, 1, "The last run had a fault; which one says the status of the machine."),
         field("resetting", 3, 1, "A reset of the accelerator is under way: no word is taken.")];
    EVENTS "events" 0x18 Clear "What happened; kept until it is cleared by writing 1, or by a reset."
        [field("done", 0, 1, "A program reached its END."),
         field("fault", 1, 1, "There was a fault.")];
    IRQ_ENABLE "irq_enable" 0x1C ReadWrite "Events that raise `irq`, which is high as long as one of them is there."
        [field("done", 0, 1, "Event `done`."),
         field("fault", 1, 1, "Event `fault`.")];
    SCRATCH "scratch" 0x20 ReadWrite "Nothing but memory: shows that the port works."
        [field("scratch", 0, 32, "Anything.")];
    RX_BYTES "rx_bytes" 0x24 Read "Bytes that the accelerator took since the last reset, modulo 2^32."
        [field("rx_bytes", 0, 32, "Count.")];
    TX_BYTES "tx_bytes" 0x28 Read "Bytes that the accelerator sent since the last reset, modulo 2^32."
        [field("tx_bytes", 0, 32, "Count.")];
    RX_PACKETS "rx_packets" 0x2C Read "Words with `tlast` that `s_axis` took since the last reset, modulo 2^32."
        [field("rx_packets", 0, 32, "Count.")];
    TX_PACKETS "tx_packets" 0x30 Read "Words with `tlast` that `m_axis` gave since the last reset, modulo 2^32."
        [field("tx_packets", 0, 32, "Count.")];
}

/// Bit of a field that the table has.
///
/// # Panics
/// At compile time, if the table has no such field.
pub const fn bit(register: &Register, name: &str) -> usize {
    let mut at = 0;
    while at < register.fields.len() {
        if same(register.fields[at].name, name) {
            return register.fields[at].lsb;
        }
        at += 1;
    }
    panic!("no such field")
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Registers that are constant for one configuration, and their values.
pub fn constants(arch: &Arch) -> [(Register, u32); 4] {
    let hash = arch.hash();
    [
        (ID, ID_VALUE),
        (VERSION, MAP_VERSION | isa::VERSION << 16),
        (HASH_LOW, hash as u32),
        (HASH_HIGH, (hash >> 32) as u32),
    ]
}

/// What a register reads as after `aresetn`, once the reset is over.
pub fn reset_value(arch: &Arch, register: &Register) -> u32 {
    let constants = constants(arch);
    let found = constants.iter().find(|(known, _)| known == register);
    found.map_or(0, |(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_no_gap_and_fields_do_not_overlap() {
        for (word, register) in REGISTERS.iter().enumerate() {
            assert_eq!(register.word(), word, "{}", register.name);
            let mut taken = 0u64;
            for field in register.fields {
                let mask = ((1u64 << field.width) - 1) << field.lsb;
                assert_eq!(taken & mask, 0, "{}.{}", register.name, field.name);
                taken |= mask;
            }
            assert!(taken > 0 && taken <= u64::from(u32::MAX));
        }
        assert!(REGISTERS.len() * 4 <= 1 << ADDRESS_BITS);
    }

    #[test]
    fn numbers_in_the_text_are_those_of_the_table() {
        assert!(
            ID.doc
                .contains(&format!("{ID_VALUE:#X}").replace("0X", "0x"))
        );
        assert!(VERSION.fields[0].doc.contains(&MAP_VERSION.to_string()));
        assert!(CONTROL.fields[0].doc.contains(&RESET_CYCLES.to_string()));
        assert_eq!(ID_VALUE.to_be_bytes(), *b"SYAX");
    }
}
