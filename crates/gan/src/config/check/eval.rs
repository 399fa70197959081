//! Rules of `[eval]`.

use metrics::{Metric, Named, Refused, Until};
use nn::Network;

use super::super::choices::Players;
use super::super::error::ConfigError;
use super::super::experiment::Eval;
use super::super::sections::{EvalSection, METRIC};
use super::super::written::Written;
use super::rules::Rules;

pub(super) fn check(
    rules: &mut Rules<'_>,
    written: &Written,
    generator: &Network,
) -> Result<Eval, ConfigError> {
    let section = &written.eval;
    let conditional = generator.labelled_layer().is_some();
    let best = best(rules, section, conditional)?;
    let until = until(rules, section, conditional)?;
    let notes = [
        ("eval.best", best.and_then(|named| named.note())),
        ("eval.until", until.as_ref().and_then(Until::note)),
    ];
    // One note is enough: both keys may have the same earlier name.
    if let Some((key, note)) = notes.into_iter().find_map(|(key, note)| Some((key, note?))) {
        rules.warn(key, &note);
    }
    rules.ensure(
        section.plateau_evals.is_none() || best.is_some(),
        "eval.plateau_evals",
        "waits for a metric to improve, and `eval.best` names none",
        format!("eval.best = \"{METRIC}\", or plateau_evals = 0"),
    )?;
    let fixed = written.train.players == Players::Discriminator;
    for (key, ends) in
        [("eval.until", until.is_some()), ("eval.plateau_evals", section.plateau_evals.is_some())]
    {
        rules.ensure(
            !ends || section.every_images > 0,
            key,
            "waits for evaluations, and there are none: `eval.every_images` is 0",
            "eval.every_images = 60000, about once an epoch",
        )?;
        rules.ensure(
            !ends || !fixed,
            key,
            "waits for a generator that does not change: `train.players` is \"discriminator\"",
            "leave it out, or players = \"both\"",
        )?;
    }
    Ok(Eval {
        every_images: (section.every_images > 0 && !fixed).then_some(section.every_images),
        best: best.map(|named| named.metric),
        until,
        written: section.clone(),
    })
}

fn best(rules: &Rules<'_>, section: &EvalSection, conditional: bool) -> Result<Option<Named>, ConfigError> {
    let key = "eval.best";
    let Some(name) = section.best.as_deref() else { return Ok(None) };
    let refuse = |Refused { message, hint }: Refused| rules.source.refuse(key, message, hint);
    let named = Metric::for_training(name).map_err(refuse)?;
    judged(rules, key, named.metric, conditional)?;
    Ok(Some(named))
}

fn until(rules: &Rules<'_>, section: &EvalSection, conditional: bool) -> Result<Option<Until>, ConfigError> {
    let key = "eval.until";
    let Some(text) = section.until.as_deref() else { return Ok(None) };
    let refuse = |Refused { message, hint }: Refused| rules.source.refuse(key, message, hint);
    let until: Until = text.parse().map_err(refuse)?;
    until.counts(section.samples).map_err(refuse)?;
    judged(rules, key, until.metric(), conditional)?;
    Ok(Some(until))
}

/// Label accuracy needs a conditional generator.
fn judged(rules: &Rules<'_>, key: &str, metric: Metric, conditional: bool) -> Result<(), ConfigError> {
    rules.ensure(
        conditional || !metric.needs_labels,
        key,
        format!(
            "{metric} needs a generator that makes images of a class, and no layer of `generator.layers` reads it"
        ),
        format!("another metric, as \"{METRIC}\", or begin generator.layers with {{ class-embedding = 50 }}"),
    )
}
