//! One layer from its spec and place, or what is wrong with its numbers.

use kernels::image_norm::Scope;
use kernels::spectral::Folded;
use kernels::{Activation, Augmentation};

use super::Place;
use super::window::{Convolution, Window};
use crate::error::Refusal;
use crate::layer::Layer;
use crate::layers::{
    AvgPool, BatchNorm, ClassEmbedding, Conv, Dense, DiffAugment, Dropout, Identity, ImageNorm,
    MinibatchStddev, PixelNorm, Pointwise, ProjectionHead, SpectralNorm, Upsample,
};
use crate::shape::Shape;
use crate::spec::{LayerSpec, Upsampling};

/// Most weights that one layer may have (1 GiB of them): a slip of the keyboard is told so before memory is
/// asked for.
const MAX_LAYER_PARAMETERS: usize = 1 << 28;
/// Most values that a layer may make of one image.
const MAX_IMAGE_VALUES: usize = 1 << 28;
/// Most weights of a network (4 GiB of them), and most values that its layers may make of one image: so far every sum and
/// product of sizes stays below 2^31 where a size has 32 bits, and below 2^63 otherwise.
pub(super) const MAX_NETWORK_VALUES: usize = 1 << 30;

/// The layer that `spec` asks for at `place`, or what is wrong with its numbers.
pub(super) fn layer(spec: &LayerSpec, place: Place) -> Result<Box<dyn Layer>, Refusal> {
    let Place { ref name, shape, ordinal, offset, state_offset, classes, init, activation } = place;
    Ok(match *spec {
        LayerSpec::Dense { units, bias, init: own, spectral_norm } => {
            let kind = "dense";
            check_dense(shape, units)?;
            let init = own.unwrap_or(init);
            let (inputs, folded) = (shape.values(), dense_weight(shape, units));
            let dense = Dense::new(kind, name, offset, inputs, units, bias, init, activation);
            normalised(spectral_norm, Box::new(dense), name, state_offset, folded)
        }
        LayerSpec::Conv { channels, kernel, stride, padding, bias, init: own, spectral_norm } => {
            let window = Convolution { channels, kernel, stride, padding }.over(shape)?;
            let init = own.unwrap_or(init);
            let conv =
                Conv::new(name, offset, check_window(shape, window, false)?, false, bias, init, activation);
            let folded = Folded { outer: kernel * kernel * shape.channels, outputs: channels, inner: 1 };
            normalised(spectral_norm, Box::new(conv), name, state_offset, folded)
        }
        LayerSpec::ConvTranspose {
            channels,
            kernel,
            stride,
            padding,
            output_padding,
            bias,
            init: own,
            spectral_norm,
        } => {
            let window = Convolution { channels, kernel, stride, padding }.under(shape, output_padding)?;
            let init = own.unwrap_or(init);
            let conv =
                Conv::new(name, offset, check_window(shape, window, true)?, true, bias, init, activation);
            let folded = Folded { outer: kernel * kernel, outputs: channels, inner: shape.channels };
            normalised(spectral_norm, Box::new(conv), name, state_offset, folded)
        }
        LayerSpec::Reshape { height, width, channels } => reshape(shape, Shape { height, width, channels })?,
        LayerSpec::Flatten => Box::new(Identity {
            kind: "flatten",
            shape: Shape::flat(shape.values()),
            activation: Activation::Identity,
        }),
        LayerSpec::Upsample { factor, method } => upsample(shape, factor, method)?,
        LayerSpec::AvgPool { size } => avg_pool(shape, size)?,
        LayerSpec::GlobalAvgPool => Box::new(AvgPool {
            kind: "global-avg-pool",
            shape: Shape::flat(shape.channels),
            block: (shape.height, shape.width),
        }),
        LayerSpec::Activation(f) => {
            check_slope(f)?;
            Box::new(Pointwise { shape, activation: f })
        }
        LayerSpec::BatchNorm { eps, momentum } => {
            check_eps(eps, "1e-5 is usual")?;
            if !(momentum > 0.0 && momentum <= 1.0) {
                return Err(Refusal::new(
                    format!("momentum {momentum} is not in (0, 1]"),
                    "the newest batch's weight; 0.1 is usual",
                ));
            }
            Box::new(BatchNorm::new(name, offset, state_offset, shape, eps, momentum, activation))
        }
        LayerSpec::LayerNorm { eps } => image_norm(Scope::Image, &place, eps)?,
        LayerSpec::InstanceNorm { eps } => image_norm(Scope::Channel, &place, eps)?,
        LayerSpec::PixelNorm { eps } => {
            check_eps(eps, "1e-8 is usual")?;
            Box::new(PixelNorm { shape, eps, activation })
        }
        LayerSpec::MinibatchStddev { group } => {
            if group < 2 {
                return Err(Refusal::new(
                    format!("images of a group of {group} do not differ"),
                    "2 or more; 4 is usual",
                ));
            }
            Box::new(MinibatchStddev { shape, group })
        }
        LayerSpec::ClassEmbedding { features, init: own } => {
            check_classes(classes)?;
            if features == 0 || classes.checked_mul(features).is_none_or(|n| n > MAX_LAYER_PARAMETERS) {
                return Err(Refusal::new(
                    format!("{features} values for each of {classes} classes is not an embedding"),
                    format!("1 to {}, as {{ class-embedding = 50 }}", MAX_LAYER_PARAMETERS / classes),
                ));
            }
            Box::new(ClassEmbedding::new(name, offset, shape.values(), classes, features, own))
        }
        LayerSpec::ProjectionHead { bias, spectral_norm } => {
            check_classes(classes)?;
            check_dense(shape, classes)?;
            let (inputs, folded) = (shape.values(), dense_weight(shape, 1));
            let head = ProjectionHead::new(name, offset, inputs, classes, bias, init);
            normalised(spectral_norm, Box::new(head), name, state_offset, folded)
        }
        LayerSpec::ClassifierHead { bias, spectral_norm } => {
            check_classes(classes)?;
            check_dense(shape, classes + 1)?;
            let (inputs, folded) = (shape.values(), dense_weight(shape, classes + 1));
            let kind = "classifier-head";
            let head = Dense::new(kind, name, offset, inputs, classes + 1, bias, init, activation);
            normalised(spectral_norm, Box::new(head), name, state_offset, folded)
        }
        LayerSpec::DiffAugment { ref list, class_probabilities: ref each } => {
            check_augmentations(shape, list)?;
            check_class_probabilities(classes, each)?;
            Box::new(DiffAugment { ordinal, shape, list: list.clone(), class_probabilities: each.clone() })
        }
        LayerSpec::Dropout { rate } => {
            if !(0.0..1.0).contains(&rate) {
                return Err(Refusal::new(
                    format!("rate {rate} is not in [0, 1)"),
                    "0.3 drops three values in ten",
                ));
            }
            Box::new(Dropout { ordinal, shape, rate })
        }
        LayerSpec::Residual { .. } => unreachable!("blocks are planned by `chain`"),
    })
}

/// `inner` as it is, or with its weight, laid out as `folded`, divided by its largest singular value.
fn normalised(
    wanted: bool,
    inner: Box<dyn Layer>,
    name: &str,
    state_offset: usize,
    folded: Folded,
) -> Box<dyn Layer> {
    if wanted { Box::new(SpectralNorm::new(name, state_offset, inner, folded)) } else { inner }
}

fn dense_weight(shape: Shape, outputs: usize) -> Folded {
    Folded { outer: shape.values(), outputs, inner: 1 }
}

fn check_dense(shape: Shape, units: usize) -> Result<(), Refusal> {
    let weights = shape.values().checked_mul(units);
    if units == 0 || weights.is_none_or(|n| n > MAX_LAYER_PARAMETERS) {
        return Err(Refusal::new(
            format!("{} inputs by {units} outputs is not a layer", shape.values()),
            format!("1 to {} outputs, as {{ dense = 128 }}", MAX_LAYER_PARAMETERS / shape.values().max(1)),
        ));
    }
    Ok(())
}

/// The window of a convolution of images of `shape`, or of a transposed one, if memory is meant for its weights and output.
fn check_window(shape: Shape, window: Window, transposed: bool) -> Result<kernels::conv::Window, Refusal> {
    let Window { output, kernel, stride, top, left } = window;
    let weights = [kernel, kernel, shape.channels, output.channels]
        .into_iter()
        .try_fold(1usize, |product, n| product.checked_mul(n));
    if weights.is_none_or(|n| n > MAX_LAYER_PARAMETERS) {
        return Err(Refusal::new(
            format!(
                "{kernel}x{kernel} pixels of {} channels by {} is not a layer",
                shape.channels, output.channels
            ),
            "fewer channels or a smaller kernel, as { conv = 64, kernel = 3 }",
        ));
    }
    check_values(output)?;
    let (large, small) = if transposed { (output, shape) } else { (shape, output) };
    Ok(kernels::conv::Window {
        large: (large.height, large.width),
        small: (small.height, small.width),
        kernel: (kernel, kernel),
        stride: (stride, stride),
        before: (top, left),
        large_channels: large.channels,
        small_channels: small.channels,
    })
}

/// Refuses an image of more values than memory is meant for.
pub(super) fn check_values(shape: Shape) -> Result<(), Refusal> {
    let Shape { height, width, channels } = shape;
    let values = height.checked_mul(width).and_then(|n| n.checked_mul(channels));
    if values.is_none_or(|n| n > MAX_IMAGE_VALUES) {
        return Err(Refusal::new(
            format!("{height}x{width}x{channels} values for one image"),
            format!("at most {MAX_IMAGE_VALUES}"),
        ));
    }
    Ok(())
}

fn reshape(from: Shape, to: Shape) -> Result<Box<dyn Layer>, Refusal> {
    let Shape { height, width, channels } = to;
    let values = height.checked_mul(width).and_then(|n| n.checked_mul(channels));
    if values != Some(from.values()) {
        return Err(Refusal::new(
            format!("{from} has {} values; {height}x{width}x{channels} has others", from.values()),
            format!("[HEIGHT, WIDTH, CHANNELS] with a product of {}", from.values()),
        ));
    }
    Ok(Box::new(Identity { kind: "reshape", shape: to, activation: Activation::Identity }))
}

fn upsample(shape: Shape, factor: usize, method: Upsampling) -> Result<Box<dyn Layer>, Refusal> {
    if factor < 2 {
        return Err(Refusal::new(format!("a factor of {factor} enlarges nothing"), "{ upsample = 2 }"));
    }
    let side = |n: usize| n.saturating_mul(factor);
    check_values(Shape { height: side(shape.height), width: side(shape.width), channels: shape.channels })?;
    Ok(Box::new(Upsample { shape, factor, method }))
}

fn avg_pool(shape: Shape, size: usize) -> Result<Box<dyn Layer>, Refusal> {
    let Shape { height, width, channels } = shape;
    if size < 2 {
        return Err(Refusal::new(
            format!("squares of {size}x{size} pixels pool nothing"),
            "{ avg-pool = 2 }",
        ));
    }
    if !(height.is_multiple_of(size) && width.is_multiple_of(size)) {
        return Err(Refusal::new(
            format!("squares of {size}x{size} pixels do not tile {height}x{width}"),
            "a size that divides both sides, or \"global-avg-pool\"",
        ));
    }
    let shape = Shape { height: height / size, width: width / size, channels };
    Ok(Box::new(AvgPool { kind: "avg-pool", shape, block: (size, size) }))
}

fn image_norm(scope: Scope, place: &Place, eps: f32) -> Result<Box<dyn Layer>, Refusal> {
    let Place { ref name, shape, offset, activation, .. } = *place;
    check_eps(eps, "1e-5 is usual")?;
    let values = match scope {
        Scope::Channel => shape.height * shape.width,
        Scope::Image => shape.values(),
    };
    if values < 2 {
        return Err(Refusal::new(
            format!("one value has no variance, and of {shape} it takes one at a time"),
            "images of more pixels before \"instance-norm\", or \"layer-norm\" for several channels",
        ));
    }
    Ok(Box::new(ImageNorm::new(name, offset, scope, shape, eps, activation)))
}

fn check_augmentations(shape: Shape, list: &[Augmentation]) -> Result<(), Refusal> {
    let twice = list.iter().enumerate().find(|(i, a)| list[..*i].contains(a));
    if let Some((_, twice)) = twice {
        return Err(Refusal::new(format!("\"{}\" is there twice", twice.name()), "each once"));
    }
    if list.is_empty() {
        let names = Augmentation::ALL.map(|a| format!("\"{}\"", a.name())).join(", ");
        return Err(Refusal::new("it changes nothing", format!("one or more of {names}")));
    }
    if list.contains(&Augmentation::Saturation) && shape.channels < 2 {
        return Err(Refusal::new(
            "images of one channel have no saturation",
            "\"brightness\", \"contrast\", \"translation\" or \"cutout\"",
        ));
    }
    Ok(())
}

fn check_class_probabilities(classes: usize, each: &[f32]) -> Result<(), Refusal> {
    if each.is_empty() {
        return Ok(());
    }
    check_classes(classes)?;
    if each.len() != classes {
        return Err(Refusal::new(
            format!("{} probabilities for {classes} classes", each.len()),
            "one for each class, in the order of the labels",
        ));
    }
    match each.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        Some(p) => Err(Refusal::new(
            format!("probability {p} is not in [0, 1]"),
            "0 leaves a class's images as they are, 1 changes all",
        )),
        None => Ok(()),
    }
}

fn check_classes(classes: usize) -> Result<(), Refusal> {
    if classes == 0 {
        return Err(Refusal::new(
            "it needs the images' classes, and they have none",
            "data with labels, as folders with a subfolder for each class have; or an unconditional preset, such as `dcgan`",
        ));
    }
    Ok(())
}

fn check_eps(eps: f32, usual: &str) -> Result<(), Refusal> {
    if !(eps > 0.0 && eps.is_finite()) {
        return Err(Refusal::new(format!("eps {eps} is not above 0"), usual));
    }
    Ok(())
}

pub(super) fn check_slope(f: Activation) -> Result<(), Refusal> {
    match f {
        // Outputs stand for inputs in the derivative, so the slope must keep the sign.
        Activation::LeakyRelu(slope) if !(slope > 0.0 && slope <= 1.0) => Err(Refusal::new(
            format!("slope {slope} is not in (0, 1]"),
            "0.2 is usual; a slope of 0 is \"relu\"",
        )),
        _ => Ok(()),
    }
}
