//! Sections 3 and 5 of the numerics: one plain function for each layer.

use super::exact::{round_half_up, saturate, scaled};

/// An int8 image, `data[(y * w + x) * c + channel]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
    /// Channels.
    pub c: usize,
    /// Elements.
    pub data: Vec<i8>,
}

impl Image {
    /// The element at a place, or `None` outside the image.
    fn at(&self, y: i128, x: i128, channel: usize) -> Option<i128> {
        let inside = y >= 0 && x >= 0 && y < self.h as i128 && x < self.w as i128;
        inside.then(|| i128::from(self.data[(y as usize * self.w + x as usize) * self.c + channel]))
    }
}

/// How one operand reaches the scale of the result.
#[derive(Debug, Clone, Copy)]
pub struct Affine {
    /// Multiplier.
    pub m: u16,
    /// Shift.
    pub s: u8,
    /// Zero point of the operand.
    pub zero: i8,
}

impl Affine {
    fn guarded(self, q: i128) -> i128 {
        scaled(q - i128::from(self.zero), self.m, self.s, 8)
    }
}

/// Geometry of a sliding window.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// Kernel rows, columns.
    pub kernel: [usize; 2],
    /// Stride.
    pub stride: [usize; 2],
    /// Dilation.
    pub dilation: [usize; 2],
    /// Top, left, bottom, right.
    pub pads: [usize; 4],
}

impl Pool {
    fn out(&self, size: usize, axis: usize) -> usize {
        let span = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
        (size + self.pads[axis] + self.pads[axis + 2] - span) / self.stride[axis] + 1
    }

    fn place(&self, out: usize, tap: usize, axis: usize) -> i128 {
        (out * self.stride[axis] + tap * self.dilation[axis]) as i128 - self.pads[axis] as i128
    }

    /// All elements of one channel under the window, `None` for those outside the image.
    fn window(&self, x: &Image, oy: usize, ox: usize, channel: usize) -> Vec<Option<i128>> {
        let mut elements = vec![];
        for ky in 0..self.kernel[0] {
            for kx in 0..self.kernel[1] {
                elements.push(x.at(self.place(oy, ky, 0), self.place(ox, kx, 1), channel));
            }
        }
        elements
    }
}

fn map(h: usize, w: usize, c: usize, mut f: impl FnMut(usize, usize, usize) -> i128) -> Image {
    let mut data = vec![];
    for y in 0..h {
        for x in 0..w {
            for channel in 0..c {
                data.push(f(y, x, channel) as i8);
            }
        }
    }
    Image { h, w, c, data }
}

/// A convolution, with weights `[o][ky][kx][i]` and everything section 3 names.
pub struct Convolution<'a> {
    /// Geometry.
    pub window: Pool,
    /// Groups of channels.
    pub groups: usize,
    /// Output channels.
    pub outputs: usize,
    /// Weights.
    pub weights: &'a [i8],
    /// `bias'`.
    pub bias: &'a [i64],
    /// `(M, s)` of each output channel.
    pub multipliers: &'a [(u16, u8)],
    /// Zero of the input, which is what padding contributes.
    pub zero_x: i8,
    /// Zero of the result.
    pub zero_y: i8,
    /// `lo`, `hi`.
    pub clamp: [i8; 2],
}

/// Section 3. The residual operand has the shape of the result.
pub fn convolution(x: &Image, spec: &Convolution, residual: Option<(&Image, Affine)>) -> Image {
    let inputs = x.c / spec.groups;
    let per_group = spec.outputs / spec.groups;
    let [kh, kw] = spec.window.kernel;
    map(
        spec.window.out(x.h, 0),
        spec.window.out(x.w, 1),
        spec.outputs,
        |oy, ox, o| {
            let mut acc = i128::from(spec.bias[o]);
            for i in 0..inputs {
                let elements = spec.window.window(x, oy, ox, o / per_group * inputs + i);
                for (tap, element) in elements.into_iter().enumerate() {
                    let weight = spec.weights[(o * kh * kw + tap) * inputs + i];
                    acc += i128::from(weight) * element.unwrap_or(i128::from(spec.zero_x));
                }
            }
            let (m, s) = spec.multipliers[o];
            let v = residual.map_or(0, |(r, affine)| {
                affine.guarded(r.at(oy as i128, ox as i128, o).unwrap_or(0))
            });
            finish(scaled(acc, m, s, 8) + v, spec.zero_y, spec.clamp)
        },
    )
}

fn finish(sum: i128, zero: i8, clamp: [i8; 2]) -> i128 {
    saturate(
        round_half_up(sum, 8) + i128::from(zero),
        i128::from(clamp[0]),
        i128::from(clamp[1]),
    )
}

/// Section 5: maximum of the elements inside the image.
pub fn max_pool(x: &Image, window: &Pool) -> Image {
    map(
        window.out(x.h, 0),
        window.out(x.w, 1),
        x.c,
        |oy, ox, channel| {
            window
                .window(x, oy, ox, channel)
                .into_iter()
                .flatten()
                .max()
                .unwrap_or(-128)
        },
    )
}

/// Section 5: `multiplier(n)` is `(M, s)` of the divisor `n`.
pub fn average_pool(
    x: &Image,
    window: &Pool,
    include_pad: impl Fn(usize, usize) -> Option<usize>,
    multiplier: impl Fn(usize) -> (u16, u8),
    zero_x: i8,
    zero_y: i8,
    clamp: [i8; 2],
) -> Image {
    map(
        window.out(x.h, 0),
        window.out(x.w, 1),
        x.c,
        |oy, ox, channel| {
            let inside: Vec<i128> = window
                .window(x, oy, ox, channel)
                .into_iter()
                .flatten()
                .collect();
            let sum: i128 = inside.iter().map(|q| q - i128::from(zero_x)).sum();
            let (m, s) = multiplier(include_pad(oy, ox).unwrap_or(inside.len()));
            finish(scaled(sum, m, s, 8), zero_y, clamp)
        },
    )
}

/// Section 5: sum of two tensors, rounded once.
pub fn add(a: &Image, b: &Image, scales: [Affine; 2], zero_y: i8, clamp: [i8; 2]) -> Image {
    let data = a.data.iter().zip(&b.data).map(|(p, q)| {
        let sum = scales[0].guarded(i128::from(*p)) + scales[1].guarded(i128::from(*q));
        finish(sum, zero_y, clamp) as i8
    });
    Image {
        data: data.collect(),
        ..*a
    }
}

/// Change of scale of one tensor: the sum of section 5 with one term.
pub fn requantized(a: &Image, scale: Affine, zero_y: i8, clamp: [i8; 2]) -> Image {
    let data = a
        .data
        .iter()
        .map(|q| finish(scale.guarded(i128::from(*q)), zero_y, clamp) as i8);
    Image {
        data: data.collect(),
        ..*a
    }
}

/// Section 5: a table of 256 entries, the first one for -128.
pub fn lookup(a: &Image, table: &[i8]) -> Image {
    Image {
        data: a
            .data
            .iter()
            .map(|q| table[(i32::from(*q) + 128) as usize])
            .collect(),
        ..*a
    }
}

/// Section 5: concatenation of channels.
pub fn concat_channels(parts: &[&Image]) -> Image {
    let mut data = vec![];
    for pixel in 0..parts[0].h * parts[0].w {
        for part in parts {
            data.extend_from_slice(&part.data[pixel * part.c..(pixel + 1) * part.c]);
        }
    }
    Image {
        h: parts[0].h,
        w: parts[0].w,
        c: parts.iter().map(|p| p.c).sum(),
        data,
    }
}
