//! Experiments and steps of small networks, fed by hand.
// Each test binary uses its own part.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use gan::Trainer;
use gan::config::{Experiment, Facts, Source, Written};
use gan::networks;
use gan::player::Player;
use gan::step::{Inputs, Step, StepContext, StepReport};
use nn::Threads;

/// Inputs that are always the same.
#[derive(Default)]
pub struct Fixed {
    pub real: Vec<f32>,
    pub labels: Vec<u32>,
    pub latents: Vec<f32>,
    pub uniforms: Vec<f32>,
}

impl Inputs for Fixed {
    fn real(&mut self, out: &mut [f32]) {
        out.copy_from_slice(&self.real);
    }

    fn labels(&mut self, out: &mut [u32]) {
        out.copy_from_slice(&self.labels);
    }

    fn latents(&mut self, out: &mut [f32]) {
        out.copy_from_slice(&self.latents);
    }

    fn uniforms(&mut self, out: &mut [f32]) {
        out.copy_from_slice(&self.uniforms);
    }
}

/// The experiment of a TOML text with overrides, for images of `1 x pixels` without labels.
pub fn experiment(text: &str, overrides: &[&str], pixels: usize, images: usize) -> Experiment {
    labelled_experiment(text, overrides, (1, pixels, 1), images, 0)
}

/// The experiment of a TOML text with overrides.
pub fn labelled_experiment(
    text: &str,
    overrides: &[&str],
    image_shape: (usize, usize, usize),
    images: usize,
    classes: usize,
) -> Experiment {
    let overrides: Vec<String> = overrides.iter().map(|s| s.to_string()).collect();
    let source = Source::new(text, "test").with_overrides(&overrides).unwrap();
    Written::parse(&source).unwrap().check(&source, &Facts { image_shape, images, classes }).unwrap()
}

/// Both players and the step of an experiment.
pub fn rig(experiment: &Experiment) -> (Player, Player, Step) {
    weighted_rig(experiment, Vec::new())
}

/// The same with a weight for each class.
pub fn weighted_rig(experiment: &Experiment, class_weights: Vec<f32>) -> (Player, Player, Step) {
    let (g, d) = networks(experiment).unwrap();
    let seed = experiment.train.seed;
    let generator = Player::new(g, experiment.optimizer.generator, seed, 1);
    let discriminator = Player::new(d, experiment.optimizer.discriminator, seed, 2);
    let step = Step::new(experiment, Threads::ONE, &generator, &discriminator, class_weights);
    (generator, discriminator, step)
}

/// One step at the full rates, without instance noise, with both players moving.
pub fn run(
    experiment: &Experiment,
    step: &mut Step,
    number: u64,
    players: (&mut Player, &mut Player),
    inputs: &mut Fixed,
) -> StepReport {
    let [r1, r2] = experiment.gammas(0);
    let context =
        StepContext { step: number, lr_factor: 1.0, r1, r2, instance_noise: 0.0, update_generator: true };
    step.run(context, players.0, players.1, inputs)
}

/// `n` standard normals of one of the test's own streams.
pub fn normal(stream: u64, n: usize) -> Vec<f32> {
    let mut v = vec![0.0; n];
    kernels::noise::fill_normal(nn::NoiseKey { seed: 77, stream, step: 0 }, 0, &mut v);
    v
}

/// Largest difference relative to the largest expected magnitude.
pub fn relative_error(got: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(got.len(), expected.len());
    let scale = expected.iter().fold(1e-12f64, |m, v| m.max(v.abs()));
    let errors = got.iter().zip(expected).map(|(g, e)| (f64::from(*g) - e).abs() / scale);
    // `f64::max` would let a NaN go unseen.
    errors.fold(0.0, |worst, error| if error.is_nan() || error > worst { error } else { worst })
}

/// Overrides of the preset `tutorial` for objectives of every kind.
pub const OBJECTIVES: &[&[&str]] = &[
    &["train.update=alternating", "train.d_steps=2"],
    &["objective.loss=wasserstein", "objective.weight_clip=0.01"],
    &["objective.loss=wasserstein", "objective.gradient_penalty=10"],
    &["objective.loss=relativistic", "objective.r1=0.1", "objective.r2=0.1"],
    &["objective.loss=constrained", "generator.latent=784"],
    &["objective.instance_noise=0.1", "objective.gradient_clip=1", "objective.label_smoothing=0.1"],
    &["train.players=discriminator"],
    &["train.players=generator"],
    &[NORMED],
    &[NORMED, "train.update=alternating"],
    &[
        "optimizer.generator.kind=adamw",
        "optimizer.discriminator.kind=sgd",
        "optimizer.discriminator.momentum=0.9",
    ],
    &["objective.dragan=10", "objective.r1=0.1"],
    &["train.packing=2", "objective.r1=0.1", "objective.feature_matching=0.1"],
    &["train.packing=4", "train.update=alternating", "objective.gradient_penalty=10"],
    &[NORMED, "train.packing=2"],
    &["objective.feature_matching=1", "objective.loss=relativistic"],
    &["objective.class_weight=inverse-frequency", "objective.r2=0.1"],
    &["data.balanced_classes=true"],
    &[EMBEDDING, PROJECTION, "objective.loss=relativistic", "objective.r1=0.1", "objective.r2=0.1"],
    &[EMBEDDING, PROJECTION, "objective.feature_matching=1", "train.update=alternating"],
    &[EMBEDDING, CLASSIFIER, "objective.auxiliary=1", "objective.dragan=10"],
    &[EMBEDDING, CLASSIFIER, "objective.auxiliary=1", "train.players=generator"],
    &[SPECTRAL, "objective.loss=hinge"],
    &[
        "burn_in.images=1000",
        "burn_in.lr_factor=0.25",
        "burn_in.beta2=0.99",
        "optimizer.generator.kind=adam",
        "objective.r1=1",
        "burn_in.r1=0.1",
    ],
];

const NORMED: &str =
    "discriminator.layers=[{ dense = 32 }, \"batch-norm\", \"relu\", { dropout = 0.3 }, { dense = 1 }]";
const EMBEDDING: &str = "generator.layers=[{ class-embedding = 8 }, { dense = 64 }, \"batch-norm\", \"relu\", { dense = 784 }, \"tanh\"]";
const PROJECTION: &str =
    "discriminator.layers=[{ dense = 64 }, \"relu\", { dropout = 0.1 }, \"projection-head\"]";
const CLASSIFIER: &str = "discriminator.layers=[{ dense = 64 }, \"relu\", \"classifier-head\"]";
const SPECTRAL: &str = "discriminator.layers=[{ dense = 64, spectral-norm = true }, \"relu\", { dense = 1, spectral-norm = true }]";

/// A trainer of a preset on 200 images of the preset's size, of three classes in uneven shares, or of as many as it asks for.
pub fn trainer(preset: &str, overrides: &[&str], threads: Threads) -> Trainer {
    let channels = if preset == "stacked-mnist" { 3 } else { 1 };
    let pixels: Vec<u8> = (0..200 * 784 * channels).map(|i| (i % 251) as u8).collect();
    let uneven = |i: u16| if i % 10 < 7 { 0 } else { i % 2 + 1 };
    let labels = (0..200).map(|i| if preset == "mnist-long-tail" { i % 10 } else { uneven(i) }).collect();
    let images = data::ImageSet::new("test", 28, 28, channels, pixels, Some(labels)).unwrap();
    let overrides: Vec<String> = overrides.iter().map(|s| s.to_string()).collect();
    let source =
        Source::new(gan::presets::find(preset).unwrap().text, preset).with_overrides(&overrides).unwrap();
    Trainer::new(&Written::parse(&source).unwrap(), &source, images, threads).unwrap()
}
