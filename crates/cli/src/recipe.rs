//! `train PHOTOS`: a config for data that are given in the place of a preset.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{anyhow, bail};
use gan::config::Source;
use gan::presets::{self, ImageSize};
use gan::recipe::{ChosenSize, Images, Recipe, RecipeError, size_for};

use crate::output::{Quiet, note};

/// The training time if none is given.
const SECONDS: f64 = 1800.0;
/// Bytes by which a text is recognised.
const BEGINNING: u64 = 1024;

/// Whether an argument is data rather than a preset or a config file: a data set's name, a folder, or a file that is no text.
pub(crate) fn is_data(given: &str) -> bool {
    let path = Path::new(given);
    // A folder of that name, too, was meant for a config.
    let is_config = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    presets::find(given).is_err()
        && !is_config
        && (data::SOURCES.contains(&given) || path.is_dir() || (path.is_file() && !is_text(path)))
}

fn is_text(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning));
    // A character may be cut at the end.
    let valid = match std::str::from_utf8(&beginning) {
        Ok(_) => true,
        Err(e) => e.error_len().is_none(),
    };
    read.is_err() || (valid && !beginning.contains(&0))
}

/// What a command says about its training.
pub(crate) struct Wanted {
    /// `--image`
    pub(crate) image: Option<ImageSize>,
    /// `--time`
    pub(crate) seconds: Option<f64>,
    /// `--threads`, or all cores.
    pub(crate) threads: usize,
}

/// The config for the data `given`, after a look at its files. Prints what was chosen, and why.
pub(crate) fn source(given: &str, wanted: &Wanted, quiet: Quiet) -> anyhow::Result<Source> {
    let survey = data::survey(given)?;
    let own = survey.sizes.first().map(|&(size, _)| ImageSize {
        height: size.height,
        width: size.width,
        channels: survey.channels,
    });
    if let (Some(asked), Some(own), false) = (wanted.image, own, survey.resizable)
        && asked != own
    {
        bail!(
            "--image {asked}: the images of {given} have {own}, and only images in files of their own can be scaled"
        );
    }
    let chosen = match wanted.image {
        Some(size) => Some(ChosenSize { size, reason: format!("--image {size}") }),
        None => size_for(&survey),
    };
    let Some(ChosenSize { size, reason }) = chosen else {
        // Reading them all says what is wrong with each.
        return Err(match data::load_with(given, data::Split::Train, &data::Options::default()) {
            Err(error) => error.into(),
            Ok(_) => anyhow!("{given}: no images"),
        });
    };
    let images = Images {
        source: given.to_owned(),
        size,
        size_reason: reason,
        resized: survey.resizable,
        count: survey.images,
        classes: survey.classes,
    };
    let seconds = wanted.seconds.unwrap_or(SECONDS);
    let recipe = Recipe::new(&images, seconds, wanted.threads).map_err(|error| match error {
        RecipeError::Size(unfit) if !survey.resizable => {
            anyhow!("{given}: the images have {size}, and {unfit}; preset `dense` takes every size")
        }
        other => anyhow::Error::from(other).context(given.to_owned()),
    })?;
    for choice in &recipe.choices {
        note(quiet, &format!("{:<14}{}", choice.what, choice.why));
    }
    Ok(Source::new(recipe.text, format!("the recipe for {given}")))
}
