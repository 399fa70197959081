//! All checks of a sweep, before anything is trained.

use anyhow::Result;
use data::ImageSet;
use gan::config::{DataSection, EvalSection, Facts, Source, Written};
use gan::{GanError, Trainer};
use kernels::Threads;

use super::plan::{Plan, Trial};
use crate::config;
use crate::evaluation::Judging;
use crate::output::{Quiet, note};

/// A run that may be trained.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Place of its trial.
    pub(crate) trial: usize,
    pub(crate) seed: u64,
    pub(crate) source: Source,
    pub(crate) written: Written,
    /// The complete config, by which its folder is recognised.
    pub(crate) config: String,
}

/// Images that configs of the same `[data]` share.
#[derive(Default)]
pub(crate) struct Images {
    loaded: Vec<(DataSection, ImageSet)>,
}

impl Images {
    /// The images of a run.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub(crate) fn of(&mut self, written: &Written, source: &Source) -> Result<ImageSet> {
        if let Some((_, images)) = self.loaded.iter().find(|(data, _)| *data == written.data) {
            return Ok(images.clone());
        }
        let images = config::images(written, source)?;
        self.loaded.push((written.data.clone(), images.clone()));
        Ok(images)
    }
}

/// Every run of a sweep, by trial and seed. Each warning of a config is printed once.
///
/// # Errors
/// The first refusal: of a key, of a value, or of runs without a judge.
pub(crate) fn runs(plan: &Plan, images: &mut Images, threads: Threads) -> Result<Vec<Run>> {
    plan.keys_are_single()?;
    let base = plan.base()?;
    let mut runs = Vec::with_capacity(plan.runs());
    let mut judged: Vec<(DataSection, EvalSection)> = Vec::new();
    let mut warned: Vec<String> = Vec::new();
    for (at, trial) in plan.trials.iter().enumerate() {
        for &seed in &plan.text.written.seeds {
            let (source, written) = plan.run(&base, trial, seed)?;
            let set = images.of(&written, &source)?;
            let shape = (set.height(), set.width(), set.channels());
            let facts = Facts { image_shape: shape, images: set.len(), classes: set.classes().unwrap_or(0) };
            let checked = written.check(&source, &facts).map_err(|error| plan.explain(trial, seed, error))?;
            for warning in checked.warnings {
                if !warned.contains(&warning) {
                    note(Quiet(false), &format!("warning: {warning}"));
                    warned.push(warning);
                }
            }
            let config = written.to_toml()?;
            let run = Run { trial: at, seed, source, written, config };
            let kind = (run.written.data.clone(), run.written.eval.clone());
            if !judged.contains(&kind) {
                is_judged(plan, trial, &run, set, threads)?;
                judged.push(kind);
            }
            runs.push(run);
        }
    }
    Ok(runs)
}

/// Whether there will be a score at a run's end.
fn is_judged(plan: &Plan, trial: &Trial, run: &Run, images: ImageSet, threads: Threads) -> Result<()> {
    let trainer = Trainer::new(&run.written, &run.source, images, threads).map_err(|error| match error {
        GanError::Config(error) => plan.explain(trial, run.seed, error),
        error => error.into(),
    })?;
    match Judging::of(&trainer)? {
        Some(judging) => Ok(judging.evaluator(&trainer).map(drop)?),
        None => Err(plan.text.refuse(
            &["set"],
            format!(
                "no judge scores the runs of the trial {}, so there is nothing to compare",
                plan.label(trial)
            ),
            "eval.judge = \"judge.safetensors\" in [set], a judge of these data; and a generator that trains",
        )),
    }
}
