//! A config that passed every rule.

use std::ops::Deref;

use metrics::{Metric, Until};
use nn::Rule;

use super::choices::Action;
use super::sections::{
    BurnIn, DataSection, Discriminator, EvalSection, Generator, HealthSection, Objective, TrainSection,
};
use crate::packing::Packing;

/// What trains. Only [`Written::check`](super::Written::check) makes one.
///
/// A section has its keys as they were written, and what follows from them and the data. A value that follows has the place of
/// the key that it follows from: `train.total_images` is the run's limit, whether it comes from that key or from `train.epochs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// A word for lists and folders.
    pub name: String,
    /// One line that says what is trained.
    pub description: String,
    /// The images.
    pub data: Data,
    /// From latent to pixels.
    pub generator: Generator,
    /// From pixels to a logit.
    pub discriminator: Discriminator,
    /// What both networks minimise.
    pub objective: Objective,
    /// How both networks are updated.
    pub optimizer: Optimizers,
    /// How long, in what order, and what is saved.
    pub train: Train,
    /// How the generator is evaluated while it trains.
    pub eval: Eval,
    /// What changes over the first images.
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

/// A section as it was written, under what follows from it.
macro_rules! follows {
    ($name:ident from $section:ident) => {
        impl Deref for $name {
            type Target = $section;

            fn deref(&self) -> &$section {
                &self.written
            }
        }
    };
}

/// `[data]`, and the data themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    pub(super) written: DataSection,
    /// How the source is read.
    pub options: data::Options,
    /// Height, width, channels.
    pub image_shape: (usize, usize, usize),
    /// How many there are, at least one batch.
    pub images: usize,
    /// Labels are below this; 0: there are none.
    pub classes: usize,
}

follows!(Data from DataSection);

/// Both networks' update rules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimizers {
    /// The generator's.
    pub generator: Rule,
    /// The discriminator's.
    pub discriminator: Rule,
}

/// `[train]`, and the run's lengths in images.
#[derive(Clone, Debug, PartialEq)]
pub struct Train {
    pub(super) written: TrainSection,
    /// Images in an epoch: whole batches only.
    pub epoch_images: u64,
    /// Images in a round: an epoch; or, if `epochs` does not end the run, so many epochs of small data as have 10,000 images. What
    /// a run is watched and saved by, where nothing else is written.
    pub round_images: u64,
    /// Stop at so many images: the lower of `epochs` and `total_images`. `None`: only time ends the run.
    pub total_images: Option<u64>,
    /// Images between two ticks (a round's where none was written).
    pub tick_images: u64,
}

follows!(Train from TrainSection);

/// `[eval]`, and the metrics that it names.
#[derive(Clone, Debug, PartialEq)]
pub struct Eval {
    pub(super) written: EvalSection,
    /// Images between two evaluations; `None`: there are none, as where the generator is fixed.
    pub every_images: Option<u64>,
    /// The metric by which the best checkpoint is kept.
    pub best: Option<Metric>,
    /// What ends the run.
    pub until: Option<Until>,
}

follows!(Eval from EvalSection);

impl Eval {
    /// Whether the run's end depends on evaluations.
    pub fn ends_the_run(&self) -> bool {
        self.until.is_some() || self.plateau_evals.is_some()
    }
}

/// `[health]`, and the times of looks in images.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    pub(super) written: HealthSection,
    /// Images between two looks at generated images.
    pub look_images: u64,
    /// Images before which no look raises an alarm.
    pub grace_images: u64,
}

follows!(Health from HealthSection);

impl Health {
    /// Whether some alarm leads to a roll-back.
    pub fn rolls_back(&self) -> bool {
        let HealthSection {
            non_finite,
            saturated_discriminator,
            dead_gradients,
            collapse,
            low_diversity,
            ..
        } = self.written;
        [non_finite, saturated_discriminator, dead_gradients, collapse, low_diversity]
            .contains(&Action::RollBack)
    }
}
