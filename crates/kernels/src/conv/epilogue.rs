//! What follows a convolution's sums, by pixels and by images.

use crate::activation::{bias_activation_row, derivative_row};
use crate::product::Epilogue;

/// Checks that an epilogue's operands fit.
pub(super) fn check_epilogue(epilogue: Epilogue, channels: usize, out: &[f32]) {
    match epilogue {
        Epilogue::BiasActivation(Some(bias), _) => assert_eq!(bias.len(), channels, "bias"),
        Epilogue::Derivative(_, y) => assert_eq!(y.len(), out.len(), "activation output"),
        _ => {}
    }
}

/// Applies an epilogue to `out`, channels from `channel` on of a pixel, `start` from the beginning of the whole output.
pub(super) fn finish_row(epilogue: Epilogue, start: usize, channel: usize, out: &mut [f32]) {
    match epilogue {
        Epilogue::BiasActivation(bias, f) => {
            bias_activation_row(f, bias.map(|b| &b[channel..channel + out.len()]), out);
        }
        Epilogue::Derivative(f, y) => derivative_row(f, &y[start..start + out.len()], out),
        Epilogue::None | Epilogue::Accumulate => {}
    }
}

/// What an image's sums begin with: the bias, what was there, or zero.
pub(super) fn begin_image(epilogue: Epilogue, channels: usize, image: &mut [f32]) {
    match epilogue {
        Epilogue::Accumulate => {}
        Epilogue::BiasActivation(Some(bias), _) => {
            image.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(bias));
        }
        _ => image.fill(0.0),
    }
}

/// The rest of an epilogue, after [`begin_image`] and the sums, on an image `start` from the beginning of the output.
pub(super) fn finish_image(epilogue: Epilogue, start: usize, image: &mut [f32]) {
    match epilogue {
        Epilogue::BiasActivation(_, f) => bias_activation_row(f, None, image),
        _ => finish_row(epilogue, start, 0, image),
    }
}
