//! What a training step draws: real images in the order of the epoch, and counter-based noise.

use data::ImageSet;
use kernels::Threads;

use crate::flip;
use crate::latents::Latents;
use crate::noise as streams;
use crate::step::Inputs;

/// The inputs of one step of a run. They follow from its number and the run's seed, so that a resumed run draws the same.
pub(crate) struct StepInputs<'a> {
    pub(crate) images: &'a ImageSet,
    /// Whether half of the images are mirrored.
    pub(crate) flip: bool,
    /// Which of them this step shows, `[batch]`.
    pub(crate) indices: &'a [u32],
    pub(crate) latents: &'a mut Latents,
    /// Numbers in a latent.
    pub(crate) latent: usize,
    pub(crate) threads: Threads,
    pub(crate) seed: u64,
    pub(crate) step: u64,
}

impl Inputs for StepInputs<'_> {
    fn real(&mut self, out: &mut [f32]) {
        self.images.gather(self.indices, out);
        if self.flip {
            let key = streams::key(self.seed, streams::FLIPS, self.step);
            flip::some(key, self.images.width(), self.images.channels(), self.images.pixels_per_image(), out);
        }
    }

    fn labels(&mut self, out: &mut [u32]) {
        let labels = self.images.labels().unwrap_or_default();
        out.iter_mut().zip(self.indices).for_each(|(label, &i)| *label = labels[i as usize].into());
    }

    fn latents(&mut self, out: &mut [f32]) {
        self.latents.fill(
            self.threads,
            streams::key(self.seed, streams::LATENTS, self.step),
            self.latent,
            out,
        );
    }

    fn uniforms(&mut self, out: &mut [f32]) {
        kernels::noise::fill_uniform(streams::key(self.seed, streams::INTERPOLATION, self.step), 0, out);
    }
}
