//! Which buffers must lie in different banks: a two-colouring that grows pair by pair.

/// Buffers and what is known about their banks: the two colours of each connected group.
#[derive(Debug, Default, Clone)]
pub(super) struct Banks {
    /// Parent in the group, and whether this buffer is in the other bank than its parent.
    parent: Vec<(usize, bool)>,
}

impl Banks {
    /// A new buffer, free of constraints.
    pub(super) fn add(&mut self) {
        self.parent.push((self.parent.len(), false));
    }

    /// Group of a buffer, and its side in the group.
    pub(super) fn find(&self, buffer: usize) -> (usize, bool) {
        let (mut at, mut side) = (buffer, false);
        loop {
            let (parent, flip) = self.parent[at];
            if parent == at {
                return (at, side);
            }
            side ^= flip;
            at = parent;
        }
    }

    /// Puts two buffers into different banks; `false` if earlier pairs make that impossible.
    pub(super) fn separate(&mut self, a: usize, b: usize) -> bool {
        let ((root_a, side_a), (root_b, side_b)) = (self.find(a), self.find(b));
        if root_a == root_b {
            return side_a != side_b;
        }
        self.parent[root_b] = (root_a, side_a == side_b);
        true
    }
}
