//! Whole objectives on a small convolutional discriminator give PyTorch's losses and gradients of both players, penalties by
//! double backward included. Reference: `oracles/objectives.py`.

// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "../../nn/tests/common/oracle.rs"]
mod oracle;

use common::{Fixed, labelled_experiment, run, weighted_rig};
use nn::Parameter;
use oracle::{Entry, Values, arena, assert_arena, assert_values, largest};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Relative to the largest value of a gradient.
const TOLERANCE: f64 = 2e-5;

#[derive(Deserialize)]
struct Objectives {
    side: usize,
    batch: usize,
    classes: usize,
    labels: Vec<u32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    objective: Map<String, Value>,
    discriminator: String,
    conditional: bool,
    class_weights: Vec<f32>,
    loss_d: f64,
    loss_g: f64,
    penalty: f64,
    parameters: Vec<Entry>,
    state: Vec<Entry>,
    generated_gradient: Vec<f64>,
}

impl Objectives {
    fn pixels(&self) -> usize {
        self.side * self.side
    }

    /// A generator that hands its latent on: what it makes is what the reference has.
    fn generator(&self, case: &Case) -> String {
        let embedding = if case.conditional { "{ class-embedding = 2 }, " } else { "" };
        let (side, pixels) = (self.side, self.pixels());
        format!("[{embedding}{{ dense = {pixels} }}, {{ reshape = [{side}, {side}, 1] }}]")
    }

    fn config(&self, case: &Case) -> String {
        let objective: Vec<String> = case.objective.iter().map(|(k, v)| format!("{k} = {v}")).collect();
        format!(
            "[generator]\nlatent = {}\nlayers = {}\n[discriminator]\nlayers = {}\n[objective]\n{}\n\
             [train]\nbatch_size = {}\nepochs = 1\n",
            self.pixels(),
            self.generator(case),
            case.discriminator,
            objective.join("\n"),
            self.batch
        )
    }

    fn check(&self, case: &Case) {
        let (side, batch, pixels) = (self.side, self.batch, self.pixels());
        let what = format!("{:?} on {}", case.objective, case.discriminator);
        let config = self.config(case);
        let classes = if case.conditional { self.classes } else { 0 };
        let experiment = labelled_experiment(&config, &[], (side, side, 1), batch, classes);
        let (mut g, mut d, mut step) = weighted_rig(&experiment, case.class_weights.clone());

        let parameters = arena(d.network.parameters(), &case.parameters, 2);
        let first_state = 2 + case.parameters.len() as u64;
        let state = arena(d.network.state(), &case.state, first_state);
        d.parameters.copy_from_slice(&parameters);
        d.state.copy_from_slice(&state);
        g.parameters.fill(0.0);
        let weight =
            g.network.parameters().iter().find(|p| p.name.ends_with("dense.weight")).unwrap().clone();
        for i in 0..pixels {
            g.parameters[weight.range.start + i * pixels + i] = 1.0;
        }
        let fake = Values::Uniform.of(1, batch * pixels);
        let uniforms = if case.objective.contains_key("dragan") { batch * pixels } else { batch };
        let mut inputs = Fixed {
            real: Values::Uniform.of(0, batch * pixels),
            labels: self.labels.clone(),
            latents: fake.clone(),
            uniforms: Values::Unit.of(100, uniforms),
        };
        let report = run(&experiment, &mut step, 0, (&mut g, &mut d), &mut inputs);

        for (part, ours, theirs) in [
            ("L_D", report.discriminator_loss, case.loss_d),
            ("L_G", report.generator_loss, case.loss_g),
            ("penalty", report.penalty, case.penalty),
        ] {
            let bound = TOLERANCE * theirs.abs().max(0.1);
            assert!((ours - theirs).abs() <= bound, "{what}: {part} {ours}, PyTorch {theirs}");
        }
        let (parameters, state) = (d.network.parameters(), d.network.state());
        assert_arena(&format!("{what}: gradient"), parameters, &case.parameters, 1, &d.grads, TOLERANCE);
        assert_arena(&format!("{what}: after"), state, &case.state, 1, &d.state, TOLERANCE);
        // The rows of the identity: latentᵀ signal, which the signals of so few images cannot hide from.
        let signal = &case.generated_gradient;
        let outer = |k: usize| -> f64 {
            (0..batch)
                .map(|i| f64::from(fake[i * pixels + k / pixels]) * signal[i * pixels + k % pixels])
                .sum()
        };
        let expected: Vec<f64> = (0..pixels * pixels).map(outer).collect();
        let rows = weight.range.start..weight.range.start + pixels * pixels;
        let what = format!("{what}: the generator's gradient");
        assert_values(&what, &g.grads[rows], 1, &expected, TOLERANCE * largest(&expected));
    }
}

#[test]
fn objectives_are_pytorch_s() {
    let oracle: Objectives = serde_json::from_str(include_str!("../../../oracles/objectives.json")).unwrap();
    assert_eq!(oracle.cases.len(), 25);
    for case in &oracle.cases {
        oracle.check(case);
    }
}
