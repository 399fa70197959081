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
    /// `KEY=VALUE`. Errors name the text itself.
    pub fn set(text: impl Into<String>) -> Overlay {
        let text = text.into();
        Overlay { origin: cut(&text), text }
    }

    /// `KEY=VALUE`. Errors name `origin`, what a user typed for it.
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
