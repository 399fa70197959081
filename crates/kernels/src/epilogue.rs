//! What follows the sums of a product or a convolution, applied to rows of the output while they are in cache.

use crate::activation::{Activation, bias_activation_row, derivative_row};

/// What happens to each value of a product before it is written for the last time.
#[derive(Clone, Copy)]
pub enum Epilogue<'a> {
    /// Nothing.
    None,
    /// The product is added to what the output held.
    Accumulate,
    /// `f(v + bias[column])`.
    BiasActivation(Option<&'a [f32]>, Activation),
    /// `v * f'(x)` where `y = f(x)`, `y` of the output's shape.
    Derivative(Activation, &'a [f32]),
}

impl Epilogue<'_> {
    /// Checks that the operands fit an output of `values` values in rows of `columns`.
    pub(crate) fn check(self, columns: usize, values: usize) {
        match self {
            Epilogue::BiasActivation(Some(bias), _) => assert_eq!(bias.len(), columns, "bias"),
            Epilogue::Derivative(_, y) => assert_eq!(y.len(), values, "activation output"),
            _ => {}
        }
    }

    /// Whether sums are added to what the output held.
    pub(crate) fn accumulates(self) -> bool {
        matches!(self, Epilogue::Accumulate)
    }

    /// Completes part of a row of sums: columns from `column` on, which begin `start` values into the output.
    pub(crate) fn finish_row(self, start: usize, column: usize, row: &mut [f32]) {
        match self {
            Epilogue::BiasActivation(bias, f) => {
                bias_activation_row(f, bias.map(|b| &b[column..column + row.len()]), row);
            }
            Epilogue::Derivative(f, y) => derivative_row(f, &y[start..start + row.len()], row),
            Epilogue::None | Epilogue::Accumulate => {}
        }
    }

    /// What an image's sums begin with: the bias of each of `channels`, what was there, or zero.
    pub(crate) fn begin_image(self, channels: usize, image: &mut [f32]) {
        match self {
            Epilogue::Accumulate => {}
            Epilogue::BiasActivation(Some(bias), _) => {
                image.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(bias));
            }
            _ => image.fill(0.0),
        }
    }

    /// The rest of an epilogue after [`Epilogue::begin_image`] and the sums, on an image that begins `start` values into the
    /// output.
    pub(crate) fn finish_image(self, start: usize, image: &mut [f32]) {
        match self {
            Epilogue::BiasActivation(_, f) => bias_activation_row(f, None, image),
            _ => self.finish_row(start, 0, image),
        }
    }
}
