//! From a command line to a config: a preset or a file, and the values set over it.

use std::io::Read;
use std::path::Path;

use anyhow::{anyhow, bail};
use data::{DataError, ImageSet};
use gan::config::{Source, Written};
use gan::presets;
use metrics::{Metric, Until};

use crate::output::{Quiet, grouped, note};
use crate::reading;

/// Largest config file: far above any text that a person writes.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// The text of a preset, or of a file if `preset` looks like a path.
pub(crate) fn source(preset: &str) -> anyhow::Result<Source> {
    let path = Path::new(preset);
    let unknown = match presets::find(preset) {
        Ok(found) => return Ok(Source::new(found.text, format!("preset `{preset}`"))),
        Err(unknown) => unknown,
    };
    let is_path = path.extension().is_some() || path.components().count() > 1;
    if path.is_dir() && path.extension().is_none() {
        bail!("{preset}: a folder, where a preset or a config file is expected");
    }
    // A pipe or a device too: reading it gives the error.
    if is_path || (path.exists() && !path.is_dir()) { read(path) } else { Err(unknown.into()) }
}

/// A run's config with the present names of the metrics in `[eval]`: two configs that differ only in an earlier name train the
/// same.
pub(crate) fn with_present_names(config: &str) -> String {
    let mut in_eval = false;
    let line = |line: &str| {
        if line.starts_with('[') {
            in_eval = line == "[eval]";
        }
        let value = |key: &str| line.strip_prefix(key)?.strip_suffix('"');
        let best = value("best = \"").filter(|_| in_eval).and_then(Metric::named);
        let until = value("until = \"").filter(|_| in_eval).and_then(|until| until.parse::<Until>().ok());
        match (best, until) {
            (Some(best), _) if best.former.is_some() => format!("best = \"{}\"\n", best.metric),
            (_, Some(until)) if until.note().is_some() => format!("until = \"{until}\"\n"),
            _ => format!("{line}\n"),
        }
    };
    config.lines().map(line).collect()
}

fn read(path: &Path) -> anyhow::Result<Source> {
    let shown = path.display();
    let (mut file, metadata) = data::open_regular(path).map_err(|error| match error {
        DataError::NotAFile { kind, .. } => {
            anyhow!("{shown}: is {kind}, not a file; a config is one TOML file")
        }
        other => other.into(),
    })?;
    if metadata.len() > MAX_CONFIG_BYTES {
        bail!("{shown}: {} bytes is no config; at most {MAX_CONFIG_BYTES}", metadata.len());
    }
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) => Ok(Source::new(text, shown.to_string())),
        Err(e) => bail!("{shown}: cannot read: {e}"),
    }
}

/// The images that a config, parsed from `source`, trains on. Prints notes of files that were passed over or changed.
pub(crate) fn images(written: &Written, source: &Source) -> anyhow::Result<ImageSet> {
    let options = written.data_options(source)?;
    let images = data::load_with(&written.data.source, written.data.split.into(), &options);
    let images = images.map_err(|error| {
        // The error names what the user typed for the size or the channels.
        let asked = match &error {
            DataError::Argument { what, .. } if what.ends_with("size") => source.typed("data.size"),
            DataError::Argument { what, .. } if what.ends_with("channels") => source.typed("data.channels"),
            _ => None,
        };
        match asked.map(str::to_owned) {
            Some(asked) => anyhow::Error::from(error).context(asked),
            None => error.into(),
        }
    })?;
    if images.skipped() > 0 {
        let skipped = grouped(images.skipped() as u64);
        note(
            Quiet(false),
            &format!("warning: `data.skip_broken`: passed over {skipped} files of {}", images.name()),
        );
    }
    reading::tell(&images, &written.data.source, options.background);
    Ok(images)
}
