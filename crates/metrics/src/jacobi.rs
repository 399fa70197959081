//! Eigen-decompositions and singular values by rotations of rows.
//!
//! One-sided Jacobi (Hestenes 1958; Golub and Van Loan, Matrix Computations, 4th ed., 8.6.3): every pair of
//! rows is turned in its plane until it is orthogonal; the rows' norms are then the singular values. It takes
//! O(d³) operations a sweep and some ten sweeps, which for a few hundred dimensions is less than a second,
//! and small values come out as accurate as large ones.

use multiversion::multiversion;

/// Sweeps end long before: convergence is quadratic.
const MAX_SWEEPS: usize = 60;
const LANES: usize = 8;

#[inline(always)]
fn dot_lanes(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[multiversion(targets("x86_64+avx2"))]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    dot_lanes(a, b)
}

/// Makes `p` and `q` orthogonal, unless their cosine is below `cosine` already or one's square is below
/// `least`. Returns whether it turned them.
#[multiversion(targets("x86_64+avx2"))]
fn rotate(p: &mut [f64], q: &mut [f64], cosine: f64, least: f64) -> bool {
    let (pp, qq, pq) = (dot_lanes(p, p), dot_lanes(q, q), dot_lanes(p, q));
    if pp.min(qq) <= least || pq.abs() <= cosine * pp.sqrt() * qq.sqrt() {
        return false;
    }
    // The smaller root of t² + 2 zeta t - 1.
    let zeta = (qq - pp) / (2.0 * pq);
    let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
    let c = 1.0 / (1.0 + tangent * tangent).sqrt();
    let s = c * tangent;
    for (p, q) in p.iter_mut().zip(q) {
        (*p, *q) = (c * *p - s * *q, s * *p + c * *q);
    }
    true
}

/// Turns the rows of `a`, each `columns` long, until they are orthogonal, by an orthogonal matrix from the
/// left. Rows below rounding beside the largest are left.
fn orthogonalise(a: &mut [f64], columns: usize) {
    let rows = a.len() / columns;
    let cosine = f64::EPSILON * (columns as f64).sqrt();
    let largest = a.chunks_exact(columns).map(|row| dot(row, row)).fold(0.0, f64::max);
    let least = largest * (rows as f64 * f64::EPSILON).powi(2);
    for _ in 0..MAX_SWEEPS {
        let mut turned = false;
        for i in 0..rows {
            let (head, tail) = a.split_at_mut((i + 1) * columns);
            let p = &mut head[i * columns..];
            for q in tail.chunks_exact_mut(columns) {
                turned |= rotate(p, q, cosine, least);
            }
        }
        if !turned {
            return;
        }
    }
}

/// `F` with `FᵀF = S` for a symmetric positive semi-definite `S` of order `d`, `[rank, d]`.
///
/// The rows of `VᵀS = ΛVᵀ`, orthogonal, are eigenvectors times their eigenvalues; divided by the roots of
/// these they are `F = Λ^½ Vᵀ`. Eigenvalues that are zero within rounding (`d` times epsilon times the
/// largest) are left out.
pub(crate) fn factor(s: &[f64], d: usize) -> Vec<f64> {
    let mut rows = s.to_vec();
    orthogonalise(&mut rows, d);
    let eigenvalues: Vec<f64> = rows.chunks_exact(d).map(|row| dot(row, row).sqrt()).collect();
    let least = eigenvalues.iter().copied().fold(0.0, f64::max) * d as f64 * f64::EPSILON;
    let mut out = Vec::with_capacity(rows.len());
    for (row, eigenvalue) in rows.chunks_exact(d).zip(eigenvalues) {
        if eigenvalue > least {
            let root = eigenvalue.sqrt();
            out.extend(row.iter().map(|v| v / root));
        }
    }
    out
}

/// The sum of the singular values of `A Bᵀ`, for rows of `d` values.
pub(crate) fn nuclear_norm_of_product(a: &[f64], b: &[f64], d: usize) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    // The fewer rows there are to turn, the better; the transpose has the same singular values.
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let columns = b.len() / d;
    let mut product: Vec<f64> =
        a.chunks_exact(d).flat_map(|a| b.chunks_exact(d).map(move |b| dot(a, b))).collect();
    orthogonalise(&mut product, columns);
    product.chunks_exact(columns).map(|row| dot(row, row).sqrt()).sum()
}

#[cfg(test)]
mod tests {
    use kernels::noise::{NoiseKey, fill_normal};

    use super::*;

    fn normal(stream: u64, n: usize) -> Vec<f64> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 8, stream, step: 0 }, 0, &mut v);
        v.into_iter().map(f64::from).collect()
    }

    /// `XᵀX` of `n` rows.
    fn gram(x: &[f64], d: usize) -> Vec<f64> {
        let mut s = vec![0.0; d * d];
        for row in x.chunks_exact(d) {
            for i in 0..d {
                (0..d).for_each(|j| s[i * d + j] += row[i] * row[j]);
            }
        }
        s
    }

    #[test]
    fn the_factor_gives_the_matrix_back_and_has_its_rank() {
        for (n, d) in [(1, 1), (50, 20), (7, 20), (300, 65)] {
            let s = gram(&normal(1, n * d), d);
            let factor = factor(&s, d);
            assert_eq!(factor.len() / d, n.min(d));
            let largest = s.iter().fold(0.0f64, |a, b| a.max(b.abs()));
            for (a, b) in gram(&factor, d).iter().zip(&s) {
                assert!((a - b).abs() < 1e-13 * largest * d as f64, "{a} {b}");
            }
        }
        assert!(factor(&[0.0; 9], 3).is_empty());
        // Equal eigenvalues.
        assert_eq!(factor(&[4.0, 0.0, 0.0, 4.0], 2), [2.0, 0.0, 0.0, 2.0]);
    }

    /// By the definition: [[3, 0], [4, 5]] has singular values sqrt(45) and sqrt(5).
    #[test]
    fn nuclear_norms_of_known_matrices() {
        let identity = [1.0, 0.0, 0.0, 1.0];
        let norm = nuclear_norm_of_product(&[3.0, 0.0, 4.0, 5.0], &identity, 2);
        assert!((norm - 45f64.sqrt() - 5f64.sqrt()).abs() < 1e-14 * norm);
        // Of the roots of one matrix: its trace.
        let (n, d) = (100, 40);
        let s = gram(&normal(2, n * d), d);
        let factor = factor(&s, d);
        let trace: f64 = (0..d).map(|i| s[i * d + i]).sum();
        assert!((nuclear_norm_of_product(&factor, &factor, d) - trace).abs() < 1e-12 * trace);
        assert_eq!(nuclear_norm_of_product(&[], &factor, d), 0.0);
        // One row: the norm of A b, either way round.
        let b = normal(3, d);
        let expected = factor.chunks_exact(d).map(|row| dot(row, &b).powi(2)).sum::<f64>().sqrt();
        for norm in [nuclear_norm_of_product(&factor, &b, d), nuclear_norm_of_product(&b, &factor, d)] {
            assert!((norm - expected).abs() < 1e-13 * expected);
        }
    }
}
