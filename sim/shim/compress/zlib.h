// Stand-in where the zlib headers are not installed: valid zlib streams of stored blocks.
#pragma once
#include <cstdint>
#include <cstring>
#include <initializer_list>

using Bytef = unsigned char;
using uLong = unsigned long;
using uLongf = unsigned long;
constexpr int Z_OK = 0;
constexpr int Z_BUF_ERROR = -5;

inline uLong compressBound(uLong size) { return size + (size / 65535 + 1) * 5 + 6; }

inline int compress2(Bytef* target, uLongf* capacity, const Bytef* source, uLong size, int) {
    if (*capacity < compressBound(size)) return Z_BUF_ERROR;
    Bytef* out = target;
    *out++ = 0x78;
    *out++ = 0x01;
    uint32_t low = 1, high = 0;  // Adler-32
    uLong rest = size;
    do {
        const uLong length = rest < 65535 ? rest : 65535;
        rest -= length;
        *out++ = rest == 0;  // final block, stored
        for (const uLong field : {length, ~length}) {
            *out++ = static_cast<Bytef>(field & 255);
            *out++ = static_cast<Bytef>(field >> 8 & 255);
        }
        std::memcpy(out, source, length);
        for (uLong i = 0; i < length; ++i) {
            low = (low + source[i]) % 65521;
            high = (high + low) % 65521;
        }
        out += length;
        source += length;
    } while (rest);
    for (const uint32_t half : {high, low}) {
        *out++ = static_cast<Bytef>(half >> 8);
        *out++ = static_cast<Bytef>(half & 255);
    }
    *capacity = static_cast<uLongf>(out - target);
    return Z_OK;
}
