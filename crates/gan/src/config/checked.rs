//! An experiment that passed every rule: plain values, nothing optional that must be there.

use nn::{Init, LayerSpec, Rule};

use super::choices::{Action, ClassWeight, Players, Schedule, Split, Update};
use crate::losses::Loss;
use crate::packing::Packing;
use metrics::{Metric, Until};

/// What trains. Made by [`Written::check`](super::Written::check).
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// A word for lists and folders.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// Where the images come from.
    pub data: Data,
    /// From latent to pixels.
    pub generator: Generator,
    /// From pixels to a logit.
    pub discriminator: Discriminator,
    /// What both players minimise.
    pub objective: Objective,
    /// How both players move.
    pub optimizer: Optimizers,
    /// How long, in what order, and what is kept.
    pub train: Train,
    /// How the generator is judged while it trains.
    pub eval: Eval,
    /// What moves over the first images.
    pub burn_in: BurnIn,
    /// What is watched, and what is done about it.
    pub health: Health,
    /// What is allowed but likely not meant, a sentence each, with its key.
    pub warnings: Vec<String>,
}

impl Experiment {
    /// Numbers in an image: height x width x channels.
    pub fn pixels(&self) -> usize {
        let (height, width, channels) = self.data.image_shape;
        height * width * channels
    }

    /// How images become D's inputs.
    pub fn packing(&self) -> Packing {
        let (height, width, channels) = self.data.image_shape;
        Packing { images: self.train.packing, pixels: height * width, channels }
    }
}

/// The images.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// A data set's name, or a path.
    pub source: String,
    /// Which of its parts.
    pub split: Split,
    /// How it is read.
    pub options: data::Options,
    /// Height, width, channels.
    pub image_shape: (usize, usize, usize),
    /// How many there are, at least one batch.
    pub images: usize,
    /// Labels are below this; 0: there are none.
    pub classes: usize,
    /// Whether an epoch has as many images of each class.
    pub balanced_classes: bool,
}

/// The generator.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    /// Numbers in a latent.
    pub latent: usize,
    /// How weights start, in layers that do not say.
    pub init: Init,
    /// Layers, ending at as many outputs as an image has pixels.
    pub layers: Vec<LayerSpec>,
}

/// The discriminator.
#[derive(Clone, Debug, PartialEq)]
pub struct Discriminator {
    /// How weights start, in layers that do not say.
    pub init: Init,
    /// Layers, ending at one logit, or at a logit and one for each class.
    pub layers: Vec<LayerSpec>,
}

/// What both players minimise.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The loss of both players.
    pub loss: Loss,
    /// One-sided label smoothing, in [0, 0.5).
    pub label_smoothing: f64,
    /// Standard deviation of the noise on D's inputs at the start; 0: none.
    pub instance_noise: f64,
    /// Images over which it falls to 0; `None`: it stays.
    pub instance_noise_images: Option<u64>,
    /// gamma of R1; 0: off.
    pub r1: f64,
    /// gamma of R2; 0: off.
    pub r2: f64,
    /// lambda of the gradient penalty on interpolates; 0: off.
    pub gradient_penalty: f64,
    /// lambda of the penalty on real images with noise; 0: off.
    pub dragan: f64,
    /// lambda of the auxiliary classifier.
    pub auxiliary: Option<f64>,
    /// Weight of feature matching.
    pub feature_matching: Option<f64>,
    /// How much a class counts.
    pub class_weight: ClassWeight,
    /// Bound on each of D's weights.
    pub weight_clip: Option<f64>,
    /// Bound on the global norm of each player's gradient.
    pub gradient_clip: Option<f64>,
}

impl Objective {
    /// Whether D's loss has a term in the gradient at its input.
    pub fn has_penalty(&self) -> bool {
        self.r1 > 0.0 || self.r2 > 0.0 || self.gradient_penalty > 0.0 || self.dragan > 0.0
    }
}

/// Both players' optimizers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimizers {
    /// The generator's.
    pub generator: Rule,
    /// The discriminator's.
    pub discriminator: Rule,
}

/// How long, in what order, and what is kept. An image is a real image shown to D.
#[derive(Clone, Debug, PartialEq)]
pub struct Train {
    /// Who is trained.
    pub players: Players,
    /// In what order both move.
    pub update: Update,
    /// Discriminator steps to one of the generator; 1 unless both are trained, alternating.
    pub d_steps: usize,
    /// Real images in a step of D, and generated ones.
    pub batch_size: usize,
    /// Images that D judges at once; divides `batch_size`.
    pub packing: usize,
    /// Images in an epoch: whole batches only.
    pub epoch_images: u64,
    /// Images in a round: an epoch; or, if `epochs` does not end the run, so many epochs of small data as have 10,000 images. What
    /// a run is watched and saved by, where nothing else is written.
    pub round_images: u64,
    /// Stop at so many images: the lower of `epochs` and `total_images`. `None`: only time ends the run.
    pub total_images: Option<u64>,
    /// Stop after so many seconds of training.
    pub max_seconds: Option<f64>,
    /// Fixes weights, noise and order.
    pub seed: u64,
    /// The learning rates' course.
    pub schedule: Schedule,
    /// Images over which the learning rates rise; 0: none.
    pub warmup_images: u64,
    /// The most images that a run with the learning rates as written shows.
    pub full_rate_images: Option<u64>,
    /// What a falling schedule ends at, in [0, 1].
    pub final_lr_factor: f64,
    /// Half life, in images, of the average of G's weights.
    pub ema_half_life_images: Option<f64>,
    /// The half life is at most this share of the images shown.
    pub ema_rampup: Option<f64>,
    /// A checkpoint every so many rounds.
    pub checkpoint_rounds: Option<u64>,
    /// A checkpoint every so many images, in addition.
    pub checkpoint_images: Option<u64>,
    /// How many checkpoints to keep; `None`: all.
    pub keep_checkpoints: Option<usize>,
    /// Images between two ticks (a round's where none was written).
    pub tick_images: u64,
    /// Images in a grid.
    pub grid_images: usize,
    /// Stop when the losses have not moved over so many ticks.
    pub stop_plateau_ticks: Option<u64>,
    /// What counts as moving, relative.
    pub stop_plateau_tolerance: f64,
}

/// How the generator is judged while it trains, and what follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Eval {
    /// Images between two evaluations; `None`: there are none, as where the generator is fixed.
    pub every_images: Option<u64>,
    /// Images of each kind, if there are as many; at least 100.
    pub samples: usize,
    /// A judge's file; `None`: the one in the program that knows the data.
    pub judge: Option<String>,
    /// By what the best checkpoint is kept.
    pub best: Option<Metric>,
    /// What ends the run.
    pub until: Option<Until>,
    /// Stop when `best`, which is there then, has not improved over so many evaluations.
    pub plateau_evals: Option<u64>,
}

impl Eval {
    /// Whether the run's end depends on evaluations.
    pub fn ends_the_run(&self) -> bool {
        self.until.is_some() || self.plateau_evals.is_some()
    }
}

/// Where what moves over a run's first images ends; `None`: it stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurnIn {
    /// Images over which it moves; 0: nothing does.
    pub images: u64,
    /// Factor on both learning rates, 1 at the start.
    pub lr_factor: Option<f64>,
    /// gamma of R1.
    pub r1: Option<f64>,
    /// gamma of R2.
    pub r2: Option<f64>,
    /// Both optimizers' `beta2`.
    pub beta2: Option<f64>,
    /// Half life of the average.
    pub ema_half_life_images: Option<f64>,
}

/// What is watched, and what is done about it; each figure is defined in `docs/health.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// At a loss, a weight or a gradient that is not finite.
    pub non_finite: Action,
    /// At a D that is always right, or cannot tell.
    pub saturated_discriminator: Action,
    /// At gradients that are gone, or out of all proportion.
    pub dead_gradients: Action,
    /// At classes that are no longer generated.
    pub collapse: Action,
    /// At images that are all alike.
    pub low_diversity: Action,
    /// Images between two looks at generated images.
    pub look_images: u64,
    /// Generated images in a look.
    pub look_samples: usize,
    /// Images before which no look raises an alarm.
    pub grace_images: u64,
    /// Looks in a row that raise an alarm.
    pub looks_in_a_row: u32,
    /// Ticks in a row that raise an alarm.
    pub ticks_in_a_row: u32,
    /// Accuracy on both kinds from which on D is always right.
    pub saturated_accuracy: f64,
    /// Difference below which accuracies and probabilities do not tell the kinds apart.
    pub blind_margin: f64,
    /// Gradient norm at and below which a player no longer learns.
    pub dead_norm: f64,
    /// Multiple of its median at and above which a gradient norm explodes.
    pub exploding_ratio: f64,
    /// Share of the classes that have to be there.
    pub min_classes: f64,
    /// Most that a class may have, in multiples of its share of the data.
    pub max_class_ratio: f64,
    /// Least mean distance of two generated images, relative to that of the data.
    pub min_diversity: f64,
    /// After so many roll-backs a run stops.
    pub max_roll_backs: u32,
    /// What a roll-back multiplies both learning rates by.
    pub roll_back_lr_factor: f64,
}

impl Health {
    /// Whether some alarm leads to a roll-back.
    pub fn rolls_back(&self) -> bool {
        let Health { non_finite, saturated_discriminator, dead_gradients, collapse, low_diversity, .. } =
            self;
        [non_finite, saturated_discriminator, dead_gradients, collapse, low_diversity]
            .contains(&&Action::RollBack)
    }
}
