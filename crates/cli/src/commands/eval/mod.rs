//! `eval`: generated images judged by every metric.

mod print;
mod target;
mod usefulness;

use anyhow::bail;
use data::Split;
use data::alpha::ALPHA_CHANNELS;
use judge::{Images, Options, Report};

use self::target::Target;
use crate::args::EvalArgs;
use crate::hints::{Hint, Typed};
use crate::judges::{judge_of, unseen_images};
use crate::output::{Quiet, note};
use crate::plot::{BarPanel, Bars};
use crate::product_file::{self, Format, spare};
use crate::{reading, threads};

/// The data set whose images are three digits each, and how many of them PacGAN's protocol judges.
const STACKED: &str = "stacked-mnist";
const STACKS: usize = 26_000;
/// Default number of images of each kind.
const IMAGES: usize = 10_000;

pub(super) fn run(args: EvalArgs) -> anyhow::Result<()> {
    product_file::check(args.plot.as_deref(), Format::Png)?;
    let target = Target::open(&args)?;
    let (source, split, mut reading) = target.data(&args);
    if let Some(plot) = &args.plot {
        let judge = args.judge.as_deref().unwrap_or_default();
        spare(plot, &target.inputs().and_data(&source).and(judge), "")?;
    }
    if source == STACKED {
        return stacks(&args, &target, split, &reading);
    }
    let count = args.count.unwrap_or(IMAGES);
    let own_judge = if args.judge.is_none() { target.judge(&args) } else { None };
    let judge = judge_of(args.judge.as_deref().or(own_judge.as_deref()), &source, &reading)?;
    // A judge of four channels judges transparency as well.
    reading.alpha |= judge.description().image_shape.2 == ALPHA_CHANNELS && reading.channels.is_none();
    let training = data::load_with(&source, split, &reading)?;
    reading::tell(&training, &source, reading.background);
    let test = unseen_images(&source, split, &reading)?;
    target.check(&args, &training);
    let report = threads::run(args.threads.get(), |threads| {
        // As many as are compared, as during training: with another number, the same name would mean another choice.
        let (samples, _) = judge::evaluate::samples_of(&training, test.as_ref(), count);
        let generated = target.images(threads, args.seed, samples.max(1), &training)?;
        if args.usefulness.is_some() && generated.labels().is_none() {
            bail!(
                "--usefulness: the images have no labels that a classifier could learn{}",
                Hint::NoUsefulness(Typed::now().without("usefulness"))
            );
        }
        let images = Images { training: &training, test: test.as_ref(), generated: &generated };
        let options = Options { samples: count, memory_queries: args.memory, seed: args.seed };
        let mut report = judge::evaluate(&judge, threads, images, options)?;
        if let Some(count) = args.usefulness {
            report.scores.push(usefulness::score(&target, threads, args.seed, count, images)?);
        }
        Ok(report)
    })?;
    if let Some(path) = &args.plot {
        classes(&report).write(path)?;
        note(Quiet(false), &format!("bars of the classes: {}", path.display()));
    }
    let name = target.name();
    if args.json { print::json(&name, &report) } else { print::tables(&name, &report) }
}

/// Stacked digits, whose modes a judge of single digits counts.
fn stacks(args: &EvalArgs, target: &Target, split: Split, reading: &data::Options) -> anyhow::Result<()> {
    let asked = [("--usefulness", args.usefulness.is_some()), ("--plot", args.plot.is_some())];
    if let Some((flag, _)) = asked.iter().find(|(_, asked)| *asked) {
        bail!("{flag}: for `{STACKED}` only modes are counted, by a judge of single digits");
    }
    let judge = judge_of(args.judge.as_deref(), "mnist", reading)?;
    let count = args.count.unwrap_or(STACKS);
    let training = data::load_with(STACKED, split, reading)?;
    let unseen = unseen_images(STACKED, split, reading)?;
    let real = unseen.as_ref().unwrap_or(&training);
    let report = threads::run(args.threads.get(), |threads| {
        let generated = target.images(threads, args.seed, count, &training)?;
        Ok(judge::stacked(&judge, threads, real, &generated, count)?)
    })?;
    let name = target.name();
    if args.json { print::json(&name, &report) } else { print::tables(&name, &report) }
}

/// Shares and coverage of the classes.
fn classes(report: &Report) -> Bars {
    let samples = report.samples as f64;
    let rows = &report.classes;
    let names = rows.iter().map(|class| class.name.clone().unwrap_or_else(|| class.class.to_string()));
    Bars {
        names: names.collect(),
        panels: [
            BarPanel {
                title: format!("Share of the classes in {} images", report.samples),
                series: ["generated", "expected"],
                values: rows
                    .iter()
                    .map(|class| [Some(class.generated as f64 / samples), Some(class.expected / samples)])
                    .collect(),
            },
            BarPanel {
                title: "Coverage within the class".into(),
                series: ["generated", "floor: training images"],
                values: rows.iter().map(|class| [class.coverage, class.coverage_floor]).collect(),
            },
        ],
    }
}
