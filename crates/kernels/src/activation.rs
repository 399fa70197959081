//! Pointwise non-linearities, each with the derivative written in terms of its output, so that only outputs are kept.

use multiversion::multiversion;

use crate::math;
use crate::threads::{Rows, RowsMut, Threads, split};

/// `y = f(x)`, pointwise.
///
/// | name | f(x) | f'(x) from y |
/// |---|---|---|
/// | `identity` | x | 1 |
/// | `relu` | max(x, 0) | y > 0 |
/// | `leaky-relu` (slope a > 0) | x > 0 ? x : a x | y > 0 ? 1 : a |
/// | `tanh` | tanh x | 1 - y² |
/// | `sigmoid` | 1 / (1 + e^-x) | y (1 - y) |
///
/// At zero, ReLU's derivative is 0 and LeakyReLU's its slope, as in PyTorch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// `f(x) = x`.
    #[default]
    Identity,
    /// `f(x) = max(x, 0)`.
    Relu,
    /// `f(x) = x` for positive `x`, else slope times `x`. The slope is positive.
    LeakyRelu(f32),
    /// Hyperbolic tangent.
    Tanh,
    /// Logistic sigmoid.
    Sigmoid,
}

impl Activation {
    /// Its name in a config file.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Identity => "identity",
            Activation::Relu => "relu",
            Activation::LeakyRelu(_) => "leaky-relu",
            Activation::Tanh => "tanh",
            Activation::Sigmoid => "sigmoid",
        }
    }

    /// Whether the second derivative vanishes wherever it exists: what a gradient penalty by one jvp needs.
    pub fn is_piecewise_linear(self) -> bool {
        matches!(self, Activation::Identity | Activation::Relu | Activation::LeakyRelu(_))
    }

    /// `f(x)`.
    #[inline(always)]
    pub fn value(self, x: f32) -> f32 {
        match self {
            Activation::Identity => x,
            // Written so that NaN stays NaN.
            Activation::Relu => {
                if x <= 0.0 {
                    0.0
                } else {
                    x
                }
            }
            Activation::LeakyRelu(slope) => {
                if x <= 0.0 {
                    slope * x
                } else {
                    x
                }
            }
            Activation::Tanh => math::tanh(x),
            Activation::Sigmoid => math::sigmoid(x),
        }
    }

    /// `f'(x)` where `y = f(x)`.
    #[inline(always)]
    pub fn derivative(self, y: f32) -> f32 {
        match self {
            Activation::Identity => 1.0,
            Activation::Relu => {
                if y > 0.0 {
                    1.0
                } else {
                    0.0
                }
            }
            Activation::LeakyRelu(slope) => {
                if y > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Activation::Tanh => 1.0 - y * y,
            Activation::Sigmoid => y * (1.0 - y),
        }
    }
}

/// Runs `$body` with `$f` a copy of the activation whose variant the compiler knows: one tight loop for each.
macro_rules! by_activation {
    ($activation:expr, $f:ident => $body:expr) => {
        match $activation {
            Activation::Identity => {
                let $f = Activation::Identity;
                $body
            }
            Activation::Relu => {
                let $f = Activation::Relu;
                $body
            }
            Activation::LeakyRelu(slope) => {
                let $f = Activation::LeakyRelu(slope);
                $body
            }
            Activation::Tanh => {
                let $f = Activation::Tanh;
                $body
            }
            Activation::Sigmoid => {
                let $f = Activation::Sigmoid;
                $body
            }
        }
    };
}

/// One row, in place: `x[j] = f(x[j] + bias[j])`.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn bias_activation_row(activation: Activation, bias: Option<&[f32]>, x: &mut [f32]) {
    by_activation!(activation, f => match bias {
        Some(bias) => x.iter_mut().zip(bias).for_each(|(x, b)| *x = f.value(*x + b)),
        None => x.iter_mut().for_each(|x| *x = f.value(*x)),
    })
}

/// One row, in place: `d[j] *= f'(y[j])`, with `y` the activation's output.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn derivative_row(activation: Activation, y: &[f32], d: &mut [f32]) {
    by_activation!(activation, f => d.iter_mut().zip(y).for_each(|(d, y)| *d *= f.derivative(*y)))
}

/// In place: `x = f(x)`.
pub fn apply(threads: Threads, activation: Activation, x: &mut [f32]) {
    let n = x.len();
    split(threads, n, n, 16, RowsMut(x, 1), &|_, x| bias_activation_row(activation, None, x.0));
}

/// In place: `d *= f'(x)`, where `y = f(x)`.
///
/// # Panics
/// If the lengths differ.
pub fn multiply_derivative(threads: Threads, activation: Activation, y: &[f32], d: &mut [f32]) {
    assert_eq!(y.len(), d.len(), "activation output and cotangent");
    if activation == Activation::Identity {
        return;
    }
    let n = d.len();
    split(threads, n, n, 16, (RowsMut(d, 1), Rows(y, 1)), &|_, (d, y)| derivative_row(activation, y.0, d.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Activation; 5] = [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu(0.2),
        Activation::Tanh,
        Activation::Sigmoid,
    ];

    #[test]
    fn derivative_is_the_slope_of_the_value() {
        for f in ALL {
            for i in -40..40 {
                let x = i as f32 * 0.1 + 0.05;
                let h = 1e-2;
                let slope = (f.value(x + h) - f.value(x - h)) / (2.0 * h);
                assert!((f.derivative(f.value(x)) - slope).abs() < 2e-4, "{f:?} at {x}");
            }
        }
    }

    #[test]
    fn kernels_equal_their_scalar_twins_to_the_bit() {
        let x: Vec<f32> = (0..1000).map(|i| (i as f32 - 500.0) * 0.013).collect();
        let bias: Vec<f32> = (0..1000).map(|i| (i % 7) as f32 * 0.1).collect();
        for f in ALL {
            let mut y = x.clone();
            bias_activation_row(f, Some(&bias), &mut y);
            let twin: Vec<f32> = x.iter().zip(&bias).map(|(x, b)| f.value(x + b)).collect();
            assert_eq!(y, twin, "{f:?}");
            for threads in [1, 3] {
                let mut y = x.repeat(100);
                apply(Threads::new(threads), f, &mut y);
                assert!(y.iter().zip(x.iter().cycle()).all(|(y, &x)| *y == f.value(x)));
                let mut d = x.repeat(100);
                multiply_derivative(Threads::new(threads), f, &y, &mut d);
                assert!(d.iter().zip(x.iter().cycle()).all(|(d, &x)| *d == x * f.derivative(f.value(x))));
            }
        }
    }

    #[test]
    fn nan_is_never_hidden() {
        for f in ALL {
            let mut x = [f32::NAN, 1.0];
            bias_activation_row(f, None, &mut x);
            assert!(x[0].is_nan(), "{f:?}");
        }
    }
}
