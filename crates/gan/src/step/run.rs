//! The course of a step.

use nn::Mode;

use super::context::StepContext;
use super::figures::StepReport;
use super::inputs::Inputs;
use super::instance_noise::add_noise;
use super::plan::Step;
use crate::config::{Players, Update};
use crate::noise as streams;
use crate::penalties::Penalties;
use crate::player::Player;

impl Step {
    /// One step on what `inputs` writes. A player whose loss or logits are not finite is not updated, so that the weight that
    /// causes it stays the only one and can be named.
    pub fn run(
        &mut self,
        context: StepContext,
        generator: &mut Player,
        discriminator: &mut Player,
        inputs: &mut dyn Inputs,
    ) -> StepReport {
        let mut report = StepReport::default();
        self.penalties = Penalties { r1: context.r1, r2: context.r2, ..self.penalties };
        self.generate(context, generator, inputs);
        if self.players == Players::Generator {
            self.generator_pass(context, generator, discriminator, &mut report);
            return report;
        }
        let both = self.players == Players::Both;
        let simultaneous = both && self.update == Update::Simultaneous;
        let joint = simultaneous && !self.reads_beyond_the_logit();
        if simultaneous && !joint {
            // The generator's gradient is taken at D's weights before D's update.
            self.generator_pass(context, generator, discriminator, &mut report);
        }
        if self.interacts {
            self.separate_pass(context, generator, discriminator, joint, &mut report);
        } else {
            self.shared_pass(context, generator, discriminator, joint, inputs, &mut report);
        }
        if both && !simultaneous && context.update_generator {
            self.generator_pass(context, generator, discriminator, &mut report);
        }
        report
    }

    /// Generates the step's images (in evaluation mode where only D is trained), and meanwhile writes the real ones into D's
    /// input, with their noise.
    fn generate(&mut self, context: StepContext, generator: &mut Player, inputs: &mut dyn Inputs) {
        let mode = match self.players {
            Players::Discriminator => Mode::Evaluate,
            _ => Mode::Train(self.key(streams::GENERATOR_DROPOUT, context)),
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
        let noise = self.key(streams::INSTANCE_NOISE, context);
        add_noise(threads, noise, context.instance_noise, real, &mut self.scratch, self.d_tape.input_mut());
    }

    /// Copies the real images' labels to every pass of the step, and takes the weights of the pairs from them.
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
}
