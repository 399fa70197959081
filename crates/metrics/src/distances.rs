//! Distances between all pairs of two sets, in tiles: float32 products where a pair is clear, float64 where
//! it is not.

use std::ops::Range;

use kernels::{Activation, Epilogue, Matrix, Threads, product};
use multiversion::multiversion;

use crate::features::Features;
use crate::parts::parts;

/// Queries of a tile: a thread's part begins at a multiple of it.
const TILE_QUERIES: usize = 512;
/// References of a tile: their transposed copy is packed once for all queries of the tile.
const TILE_REFERENCES: usize = 512;

/// Pairs of a query and a reference, with `|x - y|² = |x|² + (|y|² - 2 x.y)` from float32 products.
///
/// Both sets are moved so that the references' mean is at the origin, and scaled by a power of two so that no
/// square overflows. A bound of a pair's rounding error follows from both norms ([`Row::tolerance`]). [`Row`]
/// decides a comparison from the product if the difference exceeds this bound, and otherwise from
/// [`squared_distance`] of the original points. So the results are those of float64 differences, at about the
/// products' cost.
pub(crate) struct Distances<'a> {
    queries: Features<'a>,
    references: Features<'a>,
    centre: Vec<f64>,
    scale: f64,
    /// The largest scaled `|y|²`.
    largest_reference: f32,
}

/// A distance to compare others with.
#[derive(Clone, Copy)]
pub(crate) struct Radius {
    squared: f64,
    scaled: f32,
}

impl Radius {
    /// Farther than any distance.
    pub(crate) const UNBOUNDED: Radius = Radius { squared: f64::INFINITY, scaled: f32::INFINITY };
}

/// One query against consecutive references.
pub(crate) struct Row<'t> {
    distances: &'t Distances<'t>,
    /// The query.
    pub(crate) query: usize,
    /// The reference that the first value belongs to.
    pub(crate) first_reference: usize,
    /// Scaled `|y|² - 2 x.y`.
    values: &'t [f32],
    /// Scaled `|x|²`.
    norm: f32,
    /// Bound of the error of a scaled squared distance.
    tolerance: f32,
}

impl Row<'_> {
    /// Number of references.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether reference `j` of this row is strictly nearer than `radius`.
    #[inline]
    pub(crate) fn is_nearer(&self, j: usize, radius: Radius) -> bool {
        let gap = self.values[j] + self.norm - radius.scaled;
        gap <= self.tolerance && (gap < -self.tolerance || self.exact(j) < radius.squared)
    }

    /// Whether reference `j` may be nearer than `radius`: if not, it certainly is not.
    #[inline]
    pub(crate) fn may_be_nearer(&self, j: usize, radius: Radius) -> bool {
        self.values[j] + self.norm - radius.scaled <= self.tolerance
    }

    /// The squared distance to reference `j`, in float64.
    #[inline(never)]
    pub(crate) fn exact(&self, j: usize) -> f64 {
        let Distances { queries, references, .. } = self.distances;
        squared_distance(queries.row(self.query), references.row(self.first_reference + j))
    }

    /// The distance to reference `j` within 1/128 of itself, usually within 1e-4.
    #[inline]
    pub(crate) fn about(&self, j: usize) -> f64 {
        let squared = self.values[j] + self.norm;
        if squared <= 64.0 * self.tolerance {
            return self.exact(j).sqrt();
        }
        f64::from(squared.sqrt()) / self.distances.scale
    }
}

impl<'a> Distances<'a> {
    /// All pairs of `queries` and `references`, whose dimensions agree and which are not empty.
    pub(crate) fn new(queries: Features<'a>, references: Features<'a>) -> Distances<'a> {
        let centre = references.mean();
        let largest = |set: &Features| {
            set.data()
                .chunks_exact(set.dimensions())
                .map(|row| squared_norm_about(row, &centre))
                .fold(0.0, f64::max)
        };
        let (of_queries, of_references) = (largest(&queries), largest(&references));
        let widest = of_queries.max(of_references);
        // The power of two below 1 / |x|; multiplying by it is exact.
        let scale = if widest > 0.0 { (-0.5 * widest.log2()).floor().exp2() } else { 1.0 };
        let largest_reference = (of_references * scale * scale) as f32;
        Distances { queries, references, centre, scale, largest_reference }
    }

    /// `squared`, as a distance to compare with.
    #[inline]
    pub(crate) fn radius(&self, squared: f64) -> Radius {
        // No distance is below 0, so no pair needs float64, also where a whole set is one point.
        let nothing = squared <= 0.0;
        let scaled = if nothing { f32::NEG_INFINITY } else { (squared * self.scale * self.scale) as f32 };
        Radius { squared, scaled }
    }

    /// Calls `visit` with every query's row of every tile, and returns what `begin` made for the queries of
    /// each part, in order. A query sees references from the first to the last.
    pub(crate) fn visit<S: Send>(
        &self,
        threads: Threads,
        begin: impl Fn(Range<usize>) -> S + Sync,
        visit: impl Fn(&mut S, &Row) + Sync,
    ) -> Vec<S> {
        parts(threads, self.queries.rows(), TILE_QUERIES, &|part| {
            let mut state = begin(part.clone());
            self.visit_part(part, |row| visit(&mut state, row));
            state
        })
    }

    fn visit_part(&self, part: Range<usize>, mut visit: impl FnMut(&Row)) {
        let dimensions = self.queries.dimensions();
        let (mut x, mut y) = (Vec::new(), Vec::new());
        let (mut x_norms, mut y_norms) = (Vec::new(), Vec::new());
        self.centred(&self.queries, part.clone(), -2.0, &mut x, &mut x_norms);
        let mut tile = vec![0.0; TILE_QUERIES.min(part.len()) * TILE_REFERENCES.min(self.references.rows())];
        // Products, norms, centring and the comparison each round: dimensions + 32 half-units cover them
        // twice over.
        let rounding = (dimensions + 32) as f32 * f32::EPSILON;
        for first_reference in (0..self.references.rows()).step_by(TILE_REFERENCES) {
            let columns = TILE_REFERENCES.min(self.references.rows() - first_reference);
            let references = first_reference..first_reference + columns;
            self.centred(&self.references, references, 1.0, &mut y, &mut y_norms);
            let b = Matrix::new(&y, columns, dimensions).transposed();
            for (block, queries) in x.chunks(TILE_QUERIES * dimensions).enumerate() {
                let rows = queries.len() / dimensions;
                let tile = &mut tile[..rows * columns];
                let epilogue = Epilogue::BiasActivation(Some(&y_norms), Activation::Identity);
                product(Threads::ONE, tile, Matrix::new(queries, rows, dimensions), b, epilogue);
                for (i, values) in tile.chunks_exact(columns).enumerate() {
                    let norm = x_norms[block * TILE_QUERIES + i];
                    visit(&Row {
                        distances: self,
                        query: part.start + block * TILE_QUERIES + i,
                        first_reference,
                        values,
                        norm,
                        tolerance: rounding * (norm + self.largest_reference) + 1e-30,
                    });
                }
            }
        }
    }

    /// Moved and scaled `rows` of `set`, times `factor` (a power of two), and their squared norms without it.
    fn centred(
        &self,
        set: &Features,
        rows: Range<usize>,
        factor: f64,
        out: &mut Vec<f32>,
        norms: &mut Vec<f32>,
    ) {
        let dimensions = set.dimensions();
        out.resize(rows.len() * dimensions, 0.0);
        norms.clear();
        for (row, out) in rows.zip(out.chunks_exact_mut(dimensions)) {
            let norm = centred_row(set.row(row), &self.centre, self.scale * factor, out);
            norms.push((norm / (factor * factor)) as f32);
        }
    }
}

const LANES: usize = 8;

/// The sum of `f(a, b)` over both slices, in eight lanes and then in order.
#[inline(always)]
fn lanes<A: Copy, B: Copy>(a: &[A], b: &[B], f: impl Fn(A, B) -> f64) -> f64 {
    let mut sums = [0.0f64; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(&a, &b)| f(a, b)).sum::<f64>();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += f(a[lane], b[lane]);
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// `|x - y|²` in float64.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn squared_distance(x: &[f32], y: &[f32]) -> f64 {
    lanes(x, y, |x, y| {
        let difference = f64::from(x) - f64::from(y);
        difference * difference
    })
}

#[multiversion(targets("x86_64+avx2"))]
fn squared_norm_about(x: &[f32], centre: &[f64]) -> f64 {
    lanes(x, centre, |x, centre| {
        let difference = f64::from(x) - centre;
        difference * difference
    })
}

/// `out = (x - centre) * factor`; returns `|out|²` as rounded.
#[multiversion(targets("x86_64+avx2"))]
fn centred_row(x: &[f32], centre: &[f64], factor: f64, out: &mut [f32]) -> f64 {
    for ((out, &x), centre) in out.iter_mut().zip(x).zip(centre) {
        *out = ((f64::from(x) - centre) * factor) as f32;
    }
    lanes(out, out, |a, b| f64::from(a) * f64::from(b))
}

#[cfg(test)]
mod tests {
    use kernels::noise::{NoiseKey, fill_normal};

    use super::*;

    fn normal(stream: u64, n: usize, size: f32, offset: f32) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 5, stream, step: 0 }, 0, &mut v);
        v.iter_mut().for_each(|v| *v = *v * size + offset);
        v
    }

    /// Every pair is within its tolerance, at any scale and far from the origin, and comparisons with radii a
    /// hair smaller and larger than the distance are right.
    #[test]
    fn tolerances_hold_and_comparisons_are_exact() {
        for (size, offset) in [(1.0, 0.0), (1e-3, 100.0), (1e-30, 0.0), (1e30, 3e37), (0.0, 5.0)] {
            let (n, m, d) = (1100, 700, 19);
            let mut y = normal(2, m * d, size, offset);
            let x = normal(1, n * d, size, offset);
            // A copy, a near copy and a far point.
            y[..d].copy_from_slice(&x[..d]);
            y[d..2 * d].copy_from_slice(&x[d..2 * d]);
            y[d] = f32::from_bits(y[d].to_bits() + 1);
            y[2 * d..3 * d].fill(offset + 300.0 * size);
            let (queries, references) = (Features::new(&x, n, d).unwrap(), Features::new(&y, m, d).unwrap());
            let distances = Distances::new(queries, references);
            let seen = distances.visit(
                Threads::ONE,
                |_| 0,
                |seen, row| {
                    for j in 0..row.len() {
                        *seen += 1;
                        let exact: f64 = (0..d)
                            .map(|k| {
                                let at = (row.first_reference + j) * d + k;
                                (f64::from(x[row.query * d + k]) - f64::from(y[at])).powi(2)
                            })
                            .sum();
                        let scaled = exact * distances.scale * distances.scale;
                        let error = (f64::from(row.values[j]) + f64::from(row.norm) - scaled).abs();
                        assert!(error <= f64::from(row.tolerance), "{error} {}", row.tolerance);
                        assert!((row.exact(j) - exact).abs() <= 1e-14 * exact);
                        let exact = row.exact(j);
                        assert!(!row.is_nearer(j, distances.radius(exact)));
                        assert!(!row.is_nearer(j, distances.radius(exact * (1.0 - 1e-12))));
                        if exact > 0.0 {
                            assert!(row.is_nearer(j, distances.radius(exact * (1.0 + 1e-12))));
                        }
                        assert!(row.is_nearer(j, Radius::UNBOUNDED));
                        let about = row.about(j);
                        assert!((about - exact.sqrt()).abs() <= exact.sqrt() / 128.0);
                    }
                },
            );
            assert_eq!(seen.iter().sum::<usize>(), n * m);
        }
    }
}
