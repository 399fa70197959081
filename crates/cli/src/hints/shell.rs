//! Words quoted for a shell.

use std::path::Path;

/// A word, in quotes if a shell would split or change it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:,@=%".contains(c);
    let escaped = |c: char| match c {
        '\'' => "\\'".to_owned(),
        '\\' => "\\\\".to_owned(),
        // Escapes are not sent to a terminal.
        c if c.is_control() => {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().map(|byte| format!("\\x{byte:02x}")).collect()
        }
        c => c.to_string(),
    };
    if word.chars().any(char::is_control) {
        format!("$'{}'", word.chars().map(escaped).collect::<String>())
    } else if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A path as an argument that cannot be read as a flag.
pub(crate) fn path(path: &Path) -> String {
    let text = path.display().to_string();
    if text.starts_with('-') { format!("./{text}") } else { text }
}

/// `KEY=VALUE` of a text, in TOML's quotes if it would be read as another type.
pub(crate) fn set_text(key: &str, text: &str) -> String {
    if text.trim() != text || text.starts_with(['"', '\'']) {
        format!("{key}={}", toml::Value::String(text.to_owned()))
    } else {
        format!("{key}={text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_take_them_apart() {
        for plain in ["runs/0003-dense/config.toml", "data.source=x", "été", "-n"] {
            assert_eq!(quoted(plain), plain);
        }
        assert_eq!(quoted("my runs/it's"), "'my runs/it'\\''s'");
        for word in ["", "a b", "a$b", "a*", "~", "a;b", "a\"b", "#a", "!x", "fd<5"] {
            assert_eq!(quoted(word), format!("'{word}'"));
        }
        assert_eq!(quoted("a\x1b[1m'"), "$'a\\x1b[1m\\''");
        assert_eq!(path(Path::new("-x")), "./-x");
        assert_eq!(set_text("a", " x"), "a=\" x\"");
        assert_eq!(set_text("a", "2024"), "a=2024");
    }
}
