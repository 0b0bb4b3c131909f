//! Frames on the byte link between host and device.
//!
//! ```text
//! start  type  sequence  length (2, little endian)  check  payload (0 to 1024 bytes)  CRC-32 (4, little endian)
//! ```
//!
//! `check` is CRC-8 (polynomial 0x07, initial value 0) over type, sequence and length; CRC-32 (IEEE 802.3,
//! reflected, as in zlib) covers type, sequence, length, check and payload. A request reaches memory only after
//! its CRC-32 matched. The receiver throws away bytes until a start byte with a matching check.
//!
//! Requests carry a sequence number. The device expects them in order: the expected one is carried out and
//! answered; the one before it (an answer was lost) is answered again without being carried out again, but for
//! reads, which are repeated; any other is answered with [`Type::Reject`] and the expected number. The host goes
//! back to that number. [`Type::Sync`] sets the expected number and is answered whatever it was.

/// First byte of every frame.
pub const START: u8 = 0xA5;
/// Largest payload, bytes.
pub const MAX_PAYLOAD: usize = 1024;
/// Largest number of words in one write or read.
pub const MAX_WORDS: usize = (MAX_PAYLOAD - 4) / 4;
/// Bytes before the payload.
pub const HEADER: usize = 6;
/// Bytes after the payload.
pub const TRAILER: usize = 4;
/// Requests that a host has under way at most when it speaks to a device over a line that cannot wait.
pub const WINDOW: usize = 4;
/// Bytes that such a device keeps while it cannot take any: the requests of a window but the one in work, 18 bytes each if they
/// are reads. While a write is in work, fewer arrive.
pub const RECEIVE_QUEUE: usize = 64;
const _: () = assert!((WINDOW - 1) * (HEADER + 8 + TRAILER) <= RECEIVE_QUEUE);

/// Frame types. Requests are below 0x80, answers above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Type {
    /// Host: set the expected sequence number to this one plus one. No payload. Answer: `Done`.
    Sync = 0x01,
    /// Host: write words. Payload: host address, then words. Answer: `Done`.
    Write = 0x02,
    /// Host: read words. Payload: host address, number of words (4 bytes). Answer: `Data`.
    Read = 0x03,
    /// Device: the request with this sequence number was carried out. No payload.
    Done = 0x81,
    /// Device: the words asked for. Payload: words.
    Data = 0x82,
    /// Device: not the expected sequence number. Payload: one word, the expected one.
    Reject = 0x83,
    /// Device: the request was understood and cannot be carried out. Payload: one word, see [`Refusal`].
    Refused = 0x84,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Refusal {
    /// The memory is in use: a program runs.
    Busy = 1,
    /// No such space, or not accessible in this direction.
    Address = 2,
    /// Unknown type, or a payload of the wrong length.
    Malformed = 3,
}

/// CRC-8, polynomial 0x07, initial value 0, of the header bytes.
pub fn check(header: &[u8]) -> u8 {
    header.iter().fold(0u8, |crc, byte| {
        (0..8).fold(crc ^ byte, |c, _| {
            if c & 0x80 != 0 { c << 1 ^ 0x07 } else { c << 1 }
        })
    })
}

/// CRC-32 as in zlib, bit by bit: for frames, which are short.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            if c & 1 != 0 {
                c >> 1 ^ 0xEDB8_8320
            } else {
                c >> 1
            }
        })
    })
}

/// One whole frame. The payload must not be longer than [`MAX_PAYLOAD`].
pub fn encode(kind: Type, sequence: u8, payload: &[u8]) -> Vec<u8> {
    debug_assert!(payload.len() <= MAX_PAYLOAD);
    let [low, high] = (payload.len() as u16).to_le_bytes();
    let mut frame = vec![START, kind as u8, sequence, low, high];
    frame.push(check(&frame[1..5]));
    frame.extend_from_slice(payload);
    let crc = crc32(&frame[1..]);
    frame.extend_from_slice(&crc.to_le_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_of_the_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(check(b"123456789"), 0xF4);
    }

    #[test]
    fn a_frame_is_header_payload_trailer() {
        let frame = encode(Type::Write, 7, &[1, 2, 3, 4]);
        assert_eq!(frame.len(), HEADER + 4 + TRAILER);
        assert_eq!(&frame[..5], &[START, 2, 7, 4, 0]);
    }
}
