//! What the evaluations of a run so far amount to.

use crate::scores::Evaluation;
use crate::stop_reason::StopReason;
use gan::config::Eval;
use metrics::Metric;

/// The best evaluation, how many have passed since, and whether the newest reaches the target. A function of the event
/// log, so a resumed run goes on where it stopped.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Whose scores these are: others do not compare.
    judge_sha256: String,
    samples: usize,
    best: Option<f64>,
    since_best: u64,
    reached: bool,
    /// Images shown at the newest evaluation.
    images: Option<u64>,
}

impl Standing {
    /// After `evaluations`, in their order.
    pub fn of(eval: &Eval, evaluations: &[Evaluation]) -> Standing {
        let mut standing = Standing::default();
        for evaluation in evaluations {
            standing.add(eval, evaluation);
        }
        standing
    }

    /// Counts one more; returns whether it is the best so far.
    ///
    /// With another judge or other counts of samples than before, all begins anew.
    pub fn add(&mut self, eval: &Eval, evaluation: &Evaluation) -> bool {
        if (&self.judge_sha256, self.samples) != (&evaluation.judge_sha256, evaluation.samples) {
            let (judge_sha256, samples) = (evaluation.judge_sha256.clone(), evaluation.samples);
            *self = Standing { judge_sha256, samples, ..Standing::default() };
        }
        // What is not finite is neither better nor worse than anything.
        let score = |metric: Metric| evaluation.score(metric)?.finite();
        self.images = Some(evaluation.images);
        let target = eval.until.as_ref();
        self.reached =
            target.is_some_and(|until| score(until.metric()).is_some_and(|value| until.is_reached_by(value)));
        let Some((metric, value)) = eval.best.and_then(|metric| Some((metric, score(metric)?))) else {
            return false;
        };
        let improved = self.best.is_none_or(|best| metric.is_better(value, best));
        if improved {
            (self.best, self.since_best) = (Some(value), 0);
        } else {
            self.since_best += 1;
        }
        improved
    }

    /// Images shown at the newest evaluation.
    pub fn images(&self) -> Option<u64> {
        self.images
    }

    /// Why the run is to stop, if its newest evaluation says so.
    pub fn stop_reason(&self, eval: &Eval) -> Option<StopReason> {
        if self.reached {
            return Some(StopReason::Target);
        }
        let patience = eval.plateau_evals?;
        (self.since_best >= patience).then_some(StopReason::MetricPlateau)
    }
}

#[cfg(test)]
mod tests {
    use gan::config::{Facts, Source, Written};

    use super::*;
    use metrics::Score;
    use metrics::registry::FD;

    fn evaluation(images: u64, judge: &str, fd: f64) -> Evaluation {
        let score = Score::new(FD, 100, fd, None);
        Evaluation {
            images,
            seconds: 0.0,
            eval_seconds: 0.0,
            judge: "mnist".into(),
            judge_sha256: judge.into(),
            samples: 100,
            scores: vec![score],
            classes: Vec::new(),
            left_out: Vec::new(),
            best: false,
        }
    }

    fn eval(until: &str, plateau_evals: u64) -> Eval {
        let text = format!(
            "generator.layers = [{{ dense = 4 }}, 'tanh']\ndiscriminator.layers = [{{ dense = 1 }}]\ntrain.epochs = 1\n\
             [eval]\nevery_images = 10\nsamples = 100\nuntil = '{until}'\nplateau_evals = {plateau_evals}"
        );
        let source = Source::new(text, "test");
        let facts = Facts { image_shape: (2, 2, 1), images: 100, classes: 0 };
        Written::parse(&source).unwrap().check(&source, &facts).unwrap().eval
    }

    #[test]
    fn the_best_the_plateau_and_the_target() {
        let eval = eval("fd<1", 2);
        let mut standing = Standing::default();
        let steps = [
            (5.0, true, None),
            (6.0, false, None),
            (4.0, true, None),
            (4.0, false, None),
            (9.0, false, Some(StopReason::MetricPlateau)),
            (0.5, true, Some(StopReason::Target)),
        ];
        for (i, (fd, best, reason)) in steps.into_iter().enumerate() {
            assert_eq!(standing.add(&eval, &evaluation(i as u64, "a", fd)), best, "{fd}");
            assert_eq!(standing.stop_reason(&eval), reason, "{fd}");
        }
        assert_eq!(standing.images(), Some(5));
    }

    #[test]
    fn a_score_that_is_not_finite_is_not_the_best() {
        let eval = eval("fd<1", 9);
        let mut standing = Standing::default();
        for (fd, best) in [(f64::NAN, false), (5.0, true), (f64::INFINITY, false), (4.0, true)] {
            assert_eq!(standing.add(&eval, &evaluation(1, "a", fd)), best, "{fd}");
            assert_eq!(standing.stop_reason(&eval), None);
        }
        let text = serde_json::to_string(&evaluation(1, "a", f64::NAN)).unwrap();
        let read: Evaluation = serde_json::from_str(&text).unwrap();
        assert!(read.scores[0].value.is_nan());
    }

    #[test]
    fn other_judges_scores_do_not_compare() {
        let eval = eval("fd<1", 1);
        let past = [evaluation(1, "a", 2.0), evaluation(2, "a", 3.0)];
        let mut standing = Standing::of(&eval, &past);
        assert_eq!(standing.stop_reason(&eval), Some(StopReason::MetricPlateau));
        assert!(standing.add(&eval, &evaluation(3, "b", 7.0)));
        assert_eq!(standing.stop_reason(&eval), None);
    }
}
