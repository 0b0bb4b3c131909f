//! From a windowed operation and its tiling to passes, weights and parameter rows.

use systole_arch::isa::LEVELS;
use systole_arch::{Arch, timing};

use super::CompileError;
use super::constants::Constants;
use super::pass::{BeatPath, Finish, Pass, Turn};
use super::tiling::{Run, Tiling, cheapest};
use super::view::View;
use super::window::{Kernel, Windowed};
use crate::program::Parameter;

/// Lowers one operation; several passes where groups are better computed one by one.
pub(super) fn emit(
    op: &Windowed<'_>,
    arch: &Arch,
    constants: &mut Constants,
    layer: &str,
) -> Result<Vec<Pass>, CompileError> {
    let whole = cheapest(op, arch);
    let [groups, _, _] = op.groups();
    if group_by_group(op, arch) < cycles(whole.as_ref()) {
        let parts: Result<Vec<_>, _> = (0..groups)
            .map(|g| emit(&op.group(g), arch, constants, layer))
            .collect();
        return Ok(parts?.concat());
    }
    let what = "no way to cut the operation into vectors";
    let tiling = whole.ok_or_else(|| CompileError::Internal {
        layer: layer.into(),
        what,
    })?;
    Emitter { op, arch, tiling }
        .pass(constants, layer)
        .map(|pass| vec![pass])
}

/// Cycles that the passes of an operation issue, each at least as long as fetching the next one takes.
pub(super) fn price(op: &Windowed<'_>, arch: &Arch) -> u64 {
    let whole = cycles(cheapest(op, arch).as_ref());
    whole.min(group_by_group(op, arch)).max(timing::FETCH)
}

fn cycles(tiling: Option<&Tiling>) -> u64 {
    tiling.map_or(u64::MAX, |tiling| tiling.cycles)
}

/// Cycles of one pass for each group; the largest number if groups cannot be computed one by one.
fn group_by_group(op: &Windowed<'_>, arch: &Arch) -> u64 {
    let [groups, _, outputs] = op.groups();
    let splits = matches!(op.kernel, Kernel::Dense { .. })
        && groups > 1
        && outputs.is_multiple_of(arch.lanes)
        && op.input.is_identity()
        && op.output.is_identity();
    if !splits {
        return u64::MAX;
    }
    cycles(cheapest(&op.group(0), arch).as_ref()).saturating_mul(groups as u64)
}

struct Emitter<'a> {
    op: &'a Windowed<'a>,
    arch: &'a Arch,
    tiling: Tiling,
}

impl Emitter<'_> {
    fn pass(&self, constants: &mut Constants, layer: &str) -> Result<Pass, CompileError> {
        let (op, tiling) = (self.op, &self.tiling);
        let (weight_address, weight_step) = self.weights(constants, layer)?;
        let (param_row, param_fixed) = self.parameters(constants, layer)?;
        let [oy, ox] = op.geometry.origin;
        let origin = oy * op.input.row_stride as i64 + ox * op.input.pixel_stride as i64;
        let image = tiling.run == Run::Image;
        let row_bytes = (op.input.shape.w - 1) * op.input.pixel_stride + op.input.span();
        let g = &op.geometry;
        let last_tap = (g.reach(1) + (tiling.pixels - 1) * g.stride[1]) * op.input.pixel_stride;
        let whole = g.reach(0) * op.input.row_stride + last_tap + op.input.span();
        Ok(Pass {
            layer: op.layer,
            mode_max: matches!(op.kernel, Kernel::Max),
            turns: self.turns(weight_step),
            input: op.input.buffer,
            in_offset: op.input.offset as i64 + origin,
            y0: if image { 0 } else { oy },
            x0: if image {
                0
            } else {
                ox * op.input.pixel_stride as i64
            },
            height: if image { 1 } else { op.input.shape.h as i64 },
            row_bytes: if image {
                whole as i64
            } else {
                row_bytes as i64
            },
            fill: op.fill,
            weight_address: weight_address as i64,
            beats: tiling.beats as i64,
            beats_last: tiling.beats_last as i64,
            out: self.path(&op.output),
            residual: op
                .residual
                .as_ref()
                .map(|(view, by)| (self.path(view), *by)),
            residual_max: op.residual_max,
            finish: Finish {
                zero: op.zero,
                clamp: op.clamp,
                table: op.table,
                param_row,
                param_fixed,
            },
            recurrence: None,
        })
    }

    fn path(&self, view: &View) -> BeatPath {
        BeatPath {
            buffer: view.buffer,
            offset: view.offset as i64,
            step_x: (self.tiling.pixels * view.pixel_stride) as i64,
            step_y: view.row_stride as i64,
            step_tile: self.tiling.width as i64,
        }
    }

    fn turns(&self, weight_step: usize) -> [Turn; LEVELS] {
        let (op, tiling, g) = (self.op, &self.tiling, &self.op.geometry);
        let image = tiling.run == Run::Image;
        let turn = |count: usize, address: usize, y: usize, x: usize, weight: usize| {
            let (y, x) = if image { (0, 0) } else { (y as i64, x as i64) };
            Turn {
                count: count as i64,
                address: address as i64,
                y,
                x,
                weight: weight as i64,
            }
        };
        let (pixel, row, chunks) = (op.input.pixel_stride, op.input.row_stride, tiling.chunks);
        let chunk = Turn {
            x: self.arch.rows as i64,
            ..turn(chunks, self.arch.rows, 0, 0, 1)
        };
        let (columns, rows) = match tiling.run {
            Run::Tap => (g.kernel[1], g.kernel[0]),
            Run::Row => (1, g.kernel[0]),
            Run::Image => (1, 1),
        };
        let tap = g.dilation[1] * pixel;
        let step = tiling.pixels * g.stride[1] * pixel;
        let tile = turn(tiling.tiles, tiling.in_step, 0, tiling.in_step, weight_step);
        [
            chunk,
            turn(columns, tap, 0, tap, chunks),
            turn(
                rows,
                g.dilation[0] * row,
                g.dilation[0],
                0,
                chunks * columns,
            ),
            turn(op.output.shape.w / tiling.pixels, step, 0, step, 0),
            turn(op.output.shape.h, g.stride[0] * row, g.stride[0], 0, 0),
            Turn {
                x: tiling.in_step as i64,
                ..tile
            },
        ]
    }

    /// Weight address of the first tile, steps from tile to tile.
    fn weights(
        &self,
        constants: &mut Constants,
        layer: &str,
    ) -> Result<(usize, usize), CompileError> {
        match self.op.kernel {
            Kernel::Max => Ok((0, 0)),
            Kernel::Ones => Ok((constants.add_weights(self.ones(), layer)?, 0)),
            Kernel::Dense { weights, .. } => {
                let block = (0..self.tiling.tiles)
                    .flat_map(|tile| self.dense(weights, tile))
                    .collect();
                Ok((constants.add_weights(block, layer)?, self.tiling.slots))
            }
        }
    }

    fn ones(&self) -> Vec<i8> {
        let mut block = self.empty();
        let (tiling, stride) = (&self.tiling, self.op.output.pixel_stride);
        for column in 0..tiling.width {
            let (pixel, channel) = if tiling.pixels > 1 {
                (column / stride, column % stride)
            } else {
                (0, column)
            };
            if tiling.pixels == 1 || (pixel < tiling.pixels && channel < self.op.output.shape.c) {
                self.each_tap(|ky, kx| block[self.index(ky, kx, pixel, channel, column)] = 1);
            }
        }
        block
    }

    fn dense(&self, weights: &[i8], tile: usize) -> Vec<i8> {
        let (op, tiling) = (self.op, &self.tiling);
        let [_, inputs, outputs] = op.groups();
        let [_, kernel_w] = op.geometry.kernel;
        let taps = op.geometry.kernel[0] * kernel_w;
        let mut block = self.empty();
        for column in 0..tiling.width {
            let Some((pixel, o)) = self.output_of(tile, column) else {
                continue;
            };
            let first = o / outputs * inputs;
            for i in 0..inputs {
                let at = op.input.channels[first + i] - tile * tiling.in_step;
                self.each_tap(|ky, kx| {
                    let weight = weights[(o * taps + ky * kernel_w + kx) * inputs + i];
                    block[self.index(ky, kx, pixel, at, column)] = weight;
                });
            }
        }
        block
    }

    /// Pixel and channel that a column of a tile computes, if any.
    fn output_of(&self, tile: usize, column: usize) -> Option<(usize, usize)> {
        let stride = self.op.output.pixel_stride;
        let (pixel, channel) = match self.tiling.pixels {
            1 => (0, tile * self.tiling.width + column),
            _ => (column / stride, column % stride),
        };
        (pixel < self.tiling.pixels && channel < self.op.output.shape.c).then_some((pixel, channel))
    }

    fn empty(&self) -> Vec<i8> {
        vec![0; self.tiling.slots * self.arch.rows * self.arch.cols]
    }

    fn each_tap(&self, mut visit: impl FnMut(usize, usize)) {
        let [rows, columns] = self.op.geometry.kernel;
        for ky in 0..rows {
            (0..columns).for_each(|kx| visit(ky, kx));
        }
    }

    /// Position in a tile's block of the weight between input byte `at` of a tap and a column.
    fn index(&self, ky: usize, kx: usize, pixel: usize, at: usize, column: usize) -> usize {
        let (g, input) = (&self.op.geometry, &self.op.input);
        let x = (kx * g.dilation[1] + pixel * g.stride[1]) * input.pixel_stride;
        let (run, byte) = match self.tiling.run {
            Run::Tap => (ky * g.kernel[1] + kx, at),
            Run::Row => (ky, x + at),
            Run::Image => (0, ky * g.dilation[0] * input.row_stride + x + at),
        };
        let slot = run * self.tiling.chunks + byte / self.arch.rows;
        (slot * self.arch.rows + byte % self.arch.rows) * self.arch.cols + column
    }

    /// First parameter row, and whether it serves all beats.
    fn parameters(
        &self,
        constants: &mut Constants,
        layer: &str,
    ) -> Result<(usize, bool), CompileError> {
        let (parameters, lanes, tiling) = (&self.op.parameters, self.arch.lanes, &self.tiling);
        if let [first, rest @ ..] = parameters.as_slice()
            && rest.iter().all(|p| p == first)
        {
            return Ok((constants.add_parameters(vec![*first; lanes], layer)?, true));
        }
        let rows = |tile| {
            if tile + 1 < tiling.tiles {
                tiling.beats
            } else {
                tiling.beats_last
            }
        };
        let nothing = Parameter {
            bias: 0,
            m: 0,
            s: 8,
        };
        let mut block = Vec::new();
        for tile in 0..tiling.tiles {
            let of = |column| {
                self.output_of(tile, column)
                    .and_then(|(_, channel)| parameters.get(channel))
            };
            block.extend(
                (0..rows(tile) * lanes).map(|column| of(column).copied().unwrap_or(nothing)),
            );
        }
        Ok((constants.add_parameters(block, layer)?, false))
    }
}
