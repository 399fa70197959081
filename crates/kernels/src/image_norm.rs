//! Normalisation within each image: over its pixels channel by channel (Ulyanov et al. 2016), or over all its
//! values (Ba et al. 2016, as group normalisation with one group).
//!
//! With `m`, `v` the mean and (biased) variance of a channel or of an image, `s = 1 / sqrt(v + eps)` and `h =
//! (x - m) s`: `y = gamma h + beta`, gamma and beta channel by channel. Statistics are `[images, channels]`
//! for both scopes; over an image, all channels have the same. The Jacobian of `h` is symmetric: `P = s (I -
//! 11ᵀ/n - hhᵀ/n)` over the `n` values that share statistics. So tangents go forward by `gamma P`, cotangents
//! back by `P gamma`: see [`Direction`].

use multiversion::multiversion;

use crate::activation::Activation;
use crate::batch_norm::{self, Normalized};
use crate::rows::{ROW_BLOCK, TILE};
use crate::threads::{Rows, RowsMut, Threads, split};

/// Which values of an image share statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of one channel.
    Channel,
    /// All.
    Image,
}

/// What [`project`] multiplies by.
#[derive(Clone, Copy, Debug)]
pub struct Jacobian<'a> {
    /// Which values share statistics.
    pub scope: Scope,
    /// Whether it is transposed.
    pub direction: Direction,
    /// Scale of every channel.
    pub gamma: &'a [f32],
}

/// Whether [`project`] multiplies by the Jacobian or by its transpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Tangents forward: `gamma P d`.
    Forward,
    /// Cotangents back: `P gamma d`.
    Backward,
}

/// Mean and `1 / sqrt(variance + eps)` of every image and channel, `[images, channels]`.
///
/// # Panics
/// If `x` is not whole pixels of `channels` in as many images as there are means.
pub fn statistics(
    threads: Threads,
    scope: Scope,
    channels: usize,
    eps: f32,
    x: &[f32],
    mean: &mut [f32],
    inv_std: &mut [f32],
) {
    let images = mean.len() / channels;
    let width = image_width(x, images, channels);
    assert_eq!(mean.len(), inv_std.len(), "statistics");
    let work = (RowsMut(mean, channels), RowsMut(inv_std, channels), Rows(x, width));
    split(threads, images, x.len(), 1, work, &|_, (mean, inv_std, x)| {
        let images = mean.0.chunks_exact_mut(channels).zip(inv_std.0.chunks_exact_mut(channels));
        for ((mean, inv_std), x) in images.zip(x.0.chunks_exact(width)) {
            batch_norm::statistics(Threads::ONE, x, mean, inv_std);
            if scope == Scope::Image {
                pool(mean, inv_std);
            }
            inv_std.iter_mut().for_each(|v| *v = 1.0 / (*v + eps).sqrt());
        }
    });
}

/// `y = f(gamma h + beta)`, `h` with statistics of every image and channel.
///
/// # Panics
/// If the lengths disagree.
pub fn normalize(threads: Threads, h: Normalized, gamma: &[f32], beta: &[f32], f: Activation, y: &mut [f32]) {
    let Normalized { x, mean, inv_std } = h;
    let channels = gamma.len();
    let images = mean.len() / channels;
    let width = image_width(x, images, channels);
    assert!(x.len() == y.len() && mean.len() == inv_std.len(), "image norm input, output and statistics");
    let n = y.len();
    let work = (RowsMut(y, width), Rows(x, width), Rows(mean, channels), Rows(inv_std, channels));
    split(threads, images, n, 1, work, &|_, (y, x, mean, inv_std)| {
        let statistics = mean.0.chunks_exact(channels).zip(inv_std.0.chunks_exact(channels));
        let images = y.0.chunks_exact_mut(width).zip(x.0.chunks_exact(width));
        for ((y, x), (mean, inv_std)) in images.zip(statistics) {
            batch_norm::normalize(Threads::ONE, Normalized { x, mean, inv_std }, gamma, beta, f, y);
        }
    });
}

/// `out`: tangents `d` pushed forward, or cotangents `d` pulled back. `sums` is scratch, `[images, 2
/// channels]`.
///
/// # Panics
/// If the lengths disagree.
pub fn project(
    threads: Threads,
    jacobian: Jacobian,
    d: &[f32],
    h: Normalized,
    sums: &mut [f32],
    out: &mut [f32],
) {
    let (Jacobian { scope, direction, gamma }, Normalized { x, mean, inv_std }) = (jacobian, h);
    let channels = gamma.len();
    let images = mean.len() / channels;
    let width = image_width(x, images, channels);
    assert!(x.len() == d.len() && x.len() == out.len(), "image norm input, cotangent and output");
    assert!(mean.len() == inv_std.len() && sums.len() == 2 * mean.len(), "image norm statistics and sums");
    let n = out.len();
    let work = (
        RowsMut(out, width),
        Rows(d, width),
        Rows(x, width),
        Rows(mean, channels),
        Rows(inv_std, channels),
        RowsMut(sums, 2 * channels),
    );
    split(threads, images, n, 1, work, &|_, (out, d, x, mean, inv_std, sums)| {
        let statistics = mean.0.chunks_exact(channels).zip(inv_std.0.chunks_exact(channels));
        let images = out.0.chunks_exact_mut(width).zip(d.0.chunks_exact(width)).zip(x.0.chunks_exact(width));
        let images = images.zip(statistics).zip(sums.0.chunks_exact_mut(2 * channels));
        for ((((out, d), x), (mean, inv_std)), sums) in images {
            let (sum_d, sum_dh) = sums.split_at_mut(channels);
            let h = Normalized { x, mean, inv_std };
            batch_norm::sums(Threads::ONE, d, h, sum_d, sum_dh);
            match scope {
                Scope::Channel => batch_norm::project(Threads::ONE, d, h, gamma, sum_d, sum_dh, out),
                Scope::Image => {
                    let (before, after) = match direction {
                        Direction::Forward => (None, Some(gamma)),
                        Direction::Backward => (Some(gamma), None),
                    };
                    let means = Means { d: total(before, sum_d, width), dh: total(before, sum_dh, width) };
                    let rows = out.chunks_exact_mut(channels).zip(d.chunks_exact(channels));
                    for ((out, d), x) in rows.zip(x.chunks_exact(channels)) {
                        project_row((mean[0], inv_std[0]), means, before, after, d, x, out);
                    }
                }
            }
        }
    });
}

/// Gradients of gamma, `sum d h` over all pixels of all images, and of beta, `sum d`: added to what is there
/// where `accumulate`.
///
/// # Panics
/// If the lengths disagree.
pub fn affine_gradients(
    threads: Threads,
    d: &[f32],
    h: Normalized,
    accumulate: bool,
    gamma: &mut [f32],
    beta: &mut [f32],
) {
    let Normalized { x, mean, inv_std } = h;
    let channels = gamma.len();
    let images = mean.len() / channels;
    let width = image_width(x, images, channels);
    assert!(x.len() == d.len() && beta.len() == channels, "image norm input, cotangent and gradients");
    assert_eq!(mean.len(), inv_std.len(), "image norm statistics");
    let work = (RowsMut(gamma, 1), RowsMut(beta, 1));
    split(threads, channels, x.len(), TILE, work, &|first, (gamma, beta)| {
        for (tile, (gamma, beta)) in gamma.0.chunks_mut(TILE).zip(beta.0.chunks_mut(TILE)).enumerate() {
            if !accumulate {
                gamma.fill(0.0);
                beta.fill(0.0);
            }
            gradients_tile(d, h, (width, channels), first + tile * TILE, gamma, beta);
        }
    });
}

fn image_width(x: &[f32], images: usize, channels: usize) -> usize {
    assert!(
        images > 0 && x.len().is_multiple_of(images * channels),
        "{images} images of {channels} channels"
    );
    x.len() / images
}

/// Mean and variance over all channels of as many values each, from those of the channels.
fn pool(mean: &mut [f32], variance: &mut [f32]) {
    let n = mean.len() as f64;
    let m = mean.iter().map(|&m| f64::from(m)).sum::<f64>() / n;
    let spread = mean.iter().map(|&c| (f64::from(c) - m).powi(2)).sum::<f64>();
    let v = (variance.iter().map(|&v| f64::from(v)).sum::<f64>() + spread) / n;
    mean.fill(m as f32);
    variance.fill(v as f32);
}

/// `sum_c weight_c sums_c / n`.
fn total(weight: Option<&[f32]>, sums: &[f32], n: usize) -> f32 {
    let total: f64 = match weight {
        Some(weight) => sums.iter().zip(weight).map(|(&s, &w)| f64::from(s) * f64::from(w)).sum(),
        None => sums.iter().map(|&s| f64::from(s)).sum(),
    };
    (total / n as f64) as f32
}

/// Means over an image of `d` and of `d h`.
#[derive(Clone, Copy)]
struct Means {
    d: f32,
    dh: f32,
}

#[multiversion(targets("x86_64+avx2"))]
fn project_row(
    (mean, inv_std): (f32, f32),
    means: Means,
    before: Option<&[f32]>,
    after: Option<&[f32]>,
    d: &[f32],
    x: &[f32],
    out: &mut [f32],
) {
    let n = out.len();
    let (d, x) = (&d[..n], &x[..n]);
    match before {
        Some(gamma) => {
            let gamma = &gamma[..n];
            for j in 0..n {
                out[j] = inv_std * (gamma[j] * d[j] - means.d - (x[j] - mean) * inv_std * means.dh);
            }
        }
        None => {
            for j in 0..n {
                out[j] = inv_std * (d[j] - means.d - (x[j] - mean) * inv_std * means.dh);
            }
        }
    }
    if let Some(gamma) = after {
        out.iter_mut().zip(gamma).for_each(|(o, g)| *o *= g);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn gradients_tile(
    d: &[f32],
    h: Normalized,
    (width, channels): (usize, usize),
    first: usize,
    gamma: &mut [f32],
    beta: &mut [f32],
) {
    let Normalized { x, mean, inv_std } = h;
    let count = gamma.len();
    let pixels = width / channels;
    let mut total_d = [0.0f64; TILE];
    let mut total_dh = [0.0f64; TILE];
    for image in 0..x.len() / width {
        let at = image * channels + first;
        let (mean, inv_std) = (&mean[at..at + count], &inv_std[at..at + count]);
        for start in (0..pixels).step_by(ROW_BLOCK) {
            let mut partial_d = [0.0f32; TILE];
            let mut partial_dh = [0.0f32; TILE];
            for p in start..pixels.min(start + ROW_BLOCK) {
                let at = image * width + p * channels + first;
                let (d, x) = (&d[at..at + count], &x[at..at + count]);
                for j in 0..count {
                    partial_d[j] += d[j];
                    partial_dh[j] += d[j] * ((x[j] - mean[j]) * inv_std[j]);
                }
            }
            for j in 0..count {
                total_d[j] += f64::from(partial_d[j]);
                total_dh[j] += f64::from(partial_dh[j]);
            }
        }
    }
    for j in 0..count {
        gamma[j] += total_dh[j] as f32;
        beta[j] += total_d[j] as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 14, stream, step: 0 }, 0, &mut v);
        v
    }

    /// The values of image `i` (and channel `c`, where statistics are a channel's) and their places.
    fn group(scope: Scope, i: usize, c: usize, (pixels, channels): (usize, usize)) -> Vec<usize> {
        let all = i * pixels * channels..(i + 1) * pixels * channels;
        all.filter(|at| scope == Scope::Image || at % channels == c).collect()
    }

    #[test]
    fn kernels_equal_float64_twins_for_any_number_of_threads() {
        for (images, pixels, channels) in [(3, 4, 5), (5, 1, 70), (2, 600, 3), (6, 64, 130)] {
            for scope in [Scope::Channel, Scope::Image] {
                if scope == Scope::Channel && pixels == 1 {
                    continue;
                }
                check(scope, images, (pixels, channels));
            }
        }
    }

    fn check(scope: Scope, images: usize, (pixels, channels): (usize, usize)) {
        let n = images * pixels * channels;
        let x: Vec<f32> = normal(1, n).iter().map(|v| 2.0 * v + 1.0).collect();
        let d = normal(2, n);
        let (gamma, beta) = (normal(3, channels), normal(4, channels));
        let mut first: Option<Vec<Vec<f32>>> = None;
        for threads in [1, 2, 7] {
            let threads = Threads::new(threads);
            let (mut mean, mut inv_std) = (vec![0.0; images * channels], vec![0.0; images * channels]);
            statistics(threads, scope, channels, 1e-3, &x, &mut mean, &mut inv_std);
            let mut y = vec![0.0; n];
            let h = Normalized { x: &x, mean: &mean, inv_std: &inv_std };
            normalize(threads, h, &gamma, &beta, Activation::Tanh, &mut y);
            let mut sums = vec![0.0; 2 * images * channels];
            let [dx, ty] = [Direction::Backward, Direction::Forward].map(|direction| {
                let mut out = vec![0.0; n];
                let jacobian = Jacobian { scope, direction, gamma: &gamma };
                project(threads, jacobian, &d, h, &mut sums, &mut out);
                out
            });
            let (mut dgamma, mut dbeta) = (vec![0.5; channels], vec![0.5; channels]);
            affine_gradients(threads, &d, h, true, &mut dgamma, &mut dbeta);
            let (mut hs, wide) = (vec![0.0; n], |v: f32| f64::from(v));
            for (i, c) in (0..images).flat_map(|i| (0..channels).map(move |c| (i, c))) {
                let places = group(scope, i, c, (pixels, channels));
                let size = places.len() as f64;
                let m = places.iter().map(|&p| wide(x[p])).sum::<f64>() / size;
                let v = places.iter().map(|&p| (wide(x[p]) - m).powi(2)).sum::<f64>() / size;
                let s = 1.0 / (v + f64::from(1e-3f32)).sqrt();
                let h = |p: usize| (wide(x[p]) - m) * s;
                let back = |p: usize| wide(gamma[p % channels]) * wide(d[p]);
                let mean_of = |f: &dyn Fn(usize) -> f64| places.iter().map(|&p| f(p)).sum::<f64>() / size;
                let (b1, b2) = (mean_of(&back), mean_of(&|p| back(p) * h(p)));
                let (f1, f2) = (mean_of(&|p| wide(d[p])), mean_of(&|p| wide(d[p]) * h(p)));
                for &p in places.iter().filter(|&&p| p % channels == c) {
                    hs[p] = h(p);
                    let g = wide(gamma[c]);
                    let close = |got: f32, expected: f64| {
                        assert!((wide(got) - expected).abs() < 3e-5 * (1.0 + s), "{got} {expected}");
                    };
                    close(y[p], (g * h(p) + wide(beta[c])).tanh());
                    close(dx[p], s * (back(p) - b1 - h(p) * b2));
                    close(ty[p], g * s * (wide(d[p]) - f1 - h(p) * f2));
                }
            }
            for c in 0..channels {
                let column = || (c..n).step_by(channels);
                let (g, b) = (column().map(|p| wide(d[p]) * hs[p]), column().map(|p| wide(d[p])));
                let scale = 1e-4 * ((images * pixels) as f64).sqrt();
                assert!((wide(dgamma[c]) - 0.5 - g.sum::<f64>()).abs() < scale);
                assert!((wide(dbeta[c]) - 0.5 - b.sum::<f64>()).abs() < scale);
            }
            let all = vec![mean, inv_std, y, dx, ty, dgamma, dbeta];
            assert_eq!(first.get_or_insert_with(|| all.clone()), &all, "bits depend on threads");
        }
    }
}
