//! The buffers and constants of a step.

use std::ops::Range;

use kernels::Threads;
use kernels::noise::NoiseKey;
use nn::{Tape, TapeParts};

use super::context::StepContext;
use super::features::FeatureMatching;
use super::update_rule::UpdateRule;
use crate::config::{Experiment, Players, Update};
use crate::losses::Loss;
use crate::noise as streams;
use crate::packing::Packing;
use crate::penalties::Penalties;
use crate::player::Player;

/// Buffers and constants of a step. Planned once, so that a step allocates nothing.
#[derive(Debug)]
pub struct Step {
    pub(super) threads: Threads,
    pub(super) seed: u64,
    pub(super) packing: Packing,
    /// D's inputs in a batch: packs.
    pub(super) samples: usize,
    /// D's outputs: its logit, then one for each class where it has an auxiliary classifier.
    pub(super) outputs: usize,
    pub(super) loss: Loss,
    pub(super) label_smoothing: f64,
    /// lambda of the auxiliary classifier's loss; 0: none.
    pub(super) auxiliary: f64,
    pub(super) features: Option<FeatureMatching>,
    pub(super) penalties: Penalties,
    pub(super) update_rule: UpdateRule,
    pub(super) players: Players,
    pub(super) update: Update,
    /// Whether a layer of D mixes the images of a batch, so that real and generated ones must not share a pass.
    pub(super) interacts: bool,
    /// Whether the data has classes.
    pub(super) labelled: bool,
    /// A weight for each class, and those of the step's pairs; empty: all 1.
    pub(super) class_weights: Vec<f32>,
    pub(super) weights: Vec<f32>,
    pub(super) g_tape: Tape,
    /// `[real; generated; third]`; with an interacting D only the real images.
    pub(super) d_tape: Tape,
    /// The generated images of an interacting D, and the generator's own pass.
    pub(super) fake_tape: Option<Tape>,
    /// Cotangents of D's outputs: 1 for each logit, 0 for the others.
    pub(super) unit_cotangents: Vec<f32>,
    /// Cotangents of D's outputs, as the losses have them.
    pub(super) output_cotangents: Vec<f32>,
    /// dL_D by D's logits, then scratch for coefficients of the rows.
    pub(super) d_logits: Vec<f32>,
    pub(super) coefficients: Vec<f32>,
    pub(super) g_logits: Vec<f32>,
    pub(super) real_logits: Vec<f32>,
    pub(super) fake_logits: Vec<f32>,
    /// Images before packing, or after unpacking.
    pub(super) images: Vec<f32>,
    pub(super) scratch: Vec<f32>,
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
        let reads_beyond_the_logit = objective.auxiliary.is_some() || features.is_some();
        let own_pass =
            trains_g && (reads_beyond_the_logit || interacts || update == Update::Alternating || !trains_d);
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
        let mut unit_cotangents = vec![0.0; d_rows * outputs];
        unit_cotangents.iter_mut().step_by(outputs).for_each(|logit| *logit = 1.0);
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
            update_rule: UpdateRule {
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
            unit_cotangents,
            output_cotangents: vec![0.0; rows * outputs],
            d_logits: vec![0.0; rows],
            coefficients: vec![0.0; rows.max(batch)],
            g_logits: vec![0.0; samples],
            real_logits: vec![0.0; samples],
            fake_logits: vec![0.0; samples],
            images: vec![0.0; if packing.images > 1 { values } else { 0 }],
            scratch: vec![0.0; if noisy { values } else { 0 }],
        }
    }

    /// Whether the generator's loss reads more of D than its logit, so that it needs a backward pass of its own.
    pub(super) fn reads_beyond_the_logit(&self) -> bool {
        self.auxiliary > 0.0 || self.features.is_some()
    }

    /// The key of a noise stream in this step.
    pub(super) fn key(&self, stream: u64, context: StepContext) -> NoiseKey {
        streams::key(self.seed, stream, context.step)
    }

    /// The values of a block of D's input: those of the real images.
    pub(super) fn real_values(&self) -> Range<usize> {
        0..self.samples * (self.d_tape.input().len() / self.d_tape.batch())
    }
}
