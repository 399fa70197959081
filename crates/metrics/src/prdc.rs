//! Precision, recall, density and coverage of manifolds made of nearest-neighbour balls.

use kernels::Threads;

use crate::distances::{Distances, Radius};
use crate::error::MetricError;
use crate::features::Features;
use crate::nearest::{Found, k_nearest};

const NAME: &str = "precision and recall";

/// The neighbours whose distances are the radii of the balls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrdcOptions {
    /// For precision and recall.
    pub precision_k: usize,
    /// For density and coverage.
    pub density_k: usize,
}

impl Default for PrdcOptions {
    /// 3 (Kynkäänniemi et al. 2019) and 5 (Naeem et al. 2020).
    fn default() -> PrdcOptions {
        PrdcOptions { precision_k: 3, density_k: 5 }
    }
}

/// Precision, recall, density and coverage of two sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prdc {
    /// Share of generated samples in some real ball.
    pub precision: f64,
    /// Share of real samples in some generated ball.
    pub recall: f64,
    /// Real balls around a generated sample, in the mean, over k. May exceed 1.
    pub density: f64,
    /// Share of real balls with a generated sample.
    pub coverage: f64,
    /// Real samples.
    pub real: usize,
    /// Generated samples.
    pub generated: usize,
    /// As asked for.
    pub options: PrdcOptions,
}

/// The balls around real samples. Made once, they serve any number of generated sets.
#[derive(Clone, Debug, PartialEq)]
pub struct RealBalls {
    options: PrdcOptions,
    /// Squared radii for precision and for density, a pair a sample.
    squared: Vec<[f64; 2]>,
}

impl RealBalls {
    /// The balls of `real`. One product of all pairs.
    ///
    /// # Errors
    /// [`MetricError::Setting`] for a `k` of 0, [`MetricError::TooFew`] where there are no more than `k` samples.
    pub fn new(threads: Threads, real: &Features, options: &PrdcOptions) -> Result<RealBalls, MetricError> {
        let PrdcOptions { precision_k, density_k } = *options;
        for (name, k) in [("precision_k", precision_k), ("density_k", density_k)] {
            if k == 0 {
                return Err(MetricError::Setting { metric: NAME, name, expected: "of at least 1", got: 0.0 });
            }
        }
        let widest = precision_k.max(density_k);
        real.at_least(widest + 1, NAME, "real samples")?;
        let found = k_nearest(threads, *real, *real, widest, true);
        let radii = |found: &[Found]| [found[precision_k - 1].squared, found[density_k - 1].squared];
        Ok(RealBalls { options: *options, squared: found.chunks_exact(widest).map(radii).collect() })
    }
}

/// The counts of a thread's part of the real samples.
struct Counts {
    first: usize,
    /// Generated samples in a ball of the part.
    precise: Vec<bool>,
    /// Real samples of the part in a generated ball.
    recalled: Vec<bool>,
    /// Balls of the part with a generated sample.
    covered: Vec<bool>,
    /// Pairs of a ball of the part and a generated sample in it.
    inside: u64,
}

/// Precision and recall (Kynkäänniemi et al. 2019, arXiv:1904.06991), density and coverage (Naeem et al.
/// 2020, arXiv:2002.09797; their package `prdc`).
///
/// The ball of a sample reaches to its k-th nearest other sample of the same set, and holds what is strictly
/// nearer. With `n` real and `m` generated samples,
///
/// - precision: `1/m sum_j [y_j in some ball(x_i)]`,
/// - recall: `1/n sum_i [x_i in some ball(y_j)]`,
/// - density: `1/(k m) sum_j sum_i [y_j in ball(x_i)]`,
/// - coverage: `1/n sum_i [some y_j in ball(x_i)]`.
///
/// Exact, in float64 where it matters. Three products of all pairs; memory beyond the features' size is a few
/// MB a thread.
///
/// # Errors
/// [`MetricError::Setting`] for a `k` of 0, [`MetricError::TooFew`] where a set has no more than `k` samples,
/// [`MetricError::Disagree`] if dimensions differ.
pub fn prdc(
    threads: Threads,
    real: &Features,
    generated: &Features,
    options: &PrdcOptions,
) -> Result<Prdc, MetricError> {
    real.comparable(generated, NAME)?;
    prdc_of(threads, real, &RealBalls::new(threads, real, options)?, generated)
}

/// [`prdc()`] with the balls of `real` made before.
///
/// # Errors
/// [`MetricError::Disagree`] if dimensions differ, or if the balls are those of another number of samples,
/// [`MetricError::TooFew`] where there are no more generated samples than `k`.
pub fn prdc_of(
    threads: Threads,
    real: &Features,
    balls: &RealBalls,
    generated: &Features,
) -> Result<Prdc, MetricError> {
    let RealBalls { options, squared } = balls;
    let PrdcOptions { precision_k, density_k } = *options;
    real.comparable(generated, NAME)?;
    if squared.len() != real.rows() {
        let (expected, got) = (real.rows(), squared.len());
        return Err(MetricError::Disagree { metric: NAME, what: "real samples", expected, got });
    }
    generated.at_least(precision_k + 1, NAME, "generated samples")?;

    let of_generated = k_nearest(threads, *generated, *generated, precision_k, true);
    let distances = Distances::new(*real, *generated);
    let radius = |squared| distances.radius(squared);
    let generated_balls: Vec<Radius> =
        of_generated.chunks_exact(precision_k).map(|found| radius(found[precision_k - 1].squared)).collect();

    let found = distances.visit(
        threads,
        |part| Counts {
            first: part.start,
            precise: vec![false; generated.rows()],
            recalled: vec![false; part.len()],
            covered: vec![false; part.len()],
            inside: 0,
        },
        |counts, row| {
            let i = row.query - counts.first;
            let [ball, dense_ball] = squared[row.query].map(radius);
            let first = row.first_reference;
            for (j, generated_ball) in generated_balls[first..first + row.len()].iter().enumerate() {
                if row.is_nearer(j, ball) {
                    counts.precise[first + j] = true;
                }
                if row.is_nearer(j, dense_ball) {
                    counts.inside += 1;
                    counts.covered[i] = true;
                }
                if !counts.recalled[i] && row.is_nearer(j, *generated_ball) {
                    counts.recalled[i] = true;
                }
            }
        },
    );
    let share = |count: usize, of: usize| count as f64 / of as f64;
    let (n, m) = (real.rows(), generated.rows());
    let total = |count: fn(&Counts) -> &Vec<bool>| -> usize {
        found.iter().map(|part| count(part).iter().filter(|&&hit| hit).count()).sum()
    };
    let precise = (0..m).filter(|&j| found.iter().any(|part| part.precise[j])).count();
    let inside: u64 = found.iter().map(|part| part.inside).sum();
    Ok(Prdc {
        precision: share(precise, m),
        recall: share(total(|part| &part.recalled), n),
        density: inside as f64 / (density_k as f64 * m as f64),
        coverage: share(total(|part| &part.covered), n),
        real: n,
        generated: m,
        options: *options,
    })
}

#[cfg(test)]
mod tests {
    use kernels::noise::{NoiseKey, fill_normal};

    use super::*;
    use crate::distances::squared_distance;

    /// On a line: real 0, 1, 3, 7 (k = 1 radii 1, 1, 2, 4), generated 2, 2.5, 20 (0.5, 0.5, 17.5).
    #[test]
    fn closed_form_on_a_line() {
        let real = Features::new(&[0.0, 1.0, 3.0, 7.0], 4, 1).unwrap();
        let generated = Features::new(&[2.0, 2.5, 20.0], 3, 1).unwrap();
        let options = PrdcOptions { precision_k: 1, density_k: 2 };
        let got = prdc(Threads::ONE, &real, &generated, &options).unwrap();
        // 2 and 2.5 lie within 2 of 3; 1 is at distance 1 from 2, not strictly nearer.
        assert_eq!(got.precision, 2.0 / 3.0);
        // 20's ball ends 17.5 from it, strictly: 3 (17) and 7 (13) are inside, 0 and 1 are not.
        assert_eq!(got.recall, 0.5);
        // k = 2 radii: 3, 2, 3, 6. In them: 0: both; 1: both; 3: both; 7: both (5, 4.5).
        assert_eq!(got.density, 8.0 / 6.0);
        assert_eq!(got.coverage, 1.0);
        assert_eq!((got.real, got.generated), (4, 3));
    }

    /// Scalar twin: the definitions over all distances in float64.
    fn twin(real: &Features, generated: &Features, options: &PrdcOptions) -> [f64; 4] {
        let radii = |set: &Features, k: usize| -> Vec<f64> {
            (0..set.rows())
                .map(|i| {
                    let mut all: Vec<f64> =
                        (0..set.rows()).map(|j| squared_distance(set.row(i), set.row(j))).collect();
                    all.sort_by(f64::total_cmp);
                    all[k]
                })
                .collect()
        };
        let (n, m) = (real.rows(), generated.rows());
        let pair = |i, j| squared_distance(real.row(i), generated.row(j));
        let balls = radii(real, options.precision_k);
        let dense_balls = radii(real, options.density_k);
        let generated_balls = radii(generated, options.precision_k);
        let share = |count: usize, of: usize| count as f64 / of as f64;
        let precise = (0..m).filter(|&j| (0..n).any(|i| pair(i, j) < balls[i])).count();
        let recalled = (0..n).filter(|&i| (0..m).any(|j| pair(i, j) < generated_balls[j])).count();
        let covered = (0..n).filter(|&i| (0..m).any(|j| pair(i, j) < dense_balls[i])).count();
        let inside = (0..n).map(|i| (0..m).filter(|&j| pair(i, j) < dense_balls[i]).count()).sum();
        [share(precise, m), share(recalled, n), share(inside, options.density_k * m), share(covered, n)]
    }

    #[test]
    fn equals_the_definitions_for_any_number_of_threads_also_with_copies() {
        let (n, m, d) = (1100, 600, 6);
        let mut values = vec![0.0; (n + m) * d];
        fill_normal(NoiseKey { seed: 4, stream: 0, step: 0 }, 0, &mut values);
        let (x, y) = values.split_at_mut(n * d);
        // Far from the origin; some generated samples copy real ones, some one another.
        x.iter_mut().chain(y.iter_mut()).for_each(|v| *v += 1000.0);
        y[..100 * d].copy_from_slice(&x[..100 * d]);
        y.copy_within(100 * d..140 * d, 200 * d);
        y.copy_within(100 * d..140 * d, 300 * d);
        let (x, y) = (Features::new(x, n, d).unwrap(), Features::new(y, m, d).unwrap());
        let options = PrdcOptions { precision_k: 2, density_k: 4 };
        let expected = twin(&x, &y, &options);
        for threads in [1, 2, 3, 8] {
            let got = prdc(Threads::new(threads), &x, &y, &options).unwrap();
            assert_eq!([got.precision, got.recall, got.density, got.coverage], expected);
        }
        let balls = RealBalls::new(Threads::ONE, &x, &options).unwrap();
        assert_eq!(prdc_of(Threads::ONE, &x, &balls, &y), prdc(Threads::ONE, &x, &y, &options));
        let refused = prdc_of(Threads::ONE, &y, &balls, &x).unwrap_err();
        assert!(matches!(
            refused,
            MetricError::Disagree { what: "real samples", expected: 600, got: 1100, .. }
        ));
    }

    #[test]
    fn settings_and_sets_that_do_not_fit_are_refused() {
        let (x, y) = (Features::new(&[0.0; 6], 6, 1).unwrap(), Features::new(&[0.0; 6], 3, 2).unwrap());
        let run = |x, y, options: PrdcOptions| prdc(Threads::ONE, x, y, &options).unwrap_err();
        let standard = PrdcOptions::default();
        assert!(matches!(run(&x, &y, standard), MetricError::Disagree { .. }));
        assert!(matches!(
            run(&y, &y, standard),
            MetricError::TooFew { set: "real samples", expected: 6, got: 3, .. }
        ));
        let zero = PrdcOptions { precision_k: 0, ..standard };
        assert!(matches!(run(&x, &x, zero), MetricError::Setting { name: "precision_k", .. }));
    }
}
