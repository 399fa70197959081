//! `[optimizer.generator]` and `[optimizer.discriminator]` as written.

use serde::{Deserialize, Serialize};

use super::super::choices::OptimizerKind;
use super::super::defaults;

/// Both players' optimizers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerSections {
    /// `[optimizer.generator]`
    pub generator: OptimizerSection,
    /// `[optimizer.discriminator]`
    pub discriminator: OptimizerSection,
}

/// One player's optimizer. `None` is a key that was not written; [`Written::parse`](super::Written::parse) leaves only
/// those that the kind does not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerSection {
    /// The rule.
    pub kind: OptimizerKind,
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first moment (`adam`, `adamw`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta1: Option<f64>,
    /// Decay of the second moment (`adam`, `adamw`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// Decay of the mean square (`rmsprop`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// Added to the root (`adam`, `adamw`, `rmsprop`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eps: Option<f64>,
    /// Decoupled weight decay (`adamw`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// Momentum (`rmsprop`, `sgd`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// Divide by the variance rather than the mean square (`rmsprop`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub centered: Option<bool>,
    /// Nesterov's momentum (`sgd`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesterov: Option<bool>,
}

impl OptimizerSection {
    /// Fills in the keys that the kind has.
    pub(super) fn fill_defaults(&mut self) {
        for key in self.kind.keys() {
            match *key {
                "beta1" => _ = self.beta1.get_or_insert(defaults::BETA1),
                "beta2" => _ = self.beta2.get_or_insert(defaults::BETA2),
                "alpha" => _ = self.alpha.get_or_insert(defaults::ALPHA),
                "eps" => _ = self.eps.get_or_insert(defaults::EPS),
                "weight_decay" => _ = self.weight_decay.get_or_insert(defaults::WEIGHT_DECAY),
                "momentum" => _ = self.momentum.get_or_insert(defaults::MOMENTUM),
                "centered" => _ = self.centered.get_or_insert(defaults::CENTERED),
                "nesterov" => _ = self.nesterov.get_or_insert(defaults::NESTEROV),
                _ => {}
            }
        }
    }

    /// The keys that are written, beside `kind` and `lr`.
    pub(in crate::config) fn written_keys(&self) -> impl Iterator<Item = &'static str> {
        [
            ("beta1", self.beta1.is_some()),
            ("beta2", self.beta2.is_some()),
            ("alpha", self.alpha.is_some()),
            ("eps", self.eps.is_some()),
            ("weight_decay", self.weight_decay.is_some()),
            ("momentum", self.momentum.is_some()),
            ("centered", self.centered.is_some()),
            ("nesterov", self.nesterov.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, written)| written.then_some(key))
    }
}

impl Default for OptimizerSection {
    fn default() -> Self {
        OptimizerSection {
            kind: OptimizerKind::default(),
            lr: defaults::LR,
            beta1: None,
            beta2: None,
            alpha: None,
            eps: None,
            weight_decay: None,
            momentum: None,
            centered: None,
            nesterov: None,
        }
    }
}
