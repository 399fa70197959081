//! The judge of a run during training, and its scores in one line.

use anyhow::bail;
use data::ImageSet;
use data::classes::match_classes;
use gan::Trainer;
use judge::Judge;
use metrics::Score;
use metrics::registry::{LABEL_ACCURACY, MAIN};
use run::Evaluation;
use run::RunError;
use run::evaluation::Evaluator;

use crate::hints::{Hint, Typed};
use crate::judges::{judge_file, no_judge_knows, open, unseen_images};
use crate::output::{Quiet, grouped, note, number};
use crate::time::format_seconds;

/// A judge and the images that a generator does not learn from, if there are any.
pub(crate) struct Judging {
    judge: Judge,
    test: Option<ImageSet>,
}

impl Judging {
    /// Those of a run; none if it is not evaluated. If no judge fits, a warning says so, or an error if the run waits
    /// for it.
    pub(crate) fn of(trainer: &Trainer) -> anyhow::Result<Option<Judging>> {
        let experiment = trainer.experiment();
        let (eval, data) = (&experiment.eval, &experiment.data);
        if eval.every_images.is_none() {
            return Ok(None);
        }
        let judge = match (&eval.judge, Judge::embedded(&data.source)) {
            (Some(given), _) => Some(open(given)?),
            // The data may have been brought to another size.
            (None, Some(judge)) => Some(judge?).filter(|j| j.description().image_shape == data.image_shape),
            (None, None) => None,
        };
        let Some(judge) = judge else {
            let typed = Typed::now();
            let mut then = Vec::new();
            if typed.takes("set") {
                then.push(Hint::TakeJudge(
                    typed.clone().with_set(&format!("eval.judge={}", judge_file(&data.source))),
                ));
            }
            if typed.takes("eval") {
                then.push(Hint::NoEvaluation(typed.without("until").with("eval", "0")));
            }
            let text = format!("`eval.judge`: {}", no_judge_knows(&data.source, &data.options, &then));
            if eval.ends_the_run() {
                bail!("{text}");
            }
            note(Quiet(false), &format!("warning: not evaluated: {text}"));
            return Ok(None);
        };
        say_unknown_labels(trainer, &judge);
        let test = unseen_images(&data.source, data.split.into(), &data.options)?;
        Ok(Some(Judging { judge, test }))
    }

    /// The evaluator for `trainer`.
    pub(crate) fn evaluator(&self, trainer: &Trainer) -> Result<Evaluator<'_>, RunError> {
        Evaluator::new(&self.judge, trainer, self.test.clone())
    }
}

/// Warns before training that labels will not be judged, if the judge does not know their classes.
fn say_unknown_labels(trainer: &Trainer, judge: &Judge) {
    let conditional = trainer.players().0.network.labelled_layer().is_some();
    let Some(own) = trainer.images().label_classes().filter(|_| conditional) else { return };
    if let Err(differ) = match_classes(own, judge.label_classes()) {
        let data = &judge.description().data;
        let text = format!(
            "warning: evaluations leave out {LABEL_ACCURACY}: the classes of the data are {}, those of the judge of `{data}` \
             are {}",
            differ.own, differ.known
        );
        note(Quiet(false), &text);
    }
}

/// An evaluation in one line.
pub(crate) fn line(evaluation: &Evaluation) -> String {
    let scores = evaluation.scores.iter().filter(|score| score.metric.headline);
    let told: Vec<String> = scores
        .map(|score| match score.metric == MAIN {
            true => with_floor(score),
            false => format!("{} {}", score.metric.name.replace('-', " "), number(score.value)),
        })
        .collect();
    let best = if evaluation.best { ", the best so far" } else { "" };
    format!(
        "eval {} images: {}, {}{best}",
        grouped(evaluation.images),
        told.join(", "),
        format_seconds(evaluation.eval_seconds)
    )
}

/// The score to show if there is room for one.
pub(crate) fn in_short(evaluation: &Evaluation) -> Option<String> {
    evaluation.score(MAIN).map(with_floor)
}

fn with_floor(score: &Score) -> String {
    let floor = score.floor.map_or_else(String::new, |floor| format!(" (floor {})", number(floor)));
    format!("{} {}{floor}", score.name(), number(score.value))
}
