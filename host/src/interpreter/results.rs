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
            .filter(|&beat| self.beat(memories, columns, beat))
            .count();
        self.post.step(beats, then);
        self.beats += beats as usize;
        written as u64
    }

    /// Whether a word was written to a bank.
    fn beat(&mut self, memories: &mut Memories, columns: &[i64], beat: u32) -> bool {
        if self.pass.unit == Unit::Bytes {
            self.post.beat(memories, columns, beat);
            return true;
        }
        let sums = self.post.sums(memories, columns, beat);
        self.step.beat(memories, &sums, self.beats + beat as usize)
    }
}
