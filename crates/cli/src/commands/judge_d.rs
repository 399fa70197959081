//! `judge-d`: a discriminator's scores on real and on generated images.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use data::{DataError, ImageSet, Split, epoch_order};
use gan::losses::{Logits, Loss, sigmoid};
use gan::sampler::experiment_of;
use gan::{Critic, Sampler, Weights};
use kernels::Threads;
use serde_json::json;

use crate::args::JudgeDArgs;
use crate::output::{self, Quiet, grouped, note, table};
use crate::plot::{Histogram, Series};
use crate::runs::Trained;
use crate::threads;

/// Images gathered at a time.
const BATCH: usize = 256;

/// Scores of one kind of image, 0 (generated) to 1 (real).
struct Scores {
    values: Vec<f64>,
    /// Share that D takes for the other kind.
    wrong: f64,
}

impl Scores {
    /// From logits and the one that parts the kinds; a score of exactly 1/2 is right on neither.
    fn new(logits: &[f32], threshold: f64, is_right: impl Fn(f64) -> bool) -> Scores {
        let values: Vec<f64> = logits.iter().map(|&logit| sigmoid(f64::from(logit) - threshold)).collect();
        let wrong = values.iter().filter(|&&score| !is_right(score)).count();
        Scores { wrong: wrong as f64 / values.len().max(1) as f64, values }
    }

    fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len().max(1) as f64
    }
}

/// What there is to say.
struct Verdict {
    real: Scores,
    fake: Scores,
    /// Probability that a real image has a higher logit than a generated one.
    ranked_right: f64,
    /// The logit whose score is 1/2.
    threshold: f64,
    loss: Loss,
}

impl Verdict {
    fn accuracy(&self) -> f64 {
        1.0 - (self.real.wrong + self.fake.wrong) / 2.0
    }
}

pub(super) fn run(args: JudgeDArgs) -> anyhow::Result<()> {
    let trained = Trained::open(&args.run, args.checkpoint.as_deref())?;
    let verdict = threads::run(args.threads.get(), |threads| judge(&args, &trained, threads))?;
    let path = args.output.clone().unwrap_or_else(|| trained.default_output("judge-d.png"));
    let split = Split::from(args.split).as_str();
    let count = verdict.real.values.len();
    let title = format!("D's scores on {} real and as many generated images", grouped(count as u64));
    let histogram = Histogram {
        title: &title,
        x: "score: 0 taken for generated, 1 for real",
        y: "share of images",
        series: [
            Series { name: &format!("real ({split})"), values: &verdict.real.values },
            Series { name: "generated", values: &verdict.fake.values },
        ],
    };
    histogram.write(&path)?;
    if args.json {
        print_json(&trained, &verdict, split, path)
    } else {
        print(&trained, &verdict, split, path)
    }
}

fn judge(args: &JudgeDArgs, trained: &Trained, threads: Threads) -> anyhow::Result<Verdict> {
    let checkpoint = &trained.checkpoint;
    let experiment = experiment_of(checkpoint)?;
    let set = real_images(&experiment.data, args.split.into())?;
    let shape = (set.height(), set.width(), set.channels());
    if shape != experiment.data.image_shape {
        let (h, w, c) = experiment.data.image_shape;
        bail!(
            "data.source `{}`: D judges images of {h}x{w}x{c}, these are {shape:?}",
            experiment.data.source
        );
    }
    let count = args.count.min(set.len());
    if count < args.count {
        let split = Split::from(args.split).as_str();
        note(
            Quiet(false),
            &format!("note: the {split} split has {} images; judging so many", grouped(count as u64)),
        );
    }
    let mut critic = Critic::from_checkpoint(checkpoint, threads)?;
    let packs = count / critic.images_at_once();
    if packs == 0 {
        bail!("D judges {} images at once, and there are {count}", critic.images_at_once());
    }
    let count = packs * critic.images_at_once();
    if critic.reads_labels() && set.labels().is_none() {
        bail!(
            "data.source `{}`: D judges an image by its label, and these have none",
            experiment.data.source
        );
    }
    let real = judge_real(&mut critic, &set, args.seed, count);
    let mut sampler = Sampler::from_checkpoint(checkpoint, Weights::Best, threads)?;
    let fake = judge_generated(&mut critic, &mut sampler, args.seed, count);
    let loss = experiment.objective.loss;
    let threshold = loss.threshold(Logits { real: &real, fake: &fake });
    Ok(Verdict {
        ranked_right: ranked_right(&real, &fake),
        real: Scores::new(&real, threshold, |score| score > 0.5),
        fake: Scores::new(&fake, threshold, |score| score < 0.5),
        threshold,
        loss,
    })
}

fn real_images(data: &gan::config::Data, split: Split) -> anyhow::Result<ImageSet> {
    let source = data.source.as_str();
    data::load_with(source, split, &data.options).map_err(|error| match error {
        // Data of one's own need not have a test split.
        DataError::Missing { .. } | DataError::Argument { .. }
            if split == Split::Test && !data::SOURCES.contains(&source) =>
        {
            anyhow!("{error}\n  hint: --split train judges with the images that D was trained on")
        }
        error => error.into(),
    })
}

/// Logits on `count` images of the set, chosen by the seed.
fn judge_real(critic: &mut Critic, set: &ImageSet, seed: u64, count: usize) -> Vec<f32> {
    let mut order = Vec::new();
    epoch_order(seed, 0, set.len(), &mut order);
    let mut images = vec![0.0; whole_packs(critic) * set.pixels_per_image()];
    let mut logits = Vec::with_capacity(count);
    let labels = set.labels().unwrap_or_default();
    for chosen in order[..count].chunks(whole_packs(critic)) {
        let images = &mut images[..chosen.len() * set.pixels_per_image()];
        set.gather(chosen, images);
        let labels: Vec<u32> =
            chosen.iter().filter_map(|&i| labels.get(i as usize)).map(|&label| label.into()).collect();
        logits.extend(critic.scores(images, &labels));
    }
    logits
}

/// Logits on the first `count` images of the generator's sequence, of all classes in turn where it takes labels.
fn judge_generated(critic: &mut Critic, sampler: &mut Sampler, seed: u64, count: usize) -> Vec<f32> {
    let (height, width, channels) = sampler.shape();
    let pixels = height * width * channels;
    let turn: Vec<u32> = sampler.labels().to_vec();
    let (mut waiting, mut labels) = (Vec::new(), turn.iter().copied().cycle());
    let mut logits = Vec::with_capacity(count);
    sampler.generate(seed, count, &mut |images| {
        waiting.extend_from_slice(images);
        // What is no whole pack yet waits for the next images.
        let ready = waiting.len() / pixels / critic.images_at_once() * critic.images_at_once();
        let labels: Vec<u32> = labels.by_ref().take(ready).collect();
        logits.extend(critic.scores(&waiting[..ready * pixels], &labels));
        waiting.drain(..ready * pixels);
    });
    logits
}

/// About [`BATCH`] images, as many as make whole packs.
fn whole_packs(critic: &Critic) -> usize {
    (BATCH / critic.images_at_once()).max(1) * critic.images_at_once()
}

/// The share of all (real, fake) pairs in which the real one is higher; ties count half. The area under the ROC curve.
fn ranked_right(real: &[f32], fake: &[f32]) -> f64 {
    let mut fake = fake.to_vec();
    fake.sort_by(f32::total_cmp);
    let below: f64 = real
        .iter()
        .map(|r| {
            let lower = fake.partition_point(|f| f < r);
            let not_above = fake.partition_point(|f| f <= r);
            (lower + not_above) as f64 / 2.0
        })
        .sum();
    below / (real.len() * fake.len()).max(1) as f64
}

fn print(trained: &Trained, verdict: &Verdict, split: &str, path: PathBuf) -> anyhow::Result<()> {
    let images = trained.checkpoint.description().progress.images;
    output::line(format!("{} ({} images shown)", trained.checkpoint.path().display(), grouped(images)))?;
    let row = |name: String, scores: &Scores| {
        let count = grouped(scores.values.len() as u64);
        vec![name, count, format!("{:.3}", scores.mean()), format!("{:.1}%", 100.0 * scores.wrong)]
    };
    let rows = [
        ["", "images", "mean score", "called wrong"].map(str::to_owned).to_vec(),
        row(format!("real ({split})"), &verdict.real),
        row("generated".to_owned(), &verdict.fake),
    ];
    output::raw(table(&rows).as_bytes())?;
    output::line(format!("right on {:.1}% of all", 100.0 * verdict.accuracy()))?;
    output::line(format!(
        "a real image scores above a generated one in {:.1}% of pairs",
        100.0 * verdict.ranked_right
    ))?;
    output::line(format!("histogram {}", path.display()))?;
    if matches!(verdict.loss, Loss::Relativistic | Loss::Wasserstein) {
        let (name, threshold) = (verdict.loss.name(), verdict.threshold);
        let text = format!(
            "note: the {name} loss fixes only differences of logits, so a score of 1/2 stands for the middle between both \
             kinds' means, a logit of {threshold:.2}"
        );
        note(Quiet(false), &text);
    }
    Ok(())
}

fn print_json(trained: &Trained, verdict: &Verdict, split: &str, path: PathBuf) -> anyhow::Result<()> {
    let kind = |scores: &Scores| json!({ "count": scores.values.len(), "mean_score": scores.mean(), "wrong_share": scores.wrong });
    let report = json!({
        "checkpoint": trained.checkpoint.path().display().to_string(),
        "images": trained.checkpoint.description().progress.images,
        "split": split,
        "real": kind(&verdict.real),
        "generated": kind(&verdict.fake),
        "accuracy": verdict.accuracy(),
        "ranked_right": verdict.ranked_right,
        "threshold_logit": verdict.threshold,
        "histogram": path.display().to_string(),
    });
    Ok(output::line(format!("{report:#}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_ranked() {
        assert_eq!(ranked_right(&[2.0, 3.0], &[0.0, 1.0]), 1.0);
        assert_eq!(ranked_right(&[0.0], &[0.0, 1.0]), 0.25);
        assert_eq!(ranked_right(&[1.0, 1.0], &[1.0]), 0.5);
    }
}
