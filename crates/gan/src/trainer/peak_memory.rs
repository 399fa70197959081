//! An estimate of the memory that training takes.

use model::Sampler;
use nn::TapeParts;

use super::Trainer;
use crate::player::Player;

/// The program's code and tables, and the buffers in which threads pack products.
const PROCESS_BYTES: usize = 16_000_000;

impl Trainer {
    /// An estimate of the most bytes that training takes at once: all planned buffers, and the largest of what a checkpoint, a
    /// sampler, and `passing` (given the bytes of a sampler) need beside them.
    pub fn peak_bytes(&self, passing: impl FnOnce(usize) -> usize) -> usize {
        let network = &self.generator.network;
        // Buffers that are never written take no memory while they are counted.
        let tape_bytes = |batch| network.tape(batch, TapeParts::default()).bytes();
        let average = self.average.as_ref().map_or(0, |a| 4 * a.len());
        let calibration = match &self.average {
            Some(_) if network.state_count() > 0 => tape_bytes(self.experiment.train.batch_size),
            _ => 0,
        };
        let stored = |player: &Player| player.bytes() - 4 * player.grads.len();
        let checkpoint = average + stored(&self.generator) + stored(&self.discriminator);
        let sampler = Sampler::bytes(network);
        PROCESS_BYTES + self.bytes() + calibration.max(checkpoint).max(sampler).max(passing(sampler))
    }

    /// Bytes of the training set, both players and all planned buffers.
    fn bytes(&self) -> usize {
        let average = self.average.as_ref().map_or(0, |a| 4 * a.len());
        let data = self.images.len() * self.images.pixels_per_image();
        data + average + self.generator.bytes() + self.discriminator.bytes() + self.step.bytes()
    }
}
