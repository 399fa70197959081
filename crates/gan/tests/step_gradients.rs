//! The gradients that a step leaves, for every loss, penalty, head and kind of update, against finite differences of a float64
//! twin of the whole objective: networks, losses and penalties written afresh and plainly.

mod common;

use common::{Fixed, normal, relative_error, run, weighted_rig};
use gan::config::Experiment;
use nn::twin::Twin;
use nn::{Init, LayerSpec, Plan, Shape};

/// Images of 2 by 3 pixels.
const SHAPE: (usize, usize, usize) = (2, 3, 1);
const PIXELS: usize = 6;
const BATCH: usize = 4;
/// One of the three classes has no image in the batch.
const LABELS: [u32; BATCH] = [2, 0, 2, 2];
const CLASSES: usize = 3;
const LATENT: usize = 3;

const GENERATOR: &str = "[{ dense = 5 }, \"batch-norm\", { leaky-relu = 0.2 }, { dense = 6 }, \"tanh\"]";
const CRITIC: &str = "[{ dense = 5 }, { leaky-relu = 0.2 }, { dense = 4 }, \"relu\", { dense = 1 }]";
const NORMED_CRITIC: &str =
    "[{ dense = 5 }, \"batch-norm\", { leaky-relu = 0.2 }, { dense = 4 }, \"tanh\", { dense = 1 }]";

const CONDITIONAL_GENERATOR: &str =
    "[{ class-embedding = 2 }, { dense = 5 }, { leaky-relu = 0.2 }, { dense = 6 }, \"tanh\"]";
/// Labels from the first layer to the last, and a block on the way.
const LABELLED_CRITIC: &str = "[{ class-embedding = 2 }, { dense = 5 }, { leaky-relu = 0.2 }, \
    { residual = [{ dense = 5 }] }, \"relu\", \"projection-head\"]";
const PROJECTING_CRITIC: &str =
    "[{ dense = 5 }, { leaky-relu = 0.2 }, { dense = 4 }, \"relu\", \"projection-head\"]";
const CLASSIFYING_CRITIC: &str =
    "[{ dense = 5 }, { leaky-relu = 0.2 }, { dense = 4 }, \"relu\", \"classifier-head\"]";

const UPDATES: [&str; 2] = ["simultaneous", "alternating"];

/// What is trained, and how.
#[derive(Clone, Copy, Debug)]
struct Case<'a> {
    loss: &'a str,
    generator: &'a str,
    critic: &'a str,
    /// Lines of `[objective]`.
    objective: &'a str,
    update: &'a str,
    players: &'a str,
    packing: usize,
    classes: usize,
    class_weights: &'a [f32],
}

impl Default for Case<'_> {
    fn default() -> Self {
        Case {
            loss: "non-saturating",
            generator: GENERATOR,
            critic: CRITIC,
            objective: "",
            update: "simultaneous",
            players: "both",
            packing: 1,
            classes: 0,
            class_weights: &[],
        }
    }
}

impl Case<'_> {
    fn text(&self) -> String {
        let Case { loss, generator, critic, objective, update, players, packing, .. } = self;
        // The constrained loss takes latents like images.
        let latent = if *loss == "constrained" { PIXELS } else { LATENT };
        format!(
            "[generator]\nlatent = {latent}\nlayers = {generator}\n\
             [discriminator]\nlayers = {critic}\n\
             [objective]\nloss = \"{loss}\"\n{objective}\n\
             [optimizer.generator]\nkind = \"sgd\"\nlr = 1e-30\n[optimizer.discriminator]\nkind = \"sgd\"\nlr = 1e-30\n\
             [train]\nbatch_size = {BATCH}\nepochs = 1\nupdate = \"{update}\"\n\
             players = \"{players}\"\npacking = {packing}\n"
        )
    }
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

/// `-ln softmax(classes)[label]` of an output whose first value is the logit.
fn cross_entropy(output: &[f64], label: u32) -> f64 {
    output[1..].iter().map(|c| c.exp()).sum::<f64>().ln() - output[1 + label as usize]
}

struct Objective<'a> {
    case: Case<'a>,
    experiment: &'a Experiment,
    /// D's state after its pass: the vectors of spectral normalisation.
    state: Vec<f32>,
    real: Vec<f64>,
    latents: Vec<f64>,
    uniforms: Vec<f64>,
}

impl Objective<'_> {
    fn generated(&self, g: &[f64]) -> Vec<f64> {
        let layers = &self.experiment.generator.layers;
        let latent = Shape::flat(self.experiment.generator.latent);
        self.twin(layers, latent).with_labels(&LABELS).forward(g, &self.latents)
    }

    /// D's first layers but for the last `without`, on images of these labels.
    fn critic_twin(&self, without: usize, labels: &[u32]) -> Twin {
        let layers = &self.experiment.discriminator.layers;
        let (height, width, channels) = SHAPE;
        let input = Shape { height, width, channels: channels * self.case.packing };
        let layers = &layers[..layers.len() - without];
        self.twin(layers, input).with_labels(labels).with_vectors(&self.state)
    }

    fn twin(&self, layers: &[LayerSpec], input: Shape) -> Twin {
        let plan = Plan::new(layers, input, self.case.classes, Init::default());
        Twin::new(&plan.expect("layers that the config accepts"))
    }

    /// Values of one of D's inputs.
    fn input(&self) -> usize {
        self.case.packing * PIXELS
    }

    fn samples(&self) -> usize {
        BATCH / self.case.packing
    }

    /// Images in turn become the channels of one.
    fn packed(&self, images: &[f64]) -> Vec<f64> {
        let packs = images.chunks(self.input());
        packs
            .flat_map(|pack| (0..PIXELS).flat_map(|p| pack.iter().copied().skip(p).step_by(PIXELS)))
            .collect()
    }

    fn label(&self, sample: usize) -> u32 {
        LABELS[sample * self.case.packing]
    }

    fn weight(&self, sample: usize) -> f64 {
        self.case.class_weights.get(self.label(sample) as usize).map_or(1.0, |&w| f64::from(w))
    }

    /// D's outputs for each sample.
    fn outputs(&self, d: &[f64], x: &[f64]) -> Vec<Vec<f64>> {
        let outputs = self.critic_twin(0, &LABELS[..self.samples()]).forward(d, x);
        outputs.chunks(outputs.len() / self.samples()).map(<[f64]>::to_vec).collect()
    }

    /// mean phi(|ds_i/dx_i|) over the samples of `x`, by differences of the input.
    fn penalty(&self, d: &[f64], x: &[f64], phi: impl Fn(f64) -> f64) -> f64 {
        let norms = x.chunks(self.input()).enumerate().map(|(i, image)| {
            let twin = self.critic_twin(0, &[self.label(i)]);
            let g = Twin::gradient(image, 1e-4, |v| twin.forward(d, v)[0]);
            g.iter().map(|v| v * v).sum::<f64>().sqrt()
        });
        norms.map(phi).sum::<f64>() / self.samples() as f64
    }

    /// lambda times the weighed mean cross-entropy of the classes.
    fn classified(&self, outputs: &[Vec<f64>]) -> f64 {
        let Some(lambda) = self.experiment.objective.auxiliary else { return 0.0 };
        let terms = outputs.iter().enumerate();
        let sum: f64 = terms.map(|(i, o)| self.weight(i) * cross_entropy(o, self.label(i))).sum();
        lambda * sum / BATCH as f64
    }

    fn critic(&self, g: &[f64], d: &[f64]) -> f64 {
        let o = &self.experiment.objective;
        let (real, fake) = (self.packed(&self.real), self.packed(&self.generated(g)));
        let (r, f) = (self.outputs(d, &real), self.outputs(d, &fake));
        let mut total = self.classified(&r) + self.classified(&f);
        for (i, (r, f)) in r.iter().zip(&f).enumerate() {
            let term = critic_loss(self.case.loss, o.label_smoothing, r[0], f[0]);
            total += self.weight(i) * term / self.samples() as f64;
        }
        if o.r1 > 0.0 {
            total += self.penalty(d, &real, |n| o.r1 / 2.0 * n * n);
        }
        if o.r2 > 0.0 {
            total += self.penalty(d, &fake, |n| o.r2 / 2.0 * n * n);
        }
        if o.gradient_penalty > 0.0 {
            let mixed: Vec<f64> = (0..BATCH * PIXELS)
                .map(|k| {
                    let a = self.uniforms[k / self.input()];
                    a * real[k] + (1.0 - a) * fake[k]
                })
                .collect();
            total += self.penalty(d, &mixed, |n| o.gradient_penalty * (n - 1.0).powi(2));
        }
        if o.dragan > 0.0 {
            let mean = real.iter().sum::<f64>() / real.len() as f64;
            let deviation = (real.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / real.len() as f64).sqrt();
            let noisy: Vec<f64> =
                real.iter().zip(&self.uniforms).map(|(x, u)| x + 0.5 * deviation * u).collect();
            total += self.penalty(d, &noisy, |n| o.dragan * (n - 1.0).powi(2));
        }
        total
    }

    fn generator(&self, g: &[f64], d: &[f64]) -> f64 {
        let (real, fake) = (self.packed(&self.real), self.packed(&self.generated(g)));
        let (r, f) = (self.outputs(d, &real), self.outputs(d, &fake));
        let mut total = self.classified(&f);
        for (i, (r, f)) in r.iter().zip(&f).enumerate() {
            let term = generator_loss(self.case.loss, i, r[0], f[0]);
            total += self.weight(i) * term / self.samples() as f64;
        }
        if let Some(weight) = self.experiment.objective.feature_matching {
            total += weight * self.feature_distance(d, &real, &fake);
        }
        total
    }

    /// The squared distance between mean features, the mean over classes where the generator knows them.
    fn feature_distance(&self, d: &[f64], real: &[f64], fake: &[f64]) -> f64 {
        let twin = self.critic_twin(1, &LABELS[..self.samples()]);
        let (real, fake) = (twin.forward(d, real), twin.forward(d, fake));
        let width = real.len() / self.samples();
        let conditional = self.case.generator.contains("class-embedding");
        let groups: Vec<Vec<usize>> = if conditional {
            let all = (0..CLASSES as u32).map(|class| (0..BATCH).filter(|&i| LABELS[i] == class).collect());
            all.filter(|group: &Vec<usize>| !group.is_empty()).collect()
        } else {
            vec![(0..self.samples()).collect()]
        };
        let distance = |group: &Vec<usize>| -> f64 {
            let mean = |v: &[f64], j: usize| {
                group.iter().map(|i| v[i * width + j]).sum::<f64>() / group.len() as f64
            };
            (0..width).map(|j| (mean(&real, j) - mean(&fake, j)).powi(2)).sum()
        };
        groups.iter().map(distance).sum::<f64>() / groups.len() as f64
    }
}

fn wide(v: &[f32]) -> Vec<f64> {
    v.iter().map(|&v| f64::from(v)).collect()
}

fn check(case: Case) {
    let experiment = common::labelled_experiment(&case.text(), &[], SHAPE, BATCH, case.classes);
    let (mut g, mut d, mut step) = weighted_rig(&experiment, case.class_weights.to_vec());
    // Biases that are not zero, so that their part is seen.
    for (player, stream) in [(&mut g, 1), (&mut d, 2)] {
        let noise = normal(stream, player.parameters.len());
        player.parameters.iter_mut().zip(noise).for_each(|(p, n)| *p += 0.3 * n);
    }
    let latent = experiment.generator.latent;
    let uniforms = if experiment.objective.dragan > 0.0 {
        normal(5, BATCH * PIXELS).into_iter().map(|v| (0.5 + 0.3 * v).clamp(0.0, 1.0)).collect()
    } else {
        vec![0.1, 0.4, 0.6, 0.9][..BATCH / case.packing].to_vec()
    };
    let mut inputs = Fixed {
        real: normal(3, BATCH * PIXELS),
        labels: LABELS.to_vec(),
        latents: normal(4, BATCH * latent),
        uniforms,
    };
    let (gp, dp) = (wide(&g.parameters), wide(&d.parameters));
    let report = run(&experiment, &mut step, 0, (&mut g, &mut d), &mut inputs);
    let objective = Objective {
        case,
        experiment: &experiment,
        state: d.state.clone(),
        real: wide(&inputs.real),
        latents: wide(&inputs.latents),
        uniforms: wide(&inputs.uniforms),
    };
    let value = objective.critic(&gp, &dp);
    let ours = report.discriminator_loss + report.penalty;
    assert!((ours - value).abs() < 1e-5 * value.abs().max(1.0), "{case:?}: L_D {ours}, twin {value}");
    let expected = Twin::gradient(&dp, 1e-5, |d| objective.critic(&gp, d));
    let error = relative_error(&d.grads, &expected);
    assert!(error < 2e-4, "{case:?}: D's gradient is off by {error}");
    if case.players == "discriminator" {
        return;
    }
    let (ours, value) = (report.generator_loss, objective.generator(&gp, &dp));
    assert!((ours - value).abs() < 1e-5 * value.abs().max(1.0), "{case:?}: L_G {ours}, twin {value}");
    let expected = Twin::gradient(&gp, 1e-5, |g| objective.generator(g, &dp));
    let error = relative_error(&g.grads, &expected);
    assert!(error < 2e-4, "{case:?}: G's gradient is off by {error}");
}

#[test]
fn every_loss_in_both_updates_with_and_without_interaction() {
    for loss in gan::losses::Loss::ALL {
        for update in UPDATES {
            let case = Case { loss: loss.name(), update, ..Case::default() };
            for critic in [CRITIC, NORMED_CRITIC] {
                check(Case { critic, ..case });
            }
            if loss.supports_smoothing() {
                check(Case { objective: "label_smoothing = 0.1", ..case });
            }
        }
    }
}

#[test]
fn every_penalty_with_every_loss() {
    for loss in gan::losses::Loss::ALL {
        for update in UPDATES {
            for objective in [
                "r1 = 0.7\nr2 = 0.3",
                "r1 = 0.7",
                "r2 = 0.3",
                "gradient_penalty = 2.0",
                "r1 = 0.7\ngradient_penalty = 2.0",
                "dragan = 2.0",
                "r2 = 0.3\ndragan = 2.0",
            ] {
                check(Case { loss: loss.name(), update, objective, ..Case::default() });
            }
        }
    }
}

#[test]
fn packs_of_images() {
    for loss in ["non-saturating", "relativistic"] {
        for update in UPDATES {
            for objective in ["", "r1 = 0.7\nr2 = 0.3", "gradient_penalty = 2.0", "dragan = 2.0"] {
                check(Case { loss, update, objective, packing: 2, ..Case::default() });
            }
            let objective = "feature_matching = 0.7";
            check(Case { loss, update, objective, packing: 2, ..Case::default() });
            check(Case { loss, update, critic: NORMED_CRITIC, packing: 2, ..Case::default() });
        }
    }
    check(Case { packing: 4, ..Case::default() });
}

/// Layers that see pixels and channels, not one row of values.
#[test]
fn packs_and_penalties_on_layers_of_images() {
    let critic = "[{ upsample = 2 }, { residual = [{ avg-pool = 2 }, { upsample = 2 }] }, { leaky-relu = 0.2 }, \
        { avg-pool = 2 }, { dense = 5 }, \"relu\", { dense = 1 }]";
    for packing in [1, 2] {
        for update in UPDATES {
            for objective in
                ["r1 = 0.7\nr2 = 0.3", "gradient_penalty = 2.0", "dragan = 2.0\nfeature_matching = 0.5"]
            {
                check(Case { loss: "relativistic", critic, objective, update, packing, ..Case::default() });
            }
        }
    }
    // Images that interact: each kind has a pass of its own.
    let critic = "[{ minibatch-stddev = { group = 2 } }, { dense = 5 }, { leaky-relu = 0.2 }, { dense = 1 }]";
    for update in UPDATES {
        check(Case { critic, update, ..Case::default() });
        check(Case { critic, update, objective: "feature_matching = 0.5", packing: 2, ..Case::default() });
    }
}

#[test]
fn matched_features() {
    for loss in ["non-saturating", "relativistic"] {
        for update in UPDATES {
            let objective = "feature_matching = 0.7";
            for critic in [CRITIC, NORMED_CRITIC] {
                check(Case { loss, update, objective, critic, ..Case::default() });
                // Labels that the generator does not read mean nothing for what it makes.
                check(Case { loss, update, objective, critic, classes: CLASSES, ..Case::default() });
            }
            check(Case { loss, update, objective: "feature_matching = 0.7\nr1 = 0.5", ..Case::default() });
        }
    }
}

#[test]
fn weighed_classes() {
    let class_weights = &[0.5, 7.0, 1.5];
    for loss in gan::losses::Loss::ALL {
        for update in UPDATES {
            let case = Case { loss: loss.name(), update, classes: CLASSES, class_weights, ..Case::default() };
            check(case);
            check(Case { critic: NORMED_CRITIC, ..case });
            check(Case { objective: "r1 = 0.7\nr2 = 0.3", ..case });
        }
    }
}

#[test]
fn judged_by_label() {
    for loss in ["relativistic", "hinge", "non-saturating"] {
        for update in UPDATES {
            for critic in [PROJECTING_CRITIC, LABELLED_CRITIC] {
                for objective in
                    ["", "r1 = 0.7\nr2 = 0.3", "gradient_penalty = 2.0", "dragan = 2.0\nr1 = 0.5"]
                {
                    let generator = CONDITIONAL_GENERATOR;
                    let case = Case { loss, generator, critic, objective, update, ..Case::default() };
                    check(Case { classes: CLASSES, ..case });
                }
            }
        }
    }
}

#[test]
fn auxiliary_classifiers() {
    for loss in ["relativistic", "hinge", "non-saturating"] {
        for update in UPDATES {
            for objective in
                ["", "r1 = 0.7\nr2 = 0.3", "gradient_penalty = 2.0", "feature_matching = 0.5\ndragan = 1.0"]
            {
                let objective = &format!("auxiliary = 0.8\n{objective}");
                let (generator, critic) = (CONDITIONAL_GENERATOR, CLASSIFYING_CRITIC);
                let case = Case { loss, generator, critic, objective, update, ..Case::default() };
                check(Case { classes: CLASSES, ..case });
                check(Case { classes: CLASSES, class_weights: &[0.5, 7.0, 1.5], ..case });
            }
            // Its own pass for each kind of image.
            let critic = "[{ dense = 5 }, \"batch-norm\", { leaky-relu = 0.2 }, \"classifier-head\"]";
            let (generator, objective) = (CONDITIONAL_GENERATOR, "auxiliary = 0.8");
            check(Case { loss, generator, critic, objective, update, classes: CLASSES, ..Case::default() });
        }
    }
}

#[test]
fn features_matched_class_by_class() {
    for update in UPDATES {
        for critic in [CRITIC, NORMED_CRITIC, PROJECTING_CRITIC] {
            let (generator, objective) = (CONDITIONAL_GENERATOR, "feature_matching = 0.7");
            check(Case { generator, critic, objective, update, classes: CLASSES, ..Case::default() });
        }
    }
}

/// Simultaneously, so that D's vectors after the step are those of its one pass.
#[test]
fn spectral_normalisation() {
    for loss in ["hinge", "relativistic"] {
        for objective in ["", "r1 = 0.7\nr2 = 0.3"] {
            let critic = "[{ dense = 5, spectral-norm = true }, { leaky-relu = 0.2 }, \
                { dense = 1, spectral-norm = true }]";
            check(Case { loss, critic, objective, ..Case::default() });
            let critic = "[{ dense = 5, spectral-norm = true }, { leaky-relu = 0.2 }, \
                { projection-head = { spectral-norm = true } }]";
            let generator = CONDITIONAL_GENERATOR;
            check(Case { loss, generator, critic, objective, classes: CLASSES, ..Case::default() });
        }
    }
    // An auxiliary classifier's second way back leaves the vectors as they are. Without the generator's own pass, which has
    // vectors of its own.
    let critic = "[{ dense = 5, spectral-norm = true }, { leaky-relu = 0.2 }, \
        { classifier-head = { spectral-norm = true } }]";
    for objective in ["auxiliary = 0.8", "auxiliary = 0.8\nr1 = 0.7\nr2 = 0.3"] {
        let (generator, players) = (CONDITIONAL_GENERATOR, "discriminator");
        check(Case { generator, critic, objective, players, classes: CLASSES, ..Case::default() });
    }
}
