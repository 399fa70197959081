//! How a rule refuses a value, or warns about one.

use super::super::error::ConfigError;
use super::super::source::Source;

/// What every rule works with: where values were written, and the warnings so far.
pub(super) struct Rules<'a> {
    pub(super) source: &'a Source,
    pub(super) warnings: Vec<String>,
}

impl Rules<'_> {
    /// Refuses `key` unless the rule holds.
    pub(super) fn ensure(
        &self,
        holds: bool,
        key: &str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Result<(), ConfigError> {
        if holds { Ok(()) } else { Err(self.source.refuse(key, message.into(), hint.into())) }
    }

    pub(super) fn warn(&mut self, key: &str, message: &str) {
        self.warnings.push(format!("`{key}`: {message}"));
    }
}
