//! Rules of `[eval]`.

use metrics::FEWEST;
use nn::Network;

use super::super::checked::Eval;
use super::super::choices::Players;
use super::super::error::ConfigError;
use super::super::written::{EvalSection, Written};
use super::{Rules, unless_zero};
use metrics::{Metric, Refused, Until};

/// Most images of an evaluation, as `ganymede eval` takes them.
const MOST_SAMPLES: usize = 1_000_000;

pub(super) fn check(rules: &Rules<'_>, written: &Written, generator: &Network) -> Result<Eval, ConfigError> {
    let section = &written.eval;
    rules.ensure(
        (FEWEST..=MOST_SAMPLES).contains(&section.samples),
        "eval.samples",
        format!("{} is not in {FEWEST}..={MOST_SAMPLES}", section.samples),
        "10000 is usual",
    )?;
    let conditional = generator.labelled_layer().is_some();
    let best = best(rules, section, conditional)?;
    let until = until(rules, section, conditional)?;
    rules.ensure(
        section.plateau_evals == 0 || best.is_some(),
        "eval.plateau_evals",
        "waits for a metric to improve, and `eval.best` names none",
        "eval.best = \"fjd\", or plateau_evals = 0",
    )?;
    let fixed = written.train.players == Players::Discriminator;
    for (key, ends) in [("eval.until", until.is_some()), ("eval.plateau_evals", section.plateau_evals > 0)] {
        rules.ensure(
            !ends || section.every_images > 0,
            key,
            "waits for evaluations, and there are none: `eval.every_images` is 0",
            "eval.every_images = 60000, about once an epoch",
        )?;
        rules.ensure(
            !ends || !fixed,
            key,
            "waits for a generator that does not move: `train.players` is \"discriminator\"",
            "leave it out, or players = \"both\"",
        )?;
    }
    Ok(Eval {
        every_images: unless_zero(section.every_images).filter(|_| !fixed),
        samples: section.samples,
        judge: Some(section.judge.clone()).filter(|judge| !judge.is_empty()),
        best,
        until,
        plateau_evals: unless_zero(section.plateau_evals),
    })
}

fn best(rules: &Rules<'_>, section: &EvalSection, conditional: bool) -> Result<Option<Metric>, ConfigError> {
    let (key, name) = ("eval.best", section.best.as_str());
    if name.is_empty() {
        return Ok(None);
    }
    let Some(metric) = Metric::find(name) else {
        let message = format!("\"{name}\" is no metric");
        return Err(rules.source.refuse(key, message, format!("without a count: {}", Metric::names())));
    };
    judged(rules, key, metric, conditional)?;
    Ok(Some(metric))
}

fn until(rules: &Rules<'_>, section: &EvalSection, conditional: bool) -> Result<Option<Until>, ConfigError> {
    let (key, text) = ("eval.until", section.until.as_str());
    if text.is_empty() {
        return Ok(None);
    }
    let refuse = |Refused { message, hint }: Refused| rules.source.refuse(key, message, hint);
    let until: Until = text.parse().map_err(refuse)?;
    until.counts(section.samples).map_err(refuse)?;
    judged(rules, key, until.metric(), conditional)?;
    Ok(Some(until))
}

/// Only a generator that takes labels can be right about them.
fn judged(rules: &Rules<'_>, key: &str, metric: Metric, conditional: bool) -> Result<(), ConfigError> {
    rules.ensure(
        conditional || !metric.needs_labels(),
        key,
        format!(
            "{metric} is of a generator that is told a class, and no layer of `generator.layers` reads it"
        ),
        "another metric, as \"fjd\", or begin generator.layers with { class-embedding = 50 }",
    )
}
