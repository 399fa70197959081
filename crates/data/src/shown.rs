//! Foreign text on a terminal: names of files and classes, configs, logs.
//!
//! A terminal obeys control characters from any source: they set its title, clear it, or overwrite text. Characters that
//! change the direction of writing, or have no width, make one name look like another. Here each is written as its number,
//! `\u{1b}`. `ls` and `git` do the same in their own notation.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

/// Whether a terminal would obey `c` rather than show it, or would show something misleading.
pub fn is_control(c: char) -> bool {
    // C0, DEL and C1; then what has no width, turns the direction, or ends a line, but not what joins letters to a word.
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A name, always as one line.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, &|_| false)
}

/// A path, as a name.
pub fn shown_path(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// Text of lines: line ends and tabs stay.
pub fn shown_lines(text: &str) -> Cow<'_, str> {
    escaped(text, &|c| c == '\n' || c == '\t')
}

fn escaped<'a>(text: &'a str, stays: &dyn Fn(char) -> bool) -> Cow<'a, str> {
    let escapes = |c: char| is_control(c) && !stays(c);
    if !text.contains(escapes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if escapes(c) {
            let _ = write!(out, "{}", c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_as_its_number() {
        for (text, name) in [
            ("plain ü 字 🐈", "plain ü 字 🐈"),
            ("x\x1b[2J\x1b]0;t\x07.png", "x\\u{1b}[2J\\u{1b}]0;t\\u{7}.png"),
            ("a\r\nb\tc\x7f", "a\\u{d}\\u{a}b\\u{9}c\\u{7f}"),
            ("csi \u{9b}31m", "csi \\u{9b}31m"),
            ("gpj.\u{202e}exe\u{2066}\u{200b}", "gpj.\\u{202e}exe\\u{2066}\\u{200b}"),
            // What joins letters is part of words.
            ("👨\u{200d}👩", "👨\u{200d}👩"),
        ] {
            assert_eq!(shown(text), name);
        }
        assert_eq!(shown_lines("a\n\tb\r\x1b"), "a\n\tb\\u{d}\\u{1b}");
        assert_eq!(shown_path(Path::new("a\nb")), "a\\u{a}b");
    }
}
