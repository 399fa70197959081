//! `KEY=VALUE`: one value laid over a config's text.

use toml::{Table, Value};

use super::choices::OptimizerKind;
use super::error::ConfigError;
use super::locate::segments;
use super::optimizer_keys::keys_of;
use super::overlay::Overlay;
use super::value;
use super::written::Written;

/// One overlay, read.
#[derive(Clone, Debug)]
pub(super) struct Override {
    /// `KEY=VALUE`.
    pub(super) text: String,
    /// What a user typed for it.
    pub(super) origin: String,
    path: Vec<String>,
    value: Value,
}

impl Override {
    /// Reads `a.b.c=value`, the value by the type of its key ([`value`]). Items of a list are numbered from 0:
    /// `generator.layers.2=tanh`.
    ///
    /// # Errors
    /// [`ConfigError::Override`] where there is no `=`, a part of the key is empty, or the value is of another type than
    /// the key.
    pub(super) fn parse(overlay: &Overlay) -> Result<Override, ConfigError> {
        let Overlay { text, origin } = overlay;
        let refuse = |message: &str| ConfigError::Override {
            origin: origin.clone(),
            text: text.clone(),
            message: message.to_owned(),
        };
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| refuse("expected KEY=VALUE, as in optimizer.generator.lr=1e-4"))?;
        let path: Vec<String> = segments(key).into_iter().map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(refuse("a part of the key is empty; expected KEY=VALUE, as in train.batch_size=64"));
        }
        let value = value::read(&path, value.trim()).map_err(|message| refuse(&message))?;
        Ok(Override { text: text.clone(), origin: origin.clone(), path, value })
    }

    /// Whether this writes `key`, a part of it, or a table or list that holds it.
    pub(super) fn touches(&self, key: &str) -> bool {
        self.path.iter().zip(segments(key)).all(|(own, other)| own == other)
    }

    /// The player whose optimizer's kind this writes.
    fn optimizer_kind(&self) -> Option<(&str, OptimizerKind)> {
        match self.path.as_slice() {
            [optimizer, player, kind] if optimizer == "optimizer" && kind == "kind" => {
                let kind = OptimizerKind::ALL.iter().find(|k| self.value.as_str() == Some(k.name()))?;
                Some((player, *kind))
            }
            _ => None,
        }
    }

    fn error(&self, message: impl Into<String>) -> ConfigError {
        ConfigError::Override {
            origin: self.origin.clone(),
            text: self.text.clone(),
            message: message.into(),
        }
    }

    fn write(&self, root: &mut Table) -> Result<(), ConfigError> {
        let Some((last, parents)) = self.path.split_last() else { return Ok(()) };
        let mut node = root;
        let mut walked = String::new();
        for (depth, segment) in parents.iter().enumerate() {
            walked.push_str(if depth == 0 { "" } else { "." });
            walked.push_str(segment);
            let child = node.entry(segment.as_str()).or_insert_with(|| Value::Table(Table::new()));
            match child {
                Value::Table(table) => node = table,
                Value::Array(items) => return self.write_item(items, &walked, &self.path[depth + 1..]),
                _ => return Err(self.error(format!("`{walked}` is a value, not a section"))),
            }
        }
        node.insert(last.clone(), self.value.clone());
        Ok(())
    }

    /// Replaces one item of a list, or one key of an item.
    fn write_item(&self, items: &mut [Value], list: &str, rest: &[String]) -> Result<(), ConfigError> {
        let count = items.len();
        let item = rest
            .first()
            .and_then(|index| index.parse::<usize>().ok())
            .and_then(|index| items.get_mut(index))
            .ok_or_else(|| {
                self.error(format!(
                    "`{list}` is a list of {count} items, numbered from 0: {list}.0=.. is its first"
                ))
            })?;
        match rest {
            [_] => *item = self.value.clone(),
            [index, key] => match item {
                Value::Table(table) => {
                    table.insert(key.clone(), self.value.clone());
                }
                _ => return Err(self.error(format!("`{list}.{index}` is a value, not a table"))),
            },
            _ => return Err(self.error(format!("nothing in `{list}` lies that deep"))),
        }
        Ok(())
    }
}

/// Lays the overrides over `table`, checking after each that the whole still reads as a config, so that an error
/// names the override at fault.
///
/// An optimizer's `kind` comes first, whatever the order given. A new kind drops the keys of the text's own that it
/// does not have (`alpha`, for `adam`) and keeps the others (`lr`); a key set beside it is never dropped.
pub(super) fn apply(mut table: Table, overrides: &[Override]) -> Result<Written, ConfigError> {
    let (kinds, others): (Vec<_>, Vec<_>) = overrides.iter().partition(|o| o.optimizer_kind().is_some());
    let mut written = Written::default();
    for item in kinds.into_iter().chain(others) {
        if let Some((player, kind)) = item.optimizer_kind() {
            drop_foreign_keys(&mut table, player, kind);
        }
        item.write(&mut table)?;
        written = table.clone().try_into().map_err(|e: toml::de::Error| {
            // The reader's context ("in `train`") follows on lines of its own.
            item.error(e.to_string().trim().replace('\n', " "))
        })?;
    }
    Ok(written)
}

fn drop_foreign_keys(table: &mut Table, player: &str, kind: OptimizerKind) {
    let section = table
        .get_mut("optimizer")
        .and_then(Value::as_table_mut)
        .and_then(|optimizer| optimizer.get_mut(player))
        .and_then(Value::as_table_mut);
    if let Some(section) = section {
        section
            .retain(|name, _| name == "kind" || name == "lr" || keys_of(kind).any(|key| key.name() == name));
    }
}
