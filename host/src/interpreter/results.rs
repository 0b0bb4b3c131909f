//! What becomes of finished vectors: bytes, stored sums, or a step of a recurrent layer.

use super::memory::Memories;
use super::pass::Pass;
use super::post::Post;
use super::recurrent::Step;
use super::walk::Advance;
use systole_arch::isa::Unit;

/// State between the vectors of a pass.
pub(super) struct Results<'a> {
    pass: &'a Pass,
    post: Post<'a>,
    step: Step<'a>,
    /// Beats of the vectors before.
    beats: usize,
}

impl<'a> Results<'a> {
    pub(super) fn new(pass: &'a Pass) -> Self {
        Results {
            pass,
            post: Post::new(pass),
            step: Step::new(pass),
            beats: 0,
        }
    }

    /// Carries out the beats of one vector and steps to the next. Returns the number of words written to banks.
    pub(super) fn vector(
        &mut self,
        memories: &mut Memories,
        columns: &[i64],
        last_tile: bool,
        then: Advance,
    ) -> u64 {
        let beats = self.pass.beats[usize::from(last_tile)] + 1;
        let written = (0..beats)
            .map(|beat| self.beat(memories, columns, beat))
            .sum();
        self.post.step(beats, then);
        self.beats += beats as usize;
        written
    }

    /// Returns the number of words written to banks.
    fn beat(&mut self, memories: &mut Memories, columns: &[i64], beat: u32) -> u64 {
        if self.pass.unit == Unit::Bytes {
            self.post.beat(memories, columns, beat);
            return 1;
        }
        let sums = self.post.sums(memories, columns, beat);
        self.step.beat(memories, &sums, self.beats + beat as usize)
    }
}
