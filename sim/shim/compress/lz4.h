// Stand-in where the lz4 headers are not installed: valid LZ4 blocks that hold the data as it is.
// The waveform file is larger; every reader accepts it.
#pragma once
#include <cstddef>
#include <cstring>

inline int LZ4_compressBound(int size) { return size + size / 255 + 16; }

// One sequence of literals: token, length in steps of 255, bytes.
inline int LZ4_compress_default(const char* source, char* target, int size, int capacity) {
    if (capacity < LZ4_compressBound(size)) return 0;
    char* out = target;
    int rest = size - 15;
    *out++ = static_cast<char>((rest < 0 ? size : 15) << 4);
    for (; rest >= 255; rest -= 255) *out++ = static_cast<char>(255);
    if (rest >= 0) *out++ = static_cast<char>(rest);
    std::memcpy(out, source, static_cast<std::size_t>(size));
    return static_cast<int>(out + size - target);
}
