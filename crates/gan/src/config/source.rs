//! A config's text and what was laid over it: where a refused value came from.

use toml::Table;

use super::error::ConfigError;
use super::locate::{line_at, line_of};
use super::overrides::{self, Override};
use super::written::Written;

/// TOML text with its name, and the `--set`s over it.
#[derive(Clone, Debug)]
pub struct Source {
    origin: String,
    text: String,
    overrides: Vec<Override>,
}

/// As much of an override as an error has room for: `--image` and sweeps write longer ones than anybody reads.
fn cut(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

impl Source {
    /// `text`, called `origin` in errors: a path, or a preset's name.
    pub fn new(text: impl Into<String>, origin: impl Into<String>) -> Source {
        Source { origin: origin.into(), text: text.into(), overrides: Vec::new() }
    }

    /// Adds `KEY=VALUE` overrides, the later over the earlier. The value is TOML; what is not TOML is text, so
    /// `data.source=mnist` needs no quotes. `generator.layers.2=tanh` replaces one item of a list, from 0.
    ///
    /// Setting an optimizer's `kind` drops the keys of the text's own that the new kind does not have.
    ///
    /// # Errors
    /// [`ConfigError::Override`] where there is no `=` or a part of the key is empty. Whether the key exists is
    /// for [`Written::parse`] to say.
    pub fn with_overrides(mut self, texts: &[String]) -> Result<Source, ConfigError> {
        for text in texts {
            self.overrides.push(Override::parse(text)?);
        }
        Ok(self)
    }

    /// The text's name in errors.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Reads the text, then the text under its overrides.
    pub(super) fn read(&self) -> Result<Written, ConfigError> {
        let written: Written = toml::from_str(&self.text).map_err(|e| self.reader_error(&e))?;
        if self.overrides.is_empty() {
            return Ok(written);
        }
        let table: Table = toml::from_str(&self.text).map_err(|e| self.reader_error(&e))?;
        overrides::apply(table, &self.overrides)
    }

    /// The error of a rule about `key`, placed at the `--set` that wrote it, or at its line.
    pub(crate) fn refuse(&self, key: &str, message: String, hint: String) -> ConfigError {
        let (origin, line) = match self.overrides.iter().rev().find(|o| o.touches(key)) {
            Some(item) => (format!("--set {}", cut(&item.text)), None),
            None => (self.origin.clone(), line_of(&self.text, key)),
        };
        ConfigError::Rule { origin, line, key: key.to_owned(), message, hint }
    }

    fn reader_error(&self, error: &toml::de::Error) -> ConfigError {
        ConfigError::Text {
            origin: self.origin.clone(),
            line: error.span().map(|span| line_at(&self.text, span.start)),
            message: error.to_string().trim_end().to_owned(),
        }
    }
}
