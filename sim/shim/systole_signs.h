// Signed arithmetic for generated models, in a form that compilers know.
//
// Verilator's runtime extends a sign with a mask, a negation and an or, which no compiler turns into the one instruction
// that processors have for it. Two shifts are turned into it. Arrays of signed multipliers consist of little else: models
// gain a quarter of their speed. The results are the same; operands are clean (no bits above their width), as they are for
// the functions that are replaced.
#ifndef SYSTOLE_SIGNS_H
#define SYSTOLE_SIGNS_H

#include "verilated.h"

#include <cstdint>

#define SYSTOLE_INLINE static inline __attribute__((always_inline))

SYSTOLE_INLINE int32_t systole_signed_i(int bits, IData x) { return static_cast<int32_t>(x << (32 - bits)) >> (32 - bits); }

SYSTOLE_INLINE int64_t systole_signed_q(int bits, QData x) { return static_cast<int64_t>(x << (64 - bits)) >> (64 - bits); }

SYSTOLE_INLINE IData systole_product_i(int bits, IData x, IData y) {
    return static_cast<IData>(systole_signed_i(bits, x)) * static_cast<IData>(systole_signed_i(bits, y));
}

SYSTOLE_INLINE IData systole_shift_i(int result_bits, int bits, IData x, IData by) {
    return static_cast<IData>(systole_signed_i(bits, x) >> (by < 31 ? by : 31)) & VL_MASK_I(result_bits);
}

SYSTOLE_INLINE QData systole_shift_q(int result_bits, int bits, QData x, IData by) {
    return static_cast<QData>(systole_signed_q(bits, x) >> (by < 63 ? by : 63)) & VL_MASK_Q(result_bits);
}

#define VL_EXTENDS_II(result_bits, bits, x) static_cast<IData>(systole_signed_i(bits, x))
#define VL_EXTENDS_QI(result_bits, bits, x) static_cast<QData>(systole_signed_q(bits, x))
#define VL_EXTENDS_QQ(result_bits, bits, x) static_cast<QData>(systole_signed_q(bits, x))
#define VL_MULS_III(bits, x, y) systole_product_i(bits, x, y)
#define VL_GTS_III(bits, x, y) static_cast<IData>(systole_signed_i(bits, x) > systole_signed_i(bits, y))
#define VL_GTES_III(bits, x, y) static_cast<IData>(systole_signed_i(bits, x) >= systole_signed_i(bits, y))
#define VL_LTS_III(bits, x, y) static_cast<IData>(systole_signed_i(bits, x) < systole_signed_i(bits, y))
#define VL_LTES_III(bits, x, y) static_cast<IData>(systole_signed_i(bits, x) <= systole_signed_i(bits, y))
#define VL_SHIFTRS_III(result_bits, bits, by_bits, x, by) systole_shift_i(result_bits, bits, x, by)
#define VL_SHIFTRS_QQI(result_bits, bits, by_bits, x, by) systole_shift_q(result_bits, bits, x, by)

#endif
