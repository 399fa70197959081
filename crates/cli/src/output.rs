//! Writing that does not panic: standard output for results, standard error for everything else.
//!
//! `println!` panics if its reader closes the pipe. Here that is an ordinary error, which ends the program quietly.
//!
//! What is written may hold foreign text: names of files and classes, configs, logs. All text passes
//! through here, and control characters are escaped ([`data::shown_lines`]). Only [`error`] and [`picture`] write control
//! characters of their own.

use std::env;
use std::io::{self, IsTerminal, Write};

use data::{shown, shown_lines};

/// Whether the user asked for silence on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quiet(pub(crate) bool);

/// Writes `text` and a line end to standard output.
pub(crate) fn line(text: impl AsRef<str>) -> io::Result<()> {
    write_line(&shown_lines(text.as_ref()))
}

/// Writes JSON or TOML and a line end to standard output. Control characters are escaped as in both formats, `\u009b`.
pub(crate) fn document(text: impl AsRef<str>) -> io::Result<()> {
    let mut escaped = String::with_capacity(text.as_ref().len());
    for c in text.as_ref().chars() {
        match c {
            '\n' | '\t' => escaped.push(c),
            _ if data::is_control(c) => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => escaped.push(c),
        }
    }
    write_line(&escaped)
}

fn write_line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")
}

/// Writes text of whole lines to standard output, without a line end of its own.
pub(crate) fn raw(text: &[u8]) -> io::Result<()> {
    let text = String::from_utf8_lossy(text);
    io::stdout().lock().write_all(shown_lines(&text).as_bytes())
}

/// Writes a line to standard error, unless quiet. Nothing can be done if that fails.
pub(crate) fn note(quiet: Quiet, text: &str) {
    if !quiet.0 {
        let _ = writeln!(io::stderr(), "{}", shown_lines(text));
    }
}

/// Writes an error's text to standard error.
pub(crate) fn error(text: &str) {
    let label = if io::stderr().is_terminal() && colors() { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
    let _ = writeln!(io::stderr(), "{label} {}", shown_lines(text));
}

/// Writes a picture of half blocks to standard error, unless quiet: its colours are control sequences.
pub(crate) fn picture(quiet: Quiet, text: &str) {
    if !quiet.0 {
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// Whether colours are wanted: `NO_COLOR` unset or empty (<https://no-color.org>).
pub(crate) fn colors() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A table with a heading: the first column to the left, the others to the right. Each cell is one line.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            match column {
                0 => line.push_str(&format!("{cell:<width$}")),
                _ => line.push_str(&format!("  {cell:>width$}")),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A whole number in groups of three.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Four decimals at most, and more for small numbers, so that they are not 0.
pub(crate) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e6 {
        return format!("{value:.0}");
    }
    match value.abs() {
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.3}"),
        size if size >= 1e-3 => format!("{value:.4}"),
        _ => format!("{value:.1e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (60_000, "60,000"), (1_506_448, "1,506,448")];
        for (n, text) in cases {
            assert_eq!(grouped(n), text);
        }
    }

    #[test]
    fn tables_align() {
        let row = |cells: &[&str]| cells.iter().map(|&c| c.to_owned()).collect::<Vec<_>>();
        assert_eq!(table(&[row(&["a", "count"]), row(&["long", "7"])]), "a     count\nlong      7\n");
    }

    #[test]
    fn small_numbers_are_short() {
        let cases =
            [(10.0, "10"), (1234.56, "1234.6"), (12.3456, "12.346"), (0.95, "0.9500"), (-3.21e-5, "-3.2e-5")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }
}
