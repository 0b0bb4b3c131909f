//! Finds frames in a stream of bytes that may hold garbage.

use systole_arch::frame::{self, HEADER, MAX_PAYLOAD, START, TRAILER};

/// A frame whose header check and CRC-32 matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Type byte, known or not.
    pub kind: u8,
    /// Sequence number.
    pub sequence: u8,
    /// Payload.
    pub payload: Vec<u8>,
}

/// Collects bytes and hands out frames.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    streaming: bool,
}

impl Decoder {
    /// A decoder that looks again into the bytes of a damaged frame: a frame may begin in there.
    #[must_use]
    pub fn new() -> Self {
        Decoder::default()
    }

    /// A decoder that forgets the bytes of a damaged frame, as the receiver of the device does: it shifts bytes
    /// through a window of a header, and once one matches it takes the frame as a whole or not at all.
    #[must_use]
    pub fn streaming() -> Self {
        Decoder {
            buffer: Vec::new(),
            streaming: true,
        }
    }

    /// Adds received bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes that wait for the rest of their frame.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// Forgets them: after silence, the rest will not come.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    /// The next whole frame.
    pub fn next_frame(&mut self) -> Option<Frame> {
        loop {
            let length = self.seek_header()?;
            let total = HEADER + length + TRAILER;
            let bytes = self.buffer.get(..total)?;
            let (body, crc) = bytes.split_at(total - TRAILER);
            if frame::crc32(&body[1..]).to_le_bytes() == *crc {
                let found = Frame {
                    kind: body[1],
                    sequence: body[2],
                    payload: body[HEADER..].to_vec(),
                };
                self.buffer.drain(..total);
                return Some(found);
            }
            self.buffer.drain(..if self.streaming { total } else { 1 });
        }
    }

    /// Throws bytes away until the buffer begins with a header; returns its payload length.
    fn seek_header(&mut self) -> Option<usize> {
        let mut skip = 0;
        let found = loop {
            let rest = &self.buffer[skip..];
            let Some(header) = rest.get(..HEADER) else {
                // Fewer bytes than a header: keep those that may begin one.
                skip += rest
                    .iter()
                    .position(|byte| *byte == START)
                    .unwrap_or(rest.len());
                break None;
            };
            let length = usize::from(u16::from_le_bytes([header[3], header[4]]));
            if header[0] == START
                && frame::check(&header[1..5]) == header[5]
                && length <= MAX_PAYLOAD
            {
                break Some(length);
            }
            skip += 1;
        };
        self.buffer.drain(..skip);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use systole_arch::frame::{Type, encode};

    proptest! {
        #[test]
        fn frames_are_found_in_any_cut(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..6), cut in 1usize..17) {
            let bytes: Vec<u8> = payloads.iter().enumerate().flat_map(|(i, p)| encode(Type::Write, i as u8, p)).collect();
            for mut decoder in [Decoder::new(), Decoder::streaming()] {
                let mut found = Vec::new();
                for part in bytes.chunks(cut) {
                    decoder.push(part);
                    while let Some(frame) = decoder.next_frame() {
                        found.push(frame.payload);
                    }
                }
                prop_assert_eq!(&found, &payloads);
                prop_assert_eq!(decoder.pending(), 0);
            }
        }

        #[test]
        fn garbage_before_a_frame_hides_at_most_a_frame(garbage in prop::collection::vec(prop_oneof![Just(START), any::<u8>()], 0..200)) {
            let mut decoder = Decoder::new();
            decoder.push(&garbage);
            decoder.push(&encode(Type::Done, 9, &[]));
            decoder.push(&[0; HEADER + MAX_PAYLOAD + TRAILER]);
            let mut found = false;
            while let Some(frame) = decoder.next_frame() {
                found |= frame == Frame { kind: Type::Done as u8, sequence: 9, payload: Vec::new() };
            }
            prop_assert!(found);
        }

        #[test]
        fn no_flipped_bit_passes(payload in prop::collection::vec(any::<u8>(), 0..64), bit: prop::sample::Index) {
            let mut bytes = encode(Type::Data, 3, &payload);
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut decoder = Decoder::new();
            decoder.push(&bytes);
            prop_assert_eq!(decoder.next_frame(), None);
        }
    }
}
