//! Values that are not finite: after one of them, all weights become non-finite within a step or two.

use super::Finding;
use gan::step::{IN_WORDS, StepReport};

/// The first of a step's figures that is not finite.
pub fn figure(report: &StepReport) -> Option<&'static str> {
    let mut named = IN_WORDS.values().into_iter().zip(report.values());
    named.find(|(_, value)| !value.is_finite()).map(|(name, _)| name)
}

/// The end of the sentence about such a value.
pub(crate) const ENDING: &str = " is not finite";

/// The finding about `what`, at learning rates of `lr_factor` times the config's.
pub(crate) fn finding(what: &str, steps: u64, lr_factor: f64) -> Finding {
    let figures = [("steps", steps as f64), ("lr_factor", lr_factor)];
    Finding::new(format!("{what}{ENDING}"), &figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_figure_that_is_not_finite_is_named() {
        let mut report = StepReport::default();
        assert_eq!(figure(&report), None);
        report.generator_grad_norm = f64::INFINITY;
        assert_eq!(figure(&report), Some("the generator's gradient norm"));
        report.generator_loss = f64::NAN;
        assert_eq!(figure(&report), Some("the generator's loss"));
    }

    #[test]
    fn figures_of_a_finding_are_finite() {
        let figures = finding("weight generator/0.dense.weight", 7, f64::NAN).figures;
        assert_eq!(figures.into_iter().collect::<Vec<_>>(), [("steps".to_owned(), 7.0)]);
    }
}
