//! The tables of the hardware and those of the CPU reference are the same integers: `arch` and `quant` know nothing of each
//! other, so this is where both can be seen.

use systole_arch::knots::{FRACTION_BITS, SIGMOID, TANH};
use systole_quant::numerics::{sigmoid, tanh};

#[test]
fn hardware_and_reference_have_the_same_knots() {
    for (knots, function) in [(SIGMOID, sigmoid as fn(i64) -> i64), (TANH, tanh)] {
        for (i, &knot) in knots.iter().take(256).enumerate() {
            assert_eq!(
                function((i << FRACTION_BITS) as i64),
                i64::from(knot),
                "knot {i}"
            );
        }
        // The last knot is seen through the line that leads to it.
        let [from, to] = [knots[255], knots[256]].map(i64::from);
        assert_eq!(
            function(32767),
            from + (((to - from) * 127 + 64) >> FRACTION_BITS)
        );
    }
}
