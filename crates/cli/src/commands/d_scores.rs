//! `d-scores`: a discriminator's scores on real and on generated images.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use data::{ImageSet, Split};
use kernels::Threads;
use model::header::TrainingData;
use model::{Critic, Weights};
use serde_json::json;

use crate::args::DScoresArgs;
use crate::hints::{Hint, Typed};
use crate::judges::lacks_split;
use crate::output::{self, Quiet, grouped, note, table};
use crate::plot::{Histogram, Series};
use crate::product_file::{self, Format, spare};
use crate::runs::Trained;
use crate::verdict::{Scores, Verdict};
use crate::{classes, threads};

pub(super) fn run(args: DScoresArgs) -> anyhow::Result<()> {
    product_file::check(args.output.as_deref(), Format::Png)?;
    let trained = Trained::open(&args.run, args.checkpoint.as_deref())?;
    let path = args.output.clone().unwrap_or_else(|| trained.default_output("d-scores.png"));
    spare(&path, &trained.inputs_with_data(), "d-scores.png")?;
    let verdict = threads::run(args.threads.get(), |threads| judge(&args, &trained, threads))?;
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

fn judge(args: &DScoresArgs, trained: &Trained, threads: Threads) -> anyhow::Result<Verdict> {
    let (header, data) = (trained.header(), trained.data());
    let mut critic = Critic::from_file(&trained.file, threads)?;
    let set = real_images(data, args.split.into())?;
    let shape = (set.height(), set.width(), set.channels());
    if shape != header.image_shape {
        let (h, w, c) = header.image_shape;
        bail!("`{}`: D judges images of {h}x{w}x{c}, these are {shape:?}", data.source);
    }
    let count = args.count.min(set.len());
    if count < args.count {
        let split = Split::from(args.split).as_str();
        note(
            Quiet(false),
            &format!("note: the {split} split has {} images; judging so many", grouped(count as u64)),
        );
    }
    let set = if critic.reads_labels() { classes::of_run(set, header)? } else { set };
    let packs = count / critic.images_at_once();
    if packs == 0 {
        bail!("D judges {} images at once, and there are {count}", critic.images_at_once());
    }
    if critic.reads_labels() && set.labels().is_none() {
        bail!("`{}`: D judges an image by its label, and these have none", data.source);
    }
    let mut sampler = trained.sampler(Weights::Average, threads)?;
    let loss = header.discriminator.as_ref().map_or("", |discriminator| &discriminator.loss);
    let verdict = Verdict::of((&mut critic, &mut sampler), &set, (args.seed, count), loss);
    set.still_whole()?;
    Ok(verdict)
}

fn real_images(data: &TrainingData, split: Split) -> anyhow::Result<ImageSet> {
    let source = data.source.as_str();
    data::load_with(source, split, &data.options()).map_err(|error| match error {
        // Data of one's own need not have a test split.
        error if split == Split::Test && !data::SOURCES.contains(&source) && lacks_split(&error) => {
            anyhow!("{error}{}", Hint::TrainSplit(Typed::now().with("split", "train")))
        }
        error => error.into(),
    })
}

fn print(trained: &Trained, verdict: &Verdict, split: &str, path: PathBuf) -> anyhow::Result<()> {
    let images = trained.images();
    output::line(format!("{} ({} images shown)", trained.file.path().display(), grouped(images)))?;
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
    if let Some(text) = verdict.note() {
        note(Quiet(false), &format!("note: {text}"));
    }
    Ok(())
}

fn print_json(trained: &Trained, verdict: &Verdict, split: &str, path: PathBuf) -> anyhow::Result<()> {
    let kind = |scores: &Scores| json!({ "count": scores.values.len(), "mean_score": scores.mean(), "wrong_share": scores.wrong });
    let report = json!({
        "checkpoint": trained.file.path().display().to_string(),
        "images": trained.images(),
        "split": split,
        "real": kind(&verdict.real),
        "generated": kind(&verdict.fake),
        "accuracy": verdict.accuracy(),
        "ranked_right": verdict.ranked_right,
        "threshold_logit": verdict.threshold,
        "histogram": path.display().to_string(),
    });
    Ok(output::document(format!("{report:#}"))?)
}
