//! A judge at work beside a trainer.

use std::sync::atomic::AtomicBool;

use data::ImageSet;
use data::classes::match_classes;
use judge::FEWEST;
use judge::evaluate::{Evaluation, samples_of};
use judge::{Judge, JudgeError, Standard};

use super::images::generate_until;
use crate::error::RunError;
use gan::trainer::Trainer;
use metrics::Refused;

/// Chooses real and generated images: that of `ganymede eval`, so that both say the same of the same weights.
const SEED: u64 = 0;

/// Scores a trainer's generator, its average where there is one, by a judge.
#[derive(Debug)]
pub struct Evaluator<'a> {
    judge: &'a Judge,
    samples: usize,
    /// Images that the generator does not learn from, until they have been looked at.
    test: Option<ImageSet>,
    /// Made when it is first needed: a run that ends before its first evaluation need not wait for it.
    standard: Option<Standard<'a>>,
}

impl<'a> Evaluator<'a> {
    /// For `trainer`'s experiment. `test` are images that it does not learn from, if there are any.
    ///
    /// # Errors
    /// [`RunError::Request`] if the judge knows images of another size, if there are too few images, or if `[eval]` asks
    /// for what this judge or these counts do not give.
    pub fn new(
        judge: &'a Judge,
        trainer: &Trainer,
        test: Option<ImageSet>,
    ) -> Result<Evaluator<'a>, RunError> {
        let (experiment, training) = (trainer.experiment(), trainer.images());
        fits(judge, "images", experiment.data.image_shape)?;
        if let Some(test) = &test {
            fits(judge, "test images", (test.height(), test.width(), test.channels()))?;
        }
        let (samples, real) = samples_of(training, test.as_ref(), experiment.eval.samples);
        if samples < FEWEST {
            return Err(RunError::Request(format!(
                "`eval.samples`: {real} real images to compare with are too few: it takes {FEWEST}\n  \
                 hint: eval.every_images = 0 leaves evaluation out"
            )));
        }
        if let Some(until) = &experiment.eval.until {
            until.counts(samples).map_err(|Refused { message, hint }| {
                RunError::Request(format!(
                    "`eval.until`: there are {real} real images: {message}\n  hint: {hint}"
                ))
            })?;
        }
        knows_labels(judge, trainer)?;
        Ok(Evaluator { judge, samples, test, standard: None })
    }

    /// Who judges.
    pub fn judge(&self) -> &'a Judge {
        self.judge
    }

    /// Images of each kind: what the config asks for, or as many as there are.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Scores the generator as it is now. Nothing once `interrupt` is raised: within some batches of images, or one metric.
    ///
    /// # Errors
    /// [`RunError::Judge`] or [`RunError::Data`]; none in practice, once the evaluator stands.
    pub fn evaluate(
        &mut self,
        trainer: &Trainer,
        interrupt: &AtomicBool,
    ) -> Result<Option<Evaluation>, RunError> {
        match self.evaluate_until(trainer, interrupt) {
            Ok(evaluation) => Ok(Some(evaluation)),
            Err(RunError::Judge(JudgeError::Interrupted)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn evaluate_until(&mut self, trainer: &Trainer, interrupt: &AtomicBool) -> Result<Evaluation, RunError> {
        let (threads, training, samples) = (trainer.threads(), trainer.images(), self.samples);
        let standard = match &mut self.standard {
            Some(standard) => standard,
            none => {
                let (judge, test) = (self.judge, self.test.as_ref());
                none.insert(Standard::new_until(judge, threads, training, test, (samples, SEED), interrupt)?)
            }
        };
        self.test = None;
        let mut sampler = trainer.sampler()?;
        let generated = generate_until(&mut sampler, training, (SEED, samples), interrupt)?;
        drop(sampler);
        Ok(standard.score_until(threads, &generated, interrupt)?)
    }

    /// Bytes that are kept from one evaluation to the next, and the test images until the first.
    pub fn kept_bytes(&self) -> usize {
        let test = self.test.as_ref().map_or(0, |test| test.len() * test.pixels_per_image());
        self.judge.bytes() + self.judge.standard_bytes(self.samples) + test
    }

    /// Bytes that an evaluation takes beside those, where a sampler, which goes before the scoring, takes `sampler`.
    pub fn passing_bytes(&self, trainer: &Trainer, sampler: usize) -> usize {
        let scoring = self.judge.scoring_bytes(trainer.threads(), self.samples);
        self.samples * trainer.experiment().pixels() + scoring.max(sampler)
    }
}

/// Bytes that a run takes at its peak: training, and the larger of what a checkpoint, a grid of samples and an evaluation need
/// beside it.
pub fn peak_bytes(trainer: &Trainer, evaluator: Option<&Evaluator>) -> usize {
    let kept = evaluator.map_or(0, Evaluator::kept_bytes);
    kept + trainer.peak_bytes(|sampler| evaluator.map_or(0, |e| e.passing_bytes(trainer, sampler)))
}

/// Images of another size than the judge's are refused.
fn fits(judge: &Judge, what: &str, shape: (usize, usize, usize)) -> Result<(), RunError> {
    let about = judge.description();
    if shape == about.image_shape {
        return Ok(());
    }
    let told = |(h, w, c): (usize, usize, usize)| format!("{h}x{w}x{c}");
    Err(RunError::Request(format!(
        "`eval.judge`: the judge of `{}` looks at images of {}; the {what} are {}\n  \
         hint: a judge trained on these data, or eval.every_images = 0",
        about.data,
        told(about.image_shape),
        told(shape)
    )))
}

/// Whether labels are obeyed can be said by a judge that knows the classes.
fn knows_labels(judge: &Judge, trainer: &Trainer) -> Result<(), RunError> {
    let eval = &trainer.experiment().eval;
    let until = eval.until.as_ref().map(|until| ("until", until.metric()));
    let mut asked = until.into_iter().chain(eval.best.map(|metric| ("best", metric)));
    let Some((key, metric)) = asked.find(|(_, metric)| metric.needs_labels) else { return Ok(()) };
    let Some(own) = trainer.images().label_classes() else { return Ok(()) };
    match_classes(own, judge.label_classes()).map(|_| ()).map_err(|differ| {
        RunError::Request(format!(
            "`eval.{key}`: the classes of the data are {}, and those of the judge of `{}` are {}: it cannot tell {metric}\n  \
             hint: a judge trained on these data",
            differ.own,
            judge.description().data,
            differ.known
        ))
    })
}
