//! The two things a simulator and the leaves of a block must agree on without knowing each other:
//! whether this pass is the clock edge, and which ports are set or read by their id.
//!
//! Both are per thread: tests simulate in parallel.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

thread_local! {
    static CLOCK_EDGE: Cell<bool> = const { Cell::new(false) };
    static PORTS: RefCell<PortTraffic> = RefCell::default();
}

/// Values travelling into and out of ports during one walk.
#[derive(Debug, Default)]
pub(crate) struct PortTraffic {
    /// Values to set, by signal id.
    pub(crate) set: HashMap<usize, i64>,
    /// Signals to read; the walk fills in the values.
    pub(crate) read: HashMap<usize, i64>,
}

/// Whether the pass that runs now is the rising clock edge. A clocked leaf stores its inputs then, and
/// drives its outputs from what it stored in every other pass.
#[inline]
pub fn clock_edge() -> bool {
    CLOCK_EDGE.get()
}

/// Runs `pass` as the clock edge.
pub(crate) fn at_clock_edge(pass: impl FnOnce()) {
    CLOCK_EDGE.set(true);
    pass();
    CLOCK_EDGE.set(false);
}

/// Runs `walk` (a `connect_all`) with `traffic` and hands it back.
pub(crate) fn with_traffic(traffic: PortTraffic, walk: impl FnOnce()) -> PortTraffic {
    PORTS.with(|ports| *ports.borrow_mut() = traffic);
    walk();
    PORTS.with(|ports| std::mem::take(&mut *ports.borrow_mut()))
}

/// A signal shows itself: its value is noted if somebody asked, and its new value returned if there is one.
pub(crate) fn visit(id: usize, value: i64) -> Option<i64> {
    PORTS.with(|ports| {
        let mut ports = ports.borrow_mut();
        if let Some(slot) = ports.read.get_mut(&id) {
            *slot = value;
        }
        ports.set.get(&id).copied()
    })
}
