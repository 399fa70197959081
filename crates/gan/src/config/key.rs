//! What is known of a key: one row of the table that the sections' definitions make.

use std::fmt;

use super::range::Range;

/// One key of a config, or a section of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// From the top, joined by dots: `optimizer.generator.lr`.
    pub path: String,
    /// What it takes.
    pub kind: Kind,
    /// Its value where none is written, as TOML; `None`: it can be left out, and has no value then.
    pub default: Option<String>,
    /// Which numbers it takes.
    pub range: Range,
    /// A usual value; errors about the range end with it.
    pub hint: &'static str,
    /// What it means. Lines are joined by a line feed.
    pub doc: String,
    /// The values of the `kind` beside it that it belongs to; none: it belongs to every one.
    pub kinds: Vec<&'static str>,
}

impl Key {
    /// The part of the path after the last dot.
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// The path of the section; "" for a key at the top.
    pub fn section(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// What it takes in words: its range if it has one, else its kind.
    pub fn takes(&self) -> String {
        if self.range == Range::All { self.kind.to_string() } else { self.range.to_string() }
    }

    /// Its default as one would write it: `1e-8`, where TOML has 0.00000001.
    pub fn default_text(&self) -> Option<String> {
        let default = self.default.as_ref()?;
        match default.parse::<f64>() {
            Ok(x) if self.kind == Kind::Number && x > 0.0 && x < 1e-3 => Some(format!("{x:e}")),
            _ => Some(default.clone()),
        }
    }
}

/// What a key takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Keys of its own.
    Section,
    /// Text.
    Text,
    /// One of these words.
    Words(Vec<&'static str>),
    /// A whole number from 0 up.
    Whole,
    /// A number.
    Number,
    /// `true` or `false`.
    Switch,
    /// A list of layers.
    Layers,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Section => f.write_str("a section"),
            Kind::Text => f.write_str("text"),
            Kind::Words(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                f.write_str(&words.join(", "))
            }
            Kind::Whole => f.write_str("a whole number"),
            Kind::Number => f.write_str("a number"),
            Kind::Switch => f.write_str("true or false"),
            Kind::Layers => f.write_str("a list of layers"),
        }
    }
}
