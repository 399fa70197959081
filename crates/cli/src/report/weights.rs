//! The parts of the report about the networks: D's scores, and training images beside generated ones.

use anyhow::{Context, bail};
use data::{ContentHash, ImageSet};
use gan::checkpoint::Description;
use gan::config::Experiment;
use gan::sampler::experiment_of;
use gan::{Critic, Sampler, Weights, identity};
use kernels::Threads;
use serde_json::{Value, json};

use super::neighbours::neighbours;
use super::real::{Real, shape};
use crate::classes;
use crate::plot::shares;
use crate::runs::Trained;
use crate::verdict::{Scores, Verdict};

/// Images of each kind that D scores: enough for a histogram, and quick.
const SCORED: usize = 1000;

/// The parts of a report that need weights and data, each a JSON object; `{"missing": why}` if it cannot be made.
pub(super) fn parts(
    trained: &anyhow::Result<Trained>,
    training: Option<&ImageSet>,
    threads: Threads,
) -> [(&'static str, Value); 3] {
    let opened = match trained {
        Ok(trained) => open(trained, threads),
        Err(error) => Err(anyhow::anyhow!("{error:#}")),
    };
    let (experiment, mut sampler, mut critic, description) = match opened {
        Ok(opened) => opened,
        Err(error) => return ["networks", "verdict", "neighbours"].map(|part| (part, missing(&error))),
    };
    let loaded = match training {
        Some(_) => Ok(None),
        None => load(&experiment, description).map(Some),
    };
    let networks = json!({
        "generator": sampler.parameter_count(),
        "discriminator": critic.parameter_count(),
        "checkpoint": description.progress.images,
        "shape": experiment.data.image_shape,
        "training_images": experiment.data.images,
        "classes": experiment.data.classes,
    });
    let (of_verdict, of_neighbours) = match &loaded {
        Err(error) => (missing(error), missing(error)),
        Ok(loaded) => match training.or(loaded.as_ref()) {
            None => (Value::Null, Value::Null),
            Some(set) => match Real::new(set, &experiment, training.is_some()).map_err(anyhow::Error::from) {
                Err(error) => (missing(&error), missing(&error)),
                Ok(real) => {
                    let verdict = verdict((&mut critic, &mut sampler), &real, &experiment, description);
                    let neighbours = neighbours(&mut sampler, &real, threads);
                    (verdict.unwrap_or_else(|e| missing(&e)), neighbours.unwrap_or_else(|e| missing(&e)))
                }
            },
        },
    };
    [("networks", networks), ("verdict", of_verdict), ("neighbours", of_neighbours)]
}

fn missing(error: &anyhow::Error) -> Value {
    let text = format!("{error:#}");
    // Hints are for a command line, not for a page.
    json!({ "missing": text.split("\n  hint:").next().unwrap_or(&text) })
}

fn open(trained: &Trained, threads: Threads) -> anyhow::Result<(Experiment, Sampler, Critic, &Description)> {
    let checkpoint = &trained.checkpoint;
    let sampler = Sampler::from_checkpoint(checkpoint, Weights::Best, threads)?;
    let critic = Critic::from_checkpoint(checkpoint, threads)?;
    Ok((experiment_of(checkpoint)?, sampler, critic, checkpoint.description()))
}

/// The training images, if they are where they were and what they were.
fn load(experiment: &Experiment, description: &Description) -> anyhow::Result<ImageSet> {
    let data = &experiment.data;
    let set = data::load_with(&data.source, data.split.into(), &data.options)
        .with_context(|| format!("the data `{}` cannot be read", data.source))?;
    let set = identity::in_classes_of_run(set, description, false);
    let same = |before: &ContentHash| set.content_hash().difference(before).is_none();
    let known = description.data_hash.as_ref().is_none_or(same);
    if !known || (shape(&set), set.len()) != (data.image_shape, data.images) {
        bail!("the data `{}` are not those that the run was trained on", data.source);
    }
    Ok(set)
}

fn verdict(
    (critic, sampler): (&mut Critic, &mut Sampler),
    real: &Real,
    experiment: &Experiment,
    description: &Description,
) -> anyhow::Result<Value> {
    let (set, split) = real.reference();
    let in_classes;
    let set = match critic.reads_labels() {
        true => {
            in_classes = classes::of_run(set.clone(), description)?;
            &in_classes
        }
        false => set,
    };
    let count = SCORED.min(set.len());
    if count < critic.images_at_once() {
        bail!("D judges {} images at once, and there are {count}", critic.images_at_once());
    }
    if critic.reads_labels() && set.labels().is_none() {
        bail!("D judges an image by its label, and the {split} images have none");
    }
    let verdict = Verdict::of((critic, sampler), set, (0, count), experiment.objective.loss);
    let kind = |scores: &Scores| {
        json!({
            "count": scores.values.len(),
            "mean_score": scores.mean(),
            "wrong_share": scores.wrong,
            "shares": shares(&scores.values),
        })
    };
    Ok(json!({
        "split": split,
        "real": kind(&verdict.real),
        "generated": kind(&verdict.fake),
        "accuracy": verdict.accuracy(),
        "ranked_right": verdict.ranked_right,
        "note": verdict.note(),
    }))
}
