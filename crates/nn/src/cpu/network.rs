//! A network on the CPU: a plan and the layers that compute it.

use kernels::{Activation, Threads};

use super::build::{fits_panels, layer};
use super::layer::{Layer, Mode, Pass};
use super::parameter::{Parameter, initialise};
use super::tape::{Tape, TapeParts};
use crate::error::SpecError;
use crate::init::Init;
use crate::plan::{Operation, Plan};
use crate::shape::Shape;
use crate::spec::LayerSpec;

/// A plan's layers, and where its views lie in this engine's arenas. The weights themselves are the caller's: `&[f32]` of
/// [`Plan::parameter_count`] values.
#[derive(Debug)]
pub struct Network {
    plan: Plan,
    /// One for each operation.
    layers: Vec<Box<dyn Layer>>,
    parameters: Vec<Parameter>,
    state: Vec<Parameter>,
}

impl Network {
    /// The layers of a plan.
    pub fn from_plan(plan: &Plan) -> Network {
        Network::of(plan.clone(), false)
    }

    fn of(plan: Plan, panels: bool) -> Network {
        let in_panels = |operation: &Operation| panels && fits_panels(operation);
        let layers = plan.operations().iter().map(|o| layer(o, in_panels(o))).collect();
        let parameters = plan.operations().iter().flat_map(|o| {
            // A layer's weight is its first view.
            o.parameters
                .iter()
                .enumerate()
                .map(move |(i, v)| Parameter::new(v.clone(), i == 0 && in_panels(o)))
        });
        let parameters = parameters.collect();
        let state = plan.state().map(|view| Parameter::new(view.clone(), false)).collect();
        Network { plan, layers, parameters, state }
    }

    /// Plans the layers of `spec` for inputs of shape `input` without labels, and makes them.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn new(spec: &[LayerSpec], input: Shape, init: Init) -> Result<Network, SpecError> {
        Network::conditional(spec, input, 0, init)
    }

    /// [`Network::new`] for images with labels below `classes`, which passes take from [`crate::Tape::labels_mut`].
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn conditional(
        spec: &[LayerSpec],
        input: Shape,
        classes: usize,
        init: Init,
    ) -> Result<Network, SpecError> {
        Ok(Network::of(Plan::new(spec, input, classes, init)?, false))
    }

    /// The same network with the large weights of its dense layers in panels, which training reads and updates faster. Outputs,
    /// cotangents and weights keep their bits; only their places in the arenas differ, which [`Parameter::values`] and
    /// [`Parameter::set`] translate.
    pub fn in_panels(self) -> Network {
        Network::of(self.plan, true)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Named views into the arena of weights.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Named views into the arena of state: running statistics and the vectors of spectral normalisation.
    pub fn state(&self) -> &[Parameter] {
        &self.state
    }

    /// Fresh weights: a function of the seed and `stream` alone.
    pub fn initial_parameters(&self, seed: u64, stream: u64) -> Vec<f32> {
        let mut arena = vec![0.0; self.parameter_count()];
        initialise(&self.parameters, seed, stream, &mut arena);
        arena
    }

    /// Fresh state: running statistics of mean 0 and variance 1, and random directions for spectral
    /// normalisation, always the same. Before weights are used with it, [`Network::power_iterate`] it.
    pub fn initial_state(&self) -> Vec<f32> {
        let mut arena = vec![0.0; self.state_count()];
        initialise(&self.state, 0, 0, &mut arena);
        arena
    }

    /// Turns the vectors of spectral normalisation in fresh state towards those of the weights, by 15
    /// power iterations (as PyTorch does where it wraps a layer). Running statistics do not change.
    pub fn power_iterate(&self, threads: Threads, parameters: &[f32], state: &mut [f32]) {
        for (operation, layer) in self.steps() {
            layer.power_iterate(threads, &parameters[operation.parameter_range()], state);
        }
    }

    /// Makes the buffers of passes over up to `capacity` images.
    pub fn tape(&self, capacity: usize, parts: TapeParts) -> Tape {
        let kept = self.layers.iter().map(|layer| layer.kept(capacity)).collect();
        Tape::new(&self.plan, capacity, kept, parts)
    }

    /// Operations with their layers, in order.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&Operation, &dyn Layer)> {
        self.plan.operations().iter().zip(self.layers.iter().map(AsRef::as_ref))
    }

    /// Operation `l` and its layer.
    pub(super) fn step(&self, l: usize) -> (&Operation, &dyn Layer) {
        (&self.plan.operations()[l], self.layers[l].as_ref())
    }

    pub(super) fn pass<'a>(&self, threads: Threads, mode: Mode, batch: usize, labels: &'a [u32]) -> Pass<'a> {
        Pass { threads, batch, mode, labels: &labels[..if self.classes() > 0 { batch } else { 0 }] }
    }
}

/// Queries of the plan.
impl Network {
    /// [`Plan::input`].
    pub fn input(&self) -> Shape {
        self.plan.input()
    }

    /// [`Plan::output`].
    pub fn output(&self) -> Shape {
        self.plan.output()
    }

    /// [`Plan::output_activation`].
    pub fn output_activation(&self) -> Activation {
        self.plan.output_activation()
    }

    /// [`Plan::classes`].
    pub fn classes(&self) -> usize {
        self.plan.classes()
    }

    /// [`Plan::features`].
    pub fn features(&self) -> Shape {
        self.plan.features()
    }

    /// [`Plan::parameter_count`].
    pub fn parameter_count(&self) -> usize {
        self.plan.parameter_count()
    }

    /// [`Plan::state_count`].
    pub fn state_count(&self) -> usize {
        self.plan.state_count()
    }

    /// [`Plan::values_per_image`].
    pub fn values_per_image(&self) -> u64 {
        self.plan.values_per_image()
    }

    /// [`Plan::product_flops`].
    pub fn product_flops(&self) -> u64 {
        self.plan.product_flops()
    }

    /// [`Plan::first_product_flops`].
    pub fn first_product_flops(&self) -> u64 {
        self.plan.first_product_flops()
    }

    /// [`Plan::interacting_layer`].
    pub fn interacting_layer(&self) -> Option<&'static str> {
        self.plan.interacting_layer()
    }

    /// [`Plan::curved_layer`].
    pub fn curved_layer(&self) -> Option<&'static str> {
        self.plan.curved_layer()
    }

    /// [`Plan::labelled_layer`].
    pub fn labelled_layer(&self) -> Option<&'static str> {
        self.plan.labelled_layer()
    }
}

#[cfg(test)]
mod tests;
