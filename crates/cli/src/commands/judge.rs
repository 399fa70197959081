//! `judge`: train a judge, or show one.

use anyhow::{Context, bail};
use data::{ImageSet, Split};
use judge::{Judge, Learned, TrainOptions};
use serde_json::json;

use crate::args::{JudgeCommand, JudgeShowArgs, JudgeTrainArgs};
use crate::judges::{open, unseen_images};
use crate::output::{self, Quiet, grouped, note, table};
use crate::product_file::{self, Format, Inputs, spare};
use crate::{own_judge, reading, threads};

pub(super) fn run(command: JudgeCommand) -> anyhow::Result<()> {
    match command {
        JudgeCommand::Train(args) => train(&args),
        JudgeCommand::Show(args) => show(&args),
    }
}

fn train(args: &JudgeTrainArgs) -> anyhow::Result<()> {
    let quiet = Quiet(args.quiet);
    product_file::check(Some(&args.output), Format::Judge)?;
    spare(&args.output, &Inputs::default().and_data(&args.data), "")?;
    let options = data::Options::from(args.images);
    let set = data::load_with(&args.data, Split::Train, &options)?;
    if !args.quiet {
        reading::tell(&set, &args.data, options.background);
    }
    let test = unseen_images(&args.data, Split::Train, &options)?;
    // Checked before training, which takes minutes.
    let test = test.map(|test| in_classes_of(&set, test)).transpose()?;
    let judge = threads::run(args.threads.get(), |threads| {
        let classes = set.classes().is_some_and(|classes| classes > 1);
        let images = if classes { set.len() } else { Judge::images_without_classes(&set) };
        if !classes {
            note(
                quiet,
                "note: there are no classes to learn; the judge learns to tell how images were transformed",
            );
        }
        let epochs = args.epochs.unwrap_or_else(|| TrainOptions::epochs_of(images));
        let options = TrainOptions { epochs, seed: args.seed };
        let mut judge = own_judge::train(threads, &set, classes, options, quiet)?;
        match test.as_ref().filter(|test| test.labels().is_some() && judge.knows_classes()) {
            Some(test) => {
                judge.test(threads, test)?;
            }
            None if judge.knows_classes() => {
                note(quiet, "note: there are no labelled test images, so its accuracy is unknown")
            }
            None => {}
        }
        Ok(judge)
    })?;
    judge.save(&args.output).with_context(|| format!("{}: the judge is not saved", args.output.display()))?;
    output::line(args.output.display().to_string())?;
    note(quiet, summary(&judge).trim_end());
    Ok(())
}

/// Test images with the labels of the training images' classes.
fn in_classes_of(training: &ImageSet, test: ImageSet) -> anyhow::Result<ImageSet> {
    let Some(known) = training.label_classes() else { return Ok(test) };
    match test.in_classes(known) {
        Ok((test, _)) => Ok(test),
        Err(differ) => bail!(
            "{}: the test images have other classes than the training images\n  test: {}\n  training: {}",
            training.name(),
            differ.own,
            differ.known
        ),
    }
}

fn show(args: &JudgeShowArgs) -> anyhow::Result<()> {
    let judge = open(&args.judge)?;
    if args.json {
        let mut report = json!(judge.description());
        report["sha256"] = json!(judge.sha256());
        report["weight_bytes"] = json!(judge.bytes());
        report["features"] = json!(judge.features());
        return Ok(output::document(format!("{report:#}"))?);
    }
    Ok(output::raw(summary(&judge).as_bytes())?)
}

fn summary(judge: &Judge) -> String {
    let about = judge.description();
    let (height, width, channels) = about.image_shape;
    let accuracy = about.test.map_or_else(
        || "not examined".to_owned(),
        |test| format!("{:.2}% of {} test images", 100.0 * test.accuracy, grouped(test.images as u64)),
    );
    let trained = about.class_counts.iter().sum();
    let rows = [
        ("data", about.data.clone()),
        ("images", format!("{height}x{width}x{channels}")),
        (
            "learned",
            match about.learned {
                Learned::Classes => format!("{} classes", judge.classes()),
                Learned::Transformations => format!("{} transformations of images", judge.classes()),
            },
        ),
        ("trained", format!("{} epochs of {} images, seed {}", about.epochs, grouped(trained), about.seed)),
        ("accuracy", accuracy),
        ("features", judge.features().to_string()),
        ("weights", format!("{} bytes", grouped(judge.bytes() as u64))),
        ("sha256", judge.sha256().to_owned()),
    ];
    table(&rows.map(|(name, value)| vec![name.to_owned(), value]))
}
