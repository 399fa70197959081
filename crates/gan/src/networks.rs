//! Both networks of an experiment.

use nn::{Network, Shape};

use crate::config::Experiment;
use crate::error::GanError;

/// Plans both networks of an experiment.
///
/// # Errors
/// [`GanError::Network`] naming player and layer.
pub fn networks(experiment: &Experiment) -> Result<(Network, Network), GanError> {
    let (height, width, channels) = experiment.data.image_shape;
    let classes = experiment.data.classes;
    let g = &experiment.generator;
    let d = &experiment.discriminator;
    let latent = Shape::flat(g.latent);
    // Packs of images lie side by side in their channels.
    let image = Shape { height, width, channels: channels * experiment.train.packing };
    let generator = Network::conditional(&g.layers, latent, classes, g.init)
        .map_err(|source| GanError::Network { player: "generator", source })?;
    let discriminator = Network::conditional(&d.layers, image, classes, d.init)
        .map_err(|source| GanError::Network { player: "discriminator", source })?;
    Ok((generator.in_panels(), discriminator.in_panels()))
}
