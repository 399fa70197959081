//! Exact nearest neighbours.

use kernels::Threads;

use crate::distances::{Distances, Radius};
use crate::error::MetricError;
use crate::features::Features;

/// A query's nearest reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// The reference, from 0; the first of equally near ones.
    pub index: usize,
    /// Its distance.
    pub distance: f64,
}

/// For each query its nearest reference by Euclidean distance, exactly: equal points have distance 0.
///
/// The references' products come in tiles, so memory is the queries' own size and a few MB a thread,
/// whatever the references.
///
/// # Errors
/// [`MetricError::Disagree`] if dimensions differ, [`MetricError::TooFew`] without references.
pub fn nearest(
    threads: Threads,
    queries: &Features,
    references: &Features,
) -> Result<Vec<Neighbour>, MetricError> {
    nearest_few(threads, queries, references, 1)
}

/// For each query its `k` nearest references as [`nearest`] finds them, `[queries, k]`, nearest first.
///
/// # Errors
/// As [`nearest`]; [`MetricError::TooFew`] with less than `k` references.
pub fn nearest_few(
    threads: Threads,
    queries: &Features,
    references: &Features,
    k: usize,
) -> Result<Vec<Neighbour>, MetricError> {
    references.comparable(queries, "nearest neighbours")?;
    references.at_least(k.max(1), "nearest neighbours", "references")?;
    let found = k_nearest(threads, *queries, *references, k, false);
    Ok(found
        .into_iter()
        .map(|found| Neighbour { index: found.index as usize, distance: found.squared.sqrt() })
        .collect())
}

/// A neighbour by its squared distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) squared: f64,
    pub(crate) index: u32,
}

/// The `k` nearest references of each query, `[queries, k]`, nearest first. With `same`, queries are the
/// references, and none is its own neighbour. There are at least `k` references (`k + 1` with `same`).
pub(crate) fn k_nearest(
    threads: Threads,
    queries: Features,
    references: Features,
    k: usize,
    same: bool,
) -> Vec<Found> {
    const NONE: Found = Found { squared: f64::INFINITY, index: u32::MAX };
    let distances = Distances::new(queries, references);
    let parts = distances.visit(
        threads,
        |part| (part.start, vec![NONE; part.len() * k]),
        |(first, found), row| {
            let found = &mut found[(row.query - *first) * k..][..k];
            let farthest = found[k - 1].squared;
            let mut radius =
                if farthest.is_finite() { distances.radius(farthest) } else { Radius::UNBOUNDED };
            for j in 0..row.len() {
                let index = row.first_reference + j;
                if !row.may_be_nearer(j, radius) || (same && index == row.query) {
                    continue;
                }
                let squared = row.exact(j);
                let at = found.partition_point(|other| other.squared <= squared);
                if at < k {
                    found[at..].rotate_right(1);
                    found[at] = Found { squared, index: index as u32 };
                    if found[k - 1].squared.is_finite() {
                        radius = distances.radius(found[k - 1].squared);
                    }
                }
            }
        },
    );
    parts.into_iter().flat_map(|(_, found)| found).collect()
}

#[cfg(test)]
mod tests {
    use kernels::noise::{NoiseKey, fill_normal};

    use super::*;
    use crate::distances::squared_distance;

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 6, stream, step: 0 }, 0, &mut v);
        v
    }

    /// Scalar twin: every distance, sorted.
    fn twin(queries: &Features, references: &Features, k: usize, same: bool) -> Vec<Found> {
        (0..queries.rows())
            .flat_map(|i| {
                let mut all: Vec<Found> = (0..references.rows())
                    .filter(|&j| !(same && i == j))
                    .map(|j| Found {
                        squared: squared_distance(queries.row(i), references.row(j)),
                        index: j as u32,
                    })
                    .collect();
                all.sort_by(|a, b| a.squared.total_cmp(&b.squared));
                all.truncate(k);
                all
            })
            .collect()
    }

    #[test]
    fn neighbours_are_those_of_all_distances_sorted_for_any_number_of_threads() {
        let (n, m, d) = (1200, 900, 12);
        let x = normal(1, n * d);
        let mut y = normal(2, m * d);
        // Equal references, and one equal to a query.
        y.copy_within(0..50 * d, 300 * d);
        y[7 * d..8 * d].copy_from_slice(&x[..d]);
        let (x, y) = (Features::new(&x, n, d).unwrap(), Features::new(&y, m, d).unwrap());
        for threads in [1, 2, 3, 7] {
            let threads = Threads::new(threads);
            assert_eq!(k_nearest(threads, x, y, 5, false), twin(&x, &y, 5, false));
            assert_eq!(k_nearest(threads, y, y, 3, true), twin(&y, &y, 3, true));
        }
        let first = nearest(Threads::ONE, &x, &y).unwrap()[0];
        assert_eq!(first, Neighbour { index: 7, distance: 0.0 });
        let few = nearest_few(Threads::ONE, &x, &y, 3).unwrap();
        assert_eq!((few.len(), few[0]), (3 * n, first));
        let expected = twin(&x, &y, 3, false);
        assert!(few.iter().zip(&expected).all(|(few, twin)| few.index == twin.index as usize));
    }

    #[test]
    fn sets_that_cannot_be_compared_are_refused() {
        let (x, y) = (Features::new(&[0.0; 6], 3, 2).unwrap(), Features::new(&[0.0; 6], 2, 3).unwrap());
        let refused = nearest(Threads::ONE, &x, &y).unwrap_err();
        assert!(matches!(refused, MetricError::Disagree { what: "dimensions", expected: 3, got: 2, .. }));
        let none = Features::new(&[], 0, 2).unwrap();
        let refused = nearest(Threads::ONE, &x, &none).unwrap_err();
        assert!(matches!(refused, MetricError::TooFew { expected: 1, got: 0, .. }));
        let refused = nearest_few(Threads::ONE, &x, &x, 4).unwrap_err();
        assert!(matches!(refused, MetricError::TooFew { expected: 4, got: 3, .. }));
    }
}
