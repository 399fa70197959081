//! What spectral normalisation needs of a weight: products with vectors on either side, and a product of two
//! vectors taken off its gradient (Miyato et al. 2018).
//!
//! The weight is `W[a, o, b]` with `o` the output ([`MatrixView`]): a matrix of `outputs` rows whose columns are
//! all `(a, b)`.

use multiversion::multiversion;

use crate::rows;
use crate::sums::dot_block;
use crate::threads::{Rows, RowsMut, Threads, split};

/// How a weight's values are laid out: `[outer, outputs, inner]`. A dense weight's `inner` is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixView {
    /// Steps before the output.
    pub outer: usize,
    /// Outputs.
    pub outputs: usize,
    /// Values of an output in each step.
    pub inner: usize,
}

impl MatrixView {
    /// Values in all.
    pub fn values(self) -> usize {
        self.outer * self.outputs * self.inner
    }

    /// Values of one output.
    pub fn inputs(self) -> usize {
        self.outer * self.inner
    }

    fn check(self, w: &[f32], u: &[f32], v: &[f32]) {
        let fits = w.len() == self.values() && u.len() == self.outputs && v.len() == self.inputs();
        assert!(fits, "a weight of {self:?} and its vectors");
    }
}

/// `u[o] = sum_ab W[a, o, b] v[a, b]`.
///
/// # Panics
/// If the lengths are not those of `shape`.
pub fn matvec(threads: Threads, shape: MatrixView, w: &[f32], v: &[f32], u: &mut [f32]) {
    shape.check(w, u, v);
    let MatrixView { outputs, inner, .. } = shape;
    if inner == 1 {
        u.fill(0.0);
        return rows::add_column_sums(threads, Some(v), w, u);
    }
    split(threads, outputs, w.len(), 1, RowsMut(u, 1), &|first, u| {
        for (o, u) in u.0.iter_mut().enumerate() {
            let steps = w.chunks_exact(outputs * inner).zip(v.chunks_exact(inner));
            *u = steps.map(|(w, v)| dot_block(&w[(first + o) * inner..][..inner], v)).sum::<f64>() as f32;
        }
    });
}

/// `v[a, b] = sum_o W[a, o, b] u[o]`.
///
/// # Panics
/// If the lengths are not those of `shape`.
pub fn matvec_transposed(threads: Threads, shape: MatrixView, w: &[f32], u: &[f32], v: &mut [f32]) {
    shape.check(w, u, v);
    let MatrixView { outer, outputs, inner } = shape;
    let work = (RowsMut(v, inner), Rows(w, outputs * inner));
    split(threads, outer, w.len(), 1, work, &|_, (v, w)| {
        for (v, w) in v.0.chunks_exact_mut(inner).zip(w.0.chunks_exact(outputs * inner)) {
            if inner == 1 {
                v[0] = dot_block(w, u) as f32;
                continue;
            }
            v.fill(0.0);
            w.chunks_exact(inner).zip(u).for_each(|(w, &u)| add_scaled(u, w, v));
        }
    });
}

/// `g[a, o, b] -= c v[a, b] u[o]`.
///
/// # Panics
/// If the lengths are not those of `shape`.
pub fn subtract_outer_product(
    threads: Threads,
    shape: MatrixView,
    c: f32,
    u: &[f32],
    v: &[f32],
    g: &mut [f32],
) {
    shape.check(g, u, v);
    let MatrixView { outer, outputs, inner } = shape;
    let n = g.len();
    let work = (RowsMut(g, outputs * inner), Rows(v, inner));
    split(threads, outer, n, 1, work, &|_, (g, v)| {
        for (g, v) in g.0.chunks_exact_mut(outputs * inner).zip(v.0.chunks_exact(inner)) {
            if inner == 1 {
                add_scaled(-c * v[0], u, g);
                continue;
            }
            g.chunks_exact_mut(inner).zip(u).for_each(|(g, &u)| add_scaled(-c * u, v, g));
        }
    });
}

/// `out = c x`, or added to it where `accumulate`.
///
/// # Panics
/// If the lengths differ.
pub fn scaled(threads: Threads, c: f32, x: &[f32], accumulate: bool, out: &mut [f32]) {
    assert_eq!(x.len(), out.len(), "values to scale");
    let n = out.len();
    split(threads, n, n, 16, (RowsMut(out, 1), Rows(x, 1)), &|_, (out, x)| {
        if accumulate { add_scaled(c, x.0, out.0) } else { scale_block(c, x.0, out.0) }
    });
}

#[multiversion(targets("x86_64+avx2"))]
fn add_scaled(c: f32, x: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o += c * x);
}

#[multiversion(targets("x86_64+avx2"))]
fn scale_block(c: f32, x: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o = c * x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 17, stream, step: 0 }, 0, &mut v);
        v
    }

    #[test]
    fn products_equal_float64_twins_for_any_number_of_threads() {
        for (outer, outputs, inner) in [(1, 1, 1), (500, 1, 1), (70, 300, 1), (9, 40, 130), (4, 3, 5)] {
            let shape = MatrixView { outer, outputs, inner };
            let (w, u, v) = (normal(1, shape.values()), normal(2, outputs), normal(3, shape.inputs()));
            let mut first: Option<[Vec<f32>; 3]> = None;
            for threads in [1, 2, 5] {
                let threads = Threads::new(threads);
                let (mut by_v, mut by_u, mut g) =
                    (vec![f32::NAN; outputs], vec![f32::NAN; v.len()], w.clone());
                matvec(threads, shape, &w, &v, &mut by_v);
                matvec_transposed(threads, shape, &w, &u, &mut by_u);
                subtract_outer_product(threads, shape, 0.7, &u, &v, &mut g);
                let (mut e_v, mut e_u) = (vec![0.0; outputs], vec![0.0; v.len()]);
                for p in 0..w.len() {
                    let (a, o, b) = (p / (outputs * inner), p / inner % outputs, p % inner);
                    let (w, u, v) = (f64::from(w[p]), f64::from(u[o]), f64::from(v[a * inner + b]));
                    e_v[o] += w * v;
                    e_u[a * inner + b] += w * u;
                    assert!((f64::from(g[p]) - (w - f64::from(0.7f32) * u * v)).abs() < 1e-5);
                }
                let close = |got: &[f32], expected: &[f64]| {
                    got.iter().zip(expected).all(|(g, e)| (f64::from(*g) - e).abs() < 1e-4)
                };
                assert!(close(&by_v, &e_v) && close(&by_u, &e_u), "{shape:?}");
                let (mut out, mut twice) = (vec![f32::NAN; w.len()], w.clone());
                scaled(threads, 0.3, &w, false, &mut out);
                scaled(threads, 0.3, &w, true, &mut twice);
                assert!(out.iter().zip(&w).all(|(o, w)| *o == 0.3 * w));
                assert!(twice.iter().zip(&w).all(|(o, w)| *o == w + 0.3 * w));
                let all = [by_v, by_u, g];
                assert_eq!(first.get_or_insert_with(|| all.clone()), &all, "bits depend on threads");
            }
        }
    }
}
