//! Where a view's values lie in the engine's arenas, and their initial values.

use std::borrow::Cow;
use std::ops::Deref;

use kernels::noise::{self, NoiseKey};
use kernels::{Threads, sums};

use crate::plan::{Start, View};

/// A view of the plan, and the order of its values in the arena. It derefs to the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    view: View,
    /// Whether the arena holds the view's matrix in panels.
    in_panels: bool,
}

impl Deref for Parameter {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl Parameter {
    pub(crate) fn new(view: View, in_panels: bool) -> Parameter {
        Parameter { view, in_panels }
    }

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

/// Initial values of all views of `arena`: a function of the seed and `stream` alone.
pub(crate) fn initialise(parameters: &[Parameter], seed: u64, stream: u64, arena: &mut [f32]) {
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
