//! A network as text: the list of layers a config file writes.
//!
//! ```toml
//! layers = [{ dense = 128 }, "batch-norm", { leaky-relu = 0.2 }, { dropout = 0.3 }, { dense = 784, init = "he-normal", bias = false }, "tanh"]
//! ```

pub(crate) mod read;
mod write;

use kernels::{Activation, Augmentation};

use crate::init::Init;

/// Slope of `"leaky-relu"` where none is written (PyTorch writes 0.01, Keras 0.3; 0.2 is DCGAN's).
pub const DEFAULT_LEAKY_SLOPE: f32 = 0.2;
/// Epsilon of batch, layer and instance normalisation where none is written (PyTorch's; Keras uses 1e-3).
pub const DEFAULT_NORM_EPS: f32 = 1e-5;
/// Weight of the newest batch in the running statistics where none is written (PyTorch's; Keras's 0.99 is
/// 0.01 here).
pub const DEFAULT_BATCH_NORM_MOMENTUM: f32 = 0.1;
/// Epsilon of pixel normalisation where none is written (Karras et al. 2018).
pub const DEFAULT_PIXEL_NORM_EPS: f32 = 1e-8;
/// Images of a group of `"minibatch-stddev"` where none is written (Karras et al. 2018).
pub const DEFAULT_STDDEV_GROUP: usize = 4;
/// Side of a convolution's kernel where none is written.
pub const DEFAULT_CONV_KERNEL: usize = 3;
/// Side of a transposed convolution's kernel where none is written (DCGAN's in PyTorch).
pub const DEFAULT_CONV_TRANSPOSE_KERNEL: usize = 4;
/// Stride of a transposed convolution where none is written: it doubles the image.
pub const DEFAULT_CONV_TRANSPOSE_STRIDE: usize = 2;

/// One layer as written. `x` is what it reads, of `height x width x channels` an image.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerSpec {
    /// `y = x W + b`, `W` of shape `[in, units]`.
    Dense {
        /// Outputs.
        units: usize,
        /// Whether there is a bias (default true).
        bias: bool,
        /// How the weights start; `None`: by the network's initialiser.
        init: Option<Init>,
        /// Whether `W` is divided by its largest singular value (default false; Miyato et al. 2018).
        spectral_norm: bool,
    },
    /// A convolution with square kernels, `W` of shape `[kernel, kernel, in, channels]`.
    Conv {
        /// Channels of the output.
        channels: usize,
        /// Side of the kernel (default 3).
        kernel: usize,
        /// Pixels from one window to the next (default 1).
        stride: usize,
        /// What is around the image (default same).
        padding: Padding,
        /// Whether there is a bias (default true).
        bias: bool,
        /// How the weights start; `None`: by the network's initialiser.
        init: Option<Init>,
        /// Whether `W` is divided by its largest singular value (default false).
        spectral_norm: bool,
    },
    /// The adjoint of a convolution from `channels` to `in`, `W` of shape `[kernel, kernel, channels, in]`.
    ConvTranspose {
        /// Channels of the output.
        channels: usize,
        /// Side of the kernel (default 4).
        kernel: usize,
        /// Pixels of the output from one window to the next (default 2).
        stride: usize,
        /// What is cut off around the output (default same).
        padding: Padding,
        /// Pixels added below and to the right, where `padding` is a number (default 0).
        output_padding: usize,
        /// Whether there is a bias (default true).
        bias: bool,
        /// How the weights start; `None`: by the network's initialiser.
        init: Option<Init>,
        /// Whether `W` is divided by its largest singular value (default false).
        spectral_norm: bool,
    },
    /// The same values, seen as an image of another shape.
    Reshape {
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
        /// Values of a pixel.
        channels: usize,
    },
    /// The same values as a vector.
    Flatten,
    /// `factor` times the height and the width.
    Upsample {
        /// How many times.
        factor: usize,
        /// What lies between the pixels.
        method: Upsampling,
    },
    /// The mean of each square of `size x size` pixels.
    AvgPool {
        /// Side of a square.
        size: usize,
    },
    /// The mean of all pixels, channel by channel.
    GlobalAvgPool,
    /// A pointwise non-linearity.
    Activation(Activation),
    /// `y = gamma (x - mean) / sqrt(var + eps) + beta` over the batch, channel by channel.
    BatchNorm {
        /// Added to the variance.
        eps: f32,
        /// Weight of the newest batch in the running statistics.
        momentum: f32,
    },
    /// As batch normalisation, over all values of each image; gamma and beta channel by channel.
    LayerNorm {
        /// Added to the variance.
        eps: f32,
    },
    /// As batch normalisation, over the pixels of each image, channel by channel.
    InstanceNorm {
        /// Added to the variance.
        eps: f32,
    },
    /// `y = x / sqrt(mean x² + eps)` over the channels of each pixel.
    PixelNorm {
        /// Added to the mean.
        eps: f32,
    },
    /// One more channel: the mean standard deviation within groups of images.
    MinibatchStddev {
        /// Most images of a group.
        group: usize,
    },
    /// `y = [x, E[label]]`, `x` as a vector, `E` of shape `[classes, features]`.
    ClassEmbedding {
        /// Values of a label.
        features: usize,
        /// How `E` starts; `None`: N(0, 1).
        init: Option<Init>,
    },
    /// One logit, `y = x w + b + x E[label]`, `x` as a vector, `E` of shape `[classes, in]`.
    ProjectionHead {
        /// Whether there is a bias (default true).
        bias: bool,
        /// Whether `w` is divided by its length (default false).
        spectral_norm: bool,
    },
    /// A dense layer of `1 + classes` outputs: a logit, and then the logits of the classes.
    ClassifierHead {
        /// Whether there is a bias (default true).
        bias: bool,
        /// Whether the weight is divided by its largest singular value (default false).
        spectral_norm: bool,
    },
    /// Random changes of the images in training, one after the other (Zhao et al. 2020).
    DiffAugment {
        /// Which changes, in their order.
        list: Vec<Augmentation>,
        /// How often images of each class are changed, `[classes]`; none: always.
        class_probabilities: Vec<f32>,
    },
    /// Zeroes each value with probability `rate` in training and scales the others by `1 / (1 - rate)`.
    Dropout {
        /// Probability of zeroing, in `[0, 1)`.
        rate: f32,
    },
    /// `y = body(x) + shortcut(x)` (He et al. 2016).
    Residual {
        /// The layers of the branch.
        body: Vec<LayerSpec>,
        /// The layers of the other; none: the identity.
        shortcut: Vec<LayerSpec>,
    },
}

/// What is around the image that a convolution reads: zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// As many as make `ceil(in / stride)` outputs, the smaller half before (TensorFlow's).
    Same,
    /// This number of pixels on each side.
    Pixels(usize),
}

/// What lies between the pixels of an enlarged image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Upsampling {
    /// Each pixel is repeated.
    #[default]
    Nearest,
    /// Linear interpolation along both axes, between the pixels' centres (PyTorch's with
    /// `align_corners=False`).
    Bilinear,
}

impl LayerSpec {
    /// Its word in a config.
    pub fn kind(&self) -> String {
        match self {
            LayerSpec::Dense { .. } => "dense",
            LayerSpec::Conv { .. } => "conv",
            LayerSpec::ConvTranspose { .. } => "conv-transpose",
            LayerSpec::Reshape { .. } => "reshape",
            LayerSpec::Flatten => "flatten",
            LayerSpec::Upsample { .. } => "upsample",
            LayerSpec::AvgPool { .. } => "avg-pool",
            LayerSpec::GlobalAvgPool => "global-avg-pool",
            LayerSpec::Activation(f) => f.name(),
            LayerSpec::BatchNorm { .. } => "batch-norm",
            LayerSpec::LayerNorm { .. } => "layer-norm",
            LayerSpec::InstanceNorm { .. } => "instance-norm",
            LayerSpec::PixelNorm { .. } => "pixel-norm",
            LayerSpec::MinibatchStddev { .. } => "minibatch-stddev",
            LayerSpec::ClassEmbedding { .. } => "class-embedding",
            LayerSpec::ProjectionHead { .. } => "projection-head",
            LayerSpec::ClassifierHead { .. } => "classifier-head",
            LayerSpec::DiffAugment { .. } => "diff-augment",
            LayerSpec::Dropout { .. } => "dropout",
            LayerSpec::Residual { .. } => "residual",
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests;
