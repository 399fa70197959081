//! The gradients that a step leaves, for every loss, penalty and kind of update, against finite differences of a float64
//! twin of the whole objective: networks, losses and penalties written afresh and plainly.

mod common;

use common::{Fixed, normal, relative_error, rig, run};
use gan::config::Experiment;
use nn::Shape;
use nn::twin::Twin;

const PIXELS: usize = 6;
const BATCH: usize = 4;

const CRITIC: &str = "[{ dense = 5 }, { leaky-relu = 0.2 }, { dense = 4 }, \"relu\", { dense = 1 }]";
const NORMED_CRITIC: &str =
    "[{ dense = 5 }, \"batch-norm\", { leaky-relu = 0.2 }, { dense = 4 }, \"tanh\", { dense = 1 }]";

fn text(loss: &str, critic: &str, more: &str, update: &str) -> String {
    format!(
        "[generator]\nlatent = 3\n\
         layers = [{{ dense = 5 }}, \"batch-norm\", {{ leaky-relu = 0.2 }}, {{ dense = {PIXELS} }}, \"tanh\"]\n\
         [discriminator]\nlayers = {critic}\n\
         [objective]\nloss = \"{loss}\"\n{more}\n\
         [optimizer.generator]\nkind = \"sgd\"\nlr = 1e-30\n[optimizer.discriminator]\nkind = \"sgd\"\nlr = 1e-30\n\
         [train]\nbatch_size = {BATCH}\nepochs = 1\nupdate = \"{update}\"\n"
    )
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// L_D of one pair, as the table of objectives has it.
fn critic_loss(loss: &str, smoothing: f64, r: f64, f: f64) -> f64 {
    match loss {
        "non-saturating" | "minimax" | "constrained" => {
            (1.0 - smoothing) * softplus(-r) + smoothing * softplus(r) + softplus(f)
        }
        "wasserstein" => f - r,
        "least-squares" => (r - 1.0 + smoothing).powi(2) / 2.0 + f * f / 2.0,
        "hinge" => (1.0 - r).max(0.0) + (1.0 + f).max(0.0),
        "relativistic" => softplus(f - r),
        other => panic!("{other}"),
    }
}

fn generator_loss(loss: &str, i: usize, r: f64, f: f64) -> f64 {
    match loss {
        "non-saturating" => softplus(-f),
        "minimax" => -softplus(f),
        "wasserstein" | "hinge" => -f,
        "least-squares" => (f - 1.0).powi(2) / 2.0,
        "relativistic" => softplus(r - f),
        // Two means over half the batch each, so twice the weight of a mean over all of it.
        "constrained" => 2.0 * if i < BATCH / 2 { softplus(-f) } else { softplus(f) },
        other => panic!("{other}"),
    }
}

struct Objective<'a> {
    experiment: &'a Experiment,
    loss: &'a str,
    g: Twin,
    d: Twin,
    real: Vec<f64>,
    latents: Vec<f64>,
    shares: Vec<f64>,
}

impl Objective<'_> {
    fn logits(&self, d: &[f64], fake: &[f64]) -> (Vec<f64>, Vec<f64>) {
        (self.d.forward(d, &self.real), self.d.forward(d, fake))
    }

    /// mean phi(|ds_i/dx_i|) over the rows of `x`, by differences of the input.
    fn penalty(&self, d: &[f64], x: &[f64], phi: impl Fn(f64) -> f64) -> f64 {
        let norms = x.chunks(PIXELS).map(|image| {
            let g = Twin::gradient(image, 1e-4, |v| self.d.forward(d, v)[0]);
            g.iter().map(|v| v * v).sum::<f64>().sqrt()
        });
        norms.map(phi).sum::<f64>() / BATCH as f64
    }

    fn critic(&self, g: &[f64], d: &[f64]) -> f64 {
        let o = &self.experiment.objective;
        let fake = self.g.forward(g, &self.latents);
        let (r, f) = self.logits(d, &fake);
        let pairs = r.iter().zip(&f);
        let mut total =
            pairs.map(|(&r, &f)| critic_loss(self.loss, o.label_smoothing, r, f)).sum::<f64>() / BATCH as f64;
        if o.r1 > 0.0 {
            total += self.penalty(d, &self.real, |n| o.r1 / 2.0 * n * n);
        }
        if o.r2 > 0.0 {
            total += self.penalty(d, &fake, |n| o.r2 / 2.0 * n * n);
        }
        if o.gradient_penalty > 0.0 {
            let mixed: Vec<f64> = (0..BATCH * PIXELS)
                .map(|k| {
                    let a = self.shares[k / PIXELS];
                    a * self.real[k] + (1.0 - a) * fake[k]
                })
                .collect();
            total += self.penalty(d, &mixed, |n| o.gradient_penalty * (n - 1.0).powi(2));
        }
        total
    }

    fn generator(&self, g: &[f64], d: &[f64]) -> f64 {
        let fake = self.g.forward(g, &self.latents);
        let (r, f) = self.logits(d, &fake);
        let pairs = r.iter().zip(&f).enumerate();
        pairs.map(|(i, (&r, &f))| generator_loss(self.loss, i, r, f)).sum::<f64>() / BATCH as f64
    }
}

fn wide(v: &[f32]) -> Vec<f64> {
    v.iter().map(|&v| f64::from(v)).collect()
}

fn check(loss: &str, critic: &str, more: &str, update: &str) {
    let mut text = text(loss, critic, more, update);
    if loss == "constrained" {
        text = text.replace("latent = 3", &format!("latent = {PIXELS}"));
    }
    let experiment = common::experiment(&text, &[], PIXELS, BATCH);
    let (mut g, mut d, mut step) = rig(&experiment);
    // Biases that are not zero, so that their part is seen.
    for (player, stream) in [(&mut g, 1), (&mut d, 2)] {
        let noise = normal(stream, player.parameters.len());
        player.parameters.iter_mut().zip(noise).for_each(|(p, n)| *p += 0.3 * n);
    }
    let latent = experiment.generator.latent;
    let mut inputs = Fixed {
        real: normal(3, BATCH * PIXELS),
        latents: normal(4, BATCH * latent),
        shares: vec![0.1, 0.4, 0.6, 0.9],
        ..Fixed::default()
    };
    let objective = Objective {
        experiment: &experiment,
        loss,
        g: Twin::new(&experiment.generator.layers, Shape::flat(latent)),
        d: Twin::new(&experiment.discriminator.layers, Shape::flat(PIXELS)),
        real: wide(&inputs.real),
        latents: wide(&inputs.latents),
        shares: wide(&inputs.shares),
    };
    let (gp, dp) = (wide(&g.parameters), wide(&d.parameters));
    let report = run(&experiment, &mut step, 0, (&mut g, &mut d), &mut inputs);
    let name = format!("{loss} {more:?} {update} {}", if critic == CRITIC { "" } else { "normed" });
    let value = objective.critic(&gp, &dp);
    let ours = report.discriminator_loss + report.penalty;
    assert!((ours - value).abs() < 1e-5 * value.abs().max(1.0), "{name}: L_D {ours}, twin {value}");
    let value = objective.generator(&gp, &dp);
    assert!((report.generator_loss - value).abs() < 1e-5 * value.abs().max(1.0), "{name}: L_G");
    let expected = Twin::gradient(&dp, 1e-5, |d| objective.critic(&gp, d));
    let error = relative_error(&d.grads, &expected);
    assert!(error < 2e-4, "{name}: D's gradient is off by {error}");
    let expected = Twin::gradient(&gp, 1e-5, |g| objective.generator(g, &dp));
    let error = relative_error(&g.grads, &expected);
    assert!(error < 2e-4, "{name}: G's gradient is off by {error}");
}

#[test]
fn every_loss_in_both_updates_with_and_without_interaction() {
    for loss in gan::losses::Loss::ALL {
        for update in ["simultaneous", "alternating"] {
            for critic in [CRITIC, NORMED_CRITIC] {
                check(loss.name(), critic, "", update);
            }
            if loss.supports_smoothing() {
                check(loss.name(), CRITIC, "label_smoothing = 0.1", update);
            }
        }
    }
}

#[test]
fn every_penalty_with_every_loss() {
    for loss in gan::losses::Loss::ALL {
        for update in ["simultaneous", "alternating"] {
            check(loss.name(), CRITIC, "r1 = 0.7\nr2 = 0.3", update);
            check(loss.name(), CRITIC, "r1 = 0.7", update);
            check(loss.name(), CRITIC, "r2 = 0.3", update);
            check(loss.name(), CRITIC, "gradient_penalty = 2.0", update);
            check(loss.name(), CRITIC, "r1 = 0.7\ngradient_penalty = 2.0", update);
        }
    }
}
