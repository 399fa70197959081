//! The rules between what is written and what trains. Each section's rules are a file.

mod burn_in;
mod classes;
mod data;
mod eval;
mod health;
mod networks;
mod objective;
mod optimizer;
mod train;

use nn::Shape;

use super::checked::{Data, Experiment, Optimizers};
use super::error::ConfigError;
use super::source::Source;
use super::written::Written;

impl Written {
    /// Checks every rule against the data at hand. `source` is what `self` was parsed from; it says where a refused value
    /// was written.
    ///
    /// # Errors
    /// [`ConfigError::Rule`] for the first rule that does not hold, with key, line and what would fit.
    pub fn check(&self, source: &Source, facts: &Facts) -> Result<Experiment, ConfigError> {
        let mut rules = Rules { source, warnings: Vec::new() };
        rules.ensure(
            facts.classes <= MOST_CLASSES,
            "data.source",
            format!("has {} classes", facts.classes),
            format!("at most {MOST_CLASSES}"),
        )?;
        let options = data::check(&rules, self, facts.image_shape.2)?;
        let train = train::check(&mut rules, self, facts.images)?;
        let generator = networks::generator(&mut rules, self, facts)?;
        let discriminator = networks::discriminator(&rules, self, facts)?;
        let objective = objective::check(&mut rules, self, facts, &discriminator)?;
        classes::check(&rules, self, facts, &generator, &discriminator)?;
        let optimizer = Optimizers {
            generator: optimizer::check(&rules, "generator", &self.optimizer.generator)?,
            discriminator: optimizer::check(&rules, "discriminator", &self.optimizer.discriminator)?,
        };
        let eval = eval::check(&rules, self, &generator)?;
        let burn_in = burn_in::check(&rules, self)?;
        let health = health::check(&rules, &self.health, train.round_images)?;
        Ok(Experiment {
            name: self.name.clone(),
            description: self.description.clone(),
            data: Data {
                source: self.data.source.clone(),
                split: self.data.split,
                options,
                image_shape: facts.image_shape,
                images: facts.images,
                classes: facts.classes,
                balanced_classes: self.data.balanced_classes,
            },
            generator: networks::generator_of(self),
            discriminator: networks::discriminator_of(self),
            objective,
            optimizer,
            train,
            eval,
            burn_in,
            health,
            warnings: rules.warnings,
        })
    }
}

/// Says no, and collects what deserves a word.
struct Rules<'a> {
    source: &'a Source,
    warnings: Vec<String>,
}

impl Rules<'_> {
    /// Refuses `key` unless the rule holds.
    fn ensure(
        &self,
        holds: bool,
        key: &str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Result<(), ConfigError> {
        if holds { Ok(()) } else { Err(self.source.refuse(key, message.into(), hint.into())) }
    }

    /// Refuses a number that is negative, or too large for the f32 that most become.
    fn not_negative(&self, key: &str, value: f64, hint: &str) -> Result<(), ConfigError> {
        let message = format!("{value:?} is not a number from 0 to 3.4e38");
        self.ensure((value as f32).is_finite() && value >= 0.0, key, message, hint)
    }

    fn warn(&mut self, key: &str, message: &str) {
        self.warnings.push(format!("`{key}`: {message}"));
    }
}

/// Labels are 16 bits.
const MOST_CLASSES: usize = 1 << 16;

/// What the data at hand is, as far as a config can fit or not fit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Height, width, channels.
    pub image_shape: (usize, usize, usize),
    /// How many images there are.
    pub images: usize,
    /// Labels are below this; 0: there are none.
    pub classes: usize,
}

impl Facts {
    fn pixels(&self) -> usize {
        let (height, width, channels) = self.image_shape;
        height.saturating_mul(width).saturating_mul(channels)
    }

    /// The shape of `images` images side by side in their channels.
    fn shape(&self, images: usize) -> Shape {
        let (height, width, channels) = self.image_shape;
        Shape { height, width, channels: channels.saturating_mul(images) }
    }
}

impl std::fmt::Display for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (height, width, channels) = self.image_shape;
        write!(f, "{height}x{width}x{channels} = {} pixels", self.pixels())
    }
}

/// `None` for the 0 that a config writes for "off".
fn unless_zero<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}
