//! `export`: a generator alone, as a file.

use model::header::Score;
use model::{Generator, Header, Weights};
use run::{Evaluation, Event, RunFolder};

use crate::args::ExportArgs;
use crate::output;
use crate::product_file::{self, Format, spare};
use crate::runs::Trained;

/// The file's name in a run's folder.
const FILE: &str = "generator.safetensors";

pub(super) fn run(args: ExportArgs) -> anyhow::Result<()> {
    product_file::check(args.output.as_deref(), Format::Model)?;
    let trained = Trained::open(&args.run, args.checkpoint.as_deref())?;
    let path = args.output.clone().unwrap_or_else(|| trained.default_output(FILE));
    if args.output.is_none() {
        product_file::check(Some(&path), Format::Model)?;
    }
    spare(&path, &trained.inputs(), FILE)?;
    let weights = Weights::from(args.weights);
    let generator = Generator::from_file(&trained.file, weights)?;
    let mut header =
        Header { program: env!("CARGO_PKG_VERSION").to_owned(), ..trained.header().clone().shared() };
    // Evaluations judge the average. Without a run's folder, the scores in the file are kept.
    if let (Some(folder), Weights::Average) = (&trained.folder, weights) {
        header.metrics = scores(&RunFolder::open(folder)?.events()?, trained.images());
    }
    generator.save(&path, header)?;
    Ok(output::line(path.display().to_string())?)
}

/// The scores of the newest evaluation at `images` images.
fn scores(events: &[Event], images: u64) -> Vec<Score> {
    let evaluations = events.iter().rev().filter_map(|event| match event {
        Event::Eval(evaluation) => Some(evaluation),
        _ => None,
    });
    let own = evaluations.into_iter().find(|evaluation| evaluation.images == images);
    own.map_or_else(Vec::new, |evaluation| evaluation.scores.iter().map(|s| score(evaluation, s)).collect())
}

fn score(evaluation: &Evaluation, score: &metrics::Score) -> Score {
    Score {
        metric: score.metric.to_string(),
        samples: score.samples,
        value: score.finite(),
        floor: score.floor,
        judge: evaluation.judge.clone(),
        judge_sha256: evaluation.judge_sha256.clone(),
    }
}
