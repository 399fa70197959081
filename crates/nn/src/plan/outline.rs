//! What a kind of operation makes of its input: the shape of its output and its views, or what is wrong with its numbers.

use kernels::{Activation, Augmentation};

use super::limits::{MAX_LAYER_PARAMETERS, check_values};
use super::operation::{Kind, Weights};
use super::view::Start;
use super::window::Window;
use crate::error::Refusal;
use crate::shape::Shape;

/// Shape of the output, and the views in the order of the arenas.
pub(super) struct Outline {
    pub(super) output: Shape,
    pub(super) parameters: Vec<Blank>,
    pub(super) state: Vec<Blank>,
}

/// A view without a place.
pub(super) struct Blank {
    pub(super) role: &'static str,
    pub(super) dimensions: Vec<usize>,
    pub(super) start: Start,
}

fn blank(role: &'static str, dimensions: impl Into<Vec<usize>>, start: Start) -> Blank {
    Blank { role, dimensions: dimensions.into(), start }
}

impl Outline {
    fn plain(output: Shape) -> Outline {
        Outline { output, parameters: Vec::new(), state: Vec::new() }
    }
}

impl Kind {
    /// Outline for images of `input` with labels below `classes` (0: none).
    pub(super) fn outline(&self, input: Shape, classes: usize) -> Result<Outline, Refusal> {
        let outline = match self {
            Kind::Dense { outputs, weights } => {
                check_dense(input, *outputs)?;
                self.with_weight(input, weights, Shape::flat(*outputs))
            }
            Kind::ClassifierHead { classes: own, weights } => {
                check_classes(*own, classes)?;
                check_dense(input, classes.saturating_add(1))?;
                self.with_weight(input, weights, Shape::flat(1 + classes))
            }
            Kind::Conv { channels, window, weights } => {
                check_kernel(input, window, *channels)?;
                self.with_weight(input, weights, window.small(input, *channels)?)
            }
            Kind::ConvTranspose { channels, window, weights } => {
                check_kernel(input, window, *channels)?;
                self.with_weight(input, weights, window.large(input, *channels)?)
            }
            Kind::ProjectionHead { classes: own, weights } => {
                check_classes(*own, classes)?;
                check_dense(input, classes)?;
                let mut outline = self.with_weight(input, weights, Shape::flat(1));
                let inputs = input.values();
                // One output of as many inputs as there are, for each class.
                let start = Start::Random { init: weights.init, fan_in: inputs, fan_out: 1 };
                outline.parameters.push(blank("embedding", [classes, inputs], start));
                outline
            }
            Kind::ClassEmbedding { classes: own, features, init } => {
                check_classes(*own, classes)?;
                if *features == 0 || classes.checked_mul(*features).is_none_or(|n| n > MAX_LAYER_PARAMETERS) {
                    return Err(Refusal::new(
                        format!("{features} values for each of {classes} classes is not an embedding"),
                        format!("1 to {}, as {{ class-embedding = 50 }}", MAX_LAYER_PARAMETERS / classes),
                    ));
                }
                let start = match *init {
                    Some(init) => Start::Random { init, fan_in: classes, fan_out: *features },
                    None => Start::Normal,
                };
                let mut outline = Outline::plain(Shape::flat(input.values() + features));
                outline.parameters.push(blank("weight", [classes, *features], start));
                outline
            }
            Kind::BatchNorm { eps, momentum } => {
                check_eps(*eps, "1e-5 is usual")?;
                if !(*momentum > 0.0 && *momentum <= 1.0) {
                    return Err(Refusal::new(
                        format!("momentum {momentum} is not in (0, 1]"),
                        "the newest batch's weight; 0.1 is usual",
                    ));
                }
                let mut outline = affine(input);
                let start = |value| Start::Constant(value);
                outline.state = vec![
                    blank("running_mean", [input.channels], start(0.0)),
                    blank("running_variance", [input.channels], start(1.0)),
                ];
                outline
            }
            Kind::LayerNorm { eps } => image_norm(*eps, input, input.values())?,
            Kind::InstanceNorm { eps } => image_norm(*eps, input, input.height * input.width)?,
            Kind::PixelNorm { eps } => {
                check_eps(*eps, "1e-8 is usual")?;
                Outline::plain(input)
            }
            Kind::MinibatchStddev { group } => {
                if *group < 2 {
                    return Err(Refusal::new(
                        format!("images of a group of {group} do not differ"),
                        "2 or more; 4 is usual",
                    ));
                }
                Outline::plain(Shape { channels: input.channels + 1, ..input })
            }
            Kind::Upsample { factor, .. } => Outline::plain(upsampled(input, *factor)?),
            Kind::AvgPool { size } => Outline::plain(pooled(input, *size)?),
            Kind::GlobalAvgPool => Outline::plain(Shape::flat(input.channels)),
            Kind::Reshape { shape } => {
                check_reshape(input, *shape)?;
                Outline::plain(*shape)
            }
            Kind::Flatten => Outline::plain(Shape::flat(input.values())),
            Kind::DiffAugment { list, class_probabilities } => {
                check_augmentations(input, list)?;
                check_class_probabilities(classes, class_probabilities)?;
                Outline::plain(input)
            }
            Kind::Dropout { rate } => {
                if !(0.0..1.0).contains(rate) {
                    return Err(Refusal::new(
                        format!("rate {rate} is not in [0, 1)"),
                        "0.3 drops three values in ten",
                    ));
                }
                Outline::plain(input)
            }
            Kind::Activation | Kind::Residual => Outline::plain(input),
        };
        check_values(outline.output)?;
        Ok(outline)
    }

    /// Outline of a kind with one weight, a bias, and the vectors of spectral normalisation.
    fn with_weight(&self, input: Shape, weights: &Weights, output: Shape) -> Outline {
        let (dimensions, fan_in, fan_out) = match self {
            Kind::Conv { window, .. } => {
                let ([height, width], taps) = (window.kernel, window.kernel[0] * window.kernel[1]);
                let (from, to) = (input.channels, output.channels);
                (vec![height, width, from, to], taps * from, taps * to)
            }
            Kind::ConvTranspose { window, .. } => {
                let ([height, width], taps) = (window.kernel, window.kernel[0] * window.kernel[1]);
                let (from, to) = (input.channels, output.channels);
                (vec![height, width, to, from], taps * from, taps * to)
            }
            _ => (vec![input.values(), output.channels], input.values(), output.channels),
        };
        let mut outline = Outline::plain(output);
        let start = Start::Random { init: weights.init, fan_in, fan_out };
        outline.parameters.push(blank("weight", dimensions, start));
        if weights.bias {
            outline.parameters.push(blank("bias", [output.channels], Start::Constant(0.0)));
        }
        if let Some(matrix) = self.matrix(input).filter(|_| weights.spectral_norm) {
            outline.state = vec![
                blank("u", [matrix.outputs], Start::Direction),
                blank("v", [matrix.inputs()], Start::Direction),
            ];
        }
        outline
    }
}

/// The same shape, with gamma and beta by channel.
fn affine(shape: Shape) -> Outline {
    let mut outline = Outline::plain(shape);
    outline.parameters = vec![
        blank("gamma", [shape.channels], Start::Constant(1.0)),
        blank("beta", [shape.channels], Start::Constant(0.0)),
    ];
    outline
}

/// Normalisation by the statistics of an image, of `values` at a time.
fn image_norm(eps: f32, shape: Shape, values: usize) -> Result<Outline, Refusal> {
    check_eps(eps, "1e-5 is usual")?;
    if values < 2 {
        return Err(Refusal::new(
            format!("one value has no variance, and of {shape} it takes one at a time"),
            "images of more pixels before \"instance-norm\", or \"layer-norm\" for several channels",
        ));
    }
    Ok(affine(shape))
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

/// Refuses a kernel of no channels, or of more weights than a layer may have.
fn check_kernel(input: Shape, window: &Window, channels: usize) -> Result<(), Refusal> {
    if channels == 0 {
        return Err(Refusal::new("0 channels are no output", "1 or more channels, as 64"));
    }
    let [height, width] = window.kernel;
    let weights = [height, width, input.channels, channels]
        .into_iter()
        .try_fold(1usize, |product, n| product.checked_mul(n));
    if weights.is_none_or(|n| n > MAX_LAYER_PARAMETERS) {
        return Err(Refusal::new(
            format!("{height}x{width} pixels of {} channels by {channels} is not a layer", input.channels),
            "fewer channels or a smaller kernel, as { conv = 64, kernel = 3 }",
        ));
    }
    Ok(())
}

fn check_reshape(from: Shape, to: Shape) -> Result<(), Refusal> {
    let Shape { height, width, channels } = to;
    if to.checked_values() != Some(from.values()) {
        return Err(Refusal::new(
            format!("{from} has {} values; {height}x{width}x{channels} has others", from.values()),
            format!("[HEIGHT, WIDTH, CHANNELS] with a product of {}", from.values()),
        ));
    }
    Ok(())
}

fn upsampled(shape: Shape, factor: usize) -> Result<Shape, Refusal> {
    if factor < 2 {
        return Err(Refusal::new(format!("a factor of {factor} enlarges nothing"), "{ upsample = 2 }"));
    }
    let side = |n: usize| n.saturating_mul(factor);
    Ok(Shape { height: side(shape.height), width: side(shape.width), channels: shape.channels })
}

fn pooled(shape: Shape, size: usize) -> Result<Shape, Refusal> {
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
    Ok(Shape { height: height / size, width: width / size, channels })
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
    check_classes(classes, classes)?;
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

/// Refuses an operation that needs labels where there are none, or labels of `own` classes where there are `classes`.
fn check_classes(own: usize, classes: usize) -> Result<(), Refusal> {
    if classes == 0 {
        return Err(Refusal::new(
            "it needs the images' classes, and they have none",
            "data with labels, as folders with a subfolder for each class have; or an unconditional preset, such as `dcgan`",
        ));
    }
    if own != classes {
        return Err(Refusal::new(format!("{own} classes of images that have {classes}"), "the same number"));
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
