//! One operation of a plan.

use std::ops::Range;

use kernels::spectral::MatrixView;
use kernels::{Activation, Augmentation};
use serde::{Deserialize, Serialize};

use super::foreign::{ActivationDef, augmentations};
use super::view::View;
use super::window::Window;
use crate::init::Init;
use crate::shape::Shape;
use crate::spec::Upsampling;

/// `y = f(K(x))`, or `y = f(x + s)` at the end of a residual block: `K` the [`Kind`], `f` a pointwise function, `x` the activation
/// that `source` names and `s` the one that `skip` names.
///
/// Activations are `[batch, height, width, channels]`, row-major. Number 0 is the network's input; operation `l` writes number
/// `l + 1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Its position in the spec, such as `3`; inside a residual block after the block's: `3.0`, `3.shortcut.0`.
    pub name: String,
    /// `K`, with its numbers.
    pub kind: Kind,
    /// Shape of one image of `x`.
    pub input: Shape,
    /// Shape of one image of `y`.
    pub output: Shape,
    /// `f`.
    #[serde(with = "ActivationDef")]
    pub activation: Activation,
    /// `x`.
    pub source: Read,
    /// `s`, of the shape of `y`; only of [`Kind::Residual`].
    pub skip: Option<Read>,
    /// The number of `y`.
    pub writes: usize,
    /// Its weights, in the order of the arena.
    pub parameters: Vec<View>,
    /// Its part of the arena of state: running statistics, or `u` and `v` of spectral normalisation.
    pub state: Vec<View>,
}

/// An activation that an operation reads.
///
/// The backward pass goes through the operations from the last to the first. Of all that read an activation, the first one there
/// writes its cotangent, later ones add to it, and the last one multiplies it by the derivative of the function that wrote the
/// activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// The activation's number.
    pub activation: usize,
    /// Whether this is the first read of it in the backward pass.
    pub first: bool,
    /// Whether this is the last one.
    pub last: bool,
}

/// The numbers of an operation with trained weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Whether there is a bias, `b`.
    pub bias: bool,
    /// How the weights start.
    pub init: Init,
    /// Whether `W` is replaced by `W / sigma`, `sigma = uᵀ W v`, `W` seen as a matrix `[outputs, inputs]` (Miyato et al. 2018);
    /// `u` `[outputs]` and `v` `[inputs]`, the inputs in the order of the weight's values, are the operation's state.
    pub spectral_norm: bool,
}

/// What an operation computes before its pointwise function. `x` has the shape `input` for one image; in convolutions `s` is the
/// stride and `(t, l)` the zeros above and left, and pixels outside the image are zeros.
///
/// | kind | formula | weights |
/// |---|---|---|
/// | `dense` | `x W + b`, `x` as a vector | `W` `[in, out]`, `b` `[out]` |
/// | `classifier-head` | the same: a logit, then one of each class | `W` `[in, 1 + classes]`, `b` `[1 + classes]` |
/// | `conv` | `y[i, j] = b + sum over (p, q) of x[i s - t + p, j s - l + q] W[p, q]` | `W` `[kh, kw, in, out]`, `b` `[out]` |
/// | `conv-transpose` | the adjoint of such a convolution from `y` to `x`, plus `b` | `W` `[kh, kw, out, in]`, `b` `[out]` |
/// | `projection-head` | `x · w + b + x · E[label]`, `x` as a vector | `w` `[in, 1]`, `b` `[1]`, `E` `[classes, in]` |
/// | `class-embedding` | `[x, E[label]]`, `x` as a vector | `E` `[classes, features]` |
/// | `batch-norm` | `gamma (x - m) / sqrt(v + eps) + beta`, by channel; `m`, `v` of the batch in training, else the state | `gamma`, `beta` `[channels]` |
/// | `layer-norm`, `instance-norm` | the same with `m`, `v` of each image, over all its values or by channel | `gamma`, `beta` `[channels]` |
/// | `pixel-norm` | `x / sqrt(mean x² + eps)`, the mean over the channels of a pixel | |
/// | `minibatch-stddev` | `[x, d]`, `d` the mean standard deviation within groups of images | |
/// | `upsample` | each pixel `factor` times along both axes, repeated or interpolated | |
/// | `avg-pool`, `global-avg-pool` | the mean of each block of pixels, by channel | |
/// | `reshape`, `flatten` | the same values in another shape | |
/// | `diff-augment`, `dropout` | random changes in training, the identity otherwise | |
/// | `activation` | `x` | |
/// | `residual` | `x + s` | |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kind {
    /// A dense layer.
    Dense {
        /// Values of one output.
        outputs: usize,
        /// `W` and `b`.
        weights: Weights,
    },
    /// A dense layer of a logit and the classes' logits (Odena et al. 2017).
    ClassifierHead {
        /// Number of classes.
        classes: usize,
        /// `W` and `b`.
        weights: Weights,
    },
    /// A convolution.
    Conv {
        /// Channels of the output.
        channels: usize,
        /// Windows over the input.
        window: Window,
        /// `W` and `b`.
        weights: Weights,
    },
    /// A transposed convolution.
    ConvTranspose {
        /// Channels of the output.
        channels: usize,
        /// Windows over the output.
        window: Window,
        /// `W` and `b`.
        weights: Weights,
    },
    /// One logit that depends on the label (Miyato and Koyama 2018).
    ProjectionHead {
        /// Number of classes.
        classes: usize,
        /// `w`, `b` and `E`; spectral normalisation applies to `w`.
        weights: Weights,
    },
    /// A learned vector for each label (Mirza and Osindero 2014).
    ClassEmbedding {
        /// Number of classes.
        classes: usize,
        /// Values of a label.
        features: usize,
        /// How `E` starts; `None`: N(0, 1).
        init: Option<Init>,
    },
    /// Batch normalisation (Ioffe and Szegedy 2015). Training uses the batch's mean and biased variance, and changes the state by
    /// `momentum (v - state)`, with `v` the batch's mean and unbiased variance.
    BatchNorm {
        /// Added to the variance.
        eps: f32,
        /// Weight of the newest batch in the running statistics.
        momentum: f32,
    },
    /// Layer normalisation (Ba et al. 2016).
    LayerNorm {
        /// Added to the variance.
        eps: f32,
    },
    /// Instance normalisation (Ulyanov et al. 2016).
    InstanceNorm {
        /// Added to the variance.
        eps: f32,
    },
    /// Pixel normalisation (Karras et al. 2018).
    PixelNorm {
        /// Added to the mean.
        eps: f32,
    },
    /// Minibatch standard deviation (Karras et al. 2018): one more channel, at all pixels the mean over channels and pixels of
    /// `sqrt(variance + 1e-8)` within a group. The size of a group is `group`, or the largest smaller number that divides the batch;
    /// its images are at equal distances in the batch.
    MinibatchStddev {
        /// Most images of a group.
        group: usize,
    },
    /// Enlarges images (PyTorch's `Upsample`, `nearest` or `bilinear` with `align_corners=False`).
    Upsample {
        /// How many times, along both axes.
        factor: usize,
        /// What lies between the pixels.
        method: Upsampling,
    },
    /// Average pooling.
    AvgPool {
        /// Side of a block.
        size: usize,
    },
    /// Average pooling of the whole image.
    GlobalAvgPool,
    /// Another shape for the same values.
    Reshape {
        /// That of the output.
        shape: Shape,
    },
    /// A vector of the same values.
    Flatten,
    /// Differentiable augmentation (Zhao et al. 2020).
    DiffAugment {
        /// Which changes, in their order.
        #[serde(with = "augmentations")]
        list: Vec<Augmentation>,
        /// How often images of each class are changed, `[classes]`; none: always.
        class_probabilities: Vec<f32>,
    },
    /// Dropout (Srivastava et al. 2014).
    Dropout {
        /// Probability of zeroing a value; the others are divided by `1 - rate`.
        rate: f32,
    },
    /// A pointwise function alone.
    Activation,
    /// The end of a residual block (He et al. 2016).
    Residual,
}

impl Operation {
    /// The spec's word for it; of a pointwise function alone, the function's.
    pub fn word(&self) -> &'static str {
        match self.kind {
            Kind::Activation => self.activation.name(),
            _ => self.kind.name(),
        }
    }

    /// Its word, and that of the function merged into it: `dense + relu`.
    pub fn label(&self) -> String {
        match (&self.kind, self.activation) {
            (Kind::Activation, _) | (_, Activation::Identity) => self.word().to_owned(),
            (_, f) => format!("{} + {}", self.word(), f.name()),
        }
    }

    /// Its part of the arena of weights.
    pub fn parameter_range(&self) -> Range<usize> {
        let views = &self.parameters;
        views.first().map_or(0, |v| v.range.start)..views.last().map_or(0, |v| v.range.end)
    }

    /// Values of its weights.
    pub fn parameter_count(&self) -> usize {
        self.parameter_range().len()
    }

    /// Operations in its product for one image, in one direction (a multiply-add counts as two).
    pub fn product_flops(&self) -> u64 {
        let weight = self.parameters.first().map_or(0, |v| v.range.len());
        let applied = match self.kind {
            Kind::Dense { .. } | Kind::ClassifierHead { .. } => 1,
            // `w` and a row of `E`.
            Kind::ProjectionHead { .. } => 2,
            Kind::Conv { .. } => self.output.height * self.output.width,
            Kind::ConvTranspose { .. } => self.input.height * self.input.width,
            _ => 0,
        };
        2 * applied as u64 * weight as u64
    }

    /// Whether one image's output depends on another's input in training.
    pub fn interacts(&self) -> bool {
        matches!(self.kind, Kind::BatchNorm { .. } | Kind::MinibatchStddev { .. })
    }

    /// Whether `K` is piecewise linear in `x`, for fixed masks and statistics of the batch.
    pub fn is_piecewise_linear(&self) -> bool {
        !matches!(
            self.kind,
            Kind::LayerNorm { .. }
                | Kind::InstanceNorm { .. }
                | Kind::PixelNorm { .. }
                | Kind::MinibatchStddev { .. }
        )
    }

    /// Whether it reads the images' labels.
    pub fn reads_labels(&self) -> bool {
        match &self.kind {
            Kind::ClassEmbedding { .. } | Kind::ProjectionHead { .. } => true,
            Kind::DiffAugment { class_probabilities, .. } => !class_probabilities.is_empty(),
            _ => false,
        }
    }

    /// What it reads, in the order of the backward pass.
    pub fn reads(&self) -> impl Iterator<Item = Read> {
        [Some(self.source), self.skip].into_iter().flatten()
    }

    pub(super) fn reads_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Read> {
        [Some(&mut self.source), self.skip.as_mut()].into_iter().flatten()
    }

    /// The layout of the weight that spectral normalisation divides, where there is one.
    pub(crate) fn normalised_weight(&self) -> Option<MatrixView> {
        self.kind.weights().filter(|weights| weights.spectral_norm)?;
        self.kind.matrix(self.input)
    }
}

impl Kind {
    /// The spec's word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Dense { .. } => "dense",
            Kind::ClassifierHead { .. } => "classifier-head",
            Kind::Conv { .. } => "conv",
            Kind::ConvTranspose { .. } => "conv-transpose",
            Kind::ProjectionHead { .. } => "projection-head",
            Kind::ClassEmbedding { .. } => "class-embedding",
            Kind::BatchNorm { .. } => "batch-norm",
            Kind::LayerNorm { .. } => "layer-norm",
            Kind::InstanceNorm { .. } => "instance-norm",
            Kind::PixelNorm { .. } => "pixel-norm",
            Kind::MinibatchStddev { .. } => "minibatch-stddev",
            Kind::Upsample { .. } => "upsample",
            Kind::AvgPool { .. } => "avg-pool",
            Kind::GlobalAvgPool => "global-avg-pool",
            Kind::Reshape { .. } => "reshape",
            Kind::Flatten => "flatten",
            Kind::DiffAugment { .. } => "diff-augment",
            Kind::Dropout { .. } => "dropout",
            Kind::Activation => "activation",
            Kind::Residual => "residual",
        }
    }

    /// Whether it can be followed by a pointwise function in the same operation.
    pub(super) fn merges_activation(&self) -> bool {
        matches!(
            self,
            Kind::Dense { .. }
                | Kind::Conv { .. }
                | Kind::ConvTranspose { .. }
                | Kind::BatchNorm { .. }
                | Kind::LayerNorm { .. }
                | Kind::InstanceNorm { .. }
                | Kind::PixelNorm { .. }
                | Kind::Residual
        )
    }

    fn weights(&self) -> Option<Weights> {
        match *self {
            Kind::Dense { weights, .. }
            | Kind::ClassifierHead { weights, .. }
            | Kind::Conv { weights, .. }
            | Kind::ConvTranspose { weights, .. }
            | Kind::ProjectionHead { weights, .. } => Some(weights),
            _ => None,
        }
    }

    /// How its weight is laid out, for images of `input`: `[outer, outputs, inner]`.
    pub(super) fn matrix(&self, input: Shape) -> Option<MatrixView> {
        let taps = |window: &Window| window.kernel[0] * window.kernel[1];
        let (outer, outputs, inner) = match self {
            Kind::Dense { outputs, .. } => (input.values(), *outputs, 1),
            Kind::ClassifierHead { classes, .. } => (input.values(), 1 + classes, 1),
            Kind::ProjectionHead { .. } => (input.values(), 1, 1),
            Kind::Conv { channels, window, .. } => (taps(window) * input.channels, *channels, 1),
            Kind::ConvTranspose { channels, window, .. } => (taps(window), *channels, input.channels),
            _ => return None,
        };
        Some(MatrixView { outer, outputs, inner })
    }
}
