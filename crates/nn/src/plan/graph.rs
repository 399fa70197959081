//! The plan of a network: its operations in their places.

use kernels::Activation;
use serde::Serialize;

use super::operation::Operation;
use super::view::View;
use crate::shape::Shape;

/// A network as data: operations in an order in which each comes after what it reads, with all their numbers.
///
/// A plan is made from a spec, or read from what was written of one. Both ways check it: shapes, places in the arenas and the
/// order of the backward pass are those that the kinds of the operations give.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    pub(super) input: Shape,
    pub(super) classes: usize,
    pub(super) operations: Vec<Operation>,
}

impl Plan {
    /// Shape of one input.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Shape of one output.
    pub fn output(&self) -> Shape {
        self.shape_of(self.operations.len())
    }

    /// The last operation's pointwise function.
    pub fn output_activation(&self) -> Activation {
        self.function_of(self.operations.len())
    }

    /// Images' labels are below this; 0: they have none.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The operations, in an order in which each comes after what it reads.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Named views into the arena of weights.
    pub fn parameters(&self) -> impl Iterator<Item = &View> {
        self.operations.iter().flat_map(|operation| &operation.parameters)
    }

    /// Named views into the arena of state: running statistics and the vectors of spectral normalisation.
    pub fn state(&self) -> impl Iterator<Item = &View> {
        self.operations.iter().flat_map(|operation| &operation.state)
    }

    /// Values in the arena of weights.
    pub fn parameter_count(&self) -> usize {
        self.operations.iter().rev().find_map(|o| o.parameters.last()).map_or(0, |view| view.range.end)
    }

    /// Values in the arena of state.
    pub fn state_count(&self) -> usize {
        self.operations.iter().rev().find_map(|o| o.state.last()).map_or(0, |view| view.range.end)
    }

    /// Values of all activations of one image.
    pub fn values_per_image(&self) -> u64 {
        let outputs = self.operations.iter().map(|operation| operation.output.values() as u64);
        self.input.values() as u64 + outputs.sum::<u64>()
    }

    /// Operations in the products of one direction for one image (a multiply-add counts as two).
    pub fn product_flops(&self) -> u64 {
        self.operations.iter().map(Operation::product_flops).sum()
    }

    /// Operations in the products that read the input: a backward pass without the input's cotangent leaves them out.
    pub fn first_product_flops(&self) -> u64 {
        let first = self.operations.iter().filter(|operation| operation.source.activation == 0);
        first.map(Operation::product_flops).sum()
    }

    /// Kind of the first operation whose images interact in training (such as batch normalisation), if any.
    pub fn interacting_layer(&self) -> Option<&'static str> {
        self.operations.iter().find(|o| o.interacts()).map(|o| o.word())
    }

    /// Kind of the first operation that is not piecewise linear in its input for fixed masks, if any: a penalty on the input
    /// gradient then has second-order terms that one jvp does not give.
    pub fn curved_layer(&self) -> Option<&'static str> {
        let mut operations = self.operations.iter();
        let curved = operations.find(|o| !o.is_piecewise_linear() || !o.activation.is_piecewise_linear())?;
        Some(if curved.is_piecewise_linear() { curved.activation.name() } else { curved.word() })
    }

    /// Kind of the first operation that reads the images' labels, if any.
    pub fn labelled_layer(&self) -> Option<&'static str> {
        self.operations.iter().find(|o| o.reads_labels()).map(|o| o.word())
    }

    /// Shape of what the last operation reads: the features of a discriminator.
    pub fn features(&self) -> Shape {
        self.shape_of(self.features_activation())
    }

    /// The activation that the last operation reads.
    pub(crate) fn features_activation(&self) -> usize {
        self.operations.last().map_or(0, |operation| operation.source.activation)
    }

    /// Shape of an activation.
    pub(crate) fn shape_of(&self, activation: usize) -> Shape {
        activation.checked_sub(1).map_or(self.input, |l| self.operations[l].output)
    }

    /// The pointwise function that wrote an activation.
    pub(crate) fn function_of(&self, activation: usize) -> Activation {
        activation.checked_sub(1).map_or(Activation::Identity, |l| self.operations[l].activation)
    }
}
