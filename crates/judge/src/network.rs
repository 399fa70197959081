//! The judge's network, for images of any size.

use std::fmt::Write as _;

use nn::{Init, LayerSpec, Network, Shape, SpecError};
use serde::Deserialize;

/// Features of an image: few enough that a covariance of a few thousand samples is well determined.
pub(crate) const FEATURES: usize = 64;
/// Images are halved until no side is longer.
const SMALLEST_SIDE: usize = 7;
/// How weights start: those before rectifiers (He et al. 2015).
const INIT: Init = Init::HeNormal;

/// The layers, as TOML: 3x3 convolutions with batch normalisation, strides of 2 until no side is longer than
/// seven, one that narrows the channels, and a dense layer whose outputs are the features.
pub(crate) fn layers(height: usize, width: usize, classes: usize) -> String {
    let mut text = String::from("[{ conv = 16, bias = false }, \"batch-norm\", \"relu\"");
    let (mut side, mut channels) = (height.max(width), 32);
    // Writing to a String does not fail.
    let mut conv = |channels: usize, stride: usize| {
        let _ = write!(
            text,
            ", {{ conv = {channels}, stride = {stride}, bias = false }}, \"batch-norm\", \"relu\""
        );
    };
    while side > SMALLEST_SIDE {
        conv(channels, 2);
        (side, channels) = (side.div_ceil(2), 64);
    }
    conv(64, 1);
    conv(32, 2);
    let _ = write!(
        text,
        ", \"flatten\", {{ dense = {FEATURES}, bias = false }}, \"batch-norm\", \"relu\", {{ dense = {classes} }}]"
    );
    text
}

/// An error for a text that is not a list of layers, or not a network.
pub(crate) enum Refused {
    Text(String),
    Spec(SpecError),
}

/// Plans the layers of a text.
pub(crate) fn plan(
    layers: &str,
    (height, width, channels): (usize, usize, usize),
) -> Result<Network, Refused> {
    #[derive(Deserialize)]
    struct Written {
        layers: Vec<LayerSpec>,
    }
    let written: Written =
        toml::from_str(&format!("layers = {layers}")).map_err(|e| Refused::Text(e.to_string()))?;
    Network::new(&written.layers, Shape { height, width, channels }, INIT).map_err(Refused::Spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_network_for_every_size() {
        for (height, width, channels) in
            [(28, 28, 1), (1, 1, 1), (6, 6, 1), (32, 32, 3), (64, 48, 3), (3, 200, 1)]
        {
            let Ok(network) = plan(&layers(height, width, 12), (height, width, channels)) else {
                panic!("{height}x{width}x{channels}");
            };
            assert_eq!((network.output(), network.features()), (Shape::flat(12), Shape::flat(FEATURES)));
        }
    }

    #[test]
    fn that_for_digits_is_small() {
        let Ok(network) = plan(&layers(28, 28, 10), (28, 28, 1)) else { panic!("no network") };
        assert!(4 * (network.parameter_count() + network.state_count()) < 500_000);
    }
}
