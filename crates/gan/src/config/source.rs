//! A config's text and what was laid over it: where a refused value came from.

use toml::Table;

use super::error::ConfigError;
use super::key::Kind;
use super::locate::{line_at, line_of, writes};
use super::optimizer_keys::filled;
use super::overlay::Overlay;
use super::overrides::{self, Override};
use super::value;
use super::written::{Written, key_at};

impl Written {
    /// Reads a config and fills in every default.
    ///
    /// # Errors
    /// [`ConfigError::Text`] where the text is not TOML or has an unknown key or a wrong type, with the line and
    /// what was expected; [`ConfigError::Override`] for the same in a value laid over it.
    pub fn parse(source: &Source) -> Result<Written, ConfigError> {
        let mut written = source.read()?;
        let optimizer = &mut written.optimizer;
        optimizer.generator = filled(&optimizer.generator)?;
        optimizer.discriminator = filled(&optimizer.discriminator)?;
        Ok(written)
    }
}

/// TOML text with its name, and what is laid over it.
#[derive(Clone, Debug)]
pub struct Source {
    origin: String,
    text: String,
    overrides: Vec<Override>,
}

impl Source {
    /// `text`, called `origin` in errors: a path, or a preset's name.
    pub fn new(text: impl Into<String>, origin: impl Into<String>) -> Source {
        Source { origin: origin.into(), text: text.into(), overrides: Vec::new() }
    }

    /// Adds `KEY=VALUE` overrides; see [`with_overlays`](Self::with_overlays).
    ///
    /// # Errors
    /// As there.
    pub fn with_overrides(self, texts: &[String]) -> Result<Source, ConfigError> {
        self.with_overlays(&texts.iter().map(Overlay::set).collect::<Vec<_>>())
    }

    /// Adds overlays, the later over the earlier. A value is read by the type of its key: a text as it is, so that
    /// `data.source=mnist` and `data.source=2024` need no quotes; a list or a section as TOML. `generator.layers.2=tanh`
    /// replaces one item of a list, from 0.
    ///
    /// Setting an optimizer's `kind` drops the keys of the text's own that the new kind does not have.
    ///
    /// # Errors
    /// [`ConfigError::Override`] where there is no `=`, a part of the key is empty, or the value is of another type.
    /// Whether the key exists is for [`Written::parse`] to say.
    pub fn with_overlays(mut self, overlays: &[Overlay]) -> Result<Source, ConfigError> {
        for overlay in overlays {
            self.overrides.push(Override::parse(overlay)?);
        }
        Ok(self)
    }

    /// The text's name in errors.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What a user typed that wrote `key`, if it was typed.
    pub fn typed(&self, key: &str) -> Option<&str> {
        self.overrides.iter().rev().find(|o| o.touches(key)).map(|item| item.origin.as_str())
    }

    /// Reads the text, then the text under its overrides.
    fn read(&self) -> Result<Written, ConfigError> {
        let written: Written = toml::from_str(&self.text).map_err(|e| self.reader_error(&e))?;
        if self.overrides.is_empty() {
            return Ok(written);
        }
        let table: Table = toml::from_str(&self.text).map_err(|e| self.reader_error(&e))?;
        overrides::apply(table, &self.overrides)
    }

    /// The error of a rule about `key`, placed at the override that wrote it, or at its line.
    pub(crate) fn refuse(&self, key: &str, message: String, hint: String) -> ConfigError {
        let mut message = message;
        let (origin, line) = match self.overrides.iter().rev().find(|o| o.touches(key)) {
            Some(item) => (item.origin.clone(), None),
            None => {
                let is_value = key_at(key).is_some_and(|key| key.kind != Kind::Section);
                if is_value && !writes(&self.text, key) {
                    message.push_str("; this is its default, as it is not written");
                }
                (self.origin.clone(), line_of(&self.text, key))
            }
        };
        ConfigError::Rule { origin, line, key: key.to_owned(), message, hint }
    }

    fn reader_error(&self, error: &toml::de::Error) -> ConfigError {
        let line = error.span().map(|span| line_at(&self.text, span.start));
        let mut message = error.to_string().trim_end().to_owned();
        let written = line.and_then(|line| self.text.lines().nth(line - 1));
        if let Some(hint) = written.and_then(|written| value::hint(written, &message)) {
            message.push_str(&format!("\n  hint: {hint}"));
        }
        ConfigError::Text { origin: self.origin.clone(), line, message }
    }
}
