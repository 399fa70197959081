//! The parts of the report about the networks: D's scores, and training images beside generated ones.

use anyhow::{Context, bail};
use data::{ContentHash, ImageSet};
use kernels::Threads;
use model::{Critic, Header, Sampler, Weights, identity};
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
    let (header, mut sampler, mut critic) = match opened {
        Ok(opened) => opened,
        Err(error) => return ["networks", "verdict", "neighbours"].map(|part| (part, missing(&error))),
    };
    let loaded = match training {
        Some(_) => Ok(None),
        None => load(header).map(Some),
    };
    let networks = json!({
        "generator": sampler.generator().network().parameter_count(),
        "discriminator": critic.parameter_count(),
        "checkpoint": header.provenance.images,
        "shape": header.image_shape,
        "training_images": header.provenance.data.images,
        "classes": header.classes,
    });
    let (of_verdict, of_neighbours) = match &loaded {
        Err(error) => (missing(error), missing(error)),
        Ok(loaded) => match training.or(loaded.as_ref()) {
            None => (Value::Null, Value::Null),
            Some(set) => match Real::new(set, header, training.is_some()).map_err(anyhow::Error::from) {
                Err(error) => (missing(&error), missing(&error)),
                Ok(real) => {
                    let verdict = verdict((&mut critic, &mut sampler), &real, header);
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

fn open(trained: &Trained, threads: Threads) -> anyhow::Result<(&Header, Sampler, Critic)> {
    let sampler = trained.sampler(Weights::Average, threads)?;
    let critic = Critic::from_file(&trained.file, threads)?;
    Ok((trained.header(), sampler, critic))
}

/// The training images, if they are where they were and what they were.
fn load(header: &Header) -> anyhow::Result<ImageSet> {
    let data = &header.provenance.data;
    let set = data::load_with(&data.source, data.split(), &data.options())
        .with_context(|| format!("the data `{}` cannot be read", data.source))?;
    let set = identity::in_classes_of(set, header, false);
    let same = |before: &ContentHash| set.content_hash().difference(before).is_none();
    let known = data.hash.as_ref().is_none_or(same);
    if !known || (shape(&set), set.len()) != (header.image_shape, data.images) {
        bail!("the data `{}` are not those that the run was trained on", data.source);
    }
    Ok(set)
}

fn verdict(
    (critic, sampler): (&mut Critic, &mut Sampler),
    real: &Real,
    header: &Header,
) -> anyhow::Result<Value> {
    let (set, split) = real.reference();
    let in_classes;
    let set = match critic.reads_labels() {
        true => {
            in_classes = classes::of_run(set.clone(), header)?;
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
    let loss = header.discriminator.as_ref().map_or("", |discriminator| &discriminator.loss);
    let verdict = Verdict::of((critic, sampler), set, (0, count), loss);
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
