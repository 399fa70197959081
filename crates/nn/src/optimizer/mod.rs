//! Optimisers: a rule and its state, one arena for each moment.

mod rule;

use kernels::Threads;
use kernels::optimizer::{AdamStep, Decay, RmsPropStep, SgdStep, adam, rmsprop, sgd};

pub use rule::Rule;

/// A rule with its state for one network. Everything is updated in one pass over the arenas.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimizer {
    rule: Rule,
    /// Updates made.
    steps: u64,
    /// One arena a moment, as [`Rule::moments`] names them.
    moments: Vec<Vec<f32>>,
}

impl Optimizer {
    /// Fresh state (zeros) for `parameters` values.
    pub fn new(rule: Rule, parameters: usize) -> Optimizer {
        let moments = rule.moments().iter().map(|_| vec![0.0; parameters]).collect();
        Optimizer { rule, steps: 0, moments }
    }

    /// The rule.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Updates made so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Name and values of each moment.
    pub fn moments(&self) -> impl Iterator<Item = (&'static str, &[f32])> {
        self.rule.moments().iter().copied().zip(self.moments.iter().map(Vec::as_slice))
    }

    /// The same, to be filled from a checkpoint; `set_steps` belongs to it.
    pub fn moments_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [f32])> {
        self.rule.moments().iter().copied().zip(self.moments.iter_mut().map(Vec::as_mut_slice))
    }

    /// Sets the number of updates made, from a checkpoint.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// One update: `parameters` move by the rule at `lr_factor` times its rate, for gradients `grad_scale * grads`.
    pub fn step(
        &mut self,
        threads: Threads,
        lr_factor: f64,
        grad_scale: f32,
        grads: &[f32],
        parameters: &mut [f32],
    ) {
        self.steps += 1;
        let t = self.steps.min(i32::MAX as u64) as i32;
        match (self.rule, self.moments.as_mut_slice()) {
            (Rule::Adam { lr, beta1, beta2, eps } | Rule::AdamW { lr, beta1, beta2, eps, .. }, [m, v]) => {
                let lr = lr * lr_factor;
                let decay = match self.rule {
                    Rule::AdamW { weight_decay, .. } => 1.0 - lr * weight_decay,
                    _ => 1.0,
                };
                let step = AdamStep {
                    step_size: (lr / (1.0 - beta1.powi(t))) as f32,
                    inv_sqrt_correction: (1.0 / (1.0 - beta2.powi(t)).sqrt()) as f32,
                    beta1: Decay::new(beta1),
                    beta2: Decay::new(beta2),
                    eps: eps as f32,
                    decay: decay as f32,
                };
                adam(threads, step, grad_scale, grads, parameters, m, v);
            }
            (Rule::RmsProp { lr, alpha, eps, momentum, centered }, [v, rest @ ..]) => {
                let step = RmsPropStep {
                    lr: (lr * lr_factor) as f32,
                    alpha: Decay::new(alpha),
                    eps: eps as f32,
                    momentum: momentum as f32,
                    centered,
                };
                let (buffer, mean) = match rest {
                    [buffer, mean] => (buffer.as_mut_slice(), mean.as_mut_slice()),
                    [one] if momentum > 0.0 => (one.as_mut_slice(), &mut [][..]),
                    [one] => (&mut [][..], one.as_mut_slice()),
                    _ => (&mut [][..], &mut [][..]),
                };
                rmsprop(threads, step, grad_scale, grads, parameters, v, buffer, mean);
            }
            (Rule::Sgd { lr, momentum, nesterov }, buffers) => {
                let lr = (lr * lr_factor) as f32;
                let step = SgdStep { lr, momentum: momentum as f32, nesterov };
                let buffer = buffers.first_mut().map_or(&mut [][..], Vec::as_mut_slice);
                sgd(threads, step, grad_scale, grads, parameters, buffer);
            }
            _ => unreachable!("moments are made by the rule"),
        }
    }
}
