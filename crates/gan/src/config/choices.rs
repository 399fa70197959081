//! The keys whose value is one of a few words.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::entry::{Entry, plain};
use super::key::Kind;

/// An enum written as words, with `name()`, `Display` and serde agreeing on them.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every choice.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The word a config writes.
            pub fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        plain! { $name: Kind::Words($name::ALL.iter().map(|choice| choice.name()).collect()), }
    };
}

choice! {
    /// Which part of a data set.
    Split {
        /// The training images.
        #[default]
        Train = "train",
        /// The test images.
        Test = "test",
    }
}

choice! {
    /// Which networks are trained.
    Players {
        /// Both networks, against each other.
        #[default]
        Both = "both",
        /// The discriminator, against a fixed generator.
        Discriminator = "discriminator",
        /// The generator, against a fixed discriminator.
        Generator = "generator",
    }
}

choice! {
    /// The order of both updates.
    Update {
        /// Both gradients are taken at the same weights and applied together.
        #[default]
        Simultaneous = "simultaneous",
        /// The discriminator is updated `d_steps` times, then the generator, whose gradient is taken at the new discriminator.
        Alternating = "alternating",
    }
}

choice! {
    /// How the learning rates change after the warm-up.
    Schedule {
        /// They do not change.
        #[default]
        Constant = "constant",
        /// A straight line to `final_lr_factor`.
        Linear = "linear",
        /// Half a cosine to `final_lr_factor` (Loshchilov and Hutter 2017, without restarts).
        Cosine = "cosine",
    }
}

choice! {
    /// How much a class counts in the losses.
    ClassWeight {
        /// As much as it has images.
        #[default]
        None = "none",
        /// Each class as much as any other: an image of class `y` counts `N / (K n_y)`, where `n_y` of the data's `N` images
        /// have that label, and `K` classes have images.
        InverseFrequency = "inverse-frequency",
    }
}

choice! {
    /// An optimizer's rule.
    OptimizerKind {
        /// Kingma and Ba 2015.
        #[default]
        Adam = "adam",
        /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
        AdamW = "adamw",
        /// Tieleman and Hinton 2012.
        RmsProp = "rmsprop",
        /// Gradient descent, with or without momentum.
        Sgd = "sgd",
    }
}

choice! {
    /// What is done when an alarm is raised.
    Action {
        /// There is no alarm.
        Off = "off",
        /// One message while the alarm lasts, and an entry in the log.
        #[default]
        Warn = "warn",
        /// The run is saved and ends.
        Stop = "stop",
        /// The run goes back to its last good checkpoint, with lower learning rates.
        RollBack = "roll-back",
    }
}

impl From<Split> for data::Split {
    fn from(split: Split) -> data::Split {
        match split {
            Split::Train => data::Split::Train,
            Split::Test => data::Split::Test,
        }
    }
}
