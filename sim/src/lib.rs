//! Verilator build, cache and binding: simulated devices and waveforms.
