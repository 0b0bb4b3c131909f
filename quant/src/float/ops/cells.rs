//! One step of each recurrent cell, as the ONNX specification writes it.

use ndarray::{Array1, Array2, ArrayView2, Zip, s};

use super::activation::sigmoid;
use crate::float::recurrent::RecurrentKind;

/// Bias of the input part and of the recurrent part, `[gates * hidden]` each.
pub(super) type Bias = [Array1<f32>; 2];

/// The states `[batch, hidden]` after one step; `x` is the product with the input `[batch, gates * hidden]`.
pub(super) fn step(
    kind: RecurrentKind,
    x: &ArrayView2<'_, f32>,
    h: &Array2<f32>,
    c: &Array2<f32>,
    r: &ArrayView2<'_, f32>,
    bias: &Bias,
) -> (Array2<f32>, Array2<f32>) {
    match kind {
        RecurrentKind::Rnn { relu } => {
            let sum = x + &bias[0] + h.dot(&r.t()) + &bias[1];
            let f = if relu { |v: f32| v.max(0.0) } else { f32::tanh };
            (sum.mapv(f), c.clone())
        }
        RecurrentKind::Lstm => lstm(&(x + &bias[0] + h.dot(&r.t()) + &bias[1]), c),
        RecurrentKind::Gru {
            linear_before_reset,
        } => (gru(x, h, r, bias, linear_before_reset), c.clone()),
    }
}

/// `c' = f * c + i * g`, `h' = o * tanh(c')`; the gates of `a` are i, o, f, g.
fn lstm(a: &Array2<f32>, c: &Array2<f32>) -> (Array2<f32>, Array2<f32>) {
    let n = c.ncols();
    let gate = |index: usize| a.slice(s![.., index * n..(index + 1) * n]);
    let mut cell = c.clone();
    let update = |c: &mut f32, &i: &f32, &f: &f32, &g: &f32| {
        *c = sigmoid(f) * *c + sigmoid(i) * g.tanh();
    };
    Zip::from(&mut cell)
        .and(gate(0))
        .and(gate(2))
        .and(gate(3))
        .for_each(update);
    let hidden = Zip::from(&cell)
        .and(gate(1))
        .map_collect(|&c, &o| sigmoid(o) * c.tanh());
    (hidden, cell)
}

/// `h' = (1 - z) * n + z * h`; the gates are z, r, n.
fn gru(
    x: &ArrayView2<'_, f32>,
    h: &Array2<f32>,
    r: &ArrayView2<'_, f32>,
    bias: &Bias,
    linear_before_reset: bool,
) -> Array2<f32> {
    let n = h.ncols();
    let both = s![..2 * n];
    let mut sum = h.dot(&r.slice(s![..2 * n, ..]).t());
    sum += &x.slice(s![.., ..2 * n]);
    sum += &bias[0].slice(both);
    sum += &bias[1].slice(both);
    let gates = sum.mapv(sigmoid);
    let (z, reset) = (gates.slice(s![.., ..n]), gates.slice(s![.., n..]));
    let own = r.slice(s![2 * n.., ..]);
    let seen = if linear_before_reset {
        h.clone()
    } else {
        &reset * h
    };
    let mut candidate = seen.dot(&own.t());
    candidate += &bias[1].slice(s![2 * n..]);
    if linear_before_reset {
        candidate *= &reset;
    }
    candidate += &x.slice(s![.., 2 * n..]);
    candidate += &bias[0].slice(s![2 * n..]);
    let next = |&z: &f32, &a: &f32, &h: &f32| (1.0 - z) * a.tanh() + z * h;
    Zip::from(z).and(&candidate).and(h).map_collect(next)
}
