//! `[train]` and `[burn_in]` as written.

use serde::{Deserialize, Serialize};

use super::super::choices::{Players, Schedule, Update};
use super::super::defaults;

/// How long, in what order, and what is kept. An image is a real image shown to D.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainSection {
    /// Who is trained.
    pub players: Players,
    /// In what order both move.
    pub update: Update,
    /// Discriminator steps to one of the generator (`alternating` only, where above 1).
    pub d_steps: usize,
    /// Real images in a step of D, and generated ones.
    pub batch_size: usize,
    /// Images that D judges at once, side by side in its channels (Lin et al. 2018, PacGAN).
    pub packing: usize,
    /// Stop after so many passes over the data; 0: no limit from it. The first limit reached ends the run.
    pub epochs: u64,
    /// Stop after so many images; 0: no limit from it.
    pub total_images: u64,
    /// Stop after so many seconds of training; 0: no limit from it.
    pub max_seconds: f64,
    /// Fixes weights, noise and order.
    pub seed: u64,
    /// The learning rates' course.
    pub schedule: Schedule,
    /// Images over which the learning rates rise in a straight line to what is written.
    pub warmup_images: u64,
    /// A run that will show more images than this has learning rates lower by the root of how many times as many; 0: none has.
    pub full_rate_images: u64,
    /// What a falling schedule ends at, as a share of the learning rate.
    pub final_lr_factor: f64,
    /// Half life, in images, of the moving average of G's weights; 0: no average.
    pub ema_half_life_images: f64,
    /// The half life is at most this share of the images shown so far; 0: no such bound.
    pub ema_rampup: f64,
    /// A checkpoint every so many epochs, and at the end; 0: none by epochs. If `epochs` does not end the run, as many epochs of
    /// small data as have 10,000 images count as one, here and where else an epoch is the rule: what is done after each would
    /// take longer than the training.
    pub checkpoint_epochs: u64,
    /// A checkpoint, in addition, every so many images; 0: none by images.
    pub checkpoint_images: u64,
    /// How many checkpoints to keep, the latest ones; 0: all.
    pub keep_checkpoints: usize,
    /// Images between two lines of events, each with a grid of samples; 0: one epoch.
    pub tick_images: u64,
    /// Images in a grid.
    pub grid_images: usize,
    /// Stop when the tick's mean losses have not moved over so many ticks; 0: never.
    pub stop_plateau_ticks: u64,
    /// What counts as moving, relative to the losses' sum.
    pub stop_plateau_tolerance: f64,
}

impl Default for TrainSection {
    fn default() -> Self {
        TrainSection {
            players: Players::default(),
            update: Update::default(),
            d_steps: defaults::D_STEPS,
            batch_size: defaults::BATCH_SIZE,
            packing: defaults::PACKING,
            epochs: defaults::EPOCHS,
            total_images: defaults::TOTAL_IMAGES,
            max_seconds: defaults::MAX_SECONDS,
            seed: defaults::SEED,
            schedule: Schedule::default(),
            warmup_images: defaults::WARMUP_IMAGES,
            full_rate_images: defaults::FULL_RATE_IMAGES,
            final_lr_factor: defaults::FINAL_LR_FACTOR,
            ema_half_life_images: defaults::EMA_HALF_LIFE_IMAGES,
            ema_rampup: defaults::EMA_RAMPUP,
            checkpoint_epochs: defaults::CHECKPOINT_EPOCHS,
            checkpoint_images: defaults::CHECKPOINT_IMAGES,
            keep_checkpoints: defaults::KEEP_CHECKPOINTS,
            tick_images: defaults::TICK_IMAGES,
            grid_images: defaults::GRID_IMAGES,
            stop_plateau_ticks: defaults::STOP_PLATEAU_TICKS,
            stop_plateau_tolerance: defaults::STOP_PLATEAU_TOLERANCE,
        }
    }
}

/// What moves, over a run's first images, from what the other sections say to what this one does; see
/// [`Experiment::during_burn_in`](crate::config::Experiment::during_burn_in). `None` is a key that was not written: what it names stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BurnInSection {
    /// Images over which they move; 0: none does.
    pub images: u64,
    /// What the learning rates end at, as a share of what they would be (1 at the start).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lr_factor: Option<f64>,
    /// `objective.r1` at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r1: Option<f64>,
    /// `objective.r2` at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2: Option<f64>,
    /// `beta2` of both optimizers at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// `train.ema_half_life_images` at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ema_half_life_images: Option<f64>,
}

impl Default for BurnInSection {
    fn default() -> Self {
        BurnInSection {
            images: defaults::BURN_IN_IMAGES,
            lr_factor: None,
            r1: None,
            r2: None,
            beta2: None,
            ema_half_life_images: None,
        }
    }
}
