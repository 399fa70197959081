//! What the text after `KEY=` means: it is read by the type of its key.
//!
//! | key | value |
//! |---|---|
//! | text, or one of a few words | the text as it is; quotes around it, TOML's, are optional |
//! | whole number | `64`, `1_000`, `0x40`; `1e5` and `64.0`, which are whole |
//! | number | `1e-4`, `1`, `.5` |
//! | true or false | `true`, `false` |
//! | list or section, or an item of a list | TOML; what is not TOML is text |

use toml::Value;

use super::key::Kind;
use super::written::key_at;

/// Largest float whose neighbours are whole numbers as well.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// The value of `text` for the key `path`, or what would fit.
///
/// # Errors
/// A message that names what the key takes.
pub(super) fn read(path: &[String], text: &str) -> Result<Value, String> {
    let toml = || text.parse::<Value>();
    let path = path.join(".");
    let refuse = |expected: &str| Err(format!("`{path}` takes {expected}, not `{text}`"));
    match key_at(&path).map(|key| &key.kind) {
        Some(Kind::Text | Kind::Words(_)) => Ok(Value::String(unquoted(text))),
        Some(Kind::Whole) => match whole(text) {
            Some(n) if n >= 0 => Ok(Value::Integer(n)),
            _ => refuse("a whole number from 0 up"),
        },
        Some(Kind::Number) => match number(text) {
            Some(n) => Ok(Value::Float(n)),
            None => refuse("a number"),
        },
        Some(Kind::Switch) => match text {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => refuse("true or false"),
        },
        Some(Kind::Section | Kind::Layers) | None => {
            Ok(toml().unwrap_or_else(|_| Value::String(text.to_owned())))
        }
    }
}

/// A text without the quotes around it, if it is a TOML string as a whole.
fn unquoted(text: &str) -> String {
    match text.starts_with(['"', '\'']).then(|| text.parse::<Value>()) {
        Some(Ok(Value::String(inner))) => inner,
        _ => text.to_owned(),
    }
}

fn whole(text: &str) -> Option<i64> {
    if let Ok(Value::Integer(n)) = text.parse::<Value>() {
        return Some(n);
    }
    if let Ok(n) = text.parse::<i64>() {
        return Some(n);
    }
    number(text).filter(|n| n.fract() == 0.0 && n.abs() <= MAX_EXACT).map(|n| n as i64)
}

fn number(text: &str) -> Option<f64> {
    match text.parse::<Value>() {
        Ok(Value::Float(n)) => Some(n),
        Ok(Value::Integer(n)) => Some(n as f64),
        _ => text.parse().ok(),
    }
}

/// What would fit in a config file's line, where the reader found a value of another type.
pub(super) fn hint(line: &str, message: &str) -> Option<String> {
    let (key, value) = line.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    let found = message.split("invalid type: ").nth(1)?;
    let (found, expected) = found.split_once(", expected ")?;
    let bare = value.trim_matches(['"', '\'']);
    let whole_number = ["u64", "u32", "usize", "i64"].iter().any(|kind| expected.starts_with(kind));
    if expected.starts_with("a string") {
        // Quotes within would need TOML's escapes.
        let fits = !value.is_empty() && !value.contains(['"', '\\', '#']);
        return fits.then(|| format!("a text has quotes: {key} = \"{value}\""));
    }
    if whole_number && found.starts_with("floating point") {
        return whole(value).map(|n| format!("a whole number has no point and no exponent: {key} = {n}"));
    }
    let is_text = found.starts_with("string");
    let fits = match expected {
        _ if whole_number => whole(bare).is_some(),
        _ if expected.starts_with("f64") => number(bare).is_some(),
        _ if expected.starts_with("a boolean") => ["true", "false"].contains(&bare),
        _ => false,
    };
    (is_text && fits).then(|| format!("without quotes: {key} = {bare}"))
}

#[cfg(test)]
mod tests {
    use super::super::written::keys;
    use super::*;

    fn value(key: &str, text: &str) -> Result<Value, String> {
        read(&key.split('.').map(str::to_owned).collect::<Vec<_>>(), text)
    }

    fn keys_of(kind: &Kind) -> Vec<&'static str> {
        let all = keys()
            .iter()
            .filter(|key| key.kind == *kind || matches!((kind, &key.kind), (Kind::Text, Kind::Words(_))));
        all.map(|key| key.path.as_str()).collect()
    }

    /// Texts that TOML reads as something else, or not at all.
    const TEXTS: [&str; 30] = [
        "2024",
        "32",
        "-1",
        "007",
        "true",
        "inf",
        "nan",
        "-inf",
        "1e5",
        "0x10",
        "1_000",
        "1.5",
        "2024-01-01",
        "2024-01-01 10:00:00",
        "10:30:00",
        "[a]",
        "[1, 2]",
        "{x}",
        "{ x = 1 }",
        "a=b",
        "a,b",
        "a b",
        "C:\\new",
        "a\\",
        "it's",
        "say \"x\"",
        "\"a\" and \"b\"",
        "# a",
        "",
        "été 猫",
    ];

    #[test]
    fn every_text_key_takes_every_text_as_it_is() {
        let texts = keys_of(&Kind::Text);
        assert!(texts.len() >= 15, "{texts:?}");
        for key in texts {
            for text in TEXTS {
                assert_eq!(value(key, text), Ok(Value::String(text.into())), "{key}={text}");
            }
            assert_eq!(value(key, "\" 2024\\n\""), Ok(Value::String(" 2024\n".into())), "{key}");
            assert_eq!(value(key, "'C:\\new'"), Ok(Value::String("C:\\new".into())), "{key}");
        }
    }

    #[test]
    fn every_number_key_takes_numbers_however_they_are_written() {
        let (whole, numbers, switches) =
            (keys_of(&Kind::Whole), keys_of(&Kind::Number), keys_of(&Kind::Switch));
        assert!(whole.len() >= 20 && numbers.len() >= 30 && switches.len() >= 4);
        for key in whole {
            for (text, n) in
                [("64", 64), ("1_000", 1000), ("1e5", 100_000), ("64.0", 64), ("0x10", 16), ("007", 7)]
            {
                assert_eq!(value(key, text), Ok(Value::Integer(n)), "{key}={text}");
            }
            for text in ["-1", "1.5", "1e300", "nan", "inf", "true", "", "\"5\"", "5 6", "2024-01-01"] {
                let error = value(key, text).unwrap_err();
                assert_eq!(error, format!("`{key}` takes a whole number from 0 up, not `{text}`"));
            }
        }
        for key in numbers {
            for (text, n) in [("1e-4", 1e-4), ("1", 1.0), (".5", 0.5), ("5.", 5.0), ("1_000", 1000.0)] {
                assert_eq!(value(key, text), Ok(Value::Float(n)), "{key}={text}");
            }
            for text in ["", "many", "true", "1,5", "2024-01-01"] {
                assert!(value(key, text).unwrap_err().contains("takes a number"), "{key}={text}");
            }
        }
        for key in switches {
            assert_eq!(value(key, "true"), Ok(Value::Boolean(true)));
            assert!(value(key, "1").unwrap_err().contains("takes true or false"), "{key}");
        }
    }

    #[test]
    fn lists_and_sections_are_toml() {
        assert!(value("generator.layers", "[{ dense = 1 }]").unwrap().is_array());
        assert_eq!(value("generator.layers.0.dense", "64"), Ok(Value::Integer(64)));
        assert_eq!(value("generator.layers.1", "relu"), Ok(Value::String("relu".into())));
        assert!(value("data", "{ source = \"x\" }").unwrap().is_table());
    }
}
