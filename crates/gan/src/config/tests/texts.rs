//! The texts of configs stay as they are: a sweep knows its runs by them, and checkpoints hold them.

use metrics::Metric;

use super::super::{Source, Written, keys};
use crate::presets;

/// What version 0.1 writes for each preset, and for an empty config, each under a line `=== NAME`.
const TEXTS: &str = include_str!("texts.txt");

#[test]
fn texts_are_those_of_version_0_1() {
    let mut checked = 0;
    for part in TEXTS.split("=== ").skip(1) {
        let (name, expected) = part.split_once('\n').unwrap();
        let text = if name == "default" { "" } else { presets::find(name).unwrap().text };
        let got = Written::parse(&Source::new(text, name)).unwrap().to_toml().unwrap();
        same_but_for_new_keys(name, &got, expected);
        checked += 1;
    }
    assert_eq!(checked, presets::PRESETS.len() + 1);
}

/// A key that is newer than the text stands there with its default, a renamed metric has its present name, and nothing else
/// differs.
#[track_caller]
fn same_but_for_new_keys(name: &str, got: &str, expected: &str) {
    let mut expected = expected.lines().peekable();
    let mut section = String::new();
    for line in got.lines() {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = format!("{header}.");
        }
        if expected.peek().is_some_and(|&old| old == line || with_present_name(old).as_deref() == Some(line))
        {
            expected.next();
            continue;
        }
        let is_new = line.split_once(" = ").is_some_and(|(key, value)| {
            let key = keys().iter().find(|known| known.path == format!("{section}{key}"));
            key.is_some_and(|key| key.default.as_deref() == Some(value))
        });
        assert!(is_new, "{name}: `{line}` in the place of `{}`", expected.peek().unwrap_or(&""));
    }
    assert_eq!(expected.next(), None, "{name}");
}

/// The line of the metric of the best checkpoint, with the metric's present name.
fn with_present_name(line: &str) -> Option<String> {
    let name = line.strip_prefix("best = \"")?.strip_suffix('"')?;
    Some(format!("best = \"{}\"", Metric::find(name)?))
}
