//! One update. It can be split, because gradients are computed layer by layer.

use kernels::optimizer::{
    AdamArenas, AdamStep, Decay, RmsPropArenas, RmsPropStep, SgdStep, adam, rmsprop, sgd,
};
use kernels::{Matrix, Threads, product_adam, product_into_panels};

use super::rule::Rule;

/// The numbers of one step of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) enum StepNumbers {
    Adam(AdamStep),
    RmsProp(RmsPropStep),
    Sgd(SgdStep),
}

impl StepNumbers {
    /// For update `steps`, counted from 1.
    pub(super) fn new(rule: Rule, steps: u64, lr_factor: f64) -> StepNumbers {
        let lr = rule.lr() * lr_factor;
        match rule {
            Rule::Adam { beta1, beta2, eps, .. } | Rule::AdamW { beta1, beta2, eps, .. } => {
                let t = steps.min(i32::MAX as u64) as i32;
                let decay = match rule {
                    Rule::AdamW { weight_decay, .. } => 1.0 - lr * weight_decay,
                    _ => 1.0,
                };
                StepNumbers::Adam(AdamStep::new(t, lr, (beta1, beta2), eps, decay))
            }
            Rule::RmsProp { alpha, eps, momentum, centered, .. } => StepNumbers::RmsProp(RmsPropStep {
                lr: lr as f32,
                alpha: Decay::new(alpha),
                eps: eps as f32,
                momentum: momentum as f32,
                centered,
            }),
            Rule::Sgd { momentum, nesterov, .. } => {
                StepNumbers::Sgd(SgdStep { lr: lr as f32, momentum: momentum as f32, nesterov })
            }
        }
    }
}

/// An update of a slice of the weights: the weights, their moments, and the numbers of the step.
#[derive(Debug)]
pub struct Update<'a> {
    pub(super) step: StepNumbers,
    pub(super) grad_scale: f32,
    /// The weights.
    pub parameters: &'a mut [f32],
    /// In the order of the rule's kernel; empty where the rule has fewer.
    pub(super) moments: [&'a mut [f32]; 3],
}

impl<'a> Update<'a> {
    /// The update of the first `at` values, and that of the others.
    pub fn split_at(self, at: usize) -> (Update<'a>, Update<'a>) {
        let (parameters, later) = self.parameters.split_at_mut(at);
        let [(a, d), (b, e), (c, f)] = self.moments.map(|m| {
            let at = at.min(m.len());
            m.split_at_mut(at)
        });
        let Update { step, grad_scale, .. } = self;
        (
            Update { step, grad_scale, parameters, moments: [a, b, c] },
            Update { step, grad_scale, parameters: later, moments: [d, e, f] },
        )
    }

    /// Updates the weights. Returns `sum grads²`.
    pub fn run(self, threads: Threads, grads: &[f32]) -> f64 {
        let Update { step, grad_scale, parameters, moments: [a, b, c] } = self;
        match step {
            StepNumbers::Adam(step) => {
                adam(threads, step, grad_scale, grads, AdamArenas { p: parameters, m: a, v: b })
            }
            StepNumbers::RmsProp(step) => {
                let arenas = RmsPropArenas { p: parameters, v: a, buffer: b, mean: c };
                rmsprop(threads, step, grad_scale, grads, arenas)
            }
            StepNumbers::Sgd(step) => sgd(threads, step, grad_scale, grads, parameters, a),
        }
    }

    /// Updates the weights, which are in panels, by their gradient `a b`. Returns its sum of squares. The contents of `grads` are
    /// unspecified afterwards.
    pub(crate) fn run_product(self, threads: Threads, a: Matrix, b: Matrix, grads: &mut [f32]) -> f64 {
        match self.step {
            StepNumbers::Adam(step) => {
                let Update { grad_scale, parameters: p, moments: [m, v, _], .. } = self;
                product_adam(threads, step, grad_scale, a, b, grads, AdamArenas { p, m, v })
            }
            _ => {
                product_into_panels(threads, grads, a, b, false);
                self.run(threads, grads)
            }
        }
    }
}
