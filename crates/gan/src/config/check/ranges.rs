//! The rule of each key alone: its range, and the kinds that it belongs to.

use toml::{Table, Value};

use super::super::error::ConfigError;
use super::super::key::Key;
use super::super::locate::segments;
use super::super::written::{Written, keys};
use super::rules::Rules;

pub(super) fn check(rules: &Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    let table = Table::try_from(written).map_err(|e| ConfigError::Write { message: e.to_string() })?;
    for key in keys() {
        let Some((section, value)) = find(&table, &key.path) else { continue };
        let kind = section.get("kind").and_then(Value::as_str).unwrap_or_default();
        rules.ensure(
            key.kinds.is_empty() || key.kinds.contains(&kind),
            &key.path,
            format!("kind = \"{kind}\" has no `{}`", key.name()),
            format!("leave it out; {kind} has lr, {}", names(key, kind)),
        )?;
        if let Some(message) = key.range.refuses(value) {
            return Err(rules.source.refuse(&key.path, message, key.hint.to_owned()));
        }
    }
    Ok(())
}

/// The keys of `key`'s section that belong to `kind`.
fn names(key: &Key, kind: &str) -> String {
    let own = keys().iter().filter(|other| other.section() == key.section() && other.kinds.contains(&kind));
    own.map(Key::name).collect::<Vec<_>>().join(", ")
}

/// The value at `path`, and the section that holds it.
fn find<'t>(table: &'t Table, path: &str) -> Option<(&'t Table, &'t Value)> {
    let mut parts = segments(path).into_iter();
    let mut found = (table, table.get(parts.next()?)?);
    for part in parts {
        let section = found.1.as_table()?;
        found = (section, section.get(part)?);
    }
    Some(found)
}
