// The C surface between one Verilated model and Rust.
//
// Everything that runs once per clock cycle lives here (clock, handshakes, watchdog, waveform), so that
// a call from Rust covers thousands of cycles. What depends on the design (port names and widths) comes
// from the generated systole_ports.h. No C++ exception and no abort crosses this surface: every entry
// point returns a status, and systole_error() holds the reason.
#include "Vmodel.h"
#include "verilated.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#endif
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "systole_ports.h"

#define SYSTOLE_API extern "C" __attribute__((visibility("default")))

enum Status : int32_t { OK = 0, FAILED = 1, TIMEOUT = 2, FINISHED = 3 };

// The runtime would abort the process on $stop, $fatal and failed asserts; these turn them into errors.
void vl_fatal(const char* file, int line, const char* scope, const char* message) {
    throw std::runtime_error(std::string(file ? file : "") + ":" + std::to_string(line) + ": "
                             + (scope ? scope : "") + ": " + (message ? message : "fatal"));
}
void vl_stop(const char* file, int line, const char* scope) { vl_fatal(file, line, scope, "$stop or failed assertion"); }

struct Handle {
    VerilatedContext context;
    std::unique_ptr<Vmodel> top;
#if VM_TRACE_FST
    std::unique_ptr<VerilatedFstC> trace;
#endif
    uint64_t cycles = 0;
    std::string error;
};

// Waveform time: two steps a cycle, falling then rising edge.
static inline void dump(Handle& h, uint64_t half) {
#if VM_TRACE_FST
    if (h.trace) h.trace->dump(2 * h.cycles + half);
#else
    (void)h;
    (void)half;
#endif
}

// First half of a cycle: outputs settle with the state before the edge and the inputs of this cycle.
static inline void settle(Handle& h) {
    systole_clock(*h.top, 0);
    h.top->eval();
    dump(h, 0);
}

static inline void edge(Handle& h) {
    systole_clock(*h.top, 1);
    h.top->eval();
    dump(h, 1);
    ++h.cycles;
}

template <class Body>
static int32_t guarded(Handle* h, Body body) {
    if (!h->error.empty()) return FAILED;
    try {
        const int32_t status = body(*h);
        if (status == OK && h->context.gotFinish()) return FINISHED;
        return status;
    } catch (const std::exception& e) {
        h->error = e.what();
    } catch (...) {
        h->error = "unknown C++ exception";
    }
    if (h->error.empty()) h->error = "error without a message";
    return FAILED;
}

// seed 0: registers without an initial value start at zero; otherwise they start at random values.
SYSTOLE_API Handle* systole_new(uint32_t seed) {
    try {
        std::unique_ptr<Handle> h(new Handle);
        h->context.fatalOnError(true);
        if (seed) {
            h->context.randReset(2);
            h->context.randSeed(static_cast<int>(seed & 0x7fffffff));
        }
#if VM_TRACE_FST
        h->context.traceEverOn(true);
#endif
        h->top.reset(new Vmodel(&h->context, "top"));
        systole_clock(*h->top, 0);
        h->top->eval();
        return h.release();
    } catch (...) {
        return nullptr;
    }
}

SYSTOLE_API void systole_free(Handle* h) {
    try {
        if (h->error.empty()) h->top->final();
#if VM_TRACE_FST
        if (h->trace) h->trace->close();
        h->trace.reset();
#endif
    } catch (...) {
    }
    delete h;
}

SYSTOLE_API const char* systole_error(Handle* h) { return h->error.c_str(); }
SYSTOLE_API uint64_t systole_cycles(Handle* h) { return h->cycles; }

SYSTOLE_API int32_t systole_trace_open(Handle* h, const char* path) {
#if VM_TRACE_FST
    return guarded(h, [&](Handle& s) -> int32_t {
        if (s.trace) s.trace->close();
        s.trace.reset(new VerilatedFstC);
        s.top->trace(s.trace.get(), 99);
        s.trace->open(path);
        if (!s.trace->isOpen()) {
            s.trace.reset();
            return TIMEOUT;  // the caller reports the path
        }
        return OK;
    });
#else
    (void)path;
    (void)h;
    return FAILED;
#endif
}

SYSTOLE_API int32_t systole_trace_close(Handle* h) {
#if VM_TRACE_FST
    if (h->trace) h->trace->close();
    h->trace.reset();
#endif
    (void)h;
    return OK;
}

SYSTOLE_API int32_t systole_poke(Handle* h, uint32_t port, const uint32_t* words) {
    return guarded(h, [&](Handle& s) -> int32_t { return systole_put(*s.top, port, words) ? OK : TIMEOUT; });
}

SYSTOLE_API int32_t systole_peek(Handle* h, uint32_t port, uint32_t* words) {
    return guarded(h, [&](Handle& s) -> int32_t { return systole_get(*s.top, port, words) ? OK : TIMEOUT; });
}

SYSTOLE_API int32_t systole_eval(Handle* h) {
    return guarded(h, [](Handle& s) -> int32_t {
        s.top->eval();
        return OK;
    });
}

SYSTOLE_API int32_t systole_tick(Handle* h, uint64_t cycles) {
    return guarded(h, [&](Handle& s) -> int32_t {
        for (uint64_t i = 0; i < cycles && !s.context.gotFinish(); ++i) {
            settle(s);
            edge(s);
        }
        return OK;
    });
}

// One row of input words and one row of output words per cycle; outputs are sampled before the edge.
SYSTOLE_API int32_t systole_vectors(Handle* h, const uint32_t* in, uint32_t* out, size_t cycles) {
    return guarded(h, [&](Handle& s) -> int32_t {
        for (size_t i = 0; i < cycles && !s.context.gotFinish(); ++i) {
            systole_drive(*s.top, in + i * SYSTOLE_IN_WORDS);
            settle(s);
            systole_sample(*s.top, out + i * SYSTOLE_OUT_WORDS);
            if (SYSTOLE_HAS_CLOCK) edge(s);
        }
        return OK;
    });
}

#if SYSTOLE_STREAM
// When an exchange ends: all of `in` is taken and `want` bytes came back; the same and the device is quiet; `want` bytes
// came back, whatever is left of `in`.
enum End : int32_t { TAKEN = 0, IDLE = 1, ANSWERED = 2 };

// Moves bytes. But for the end IDLE no byte beyond `want` is accepted: it stays in the device for the next call.
SYSTOLE_API int32_t systole_exchange(Handle* h, const uint8_t* in, size_t in_len, uint8_t* out, size_t want,
                                     size_t room, int32_t end, uint64_t max_cycles, size_t* taken, size_t* got,
                                     uint64_t* used) {
    size_t i = 0, o = 0;
    const uint64_t start = h->cycles;
    const int32_t status = guarded(h, [&](Handle& s) -> int32_t {
        Vmodel& t = *s.top;
        const bool idle = end == IDLE;
        const size_t limit = idle ? room : want;
        while (true) {
            const bool moved = (i == in_len || end == ANSWERED) && o >= want;
            if (moved && !idle) return OK;
            if (s.cycles - start >= max_cycles) return TIMEOUT;
            if (s.context.gotFinish()) return OK;
            systole_rx_valid(t, i < in_len);
            systole_rx_data(t, i < in_len ? in[i] : 0);
            systole_tx_ready(t, o < limit);
            settle(s);
            const bool take = i < in_len && systole_rx_ready(t);
            const bool give = systole_tx_valid(t);
            if (moved && !give && !systole_busy(t)) return OK;
            if (give && o < limit) out[o++] = static_cast<uint8_t>(systole_tx_data(t));
            else if (give && idle) return TIMEOUT;  // room used up
            edge(s);
            if (take) ++i;
        }
    });
    if (h->error.empty()) {
        systole_rx_valid(*h->top, 0);
        systole_tx_ready(*h->top, 0);
    }
    *taken = i;
    *got = o;
    *used = h->cycles - start;
    return status;
}
#endif
