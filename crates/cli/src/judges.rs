//! Judges for data, and the real images to judge by.

use std::path::Path;

use anyhow::bail;
use data::{DataError, ImageSet, Split};
use judge::{EMBEDDED, Judge};

use crate::hints::{Hint, Typed, path};

/// A judge by its name in the program, or from a file.
pub(crate) fn open(given: &str) -> anyhow::Result<Judge> {
    if let Some(embedded) = Judge::embedded(given) {
        return Ok(embedded?);
    }
    let path = Path::new(given);
    if !path.exists() {
        bail!("no judge `{given}`: it is neither a file nor one in the program ({})", EMBEDDED.join(", "));
    }
    Ok(Judge::load(path)?)
}

/// The judge of this name or file, or the one in the program that knows the data.
pub(crate) fn judge_of(given: Option<&str>, source: &str, reading: &data::Options) -> anyhow::Result<Judge> {
    match (given, Judge::embedded(source)) {
        (Some(given), _) => open(given),
        (None, Some(judge)) => Ok(judge?),
        (None, None) => {
            let then = Typed::now().with("judge", &judge_file(source));
            bail!("{}", no_judge_knows(source, reading, &[Hint::TakeJudge(then)]))
        }
    }
}

/// The judge's file in hints. Its name is that of the data, so that a judge of other data does not replace it.
pub(crate) fn judge_file(source: &str) -> String {
    let stem = Path::new(source).canonicalize().unwrap_or_else(|_| source.into());
    format!("{}-judge.safetensors", stem.file_stem().unwrap_or_default().to_string_lossy())
}

/// Why there is no judge, how to train one on these images, and the commands that then use it.
pub(crate) fn no_judge_knows(source: &str, reading: &data::Options, then: &[Hint]) -> String {
    let data = if data::SOURCES.contains(&source) { source.to_owned() } else { path(Path::new(source)) };
    let mut train = Typed::of(["judge", "train", "--data", &data]);
    if let Some(size) = reading.size {
        train = train.with("size", &size.to_string());
    }
    if let Some(channels) = reading.channels {
        train = train.with("channels", &channels.to_string());
    }
    if reading.skip_broken {
        train = train.with_flag("skip-broken");
    }
    if reading.alpha {
        train = train.with_flag("alpha");
    }
    if reading.background != data::Background::default() {
        train = train.with("background", &reading.background.to_string());
    }
    let text = format!(
        "no judge in the program knows the data `{}`: there are {}",
        data::shown(source),
        EMBEDDED.join(", ")
    );
    let told = |hints: Vec<Hint>| hints.iter().map(ToString::to_string).collect::<String>();
    if data::survey(source).is_ok_and(|found| found.classes == 0) {
        let without = then.iter().filter(|hint| matches!(hint, Hint::NoEvaluation(_))).cloned().collect();
        return format!(
            "{text}; one is trained by images with classes, and these have none{}",
            told(without)
        );
    }
    let train = Hint::TrainJudge(train.with("output", &judge_file(source)));
    format!("{text}{}", told([train].into_iter().chain(then.iter().cloned()).collect()))
}

/// The held-out test split, if `split` is the training split and the source has a test split.
///
/// # Errors
/// If the test split is there and cannot be read.
pub(crate) fn unseen_images(
    source: &str,
    split: Split,
    options: &data::Options,
) -> Result<Option<ImageSet>, DataError> {
    if split == Split::Test {
        return Ok(None);
    }
    match data::load_with(source, Split::Test, options) {
        Ok(set) => Ok(Some(set)),
        // A user's own data may have no test split.
        Err(error) if !data::SOURCES.contains(&source) && lacks_split(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether an error means that the source has no such split, rather than that it cannot be read.
pub(crate) fn lacks_split(error: &DataError) -> bool {
    matches!(error, DataError::Missing { .. } | DataError::NoTestSplit { .. } | DataError::NoImages { .. })
}
