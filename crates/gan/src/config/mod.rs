//! What an experiment is, from TOML text to values that may train.
//!
//! Two types, and one way between them: [`Written`] is what a preset, a file or a run folder says, with every
//! default filled in; [`Experiment`] is what passed every rule against the data at hand, and only it trains.
//!
//! ```
//! use gan::config::{Facts, Source, Written};
//!
//! let text = r#"
//!     [generator]
//!     latent = 8
//!     layers = [{ dense = 16 }, "relu", { dense = 4 }, "tanh"]
//!     [discriminator]
//!     layers = [{ dense = 16 }, "relu", { dense = 1 }]
//! "#;
//! let source = Source::new(text, "example.toml").with_overrides(&["train.epochs=3".to_owned()])?;
//! let written = Written::parse(&source)?;
//! let experiment = written.check(&source, &Facts { image_shape: (2, 2, 1), images: 1000, classes: 0 })?;
//! assert_eq!(experiment.train.total_images, Some(3 * 960)); // 15 whole batches of 64 an epoch
//! # Ok::<(), gan::config::ConfigError>(())
//! ```

mod check;
mod checked;
mod choices;
pub mod defaults;
mod error;
mod locate;
mod overrides;
mod schedule;
mod source;
mod value;
mod written;

#[cfg(test)]
mod tests;

pub use check::Facts;
pub use checked::{
    BurnIn, Data, Discriminator, Eval, Experiment, Generator, Health, Objective, Optimizers, Train,
};
pub use choices::{Action, ClassWeight, OptimizerKind, Players, Schedule, Split, Update};
pub use error::ConfigError;
pub use source::{Overlay, Source};
pub use written::{
    BurnInSection, DataSection, DiscriminatorSection, EvalSection, GeneratorSection, HealthSection,
    ObjectiveSection, OptimizerSection, OptimizerSections, TrainSection, Written,
};
