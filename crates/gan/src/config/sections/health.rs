//! `[health]`: alarms.

use super::super::choices::Action;
use super::super::range::Range;
use super::super::section::section;

const SHARE: Range = Range::Closed(0.0, 1.0);

section! {
    /// What is watched during a run, and what is done about an alarm. The figures are defined in `docs/health.md`.
    pub struct HealthSection {
        /// At a loss, a gradient or a weight that is not finite. Losses and gradients are watched at every step, weights at every
        /// tick and checkpoint.
        non_finite: Action = Action::Stop;
        /// At a D that is always right, or that cannot tell real from generated images.
        saturated_discriminator: Action = Action::Warn;
        /// At a network whose gradient has vanished or exploded.
        dead_gradients: Action = Action::Warn;
        /// At classes of the data that are no longer generated, by the judge of the data.
        collapse: Action = Action::Warn;
        /// At generated images that are too much alike.
        low_diversity: Action = Action::Warn;
        /// Images between two looks at generated images. 0: half an epoch.
        look_images: u64 = 0;
        /// Generated images in a look. The default has 30 for each of ten classes.
        look_samples: usize = 300, range Range::Whole(50, 10_000), hint "300, or 30 for each class";
        /// Images before which a look raises no alarm. 0: one epoch.
        grace_images: u64 = 0;
        /// Looks in a row that raise an alarm (`collapse`, `low_diversity`).
        looks_in_a_row: u32 = 2, range Range::From(1), hint "2; an alarm needs at least one";
        /// Ticks in a row that raise an alarm (`saturated_discriminator`, `dead_gradients`).
        ticks_in_a_row: u32 = 3, range Range::From(1), hint "3; an alarm needs at least one";
        /// D is always right if its accuracy is at least this on both real and generated images.
        saturated_accuracy: f64 = 0.99, range Range::LeftOpen(0.5, 1.0), hint "0.99";
        /// D cannot tell if its mean accuracy is this near to 1/2 and its mean probabilities of both kinds are this near to each
        /// other.
        blind_margin: f64 = 0.01, range Range::HalfOpen(0.0, 0.5), hint "0.01";
        /// A gradient has vanished if its norm is at most this.
        dead_norm: f64 = 1e-6, range Range::NotNegative, hint "1e-6";
        /// A gradient has exploded if its norm is at least this many times its median.
        exploding_ratio: f64 = 1000.0, range Range::Above(1.0), hint "1000.0";
        /// Share of the data's classes that must be generated.
        min_classes: f64 = 0.5, range SHARE, hint "0.5";
        /// Most images that one class may have, in multiples of its share of the data.
        max_class_ratio: f64 = 3.0, range Range::Above(1.0), hint "3.0";
        /// Least mean distance of two generated images, relative to that of two training images.
        min_diversity: f64 = 0.5, range SHARE, hint "0.5";
        /// A run that was rolled back this often stops at the next alarm.
        max_roll_backs: u32 = 3;
        /// Factor on both learning rates after a roll-back.
        roll_back_lr_factor: f64 = 0.5,
            range Range::Open(0.0, 1.0), hint "0.5; the same steps at the same rates would end the same";
    }
}
