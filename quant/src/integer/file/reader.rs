//! Takes a `.sysq` file apart; nothing is read before its size is checked.

use super::{FileError, Header, parameters};
use crate::integer::IntGraph;

const BIAS_BYTES: usize = 8;
const CHECKSUM_BYTES: usize = 4;

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    origin: &'a str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], origin: &'a str) -> Self {
        Self {
            bytes,
            at: 0,
            origin,
        }
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], FileError> {
        let end = self.at.saturating_add(count);
        let part = self.bytes.get(self.at..end);
        let part = part.ok_or_else(|| self.truncated(end))?;
        self.at = end;
        Ok(part)
    }

    /// The next number.
    pub(super) fn word(&mut self) -> Result<u32, FileError> {
        Ok(little_endian(self.take(4)?) as u32)
    }

    /// Everything behind the header: the tensors go back into their layers.
    pub(super) fn graph(mut self, mut header: Header) -> Result<IntGraph, FileError> {
        self.check_header(&mut header)?;
        self.check_length(&header)?;
        self.check_sum()?;
        let Header {
            mut graph,
            sections,
        } = header;
        for ((weights, bias), section) in parameters(&mut graph).zip(sections) {
            let bytes = self.take(section.weights)?;
            *weights = bytes.iter().map(|&byte| byte as i8).collect();
            let bytes = self.take(section.bias.saturating_mul(BIAS_BYTES))?;
            let value = |bytes: &[u8]| little_endian(bytes) as i64;
            *bias = bytes.chunks_exact(BIAS_BYTES).map(value).collect();
        }
        Ok(graph)
    }

    /// There is one section for each weight tensor, and no tensor twice.
    fn check_header(&self, header: &mut Header) -> Result<(), FileError> {
        let values: Vec<usize> = parameters(&mut header.graph)
            .map(|(weights, bias)| weights.len() + bias.len())
            .collect();
        self.require(
            "the number of sections",
            header.sections.len(),
            values.len(),
        )?;
        let sum = values.iter().sum();
        self.require("the number of weights in the header", sum, 0)
    }

    fn check_length(&self, header: &Header) -> Result<(), FileError> {
        let sections = header.sections.iter();
        let sizes = sections.map(|s| s.bias.saturating_mul(BIAS_BYTES).saturating_add(s.weights));
        let end = sizes.fold(self.at, usize::saturating_add);
        let end = end.saturating_add(CHECKSUM_BYTES);
        let length = self.bytes.len();
        if end > length {
            return Err(self.truncated(end));
        }
        if end < length {
            return Err(FileError::Trailing {
                origin: self.origin.into(),
                extra: length - end,
            });
        }
        Ok(())
    }

    /// The last four bytes are the checksum of all before; the length is known to suffice.
    fn check_sum(&self) -> Result<(), FileError> {
        let (body, sum) = self.bytes.split_at(self.bytes.len() - CHECKSUM_BYTES);
        let (found, expected) = (crc32fast::hash(body), little_endian(sum) as u32);
        if found == expected {
            return Ok(());
        }
        Err(FileError::Checksum {
            origin: self.origin.into(),
            found,
            expected,
        })
    }

    fn require(&self, what: &'static str, found: usize, expected: usize) -> Result<(), FileError> {
        if found == expected {
            return Ok(());
        }
        Err(FileError::Value {
            origin: self.origin.into(),
            what,
            found,
            expected,
        })
    }

    fn truncated(&self, expected: usize) -> FileError {
        FileError::Truncated {
            origin: self.origin.into(),
            found: self.bytes.len(),
            expected,
        }
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    let append = |value, &byte: &u8| value << 8 | u64::from(byte);
    bytes.iter().rev().fold(0, append)
}
