//! The judge: a classifier with its weights.

use data::classes::Classes;
use nn::{Network, Parameter};

use crate::description::Description;

/// A classifier with its weights.
#[derive(Debug)]
pub struct Judge {
    pub(crate) description: Description,
    /// SHA-256 of the description and the weights, in hexadecimal.
    pub(crate) sha256: String,
    pub(crate) network: Network,
    pub(crate) parameters: Vec<f32>,
    pub(crate) state: Vec<f32>,
}

impl Judge {
    /// Its data, its network and how it was trained.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// SHA-256 of its description and its weights, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Number of classes that it knows.
    pub fn classes(&self) -> usize {
        self.description.class_counts.len()
    }

    /// The classes that it knows, with their names where its data had names.
    pub fn label_classes(&self) -> Classes<'_> {
        Classes::new(self.classes(), self.description.class_names.as_deref().unwrap_or_default())
    }

    /// Number of features of an image.
    pub fn features(&self) -> usize {
        self.network.features().values()
    }

    /// Bytes of its weights and running statistics.
    pub fn bytes(&self) -> usize {
        4 * (self.parameters.len() + self.state.len())
    }

    /// The tensors of a file: weights and running statistics by name.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = (&Parameter, &[f32])> {
        let parameters = self.network.parameters().iter().map(|p| (p, &self.parameters[p.range.clone()]));
        parameters.chain(self.network.state().iter().map(|p| (p, &self.state[p.range.clone()])))
    }
}
