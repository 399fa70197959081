//! The keys that an optimizer's kind has, and their defaults.

use toml::{Table, Value};

use super::choices::OptimizerKind;
use super::error::ConfigError;
use super::key::Key;
use super::sections::OptimizerSection;
use super::written::keys;

/// The keys that `kind` has beside `kind` and `lr`.
pub(super) fn keys_of(kind: OptimizerKind) -> impl Iterator<Item = &'static Key> {
    // Both players have the same keys.
    let own = move |key: &&Key| key.section() == "optimizer.generator" && key.kinds.contains(&kind.name());
    keys().iter().filter(own)
}

/// The section with the defaults of its kind's keys.
///
/// # Errors
/// [`ConfigError::Write`] where TOML cannot hold it.
pub(super) fn filled(section: &OptimizerSection) -> Result<OptimizerSection, ConfigError> {
    let mut table = Table::try_from(section).map_err(|e| ConfigError::Write { message: e.to_string() })?;
    for key in keys_of(section.kind) {
        let default = key.default.as_deref().and_then(|text| text.parse::<Value>().ok());
        if let Some(default) = default
            && !table.contains_key(key.name())
        {
            table.insert(key.name().to_owned(), default);
        }
    }
    table.try_into().map_err(|e: toml::de::Error| ConfigError::Write { message: e.to_string() })
}
