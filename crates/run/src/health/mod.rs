//! The health of a run: five alarms, each a function of a few figures.
//!
//! | alarm | raised by | looked for |
//! |---|---|---|
//! | [`non_finite`] | a loss, a gradient or a weight that is not finite | every step; weights every tick and checkpoint |
//! | [`saturated`] | a D that is always right, or guesses | ticks in a row |
//! | [`gradients`] | a gradient that vanishes or explodes | ticks in a row |
//! | [`collapse`] | classes of the data that are no longer generated | looks in a row |
//! | [`diversity`] | generated images that are all alike | looks in a row |
//!
//! The config sets the action of each alarm (`[health]`), and the training loop carries it out ([`crate::train`](crate::train())). Alarms
//! remember earlier checks in the checkpoint ([`History`]), so that a resumed run is warned, stopped or rolled back where an
//! uninterrupted one is. Checks change nothing that training reads: weights are the same with and without them.

pub mod collapse;
pub mod diversity;
pub mod gradients;
mod look;
pub mod non_finite;
pub mod saturated;

use std::collections::BTreeMap;

pub use gan::health::{AlarmKind, Course, History};
pub use look::{Look, Observatory};

/// The finding of a check: one sentence, and its figures by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// One sentence without a full stop.
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
