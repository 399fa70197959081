//! The cost of a step, and how many images a time is enough for.

use nn::{Init, LayerSpec, Plan, Shape, SpecError};
use serde::Deserialize;

use super::images::Images;
use crate::presets::Networks;

/// Operations a second of one thread in a training step: a careful figure for a laptop's processor of the last ten years.
const THREAD_FLOPS: f64 = 40e9;
/// A step's operations for each image, in passes forward of G and D: G three (forward, cotangent, weights), D eleven (the same on
/// real and on generated images, both again for G's update, and the tangents of both penalties).
const PASSES: [f64; 2] = [3.0, 11.0];

/// Size and cost of both networks, generator first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cost {
    /// Weights of each network.
    pub(super) parameters: [usize; 2],
    /// Multiplications and additions of a step, for each image of its batch.
    pub(super) flops: f64,
}

impl Cost {
    /// The cost of `networks` for `images`.
    ///
    /// # Errors
    /// Those of [`Plan::new`].
    pub(super) fn of(networks: &Networks, images: &Images, latent: usize) -> Result<Cost, SpecError> {
        let size = images.size;
        let image = Shape { height: size.height, width: size.width, channels: size.channels };
        let plan = |text: &str, input| {
            let layers = toml::from_str::<Layers>(&format!("layers = {text}")).map(|parsed| parsed.layers);
            Plan::new(&layers.unwrap_or_default(), input, images.classes, Init::GlorotUniform)
        };
        let plans = [plan(&networks.generator, Shape::flat(latent))?, plan(&networks.discriminator, image)?];
        let flops = plans.iter().zip(PASSES).map(|(plan, passes)| plan.product_flops() as f64 * passes).sum();
        Ok(Cost { parameters: [plans[0].parameter_count(), plans[1].parameter_count()], flops })
    }

    /// Images that a training of `seconds` shows on `threads` threads, about.
    pub(super) fn affordable_images(self, seconds: f64, threads: usize) -> f64 {
        seconds * threads as f64 * THREAD_FLOPS / self.flops
    }
}

#[derive(Deserialize)]
struct Layers {
    layers: Vec<LayerSpec>,
}
