//! Every memory of an accelerator: how many, how deep, how wide. The generator builds exactly these.

use super::block_ram::BlockRam;
use crate::config::Arch;
use crate::frame;
use crate::isa;
use crate::map;

/// Memories of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// What it holds.
    pub name: &'static str,
    /// How many of them there are.
    pub count: usize,
    /// Words.
    pub depth: usize,
    /// Bits of a word.
    pub width: usize,
}

impl Memory {
    /// Block RAMs of all of them.
    pub fn blocks(&self, block: &BlockRam) -> usize {
        self.count * block.blocks(self.depth, self.width)
    }

    /// Bits of all of them.
    pub fn bits(&self) -> usize {
        self.count * self.depth * self.width
    }
}

/// Bits of a scaled sum: what the scaling multiplier of a lane gives.
pub const SUM_BITS: usize = 18;
/// Bits of an entry of the function tables: a knot of 16 bits, and the difference to the next one.
pub const KNOT_BITS: usize = 27;

/// All memories of a configuration. Banks are built of memories of `min(P, 4)` bytes, two halves each.
///
/// Without table slots there is no table memory; without recurrent unit there are no memories of one.
pub fn memories(arch: &Arch) -> Vec<Memory> {
    let unit = arch.lanes.min(4);
    let memory = |name, count, depth, width| Memory {
        name,
        count,
        depth,
        width,
    };
    let scale_bits = isa::RESIDUAL_M.width + isa::RESIDUAL_S.width;
    let bank_units = arch.banks * 2 * arch.rows / unit;
    let mut all = vec![
        memory(
            "weights",
            arch.rows * arch.groups(),
            arch.weight_depth,
            8 * arch.group(),
        ),
        memory(
            "activation banks",
            bank_units,
            arch.bank_words / 2,
            8 * unit,
        ),
        memory("bias", arch.lanes, arch.param_rows, Arch::ACCUMULATOR_BITS),
        memory(
            "multiplier and shift",
            arch.lanes,
            arch.param_rows,
            scale_bits,
        ),
        memory("program", 2, arch.program_words / 2, 32),
        memory("timestamps", 1, map::TIMESTAMPS, 32),
        memory("payload buffer", 1, frame::MAX_PAYLOAD / 4, 32),
    ];
    if arch.table_slots > 0 {
        all.push(memory("tables", arch.lanes, arch.table_slots * 256 / 4, 32));
    }
    if arch.recurrent_units > 0 {
        let units = arch.units_at_once();
        all.extend([
            memory("sums", arch.lanes, arch.sum_rows(), SUM_BITS),
            memory("state", units, arch.state_rows(), 16),
            memory("gate tables", arch.lanes, 512, KNOT_BITS),
            memory("tanh tables", units, 256, KNOT_BITS),
        ]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::block_ram::{DP16KD, SB_RAM40_4K};

    #[test]
    fn memories_hold_what_the_configuration_says() {
        for (name, _) in crate::config::PRESETS {
            let arch = Arch::preset(name).unwrap();
            let bits = |wanted| {
                memories(&arch)
                    .iter()
                    .find(|m| m.name == wanted)
                    .map_or(0, Memory::bits)
            };
            assert_eq!(
                bits("weights"),
                8 * arch.rows * arch.cols * arch.weight_depth
            );
            assert_eq!(bits("activation banks"), 8 * arch.banks * arch.bank_bytes());
            assert_eq!(bits("bias"), 35 * arch.lanes * arch.param_rows);
            assert_eq!(bits("tables"), 8 * 256 * arch.lanes * arch.table_slots);
        }
    }

    #[test]
    fn blocks_of_the_16x16_array_on_ecp5() {
        let arch = Arch::preset("16x16").unwrap();
        let blocks: Vec<_> = memories(&arch)
            .iter()
            .map(|m| (m.name, m.blocks(&DP16KD)))
            .collect();
        let expected = [
            ("weights", 64),
            ("activation banks", 2 * 8 * 2),
            ("bias", 8),
            ("multiplier and shift", 8),
            ("program", 4),
            ("timestamps", 1),
            ("payload buffer", 1),
            ("tables", 8),
            ("sums", 8),
            ("state", 2),
            ("gate tables", 8),
            ("tanh tables", 2),
        ];
        assert_eq!(blocks, expected);
    }

    #[test]
    fn blocks_of_the_4x4_array_on_ice40() {
        let arch = Arch::preset("4x4").unwrap();
        let total: usize = memories(&arch).iter().map(|m| m.blocks(&SB_RAM40_4K)).sum();
        // 4 x 4096x32, 16 x 2048x8, 512x35, 512x22, 2048x32, 2 x 256x32, 64x32; 512x18, 128x16, 512x27, 256x27.
        let recurrent = 3 + 1 + 4 + 2;
        assert_eq!(total, 4 * 32 + 16 * 4 + 5 + 3 + 16 + 2 * 2 + 2 + recurrent);
    }
}
