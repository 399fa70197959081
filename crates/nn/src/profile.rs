//! Single layers in single directions, for those who measure them.

use kernels::{Epilogue, Threads};

use crate::layer::Mode;
use crate::network::Network;
use crate::tape::Tape;

/// What a layer is asked for.
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

impl Network {
    /// Runs layer `layer` alone, as in a pass over the whole batch of a tape that has all its parts and went through all
    /// directions before. The tape's values are no pass's afterwards.
    ///
    /// # Panics
    /// If there is no such layer, or the tape lacks the direction's buffers.
    #[allow(clippy::too_many_arguments)]
    pub fn run_layer(
        &self,
        threads: Threads,
        mode: Mode,
        (layer, direction): (usize, Direction),
        parameters: &[f32],
        state: &mut [f32],
        tape: &mut Tape,
        grads: &mut [f32],
    ) {
        let node = &self.nodes[layer];
        let (all, own) = (0..tape.batch, layer + 1);
        let pass = self.pass(threads, mode, tape.batch, &tape.labels);
        let parameters = &parameters[node.layer.range()];
        let (records, outputs) = tape.records.split_at_mut(own);
        let (x, kept) = (records[node.source].rows(&all), &mut tape.kept[layer]);
        match direction {
            Direction::Forward => {
                node.layer.forward(pass, parameters, state, x, outputs[0].rows_mut(&all), kept);
            }
            Direction::Vjp => {
                let (before, delta) = tape.deltas.split_at_mut(own);
                let epilogue = match node.source.checked_sub(1) {
                    Some(l) => Epilogue::Derivative(self.nodes[l].layer.activation(), x),
                    None => Epilogue::None,
                };
                let dx = before[node.source].rows_mut(&all);
                node.layer.vjp(pass, parameters, all.clone(), x, delta[0].rows(&all), kept, dx, epilogue);
            }
            Direction::WeightGrad => {
                let delta = tape.deltas[own].rows(&all);
                node.layer.weight_grad(pass, x, delta, kept, None, false, &mut grads[node.layer.range()]);
            }
            Direction::Jvp => {
                let (before, tangent) = tape.tangents.split_at_mut(own);
                let (tx, ty) = (before[node.source].rows(&all), tangent[0].rows_mut(&all));
                node.layer.jvp(pass, parameters, all.clone(), x, outputs[0].rows(&all), kept, tx, ty);
            }
        }
    }
}
