//! Optimisers: an update rule and its state, one arena for each moment.

mod rule;
mod update;

use kernels::Threads;

use self::update::StepNumbers;

pub use rule::Rule;
pub use update::Update;

/// An update rule with its state for one network. One pass over the arenas updates everything.
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

    /// The update rule.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Sets Adam's and AdamW's decay of the mean squared gradient; the correction for the start at zero takes the new value, as
    /// in PyTorch. Other rules have none.
    pub fn set_beta2(&mut self, value: f64) {
        if let Rule::Adam { beta2, .. } | Rule::AdamW { beta2, .. } = &mut self.rule {
            *beta2 = value;
        }
    }

    /// Updates made so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Name and values of each moment.
    pub fn moments(&self) -> impl Iterator<Item = (&'static str, &[f32])> {
        self.rule.moments().iter().copied().zip(self.moments.iter().map(Vec::as_slice))
    }

    /// The same, to be filled from a checkpoint, together with [`Optimizer::set_steps`].
    pub fn moments_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [f32])> {
        self.rule.moments().iter().copied().zip(self.moments.iter_mut().map(Vec::as_mut_slice))
    }

    /// Sets the number of updates made, from a checkpoint.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// One update of `parameters` by the rule, at `lr_factor` times its rate, with the gradients `grad_scale * grads`.
    /// Returns `sum grads²`.
    pub fn step(
        &mut self,
        threads: Threads,
        lr_factor: f64,
        grad_scale: f32,
        grads: &[f32],
        parameters: &mut [f32],
    ) -> f64 {
        self.begin(lr_factor, grad_scale, parameters).run(threads, grads)
    }

    /// The same update, not yet computed. It can be split into parts, so that each runs as soon as its gradients are known.
    pub fn begin<'a>(&'a mut self, lr_factor: f64, grad_scale: f32, parameters: &'a mut [f32]) -> Update<'a> {
        self.steps = self.steps.saturating_add(1);
        let step = StepNumbers::new(self.rule, self.steps, lr_factor);
        let mut arenas = self.moments.iter_mut().map(Vec::as_mut_slice);
        let mut next = |kept: bool| if kept { arenas.next().unwrap_or_default() } else { &mut [] };
        let moments = match step {
            StepNumbers::Adam(_) => [next(true), next(true), &mut []],
            StepNumbers::RmsProp(s) => [next(true), next(s.momentum > 0.0), next(s.centered)],
            StepNumbers::Sgd(s) => [next(s.momentum > 0.0), &mut [], &mut []],
        };
        Update { step, grad_scale, parameters, moments }
    }
}
