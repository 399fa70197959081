//! A network as text: the list of layers a config file writes.
//!
//! ```toml
//! layers = [{ dense = 128 }, "batch-norm", { leaky-relu = 0.2 }, { dropout = 0.3 }, { dense = 784, init = "he-normal", bias = false }, "tanh"]
//! ```

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::init::Init;

/// Slope of `"leaky-relu"` where none is written (PyTorch writes 0.01, Keras 0.3; 0.2 is DCGAN's).
pub const DEFAULT_LEAKY_SLOPE: f32 = 0.2;
/// Batch normalisation's epsilon where none is written (PyTorch's; Keras uses 1e-3).
pub const DEFAULT_BATCH_NORM_EPS: f32 = 1e-5;
/// Weight of the newest batch in the running statistics where none is written (PyTorch's; Keras's 0.99 is 0.01 here).
pub const DEFAULT_BATCH_NORM_MOMENTUM: f32 = 0.1;

/// One layer as written.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerSpec {
    /// `y = x W + b`, `W` of shape `[in, units]`.
    Dense {
        /// Outputs.
        units: usize,
        /// Whether there is a bias (default true).
        bias: bool,
        /// How the weights start; `None`: the network's own choice.
        init: Option<Init>,
    },
    /// A pointwise non-linearity.
    Activation(kernels::Activation),
    /// `y = gamma (x - mean) / sqrt(var + eps) + beta` over the batch, channel by channel.
    BatchNorm {
        /// Added to the variance.
        eps: f32,
        /// Weight of the newest batch in the running statistics.
        momentum: f32,
    },
    /// Zeroes each value with probability `rate` in training and scales the others by `1 / (1 - rate)`.
    Dropout {
        /// Probability of zeroing, in `[0, 1)`.
        rate: f32,
    },
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct BatchNormTable {
    #[serde(default = "default_eps")]
    eps: f32,
    #[serde(default = "default_momentum")]
    momentum: f32,
}

fn default_eps() -> f32 {
    DEFAULT_BATCH_NORM_EPS
}

fn default_momentum() -> f32 {
    DEFAULT_BATCH_NORM_MOMENTUM
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LayerTable {
    dense: Option<usize>,
    bias: Option<bool>,
    init: Option<Init>,
    leaky_relu: Option<f32>,
    batch_norm: Option<BatchNormTable>,
    dropout: Option<f32>,
}

const NAMES: &str = "\"relu\", \"leaky-relu\", \"tanh\", \"sigmoid\", \"batch-norm\", { dense = UNITS }, \
                     { leaky-relu = SLOPE }, { batch-norm = { eps = .., momentum = .. } }, { dropout = RATE }";

impl LayerTable {
    fn into_spec(self) -> Result<LayerSpec, String> {
        let LayerTable { dense, bias, init, leaky_relu, batch_norm, dropout } = self;
        let kinds = [dense.is_some(), leaky_relu.is_some(), batch_norm.is_some(), dropout.is_some()];
        if kinds.iter().filter(|&&k| k).count() != 1 {
            return Err(format!("a layer is exactly one of {NAMES}"));
        }
        if dense.is_none() && (bias.is_some() || init.is_some()) {
            return Err("`bias` and `init` belong to a dense layer: { dense = UNITS, bias = false, init = \"he-normal\" }".into());
        }
        if let Some(units) = dense {
            return Ok(LayerSpec::Dense { units, bias: bias.unwrap_or(true), init });
        }
        if let Some(slope) = leaky_relu {
            return Ok(LayerSpec::Activation(kernels::Activation::LeakyRelu(slope)));
        }
        if let Some(BatchNormTable { eps, momentum }) = batch_norm {
            return Ok(LayerSpec::BatchNorm { eps, momentum });
        }
        dropout
            .map(|rate| LayerSpec::Dropout { rate })
            .ok_or_else(|| format!("a layer is exactly one of {NAMES}"))
    }
}

struct LayerVisitor;

impl<'de> Visitor<'de> for LayerVisitor {
    type Value = LayerSpec;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a layer: {NAMES}")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<LayerSpec, E> {
        use kernels::Activation;
        match name {
            "relu" => Ok(LayerSpec::Activation(Activation::Relu)),
            "leaky-relu" => Ok(LayerSpec::Activation(Activation::LeakyRelu(DEFAULT_LEAKY_SLOPE))),
            "tanh" => Ok(LayerSpec::Activation(Activation::Tanh)),
            "sigmoid" => Ok(LayerSpec::Activation(Activation::Sigmoid)),
            "batch-norm" => Ok(LayerSpec::BatchNorm {
                eps: DEFAULT_BATCH_NORM_EPS,
                momentum: DEFAULT_BATCH_NORM_MOMENTUM,
            }),
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

impl Serialize for LayerSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use kernels::Activation;
        match *self {
            LayerSpec::Activation(Activation::LeakyRelu(slope)) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("leaky-relu", &slope)?;
                map.end()
            }
            LayerSpec::Activation(other) => serializer.serialize_str(other.name()),
            LayerSpec::Dense { units, bias, init } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("dense", &units)?;
                if !bias {
                    map.serialize_entry("bias", &bias)?;
                }
                if let Some(init) = init {
                    map.serialize_entry("init", &init)?;
                }
                map.end()
            }
            LayerSpec::BatchNorm { eps, momentum } => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("batch-norm", &BatchNormTable { eps, momentum })?;
                map.end()
            }
            LayerSpec::Dropout { rate } => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("dropout", &rate)?;
                map.end()
            }
        }
    }
}
