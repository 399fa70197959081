//! The value of every key that a config leaves out.

use super::choices::Action;

/// `name`.
pub const NAME: &str = "custom";
/// `data.source`: the embedded digits.
pub const DATA_SOURCE: &str = "mnist";
/// `data.size`: images as they are.
pub const DATA_SIZE: &str = "";
/// `data.channels`: as they are.
pub const DATA_CHANNELS: usize = 0;
/// `data.skip_broken`: a file that cannot be used is refused.
pub const DATA_SKIP_BROKEN: bool = false;
/// `data.background`: as viewers show transparent images.
pub const DATA_BACKGROUND: &str = "white";
/// `data.background` of runs from before the key was there.
pub const DATA_BACKGROUND_BEFORE_THE_KEY: &str = "black";
/// `data.balanced_classes`: every image once an epoch.
pub const DATA_BALANCED_CLASSES: bool = false;

/// `generator.latent`: numbers in a latent vector.
pub const LATENT: usize = 100;

/// `objective.label_smoothing`: none.
pub const LABEL_SMOOTHING: f64 = 0.0;
/// `objective.instance_noise`: none.
pub const INSTANCE_NOISE: f64 = 0.0;
/// `objective.instance_noise_images`: the noise does not fall.
pub const INSTANCE_NOISE_IMAGES: u64 = 0;
/// `objective.r1`: off.
pub const R1: f64 = 0.0;
/// `objective.r2`: off.
pub const R2: f64 = 0.0;
/// `objective.gradient_penalty`: off (Gulrajani et al. 2017 use 10).
pub const GRADIENT_PENALTY: f64 = 0.0;
/// `objective.dragan`: off (Kodali et al. 2017 use 10).
pub const DRAGAN: f64 = 0.0;
/// `objective.auxiliary`: no auxiliary classifier (Odena et al. 2017 use 1).
pub const AUXILIARY: f64 = 0.0;
/// `objective.feature_matching`: off.
pub const FEATURE_MATCHING: f64 = 0.0;
/// `objective.weight_clip`: off (Arjovsky et al. 2017 use 0.01).
pub const WEIGHT_CLIP: f64 = 0.0;
/// `objective.gradient_clip`: off.
pub const GRADIENT_CLIP: f64 = 0.0;

/// `lr` of either optimizer, whatever its kind (Radford et al. 2016, DCGAN; PyTorch's 1e-3 is too fast for most
/// GANs).
pub const LR: f64 = 2e-4;
/// `beta1` of `adam` and `adamw` (PyTorch's and Keras's).
pub const BETA1: f64 = 0.9;
/// `beta2` of `adam` and `adamw` (PyTorch's and Keras's).
pub const BETA2: f64 = 0.999;
/// `eps` of `adam`, `adamw` and `rmsprop` (PyTorch's; Keras uses 1e-7), added after the square root.
pub const EPS: f64 = 1e-8;
/// `weight_decay` of `adamw` (PyTorch's).
pub const WEIGHT_DECAY: f64 = 0.01;
/// `alpha` of `rmsprop`, the decay of the mean square (PyTorch's; Keras's `rho` is 0.9).
pub const ALPHA: f64 = 0.99;
/// `momentum` of `rmsprop` and `sgd`: none.
pub const MOMENTUM: f64 = 0.0;
/// `centered` of `rmsprop`: the mean square, not the variance.
pub const CENTERED: bool = false;
/// `nesterov` of `sgd`: plain momentum.
pub const NESTEROV: bool = false;

/// `train.d_steps`: discriminator steps to one of the generator.
pub const D_STEPS: usize = 1;
/// `train.batch_size`, in real images.
pub const BATCH_SIZE: usize = 64;
/// `train.packing`: D judges single images.
pub const PACKING: usize = 1;
/// `train.epochs`: no limit from it.
pub const EPOCHS: u64 = 0;
/// `train.total_images`: no limit from it.
pub const TOTAL_IMAGES: u64 = 0;
/// `train.max_seconds`: no limit from it.
pub const MAX_SECONDS: f64 = 0.0;
/// `train.seed`.
pub const SEED: u64 = 0;
/// `train.warmup_images`: none.
pub const WARMUP_IMAGES: u64 = 0;
/// `train.full_rate_images`: rates as written, however long the run.
pub const FULL_RATE_IMAGES: u64 = 0;
/// `train.final_lr_factor`: a falling schedule falls to zero.
pub const FINAL_LR_FACTOR: f64 = 0.0;
/// `train.ema_half_life_images`: no average.
pub const EMA_HALF_LIFE_IMAGES: f64 = 0.0;
/// `train.ema_rampup`: the half life is the same from the start.
pub const EMA_RAMPUP: f64 = 0.0;
/// `train.checkpoint_epochs`: one an epoch.
pub const CHECKPOINT_EPOCHS: u64 = 1;
/// `train.checkpoint_images`: none but those by epochs.
pub const CHECKPOINT_IMAGES: u64 = 0;
/// `train.keep_checkpoints`: all.
pub const KEEP_CHECKPOINTS: usize = 0;
/// `train.tick_images`: one epoch.
pub const TICK_IMAGES: u64 = 0;
/// `train.grid_images`: a 4x4 grid.
pub const GRID_IMAGES: usize = 16;
/// `train.stop_plateau_ticks`: a plateau does not stop a run.
pub const STOP_PLATEAU_TICKS: u64 = 0;
/// `train.stop_plateau_tolerance`, relative.
pub const STOP_PLATEAU_TOLERANCE: f64 = 0.001;

/// `eval.every_images`: no evaluation.
pub const EVAL_EVERY_IMAGES: u64 = 0;
/// `eval.samples`: as reports of Frechet distances have.
pub const EVAL_SAMPLES: usize = 10_000;
/// `eval.judge`: the one in the program that knows the data.
pub const EVAL_JUDGE: &str = "";
/// `eval.best`: by the Frechet distance.
pub const EVAL_BEST: &str = "fjd";
/// `eval.until`: no metric ends a run.
pub const EVAL_UNTIL: &str = "";
/// `eval.plateau_evals`: nor that it no longer improves.
pub const EVAL_PLATEAU_EVALS: u64 = 0;

/// `burn_in.images`: no burn-in.
pub const BURN_IN_IMAGES: u64 = 0;

/// `health.non_finite`: what is not finite never becomes finite again.
pub const NON_FINITE: Action = Action::Stop;
/// The other alarms of `[health]`: a run may recover from what they tell.
pub const ALARM: Action = Action::Warn;
/// `health.look_images`: half an epoch.
pub const LOOK_IMAGES: u64 = 0;
/// `health.look_samples`: 30 images of each of ten classes.
pub const LOOK_SAMPLES: usize = 300;
/// `health.grace_images`: one epoch.
pub const GRACE_IMAGES: u64 = 0;
/// `health.looks_in_a_row`: players chase each other, so one look may meet them at a bad moment.
pub const LOOKS_IN_A_ROW: u32 = 2;
/// `health.ticks_in_a_row`.
pub const TICKS_IN_A_ROW: u32 = 3;
/// `health.saturated_accuracy`.
pub const SATURATED_ACCURACY: f64 = 0.99;
/// `health.blind_margin`.
pub const BLIND_MARGIN: f64 = 0.01;
/// `health.dead_norm`.
pub const DEAD_NORM: f64 = 1e-6;
/// `health.exploding_ratio`: three orders of magnitude.
pub const EXPLODING_RATIO: f64 = 1000.0;
/// `health.min_classes`: half of them.
pub const MIN_CLASSES: f64 = 0.5;
/// `health.max_class_ratio`: of ten equal classes, one with 30%.
pub const MAX_CLASS_RATIO: f64 = 3.0;
/// `health.min_diversity`: half the data's.
pub const MIN_DIVERSITY: f64 = 0.5;
/// `health.max_roll_backs`.
pub const MAX_ROLL_BACKS: u32 = 3;
/// `health.roll_back_lr_factor`.
pub const ROLL_BACK_LR_FACTOR: f64 = 0.5;
