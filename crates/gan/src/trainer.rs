//! The trainer: both players, the data's order, the average, and the counters; one call a step.

use data::{Batches, ImageSet};
use kernels::{Threads, optimizer, sums};
use nn::{Mode, Network, Parameter, Rule, Shape, TapeParts};

use crate::checkpoint::{Checkpoint, Description, FORMAT, Tensors};
use crate::config::{ClassWeight, Experiment, Facts, Players, Source, Written};
use crate::error::GanError;
use crate::evaluation::Evaluator;
use crate::identity;
use crate::latents::Latents;
use crate::losses::Loss;
use crate::memory;
use crate::noise as streams;
use crate::player::Player;
use crate::progress::Progress;
use crate::sampler::{BATCH as SAMPLER_BATCH, Sampler, experiment_of};
use crate::step::{Inputs, Moment, Step, StepReport};

/// Batches whose statistics are averaged for the average's batch normalisation.
const CALIBRATION_BATCHES: u64 = 32;

/// What the program itself takes beside what it is asked to hold: its code and tables, and what threads pack products in.
const PROCESS_BYTES: usize = 16_000_000;

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

/// The inputs of a training step: the epoch's order and counter-based noise.
struct Drawn<'a> {
    images: &'a ImageSet,
    indices: &'a [u32],
    latents: &'a mut Latents,
    latent: usize,
    threads: Threads,
    seed: u64,
    step: u64,
}

impl Inputs for Drawn<'_> {
    fn real(&mut self, out: &mut [f32]) {
        self.images.gather(self.indices, out);
    }

    fn labels(&mut self, out: &mut [u32]) {
        let labels = self.images.labels().unwrap_or_default();
        out.iter_mut().zip(self.indices).for_each(|(label, &i)| *label = labels[i as usize].into());
    }

    fn latents(&mut self, out: &mut [f32]) {
        self.latents.fill(
            self.threads,
            streams::key(self.seed, streams::LATENTS, self.step),
            self.latent,
            out,
        );
    }

    fn shares(&mut self, out: &mut [f32]) {
        kernels::noise::fill_uniform(streams::key(self.seed, streams::INTERPOLATION, self.step), 0, out);
    }
}

/// Plans both networks of an experiment.
///
/// # Errors
/// [`GanError::Network`] naming player and layer.
pub fn networks(experiment: &Experiment) -> Result<(Network, Network), GanError> {
    let (height, width, channels) = experiment.data.image_shape;
    let classes = experiment.data.classes;
    let g = &experiment.generator;
    let d = &experiment.discriminator;
    let latent = Shape::flat(g.latent);
    // Packs of images lie side by side in their channels.
    let image = Shape { height, width, channels: channels * experiment.train.packing };
    let generator = Network::conditional(&g.layers, latent, classes, g.init)
        .map_err(|source| GanError::Network { player: "generator", source })?;
    let discriminator = Network::conditional(&d.layers, image, classes, d.init)
        .map_err(|source| GanError::Network { player: "discriminator", source })?;
    Ok((generator.in_panels(), discriminator.in_panels()))
}

/// The weight of each class in the losses, `[classes]`; empty: all the same.
fn class_weights(choice: ClassWeight, images: &ImageSet) -> Vec<f32> {
    let (ClassWeight::InverseFrequency, Some(counts)) = (choice, images.class_counts()) else {
        return Vec::new();
    };
    let present = counts.iter().filter(|&&count| count > 0).count();
    let weight = |count: usize| images.len() as f64 / (present * count.max(1)) as f64;
    counts.into_iter().map(|count| weight(count) as f32).collect()
}

/// The first of the views of `values` that is not finite, as `what player/NAME`.
fn not_finite(what: &str, player: &str, views: &[Parameter], values: &[f32]) -> Option<String> {
    // The whole first: it is nearly always as it should be.
    if sums::all_finite(values) {
        return None;
    }
    let view = views.iter().find(|view| !sums::all_finite(&values[view.range.clone()]));
    view.map(|view| format!("{what} {player}/{}", view.name))
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
        if let Some(what) = not_finite("running statistics", "generator.average", statistics, &average_state)
        {
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

    /// One step. All noise and the order of the data follow from the counters, so a resumed run takes the
    /// same one.
    pub fn step(&mut self) -> StepReport {
        let train = &self.experiment.train;
        let (batch, d_steps) = (train.batch_size as u64, train.d_steps as u64);
        let players = train.players;
        let moves = match players {
            Players::Both => (self.progress.steps + 1).is_multiple_of(d_steps),
            Players::Generator => true,
            Players::Discriminator => false,
        };
        let moment = Moment {
            step: self.progress.steps,
            lr_factor: self.lr_factor(),
            gammas: self.experiment.gammas(self.progress.images),
            instance_noise: self.experiment.instance_noise(self.progress.images),
            update_generator: moves,
        };
        if let Some([generator, discriminator]) = self.experiment.beta2s(self.progress.images) {
            self.generator.optimizer.set_beta2(generator);
            self.discriminator.optimizer.set_beta2(discriminator);
        }
        let mut inputs = Drawn {
            images: &self.images,
            indices: self.batches.indices(moment.step),
            latents: &mut self.latents,
            latent: self.experiment.generator.latent,
            threads: self.threads,
            seed: train.seed,
            step: moment.step,
        };
        let report = self.step.run(moment, &mut self.generator, &mut self.discriminator, &mut inputs);
        self.progress.count(batch, moves, &report);
        if let (true, Some(average)) = (moves, &mut self.average)
            && let Some(decay) = self.experiment.ema_decay(self.progress.images, batch * d_steps)
        {
            optimizer::average(self.threads, (1.0 - decay) as f32, &self.generator.parameters, average);
        }
        report
    }

    /// Running statistics for the average's weights, recomputed from batches it generates (an average of statistics
    /// would belong to no network) of labels as frequent as in training, and directions of spectral normalisation settled on
    /// them. Empty without state or average.
    fn average_state(&self) -> Vec<f32> {
        let Some(average) = &self.average else { return Vec::new() };
        let network = &self.generator.network;
        let mut state = network.initial_state();
        if state.is_empty() {
            return state;
        }
        network.power_iterate(self.threads, average, &mut state);
        let mut tape = network.tape(self.experiment.train.batch_size, TapeParts::default());
        for batch in 0..CALIBRATION_BATCHES {
            let seed = self.experiment.train.seed;
            kernels::noise::fill_normal(streams::key(seed, streams::CALIBRATION, batch), 0, tape.input_mut());
            if self.experiment.data.classes > 0 {
                self.draw_labels(batch, tape.labels_mut());
            }
            let dropout = streams::key(seed, streams::CALIBRATION, CALIBRATION_BATCHES + batch);
            let mode = Mode::Calibrate(dropout, 1.0 / (batch + 1) as f32);
            network.forward(self.threads, mode, average, &mut state, &mut tape);
        }
        state
    }

    /// Labels as frequent as in training: those of images drawn at random, or where training balances the classes, all that
    /// have images in turn. `draw` numbers the draws.
    fn draw_labels(&self, draw: u64, out: &mut [u32]) {
        let labels = self.images.labels().unwrap_or_default();
        if self.experiment.data.balanced_classes {
            let counts = self.images.class_counts().unwrap_or_default();
            let present = (0..).zip(counts).filter_map(|(class, count)| (count > 0).then_some(class));
            let turn = present.collect::<Vec<u32>>().into_iter().cycle();
            // Each draw goes on where the one before it ended.
            let drawn = turn.skip(draw as usize * out.len());
            return out.iter_mut().zip(drawn).for_each(|(label, class)| *label = class);
        }
        let key = streams::key(self.experiment.train.seed, streams::CALIBRATION_LABELS, draw);
        kernels::noise::fill_words(key, 0, out);
        for word in out {
            // The word's share of the images.
            let image = (u64::from(*word) * labels.len() as u64) >> 32;
            *word = labels[image as usize].into();
        }
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

    /// What both learning rates are multiplied by in the next step: by the schedule, and by the run's roll-backs.
    pub fn lr_factor(&self) -> f64 {
        self.experiment.lr_factor(self.progress.images, self.progress.end_images)
            * self.progress.health.lr_factor()
    }

    /// The first weight, running statistic, moment or average that is not finite, by name.
    pub fn first_not_finite(&self) -> Option<String> {
        let players = [("generator", &self.generator), ("discriminator", &self.discriminator)];
        // All weights before all else: a step that meets one that is not finite spreads it to statistics.
        let weights = players.iter().find_map(|(name, player)| {
            not_finite("weight", name, player.network.parameters(), &player.parameters)
        });
        let average = || {
            let average = self.average.as_ref()?;
            not_finite("weight", "generator.average", self.generator.network.parameters(), average)
        };
        let others = || {
            players.iter().find_map(|(name, player)| {
                let moments = player.optimizer.moments().find_map(|(moment, values)| {
                    let what = format!("{name}.optimizer.{moment}");
                    not_finite("moment", &what, player.network.parameters(), values)
                });
                moments
                    .or_else(|| not_finite("running statistics", name, player.network.state(), &player.state))
            })
        };
        weights.or_else(average).or_else(others)
    }

    /// The error of a figure that is not finite.
    pub fn diverged(&self, what: String) -> GanError {
        let hint =
            "lower optimizer.generator.lr and optimizer.discriminator.lr, or set objective.gradient_clip=1"
                .into();
        GanError::Diverged { images: self.progress.images, what, hint }
    }

    /// What trains.
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

    /// The same, to end a tick.
    pub fn progress_mut(&mut self) -> &mut Progress {
        &mut self.progress
    }

    /// The training set.
    pub fn images(&self) -> &ImageSet {
        &self.images
    }

    /// What it computes with.
    pub fn threads(&self) -> Threads {
        self.threads
    }

    /// The generator and the discriminator.
    pub fn players(&self) -> (&Player, &Player) {
        (&self.generator, &self.discriminator)
    }

    /// The same, to be changed: for tests, and for tools that alter weights.
    pub fn players_mut(&mut self) -> (&mut Player, &mut Player) {
        (&mut self.generator, &mut self.discriminator)
    }

    /// Steps in an epoch.
    pub fn steps_per_epoch(&self) -> u64 {
        self.batches.steps_per_epoch()
    }

    /// Bytes that training takes at its peak, as far as they can be foreseen: what is planned, and the larger of what a
    /// checkpoint, a grid of samples and an evaluation need beside it.
    pub fn peak_bytes(&self, evaluator: Option<&Evaluator>) -> usize {
        let network = &self.generator.network;
        // Buffers that nobody writes to take no memory while they are counted.
        let tape_bytes = |batch| network.tape(batch, TapeParts::default()).bytes();
        let average = self.average.as_ref().map_or(0, |a| 4 * a.len());
        let calibration = match &self.average {
            Some(_) if network.state_count() > 0 => tape_bytes(self.experiment.train.batch_size),
            _ => 0,
        };
        let stored = |player: &Player| player.bytes() - 4 * player.grads.len();
        let checkpoint = average + stored(&self.generator) + stored(&self.discriminator);
        let sampler = 4 * network.parameter_count() + tape_bytes(SAMPLER_BATCH);
        let (kept, passing) = evaluator.map_or((0, 0), |e| (e.kept_bytes(), e.passing_bytes(self, sampler)));
        PROCESS_BYTES + self.bytes() + kept + calibration.max(checkpoint).max(sampler).max(passing)
    }

    /// Bytes of the training set, both players and all planned buffers.
    fn bytes(&self) -> usize {
        let average = self.average.as_ref().map_or(0, |a| 4 * a.len());
        let data = self.images.len() * self.images.pixels_per_image();
        data + average + self.generator.bytes() + self.discriminator.bytes() + self.step.bytes()
    }

    /// Operations in the products of one step, counted from the spec; see [`Step::flops`].
    pub fn step_flops(&self) -> u64 {
        self.step.flops(&self.generator.network, &self.discriminator.network)
    }
}
