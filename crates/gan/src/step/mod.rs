//! One training step: what each player's loss asks of its weights, and the update.
//!
//! - `shared`: both players from one backward pass through D, for a D whose images do not interact.
//! - `separate`: a pass for each player's cotangents, for a D with batch normalisation.
//! - `generator`: the generator's own pass through D, after D has moved (alternating updates), or alone.

mod flops;
mod generator;
mod report;
mod separate;
mod shared;

use std::ops::Range;

use kernels::noise::{self, NoiseKey};
use kernels::{Threads, optimizer, rows};
use nn::{Mode, Tape, TapeParts, WeightGrad};

use crate::config::{Experiment, Players, Update};
use crate::losses::{Logits, Loss};
use crate::noise as streams;
use crate::penalties::Penalties;
use crate::player::Player;

pub use report::StepReport;

/// What a step draws from outside: data and noise.
pub trait Inputs: Send {
    /// Writes the step's real images, `[batch, pixels]` in [-1, 1].
    fn real(&mut self, out: &mut [f32]);
    /// Writes the generator's latents, `[batch, latent]`.
    fn latents(&mut self, out: &mut [f32]);
    /// Writes where each interpolate lies between its real (1) and its generated image (0), `[batch]`.
    fn shares(&mut self, out: &mut [f32]);
}

/// Buffers and constants of a step, planned once.
#[derive(Debug)]
pub struct Step {
    threads: Threads,
    seed: u64,
    batch: usize,
    loss: Loss,
    label_smoothing: f64,
    penalties: Penalties,
    movement: Movement,
    players: Players,
    update: Update,
    /// Whether D's images interact, so that real and generated ones must not share a pass.
    interacts: bool,
    g_tape: Tape,
    /// `[real; generated; interpolates]`; with an interacting D only the real images.
    d_tape: Tape,
    /// The generated images of an interacting D, and the generator's own pass.
    fake_tape: Option<Tape>,
    /// dL_D by D's logits, then scratch for coefficients of the rows.
    d_logits: Vec<f32>,
    coefficients: Vec<f32>,
    g_logits: Vec<f32>,
    real_logits: Vec<f32>,
    scratch: Vec<f32>,
}

/// What changes from step to step beside the weights.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Discriminator updates before this one (generator updates when only it is trained): the step of all noise.
    pub step: u64,
    /// Factor on both learning rates.
    pub lr_factor: f64,
    /// Standard deviation of the noise on D's inputs.
    pub instance_noise: f64,
    /// Whether the generator moves in this step.
    pub update_generator: bool,
}

impl Step {
    /// Plans the buffers of `experiment` on `threads`.
    pub fn new(
        experiment: &Experiment,
        threads: Threads,
        generator: &Player,
        discriminator: &Player,
    ) -> Step {
        let batch = experiment.train.batch_size;
        let objective = &experiment.objective;
        let penalties =
            Penalties { r1: objective.r1, r2: objective.r2, gradient_penalty: objective.gradient_penalty };
        let interacts = discriminator.network.interacting_layer().is_some();
        let players = experiment.train.players;
        let update = experiment.train.update;
        let trains_d = players != Players::Generator;
        let trains_g = players != Players::Discriminator;
        let own_pass = trains_g && (interacts || update == Update::Alternating || !trains_d);
        let d_rows = if interacts { 1 } else { penalties.blocks() } * batch;
        let d_rows = if trains_d { d_rows } else { batch };
        let shared_signal = trains_g && !own_pass;
        let d_parts = TapeParts {
            cotangents: trains_d,
            input_cotangents: trains_d && (shared_signal || penalties.any()),
            tangents: trains_d && penalties.any(),
            features_cotangent: false,
        };
        let fake_parts = TapeParts { cotangents: true, input_cotangents: trains_g, ..TapeParts::default() };
        let g_parts = TapeParts { cotangents: trains_g, ..TapeParts::default() };
        let pixels = experiment.pixels();
        let noisy = objective.instance_noise > 0.0;
        Step {
            threads,
            seed: experiment.train.seed,
            batch,
            loss: objective.loss,
            label_smoothing: objective.label_smoothing,
            penalties,
            movement: Movement {
                gradient_clip: objective.gradient_clip,
                weight_clip: objective.weight_clip.map(|c| c as f32),
            },
            players,
            update,
            interacts,
            g_tape: generator.network.tape(batch, g_parts),
            d_tape: discriminator.network.tape(d_rows, d_parts),
            fake_tape: (own_pass || interacts).then(|| discriminator.network.tape(batch, fake_parts)),
            d_logits: vec![0.0; d_rows.max(2 * batch)],
            coefficients: vec![0.0; d_rows.max(2 * batch)],
            g_logits: vec![0.0; batch],
            real_logits: vec![0.0; batch],
            scratch: vec![0.0; if noisy { batch * pixels } else { 0 }],
        }
    }

    /// Bytes of all buffers.
    pub fn bytes(&self) -> usize {
        self.g_tape.bytes() + self.d_tape.bytes() + self.fake_tape.as_ref().map_or(0, Tape::bytes)
    }

    /// One step on what `inputs` writes.
    pub fn run(
        &mut self,
        moment: Moment,
        generator: &mut Player,
        discriminator: &mut Player,
        inputs: &mut dyn Inputs,
    ) -> StepReport {
        let mut report = StepReport::default();
        self.begin(moment, generator, inputs);
        if self.players == Players::Generator {
            self.generator_pass(moment, generator, discriminator, &mut report);
            return report;
        }
        let together = self.players == Players::Both && self.update == Update::Simultaneous;
        if self.interacts {
            self.separate_pass(moment, generator, discriminator, together, &mut report);
        } else {
            self.shared_pass(moment, generator, discriminator, together, inputs, &mut report);
        }
        if self.players == Players::Both && !together && moment.update_generator {
            self.generator_pass(moment, generator, discriminator, &mut report);
        }
        report
    }

    fn key(&self, stream: u64, moment: Moment) -> NoiseKey {
        streams::key(self.seed, stream, moment.step)
    }

    /// Generates the step's images (the generator in training mode, or as it is where only D is trained), and meanwhile
    /// writes the real ones into D's pass.
    fn begin(&mut self, moment: Moment, generator: &mut Player, inputs: &mut dyn Inputs) {
        let mode = match self.players {
            Players::Discriminator => Mode::Evaluate,
            _ => Mode::Train(self.key(streams::GENERATOR_DROPOUT, moment)),
        };
        let (threads, batch) = (self.threads, self.batch);
        let pixels = self.d_tape.input().len() / self.d_tape.batch();
        let (g_tape, d_tape) = (&mut self.g_tape, &mut self.d_tape);
        inputs.latents(g_tape.input_mut());
        let Player { network, parameters, state, .. } = generator;
        threads.join(
            || network.forward(threads, mode, parameters, state, g_tape),
            || inputs.real(&mut d_tape.input_mut()[..batch * pixels]),
        );
    }

    /// D's loss on its logits: derivatives into `d_logits[..2 * batch]`, figures into the report.
    fn discriminator_loss(&mut self, report: &mut StepReport, real: &[f32], fake: &[f32]) {
        let (d_real, d_fake) = self.d_logits[..2 * self.batch].split_at_mut(self.batch);
        let logits = Logits { real, fake };
        report.discriminator_loss = self.loss.discriminator(logits, self.label_smoothing, d_real, d_fake);
        report.observe(logits, self.loss.threshold(logits));
    }
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
