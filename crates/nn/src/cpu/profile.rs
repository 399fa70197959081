//! Single layers in single directions, for measurements.

use kernels::{Epilogue, Threads};

use super::layer::{Forward, Gradient, Jvp, Mode, Vjp};
use super::network::Network;
use super::tape::Tape;

/// A direction of a layer, by what it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Its output.
    Forward,
    /// The cotangent of what it reads.
    Vjp,
    /// The gradient of its weights.
    WeightGrad,
    /// The tangent of its output.
    Jvp,
}

impl Direction {
    /// All of them, in the order of a step.
    pub const ALL: [Direction; 4] =
        [Direction::Forward, Direction::Vjp, Direction::WeightGrad, Direction::Jvp];

    /// A word for tables.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Forward => "forward",
            Direction::Vjp => "vjp",
            Direction::WeightGrad => "weight grad",
            Direction::Jvp => "jvp",
        }
    }
}

/// The arenas of a network.
#[derive(Debug)]
pub struct Arenas<'a> {
    /// Weights.
    pub parameters: &'a [f32],
    /// State.
    pub state: &'a mut [f32],
    /// Gradients of the weights.
    pub grads: &'a mut [f32],
}

impl Network {
    /// Runs layer `layer` alone, as in a pass over the whole batch of a tape that has all its parts and went through all
    /// directions before. Afterwards the tape's values belong to no pass.
    ///
    /// # Panics
    /// If there is no such layer, or the tape lacks the direction's buffers.
    pub fn run_layer(
        &self,
        threads: Threads,
        mode: Mode,
        (layer, direction): (usize, Direction),
        Arenas { parameters, state, grads }: Arenas,
        tape: &mut Tape,
    ) {
        let (operation, own) = (&self.plan().operations()[layer], layer + 1);
        let (layer, kept) = (self.step(layer).1, &mut tape.kept[layer]);
        let (source, rows) = (operation.source.activation, 0..tape.batch);
        let pass = self.pass(threads, mode, tape.batch, &tape.labels);
        let range = operation.parameter_range();
        let parameters = &parameters[range.clone()];
        let (before, output) = tape.activations.split_at_mut(own);
        let (x, y) = (before[source].rows(&rows), output[0].rows_mut(&rows));
        match direction {
            Direction::Forward => layer.forward(pass, Forward { parameters, state, x, y, kept }),
            Direction::Vjp => {
                let (before, delta) = tape.deltas.split_at_mut(own);
                let epilogue = match source {
                    0 => Epilogue::None,
                    _ => Epilogue::Derivative(self.plan().function_of(source), x),
                };
                let (dx, delta) = (before[source].rows_mut(&rows), delta[0].rows(&rows));
                layer.vjp(pass, Vjp { parameters, rows, x, delta, kept, dx, epilogue });
            }
            Direction::WeightGrad => {
                let (delta, grads) = (tape.deltas[own].rows(&rows), &mut grads[range]);
                let (bias_scale, accumulate) = (None, false);
                layer.weight_grad(pass, Gradient { x, delta, kept, bias_scale, accumulate, grads });
            }
            Direction::Jvp => {
                let (before, tangent) = tape.tangents.split_at_mut(own);
                let (tx, ty) = (before[source].rows(&rows), tangent[0].rows_mut(&rows));
                layer.jvp(pass, Jvp { parameters, rows, x, y, kept, tx, ty });
            }
        }
    }
}
