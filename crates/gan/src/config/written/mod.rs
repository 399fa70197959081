//! A config as text has it: the sections of the TOML file, with defaults for what they leave out.
//!
//! Hyper-parameters are f64 here, so that what was written as 0.1 is written back as 0.1.

mod data;
mod eval;
mod health;
mod networks;
mod objective;
mod optimizer;
mod train;

use nn::LayerSpec;
use serde::{Deserialize, Serialize};

pub use data::DataSection;
pub use eval::EvalSection;
pub use health::HealthSection;
pub use networks::{DiscriminatorSection, GeneratorSection};
pub use objective::ObjectiveSection;
pub use optimizer::{OptimizerSection, OptimizerSections};
pub use train::{BurnInSection, TrainSection};

use super::defaults;
use super::error::ConfigError;
use super::source::Source;

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
    /// what was expected; [`ConfigError::Override`] for the same in an override.
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
