//! Why a config was refused.

use thiserror::Error;

/// A config that does not train. Its text names the file or preset, the line, the key, and what would fit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The text is not TOML, or has a key or a type that no experiment has. The message is the TOML reader's own:
    /// it shows the line and names what was expected.
    #[error("{origin}: {message}")]
    Text {
        /// File or preset.
        origin: String,
        /// Line of the text, from 1, where the reader knows it.
        line: Option<usize>,
        /// The reader's words.
        message: String,
    },
    /// An overlay that does not read `KEY=VALUE`, or whose key or type no experiment has.
    #[error("{origin}: {message}")]
    Override {
        /// What a user typed for it.
        origin: String,
        /// `KEY=VALUE`.
        text: String,
        /// What is wrong with it.
        message: String,
    },
    /// A value, or a combination of values, that cannot train.
    #[error("{origin}{}: `{key}`: {message}\n  hint: {hint}", line_suffix(*.line))]
    Rule {
        /// File, preset, or what a user typed that wrote the value.
        origin: String,
        /// Line of the text, from 1: the key's, or its section's where the key is not written.
        line: Option<usize>,
        /// The key, as in `train.batch_size` or `generator.layers[2]`.
        key: String,
        /// What is wrong.
        message: String,
        /// What would fit.
        hint: String,
    },
    /// The config cannot be written as TOML (an integer above 2^63 - 1).
    #[error("the config cannot be written as TOML: {message}")]
    Write {
        /// The TOML writer's words.
        message: String,
    },
}

fn line_suffix(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(":{line}"))
}

impl ConfigError {
    /// The key that a rule refused.
    pub fn key(&self) -> Option<&str> {
        match self {
            ConfigError::Rule { key, .. } => Some(key),
            _ => None,
        }
    }

    /// The line of the text, from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            ConfigError::Text { line, .. } | ConfigError::Rule { line, .. } => *line,
            _ => None,
        }
    }

    /// What would fit. The error's text ends with it already.
    pub fn hint(&self) -> Option<&str> {
        match self {
            ConfigError::Rule { hint, .. } => Some(hint),
            _ => None,
        }
    }
}
