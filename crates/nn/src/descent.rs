//! Gradients and their update layer by layer, from the last to the first.
//!
//! A layer's weights may move as soon as its cotangent has been pulled back through them. From there on nobody needs
//! them: their gradient and update run beside what is left of the way, and find their values still in cache.

use kernels::Threads;

use crate::layer::{Mode, Pass};
use crate::network::{Input, Network, Way, WeightGrad, layer_weight_update};
use crate::optimizer::Update;
use crate::tape::{Cotangent, Record, Tape};

impl Network {
    /// [`Network::weight_grad`] and `update` of every layer; before them, with `pull_back`, [`Network::vjp`] without the
    /// input's cotangent. Returns the sum of the gradients' squares, one layer's after the other. Gradients of large dense
    /// weights go straight into the update: what `grads` holds of them afterwards is not said.
    ///
    /// # Panics
    /// As `weight_grad`.
    #[allow(clippy::too_many_arguments)]
    pub fn descend(
        &self,
        threads: Threads,
        mode: Mode,
        how: &WeightGrad,
        pull_back: bool,
        tape: &mut Tape,
        grads: &mut [f32],
        update: Update,
    ) -> f64 {
        let Tape { batch, labels, records, deltas, tangents, kept, scratch, .. } = tape;
        let pass = self.pass(threads, mode, *batch, labels);
        self.prepare_tangents(pass, how, records, tangents);
        let descent = Descent { network: self, pass, how, pull_back, records, tangents };
        descent.layers_to(Layers { deltas, kept, scratch, grads, update })
    }
}

/// What stays the same on the way.
struct Descent<'a> {
    network: &'a Network,
    pass: Pass<'a>,
    how: &'a WeightGrad<'a>,
    pull_back: bool,
    records: &'a [Record],
    tangents: &'a [Cotangent],
}

/// What belongs to the layers up to one: cotangents (the input's among them), what they keep, gradients and update.
struct Layers<'a> {
    deltas: &'a mut [Cotangent],
    kept: &'a mut [Vec<f32>],
    scratch: &'a mut [f32],
    grads: &'a mut [f32],
    update: Update<'a>,
}

impl Descent<'_> {
    fn layers_to(&self, layers: Layers) -> f64 {
        let Layers { deltas, kept, scratch, grads, update } = layers;
        let Some((own_kept, kept)) = kept.split_last_mut() else { return 0.0 };
        let l = kept.len();
        let node = &self.network.nodes[l];
        let first = grads.len() - node.layer.range().len();
        let (earlier, own) = update.split_at(first);
        let (earlier_grads, own_grads) = grads.split_at_mut(first);
        if self.pull_back {
            let way = Way { records: self.records, input_rows: &(0..0), scratch };
            self.network.pull_back(self.pass, l, own.parameters, way, deltas, own_kept);
        }
        let (deltas, own_delta) = deltas.split_at_mut(l + 1);
        let (mut rest, mut here) = (0.0, 0.0);
        let input =
            Input::of(self.how, &self.records[node.source], &self.tangents[node.source], self.pass.batch);
        let delta = own_delta[0].rows_mut(&(0..self.pass.batch));
        self.pass.threads.join(
            || rest = self.layers_to(Layers { deltas, kept, scratch, grads: earlier_grads, update: earlier }),
            || {
                let layer = node.layer.as_ref();
                here =
                    layer_weight_update(layer, self.pass, self.how, input, delta, own_kept, own_grads, own);
            },
        );
        rest + here
    }
}
