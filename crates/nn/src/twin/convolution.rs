//! Convolutions by their definition.

use crate::plan::Window;
use crate::shape::Shape;

/// `y[r, c, o] = b[o] + sum x[r s + i - top, c s + j - left, k] W[i, j, k, o]`.
pub(super) fn convolve(
    x: &[f64],
    shape: Shape,
    weight: &[f64],
    bias: &[f64],
    (window, out): (&Window, Shape),
) -> Vec<f64> {
    let images = x.len() / shape.values();
    let mut y = vec![0.0; images * out.values()];
    for_each_window(images, out, shape, window, |small, large, step| {
        for o in 0..out.channels {
            for k in 0..shape.channels {
                y[small + o] += x[large + k] * weight[(step * shape.channels + k) * out.channels + o];
            }
        }
    });
    with_bias(y, bias)
}

/// `y[r s + i - top, c s + j - left, o] = b[o] + sum x[r, c, k] W[i, j, o, k]`.
pub(super) fn convolve_transposed(
    x: &[f64],
    shape: Shape,
    weight: &[f64],
    bias: &[f64],
    (window, out): (&Window, Shape),
) -> Vec<f64> {
    let images = x.len() / shape.values();
    let mut y = vec![0.0; images * out.values()];
    for_each_window(images, shape, out, window, |small, large, step| {
        for o in 0..out.channels {
            for k in 0..shape.channels {
                y[large + o] += x[small + k] * weight[(step * out.channels + o) * shape.channels + k];
            }
        }
    });
    with_bias(y, bias)
}

/// Calls `f` with the places of the first channels of a pixel of the small image and of one of the large
/// image in its window, and the place of that in the kernel.
fn for_each_window(
    images: usize,
    small: Shape,
    large: Shape,
    window: &Window,
    mut f: impl FnMut(usize, usize, usize),
) {
    let pixels = small.height * small.width;
    let [height, width] = window.kernel;
    for p in 0..images * pixels {
        let (image, r, c) = (p / pixels, p % pixels / small.width, p % small.width);
        for step in 0..height * width {
            let row = (r * window.stride[0] + step / width).checked_sub(window.before[0]);
            let column = (c * window.stride[1] + step % width).checked_sub(window.before[1]);
            let row = row.filter(|&row| row < large.height);
            let column = column.filter(|&column| column < large.width);
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
    use crate::init::Init;
    use crate::plan::{Kind, Plan};
    use crate::spec::{LayerSpec, Padding};

    fn values(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 37) % 19) as f64 - 9.0).collect()
    }

    /// Windows and output of one convolution of images of `shape`.
    fn planned(
        shape: Shape,
        channels: usize,
        (kernel, stride, padding): (usize, usize, Padding),
    ) -> (Window, Shape) {
        let (bias, init, spectral_norm) = (true, None, false);
        let conv = LayerSpec::Conv { channels, kernel, stride, padding, bias, init, spectral_norm };
        let plan = Plan::new(&[conv], shape, 0, Init::default()).expect("a plan");
        match plan.operations()[0].kind {
            Kind::Conv { window, .. } => (window, plan.output()),
            ref other => panic!("{other:?}"),
        }
    }

    #[test]
    fn windows_of_a_line_are_what_they_look_like() {
        let line = Shape { height: 1, width: 4, channels: 1 };
        // Only the kernel's middle row meets the image.
        let weight = [0.0, 0.0, 0.0, 1.0, 10.0, 100.0, 0.0, 0.0, 0.0];
        let x = [1.0, 2.0, 3.0, 4.0];
        let convolved = |stride: usize, padding: Padding, bias: &[f64]| {
            let (window, out) = planned(line, 1, (3, stride, padding));
            convolve(&x, line, &weight, bias, (&window, out))
        };
        assert_eq!(convolved(1, Padding::Same, &[0.5]), [210.5, 321.5, 432.5, 43.5]);
        // TensorFlow has no zero before and one after.
        assert_eq!(convolved(2, Padding::Same, &[]), [321.0, 43.0]);
        assert_eq!(convolved(2, Padding::Pixels(1), &[]), [210.0, 432.0]);
    }

    #[test]
    fn each_is_the_transpose_of_the_other() {
        for padding in [Padding::Same, Padding::Pixels(0), Padding::Pixels(1)] {
            for (kernel, stride, height) in [(3, 1, 5), (4, 2, 6), (5, 2, 8), (2, 3, 6)] {
                let large = Shape { height, width: height + stride, channels: 2 };
                let (window, small) = planned(large, 3, (kernel, stride, padding));
                let x = values(2 * large.values());
                let weight = values(kernel * kernel * large.channels * small.channels);
                let y = convolve(&x, large, &weight, &[], (&window, small));
                let d = values(y.len());
                let back = convolve_transposed(&d, small, &weight, &[], (&window, large));
                let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                assert_eq!(dot(&y, &d), dot(&x, &back), "{kernel} {stride} {padding:?}");
            }
        }
    }
}
