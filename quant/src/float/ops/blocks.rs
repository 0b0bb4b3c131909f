//! DepthToSpace and SpaceToDepth: channels become pixels and back.

use ndarray::ArrayD;

use super::inputs::Inputs;
use super::layout::regroup;
use crate::float::error::OpError;
use crate::float::op::DepthToSpaceMode;

pub(super) fn depth_to_space(
    inputs: &Inputs<'_>,
    block: usize,
    mode: DepthToSpaceMode,
) -> Result<ArrayD<f32>, OpError> {
    let x = inputs.float(0)?;
    let &[n, c, h, w] = x.shape() else {
        return Err(not_divisible(x.shape(), block));
    };
    let square = block
        .checked_mul(block)
        .filter(|&square| square > 0 && c.is_multiple_of(square));
    let channels = c / square.ok_or_else(|| not_divisible(x.shape(), block))?;
    let target = [n, channels, h * block, w * block];
    match mode {
        DepthToSpaceMode::DepthColumnRow => regroup(
            x,
            [n, block, block, channels, h, w],
            [0, 3, 4, 1, 5, 2],
            target,
        ),
        DepthToSpaceMode::ColumnRowDepth => regroup(
            x,
            [n, channels, block, block, h, w],
            [0, 1, 4, 2, 5, 3],
            target,
        ),
    }
}

pub(super) fn space_to_depth(inputs: &Inputs<'_>, block: usize) -> Result<ArrayD<f32>, OpError> {
    let x = inputs.float(0)?;
    let &[n, c, h, w] = x.shape() else {
        return Err(not_divisible(x.shape(), block));
    };
    if block == 0 || !h.is_multiple_of(block) || !w.is_multiple_of(block) {
        return Err(not_divisible(x.shape(), block));
    }
    let (rows, columns) = (h / block, w / block);
    let target = [n, c * block * block, rows, columns];
    regroup(
        x,
        [n, c, rows, block, columns, block],
        [0, 3, 5, 1, 2, 4],
        target,
    )
}

fn not_divisible(shape: &[usize], block: usize) -> OpError {
    OpError::Shape {
        what: "blocks",
        found: format!("input {shape:?}, block size {block}"),
        expected: "[N, C, H, W] that divides into whole blocks".into(),
    }
}
