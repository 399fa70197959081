//! A whole config as its text has it.
//!
//! Hyper-parameters are f64 here, so that what was written as 0.1 is written back as 0.1.

use std::sync::LazyLock;

use nn::LayerSpec;
use serde::Serialize;

use super::entry::Entry;
use super::error::ConfigError;
use super::key::{Key, Kind};
use super::range::Range;
use super::section::section;
use super::sections::{
    BurnIn, DataSection, Discriminator, EvalSection, Generator, HealthSection, Objective, OptimizerSections,
    TrainSection,
};

section! {
    /// A whole config, with its defaults. Its keys and types are checked; for the rules see `check`.
    pub struct Written {
        /// A word for lists and folders.
        name: String = "custom".to_owned();
        /// One line that says what is trained.
        description: String = String::new();
        /// `[data]`
        data: DataSection = DataSection::default();
        /// `[generator]`
        generator: Generator = Generator::default();
        /// `[discriminator]`
        discriminator: Discriminator = Discriminator::default();
        /// `[objective]`
        objective: Objective = Objective::default();
        /// `[optimizer.generator]` and `[optimizer.discriminator]`
        optimizer: OptimizerSections = OptimizerSections::default();
        /// `[train]`
        train: TrainSection = TrainSection::default();
        /// `[eval]`
        eval: EvalSection = EvalSection::default();
        /// `[burn_in]`
        burn_in: BurnIn = BurnIn::default();
        /// `[health]`
        health: HealthSection = HealthSection::default();
    }
}

/// Every key of a config, and before those of a section the section itself, in the order in which a config is written.
pub fn keys() -> &'static [Key] {
    static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
        let root = Key {
            path: String::new(),
            kind: Kind::Section,
            default: None,
            range: Range::All,
            hint: "",
            doc: String::new(),
            kinds: Vec::new(),
        };
        let mut table = Vec::new();
        Written::default().define(root, &mut table);
        table.remove(0);
        table
    });
    &KEYS
}

/// The key or the section at a path.
pub(super) fn key_at(path: &str) -> Option<&'static Key> {
    keys().iter().find(|key| key.path == path)
}

impl Written {
    /// The config as TOML with every key written; it parses to the same value.
    ///
    /// # Errors
    /// [`ConfigError::Write`] for an integer that TOML cannot hold.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        self.text().map_err(|e| ConfigError::Write { message: e.to_string() })
    }

    /// The TOML writer turns a list of tables into `[[generator.layers]]` sections; layers read better as a list, so
    /// they are put in afterwards.
    fn text(&self) -> Result<String, toml::ser::Error> {
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
