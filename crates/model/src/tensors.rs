//! Named tensors to be written.

use std::borrow::Cow;

use nn::Parameter;
use safetensors::{Dtype, View};

/// What the names of tensors begin with, before a slash.
pub mod prefix {
    /// The generator's weights as trained, and running statistics.
    pub const GENERATOR: &str = "generator";
    /// The moving average of the generator's weights, and running statistics of it.
    pub const AVERAGE: &str = "generator.average";
    /// The discriminator's weights and running statistics.
    pub const DISCRIMINATOR: &str = "discriminator";
}

/// Named tensors in the order of the file. Those that an arena holds in another order than a file are translated one by one, so
/// that no second arena is ever held.
#[derive(Debug, Default)]
pub struct Tensors<'a>(Vec<(String, Tensor<'a>)>);

/// A view of an arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tensor<'a> {
    parameter: &'a Parameter,
    arena: &'a [f32],
}

impl<'a> Tensors<'a> {
    /// Adds the views `parameters` of `arena`, each as `PREFIX/NAME`.
    pub fn add(&mut self, prefix: &str, parameters: &'a [Parameter], arena: &'a [f32]) {
        let named = |p: &'a Parameter| (format!("{prefix}/{}", p.name), Tensor { parameter: p, arena });
        self.0.extend(parameters.iter().map(named));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Tensor<'a>)> {
        self.0.iter().map(|(name, tensor)| (name.as_str(), *tensor))
    }
}

impl<'a> Tensor<'a> {
    /// Row-major, little-endian.
    pub(crate) fn bytes(self) -> Cow<'a, [u8]> {
        match self.parameter.values(self.arena) {
            Cow::Borrowed(values) => Cow::Borrowed(bytemuck::cast_slice(values)),
            Cow::Owned(values) => Cow::Owned(bytemuck::cast_slice(&values).to_vec()),
        }
    }
}

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.parameter.dimensions
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.bytes()
    }

    fn data_len(&self) -> usize {
        4 * self.parameter.range.len()
    }
}
