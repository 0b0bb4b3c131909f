//! One activation bank: two halves, so that `R` bytes from any byte address are read in one cycle.

use systole_arch::Arch;

use crate::rt::prelude::*;

const TEXT: &str = "One activation bank: two halves of words of R bytes. Word a lies in half a % 2 at a / 2, so two words
that follow each other can be read at once. A superword is a word of each half: 2R bytes.
Built of memories of U = min(P, 4) bytes; a write reaches an aligned group of P bytes (a beat) or 4 bytes (the host).
Reads: addresses at the input registers, 2 cycles later the pair; one more and the group of bytes that the
residual reader or the host asked for.";

/// Bytes of one word of the host.
pub(super) const HOST_BYTES: usize = 4;

/// One activation bank.
#[derive(LogicBlock)]
pub struct Bank {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Word of the even half.
    pub read_even: Sig<In>,
    /// Word of the odd half.
    pub read_odd: Sig<In>,
    /// Group of bytes inside the superword, for `group`.
    pub read_group: Sig<In>,
    /// Write an aligned group of `P` bytes.
    pub write: Flag<In>,
    /// Its byte address.
    pub write_address: Sig<In>,
    /// Its bytes.
    pub write_data: Vec<Sig<In>>,
    /// Write four bytes.
    pub host_write: Flag<In>,
    /// Number of the host's word.
    pub host_address: Sig<In>,
    /// Its bytes.
    pub host_data: Sig<In>,
    /// Bytes of both halves, two cycles after the addresses.
    pub pair: Vec<Sig<Out>>,
    /// The group of bytes, three cycles after the addresses.
    pub group: Vec<Sig<Out>>,

    unit: Vec<Ram>,
    word: Sig<Local>,
    beat_byte: Sig<Local>,
    beat_group: Sig<Local>,
    host_group: Sig<Local>,
    unit_data: Vec<Sig<Local>>,
    unit_write: Vec<Flag<Local>>,
    group_delay: Delay,
    group_choice: Vec<Sig<Local>>,
    group_register: Vec<Reg>,

    units: Size,
    half_units: Size,
    unit_bytes: Size,
    beat_units: Size,
    beat_bytes: Size,
    host_units: Size,
    host_bytes: Size,
    groups: Size,
    group_bytes: Size,
    beat_shift: Size,
    superword_shift: Size,
    host_shift: Size,
}
