//! `[generator]` and `[discriminator]`: the networks.

use nn::{Init, LayerSpec};

use super::super::range::Range;
use super::super::section::section;

/// Most numbers in a latent: as many as the largest image has values.
const MOST_LATENT: u64 = 1 << 24;

section! {
    /// The network that makes images from latents. It is called G.
    pub struct Generator {
        /// Numbers in a latent. They are drawn from N(0, 1).
        latent: usize = 100, range Range::Whole(1, MOST_LATENT), hint "100 is usual";
        /// Distribution of the first weights, in layers that name none.
        init: Init = Init::GlorotUniform;
        /// Layers from the latent to the pixels, which are in [-1, 1].
        layers: Vec<LayerSpec> = Vec::new();
    }
}

section! {
    /// The network that gives each image a logit. It is called D.
    pub struct Discriminator {
        /// Distribution of the first weights, in layers that name none.
        init: Init = Init::GlorotUniform;
        /// Layers from the pixels to one logit. The last one is { dense = 1 }, "projection-head" or "classifier-head".
        layers: Vec<LayerSpec> = Vec::new();
    }
}
