//! Rewrites of the float graph that keep its outputs.
