//! Where each element of a placed tensor lies, and the words that a link has to move for it.

use std::collections::BTreeMap;

use crate::program::Placement;

/// Byte addresses of all elements in NHWC order: `address + y * row_stride + x * pixel_stride + channels[c]`.
#[must_use]
pub fn byte_addresses(placement: &Placement) -> Vec<usize> {
    let shape = placement.shape;
    let mut addresses = Vec::with_capacity(
        shape
            .h
            .saturating_mul(shape.w)
            .saturating_mul(placement.channels.len())
            .min(1 << 24),
    );
    for y in 0..shape.h {
        for x in 0..shape.w {
            let pixel = placement
                .address
                .saturating_add(y.saturating_mul(placement.row_stride))
                .saturating_add(x.saturating_mul(placement.pixel_stride));
            addresses.extend(
                placement
                    .channels
                    .iter()
                    .take(shape.c)
                    .map(|offset| pixel.saturating_add(*offset)),
            );
        }
    }
    addresses
}

/// Activation memory as 32-bit words: what the host writes before a run.
#[derive(Debug, Default)]
pub struct WordImage {
    words: BTreeMap<(usize, u32), u32>,
}

impl WordImage {
    /// Adds the elements of a tensor. Bytes that no tensor claims become 0 in words that are touched.
    pub fn place(&mut self, placement: &Placement, values: &[i8]) {
        for (address, value) in byte_addresses(placement).into_iter().zip(values) {
            let word = self
                .words
                .entry((placement.bank, (address / 4) as u32))
                .or_default();
            let shift = 8 * (address % 4);
            *word = (*word & !(0xff << shift)) | u32::from(*value as u8) << shift;
        }
    }

    /// Runs of consecutive words: bank, first word, words.
    #[must_use]
    pub fn runs(&self) -> Vec<(usize, u32, Vec<u32>)> {
        let mut runs: Vec<(usize, u32, Vec<u32>)> = Vec::new();
        for (&(bank, offset), &word) in &self.words {
            match runs.last_mut() {
                Some((b, first, words)) if *b == bank && *first + words.len() as u32 == offset => {
                    words.push(word)
                }
                _ => runs.push((bank, offset, vec![word])),
            }
        }
        runs
    }
}

/// First word and number of words that hold all elements of a tensor.
#[must_use]
pub fn word_span(placement: &Placement) -> (u32, usize) {
    let addresses = byte_addresses(placement);
    let first = addresses.iter().min().map_or(0, |a| a / 4);
    let end = addresses.iter().max().map_or(0, |a| a / 4 + 1);
    (first as u32, end - first)
}

/// Picks the elements of a tensor from the words that [`word_span`] names.
#[must_use]
pub fn pick(placement: &Placement, words: &[u32]) -> Vec<i8> {
    let (first, _) = word_span(placement);
    let byte = |address: usize| {
        let word = words
            .get(address / 4 - first as usize)
            .copied()
            .unwrap_or(0);
        (word >> (8 * (address % 4))) as i8
    };
    byte_addresses(placement).into_iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use systole_quant::integer::Shape;

    fn placement(h: usize, w: usize, c: usize, gap: usize, address: usize) -> Placement {
        let pixel_stride = c + gap;
        Placement {
            bank: 1,
            address,
            row_stride: w * pixel_stride + gap,
            pixel_stride,
            channels: (0..c).rev().collect(),
            shape: Shape { h, w, c },
        }
    }

    proptest! {
        #[test]
        fn what_is_placed_is_picked(h in 1usize..4, w in 1usize..5, c in 1usize..6, gap in 0usize..4, address in 0usize..9, seed: u8) {
            let place = placement(h, w, c, gap, address);
            let values: Vec<i8> = (0..h * w * c).map(|i| (i as u8).wrapping_mul(37).wrapping_add(seed) as i8).collect();
            let mut image = WordImage::default();
            image.place(&place, &values);
            let (first, count) = word_span(&place);
            let mut words = vec![0xdead_beef; count];
            for (bank, offset, run) in image.runs() {
                prop_assert_eq!(bank, 1);
                let at = (offset - first) as usize;
                words[at..at + run.len()].copy_from_slice(&run);
            }
            prop_assert_eq!(pick(&place, &words), values);
        }
    }
}
