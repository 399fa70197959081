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

mod annotated;
mod check;
mod choices;
mod entry;
mod error;
mod experiment;
mod facts;
mod key;
mod locate;
mod optimizer_keys;
mod overlay;
mod overrides;
mod range;
mod schedule;
mod section;
mod sections;
mod source;
mod value;
mod written;

#[cfg(test)]
mod tests;

pub use annotated::annotated;
pub use choices::{Action, ClassWeight, OptimizerKind, Players, Schedule, Split, Update};
pub use entry::Optional;
pub use error::ConfigError;
pub use experiment::{Data, Eval, Experiment, Health, Optimizers, Train};
pub use facts::Facts;
pub use key::{Key, Kind};
pub use overlay::Overlay;
pub use range::Range;
pub use sections::{
    BACKGROUND_BEFORE_THE_KEY, BurnIn, Colour, DataSection, Discriminator, EvalSection, Generator,
    HealthSection, Objective, OptimizerSection, OptimizerSections, TrainSection,
};
pub use source::Source;
pub use written::{Written, keys};
