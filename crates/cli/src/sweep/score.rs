//! The score of several seeds.

use metrics::Metric;

/// A key that sorts scores from the best to the worst; a run without a score is the worst.
pub(crate) fn rank(metric: Metric, score: Option<f64>) -> f64 {
    score.map_or(f64::INFINITY, |value| metric.aim.cost(value))
}

/// The median in the order from the best to the worst, or the mean of the middle two; `None` if one of them has no score.
pub(crate) fn median(metric: Metric, scores: &[Option<f64>]) -> Option<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| rank(metric, *a).total_cmp(&rank(metric, *b)));
    let (low, high) = (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(((*low)? + (*high)?) / 2.0)
}

/// The least and the greatest score.
pub(crate) fn spread(scores: &[Option<f64>]) -> Option<(f64, f64)> {
    let values = scores.iter().flatten().copied();
    values.fold(None, |spread, value| match spread {
        None => Some((value, value)),
        Some((least, greatest)) => Some((value.min(least), value.max(greatest))),
    })
}

#[cfg(test)]
mod tests {
    use metrics::registry::{COVERAGE, DENSITY, FD};

    use super::*;

    #[test]
    fn a_run_without_a_score_is_the_worst() {
        assert_eq!(median(FD, &[Some(3.0), Some(1.0), Some(2.0)]), Some(2.0));
        assert_eq!(median(FD, &[Some(3.0), None, Some(1.0)]), Some(3.0));
        assert_eq!(median(COVERAGE, &[Some(0.3), None, Some(0.1)]), Some(0.1));
        assert_eq!(median(DENSITY, &[Some(0.25), Some(1.125), Some(1.5)]), Some(1.5));
        assert_eq!(median(FD, &[Some(3.0), None]), None);
        assert_eq!(median(FD, &[Some(3.0), Some(1.0)]), Some(2.0));
        assert_eq!(median(FD, &[]), None);
    }

    #[test]
    fn the_spread_is_that_of_the_scores_there_are() {
        assert_eq!(spread(&[Some(3.0), None, Some(1.0)]), Some((1.0, 3.0)));
        assert_eq!(spread(&[None]), None);
    }
}
