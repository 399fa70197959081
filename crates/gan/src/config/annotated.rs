//! A config with every key, its meaning, and the comments of the text that it comes from.

use toml::Table;

use super::error::ConfigError;
use super::key::{Key, Kind};
use super::locate::{line_of, value_text};
use super::source::Source;
use super::written::{Written, keys};

/// The whole config of a TOML text, called `origin` in errors: every key with its meaning and range as a comment, and with the
/// text's own comment, which begins with "Here:". It parses to the same config as the text.
///
/// # Errors
/// Those of [`Written::parse`].
pub fn annotated(text: &str, origin: &str) -> Result<String, ConfigError> {
    let written = Written::parse(&Source::new(text, origin))?;
    let whole = Table::try_from(&written).map_err(|e| ConfigError::Write { message: e.to_string() })?;
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    for line in lines.iter().take_while(|line| line.starts_with('#')) {
        out.push_str(&format!("{line}\n"));
    }
    for key in keys() {
        match key.kind {
            // It has only sections.
            Kind::Section if key.path == "optimizer" => {}
            Kind::Section => {
                let comment = with_own_comment(&lines, text, key, &key.doc);
                out.push_str(&format!("\n{comment}[{}]\n", key.path));
            }
            _ => out.push_str(&value(&lines, text, key, &whole)),
        }
    }
    Ok(out.trim_start().to_owned())
}

/// A key with its comments and its value; nothing for a key of another kind of optimizer.
fn value(lines: &[&str], text: &str, key: &Key, whole: &Table) -> String {
    let mut parts = key.section().split('.').filter(|part| !part.is_empty());
    let section = parts.try_fold(whole, |table, part| table.get(part)?.as_table());
    let is_written = section.is_some_and(|section| section.contains_key(key.name()));
    if !is_written && !key.kinds.is_empty() {
        return String::new();
    }
    let takes = match key.default_text() {
        Some(default) => format!("Takes {}. Default: {default}.", key.takes()),
        None => format!("Takes {}. It can be left out.", key.takes()),
    };
    let comment = with_own_comment(lines, text, key, &format!("{}\n{takes}", key.doc));
    let own = value_text(text, &key.path).or(key.default.as_deref());
    match own.filter(|_| is_written) {
        Some(value) => format!("\n{comment}{} = {value}\n", key.name()),
        None => format!("\n{comment}# {} =\n", key.name()),
    }
}

/// `doc` as a comment, and after it the comment that the text has for the key.
fn with_own_comment(lines: &[&str], text: &str, key: &Key, doc: &str) -> String {
    let mut comment = String::new();
    for line in doc.lines() {
        comment.push_str(&format!("# {line}\n"));
    }
    for (i, line) in comment_above(lines, text, &key.path).into_iter().enumerate() {
        let line = line.trim_start_matches('#').trim();
        let begin = if i == 0 { "Here: " } else { "" };
        comment.push_str(&format!("# {begin}{line}\n"));
    }
    comment
}

/// The lines of the comment right above what writes `path`.
fn comment_above<'t>(lines: &[&'t str], text: &str, path: &str) -> Vec<&'t str> {
    let writes = value_text(text, path).is_some() || lines.contains(&format!("[{path}]").as_str());
    let Some(line) = line_of(text, path).filter(|_| writes) else { return Vec::new() };
    let above = lines[..line - 1].iter().rev().take_while(|line| line.starts_with('#'));
    let mut comment: Vec<&str> = above.copied().collect();
    comment.reverse();
    comment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::PRESETS;

    #[test]
    fn every_preset_stays_the_same() {
        for preset in PRESETS {
            let shown = annotated(preset.text, preset.name).unwrap();
            let again = Written::parse(&Source::new(&shown, "shown")).expect(&shown);
            assert_eq!(again, Written::parse(&Source::new(preset.text, preset.name)).unwrap(), "{shown}");
            for line in preset.text.lines().filter(|line| line.trim_start().starts_with("# ")) {
                assert!(shown.contains(line.trim_start_matches(['#', ' '])), "{}: {line}", preset.name);
            }
        }
    }

    #[test]
    fn a_key_has_its_meaning_its_range_and_the_texts_comment() {
        let text = "# About.\n\nname = \"a\"\n\n# Two lines\n# in all.\n[train]\n# Small.\nbatch_size = 4\n";
        let shown = annotated(text, "a.toml").unwrap();
        assert!(shown.starts_with("# About.\n\n# A word for lists and folders.\n"), "{shown}");
        let batch = "# Takes a whole number from 1 up. Default: 64.\n# Here: Small.\nbatch_size = 4\n";
        assert!(shown.contains(batch), "{shown}");
        assert!(shown.contains("\n# Here: Two lines\n# in all.\n[train]\n"), "{shown}");
        assert!(shown.contains("Default: 1e-8.\neps = 0.00000001\n"), "{shown}");
        assert!(shown.contains("It can be left out.\n# r1 =\n"), "{shown}");
        assert!(!shown.contains("weight_decay"), "{shown}");
        let shown_keys = keys().iter().filter(|key| key.kind != Kind::Section && key.kinds.is_empty());
        for key in shown_keys {
            assert!(shown.contains(&format!("{} =", key.name())), "{}", key.path);
        }
    }
}
