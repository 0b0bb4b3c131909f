//! The conformance suite that every device runs, and the independent second implementation of the numerics.
