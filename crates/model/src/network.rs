//! The networks of a header, planned. All numbers of a header are checked here, so that no later step can fail because of them.

use nn::{Network, Shape, SpecError};

use crate::error::ModelError;
use crate::header::{DiscriminatorSpec, Header, PixelRange};

/// Most values of a latent: as many as the largest image has.
const MOST_LATENT: usize = 1 << 24;
/// Most classes: labels have 16 bits.
const MOST_CLASSES: usize = 1 << 16;

/// The generator: from `[latent]` to an image.
///
/// # Errors
/// [`ModelError::Network`] naming the layer, or the value that it does not fit.
pub(crate) fn generator(header: &Header) -> Result<Network, ModelError> {
    let refuse = |message: String| refuse("generator", message);
    let image = image(header, 1).map_err(refuse)?;
    let (size, classes) = (header.latent.size, header.classes);
    if !(1..=MOST_LATENT).contains(&size) {
        return Err(refuse(format!("a latent of {size} values is not in 1..={MOST_LATENT}")));
    }
    let spec = &header.generator;
    let network = Network::conditional(&spec.layers, Shape::flat(size), classes, spec.init);
    let network = network.map_err(|e| refuse(planned(&e)))?;
    if network.output().values() != image.values() {
        return Err(refuse(format!("its layers end at {}, and an image has {image}", network.output())));
    }
    Ok(network.in_panels())
}

/// The discriminator: from a pack of images to logits.
///
/// # Errors
/// As [`generator`].
pub(crate) fn discriminator(header: &Header, spec: &DiscriminatorSpec) -> Result<Network, ModelError> {
    let refuse = |message: String| refuse("discriminator", message);
    let input = image(header, spec.packing).map_err(refuse)?;
    let network = Network::conditional(&spec.layers, input, header.classes, spec.init);
    let network = network.map_err(|e| refuse(planned(&e)))?;
    if network.output().values() == 0 {
        return Err(refuse("its layers end without a logit".into()));
    }
    Ok(network.in_panels())
}

/// The shape of `images` images side by side in their channels.
fn image(header: &Header, images: usize) -> Result<Shape, String> {
    let (height, width, channels) = header.image_shape;
    let values = [height, width, channels].iter().try_fold(images, |values, side| values.checked_mul(*side));
    if values.is_none_or(|values| !(1..=isize::MAX as usize).contains(&values)) {
        return Err(format!("{images} images of {height}x{width}x{channels} are no input"));
    }
    if header.classes > MOST_CLASSES {
        return Err(format!("{} classes are more than {MOST_CLASSES}", header.classes));
    }
    if header.pixels != PixelRange::default() {
        let PixelRange { low, high } = header.pixels;
        return Err(format!("its pixels are in [{low}, {high}]; this program reads those in [-1, 1]"));
    }
    Ok(Shape { height, width, channels: channels * images })
}

fn planned(error: &SpecError) -> String {
    format!("layers[{}], {}: {}", error.index, error.layer, error.message)
}

fn refuse(player: &'static str, message: String) -> ModelError {
    ModelError::Network { player, message }
}
