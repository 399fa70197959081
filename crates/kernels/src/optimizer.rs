//! Optimiser updates over one contiguous arena of parameters, each a single pass.
//!
//! `scale` multiplies every gradient as it is read, so that clipping by the global norm costs no pass of its own. Each
//! update returns `sum g²`, taken block by block while the gradients are in cache.

use multiversion::multiversion;

use crate::sums::squares_block;
use crate::threads::{Rows, RowsMut, Threads, split, sum_blocks};

/// A decay `d` and its complement `1 - d`, each rounded once: `1 - d` in `f32` would be off by up to `1e-6` of itself for
/// `d` near one.
#[derive(Clone, Copy, Debug)]
pub struct Decay {
    pub(crate) keep: f32,
    pub(crate) take: f32,
}

impl Decay {
    /// For a decay in [0, 1).
    pub fn new(decay: f64) -> Decay {
        Decay { keep: decay as f32, take: (1.0 - decay) as f32 }
    }
}

/// Coefficients of one Adam step (Kingma and Ba 2015), the corrections for step `t` included.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    /// `lr / (1 - beta1^t)`.
    pub step_size: f32,
    /// `1 / sqrt(1 - beta2^t)`.
    pub inv_sqrt_correction: f32,
    /// Decay of the first moment.
    pub beta1: Decay,
    /// Decay of the second moment.
    pub beta2: Decay,
    /// Added to the root of the second moment.
    pub eps: f32,
    /// Factor on the parameters before the step: 1, or `1 - lr * weight_decay` (AdamW, Loshchilov and Hutter 2019).
    pub decay: f32,
}

impl AdamStep {
    /// A weight after the step, for its new first moment and the root of the second.
    #[inline(always)]
    pub(crate) fn weight(&self, p: f32, m: f32, root: f32) -> f32 {
        self.decay * p - self.step_size * m / (root * self.inv_sqrt_correction + self.eps)
    }
}

/// `m = b1 m + (1-b1) g; v = b2 v + (1-b2) g²; p = decay p - step_size m / (sqrt(v) inv_sqrt_correction + eps)`.
///
/// # Panics
/// If the lengths differ.
pub fn adam(
    threads: Threads,
    step: AdamStep,
    scale: f32,
    g: &[f32],
    p: &mut [f32],
    m: &mut [f32],
    v: &mut [f32],
) -> f64 {
    assert!(g.len() == p.len() && g.len() == m.len() && g.len() == v.len(), "arenas of one size");
    let n = p.len();
    let work = (RowsMut(p, 1), Rows(g, 1), RowsMut(m, 1), RowsMut(v, 1));
    sum_blocks(threads, n, work, &|(p, g, m, v)| {
        adam_block(step, scale, g.0, p.0, m.0, v.0);
        squares_block(g.0)
    })
}

#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn adam_block(s: AdamStep, scale: f32, g: &[f32], p: &mut [f32], m: &mut [f32], v: &mut [f32]) {
    let n = p.len();
    let (g, m, v) = (&g[..n], &mut m[..n], &mut v[..n]);
    for i in 0..n {
        let gi = scale * g[i];
        let mi = s.beta1.keep * m[i] + s.beta1.take * gi;
        let vi = s.beta2.keep * v[i] + s.beta2.take * gi * gi;
        m[i] = mi;
        v[i] = vi;
        p[i] = s.weight(p[i], mi, vi.sqrt());
    }
}

/// Coefficients of one RMSprop step (Tieleman and Hinton 2012, as PyTorch writes it).
#[derive(Clone, Copy, Debug)]
pub struct RmsPropStep {
    /// Learning rate.
    pub lr: f32,
    /// Decay of the second moment.
    pub alpha: Decay,
    /// Added to the root.
    pub eps: f32,
    /// Momentum on the normalised gradient; zero: none.
    pub momentum: f32,
    /// Whether the mean gradient is subtracted from the second moment.
    pub centered: bool,
}

/// `v = alpha v + (1-alpha) g²`; with `centered`, `a = alpha a + (1-alpha) g` and `v - a²` in place of `v` below;
/// `b = momentum b + g / (sqrt(v) + eps); p -= lr b`.
///
/// `buffer` is empty without momentum, `mean` without centring.
///
/// # Panics
/// If the lengths disagree.
#[allow(clippy::too_many_arguments)]
pub fn rmsprop(
    threads: Threads,
    step: RmsPropStep,
    scale: f32,
    g: &[f32],
    p: &mut [f32],
    v: &mut [f32],
    buffer: &mut [f32],
    mean: &mut [f32],
) -> f64 {
    let n = p.len();
    assert!(g.len() == n && v.len() == n, "arenas of one size");
    assert!(buffer.len() == if step.momentum > 0.0 { n } else { 0 }, "momentum buffer");
    assert!(mean.len() == if step.centered { n } else { 0 }, "mean gradient");
    let (momentum, centered) = (usize::from(step.momentum > 0.0), usize::from(step.centered));
    let work =
        ((RowsMut(p, 1), Rows(g, 1), RowsMut(v, 1)), RowsMut(buffer, momentum), RowsMut(mean, centered));
    sum_blocks(threads, n, work, &|((p, g, v), buffer, mean)| {
        if buffer.0.is_empty() && mean.0.is_empty() {
            rmsprop_block(step, scale, g.0, p.0, v.0);
        } else {
            rmsprop_general(step, scale, g.0, p.0, v.0, buffer.0, mean.0);
        }
        squares_block(g.0)
    })
}

#[multiversion(targets("x86_64+avx2"))]
fn rmsprop_block(s: RmsPropStep, scale: f32, g: &[f32], p: &mut [f32], v: &mut [f32]) {
    let n = p.len();
    let (g, v) = (&g[..n], &mut v[..n]);
    for i in 0..n {
        let gi = scale * g[i];
        let vi = s.alpha.keep * v[i] + s.alpha.take * gi * gi;
        v[i] = vi;
        p[i] -= s.lr * (gi / (vi.sqrt() + s.eps));
    }
}

fn rmsprop_general(
    s: RmsPropStep,
    scale: f32,
    g: &[f32],
    p: &mut [f32],
    v: &mut [f32],
    buffer: &mut [f32],
    mean: &mut [f32],
) {
    for i in 0..p.len() {
        let gi = scale * g[i];
        v[i] = s.alpha.keep * v[i] + s.alpha.take * gi * gi;
        let mut second = v[i];
        if let Some(mean) = mean.get_mut(i) {
            *mean = s.alpha.keep * *mean + s.alpha.take * gi;
            second -= *mean * *mean;
        }
        // Rounding can leave a centred second moment just below zero.
        let update = gi / (second.max(0.0).sqrt() + s.eps);
        p[i] -= s.lr
            * match buffer.get_mut(i) {
                Some(b) => {
                    *b = s.momentum * *b + update;
                    *b
                }
                None => update,
            };
    }
}

/// Coefficients of one step of stochastic gradient descent.
#[derive(Clone, Copy, Debug)]
pub struct SgdStep {
    /// Learning rate.
    pub lr: f32,
    /// Momentum; zero: none.
    pub momentum: f32,
    /// Nesterov's form: `p -= lr (g + momentum b)`.
    pub nesterov: bool,
}

/// `b = momentum b + g; p -= lr b` (Nesterov: `p -= lr (g + momentum b)`). `buffer` is empty without momentum.
///
/// # Panics
/// If the lengths disagree.
pub fn sgd(threads: Threads, step: SgdStep, scale: f32, g: &[f32], p: &mut [f32], buffer: &mut [f32]) -> f64 {
    let n = p.len();
    assert_eq!(g.len(), n, "arenas of one size");
    assert!(buffer.len() == if step.momentum > 0.0 { n } else { 0 }, "momentum buffer");
    let momentum = usize::from(step.momentum > 0.0);
    sum_blocks(threads, n, (RowsMut(p, 1), Rows(g, 1), RowsMut(buffer, momentum)), &|(p, g, buffer)| {
        sgd_block(step, scale, g.0, p.0, buffer.0);
        squares_block(g.0)
    })
}

#[multiversion(targets("x86_64+avx2"))]
fn sgd_block(s: SgdStep, scale: f32, g: &[f32], p: &mut [f32], buffer: &mut [f32]) {
    if buffer.is_empty() {
        p.iter_mut().zip(g).for_each(|(p, g)| *p -= s.lr * (scale * g));
        return;
    }
    for ((p, g), b) in p.iter_mut().zip(g).zip(buffer) {
        let g = scale * g;
        *b = s.momentum * *b + g;
        *p -= s.lr * if s.nesterov { g + s.momentum * *b } else { *b };
    }
}

/// `average += weight (p - average)`: one step of an exponential moving average.
///
/// # Panics
/// If the lengths differ.
pub fn average(threads: Threads, weight: f32, p: &[f32], average: &mut [f32]) {
    assert_eq!(p.len(), average.len(), "arenas of one size");
    let n = p.len();
    split(threads, n, n, 16, (RowsMut(average, 1), Rows(p, 1)), &|_, (a, p)| average_block(weight, p.0, a.0));
}

#[multiversion(targets("x86_64+avx2"))]
fn average_block(weight: f32, p: &[f32], average: &mut [f32]) {
    average.iter_mut().zip(p).for_each(|(a, p)| *a += weight * (p - *a));
}

/// In place: `p = clamp(p, -bound, bound)` (WGAN's weight clipping, Arjovsky et al. 2017). NaN stays NaN.
pub fn clamp(threads: Threads, bound: f32, p: &mut [f32]) {
    let n = p.len();
    split(threads, n, n, 16, RowsMut(p, 1), &|_, p| p.0.iter_mut().for_each(|p| *p = p.clamp(-bound, bound)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 4, stream, step: 0 }, 0, &mut v);
        v
    }

    const N: usize = 70_003;

    #[test]
    fn adam_equals_its_scalar_twin_for_any_number_of_threads() {
        let s = AdamStep {
            step_size: 0.01,
            inv_sqrt_correction: 3.0,
            beta1: Decay::new(0.5),
            beta2: Decay::new(0.99),
            eps: 1e-8,
            decay: 0.999,
        };
        let g = normal(1, N);
        let (p0, m0) = (normal(2, N), normal(3, N));
        let v0: Vec<f32> = normal(4, N).iter().map(|v| v * v).collect();
        for threads in [1, 2, 3] {
            let (mut p, mut m, mut v) = (p0.clone(), m0.clone(), v0.clone());
            adam(Threads::new(threads), s, 0.5, &g, &mut p, &mut m, &mut v);
            for i in 0..N {
                let gi = 0.5 * g[i];
                let mi = 0.5 * m0[i] + 0.5 * gi;
                let vi = 0.99 * v0[i] + 0.01 * gi * gi;
                assert_eq!((m[i], v[i]), (mi, vi));
                assert_eq!(p[i], 0.999 * p0[i] - 0.01 * mi / (vi.sqrt() * 3.0 + 1e-8));
            }
        }
    }

    #[test]
    fn the_plain_rmsprop_is_the_general_one() {
        let s = RmsPropStep { lr: 0.01, alpha: Decay::new(0.9), eps: 1e-8, momentum: 0.0, centered: false };
        let (g, p0) = (normal(1, N), normal(2, N));
        let v0: Vec<f32> = normal(4, N).iter().map(|v| v * v).collect();
        let (mut p, mut v) = (p0.clone(), v0.clone());
        rmsprop(Threads::new(2), s, 0.7, &g, &mut p, &mut v, &mut [], &mut []);
        let (mut q, mut w) = (p0, v0);
        rmsprop_general(s, 0.7, &g, &mut q, &mut w, &mut [], &mut []);
        assert_eq!(p, q);
        assert_eq!(v, w);
    }

    #[test]
    fn threads_do_not_change_the_other_updates() {
        let g = normal(1, N);
        let run = |threads| {
            let threads = Threads::new(threads);
            let (mut p, mut v, mut b, mut a) = (normal(2, N), vec![1.0; N], normal(5, N), normal(6, N));
            let s =
                RmsPropStep { lr: 0.01, alpha: Decay::new(0.9), eps: 1e-8, momentum: 0.9, centered: true };
            rmsprop(threads, s, 1.0, &g, &mut p, &mut v, &mut b, &mut a);
            let s = SgdStep { lr: 0.1, momentum: 0.9, nesterov: true };
            sgd(threads, s, 1.0, &g, &mut p, &mut b);
            average(threads, 0.1, &p, &mut a);
            clamp(threads, 0.5, &mut p);
            assert!(p.iter().all(|p| p.abs() <= 0.5));
            (p, v, b, a)
        };
        assert!(run(1) == run(2) && run(1) == run(5));
    }
}
