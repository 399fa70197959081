//! A sweep's file, and the lines of its keys.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use metrics::registry::MAIN;
use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::presets;

/// Largest sweep file: far above any text that a person writes.
const MAX_BYTES: u64 = 1 << 20;
/// Default number of samples that a run is judged by.
const SAMPLES: usize = 10_000;

/// The text of a sweep and its values.
#[derive(Clone, Debug)]
pub(crate) struct SweepText {
    /// The file, or the sweep's name in the program; for errors.
    pub(crate) origin: String,
    pub(crate) text: String,
    /// The folder that a path as base is relative to.
    pub(crate) folder: PathBuf,
    pub(crate) written: Written,
}

/// A sweep's keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// The name of its folder.
    pub(crate) name: String,
    /// A description in one line.
    #[serde(default)]
    pub(crate) description: String,
    /// A preset, or the path of a config from where the sweep's file is.
    pub(crate) base: String,
    #[serde(default)]
    pub(crate) mode: Mode,
    /// How many settings are drawn, in mode random.
    pub(crate) trials: Option<usize>,
    /// The seed of the draws.
    #[serde(default)]
    pub(crate) draw_seed: u64,
    /// The seeds: one run for each.
    #[serde(default = "first_seed")]
    pub(crate) seeds: Vec<u64>,
    #[serde(default = "metric")]
    pub(crate) metric: String,
    /// Images of each kind that a run is judged by.
    #[serde(default = "samples")]
    pub(crate) samples: usize,
    /// The limits of each run.
    #[serde(default)]
    pub(crate) budget: Budget,
    /// Set over the base in every run.
    #[serde(default)]
    pub(crate) set: Table,
    pub(crate) axes: Table,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// Every combination of the axes' values.
    #[default]
    Grid,
    /// This many combinations, drawn at random.
    Random,
}

/// One of them, or neither: then the limits of the base hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Budget {
    pub(crate) total_images: Option<u64>,
    /// Such as "90s" or "3m".
    pub(crate) time: Option<String>,
}

fn first_seed() -> Vec<u64> {
    vec![0]
}

fn metric() -> String {
    MAIN.name.into()
}

fn samples() -> usize {
    SAMPLES
}

impl SweepText {
    /// A sweep of the program by its name, or a file.
    pub(crate) fn open(given: &str) -> anyhow::Result<SweepText> {
        if let Some(own) = presets::find(given) {
            return SweepText::parse(own.text, format!("sweep `{}`", own.name), PathBuf::new());
        }
        let path = Path::new(given);
        match fs::metadata(path) {
            Err(e) => bail!(
                "{given}: no such sweep: {e}\n  hint: a sweep is a TOML file, or one in the program: {}",
                presets::names()
            ),
            Ok(metadata) if !metadata.is_file() || metadata.len() > MAX_BYTES => {
                bail!("{given}: no sweep; expected a TOML file of at most {MAX_BYTES} bytes")
            }
            Ok(_) => {}
        }
        let text = fs::read_to_string(path).map_err(|e| anyhow!("{given}: cannot read: {e}"))?;
        SweepText::parse(&text, given.to_owned(), path.parent().unwrap_or(Path::new("")).to_path_buf())
    }

    pub(crate) fn parse(text: &str, origin: String, folder: PathBuf) -> anyhow::Result<SweepText> {
        let written = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or_else(String::new, |span| format!(":{}", line_at(text, span.start)));
            anyhow!("{origin}{line}: {}", e.to_string().trim_end())
        })?;
        Ok(SweepText { origin, text: text.to_owned(), folder, written })
    }

    /// A refusal, at the line of a key.
    pub(crate) fn refuse(
        &self,
        key: &[impl AsRef<str>],
        message: impl AsRef<str>,
        hint: impl AsRef<str>,
    ) -> anyhow::Error {
        anyhow!("{}\n  hint: {}", self.placed(key, message.as_ref()), hint.as_ref())
    }

    /// An error text with the line of a key.
    pub(crate) fn placed(&self, key: &[impl AsRef<str>], message: &str) -> String {
        let key: Vec<&str> = key.iter().map(AsRef::as_ref).collect();
        let line = self.line_of(&key).map_or_else(String::new, |line| format!(":{line}"));
        format!("{}{line}: `{}`: {message}", self.origin, key.join("."))
    }

    /// The axes' names in the order of the file. A table sorts them.
    pub(crate) fn axis_names(&self) -> Vec<String> {
        let mut names: Vec<&String> = self.written.axes.keys().collect();
        names.sort_by_key(|name| self.place_of(&["axes", name]));
        names.into_iter().cloned().collect()
    }

    /// The values set in every run: the parts of each key as written, and its value.
    pub(crate) fn set(&self) -> Vec<(Vec<String>, Value)> {
        let mut all = Vec::new();
        flatten(&[], &self.written.set, &mut all);
        all
    }

    /// The line of a key, or of the nearest table around it.
    pub(crate) fn line_of(&self, key: &[&str]) -> Option<usize> {
        (1..=key.len()).rev().find_map(|n| self.place_of(&key[..n])).map(|at| line_at(&self.text, at))
    }

    fn place_of(&self, key: &[&str]) -> Option<usize> {
        let root = DeTable::parse(&self.text).ok()?;
        let mut segments = key.iter();
        let (mut at, mut value) = find(root.get_ref(), segments.next()?)?;
        for segment in segments {
            let DeValue::Table(table) = value.get_ref() else { return None };
            (at, value) = find(table, segment)?;
        }
        Some(at)
    }
}

fn find<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<(usize, &'t Spanned<DeValue<'i>>)> {
    table.iter().find(|(k, _)| k.get_ref() == key).map(|(k, value)| (k.span().start, value))
}

/// Tables in tables as keys of several parts: `train.seed = 1` and `"train.seed" = 1` mean the same.
fn flatten(above: &[String], table: &Table, all: &mut Vec<(Vec<String>, Value)>) {
    for (key, value) in table {
        let key = [above, std::slice::from_ref(key)].concat();
        match value {
            Value::Table(inner) => flatten(&key, inner, all),
            _ => all.push((key, value.clone())),
        }
    }
}

/// The line, from 1, of a byte of the text.
fn line_at(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|&b| b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = \"t\"\nbase = \"dense\"\n[set]\ntrain.batch_size = 32\n\"train.packing\" = 1\n[axes]\n\
                        \"train.d_steps\" = [1, 2]\n\"objective.r1\" = [0.1]\n";

    fn parse(text: &str) -> anyhow::Result<SweepText> {
        SweepText::parse(text, "t.toml".into(), PathBuf::new())
    }

    #[test]
    fn defaults_order_and_lines() {
        let text = parse(TEXT).unwrap();
        let written = &text.written;
        assert_eq!((written.metric.as_str(), written.samples, written.mode), ("fd", 10_000, Mode::Grid));
        assert_eq!(written.seeds, [0]);
        assert_eq!(text.axis_names(), ["train.d_steps", "objective.r1"]);
        let set: Vec<String> =
            text.set().into_iter().map(|(key, value)| format!("{}={value}", key.join("."))).collect();
        assert_eq!(set, ["train.batch_size=32", "train.packing=1"]);
        assert_eq!(text.line_of(&["axes", "objective.r1"]), Some(8));
        assert_eq!(text.line_of(&["axes", "none"]), Some(6));
        assert_eq!(text.line_of(&["set", "train", "batch_size"]), Some(4));
        assert_eq!(text.line_of(&["set", "train.packing"]), Some(5));
        assert_eq!(text.line_of(&["budget"]), None);
    }

    #[test]
    fn unknown_keys_are_refused_with_their_line() {
        let error = parse(&TEXT.replace("base", "bass")).unwrap_err().to_string();
        assert!(error.starts_with("t.toml:2:") && error.contains("bass"), "{error}");
        let error = parse(&format!("{TEXT}[budget]\nhours = 3\n")).unwrap_err().to_string();
        assert!(error.starts_with("t.toml:10:") && error.contains("hours"), "{error}");
    }
}
