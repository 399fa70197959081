//! `[train]`: the run.

use super::super::choices::{Players, Schedule, Update};
use super::super::range::Range;
use super::super::section::section;

/// Most images in a grid: 64 by 64.
const MOST_GRID_IMAGES: u64 = 4096;
/// The largest integer of TOML.
const MOST: u64 = i64::MAX as u64;

section! {
    /// How long the run is, in what order both networks are updated, and what is saved. Images are counted as real images that D
    /// was shown.
    pub struct TrainSection {
        /// The networks that are trained.
        players: Players = Players::Both;
        /// The order of both updates.
        update: Update = Update::Simultaneous;
        /// Steps of D for each step of G. More than 1 needs update = "alternating".
        d_steps: usize = 1, range Range::From(1), hint "1, or players = \"generator\": 0 steps would leave D as it is";
        /// Real images in a step of D. It is shown as many generated ones.
        batch_size: usize = 64, range Range::From(1), hint "64 is usual; a batch needs at least one image";
        /// Images that D judges together, side by side in its channels (PacGAN, Lin et al. 2018).
        packing: usize = 1, range Range::From(1), hint "1: single images; 2 is usual; D judges at least one image";
        /// Stop after this many passes over the data. 0: no such limit. The first limit that is reached ends the run.
        epochs: u64 = 0;
        /// Stop after this many images. 0: no such limit.
        total_images: u64 = 0;
        /// Stop after this many seconds of training. 0: no such limit.
        max_seconds: Option<f64> = None, range Range::NotNegative, hint "seconds of training; 0: no limit from it";
        /// Seed of the first weights, the noise and the order of the images.
        seed: u64 = 0, range Range::Whole(0, MOST), hint "any whole number";
        /// How the learning rates change over the run.
        schedule: Schedule = Schedule::Constant;
        /// Images over which the learning rates rise to their values in a straight line, at the start.
        warmup_images: u64 = 0;
        /// The longest run, in images, that has the learning rates as they are written. Those of a run of N images are multiplied
        /// by sqrt(full_rate_images / N) if N is larger. 0: they never are.
        full_rate_images: Option<u64> = None;
        /// What a falling schedule ends at, as a share of the learning rate.
        final_lr_factor: f64 = 0.0,
            range Range::Closed(0.0, 1.0), hint "a share of the learning rate; 0.0 falls to zero";
        /// Half life, in images, of the moving average of G's weights. 0: no average.
        ema_half_life_images: Option<f64> = None, range Range::NotNegative, hint "images, as 20000; 0: no average";
        /// The half life is at most this share of the images shown so far. 0: no such bound.
        ema_rampup: Option<f64> = None, range Range::NotNegative, hint "a share of the images shown, as 0.1; 0: off";
        /// Epochs between two checkpoints. The end of the run has one too. 0: none by epochs. If epochs = 0, epochs of small data
        /// are counted in rounds of at least 10,000 images, here and wherever the default is an epoch.
        checkpoint_epochs: Option<u64> = Some(1);
        /// Images between two checkpoints, in addition to those by epochs. 0: none by images.
        checkpoint_images: Option<u64> = None;
        /// How many of the newest checkpoints are kept. 0: all.
        keep_checkpoints: Option<usize> = None;
        /// Images between two ticks. A tick is a line in the log and a grid of samples. 0: an epoch.
        tick_images: u64 = 0;
        /// Images in a grid.
        grid_images: usize = 16, range Range::Whole(1, MOST_GRID_IMAGES), hint "16 makes a 4x4 grid";
        /// Stop when the mean losses of a tick have not changed over this many ticks. 0: never.
        stop_plateau_ticks: Option<u64> = None;
        /// The smallest change that counts, relative to the sum of the losses.
        stop_plateau_tolerance: f64 = 0.001, range Range::NotNegative, hint "relative, as 0.001";
    }
}
