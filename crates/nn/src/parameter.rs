//! Named views into an arena: where their values lie, and how they start.

use std::borrow::Cow;
use std::ops::Range;

use kernels::noise::{self, NoiseKey};
use kernels::{Threads, sums};

use crate::init::Init;

/// A named view into a network's arena.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `INDEX.KIND.ROLE`, such as `0.dense.weight`; inside a residual block `INDEX.INDEX.KIND.ROLE`.
    pub name: String,
    /// Its place in the arena.
    pub range: Range<usize>,
    /// Its dimensions; dense weights are `[in, out]`.
    pub dimensions: Vec<usize>,
    pub(crate) start: Start,
    /// Whether its place in the arena holds a matrix in panels: [`Parameter::values`] and [`Parameter::set`] know.
    pub(crate) in_panels: bool,
}

impl Parameter {
    /// Its values in `arena`, row-major.
    pub fn values<'a>(&self, arena: &'a [f32]) -> Cow<'a, [f32]> {
        let values = &arena[self.range.clone()];
        if self.in_panels {
            Cow::Owned(kernels::from_panels(self.dimensions[0], self.dimensions[1], values))
        } else {
            Cow::Borrowed(values)
        }
    }

    /// Writes row-major `values` to its place in `arena`.
    ///
    /// # Panics
    /// If there are not as many as it has.
    pub fn set(&self, values: &[f32], arena: &mut [f32]) {
        let own = &mut arena[self.range.clone()];
        if self.in_panels {
            own.copy_from_slice(&kernels::to_panels(self.dimensions[0], self.dimensions[1], values));
        } else {
            own.copy_from_slice(values);
        }
    }
}

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Start {
    Constant(f32),
    Random {
        init: Init,
        fan_in: usize,
        fan_out: usize,
    },
    /// N(0, 1).
    Normal,
    /// N(0, 1), divided by its length.
    Direction,
}

/// Fresh values of all views of `arena`.
pub(crate) fn start(parameters: &[Parameter], seed: u64, stream: u64, arena: &mut [f32]) {
    for (step, parameter) in parameters.iter().enumerate() {
        let values = &mut arena[parameter.range.clone()];
        let key = NoiseKey { seed, stream, step: step as u64 };
        match parameter.start {
            Start::Constant(c) => values.fill(c),
            Start::Random { init, fan_in, fan_out } => {
                init.fill(key, fan_in, fan_out, values);
            }
            Start::Normal => noise::fill_normal(key, 0, values),
            Start::Direction => {
                noise::fill_normal(key, 0, values);
                let length = sums::sum_of_squares(Threads::ONE, values).sqrt() as f32;
                values.iter_mut().for_each(|v| *v /= length);
            }
        }
        if parameter.in_panels {
            let rows = values.to_vec();
            parameter.set(&rows, arena);
        }
    }
}
