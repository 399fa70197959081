//! The trainer: both players, the data's order, the average of G's weights, and the counters; one call a step.

use data::{Batches, ImageSet};
use kernels::{Threads, optimizer};
use nn::Rule;

use crate::calibration::calibrated_state;
use crate::checkpoint::{Checkpoint, Description, FORMAT, Tensors};
use crate::class_weights::class_weights;
use crate::config::{Experiment, Facts, Players, Source, Written};
use crate::error::GanError;
use crate::identity;
use crate::latents::Latents;
use crate::losses::Loss;
use crate::memory;
use crate::networks::networks;
use crate::noise as streams;
use crate::not_finite::{first_not_finite, view_not_finite};
use crate::player::Player;
use crate::progress::Progress;
use crate::sampler::{Sampler, experiment_of};
use crate::step::{Step, StepContext, StepReport};
use crate::step_inputs::StepInputs;

mod peak_memory;

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

    /// Takes both networks' weights, but neither optimiser nor counters, from a checkpoint: how one player is
    /// trained against the other's earlier self.
    ///
    /// # Errors
    /// [`GanError::Checkpoint`] if it holds other networks.
    pub fn take_weights(&mut self, checkpoint: &Checkpoint) -> Result<(), GanError> {
        for (name, player) in [("generator", &mut self.generator), ("discriminator", &mut self.discriminator)]
        {
            checkpoint.load(name, player.network.parameters(), &mut player.parameters)?;
            checkpoint.load(name, player.network.state(), &mut player.state)?;
        }
        if let Some(average) = &mut self.average {
            average.copy_from_slice(&self.generator.parameters);
        }
        Ok(())
    }

    /// Lets [`Trainer::restore`] go on from checkpoints that were trained on as many other images. The run is then no longer
    /// the one that its seed gives.
    pub fn accept_other_data(&mut self) {
        self.accepts_other_data = true;
    }

    /// Takes everything from a checkpoint of this run: the next step is the one that would have followed.
    ///
    /// # Errors
    /// [`GanError::Checkpoint`] if it holds other networks or optimisers, [`GanError::OtherData`] if it was trained on other
    /// images, labels or classes, unless these are accepted.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), GanError> {
        checkpoint.check_counters()?;
        self.check_continues(&experiment_of(checkpoint)?, checkpoint)?;
        if !self.accepts_other_data {
            identity::check(&self.images, checkpoint)?;
        }
        self.take_weights(checkpoint)?;
        for (name, player) in [("generator", &mut self.generator), ("discriminator", &mut self.discriminator)]
        {
            checkpoint.load_optimizer(name, &player.network, &mut player.optimizer)?;
        }
        if let Some(average) = &mut self.average {
            checkpoint.load("generator.average", self.generator.network.parameters(), average)?;
        }
        self.progress = checkpoint.description().progress.clone();
        // Whatever it goes back to from here on is of the same run, even from before its data changed.
        self.accepts_other_data = true;
        Ok(())
    }

    /// What the counters and moments of a checkpoint mean depends on the batch size, the data and the rules:
    /// another choice of them is another run.
    fn check_continues(&self, before: &Experiment, checkpoint: &Checkpoint) -> Result<(), GanError> {
        let now = &self.experiment;
        let kind = |rule: Rule| std::mem::discriminant(&rule);
        let what = if before.train.batch_size != now.train.batch_size {
            format!("train.batch_size is {} here and was {}", now.train.batch_size, before.train.batch_size)
        } else if (before.data.images, before.data.image_shape) != (now.data.images, now.data.image_shape) {
            format!("the data has {} images here and had {}", now.data.images, before.data.images)
        } else if before.data.balanced_classes != now.data.balanced_classes {
            "data.balanced_classes, which orders the data, is another".to_string()
        } else if kind(before.optimizer.generator) != kind(now.optimizer.generator)
            || kind(before.optimizer.discriminator) != kind(now.optimizer.discriminator)
        {
            "an optimizer's kind is another".to_string()
        } else {
            return Ok(());
        };
        let message = format!("of another run: {what}; its weights alone can begin a new one");
        Err(GanError::Checkpoint { path: checkpoint.path().to_path_buf(), message })
    }

    /// Writes a checkpoint: whole, or not at all.
    ///
    /// # Errors
    /// [`GanError`] if the file cannot be written, or if anything that it would hold is not finite: such a checkpoint is
    /// never saved.
    pub fn save(&mut self, path: &std::path::Path) -> Result<(), GanError> {
        if let Some(what) = self.first_not_finite() {
            return Err(self.diverged(what));
        }
        let average_state = self.average_state();
        let statistics = self.generator.network.state();
        let what = view_not_finite("running statistics", "generator.average", statistics, &average_state);
        if let Some(what) = what {
            return Err(self.diverged(what));
        }
        let mut tensors = Tensors::default();
        for (name, player) in [("generator", &self.generator), ("discriminator", &self.discriminator)] {
            tensors.add(name, player.network.parameters(), &player.parameters);
            tensors.add(name, player.network.state(), &player.state);
            tensors.add_optimizer(name, &player.network, &player.optimizer);
        }
        if let Some(average) = &self.average {
            tensors.add("generator.average", self.generator.network.parameters(), average);
            tensors.add("generator.average", self.generator.network.state(), &average_state);
        }
        let description = Description {
            format: FORMAT,
            config: self.config.clone(),
            image_shape: self.experiment.data.image_shape,
            images: self.experiment.data.images,
            classes: self.experiment.data.classes,
            class_names: self.class_names(),
            data_hash: Some(self.images.content_hash()),
            progress: self.progress.clone(),
            optimizer_steps: [self.generator.optimizer.steps(), self.discriminator.optimizer.steps()],
        };
        crate::checkpoint::write(path, &description, &tensors)
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

    /// A sampler of the generator as it is now: the average where there is one.
    ///
    /// # Errors
    /// [`GanError::Network`] never in practice: the networks were planned before.
    pub fn sampler(&self) -> Result<Sampler, GanError> {
        let (parameters, state) = match &self.average {
            Some(average) => (average.clone(), self.average_state()),
            None => (self.generator.parameters.clone(), self.generator.state.clone()),
        };
        let (network, _) = networks(&self.experiment)?;
        let sampler =
            Sampler::new(network, parameters, state, self.experiment.data.image_shape, self.threads);
        Ok(sampler.with_class_names(self.class_names()))
    }

    fn class_names(&self) -> Vec<String> {
        self.images.class_names().map(<[String]>::to_vec).unwrap_or_default()
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
