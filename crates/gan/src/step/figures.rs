//! The figures of a step: of one step ([`StepReport`]), or their means over several ([`Means`]). Both are defined once, here.

use serde::{Deserialize, Serialize};

/// Defines [`Figures`] and everything that goes through all of its fields.
macro_rules! figures {
    ($($(#[doc = $doc:literal])* $name:ident: $in_words:literal,)*) => {
        /// The figures of training, in the order of a log's line, under the names that they have there.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct Figures<T> {
            $($(#[doc = $doc])* pub $name: T,)*
        }

        /// How many figures there are.
        pub const FIGURES: usize = [$(stringify!($name)),*].len();

        /// What each figure is called in a sentence.
        pub const IN_WORDS: Figures<&str> = Figures { $($name: $in_words),* };

        impl<T> Figures<T> {
            /// The figures in order.
            pub fn values(self) -> [T; FIGURES] {
                [$(self.$name),*]
            }

            /// From figures in order.
            pub fn from_values(values: [T; FIGURES]) -> Figures<T> {
                let [$($name),*] = values;
                Figures { $($name),* }
            }

            /// `f` of each figure.
            pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Figures<U> {
                Figures { $($name: f(self.$name)),* }
            }

            /// `f` of each figure and the same of `other`.
            pub fn zip_with<U, V>(self, other: Figures<U>, mut f: impl FnMut(T, U) -> V) -> Figures<V> {
                Figures { $($name: f(self.$name, other.$name)),* }
            }
        }
    };
}

figures! {
    /// L_D, penalties not included.
    discriminator_loss: "the discriminator's loss",
    /// L_G.
    generator_loss: "the generator's loss",
    /// Sum of the gradient penalties.
    penalty: "the penalty",
    /// Mean logit on real images.
    real_logit: "the mean logit on real images",
    /// Mean logit on generated images.
    fake_logit: "the mean logit on generated images",
    /// Mean probability `sigmoid(logit - threshold)` on real images; see [`Loss::threshold`](crate::losses::Loss::threshold).
    real_probability: "the mean probability on real images",
    /// Mean probability on generated images.
    fake_probability: "the mean probability on generated images",
    /// Proportion of real images with a logit above the threshold.
    real_accuracy: "the accuracy on real images",
    /// Proportion of generated images with a logit below it.
    fake_accuracy: "the accuracy on generated images",
    /// Norm of D's gradient before clipping.
    discriminator_grad_norm: "the discriminator's gradient norm",
    /// Norm of G's gradient before clipping.
    generator_grad_norm: "the generator's gradient norm",
}

/// Figures of one step. A figure that the step does not compute is zero.
pub type StepReport = Figures<f64>;

/// Means of the figures over the steps that computed them; `None` where no step did. A log has null there, which differs
/// from a computed figure of 0.
pub type Means = Figures<Option<f64>>;

impl StepReport {
    /// Whether every figure is finite.
    pub fn is_finite(&self) -> bool {
        self.values().iter().all(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_computed_is_null_and_logs_of_zeros_still_read() {
        let means = Means { real_logit: Some(0.0), ..Means::default() };
        let text = serde_json::to_string(&means).unwrap();
        assert!(
            text.contains("\"real_logit\":0.0") && text.contains("\"generator_grad_norm\":null"),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Means>(&text).unwrap(), means);
        let old = serde_json::to_string(&StepReport { penalty: 2.0, ..StepReport::default() }).unwrap();
        let read: Means = serde_json::from_str(&old).unwrap();
        assert_eq!((read.penalty, read.generator_loss), (Some(2.0), Some(0.0)));
        assert_eq!(serde_json::from_str::<Means>("{}").unwrap(), Means::default());
    }

    #[test]
    fn the_order_is_that_of_the_fields() {
        let mut next = 0.0;
        let figures = StepReport::default().map(|_| {
            next += 1.0;
            next
        });
        assert_eq!((figures.discriminator_loss, figures.generator_grad_norm), (1.0, 11.0));
        assert_eq!(StepReport::from_values(figures.values()), figures);
        let differences = figures.zip_with(figures, |a, b| a - b);
        assert_eq!(differences, StepReport::default());
    }
}
