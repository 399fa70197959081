//! Configs that train, configs that are refused, and the courses of a run.

mod defaults;
mod health;
mod labels;
mod overrides;
mod refused;
mod resolved;
mod rims;
mod schedule;
mod texts;

use super::{ConfigError, Experiment, Facts, Source, Written};

/// A small config for 2x2 grey images that trains. Tests change its lines.
const GOOD: &str = r#"name = "tiny"

[generator]
latent = 4
layers = [{ dense = 8 }, "relu", { dense = 4 }, "tanh"]

[discriminator]
layers = [
    { dense = 8 },
    "relu",
    { dense = 1 },
]

[objective]
loss = "non-saturating"

[optimizer.generator]
kind = "adam"

[train]
batch_size = 4
epochs = 2
"#;

fn source(text: &str, sets: &[&str]) -> Result<Source, ConfigError> {
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    Source::new(text, "tiny.toml").with_overrides(&sets)
}

/// Reads and checks a config for ten 2x2 grey images.
fn experiment(text: &str, sets: &[&str]) -> Result<Experiment, ConfigError> {
    experiment_of((2, 2, 1), text, sets)
}

/// Reads and checks a config for ten images of a shape.
fn experiment_of(
    image_shape: (usize, usize, usize),
    text: &str,
    sets: &[&str],
) -> Result<Experiment, ConfigError> {
    let source = source(text, sets)?;
    Written::parse(&source)?.check(&source, &Facts { image_shape, images: 10, classes: 0 })
}
