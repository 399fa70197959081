//! The scalar twin: the three operations by their definition, in float64.

use super::Window;

/// Calls `f(large pixel, small pixel, tap)` for all that meet.
fn meetings(window: &Window, mut f: impl FnMut(usize, usize, usize)) {
    for i in 0..window.small.0 {
        for j in 0..window.small.1 {
            for ky in 0..window.kernel.0 {
                for kx in 0..window.kernel.1 {
                    let y = (i * window.stride.0 + ky).checked_sub(window.before.0);
                    let x = (j * window.stride.1 + kx).checked_sub(window.before.1);
                    if let (Some(y), Some(x)) = (y, x)
                        && y < window.large.0
                        && x < window.large.1
                    {
                        f(y * window.large.1 + x, i * window.small.1 + j, ky * window.kernel.1 + kx);
                    }
                }
            }
        }
    }
}

/// Calls `f(index in large, index in small, index in the kernel)` for every product of a batch.
fn products(window: &Window, batch: usize, mut f: impl FnMut(usize, usize, usize)) {
    let (cl, cs) = (window.large_channels, window.small_channels);
    for n in 0..batch {
        meetings(window, |large, small, tap| {
            for l in 0..cl {
                for s in 0..cs {
                    f(
                        n * window.large_len() + large * cl + l,
                        n * window.small_len() + small * cs + s,
                        (tap * cl + l) * cs + s,
                    );
                }
            }
        });
    }
}

pub(super) fn forward(window: &Window, batch: usize, large: &[f32], w: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; batch * window.small_len()];
    products(window, batch, |l, s, k| out[s] += f64::from(large[l]) * f64::from(w[k]));
    out
}

pub(super) fn adjoint(window: &Window, batch: usize, small: &[f32], w: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; batch * window.large_len()];
    products(window, batch, |l, s, k| out[l] += f64::from(small[s]) * f64::from(w[k]));
    out
}

pub(super) fn weight_grad(window: &Window, batch: usize, large: &[f32], small: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; window.kernel_len()];
    products(window, batch, |l, s, k| out[k] += f64::from(large[l]) * f64::from(small[s]));
    out
}
