//! Gradients and their update layer by layer, from the last to the first.
//!
//! A layer's weights may be updated as soon as its cotangent has been pulled back through them. From then on nothing else needs
//! them: their gradient and update run beside the rest of the backward pass, while their values are still in cache.

use kernels::Threads;

use super::layer::{Mode, Pass};
use super::network::Network;
use super::passes::{Backward, LayerGradient, WeightGrad, input_of};
use super::tape::{Buffer, Tape};
use crate::optimizer::Update;

/// What [`Network::descend`] computes and writes.
#[derive(Debug)]
pub struct Descent<'a> {
    /// How rows are weighed.
    pub how: &'a WeightGrad<'a>,
    /// Whether the seeded cotangent is pulled back first, as by [`Network::vjp`] without the input's cotangent.
    pub pull_back: bool,
    /// The arena of gradients. Gradients of large dense weights go straight into the update: their part is unspecified afterwards.
    pub grads: &'a mut [f32],
    /// The weights, and the optimiser's step.
    pub update: Update<'a>,
}

impl Network {
    /// [`Network::weight_grad`] and the update of every layer. Returns the sum of the gradients' squares, one layer's after the
    /// other.
    ///
    /// # Panics
    /// As `weight_grad`.
    pub fn descend(&self, threads: Threads, mode: Mode, tape: &mut Tape, descent: Descent) -> f64 {
        let Tape { batch, labels, activations, deltas, tangents, kept, scratch, .. } = tape;
        let Descent { how, pull_back, grads, update } = descent;
        let pass = self.pass(threads, mode, *batch, labels);
        self.prepare_tangents(pass, how, activations, tangents);
        let common = Common { network: self, pass, how, pull_back, activations, tangents };
        common.layers_to(Layers { deltas, kept, scratch, grads, update })
    }
}

/// What all layers share.
struct Common<'a> {
    network: &'a Network,
    pass: Pass<'a>,
    how: &'a WeightGrad<'a>,
    pull_back: bool,
    activations: &'a [Buffer],
    tangents: &'a [Buffer],
}

/// What belongs to the layers up to one: cotangents (the input's among them), what they keep, gradients and update.
struct Layers<'a> {
    deltas: &'a mut [Buffer],
    kept: &'a mut [Vec<f32>],
    scratch: &'a mut [f32],
    grads: &'a mut [f32],
    update: Update<'a>,
}

impl Common<'_> {
    fn layers_to(&self, layers: Layers) -> f64 {
        let Layers { deltas, kept, scratch, grads, update } = layers;
        let Some((own_kept, kept)) = kept.split_last_mut() else { return 0.0 };
        let l = kept.len();
        let (operation, layer) = self.network.step(l);
        let first = grads.len() - operation.parameter_count();
        let (earlier, own) = update.split_at(first);
        let (earlier_grads, own_grads) = grads.split_at_mut(first);
        if self.pull_back {
            let backward = Backward { activations: self.activations, input_rows: &(0..0), scratch };
            self.network.pull_back(self.pass, l, own.parameters, backward, deltas, own_kept);
        }
        let (deltas, own_delta) = deltas.split_at_mut(l + 1);
        let (mut rest, mut here) = (0.0, 0.0);
        let source = operation.source.activation;
        let batch = self.pass.batch;
        let gradient = LayerGradient {
            x: input_of(self.how, &self.activations[source], &self.tangents[source], batch),
            delta: own_delta[0].rows_mut(&(0..batch)),
            kept: own_kept,
            grads: own_grads,
        };
        self.pass.threads.join(
            || rest = self.layers_to(Layers { deltas, kept, scratch, grads: earlier_grads, update: earlier }),
            || here = gradient.update(layer, self.pass, self.how, own),
        );
        rest + here
    }
}
