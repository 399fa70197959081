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

    /// Whether the old mean weighs more than the new value.
    #[inline(always)]
    pub(crate) fn mostly_keeps(self) -> bool {
        self.take < self.keep
    }

    /// `keep mean + take x`, as a step from whichever weighs more: one multiplication, and `x` itself where nothing is kept.
    #[inline(always)]
    pub(crate) fn mean(self, mean: f32, x: f32) -> f32 {
        if self.mostly_keeps() { mean + self.take * (x - mean) } else { x + self.keep * (mean - x) }
    }
}

/// Coefficients of one Adam step (Kingma and Ba 2015), the corrections for step `t` included.
///
/// `lr m/(1 - b1^t) / (sqrt(v/(1 - b2^t)) + eps)` is `rate m / (sqrt(v) + eps')`: the second correction's root, `c`, goes into both
/// numbers, and no weight is multiplied by it.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    /// `lr c / (1 - beta1^t)`.
    pub(crate) rate: f32,
    /// `eps c`, added to the root of the second moment.
    pub(crate) eps: f32,
    pub(crate) beta1: Decay,
    pub(crate) beta2: Decay,
    pub(crate) decay: f32,
}

impl AdamStep {
    /// For step `t`, counted from 1. `decay` is the factor on the weights before the step: 1, or `1 - lr * weight_decay`
    /// (AdamW, Loshchilov and Hutter 2019).
    pub fn new(t: i32, lr: f64, (beta1, beta2): (f64, f64), eps: f64, decay: f64) -> AdamStep {
        let c = (1.0 - beta2.powi(t)).sqrt();
        AdamStep {
            rate: (lr * c / (1.0 - beta1.powi(t))) as f32,
            eps: (eps * c) as f32,
            beta1: Decay::new(beta1),
            beta2: Decay::new(beta2),
            decay: decay as f32,
        }
    }

    /// A weight after the step, for its new first moment and the root of the second.
    #[inline(always)]
    pub(crate) fn weight(&self, p: f32, m: f32, root: f32) -> f32 {
        self.decay * p - self.rate * (m / (root + self.eps))
    }
}

/// What Adam updates.
pub struct AdamArenas<'a> {
    /// Parameters.
    pub p: &'a mut [f32],
    /// First moments.
    pub m: &'a mut [f32],
    /// Second moments.
    pub v: &'a mut [f32],
}

impl AdamArenas<'_> {
    /// # Panics
    /// If an arena has not `n` values.
    pub(crate) fn check(&self, n: usize) {
        assert!(self.p.len() == n && self.m.len() == n && self.v.len() == n, "arenas of one size");
    }
}

/// `m = b1 m + (1-b1) g; v = b2 v + (1-b2) g²; p = decay p - rate m / (sqrt(v) + eps)`, rate and eps corrected for the step.
///
/// # Panics
/// If the lengths differ.
pub fn adam(threads: Threads, step: AdamStep, scale: f32, g: &[f32], arenas: AdamArenas) -> f64 {
    let n = g.len();
    arenas.check(n);
    let AdamArenas { p, m, v } = arenas;
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
        let mi = s.beta1.mean(m[i], gi);
        let vi = s.beta2.mean(v[i], gi * gi);
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

/// What RMSprop updates.
pub struct RmsPropArenas<'a> {
    /// Parameters.
    pub p: &'a mut [f32],
    /// Second moments.
    pub v: &'a mut [f32],
    /// Momentum; empty without.
    pub buffer: &'a mut [f32],
    /// Mean gradients; empty without centring.
    pub mean: &'a mut [f32],
}

/// `v = alpha v + (1-alpha) g²`; with `centered`, `a = alpha a + (1-alpha) g` and `v - a²` in place of `v` below;
/// `b = momentum b + g / (sqrt(v) + eps); p -= lr b`.
///
/// # Panics
/// If the lengths disagree.
pub fn rmsprop(threads: Threads, step: RmsPropStep, scale: f32, g: &[f32], arenas: RmsPropArenas) -> f64 {
    let RmsPropArenas { p, v, buffer, mean } = arenas;
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
    fn adam_is_the_published_formula_for_any_number_of_threads() {
        let g = normal(1, N);
        let (p0, m0) = (normal(2, N), normal(3, N));
        let v0: Vec<f32> = normal(4, N).iter().map(|v| v * v).collect();
        for (t, beta1, beta2, eps, decay) in [
            (1, 0.0, 0.99, 1e-8, 1.0),
            (3, 0.5, 0.999, 0.1, 1.0),
            (1000, 0.9, 0.999, 1e-8, 0.999),
            (7, 0.25, 0.3, 1e-3, 0.9),
        ] {
            let run = |threads| {
                let (mut p, mut m, mut v) = (p0.clone(), m0.clone(), v0.clone());
                let step = AdamStep::new(t, 0.01, (beta1, beta2), eps, decay);
                adam(Threads::new(threads), step, 0.5, &g, AdamArenas { p: &mut p, m: &mut m, v: &mut v });
                (p, m, v)
            };
            let (p, m, v) = run(1);
            let close = |got: f32, expected: f64| {
                assert!(
                    (f64::from(got) - expected).abs() <= 2e-6 * (1.0 + expected.abs()),
                    "{got} {expected}"
                );
            };
            for i in 0..N {
                let [p0, m0, v0, g] = [p0[i], m0[i], v0[i], 0.5 * g[i]].map(f64::from);
                let mean = beta1 * m0 + (1.0 - beta1) * g;
                let square = beta2 * v0 + (1.0 - beta2) * g * g;
                close(m[i], mean);
                close(v[i], square);
                let (mean, square) = (mean / (1.0 - beta1.powi(t)), square / (1.0 - beta2.powi(t)));
                let moved = 0.01 * mean / (square.sqrt() + eps);
                // Of tiny second moments the root doubles the error.
                if square > 1e-6 {
                    close(p[i], decay * p0 - moved);
                }
            }
            assert!(run(2) == (p.clone(), m.clone(), v.clone()) && run(3) == (p, m, v));
        }
    }

    #[test]
    fn a_mean_that_keeps_nothing_is_the_new_value_and_second_moments_stay_positive() {
        assert_eq!(Decay::new(0.0).mean(1e8, 1e-8), 1e-8);
        for decay in [0.0, 0.1, 0.5, 0.9, 0.999, 0.999_999_9] {
            let decay = Decay::new(decay);
            assert_eq!(decay.mean(0.0, 0.0), 0.0);
            for (mean, x) in [(1.0, 0.0), (0.0, 1.0), (f32::MIN_POSITIVE, 0.0), (1e30, 1e-30), (1e-30, 1e30)]
            {
                assert!(decay.mean(mean, x) >= 0.0, "{decay:?} {mean} {x}");
            }
        }
    }

    #[test]
    fn the_plain_rmsprop_is_the_general_one() {
        let s = RmsPropStep { lr: 0.01, alpha: Decay::new(0.9), eps: 1e-8, momentum: 0.0, centered: false };
        let (g, p0) = (normal(1, N), normal(2, N));
        let v0: Vec<f32> = normal(4, N).iter().map(|v| v * v).collect();
        let (mut p, mut v) = (p0.clone(), v0.clone());
        let arenas = RmsPropArenas { p: &mut p, v: &mut v, buffer: &mut [], mean: &mut [] };
        rmsprop(Threads::new(2), s, 0.7, &g, arenas);
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
            let arenas = RmsPropArenas { p: &mut p, v: &mut v, buffer: &mut b, mean: &mut a };
            rmsprop(threads, s, 1.0, &g, arenas);
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
