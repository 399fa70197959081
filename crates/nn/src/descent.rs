//! Gradients and their update layer by layer, from the last to the first.
//!
//! A layer's weights may move as soon as its cotangent has been pulled back through them. From there on nobody needs
//! them: their gradient and update run beside what is left of the way, and find their values still in cache.

use kernels::{Epilogue, Threads};

use crate::layer::{Mode, Pass};
use crate::network::{Network, WeightGrad, layer_weight_grad};
use crate::optimizer::Update;
use crate::tape::{Record, Tape};

impl Network {
    /// [`Network::weight_grad`] and `update` of every layer; before them, with `pull_back`, [`Network::vjp`] without the
    /// input's cotangent. Returns the sum of the gradients' squares, one layer's after the other.
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
        let pass = self.pass(threads, mode, tape);
        self.check_weight_grad(how, pass.batch);
        let input =
            Input { x: &tape.input[..tape.batch * tape.input_width], tangent: &mut tape.input_tangent };
        let Some((last, before)) = tape.records.split_last_mut() else { return 0.0 };
        let cotangent = Cotangent { delta: &mut last.delta[..pass.batch * last.width], kept: &mut last.kept };
        Descent { network: self, pass, how, pull_back }.layers_to(before, cotangent, input, grads, update)
    }
}

/// What stays the same on the way.
struct Descent<'a> {
    network: &'a Network,
    pass: Pass,
    how: &'a WeightGrad<'a>,
    pull_back: bool,
}

/// What a layer reads, and its tangent.
struct Input<'a> {
    x: &'a [f32],
    tangent: &'a mut [f32],
}

/// A layer's cotangent, and what it keeps.
struct Cotangent<'a> {
    delta: &'a mut [f32],
    kept: &'a mut [f32],
}

impl Descent<'_> {
    /// The layer after the records `before`, and all of those; `grads` and `update` are theirs.
    fn layers_to(
        &self,
        before: &mut [Record],
        mut cotangent: Cotangent,
        input: Input,
        grads: &mut [f32],
        update: Update,
    ) -> f64 {
        let l = before.len();
        let layer = &self.network.layers[l];
        let first = grads.len() - layer.range().len();
        let (earlier, own) = update.split_at(first);
        let (earlier_grads, own_grads) = grads.split_at_mut(first);
        let Some((previous, before)) = before.split_last_mut() else {
            if self.pull_back {
                layer.prepare_weight_grad(self.pass, input.x, cotangent.delta, cotangent.kept);
            }
            return self.layer(l, input, cotangent, own_grads, own);
        };
        let n = self.pass.batch * previous.width;
        let Record { y, delta, kept, tangent, .. } = previous;
        let (x, previous) = (&y[..n], Cotangent { delta: &mut delta[..n], kept });
        if self.pull_back {
            let epilogue = Epilogue::Derivative(self.network.layers[l - 1].activation(), x);
            let Cotangent { delta, kept } = &mut cotangent;
            layer.vjp(
                self.pass,
                own.parameters,
                0..self.pass.batch,
                x,
                delta,
                kept,
                previous.delta,
                epilogue,
            );
        }
        let (mut rest, mut here) = (0.0, 0.0);
        self.pass.threads.join(
            || rest = self.layers_to(before, previous, input, earlier_grads, earlier),
            || here = self.layer(l, Input { x, tangent }, cotangent, own_grads, own),
        );
        rest + here
    }

    /// Gradient and update of layer `l`.
    fn layer(&self, l: usize, input: Input, cotangent: Cotangent, grads: &mut [f32], update: Update) -> f64 {
        let layer = self.network.layers[l].as_ref();
        let (Input { x, tangent }, Cotangent { delta, kept }) = (input, cotangent);
        layer_weight_grad(layer, self.pass, self.how, x, tangent, delta, kept, grads);
        update.run(self.pass.threads, grads)
    }
}
