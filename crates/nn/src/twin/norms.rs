//! Layers that look at the statistics of what they read.

use crate::shape::Shape;

/// Gamma and beta, or mean and variance.
type Pair<'a> = (&'a [f64], &'a [f64]);

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n)
}

/// Per channel over all rows, by `statistics` or those of `x`.
pub(super) fn batch(x: &mut [f64], channels: usize, eps: f64, (gamma, beta): Pair, statistics: Option<Pair>) {
    for j in 0..channels {
        let column: Vec<f64> = x.iter().skip(j).step_by(channels).copied().collect();
        let (mean, variance) = match statistics {
            Some((mean, variance)) => (mean[j], variance[j]),
            None => moments(&column),
        };
        for (x, v) in x.iter_mut().skip(j).step_by(channels).zip(column) {
            *x = gamma[j] * (v - mean) / (variance + eps).sqrt() + beta[j];
        }
    }
}

/// Per image over all its values.
pub(super) fn layer(x: &mut [f64], shape: Shape, eps: f64, (gamma, beta): Pair) {
    for image in x.chunks_exact_mut(shape.values()) {
        let (mean, variance) = moments(image);
        for (p, x) in image.iter_mut().enumerate() {
            let c = p % shape.channels;
            *x = gamma[c] * (*x - mean) / (variance + eps).sqrt() + beta[c];
        }
    }
}

/// Per image and channel.
pub(super) fn instance(x: &mut [f64], shape: Shape, eps: f64, affine: Pair) {
    x.chunks_exact_mut(shape.values()).for_each(|image| batch(image, shape.channels, eps, affine, None));
}

/// Per pixel.
pub(super) fn pixel(x: &mut [f64], channels: usize, eps: f64) {
    for pixel in x.chunks_exact_mut(channels) {
        let mean = pixel.iter().map(|v| v * v).sum::<f64>() / channels as f64;
        pixel.iter_mut().for_each(|v| *v /= (mean + eps).sqrt());
    }
}

/// One more channel: the mean over an image of the standard deviation within its group.
pub(super) fn append_deviation(x: &[f64], batch: usize, channels: usize, group: usize) -> Vec<f64> {
    let group = (1..=group.min(batch)).filter(|g| batch.is_multiple_of(*g)).max().unwrap_or(1);
    let (width, groups) = (x.len() / batch, batch / group);
    let deviation = |m: usize, j: usize| {
        let column: Vec<f64> = (0..group).map(|g| x[(g * groups + m) * width + j]).collect();
        (moments(&column).1 + f64::from(1e-8f32)).sqrt()
    };
    let values: Vec<f64> =
        (0..groups).map(|m| (0..width).map(|j| deviation(m, j)).sum::<f64>() / width as f64).collect();
    let pixels = x.chunks_exact(channels).enumerate();
    pixels.flat_map(|(p, x)| [x, &[values[p * channels / width % groups]]].concat()).collect()
}
