//! From text to layers. A layer is a word, or a table: one key names the layer, the others are its options.

use std::fmt;

use kernels::{Activation, Augmentation};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{
    DEFAULT_BATCH_NORM_MOMENTUM, DEFAULT_CONV_KERNEL, DEFAULT_CONV_TRANSPOSE_KERNEL,
    DEFAULT_CONV_TRANSPOSE_STRIDE, DEFAULT_LEAKY_SLOPE, DEFAULT_NORM_EPS, DEFAULT_PIXEL_NORM_EPS,
    DEFAULT_STDDEV_GROUP, LayerSpec, Padding, Upsampling,
};
use crate::init::Init;

/// All layers, as a config writes them.
const NAMES: &str = "\"relu\", \"leaky-relu\", \"tanh\", \"sigmoid\", \"batch-norm\", \"layer-norm\", \
                     \"instance-norm\", \"pixel-norm\", \"flatten\", \"global-avg-pool\", \"minibatch-stddev\", \
                     \"projection-head\", \"classifier-head\", { dense = UNITS }, { conv = CHANNELS }, \
                     { conv-transpose = CHANNELS }, { reshape = [HEIGHT, WIDTH, CHANNELS] }, { upsample = FACTOR }, \
                     { avg-pool = SIZE }, { leaky-relu = SLOPE }, { batch-norm = { eps = .., momentum = .. } }, \
                     { layer-norm = { eps = .. } }, { instance-norm = { eps = .. } }, { pixel-norm = { eps = .. } }, \
                     { minibatch-stddev = { group = .. } }, { class-embedding = FEATURES }, \
                     { projection-head = { .. } }, { classifier-head = { .. } }, { diff-augment = [NAMES] }, \
                     { dropout = RATE }, { residual = [LAYERS], shortcut = [LAYERS] }";

/// Options, and the layers that have them.
const OPTIONS: [(&str, &[&str]); 10] = [
    ("kernel", &["conv", "conv-transpose"]),
    ("stride", &["conv", "conv-transpose"]),
    ("padding", &["conv", "conv-transpose"]),
    ("output-padding", &["conv-transpose"]),
    ("bias", &["dense", "conv", "conv-transpose"]),
    ("init", &["dense", "conv", "conv-transpose", "class-embedding"]),
    ("spectral-norm", &["dense", "conv", "conv-transpose"]),
    ("method", &["upsample"]),
    ("shortcut", &["residual"]),
    ("class-probabilities", &["diff-augment"]),
];

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LayerTable {
    dense: Option<usize>,
    conv: Option<usize>,
    conv_transpose: Option<usize>,
    reshape: Option<[usize; 3]>,
    upsample: Option<usize>,
    avg_pool: Option<usize>,
    leaky_relu: Option<f32>,
    batch_norm: Option<BatchNormTable>,
    layer_norm: Option<NormTable>,
    instance_norm: Option<NormTable>,
    pixel_norm: Option<PixelNormTable>,
    minibatch_stddev: Option<StddevTable>,
    class_embedding: Option<usize>,
    projection_head: Option<HeadTable>,
    classifier_head: Option<HeadTable>,
    diff_augment: Option<Vec<AugmentationName>>,
    class_probabilities: Option<Vec<f32>>,
    dropout: Option<f32>,
    residual: Option<Vec<LayerSpec>>,
    kernel: Option<usize>,
    stride: Option<usize>,
    padding: Option<Padding>,
    output_padding: Option<usize>,
    bias: Option<bool>,
    init: Option<Init>,
    spectral_norm: Option<bool>,
    method: Option<Upsampling>,
    shortcut: Option<Vec<LayerSpec>>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BatchNormTable {
    eps: f32,
    momentum: f32,
}

impl Default for BatchNormTable {
    fn default() -> BatchNormTable {
        BatchNormTable { eps: DEFAULT_NORM_EPS, momentum: DEFAULT_BATCH_NORM_MOMENTUM }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NormTable {
    eps: f32,
}

impl Default for NormTable {
    fn default() -> NormTable {
        NormTable { eps: DEFAULT_NORM_EPS }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PixelNormTable {
    eps: f32,
}

impl Default for PixelNormTable {
    fn default() -> PixelNormTable {
        PixelNormTable { eps: DEFAULT_PIXEL_NORM_EPS }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StddevTable {
    group: usize,
}

impl Default for StddevTable {
    fn default() -> StddevTable {
        StddevTable { group: DEFAULT_STDDEV_GROUP }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct HeadTable {
    bias: bool,
    spectral_norm: bool,
}

impl Default for HeadTable {
    fn default() -> HeadTable {
        HeadTable { bias: true, spectral_norm: false }
    }
}

/// One of the words of [`Augmentation::name`].
pub(crate) struct AugmentationName(pub(crate) Augmentation);

impl<'de> Deserialize<'de> for AugmentationName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let found = Augmentation::ALL.into_iter().find(|a| a.name() == word);
        found.map(AugmentationName).ok_or_else(|| {
            let names = Augmentation::ALL.map(|a| format!("\"{}\"", a.name())).join(", ");
            D::Error::custom(format!("unknown augmentation `{word}`; one of {names}"))
        })
    }
}

impl<'de> Deserialize<'de> for Upsampling {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "nearest" => Ok(Upsampling::Nearest),
            "bilinear" => Ok(Upsampling::Bilinear),
            other => Err(D::Error::custom(format!("unknown method `{other}`; \"nearest\" or \"bilinear\""))),
        }
    }
}

struct PaddingVisitor;

impl Visitor<'_> for PaddingVisitor {
    type Value = Padding;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "\"same\" or a number of pixels")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Padding, E> {
        match word {
            "same" => Ok(Padding::Same),
            other => Err(E::custom(format!("unknown padding `{other}`; \"same\" or a number of pixels"))),
        }
    }

    fn visit_i64<E: Error>(self, pixels: i64) -> Result<Padding, E> {
        match usize::try_from(pixels) {
            Ok(pixels) => Ok(Padding::Pixels(pixels)),
            Err(_) => Err(E::custom(format!("padding {pixels} is negative; \"same\" or a number of pixels"))),
        }
    }

    fn visit_u64<E: Error>(self, pixels: u64) -> Result<Padding, E> {
        usize::try_from(pixels).map(Padding::Pixels).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Padding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PaddingVisitor)
    }
}

impl LayerTable {
    /// Whether each of [`OPTIONS`] is written.
    fn options(&self) -> [bool; OPTIONS.len()] {
        [
            self.kernel.is_some(),
            self.stride.is_some(),
            self.padding.is_some(),
            self.output_padding.is_some(),
            self.bias.is_some(),
            self.init.is_some(),
            self.spectral_norm.is_some(),
            self.method.is_some(),
            self.shortcut.is_some(),
            self.class_probabilities.is_some(),
        ]
    }

    /// The layer that the table names; `None` where it names none or several.
    fn layer(&mut self) -> Option<LayerSpec> {
        let bias = self.bias.unwrap_or(true);
        let spectral_norm = self.spectral_norm.unwrap_or(false);
        let init = self.init;
        let padding = self.padding.unwrap_or(Padding::Same);
        let head = |t: HeadTable| (t.bias, t.spectral_norm);
        let layers = [
            self.dense.map(|units| LayerSpec::Dense { units, bias, init, spectral_norm }),
            self.conv.map(|channels| LayerSpec::Conv {
                channels,
                kernel: self.kernel.unwrap_or(DEFAULT_CONV_KERNEL),
                stride: self.stride.unwrap_or(1),
                padding,
                bias,
                init,
                spectral_norm,
            }),
            self.conv_transpose.map(|channels| LayerSpec::ConvTranspose {
                channels,
                kernel: self.kernel.unwrap_or(DEFAULT_CONV_TRANSPOSE_KERNEL),
                stride: self.stride.unwrap_or(DEFAULT_CONV_TRANSPOSE_STRIDE),
                padding,
                output_padding: self.output_padding.unwrap_or(0),
                bias,
                init,
                spectral_norm,
            }),
            self.reshape.map(|[height, width, channels]| LayerSpec::Reshape { height, width, channels }),
            self.upsample
                .map(|factor| LayerSpec::Upsample { factor, method: self.method.unwrap_or_default() }),
            self.avg_pool.map(|size| LayerSpec::AvgPool { size }),
            self.leaky_relu.map(|slope| LayerSpec::Activation(Activation::LeakyRelu(slope))),
            self.batch_norm.take().map(|t| LayerSpec::BatchNorm { eps: t.eps, momentum: t.momentum }),
            self.layer_norm.take().map(|t| LayerSpec::LayerNorm { eps: t.eps }),
            self.instance_norm.take().map(|t| LayerSpec::InstanceNorm { eps: t.eps }),
            self.pixel_norm.take().map(|t| LayerSpec::PixelNorm { eps: t.eps }),
            self.minibatch_stddev.take().map(|t| LayerSpec::MinibatchStddev { group: t.group }),
            self.class_embedding.map(|features| LayerSpec::ClassEmbedding { features, init }),
            self.projection_head
                .take()
                .map(head)
                .map(|(bias, spectral_norm)| LayerSpec::ProjectionHead { bias, spectral_norm }),
            self.classifier_head
                .take()
                .map(head)
                .map(|(bias, spectral_norm)| LayerSpec::ClassifierHead { bias, spectral_norm }),
            self.diff_augment.take().map(|names| LayerSpec::DiffAugment {
                list: names.into_iter().map(|n| n.0).collect(),
                class_probabilities: self.class_probabilities.take().unwrap_or_default(),
            }),
            self.dropout.map(|rate| LayerSpec::Dropout { rate }),
            self.residual.take().map(|body| LayerSpec::Residual {
                body,
                shortcut: self.shortcut.clone().unwrap_or_default(),
            }),
        ];
        let mut written = layers.into_iter().flatten();
        written.next().filter(|_| written.next().is_none())
    }

    fn into_spec(mut self) -> Result<LayerSpec, String> {
        let options = self.options();
        let layer = self.layer().ok_or_else(|| format!("a layer is exactly one of {NAMES}"))?;
        let kind = layer.kind();
        for ((key, owners), written) in OPTIONS.into_iter().zip(options) {
            if written && !owners.contains(&kind.as_str()) {
                return Err(format!("`{key}` belongs to {}, not to {kind}", owners.join(", ")));
            }
        }
        Ok(layer)
    }
}

struct LayerVisitor;

impl<'de> Visitor<'de> for LayerVisitor {
    type Value = LayerSpec;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a layer: {NAMES}")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<LayerSpec, E> {
        let with = |table: LayerTable| table.into_spec().map_err(E::custom);
        match name {
            "relu" => Ok(LayerSpec::Activation(Activation::Relu)),
            "leaky-relu" => Ok(LayerSpec::Activation(Activation::LeakyRelu(DEFAULT_LEAKY_SLOPE))),
            "tanh" => Ok(LayerSpec::Activation(Activation::Tanh)),
            "sigmoid" => Ok(LayerSpec::Activation(Activation::Sigmoid)),
            "flatten" => Ok(LayerSpec::Flatten),
            "global-avg-pool" => Ok(LayerSpec::GlobalAvgPool),
            "batch-norm" => with(LayerTable { batch_norm: Some(Default::default()), ..Default::default() }),
            "layer-norm" => with(LayerTable { layer_norm: Some(Default::default()), ..Default::default() }),
            "instance-norm" => {
                with(LayerTable { instance_norm: Some(Default::default()), ..Default::default() })
            }
            "pixel-norm" => with(LayerTable { pixel_norm: Some(Default::default()), ..Default::default() }),
            "minibatch-stddev" => {
                with(LayerTable { minibatch_stddev: Some(Default::default()), ..Default::default() })
            }
            "projection-head" => {
                with(LayerTable { projection_head: Some(Default::default()), ..Default::default() })
            }
            "classifier-head" => {
                with(LayerTable { classifier_head: Some(Default::default()), ..Default::default() })
            }
            other => Err(E::custom(format!("unknown layer `{other}`; a layer is one of {NAMES}"))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LayerSpec, A::Error> {
        LayerTable::deserialize(MapAccessDeserializer::new(map))?.into_spec().map_err(A::Error::custom)
    }
}

impl<'de> Deserialize<'de> for LayerSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LayerVisitor)
    }
}
