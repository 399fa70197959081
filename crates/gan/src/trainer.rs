//! The trainer: both players, the data's order, the average of G's weights, and the counters; one call a step.

use data::{Batches, ImageSet};
use kernels::{Threads, optimizer};

use crate::calibration::calibrated_state;
use crate::class_weights::class_weights;
use crate::config::{Experiment, Facts, Players, Source, Written};
use crate::error::GanError;
use crate::latents::Latents;
use crate::losses::Loss;
use crate::memory;
use crate::networks::networks;
use crate::noise as streams;
use crate::not_finite::first_not_finite;
use crate::player::Player;
use crate::progress::Progress;
use crate::step::{Step, StepContext, StepReport};
use crate::step_inputs::StepInputs;

mod peak_memory;
mod saving;

/// A run in memory.
#[derive(Debug)]
pub struct Trainer {
    experiment: Experiment,
    /// The config as TOML, complete.
    config: String,
    images: ImageSet,
    batches: Batches,
    latents: Latents,
    threads: Threads,
    generator: Player,
    discriminator: Player,
    average: Option<Vec<f32>>,
    step: Step,
    progress: Progress,
    /// Whether to go on from checkpoints that were trained on other images.
    accepts_other_data: bool,
}

impl Trainer {
    /// A fresh run of `written`, checked against `images`.
    ///
    /// # Errors
    /// [`GanError`] if the config does not fit the data or this machine's memory, or a network cannot be planned.
    pub fn new(
        written: &Written,
        source: &Source,
        images: ImageSet,
        threads: Threads,
    ) -> Result<Trainer, GanError> {
        let facts = Facts {
            image_shape: (images.height(), images.width(), images.channels()),
            images: images.len(),
            classes: images.classes().unwrap_or(0),
        };
        let experiment = written.check(source, &facts)?;
        let config = written.to_toml()?;
        let (g, d) = networks(&experiment)?;
        memory::check(&experiment, &g, &d)
            .map_err(|lack| source.refuse(lack.key, lack.message, lack.hint))?;
        let seed = experiment.train.seed;
        let rules = experiment.optimizer;
        let generator = Player::new(g, rules.generator, seed, streams::GENERATOR_WEIGHTS);
        let discriminator = Player::new(d, rules.discriminator, seed, streams::DISCRIMINATOR_WEIGHTS);
        let latents = match experiment.objective.loss {
            Loss::Constrained => Latents::half_fitted(
                threads,
                images.len(),
                images.pixels_per_image(),
                experiment.train.batch_size,
                |start, out| {
                    let count = out.len() / images.pixels_per_image();
                    let indices: Vec<u32> = (start..start + count).map(|i| i as u32).collect();
                    images.gather(&indices, out);
                },
            ),
            _ => Latents::plain(),
        };
        let batch = experiment.train.batch_size;
        let batches = match images.labels() {
            Some(labels) if experiment.data.balanced_classes => Batches::balanced(labels, batch, seed)?,
            _ => Batches::new(images.len(), batch, seed)?,
        };
        let weights = class_weights(experiment.objective.class_weight, &images);
        let step = Step::new(&experiment, threads, &generator, &discriminator, weights);
        let average = experiment.train.ema_half_life_images.map(|_| generator.parameters.clone());
        Ok(Trainer {
            experiment,
            config,
            images,
            batches,
            latents,
            threads,
            generator,
            discriminator,
            average,
            step,
            progress: Progress::default(),
            accepts_other_data: false,
        })
    }

    /// One step: both players' updates, then the average's. All noise and the order of the data follow from the counters, so that
    /// a resumed run takes the same step.
    pub fn step(&mut self) -> StepReport {
        let context = self.context();
        let train = &self.experiment.train;
        let (batch, d_steps) = (train.batch_size as u64, train.d_steps as u64);
        if let Some([generator, discriminator]) = self.experiment.beta2s(self.progress.images) {
            self.generator.optimizer.set_beta2(generator);
            self.discriminator.optimizer.set_beta2(discriminator);
        }
        let mut inputs = StepInputs {
            images: &self.images,
            flip: self.experiment.data.flip,
            indices: self.batches.indices(context.step),
            latents: &mut self.latents,
            latent: self.experiment.generator.latent,
            threads: self.threads,
            seed: train.seed,
            step: context.step,
        };
        let report = self.step.run(context, &mut self.generator, &mut self.discriminator, &mut inputs);
        self.progress.count(batch, context.update_generator, &report);
        if let (true, Some(average)) = (context.update_generator, &mut self.average)
            && let Some(decay) = self.experiment.ema_decay(self.progress.images, batch * d_steps)
        {
            optimizer::average(self.threads, (1.0 - decay) as f32, &self.generator.parameters, average);
        }
        report
    }

    /// The numbers of the next step.
    fn context(&self) -> StepContext {
        let Progress { steps, images, .. } = self.progress;
        let update_generator = match self.experiment.train.players {
            Players::Both => (steps + 1).is_multiple_of(self.experiment.train.d_steps as u64),
            Players::Generator => true,
            Players::Discriminator => false,
        };
        let [r1, r2] = self.experiment.gammas(images);
        StepContext {
            step: steps,
            lr_factor: self.lr_factor(),
            r1,
            r2,
            instance_noise: self.experiment.instance_noise(images),
            update_generator,
        }
    }

    /// The batch statistics of the average; empty without state or average.
    fn average_state(&self) -> Vec<f32> {
        self.average.as_deref().map_or(Vec::new(), |average| {
            calibrated_state(&self.generator.network, average, &self.experiment, &self.images, self.threads)
        })
    }

    /// The factor on both learning rates in the next step, from the schedule and the run's roll-backs.
    pub fn lr_factor(&self) -> f64 {
        self.experiment.lr_factor(self.progress.images, self.progress.end_images)
            * self.progress.health.lr_factor()
    }

    /// The first weight, running statistic, moment or average that is not finite, by name.
    pub fn first_not_finite(&self) -> Option<String> {
        first_not_finite(&self.generator, &self.discriminator, self.average.as_deref())
    }

    /// The error about a value that is not finite.
    pub fn diverged(&self, what: String) -> GanError {
        let hint =
            "lower optimizer.generator.lr and optimizer.discriminator.lr, or set objective.gradient_clip=1"
                .into();
        GanError::Diverged { images: self.progress.images, what, hint }
    }

    /// The checked config.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The config as TOML, complete.
    pub fn config(&self) -> &str {
        &self.config
    }

    /// How far the run is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The same, mutable.
    pub fn progress_mut(&mut self) -> &mut Progress {
        &mut self.progress
    }

    /// The training set.
    pub fn images(&self) -> &ImageSet {
        &self.images
    }

    /// The threads that it computes with.
    pub fn threads(&self) -> Threads {
        self.threads
    }

    /// The generator and the discriminator.
    pub fn players(&self) -> (&Player, &Player) {
        (&self.generator, &self.discriminator)
    }

    /// The same, mutable: for tests, and for tools that alter weights.
    pub fn players_mut(&mut self) -> (&mut Player, &mut Player) {
        (&mut self.generator, &mut self.discriminator)
    }

    /// Steps in an epoch.
    pub fn steps_per_epoch(&self) -> u64 {
        self.batches.steps_per_epoch()
    }

    /// Operations in the products of one step, counted from the spec; see [`Step::flops`].
    pub fn step_flops(&self) -> u64 {
        self.step.flops(&self.generator.network, &self.discriminator.network)
    }
}
