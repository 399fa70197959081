//! What a step's buffers take.

use nn::Tape;

use super::plan::Step;

impl Step {
    /// Bytes of all buffers.
    pub fn bytes(&self) -> usize {
        let tapes =
            self.g_tape.bytes() + self.d_tape.bytes() + self.fake_tape.as_ref().map_or(0, Tape::bytes);
        tapes + 4 * (self.images.len() + self.scratch.len())
    }
}
