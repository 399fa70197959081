//! A config as text has it: the sections of the TOML file, with defaults for what they leave out.
//!
//! Hyper-parameters are f64 here, so that what was written as 0.1 is written back as 0.1.

use nn::{Init, LayerSpec};
use serde::{Deserialize, Serialize};

use super::choices::{Action, ClassWeight, OptimizerKind, Players, Schedule, Split, Update};
use super::defaults;
use super::error::ConfigError;
use super::source::Source;
use crate::losses::Loss;

/// A whole config. Nothing has been checked but its keys and types; see [`check`](Self::check).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    /// A word for lists and folders.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// `[data]`
    pub data: DataSection,
    /// `[generator]`
    pub generator: GeneratorSection,
    /// `[discriminator]`
    pub discriminator: DiscriminatorSection,
    /// `[objective]`
    pub objective: ObjectiveSection,
    /// `[optimizer.generator]` and `[optimizer.discriminator]`
    pub optimizer: OptimizerSections,
    /// `[train]`
    pub train: TrainSection,
    /// `[eval]`
    pub eval: EvalSection,
    /// `[burn_in]`
    pub burn_in: BurnInSection,
    /// `[health]`
    pub health: HealthSection,
}

impl Written {
    /// Reads a config and fills in every default.
    ///
    /// # Errors
    /// [`ConfigError::Text`] where the text is not TOML or has an unknown key or a wrong type, with the line and
    /// what was expected; [`ConfigError::Override`] for the same in a `--set`.
    pub fn parse(source: &Source) -> Result<Written, ConfigError> {
        let mut written = source.read()?;
        written.optimizer.generator.fill_defaults();
        written.optimizer.discriminator.fill_defaults();
        Ok(written)
    }

    /// The config as TOML with every key written; it parses to the same value.
    ///
    /// # Errors
    /// [`ConfigError::Write`] for an integer that TOML cannot hold.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        self.write().map_err(|e| ConfigError::Write { message: e.to_string() })
    }

    /// The TOML writer turns a list of tables into `[[generator.layers]]` sections; layers read better as a list, so
    /// they are put in afterwards.
    fn write(&self) -> Result<String, toml::ser::Error> {
        let mut bare = self.clone();
        bare.generator.layers.clear();
        bare.discriminator.layers.clear();
        let mut text = toml::to_string(&bare)?;
        // From the end: all free text (name, description, source) lies before both.
        let mut end = text.len();
        for layers in [&self.discriminator.layers, &self.generator.layers] {
            if let Some(start) = text[..end].rfind(NO_LAYERS) {
                text.replace_range(start..start + NO_LAYERS.len(), &list(layers)?);
                end = start;
            }
        }
        Ok(text)
    }
}

const NO_LAYERS: &str = "layers = []\n";

/// `layers = [`, a layer a line, `]`.
fn list(layers: &[LayerSpec]) -> Result<String, toml::ser::Error> {
    if layers.is_empty() {
        return Ok(NO_LAYERS.to_owned());
    }
    let mut text = "layers = [\n".to_owned();
    for layer in layers {
        let mut item = String::new();
        layer.serialize(toml::ser::ValueSerializer::new(&mut item))?;
        text.push_str(&format!("    {item},\n"));
    }
    text.push_str("]\n");
    Ok(text)
}

/// What is learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSection {
    /// A data set's name, or a path.
    pub source: String,
    /// Which of its parts.
    pub split: Split,
    /// Height and width that a folder's images are brought to, as "64x64"; "": they are taken as they are.
    pub size: String,
    /// Channels that a folder's images are brought to, 1 or 3; 0: as they are.
    pub channels: usize,
    /// Pass over files of a folder that cannot be used, rather than refuse the folder.
    pub skip_broken: bool,
    /// As many images of each class in an epoch, whatever the data has.
    pub balanced_classes: bool,
}

/// The network that makes images of latents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneratorSection {
    /// Numbers in a latent, drawn from N(0, I).
    pub latent: usize,
    /// How weights start, in layers that do not say.
    pub init: Init,
    /// From latent to pixels.
    pub layers: Vec<LayerSpec>,
}

/// The network that gives an image one logit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscriminatorSection {
    /// How weights start, in layers that do not say.
    pub init: Init,
    /// From pixels to one logit: the last is `{ dense = 1 }`.
    pub layers: Vec<LayerSpec>,
}

/// What both players minimise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectiveSection {
    /// The loss of both players.
    pub loss: Loss,
    /// One-sided label smoothing: real images' target is 1 less this.
    pub label_smoothing: f64,
    /// Standard deviation of the Gaussian noise on D's inputs, real and generated, at the start.
    pub instance_noise: f64,
    /// Images over which that noise falls to 0 in a straight line; 0: it stays.
    pub instance_noise_images: u64,
    /// gamma of `gamma/2 mean |dD/dx|²` on real images (Mescheder et al. 2018).
    pub r1: f64,
    /// gamma of the same on generated images.
    pub r2: f64,
    /// lambda of `lambda mean (|dD/dx| - 1)²` on interpolates (Gulrajani et al. 2017).
    pub gradient_penalty: f64,
    /// lambda of the same on real images with noise (DRAGAN, Kodali et al. 2017).
    pub dragan: f64,
    /// lambda of the classes' cross-entropy in both players' losses, for a D that ends with "classifier-head" (AC-GAN, Odena
    /// et al. 2017); 0: none.
    pub auxiliary: f64,
    /// Weight, in G's loss, of the squared distance between the mean features of real and generated images (Salimans et al.
    /// 2016), for a conditional G class by class; 0: off.
    pub feature_matching: f64,
    /// How much a class counts in both players' losses.
    pub class_weight: ClassWeight,
    /// Bound on each of D's weights after each step; 0: none.
    pub weight_clip: f64,
    /// Bound on the global norm of each player's gradient; 0: none.
    pub gradient_clip: f64,
}

/// Both players' optimizers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerSections {
    /// `[optimizer.generator]`
    pub generator: OptimizerSection,
    /// `[optimizer.discriminator]`
    pub discriminator: OptimizerSection,
}

/// One player's optimizer. `None` is a key that was not written; [`Written::parse`] leaves only those that the kind
/// does not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerSection {
    /// The rule.
    pub kind: OptimizerKind,
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first moment (`adam`, `adamw`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta1: Option<f64>,
    /// Decay of the second moment (`adam`, `adamw`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// Decay of the mean square (`rmsprop`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// Added to the root (`adam`, `adamw`, `rmsprop`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eps: Option<f64>,
    /// Decoupled weight decay (`adamw`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// Momentum (`rmsprop`, `sgd`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// Divide by the variance rather than the mean square (`rmsprop`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub centered: Option<bool>,
    /// Nesterov's momentum (`sgd`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nesterov: Option<bool>,
}

impl OptimizerSection {
    /// Fills in the keys that the kind has.
    fn fill_defaults(&mut self) {
        for key in self.kind.keys() {
            match *key {
                "beta1" => _ = self.beta1.get_or_insert(defaults::BETA1),
                "beta2" => _ = self.beta2.get_or_insert(defaults::BETA2),
                "alpha" => _ = self.alpha.get_or_insert(defaults::ALPHA),
                "eps" => _ = self.eps.get_or_insert(defaults::EPS),
                "weight_decay" => _ = self.weight_decay.get_or_insert(defaults::WEIGHT_DECAY),
                "momentum" => _ = self.momentum.get_or_insert(defaults::MOMENTUM),
                "centered" => _ = self.centered.get_or_insert(defaults::CENTERED),
                "nesterov" => _ = self.nesterov.get_or_insert(defaults::NESTEROV),
                _ => {}
            }
        }
    }

    /// The keys that are written, beside `kind` and `lr`.
    pub(super) fn written_keys(&self) -> impl Iterator<Item = &'static str> {
        [
            ("beta1", self.beta1.is_some()),
            ("beta2", self.beta2.is_some()),
            ("alpha", self.alpha.is_some()),
            ("eps", self.eps.is_some()),
            ("weight_decay", self.weight_decay.is_some()),
            ("momentum", self.momentum.is_some()),
            ("centered", self.centered.is_some()),
            ("nesterov", self.nesterov.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, written)| written.then_some(key))
    }
}

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
    /// What a falling schedule ends at, as a share of the learning rate.
    pub final_lr_factor: f64,
    /// Half life, in images, of the moving average of G's weights; 0: no average.
    pub ema_half_life_images: f64,
    /// The half life is at most this share of the images shown so far; 0: no such bound.
    pub ema_rampup: f64,
    /// A checkpoint every so many epochs, and at the end; 0: none by epochs.
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

/// How the generator is judged while it trains, and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvalSection {
    /// Images between two evaluations, with another at the run's end; 0: none at all.
    pub every_images: u64,
    /// Generated images judged, and real ones that they are compared with; fewer if there are fewer.
    pub samples: usize,
    /// A judge's file; "": the one in the program that knows the data.
    pub judge: String,
    /// The metric, without a count, whose best checkpoint is kept; "": none.
    pub best: String,
    /// Stop when a metric reaches a value, as "fjd<5" or "coverage>0.9"; "": never.
    pub until: String,
    /// Stop when `best` has not improved over so many evaluations; 0: never.
    pub plateau_evals: u64,
}

/// What moves, over a run's first images, from what the other sections say to what this one does; see
/// [`Experiment::during_burn_in`](super::Experiment::during_burn_in). `None` is a key that was not written: what it names stays.
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

/// What is watched, and what is done about it. Each alarm's figures are defined in [`crate::health`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthSection {
    /// At a loss, a gradient or a weight that is not finite. Looked for at every step; weights at every tick and checkpoint.
    pub non_finite: Action,
    /// At a D that is always right on both kinds, or cannot tell them apart.
    pub saturated_discriminator: Action,
    /// At a player's gradients that are gone, or out of all proportion to what they were.
    pub dead_gradients: Action,
    /// At classes of the data that are no longer generated, as the data's judge sees it.
    pub collapse: Action,
    /// At generated images that are all alike.
    pub low_diversity: Action,
    /// Images between two looks at generated images; 0: half an epoch.
    pub look_images: u64,
    /// Generated images in a look.
    pub look_samples: usize,
    /// Images before which no look raises an alarm; 0: one epoch.
    pub grace_images: u64,
    /// So many looks in a row raise an alarm (`collapse`, `low_diversity`).
    pub looks_in_a_row: u32,
    /// So many ticks in a row raise an alarm (`saturated_discriminator`, `dead_gradients`).
    pub ticks_in_a_row: u32,
    /// D is always right if its accuracy on either kind is at least this.
    pub saturated_accuracy: f64,
    /// D cannot tell if its mean accuracy is this near to 1/2, and its mean probabilities of both kinds this near to each other.
    pub blind_margin: f64,
    /// A player no longer learns if its gradient's norm is at most this.
    pub dead_norm: f64,
    /// A gradient explodes if its norm is at least so many times its median.
    pub exploding_ratio: f64,
    /// Share of the data's classes that have to be there.
    pub min_classes: f64,
    /// Most that one class may have, in multiples of its share of the data.
    pub max_class_ratio: f64,
    /// Least mean distance of two generated images, relative to that of two training images.
    pub min_diversity: f64,
    /// A run that was rolled back so often stops at the next alarm.
    pub max_roll_backs: u32,
    /// What a roll-back multiplies both learning rates by.
    pub roll_back_lr_factor: f64,
}

impl Default for Written {
    fn default() -> Self {
        Written {
            name: defaults::NAME.to_owned(),
            description: String::new(),
            data: DataSection::default(),
            generator: GeneratorSection::default(),
            discriminator: DiscriminatorSection::default(),
            objective: ObjectiveSection::default(),
            optimizer: OptimizerSections::default(),
            train: TrainSection::default(),
            eval: EvalSection::default(),
            burn_in: BurnInSection::default(),
            health: HealthSection::default(),
        }
    }
}

impl Default for DataSection {
    fn default() -> Self {
        DataSection {
            source: defaults::DATA_SOURCE.to_owned(),
            split: Split::default(),
            size: defaults::DATA_SIZE.to_owned(),
            channels: defaults::DATA_CHANNELS,
            skip_broken: defaults::DATA_SKIP_BROKEN,
            balanced_classes: defaults::DATA_BALANCED_CLASSES,
        }
    }
}

impl Default for EvalSection {
    fn default() -> Self {
        EvalSection {
            every_images: defaults::EVAL_EVERY_IMAGES,
            samples: defaults::EVAL_SAMPLES,
            judge: defaults::EVAL_JUDGE.to_owned(),
            best: defaults::EVAL_BEST.to_owned(),
            until: defaults::EVAL_UNTIL.to_owned(),
            plateau_evals: defaults::EVAL_PLATEAU_EVALS,
        }
    }
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

impl Default for HealthSection {
    fn default() -> Self {
        HealthSection {
            non_finite: defaults::NON_FINITE,
            saturated_discriminator: defaults::ALARM,
            dead_gradients: defaults::ALARM,
            collapse: defaults::ALARM,
            low_diversity: defaults::ALARM,
            look_images: defaults::LOOK_IMAGES,
            look_samples: defaults::LOOK_SAMPLES,
            grace_images: defaults::GRACE_IMAGES,
            looks_in_a_row: defaults::LOOKS_IN_A_ROW,
            ticks_in_a_row: defaults::TICKS_IN_A_ROW,
            saturated_accuracy: defaults::SATURATED_ACCURACY,
            blind_margin: defaults::BLIND_MARGIN,
            dead_norm: defaults::DEAD_NORM,
            exploding_ratio: defaults::EXPLODING_RATIO,
            min_classes: defaults::MIN_CLASSES,
            max_class_ratio: defaults::MAX_CLASS_RATIO,
            min_diversity: defaults::MIN_DIVERSITY,
            max_roll_backs: defaults::MAX_ROLL_BACKS,
            roll_back_lr_factor: defaults::ROLL_BACK_LR_FACTOR,
        }
    }
}

impl Default for GeneratorSection {
    fn default() -> Self {
        GeneratorSection { latent: defaults::LATENT, init: Init::default(), layers: Vec::new() }
    }
}

impl Default for ObjectiveSection {
    fn default() -> Self {
        ObjectiveSection {
            loss: Loss::NonSaturating,
            label_smoothing: defaults::LABEL_SMOOTHING,
            instance_noise: defaults::INSTANCE_NOISE,
            instance_noise_images: defaults::INSTANCE_NOISE_IMAGES,
            r1: defaults::R1,
            r2: defaults::R2,
            gradient_penalty: defaults::GRADIENT_PENALTY,
            dragan: defaults::DRAGAN,
            auxiliary: defaults::AUXILIARY,
            feature_matching: defaults::FEATURE_MATCHING,
            class_weight: ClassWeight::default(),
            weight_clip: defaults::WEIGHT_CLIP,
            gradient_clip: defaults::GRADIENT_CLIP,
        }
    }
}

impl Default for OptimizerSection {
    fn default() -> Self {
        OptimizerSection {
            kind: OptimizerKind::default(),
            lr: defaults::LR,
            beta1: None,
            beta2: None,
            alpha: None,
            eps: None,
            weight_decay: None,
            momentum: None,
            centered: None,
            nesterov: None,
        }
    }
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
