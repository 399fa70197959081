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
    /// `y = body(x) + shortcut(x)` (He et al. 2016).
    Residual {
        /// The layers of the branch.
        body: Vec<LayerSpec>,
        /// The layers of the other; none: the identity.
        shortcut: Vec<LayerSpec>,
    },
}

impl LayerSpec {
    /// The word a config has for it.
    pub fn kind(&self) -> String {
        match self {
            LayerSpec::Dense { .. } => "dense",
            LayerSpec::Activation(f) => f.name(),
            LayerSpec::BatchNorm { .. } => "batch-norm",
            LayerSpec::Dropout { .. } => "dropout",
            LayerSpec::Residual { .. } => "residual",
        }
        .to_string()
    }

    /// Whether it applies an activation that follows it.
    pub(crate) fn merges_activation(&self) -> bool {
        match self {
            LayerSpec::Dense { .. } | LayerSpec::BatchNorm { .. } | LayerSpec::Residual { .. } => true,
            LayerSpec::Activation(_) | LayerSpec::Dropout { .. } => false,
        }
    }
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
    residual: Option<Vec<LayerSpec>>,
    shortcut: Option<Vec<LayerSpec>>,
}

const NAMES: &str = "\"relu\", \"leaky-relu\", \"tanh\", \"sigmoid\", \"batch-norm\", { dense = UNITS }, \
                     { leaky-relu = SLOPE }, { batch-norm = { eps = .., momentum = .. } }, { dropout = RATE }, \
                     { residual = [LAYERS], shortcut = [LAYERS] }";

impl LayerTable {
    fn into_spec(self) -> Result<LayerSpec, String> {
        let LayerTable { dense, bias, init, leaky_relu, batch_norm, dropout, residual, shortcut } = self;
        let kinds = [
            dense.is_some(),
            leaky_relu.is_some(),
            batch_norm.is_some(),
            dropout.is_some(),
            residual.is_some(),
        ];
        if kinds.iter().filter(|&&k| k).count() != 1 {
            return Err(format!("a layer is exactly one of {NAMES}"));
        }
        if dense.is_none() && (bias.is_some() || init.is_some()) {
            return Err("`bias` and `init` belong to a dense layer: { dense = UNITS, bias = false, init = \"he-normal\" }".into());
        }
        if residual.is_none() && shortcut.is_some() {
            return Err("`shortcut` belongs to a residual block: { residual = [..], shortcut = [..] }".into());
        }
        if let Some(body) = residual {
            return Ok(LayerSpec::Residual { body, shortcut: shortcut.unwrap_or_default() });
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
        match self {
            &LayerSpec::Activation(Activation::LeakyRelu(slope)) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("leaky-relu", &slope)?;
                map.end()
            }
            LayerSpec::Activation(other) => serializer.serialize_str(other.name()),
            LayerSpec::Dense { units, bias, init } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("dense", units)?;
                if !bias {
                    map.serialize_entry("bias", bias)?;
                }
                if let Some(init) = init {
                    map.serialize_entry("init", init)?;
                }
                map.end()
            }
            &LayerSpec::BatchNorm { eps, momentum } => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("batch-norm", &BatchNormTable { eps, momentum })?;
                map.end()
            }
            LayerSpec::Dropout { rate } => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("dropout", rate)?;
                map.end()
            }
            LayerSpec::Residual { body, shortcut } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("residual", body)?;
                if !shortcut.is_empty() {
                    map.serialize_entry("shortcut", shortcut)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kernels::Activation;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Text {
        layers: Vec<LayerSpec>,
    }

    fn read(array: &str) -> Result<Vec<LayerSpec>, String> {
        toml::from_str::<Text>(&format!("layers = {array}"))
            .map(|text| text.layers)
            .map_err(|error| error.to_string())
    }

    fn dense(units: usize) -> LayerSpec {
        LayerSpec::Dense { units, bias: true, init: None }
    }

    #[test]
    fn every_layer_reads_as_written() {
        let batch_norm = |eps, momentum| LayerSpec::BatchNorm { eps, momentum };
        let expected = [
            ("{ dense = 128 }", dense(128)),
            (
                "{ dense = 10, bias = false, init = 'he-normal' }",
                LayerSpec::Dense { units: 10, bias: false, init: Some(Init::HeNormal) },
            ),
            ("'relu'", LayerSpec::Activation(Activation::Relu)),
            ("'tanh'", LayerSpec::Activation(Activation::Tanh)),
            ("'sigmoid'", LayerSpec::Activation(Activation::Sigmoid)),
            ("'leaky-relu'", LayerSpec::Activation(Activation::LeakyRelu(0.2))),
            ("{ leaky-relu = 0.01 }", LayerSpec::Activation(Activation::LeakyRelu(0.01))),
            ("'batch-norm'", batch_norm(1e-5, 0.1)),
            ("{ batch-norm = {} }", batch_norm(1e-5, 0.1)),
            ("{ batch-norm = { eps = 1e-3 } }", batch_norm(1e-3, 0.1)),
            ("{ batch-norm = { eps = 1e-3, momentum = 0.01 } }", batch_norm(1e-3, 0.01)),
            ("{ dropout = 0.3 }", LayerSpec::Dropout { rate: 0.3 }),
            ("{ dropout = 0 }", LayerSpec::Dropout { rate: 0.0 }),
        ];
        for (text, layer) in expected {
            assert_eq!(read(&format!("[{text}]")), Ok(vec![layer]), "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let layers = vec![
            dense(128),
            LayerSpec::BatchNorm { eps: 1e-3, momentum: 0.01 },
            LayerSpec::Activation(Activation::LeakyRelu(0.3)),
            LayerSpec::Dropout { rate: 0.1 },
            LayerSpec::Dense { units: 7, bias: false, init: None },
            LayerSpec::Activation(Activation::Relu),
            LayerSpec::Dense { units: 784, bias: true, init: Some(Init::LecunUniform) },
            LayerSpec::Activation(Activation::Sigmoid),
            LayerSpec::Activation(Activation::Tanh),
        ];
        let text = Text { layers };
        let written = toml::to_string(&text).unwrap();
        assert_eq!(toml::from_str::<Text>(&written).unwrap(), text, "{written}");
        let json = serde_json::to_string(&text).unwrap();
        assert_eq!(serde_json::from_str::<Text>(&json).unwrap(), text, "{json}");
    }

    #[test]
    fn what_is_no_layer_is_refused_with_what_would_fit() {
        let names = [
            "dense = UNITS",
            "batch-norm",
            "dropout = RATE",
            "leaky-relu = SLOPE",
            "relu",
            "tanh",
            "sigmoid",
        ];
        for text in ["'rellu'", "{}", "{ dense = 3, dropout = 0.5 }", "7", "true", "[]"] {
            let message = read(&format!("[{text}]")).unwrap_err();
            for name in names {
                assert!(message.contains(name), "{text} does not name {name}: {message}");
            }
        }
        let refused = [
            ("'rellu'", "unknown layer `rellu`"),
            ("{ dropout = 0.5, bias = false }", "belong to a dense layer"),
            ("{ leaky-relu = 0.5, init = 'he-normal' }", "belong to a dense layer"),
            ("{ dense = 3, unit = 4 }", "unknown field `unit`"),
            ("{ dense = 3, unit = 4 }", "`bias`"),
            ("{ dense = 3, init = 'he' }", "`he-normal`"),
            ("{ batch-norm = { epsilon = 1e-3 } }", "`eps` or `momentum`"),
            ("{ dense = -3 }", "-3"),
            ("{ dense = 2.5 }", "2.5"),
            ("{ dense = 'wide' }", "wide"),
            ("{ dropout = '0.5' }", "0.5"),
        ];
        for (text, part) in refused {
            let message = read(&format!("['relu', {text}]")).unwrap_err();
            assert!(message.contains(part), "{text}: no `{part}` in: {message}");
            assert!(message.contains("line 1"), "{text}: no line in: {message}");
        }
    }
}
