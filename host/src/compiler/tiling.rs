//! How a windowed operation is cut into slots, vectors and tiles: all cuts are priced, the cheapest is taken.

use systole_arch::Arch;

use super::window::{Kernel, Windowed};

/// Which bytes one innermost run of slots covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// One kernel tap.
    Tap,
    /// One kernel row: taps and the bytes between them.
    Row,
    /// The whole window; only where no window leaves the image.
    Image,
}

/// One way to cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tiling {
    pub(super) run: Run,
    /// Neighbouring output pixels computed in one vector.
    pub(super) pixels: usize,
    /// Output lanes of a tile that is not the last one.
    pub(super) width: usize,
    pub(super) tiles: usize,
    /// Bytes that the input moves from tile to tile.
    pub(super) in_step: usize,
    /// Slots of one run.
    pub(super) chunks: usize,
    /// Bytes of one run.
    pub(super) run_bytes: usize,
    pub(super) beats: usize,
    pub(super) beats_last: usize,
    /// Slots of one vector.
    pub(super) slots: usize,
    /// Cycles the pass issues.
    pub(super) cycles: u64,
}

/// Output lanes per tile, bytes of one tap of a tile, bytes from tile to tile.
#[derive(Debug, Clone, Copy)]
struct Cut {
    width: usize,
    lanes: usize,
    in_bytes: usize,
    in_step: usize,
}

/// The cheapest way; `None` if the views allow none.
pub(super) fn cheapest(op: &Windowed<'_>, arch: &Arch) -> Option<Tiling> {
    let mut best: Option<Tiling> = None;
    for pixels in 1..=arch.cols.min(op.output.shape.w) {
        if !op.allows_pixels(pixels, arch) || (pixels == 1 && !op.output.is_aligned(arch.lanes)) {
            continue;
        }
        for cut in cuts(op, arch, pixels) {
            for run in [Run::Tap, Run::Row, Run::Image] {
                let Some(found) = price(op, arch, pixels, cut, run) else {
                    continue;
                };
                let key =
                    |t: &Tiling| (t.cycles, t.slots * if t.in_step == 0 { t.tiles } else { 1 });
                if best.as_ref().is_none_or(|known| key(&found) < key(known)) {
                    best = Some(found);
                }
            }
        }
    }
    best
}

fn cuts(op: &Windowed<'_>, arch: &Arch, pixels: usize) -> Vec<Cut> {
    let [groups, inputs, outputs] = op.groups();
    let lanes = if pixels > 1 {
        pixels * op.output.pixel_stride
    } else {
        op.output.shape.c
    };
    if !matches!(op.kernel, Kernel::Dense { .. }) {
        let width = arch.pool_lanes();
        let in_bytes = if pixels > 1 { op.input.span() } else { width };
        return vec![Cut {
            width,
            lanes,
            in_bytes,
            in_step: width,
        }];
    }
    let mut cuts = vec![Cut {
        width: arch.cols,
        lanes,
        in_bytes: op.input.span(),
        in_step: 0,
    }];
    if pixels == 1 && groups > 1 && op.input.is_identity() {
        let fits = |m: &usize| m * outputs <= arch.cols && (m * outputs).is_multiple_of(arch.lanes);
        let grouped = (1..groups).filter(fits).map(|m| {
            let bytes = m * inputs;
            Cut {
                width: m * outputs,
                lanes,
                in_bytes: bytes,
                in_step: bytes,
            }
        });
        cuts.extend(grouped);
    }
    cuts
}

fn price(op: &Windowed<'_>, arch: &Arch, pixels: usize, cut: Cut, run: Run) -> Option<Tiling> {
    let (g, output) = (&op.geometry, op.output.shape);
    let uses_taps = matches!(op.kernel, Kernel::Max) || pixels == 1;
    if (run == Run::Tap && !uses_taps) || (run != Run::Tap && matches!(op.kernel, Kernel::Max)) {
        return None;
    }
    if run == Run::Image && !g.stays_inside(op.input.shape, output) {
        return None;
    }
    let row_bytes =
        (g.reach(1) + (pixels - 1) * g.stride[1]) * op.input.pixel_stride + cut.in_bytes;
    let (run_bytes, runs) = match run {
        Run::Tap if pixels > 1 => (cut.lanes, g.kernel[0] * g.kernel[1]),
        Run::Tap => (cut.in_bytes, g.kernel[0] * g.kernel[1]),
        Run::Row => (row_bytes, g.kernel[0]),
        Run::Image => (g.reach(0) * op.input.row_stride + row_bytes, 1),
    };
    let chunks = run_bytes.div_ceil(arch.rows);
    let (slots, tiles) = (chunks * runs, cut.lanes.div_ceil(cut.width));
    let beats_last = (cut.lanes - (tiles - 1) * cut.width).div_ceil(arch.lanes);
    let beats = if tiles > 1 {
        cut.width / arch.lanes
    } else {
        beats_last
    };
    let vectors = (output.h * (output.w / pixels)) as u64;
    let cycles = vectors * ((tiles - 1) * slots.max(beats) + slots.max(beats_last)) as u64;
    let (width, in_step) = (cut.width, cut.in_step);
    Some(Tiling {
        run,
        pixels,
        width,
        tiles,
        in_step,
        chunks,
        run_bytes,
        beats,
        beats_last,
        slots,
        cycles,
    })
}
