//! One training step: what each player's loss asks of its weights, and the update.
//!
//! - `shared`: both players from one backward pass through D, for a D whose images do not interact.
//! - `separate`: a pass for each player's cotangents, for a D with batch normalisation.
//! - `generator`: the generator's own pass through D: after D has moved (alternating updates), before it does (objectives
//!   whose cotangents are not the logit's alone: an auxiliary classifier, matched features), or alone.
//!
//! Generated images have the labels of the step's real ones, image by image, so that a loss of pairs compares like with
//! like. With packing, D's inputs are packs of images, and all that is said of its images holds for packs.

mod features;
mod flops;
mod generator;
mod means;
mod report;
mod separate;
mod shared;
mod third_block;

use std::ops::Range;

use kernels::noise::{self, NoiseKey};
use kernels::{Threads, optimizer, rows};
use nn::{Mode, Tape, TapeParts, WeightGrad};

use crate::config::{Experiment, Players, Update};
use crate::losses::auxiliary::cross_entropy;
use crate::losses::{Logits, Loss};
use crate::noise as streams;
use crate::packing::Packing;
use crate::penalties::Penalties;
use crate::player::Player;

use features::FeatureMatching;
pub use means::Means;
pub use report::StepReport;

/// What a step draws from outside: data and noise.
pub trait Inputs: Send {
    /// Writes the step's real images, `[batch, pixels]` in [-1, 1].
    fn real(&mut self, out: &mut [f32]);
    /// Writes the real images' labels, `[batch]`; asked only where the data has classes.
    fn labels(&mut self, out: &mut [u32]);
    /// Writes the generator's latents, `[batch, latent]`.
    fn latents(&mut self, out: &mut [f32]);
    /// Writes uniforms on (0, 1): for the gradient penalty, where each interpolate lies between its real (1) and its
    /// generated image (0), `[batch]`; for DRAGAN, the noise on the real images, `[batch, pixels]`.
    fn shares(&mut self, out: &mut [f32]);
}

/// Buffers and constants of a step, planned once.
#[derive(Debug)]
pub struct Step {
    threads: Threads,
    seed: u64,
    packing: Packing,
    /// D's inputs in a batch: packs.
    samples: usize,
    /// D's outputs: its logit, then one for each class where it has an auxiliary classifier.
    outputs: usize,
    loss: Loss,
    label_smoothing: f64,
    /// lambda of the auxiliary classifier's loss; 0: none.
    auxiliary: f64,
    features: Option<FeatureMatching>,
    penalties: Penalties,
    movement: Movement,
    players: Players,
    update: Update,
    /// Whether D's images interact, so that real and generated ones must not share a pass.
    interacts: bool,
    /// Whether the data has classes.
    labelled: bool,
    /// A weight for each class, and those of the step's pairs; empty: all 1.
    class_weights: Vec<f32>,
    weights: Vec<f32>,
    g_tape: Tape,
    /// `[real; generated; third]`; with an interacting D only the real images.
    d_tape: Tape,
    /// The generated images of an interacting D, and the generator's own pass.
    fake_tape: Option<Tape>,
    /// 1 for each logit of D's pass, 0 for its other outputs.
    unit: Vec<f32>,
    /// Cotangents of D's outputs.
    seeds: Vec<f32>,
    /// dL_D by D's logits, then scratch for coefficients of the rows.
    d_logits: Vec<f32>,
    coefficients: Vec<f32>,
    g_logits: Vec<f32>,
    real_logits: Vec<f32>,
    fake_logits: Vec<f32>,
    /// Images before packing, or after it was undone.
    images: Vec<f32>,
    scratch: Vec<f32>,
}

/// What changes from step to step beside the weights.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Discriminator updates before this one (generator updates when only it is trained): the step of all noise.
    pub step: u64,
    /// Factor on both learning rates.
    pub lr_factor: f64,
    /// gamma of R1, and of R2.
    pub gammas: [f64; 2],
    /// Standard deviation of the noise on D's inputs.
    pub instance_noise: f64,
    /// Whether the generator moves in this step.
    pub update_generator: bool,
}

impl Step {
    /// Plans the buffers of `experiment` on `threads`. `class_weights` weigh the pairs of each class in both players' losses,
    /// `[classes]`; empty: all the same.
    pub fn new(
        experiment: &Experiment,
        threads: Threads,
        generator: &Player,
        discriminator: &Player,
        class_weights: Vec<f32>,
    ) -> Step {
        let batch = experiment.train.batch_size;
        let packing = experiment.packing();
        let samples = batch / packing.images;
        let objective = &experiment.objective;
        let penalties = Penalties {
            r1: objective.r1,
            r2: objective.r2,
            gradient_penalty: objective.gradient_penalty,
            dragan: objective.dragan,
        };
        let network = &discriminator.network;
        let interacts = network.interacting_layer().is_some();
        let outputs = network.output().values();
        let players = experiment.train.players;
        let update = experiment.train.update;
        let trains_d = players != Players::Generator;
        let trains_g = players != Players::Discriminator;
        let features = objective.feature_matching.map(|weight| {
            let conditional = generator.network.labelled_layer().is_some() && packing.images == 1;
            let classes = if conditional { experiment.data.classes } else { 1 };
            FeatureMatching::new(weight, classes, network.features().values())
        });
        let apart = objective.auxiliary.is_some() || features.is_some();
        let own_pass = trains_g && (apart || interacts || update == Update::Alternating || !trains_d);
        let d_rows = if trains_d && !interacts { penalties.blocks() } else { 1 } * samples;
        let shared_signal = trains_g && !own_pass;
        let d_parts = TapeParts {
            cotangents: trains_d,
            input_cotangents: trains_d && (shared_signal || penalties.any()),
            tangents: trains_d && penalties.any(),
            features_cotangent: false,
        };
        let fake_parts = TapeParts {
            cotangents: true,
            input_cotangents: trains_g,
            tangents: false,
            features_cotangent: features.is_some(),
        };
        let g_parts = TapeParts { cotangents: trains_g, ..TapeParts::default() };
        let values = batch * experiment.pixels();
        let noisy = objective.instance_noise > 0.0;
        let mut unit = vec![0.0; d_rows * outputs];
        unit.iter_mut().step_by(outputs).for_each(|logit| *logit = 1.0);
        let rows = d_rows.max(2 * samples);
        Step {
            threads,
            seed: experiment.train.seed,
            packing,
            samples,
            outputs,
            loss: objective.loss,
            label_smoothing: objective.label_smoothing,
            auxiliary: objective.auxiliary.unwrap_or(0.0),
            features,
            penalties,
            movement: Movement {
                gradient_clip: objective.gradient_clip,
                weight_clip: objective.weight_clip.map(|c| c as f32),
            },
            players,
            update,
            interacts,
            labelled: experiment.data.classes > 0,
            weights: vec![0.0; if class_weights.is_empty() { 0 } else { batch }],
            class_weights,
            g_tape: generator.network.tape(batch, g_parts),
            d_tape: network.tape(d_rows, d_parts),
            fake_tape: (own_pass || interacts).then(|| network.tape(samples, fake_parts)),
            unit,
            seeds: vec![0.0; rows * outputs],
            d_logits: vec![0.0; rows],
            coefficients: vec![0.0; rows.max(batch)],
            g_logits: vec![0.0; samples],
            real_logits: vec![0.0; samples],
            fake_logits: vec![0.0; samples],
            images: vec![0.0; if packing.images > 1 { values } else { 0 }],
            scratch: vec![0.0; if noisy { values } else { 0 }],
        }
    }

    /// Bytes of all buffers.
    pub fn bytes(&self) -> usize {
        let tapes =
            self.g_tape.bytes() + self.d_tape.bytes() + self.fake_tape.as_ref().map_or(0, Tape::bytes);
        tapes + 4 * (self.images.len() + self.scratch.len())
    }

    /// One step on what `inputs` writes. Where a loss or a logit is not finite, nobody moves by it: the weight that it comes
    /// from stays the only one, and can be named.
    pub fn run(
        &mut self,
        moment: Moment,
        generator: &mut Player,
        discriminator: &mut Player,
        inputs: &mut dyn Inputs,
    ) -> StepReport {
        let mut report = StepReport::default();
        let [r1, r2] = moment.gammas;
        self.penalties = Penalties { r1, r2, ..self.penalties };
        self.begin(moment, generator, inputs);
        if self.players == Players::Generator {
            self.generator_pass(moment, generator, discriminator, &mut report);
            return report;
        }
        let mut together = self.players == Players::Both && self.update == Update::Simultaneous;
        let answers = self.players == Players::Both && !together && moment.update_generator;
        if together && self.is_apart() {
            // From the weights that D has before it moves; D's pass below reads only what the generator has made already.
            self.generator_pass(moment, generator, discriminator, &mut report);
            together = false;
        }
        if self.interacts {
            self.separate_pass(moment, generator, discriminator, together, &mut report);
        } else {
            self.shared_pass(moment, generator, discriminator, together, inputs, &mut report);
        }
        if answers {
            self.generator_pass(moment, generator, discriminator, &mut report);
        }
        report
    }

    /// Whether the generator's cotangents are not those of the logit alone, so that its pass is never D's.
    fn is_apart(&self) -> bool {
        self.auxiliary > 0.0 || self.features.is_some()
    }

    fn key(&self, stream: u64, moment: Moment) -> NoiseKey {
        streams::key(self.seed, stream, moment.step)
    }

    /// Generates the step's images (the generator in training mode, or as it is where only D is trained), and meanwhile
    /// writes the real ones into D's pass, with their noise.
    fn begin(&mut self, moment: Moment, generator: &mut Player, inputs: &mut dyn Inputs) {
        let mode = match self.players {
            Players::Discriminator => Mode::Evaluate,
            _ => Mode::Train(self.key(streams::GENERATOR_DROPOUT, moment)),
        };
        let (threads, packing) = (self.threads, self.packing);
        if self.labelled {
            self.take_labels(inputs);
        }
        let real = self.real_values();
        let (g_tape, d_tape, images) = (&mut self.g_tape, &mut self.d_tape, &mut self.images);
        inputs.latents(g_tape.input_mut());
        let Player { network, parameters, state, .. } = generator;
        let packs = &mut d_tape.input_mut()[real.clone()];
        threads.join(
            || network.forward(threads, mode, parameters, state, g_tape),
            || {
                if packing.images == 1 {
                    inputs.real(packs);
                } else {
                    inputs.real(images);
                    packing.pack(threads, images, packs);
                }
            },
        );
        let noise = self.key(streams::INSTANCE_NOISE, moment);
        add_noise(threads, noise, moment.instance_noise, real, &mut self.scratch, self.d_tape.input_mut());
    }

    /// The labels of the real images, for all that is made or judged in the step, and the weights of the pairs.
    fn take_labels(&mut self, inputs: &mut dyn Inputs) {
        inputs.labels(self.g_tape.labels_mut());
        let labels = self.g_tape.labels();
        if !self.class_weights.is_empty() {
            let weights = self.weights.iter_mut().zip(labels);
            weights.for_each(|(weight, &label)| *weight = self.class_weights[label as usize]);
        }
        // A pack has no label.
        if self.packing.images == 1 {
            for tape in std::iter::once(&mut self.d_tape).chain(&mut self.fake_tape) {
                for block in tape.labels_mut().chunks_exact_mut(labels.len()) {
                    block.copy_from_slice(labels);
                }
            }
        }
    }

    /// The values of a block of D's input: those of the real images.
    fn real_values(&self) -> Range<usize> {
        0..self.samples * (self.d_tape.input().len() / self.d_tape.batch())
    }

    /// D's loss on `real_logits` and `fake_logits`: derivatives into `d_logits[..2 * samples]`, figures into the report.
    fn discriminator_loss(&mut self, report: &mut StepReport) {
        let logits = Logits { real: &self.real_logits, fake: &self.fake_logits };
        let weights = some_weights(&self.weights);
        let (d_real, d_fake) = self.d_logits[..2 * self.samples].split_at_mut(self.samples);
        report.discriminator_loss =
            self.loss.discriminator(logits, weights, self.label_smoothing, d_real, d_fake);
        report.observe(logits, self.loss.threshold(logits));
    }

    /// The generator's loss on the same, without what has no part in the logit: derivatives into `g_logits`.
    fn generator_loss(&mut self) -> f64 {
        let logits = Logits { real: &self.real_logits, fake: &self.fake_logits };
        let weights = some_weights(&self.weights);
        self.loss.generator(logits, weights, &mut self.g_logits)
    }
}

/// The weights of the pairs, where they are not all 1.
fn some_weights(weights: &[f32]) -> Option<&[f32]> {
    (!weights.is_empty()).then_some(weights)
}

/// The auxiliary classifier's loss on outputs `[rows, outputs]` of D, 0 where there is none; derivatives go to the class columns
/// of `seeds`.
fn classify(lambda: f64, output: &[f32], labels: &[u32], weights: &[f32], seeds: &mut [f32]) -> f64 {
    if lambda == 0.0 {
        return 0.0;
    }
    cross_entropy(lambda, output, labels, some_weights(weights), &mut seeds[..output.len()])
}

/// D's logits: the first of its `outputs` for every row.
fn take_logits(outputs: usize, output: &[f32], logits: &mut [f32]) {
    logits.iter_mut().zip(output.iter().step_by(outputs)).for_each(|(logit, &v)| *logit = v);
}

/// Writes the cotangents of D's logits among those of all its outputs.
fn seed_logits(outputs: usize, d: &[f32], seeds: &mut [f32]) {
    seeds.iter_mut().step_by(outputs).zip(d).for_each(|(seed, &d)| *seed = d);
}

/// How gradients become movements.
#[derive(Clone, Copy, Debug)]
struct Movement {
    gradient_clip: Option<f64>,
    weight_clip: Option<f32>,
}

impl Movement {
    /// Moves D by the gradients that `how` takes from its cotangents, and bounds its weights. Returns the gradient's
    /// norm before clipping.
    fn discriminator(
        &self,
        threads: Threads,
        mode: Mode,
        moment: Moment,
        how: &WeightGrad,
        discriminator: &mut Player,
        tape: &mut Tape,
    ) -> f64 {
        let movement = (moment.lr_factor, self.gradient_clip);
        let norm = discriminator.descend(threads, mode, how, false, tape, movement);
        if let Some(bound) = self.weight_clip {
            optimizer::clamp(threads, bound, &mut discriminator.parameters);
        }
        norm
    }

    /// Pulls the seeded signal back through the generator and moves it. Returns the gradient's norm before clipping.
    fn generator(
        &self,
        threads: Threads,
        mode: Mode,
        moment: Moment,
        generator: &mut Player,
        tape: &mut Tape,
    ) -> f64 {
        let movement = (moment.lr_factor, self.gradient_clip);
        generator.descend(threads, mode, &WeightGrad::default(), true, tape, movement)
    }
}

/// Adds noise of standard deviation `deviation` to rows of D's input; `scratch` is as long as they are.
fn add_noise(
    threads: Threads,
    key: NoiseKey,
    deviation: f64,
    values: Range<usize>,
    scratch: &mut [f32],
    input: &mut [f32],
) {
    if deviation <= 0.0 {
        return;
    }
    noise::fill_normal(key, values.start as u64, scratch);
    let part = &mut input[values];
    // One row of the whole length: every value gets the same coefficient.
    rows::scaled(threads, &[deviation as f32], scratch, part.len(), true, part);
}
