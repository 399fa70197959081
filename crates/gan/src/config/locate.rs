//! From a key to the line that wrote it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Splits `generator.layers[2].dense` (or `generator.layers.2.dense`) into its parts.
pub(super) fn segments(key: &str) -> Vec<&str> {
    key.split(['.', '[']).map(|part| part.trim().trim_end_matches(']')).collect()
}

/// The line, from 1, that writes `key`; where it is not written, its closest written ancestor's (a section's
/// header), or `None` if there is no such line.
pub(super) fn line_of(text: &str, key: &str) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let mut segments = segments(key).into_iter();
    let (mut start, mut value) = find(root.get_ref(), segments.next()?)?;
    for segment in segments {
        let next = match value.get_ref() {
            DeValue::Table(table) => find(table, segment),
            DeValue::Array(items) => {
                segment.parse::<usize>().ok().and_then(|i| items.get(i)).map(|item| (item.span().start, item))
            }
            _ => None,
        };
        let Some(found) = next else { break };
        (start, value) = found;
    }
    Some(line_at(text, start))
}

/// Whether the text writes `key` itself.
pub(super) fn writes(text: &str, key: &str) -> bool {
    let Ok(root) = text.parse::<toml::Table>() else { return false };
    let mut node = toml::Value::Table(root);
    for segment in segments(key) {
        let toml::Value::Table(mut table) = node else { return false };
        let Some(next) = table.remove(segment) else { return false };
        node = next;
    }
    true
}

/// The text of the value that `key` is given, as it is written there.
pub(super) fn value_text<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let root = DeTable::parse(text).ok()?;
    let mut segments = segments(key).into_iter();
    let (_, mut value) = find(root.get_ref(), segments.next()?)?;
    for segment in segments {
        let DeValue::Table(table) = value.get_ref() else { return None };
        (_, value) = find(table, segment)?;
    }
    let is_value = !matches!(value.get_ref(), DeValue::Table(_));
    is_value.then(|| &text[value.span()])
}

/// Where the key starts, and its value.
fn find<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<(usize, &'t Spanned<DeValue<'i>>)> {
    table.iter().find(|(k, _)| k.get_ref() == key).map(|(k, value)| (k.span().start, value))
}

/// The line, from 1, of a byte of the text.
pub(super) fn line_at(text: &str, byte: usize) -> usize {
    let end = byte.min(text.len());
    text.as_bytes()[..end].iter().filter(|&&b| b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = \"x\"\n\n[generator]\nlatent = 4\nlayers = [\n  { dense = 2 },\n  \"relu\",\n]\n\
                        [optimizer.generator]\nlr = 1e-3\n";

    #[test]
    fn keys_items_and_sections() {
        assert_eq!(line_of(TEXT, "name"), Some(1));
        assert_eq!(line_of(TEXT, "generator.latent"), Some(4));
        assert_eq!(line_of(TEXT, "generator.layers"), Some(5));
        assert_eq!(line_of(TEXT, "generator.layers[0]"), Some(6));
        assert_eq!(line_of(TEXT, "generator.layers[0].dense"), Some(6));
        assert_eq!(line_of(TEXT, "generator.layers[1]"), Some(7));
        assert_eq!(line_of(TEXT, "optimizer.generator.lr"), Some(10));
    }

    #[test]
    fn what_is_not_written_has_its_sections_line_or_none() {
        assert_eq!(line_of(TEXT, "generator.init"), Some(3));
        assert_eq!(line_of(TEXT, "optimizer.generator.beta1"), Some(9));
        assert_eq!(line_of(TEXT, "train.epochs"), None);
        assert!(writes(TEXT, "generator.latent") && writes(TEXT, "optimizer.generator.lr"));
        assert!(!writes(TEXT, "generator.init") && !writes(TEXT, "train.epochs"));
        assert_eq!(line_of("not toml", "train.epochs"), None);
        assert_eq!(value_text(TEXT, "optimizer.generator.lr"), Some("1e-3"));
        assert_eq!(value_text(TEXT, "generator.layers"), Some("[\n  { dense = 2 },\n  \"relu\",\n]"));
        assert_eq!(value_text(TEXT, "generator"), None);
    }
}
