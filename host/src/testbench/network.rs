//! The small random network that the test bench of an accelerator runs: every path of the data at least once.

use crate::testing::Network;
use systole_quant::integer::{IntGraph, Shape, Window};

/// Two 3x3 convolutions, the second one with a residual operand, maximum pooling, and a fully connected layer.
pub(super) fn network(seed: u64) -> IntGraph {
    let window = Window {
        kernel: [3, 3],
        pads: [1; 4],
        ..Window::ONE
    };
    let (mut n, x) = Network::new("testbench", Shape::new(6, 6, 3), seed);
    let x = n.conv(x, 8, window, None);
    let x = n.conv(x, 8, window, Some(x));
    let x = n.max_pool(x);
    let x = n.flatten(x);
    let x = n.conv(x, 10, Window::ONE, None);
    n.finish(x)
}
