"""Writes knots.rs: sigmoid and tanh at the 257 multiples of 1/32 in [0, 8], Q0.15, rounded and capped at 32767.

    python knots.py > knots.rs

The table is committed. Nobody computes it again at run time: another libm could round another way.
"""
import struct
import zlib
from decimal import Decimal, getcontext

getcontext().prec = 60


def knot(value):
    return min(32767, int((value * 32768 + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR")))


def sigmoid(x):
    return 1 / (1 + (-x).exp())


def tanh(x):
    return 2 / (1 + (-2 * x).exp()) - 1


def table(name, function, text):
    knots = [knot(function(Decimal(i) / 32)) for i in range(257)]
    check = zlib.crc32(struct.pack("<257h", *knots))
    print(f"\n/// {text}\n#[rustfmt::skip]\npub const {name}: [i16; 257] = [")
    for start in range(0, 257, 16):
        print("    " + ", ".join(str(k) for k in knots[start : start + 16]) + ",")
    print(f"];\n\n/// CRC-32 of [`{name}`] as little-endian 16-bit numbers.\npub const {name}_CRC: u32 = 0x{check:08x};")


print("//! Knots of sigmoid and tanh (numerics, section 6). Written by `knots.py`, never by hand.")
table("SIGMOID", sigmoid, "`sigmoid(i / 32)` in Q0.15.")
table("TANH", tanh, "`tanh(i / 32)` in Q0.15.")
