//! A value that is laid over a config's text, as it was typed.

/// One value laid over a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// `KEY=VALUE`.
    pub text: String,
    /// What a user typed for it: errors name that.
    pub origin: String,
}

impl Overlay {
    /// `KEY=VALUE`, typed as it is.
    pub fn set(text: impl Into<String>) -> Overlay {
        let text = text.into();
        Overlay { origin: format!("--set {}", cut(&text)), text }
    }

    /// `KEY=VALUE`, which the flag `origin` is short for.
    pub fn short(origin: impl Into<String>, text: impl Into<String>) -> Overlay {
        Overlay { origin: origin.into(), text: text.into() }
    }
}

/// As much of an overlay as an error has room for: those of a sweep can be long.
fn cut(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
