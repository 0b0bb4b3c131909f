//! Block RAMs of the FPGA families: which word shapes one block offers, and how many blocks a memory takes.

/// One kind of block RAM, used with one write port and one read port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockRam {
    /// Name of the primitive.
    pub name: &'static str,
    /// Words and bits of a word, one pair for each shape that the block can take.
    pub shapes: &'static [(usize, usize)],
}

/// ECP5: 18 kbit. The 36-bit shape is the pseudo dual-port form (`PDPW16KD`).
pub const DP16KD: BlockRam = BlockRam {
    name: "DP16KD",
    shapes: &[
        (16384, 1),
        (8192, 2),
        (4096, 4),
        (2048, 9),
        (1024, 18),
        (512, 36),
    ],
};

/// iCE40: 4 kbit.
pub const SB_RAM40_4K: BlockRam = BlockRam {
    name: "SB_RAM40_4K",
    shapes: &[(2048, 2), (1024, 4), (512, 8), (256, 16)],
};

/// Gowin: 18 kbit (`SDPB`, and `SDPX9B` for words of 9 bits and their multiples).
pub const BSRAM: BlockRam = BlockRam {
    name: "BSRAM",
    shapes: &[
        (16384, 1),
        (8192, 2),
        (4096, 4),
        (2048, 9),
        (1024, 18),
        (512, 36),
    ],
};

impl BlockRam {
    /// Blocks of a memory of `depth` words of `width` bits, all blocks in the same shape: the smallest
    /// `ceil(depth / words) * ceil(width / bits)`.
    pub fn blocks(&self, depth: usize, width: usize) -> usize {
        let of_shape =
            |&(words, bits): &(usize, usize)| depth.div_ceil(words) * width.div_ceil(bits);
        self.shapes.iter().map(of_shape).min().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_by_hand() {
        for (block, depth, width, blocks) in [
            (DP16KD, 512, 32, 1),
            (DP16KD, 512, 36, 1),
            (DP16KD, 512, 37, 2),
            (DP16KD, 513, 36, 2),
            (DP16KD, 1024, 18, 1),
            (DP16KD, 1024, 35, 2),
            (DP16KD, 2048, 32, 4),
            (DP16KD, 4096, 16, 4),
            (DP16KD, 4096, 32, 8),
            (DP16KD, 16, 32, 1),
            (SB_RAM40_4K, 256, 16, 1),
            (SB_RAM40_4K, 256, 32, 2),
            (SB_RAM40_4K, 512, 35, 5),
            (SB_RAM40_4K, 4096, 16, 16),
            (SB_RAM40_4K, 2048, 2, 1),
            (BSRAM, 512, 36, 1),
            (BSRAM, 2048, 32, 4),
            (BSRAM, 16384, 8, 8),
        ] {
            assert_eq!(
                block.blocks(depth, width),
                blocks,
                "{} {depth}x{width}",
                block.name
            );
        }
    }

    #[test]
    fn no_shape_is_larger_than_the_block() {
        for (block, bits) in [(DP16KD, 18432), (SB_RAM40_4K, 4096), (BSRAM, 18432)] {
            assert!(
                block
                    .shapes
                    .iter()
                    .all(|(words, width)| words * width <= bits),
                "{}",
                block.name
            );
            for &(words, width) in block.shapes {
                assert_eq!(
                    block.blocks(words, width),
                    1,
                    "{} {words}x{width}",
                    block.name
                );
                assert_eq!(
                    block.blocks(words + 1, width),
                    2,
                    "{} {words}x{width}",
                    block.name
                );
            }
        }
    }

    #[test]
    fn more_words_or_bits_never_take_fewer_blocks() {
        for block in [DP16KD, SB_RAM40_4K, BSRAM] {
            for depth in [16, 255, 256, 512, 1000, 2048, 4096, 5000] {
                for width in 1..=72 {
                    let blocks = block.blocks(depth, width);
                    assert!(blocks <= block.blocks(depth + 1, width));
                    assert!(blocks <= block.blocks(depth, width + 1));
                    assert!(blocks * 18432 >= depth * width, "holds all bits");
                }
            }
        }
    }
}
