//! Named views into an arena, and how their values start.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::init::Init;

/// A named part of an arena of weights or of state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// `NAME.KIND.ROLE`, such as `0.dense.weight`, with the operation's name and kind.
    pub name: String,
    /// Its place in the arena.
    pub range: Range<usize>,
    /// Its dimensions; values are row-major. Dense weights are `[in, out]`.
    pub dimensions: Vec<usize>,
    /// How its values start.
    pub start: Start,
}

/// Initial values of a view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Start {
    /// All values are equal.
    Constant(f32),
    /// Random, by an initialiser.
    Random {
        /// The distribution.
        init: Init,
        /// Inputs of each output.
        fan_in: usize,
        /// Outputs of each input.
        fan_out: usize,
    },
    /// N(0, 1).
    Normal,
    /// N(0, 1), divided by the vector's length.
    Direction,
}
