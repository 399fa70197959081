//! Packing (Lin et al. 2018, "PacGAN: The power of two samples in generative adversarial networks"): D judges several images at
//! once, side by side in its channels, so that it sees whether they differ. A pack is `images` consecutive ones of the
//! batch; without packing it is one image.

use kernels::{Threads, interleave, rows};

/// How images become D's inputs.
#[derive(Clone, Copy, Debug)]
pub struct Packing {
    /// Images in a pack.
    pub images: usize,
    /// Pixels of an image, and their channels.
    pub pixels: usize,
    /// Channels of a pixel.
    pub channels: usize,
}

impl Packing {
    /// Images `[n, pixels, channels]` to packs `[n / images, pixels, images * channels]`.
    pub fn pack(&self, threads: Threads, images: &[f32], packs: &mut [f32]) {
        let Packing { images: group, pixels, channels } = *self;
        if group == 1 {
            rows::copy(threads, images, packs);
        } else {
            interleave::interleave(threads, group, pixels, channels, images, packs);
        }
    }

    /// Packs to images: what [`pack`](Self::pack) does, undone, and the transpose of it.
    pub fn unpack(&self, threads: Threads, packs: &[f32], images: &mut [f32]) {
        interleave::deinterleave(threads, self.images, self.pixels, self.channels, packs, images);
    }
}
