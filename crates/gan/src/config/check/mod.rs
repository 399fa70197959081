//! The rules between what is written and what trains. Those of a key alone come from its definition ([`ranges`]); those that tie
//! several keys, or need the data, have a file for each section.

mod burn_in;
mod classes;
mod data;
mod eval;
mod health;
mod networks;
mod objective;
mod optimizer;
mod ranges;
mod rules;
mod train;

use rules::Rules;

use super::error::ConfigError;
use super::experiment::{Data, Experiment, Optimizers};
use super::facts::Facts;
use super::source::Source;
use super::written::Written;

/// Labels are 16 bits.
const MOST_CLASSES: usize = 1 << 16;

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
        ranges::check(&rules, self)?;
        let options = data::check(&rules, self, facts.image_shape.2)?;
        let train = train::check(&mut rules, &self.train, facts.images)?;
        let generator = networks::generator(&mut rules, self, facts)?;
        let discriminator = networks::discriminator(&rules, self, facts)?;
        objective::check(&mut rules, self, facts, &discriminator)?;
        classes::check(&rules, self, facts, &generator, &discriminator)?;
        let optimizer = Optimizers {
            generator: optimizer::check(&rules, "generator", &self.optimizer.generator)?,
            discriminator: optimizer::check(&rules, "discriminator", &self.optimizer.discriminator)?,
        };
        let eval = eval::check(&mut rules, self, &generator)?;
        burn_in::check(&rules, self)?;
        let health = health::check(&rules, &self.health, train.round_images)?;
        Ok(Experiment {
            name: self.name.clone(),
            description: self.description.clone(),
            data: Data {
                written: self.data.clone(),
                options,
                image_shape: facts.image_shape,
                images: facts.images,
                classes: facts.classes,
            },
            generator: self.generator.clone(),
            discriminator: self.discriminator.clone(),
            objective: self.objective.clone(),
            optimizer,
            train,
            eval,
            burn_in: self.burn_in.clone(),
            health,
            warnings: rules.warnings,
        })
    }
}
