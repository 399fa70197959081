//! How a plan writes types of the kernels.

use kernels::{Activation, Augmentation};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(remote = "Activation", rename_all = "kebab-case")]
pub(super) enum ActivationDef {
    Identity,
    Relu,
    LeakyRelu(f32),
    Tanh,
    Sigmoid,
}

/// A list of augmentations, by their names in a config.
pub(super) mod augmentations {
    use super::{Augmentation, Deserialize};
    use crate::spec::read::AugmentationName;
    use serde::{Deserializer, Serializer};

    pub(in crate::plan) fn serialize<S: Serializer>(
        list: &[Augmentation],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|a| a.name()))
    }

    pub(in crate::plan) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Augmentation>, D::Error> {
        let names = Vec::<AugmentationName>::deserialize(deserializer)?;
        Ok(names.into_iter().map(|name| name.0).collect())
    }
}
