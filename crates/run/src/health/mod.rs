//! Whether a run goes well: five alarms, each a function of a few figures, and the memory that they need.
//!
//! | alarm | raised by | looked for |
//! |---|---|---|
//! | [`non_finite`] | a loss, a gradient or a weight that is not finite | every step; weights every tick and checkpoint |
//! | [`saturated`] | a D that is always right, or cannot tell | ticks in a row |
//! | [`gradients`] | a gradient that is gone, or out of all proportion | ticks in a row |
//! | [`collapse`] | classes of the data that are no longer generated | looks in a row |
//! | [`diversity`] | generated images that are all alike | looks in a row |
//!
//! What follows an alarm is the config's to say (`[health]`) and the run's to do ([`crate::train`](crate::train())). All memory is in
//! the checkpoint ([`History`]), so that a resumed run is warned, stopped or rolled back where the whole run would be. No
//! check touches what training reads: weights are the same whether health is watched or not.

pub mod collapse;
pub mod diversity;
pub mod gradients;
mod look;
pub mod non_finite;
pub mod saturated;

use std::collections::BTreeMap;

pub use gan::health::{AlarmKind, Course, History};
pub use look::{Look, Observatory};

/// Why a check is not content: one sentence, and the figures behind it by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// One sentence without its full stop.
    pub message: String,
    /// Finite figures.
    pub figures: BTreeMap<String, f64>,
}

impl Finding {
    pub(crate) fn new(message: String, figures: &[(&str, f64)]) -> Finding {
        // JSON has no other numbers.
        let finite = figures.iter().filter(|(_, value)| value.is_finite());
        Finding { message, figures: finite.map(|&(name, value)| (name.to_owned(), value)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use gan::config::{Facts, Health, Source, Written};

    /// The defaults.
    pub(in crate::health) fn health() -> Health {
        let text = "generator.layers = [{ dense = 4 }, 'tanh']\ndiscriminator.layers = [{ dense = 1 }]\n\
                    train = { epochs = 1, batch_size = 2 }";
        let source = Source::new(text, "test");
        let facts = Facts { image_shape: (2, 2, 1), images: 10, classes: 0 };
        Written::parse(&source).unwrap().check(&source, &facts).unwrap().health
    }
}
