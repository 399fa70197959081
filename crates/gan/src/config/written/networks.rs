//! `[generator]` and `[discriminator]` as written.

use nn::{Init, LayerSpec};
use serde::{Deserialize, Serialize};

use super::super::defaults;

/// The network that makes images of latents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneratorSection {
    /// Numbers in a latent, drawn from N(0, I).
    pub latent: usize,
    /// How weights start, in layers that do not say.
    pub init: Init,
    /// From latent to pixels.
    pub layers: Vec<LayerSpec>,
}

impl Default for GeneratorSection {
    fn default() -> Self {
        GeneratorSection { latent: defaults::LATENT, init: Init::default(), layers: Vec::new() }
    }
}

/// The network that gives an image one logit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscriminatorSection {
    /// How weights start, in layers that do not say.
    pub init: Init,
    /// From pixels to one logit: the last is `{ dense = 1 }`.
    pub layers: Vec<LayerSpec>,
}
