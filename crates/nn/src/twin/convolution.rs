//! Convolutions by their definition.

use crate::shape::Shape;
use crate::spec::Padding;

/// Outputs, side of the kernel, stride, padding.
type Numbers = (usize, usize, usize, Padding);

/// `y[r, c, o] = b[o] + sum x[r s + i - top, c s + j - left, k] W[i, j, k, o]`.
pub(super) fn convolve(
    x: &[f64],
    shape: Shape,
    weight: &[f64],
    bias: &[f64],
    (outputs, kernel, stride, padding): Numbers,
) -> (Vec<f64>, Shape) {
    let axis = |n: usize| match padding {
        Padding::Same => {
            let out = n.div_ceil(stride);
            (out, ((out - 1) * stride + kernel).saturating_sub(n) / 2)
        }
        Padding::Pixels(p) => ((n + 2 * p - kernel) / stride + 1, p),
    };
    let ((height, top), (width, left)) = (axis(shape.height), axis(shape.width));
    let out = Shape { height, width, channels: outputs };
    let mut y = vec![0.0; x.len() / shape.values() * out.values()];
    for_each_window(
        x.len() / shape.values(),
        out,
        shape,
        (kernel, stride, top, left),
        |small, large, step| {
            for o in 0..outputs {
                for k in 0..shape.channels {
                    y[small + o] += x[large + k] * weight[(step * shape.channels + k) * outputs + o];
                }
            }
        },
    );
    (with_bias(y, bias), out)
}

/// `y[r s + i - top, c s + j - left, o] = b[o] + sum x[r, c, k] W[i, j, o, k]`.
pub(super) fn convolve_transposed(
    x: &[f64],
    shape: Shape,
    weight: &[f64],
    bias: &[f64],
    (outputs, kernel, stride, padding): Numbers,
    output_padding: usize,
) -> (Vec<f64>, Shape) {
    let axis = |n: usize| match padding {
        Padding::Same => (n * stride, kernel.saturating_sub(stride) / 2),
        Padding::Pixels(p) => ((n - 1) * stride + kernel + output_padding - 2 * p, p),
    };
    let ((height, top), (width, left)) = (axis(shape.height), axis(shape.width));
    let out = Shape { height, width, channels: outputs };
    let mut y = vec![0.0; x.len() / shape.values() * out.values()];
    for_each_window(
        x.len() / shape.values(),
        shape,
        out,
        (kernel, stride, top, left),
        |small, large, step| {
            for o in 0..outputs {
                for k in 0..shape.channels {
                    y[large + o] += x[small + k] * weight[(step * outputs + o) * shape.channels + k];
                }
            }
        },
    );
    (with_bias(y, bias), out)
}

/// Calls `f` with the places of the first channels of a pixel of the small image and of one of the large
/// image in its window, and the place of that in the kernel.
fn for_each_window(
    images: usize,
    small: Shape,
    large: Shape,
    (kernel, stride, top, left): (usize, usize, usize, usize),
    mut f: impl FnMut(usize, usize, usize),
) {
    let pixels = small.height * small.width;
    for p in 0..images * pixels {
        let (image, r, c) = (p / pixels, p % pixels / small.width, p % small.width);
        for step in 0..kernel * kernel {
            let row = (r * stride + step / kernel).checked_sub(top).filter(|&row| row < large.height);
            let column =
                (c * stride + step % kernel).checked_sub(left).filter(|&column| column < large.width);
            if let (Some(row), Some(column)) = (row, column) {
                let place = (image * large.height + row) * large.width + column;
                f(p * small.channels, place * large.channels, step);
            }
        }
    }
}

fn with_bias(mut y: Vec<f64>, bias: &[f64]) -> Vec<f64> {
    if !bias.is_empty() {
        y.chunks_exact_mut(bias.len()).for_each(|y| y.iter_mut().zip(bias).for_each(|(y, b)| *y += b));
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 37) % 19) as f64 - 9.0).collect()
    }

    #[test]
    fn windows_of_a_line_are_what_they_look_like() {
        let line = Shape { height: 1, width: 4, channels: 1 };
        // Only the kernel's middle row meets the image.
        let weight = [0.0, 0.0, 0.0, 1.0, 10.0, 100.0, 0.0, 0.0, 0.0];
        let x = [1.0, 2.0, 3.0, 4.0];
        let (y, shape) = convolve(&x, line, &weight, &[0.5], (1, 3, 1, Padding::Same));
        assert_eq!((y, shape), (vec![210.5, 321.5, 432.5, 43.5], line));
        // TensorFlow has no zero before and one after.
        let (y, _) = convolve(&x, line, &weight, &[], (1, 3, 2, Padding::Same));
        assert_eq!(y, [321.0, 43.0]);
        let (y, _) = convolve(&x, line, &weight, &[], (1, 3, 2, Padding::Pixels(1)));
        assert_eq!(y, [210.0, 432.0]);
    }

    #[test]
    fn each_is_the_transpose_of_the_other() {
        let small_channels = 3;
        for padding in [Padding::Same, Padding::Pixels(0), Padding::Pixels(1)] {
            for (kernel, stride, height) in [(3, 1, 5), (4, 2, 6), (5, 2, 8), (2, 3, 6)] {
                let large = Shape { height, width: height + stride, channels: 2 };
                let x = values(2 * large.values());
                let weight = values(kernel * kernel * large.channels * small_channels);
                let (y, small) = convolve(&x, large, &weight, &[], (small_channels, kernel, stride, padding));
                let extra = match padding {
                    Padding::Same => 0,
                    Padding::Pixels(p) => (height + 2 * p - kernel) % stride,
                };
                let d = values(y.len());
                let numbers = (large.channels, kernel, stride, padding);
                let (back, shape) = convolve_transposed(&d, small, &weight, &[], numbers, extra);
                assert_eq!(shape, large);
                let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                assert_eq!(dot(&y, &d), dot(&x, &back), "{kernel} {stride} {padding:?}");
            }
        }
    }
}
