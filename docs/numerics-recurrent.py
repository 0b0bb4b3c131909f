"""Measures two ways to apply the reset gate before the recurrent product (docs/numerics-recurrent.md).

    python numerics-recurrent.py

Random GRUs (weights as PyTorch draws them, times a gain), random inputs; signal-to-noise of h against float, decibels,
over all steps and over the last tenth of them.
"""
import math

import numpy as np


def knots(f):
    return np.array([min(32767, math.floor(f(i / 32) * 32768 + 0.5)) for i in range(257)], np.int64)


SIGMOID, TANH = knots(lambda x: 1 / (1 + math.exp(-x))), knots(math.tanh)
rhu = lambda x, s: (x + (1 << (s - 1))) >> s
sat = lambda x, bits: np.clip(x, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def table(knots, x):
    a = np.minimum(np.abs(x), 32767)
    i, f = a >> 7, a & 127
    return knots[i] + (((knots[i + 1] - knots[i]) * f + 64) >> 7)


sigmoid = lambda x: np.where(x < 0, 32768 - table(SIGMOID, x), table(SIGMOID, x))
tanh = lambda x: np.where(x < 0, -table(TANH, x), table(TANH, x))


def scaled(acc, m):
    """Section 2 with G = 0, one multiplier for each row."""
    e = np.floor(np.log2(m)).astype(int) + 1
    big = np.floor(m * 2.0 ** (16 - e) + 0.5).astype(np.int64)
    k = 16 - (16 - e)
    t = sat(np.where(k >= 0, acc << np.maximum(k, 0), acc >> np.maximum(-k, 0)), 18)
    return (t * big) >> 16


def rows(w):
    s = np.abs(w).max(1) / 127
    return np.floor(w / s[:, None] + 0.5).astype(np.int64), s


def run(seed, hidden, inputs, steps, gain, variant):
    r = np.random.default_rng(seed)
    k = gain / math.sqrt(hidden)
    draw = lambda *shape: r.uniform(-k, k, shape)
    wx, wh, b = draw(3 * hidden, inputs), draw(3 * hidden, hidden), draw(3 * hidden)
    x8 = r.integers(-127, 128, (steps, inputs))
    s_x = 1 / 64
    (qx, sx), (qh, sh) = rows(wx), rows(wh)
    bias = np.floor(b / (sh / 128) + 0.5).astype(np.int64)
    h, h16 = np.zeros(hidden), np.zeros(hidden, np.int64)
    signal, noise = np.zeros(steps), np.zeros(steps)
    first, rest = slice(0, 2 * hidden), slice(2 * hidden, None)
    for t in range(steps):
        x = x8[t] * s_x
        gates = 1 / (1 + np.exp(-(wx[first] @ x + wh[first] @ h + b[first])))
        reset, z = gates[:hidden], gates[hidden:]
        n = np.tanh(wx[rest] @ x + wh[rest] @ (reset * h) + b[rest])
        h = (1 - z) * n + z * h
        u = scaled(qx @ x8[t], sx * s_x * 4096)
        h8 = sat(rhu(h16, 8), 8)
        v = scaled(qh[first] @ h8 + bias[first], sh[first] * 32)
        a = sigmoid(sat(u[first] + v + 1, 16))
        reset, z = a[:hidden], a[hidden:]
        rh = sat(rhu(reset * h16, 23), 8) if variant == "h16" else sat(rhu(reset * h8, 15), 8)
        v = scaled(qh[rest] @ rh + bias[rest], sh[rest] * 32)
        n = tanh(sat(u[rest] + v + 1, 16))
        h16 = sat(rhu((32768 - z) * n + z * h16, 15), 16)
        signal[t], noise[t] = (h**2).sum(), ((h - h16 / 32768) ** 2).sum()
    db = lambda part: 10 * math.log10(signal[part].sum() / noise[part].sum())
    return db(slice(None)), db(slice(-steps // 10, None))


print("hidden gain steps | from h16: all, last | from h8: all, last")
for hidden, gain, steps in [(32, 1, 500), (64, 1, 500), (128, 1, 500), (64, 2, 500), (64, 3, 500), (64, 1, 2000)]:
    values = {v: np.mean([run(s, hidden, 16, steps, gain, v) for s in range(8)], 0) for v in ("h16", "h8")}
    print(f"{hidden:5} {gain:4} {steps:5} | " + " | ".join(f"{values[v][0]:.1f}, {values[v][1]:.1f}" for v in values))
