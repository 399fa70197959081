//! One player: a network with its weights, running statistics, gradients and optimiser.

use kernels::{Threads, sums};
use nn::{Descent, Mode, Network, Optimizer, Rule, Tape, WeightGrad};

/// Everything that belongs to one of the two networks in training.
#[derive(Debug)]
pub struct Player {
    /// The planned layers.
    pub network: Network,
    /// Weights, in the network's arena layout.
    pub parameters: Vec<f32>,
    /// Running statistics and the like.
    pub state: Vec<f32>,
    /// Gradients of the last update. Those of large dense weights may be missing: they can go straight into the update.
    pub grads: Vec<f32>,
    /// The update rule and its moments.
    pub optimizer: Optimizer,
}

impl Player {
    /// A player with fresh weights from `seed` and the noise stream `stream`.
    pub fn new(network: Network, rule: Rule, seed: u64, stream: u64) -> Player {
        let parameters = network.initial_parameters(seed, stream);
        let mut state = network.initial_state();
        network.power_iterate(Threads::ONE, &parameters, &mut state);
        Player {
            state,
            grads: vec![0.0; parameters.len()],
            optimizer: Optimizer::new(rule, parameters.len()),
            parameters,
            network,
        }
    }

    /// Takes the gradients that `how` describes from the tape, after pulling its seeded cotangents back if `pull_back`, and
    /// updates the weights as [`update`](Self::update) does. Returns the gradient's norm before clipping.
    pub fn descend(
        &mut self,
        threads: Threads,
        mode: Mode,
        how: &WeightGrad,
        pull_back: bool,
        tape: &mut Tape,
        (lr_factor, clip): (f64, Option<f64>),
    ) -> f64 {
        let Player { network, parameters, grads, optimizer, .. } = self;
        if clip.is_none() && !how.accumulate {
            // Without a global norm, each layer is updated as soon as its gradients are there.
            let update = optimizer.begin(lr_factor, 1.0, parameters);
            let descent = Descent { how, pull_back, grads, update };
            return network.descend(threads, mode, tape, descent).sqrt();
        }
        if pull_back {
            network.vjp(threads, mode, parameters, 0..0, tape);
        }
        network.weight_grad(threads, mode, how, tape, grads);
        self.update(threads, lr_factor, clip)
    }

    /// Updates the weights from the gradients, scaled down to a global norm of at most `clip` where given.
    /// Returns the gradient's norm before clipping.
    pub fn update(&mut self, threads: Threads, lr_factor: f64, clip: Option<f64>) -> f64 {
        let norm = sums::sum_of_squares(threads, &self.grads).sqrt();
        let scale = match clip {
            Some(bound) if norm > bound => (bound / norm) as f32,
            _ => 1.0,
        };
        self.optimizer.step(threads, lr_factor, scale, &self.grads, &mut self.parameters);
        norm
    }

    /// Bytes of the four arenas and the moments.
    pub fn bytes(&self) -> usize {
        let moments: usize = self.optimizer.moments().map(|(_, v)| v.len()).sum();
        4 * (self.parameters.len() + self.state.len() + self.grads.len() + moments)
    }
}
