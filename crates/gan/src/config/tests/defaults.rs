use super::super::{
    Action, ClassWeight, OptimizerKind, Optional, Players, Schedule, Split, Update, Written, keys,
};
use super::{experiment, source};
use crate::losses::Loss;

/// A changed default changes what existing configs mean, so it has to be changed here too. A new key need not be added.
const DEFAULTS: &str = r#"name = "custom"
description = ""

[data]
source = "mnist"
split = "train"
size = ""
channels = 0
skip_broken = false
background = "white"
balanced_classes = false

[generator]
latent = 100
init = "glorot-uniform"
layers = []

[discriminator]
init = "glorot-uniform"
layers = []

[objective]
loss = "non-saturating"
label_smoothing = 0.0
instance_noise = 0.0
instance_noise_images = 0
r1 = 0.0
r2 = 0.0
gradient_penalty = 0.0
dragan = 0.0
auxiliary = 0.0
feature_matching = 0.0
class_weight = "none"
weight_clip = 0.0
gradient_clip = 0.0

[optimizer.generator]
kind = "adam"
lr = 0.0002
beta1 = 0.9
beta2 = 0.999
eps = 0.00000001

[optimizer.discriminator]
kind = "adam"
lr = 0.0002
beta1 = 0.9
beta2 = 0.999
eps = 0.00000001

[train]
players = "both"
update = "simultaneous"
d_steps = 1
batch_size = 64
packing = 1
epochs = 0
total_images = 0
max_seconds = 0.0
seed = 0
schedule = "constant"
warmup_images = 0
full_rate_images = 0
final_lr_factor = 0.0
ema_half_life_images = 0.0
ema_rampup = 0.0
checkpoint_epochs = 1
checkpoint_images = 0
keep_checkpoints = 0
tick_images = 0
grid_images = 16
stop_plateau_ticks = 0
stop_plateau_tolerance = 0.001

[eval]
every_images = 0
samples = 10000
judge = ""
best = "fd"
until = ""
plateau_evals = 0

[burn_in]
images = 0

[health]
non_finite = "stop"
saturated_discriminator = "warn"
dead_gradients = "warn"
collapse = "warn"
low_diversity = "warn"
look_images = 0
look_samples = 300
grace_images = 0
looks_in_a_row = 2
ticks_in_a_row = 3
saturated_accuracy = 0.99
blind_margin = 0.01
dead_norm = 0.000001
exploding_ratio = 1000.0
min_classes = 0.5
max_class_ratio = 3.0
min_diversity = 0.5
max_roll_backs = 3
roll_back_lr_factor = 0.5
"#;

#[test]
fn defaults_are_pinned() {
    let written = Written::parse(&source("", &[]).unwrap()).unwrap();
    let got: toml::Table = toml::from_str(&written.to_toml().unwrap()).unwrap();
    let pinned: toml::Table = toml::from_str(DEFAULTS).unwrap();
    let mut checked = 0;
    for key in keys() {
        if let Some(value) = at(&pinned, &key.path).filter(|value| !value.is_table()) {
            assert_eq!(at(&got, &key.path), Some(value), "{}", key.path);
            checked += 1;
        }
    }
    assert_eq!(checked, DEFAULTS.lines().filter(|line| line.contains(" = ")).count());
}

fn at<'t>(table: &'t toml::Table, path: &str) -> Option<&'t toml::Value> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let value = table.get(first)?;
    if rest.is_empty() { Some(value) } else { at(value.as_table()?, rest) }
}

#[test]
fn other_kinds_defaults_are_pinned() {
    fn set<T>(value: T) -> Optional<T> {
        Optional(Some(value))
    }
    let sets = ["optimizer.generator.kind=adamw", "optimizer.discriminator.kind=rmsprop"];
    let written = Written::parse(&source("", &sets).unwrap()).unwrap();
    let (generator, discriminator) = (written.optimizer.generator, written.optimizer.discriminator);
    assert_eq!((generator.beta1, generator.beta2), (set(0.9), set(0.999)));
    assert_eq!((generator.eps, generator.weight_decay), (set(1e-8), set(0.01)));
    assert_eq!((discriminator.alpha, discriminator.eps), (set(0.99), set(1e-8)));
    assert_eq!((discriminator.momentum, discriminator.centered), (set(0.0), set(false)));
    let written = Written::parse(&source("", &["optimizer.generator.kind=sgd"]).unwrap()).unwrap();
    let generator = written.optimizer.generator;
    assert_eq!((generator.momentum, generator.nesterov), (set(0.0), set(false)));
}

#[test]
fn words_are_the_documented_ones() {
    let names = |all: &[&str]| all.join(" ");
    let of = |sides: Vec<&'static str>| sides.join(" ");
    assert_eq!(of(Split::ALL.iter().map(|c| c.name()).collect()), names(&["train", "test"]));
    assert_eq!(
        of(Players::ALL.iter().map(|c| c.name()).collect()),
        names(&["both", "discriminator", "generator"])
    );
    assert_eq!(of(Update::ALL.iter().map(|c| c.name()).collect()), names(&["simultaneous", "alternating"]));
    assert_eq!(
        of(Schedule::ALL.iter().map(|c| c.name()).collect()),
        names(&["constant", "linear", "cosine"])
    );
    let class_weights = ClassWeight::ALL.iter().map(|c| c.name()).collect();
    assert_eq!(
        of(Action::ALL.iter().map(|c| c.name()).collect()),
        names(&["off", "warn", "stop", "roll-back"])
    );
    assert_eq!(of(class_weights), names(&["none", "inverse-frequency"]));
    assert_eq!(
        of(OptimizerKind::ALL.iter().map(|c| c.name()).collect()),
        names(&["adam", "adamw", "rmsprop", "sgd"])
    );
    for loss in Loss::ALL {
        let set = format!("objective.loss={loss}");
        assert_eq!(Written::parse(&source("", &[&set]).unwrap()).unwrap().objective.loss, loss);
    }
}

#[test]
fn a_config_with_nothing_but_layers_and_a_limit_trains() {
    let text = "generator.layers = [{ dense = 4 }, 'tanh']\ndiscriminator.layers = [{ dense = 1 }]\n\
                train = { epochs = 1, batch_size = 2 }";
    let experiment = experiment(text, &[]).unwrap();
    assert_eq!(experiment.generator.latent, 100);
    assert_eq!(experiment.train.epoch_images, 10);
}
