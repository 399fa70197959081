//! The score of several seeds.

use metrics::{Aim, Metric};

/// A key that sorts scores from the best to the worst; a run without a score is the worst.
pub(crate) fn rank(metric: Metric, score: Option<f64>) -> f64 {
    match (score, metric.aim) {
        (None, _) => f64::INFINITY,
        (Some(value), Aim::Low) => value,
        (Some(value), Aim::High) => -value,
        (Some(value), Aim::One) => (value - 1.0).abs(),
    }
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
    use super::*;

    #[test]
    fn a_run_without_a_score_is_the_worst() {
        let [fjd, coverage, density] = ["fjd", "coverage", "density"].map(|name| Metric::find(name).unwrap());
        assert_eq!(median(fjd, &[Some(3.0), Some(1.0), Some(2.0)]), Some(2.0));
        assert_eq!(median(fjd, &[Some(3.0), None, Some(1.0)]), Some(3.0));
        assert_eq!(median(coverage, &[Some(0.3), None, Some(0.1)]), Some(0.1));
        assert_eq!(median(density, &[Some(0.25), Some(1.125), Some(1.5)]), Some(1.5));
        assert_eq!(median(fjd, &[Some(3.0), None]), None);
        assert_eq!(median(fjd, &[Some(3.0), Some(1.0)]), Some(2.0));
        assert_eq!(median(fjd, &[]), None);
    }

    #[test]
    fn the_spread_is_that_of_the_scores_there_are() {
        assert_eq!(spread(&[Some(3.0), None, Some(1.0)]), Some((1.0, 3.0)));
        assert_eq!(spread(&[None]), None);
    }
}
