//! Layers that change an image's size.

use crate::shape::Shape;

/// An image of `height x width` whose value at each place is `value(image, row, column, channel)`.
pub(super) fn fill(
    images: usize,
    shape: Shape,
    mut value: impl FnMut(usize, usize, usize, usize) -> f64,
) -> Vec<f64> {
    let Shape { width, channels, .. } = shape;
    (0..images * shape.values())
        .map(|p| {
            let (image, rest) = (p / shape.values(), p % shape.values());
            value(image, rest / channels / width, rest / channels % width, rest % channels)
        })
        .collect()
}

fn at(shape: Shape, image: usize, row: usize, column: usize, channel: usize) -> usize {
    ((image * shape.height + row) * shape.width + column) * shape.channels + channel
}

pub(super) fn nearest(x: &[f64], shape: Shape, factor: usize) -> Vec<f64> {
    let large = Shape { height: factor * shape.height, width: factor * shape.width, ..shape };
    let value = |i, r, c, j| x[at(shape, i, r / factor, c / factor, j)];
    fill(x.len() / shape.values(), large, value)
}

pub(super) fn bilinear(x: &[f64], shape: Shape, factor: usize) -> Vec<f64> {
    let large = Shape { height: factor * shape.height, width: factor * shape.width, ..shape };
    // How much input pixel `i` of `n` counts in output pixel `o`.
    let hat = |o: usize, i: usize, n: usize| {
        let place = ((o as f64 + 0.5) / factor as f64 - 0.5).clamp(0.0, (n - 1) as f64);
        (1.0 - (place - i as f64).abs()).max(0.0)
    };
    let value = |i, r, c, j| {
        let mut sum = 0.0;
        for a in 0..shape.height {
            for b in 0..shape.width {
                sum += hat(r, a, shape.height) * hat(c, b, shape.width) * x[at(shape, i, a, b, j)];
            }
        }
        sum
    };
    fill(x.len() / shape.values(), large, value)
}

pub(super) fn pool(x: &[f64], shape: Shape, (rows, columns): (usize, usize)) -> Vec<f64> {
    let small = Shape { height: shape.height / rows, width: shape.width / columns, ..shape };
    let value = |i, r, c, j| {
        let mut sum = 0.0;
        for a in 0..rows {
            for b in 0..columns {
                sum += x[at(shape, i, r * rows + a, c * columns + b, j)];
            }
        }
        sum / (rows * columns) as f64
    };
    fill(x.len() / shape.values(), small, value)
}
