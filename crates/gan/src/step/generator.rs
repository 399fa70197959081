//! The generator's own pass through D: after D's update, before it, or against a fixed D.

use kernels::rows;
use nn::Mode;

use super::context::StepContext;
use super::figures::StepReport;
use super::instance_noise::add_noise;
use super::logits::{classify, copy_logits, place_logit_cotangents};
use super::plan::Step;
use crate::config::Players;
use crate::losses::Loss;
use crate::noise as streams;
use crate::player::Player;

impl Step {
    /// Updates the generator by the images that it has made in this step. A fixed D is in evaluation mode; in a D that trains,
    /// dropout has a noise stream of its own here.
    pub(super) fn generator_pass(
        &mut self,
        context: StepContext,
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
            Mode::Train(self.key(streams::GENERATOR_UPDATE_DROPOUT, context))
        };
        let Player { network, parameters, state, .. } = discriminator;
        let mut classified = 0.0;
        // The relativistic loss reads D's logits on the real images, feature matching its features of them. Where only the
        // generator is trained, they are for the report.
        if alone || self.loss == Loss::Relativistic || self.features.is_some() {
            rows::copy(threads, &self.d_tape.input()[self.real_values()], fake_tape.input_mut());
            network.forward(threads, mode, parameters, state, &mut fake_tape);
            copy_logits(outputs, fake_tape.output(), &mut self.real_logits);
            if let Some(features) = &mut self.features {
                features.real(fake_tape.features(), fake_tape.labels());
            }
            if alone {
                classified += classify(
                    self.auxiliary,
                    fake_tape.output(),
                    fake_tape.labels(),
                    &self.weights,
                    &mut self.output_cotangents,
                );
            }
        }
        self.packing.pack(threads, self.g_tape.output(), fake_tape.input_mut());
        let noise = self.key(streams::GENERATOR_UPDATE_INSTANCE_NOISE, context);
        let values = self.real_values();
        add_noise(threads, noise, context.instance_noise, values, &mut self.scratch, fake_tape.input_mut());
        network.forward(threads, mode, parameters, state, &mut fake_tape);
        copy_logits(outputs, fake_tape.output(), &mut self.fake_logits);
        let mut loss = self.generator_loss();
        let own = classify(
            self.auxiliary,
            fake_tape.output(),
            fake_tape.labels(),
            &self.weights,
            &mut self.output_cotangents,
        );
        if alone {
            self.discriminator_loss(report);
            report.discriminator_loss += classified + own;
        }
        loss += own;
        place_logit_cotangents(outputs, &self.g_logits, &mut self.output_cotangents);
        network.seed(threads, &self.output_cotangents[..samples * outputs], &mut fake_tape);
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
        let mode = Mode::Train(self.key(streams::GENERATOR_DROPOUT, context));
        report.generator_grad_norm =
            self.update_rule.generator(threads, mode, context, generator, &mut self.g_tape);
    }
}
