//! The generator's own pass through D: after D has moved, before it does, or against a fixed D.

use kernels::rows;
use nn::Mode;

use super::{Moment, Step, StepReport, add_noise, classify, seed_logits, take_logits};
use crate::config::Players;
use crate::losses::Loss;
use crate::noise as streams;
use crate::player::Player;

impl Step {
    /// Moves the generator on the images it has made in this step. A fixed D is evaluated; one in training drops by noise of
    /// its own.
    pub(super) fn generator_pass(
        &mut self,
        moment: Moment,
        generator: &mut Player,
        discriminator: &mut Player,
        report: &mut StepReport,
    ) {
        let (threads, samples, outputs) = (self.threads, self.samples, self.outputs);
        let Some(mut fake_tape) = self.fake_tape.take() else { return };
        let alone = self.players == Players::Generator;
        let mode = if alone {
            Mode::Evaluate
        } else {
            Mode::Train(self.key(streams::GENERATOR_UPDATE_DROPOUT, moment))
        };
        let Player { network, parameters, state, .. } = discriminator;
        let mut classified = 0.0;
        // The relativistic loss compares with D's logits on the real images, feature matching with what D sees in them; alone,
        // they are shown in the report.
        if alone || self.loss == Loss::Relativistic || self.features.is_some() {
            rows::copy(threads, &self.d_tape.input()[self.real_values()], fake_tape.input_mut());
            network.forward(threads, mode, parameters, state, &mut fake_tape);
            take_logits(outputs, fake_tape.output(), &mut self.real_logits);
            if let Some(features) = &mut self.features {
                features.real(fake_tape.features(), fake_tape.labels());
            }
            if alone {
                classified += classify(
                    self.auxiliary,
                    fake_tape.output(),
                    fake_tape.labels(),
                    &self.weights,
                    &mut self.seeds,
                );
            }
        }
        self.packing.pack(threads, self.g_tape.output(), fake_tape.input_mut());
        let noise = self.key(streams::GENERATOR_UPDATE_INSTANCE_NOISE, moment);
        let values = self.real_values();
        add_noise(threads, noise, moment.instance_noise, values, &mut self.scratch, fake_tape.input_mut());
        network.forward(threads, mode, parameters, state, &mut fake_tape);
        take_logits(outputs, fake_tape.output(), &mut self.fake_logits);
        let mut loss = self.generator_loss();
        let own =
            classify(self.auxiliary, fake_tape.output(), fake_tape.labels(), &self.weights, &mut self.seeds);
        if alone {
            self.discriminator_loss(report);
            report.discriminator_loss += classified + own;
        }
        loss += own;
        seed_logits(outputs, &self.g_logits, &mut self.seeds);
        network.seed(threads, &self.seeds[..samples * outputs], &mut fake_tape);
        if let Some(features) = &mut self.features {
            loss += features.generated(fake_tape.features(), fake_tape.labels());
            features.cotangent(&self.g_tape.labels()[..samples], fake_tape.features_cotangent_mut());
        }
        report.generator_loss = loss;
        if !report.is_finite() {
            self.fake_tape = Some(fake_tape);
            return;
        }
        network.vjp(threads, mode, parameters, 0..samples, &mut fake_tape);
        let mut signal = fake_tape.input_cotangent(0..samples);
        if self.packing.images > 1 {
            self.packing.unpack(threads, signal, &mut self.images);
            signal = &self.images;
        }
        generator.network.seed(threads, signal, &mut self.g_tape);
        self.fake_tape = Some(fake_tape);
        let mode = Mode::Train(self.key(streams::GENERATOR_DROPOUT, moment));
        report.generator_norm = self.movement.generator(threads, mode, moment, generator, &mut self.g_tape);
    }
}
