//! Commands of a block, as a shell splits them into words.

/// The commands of a text, one a line: comments, redirections and what follows a pipe are left out.
///
/// A backslash at a line's end and an open quote continue a command on the next line. `Err` has the line of a quote that is
/// never closed.
pub(super) fn commands(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut commands = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (words, next) = command(rest)?;
        if !words.is_empty() {
            commands.push(words);
        }
        rest = next;
    }
    Ok(commands)
}

/// The words of the first command of a text, and the text after it.
fn command(text: &str) -> Result<(Vec<String>, &str), String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => match chars.next() {
                Some((_, '\n')) | None => {}
                Some((_, escaped)) => word.get_or_insert_default().push(escaped),
            },
            (None, '\n') => {
                words.extend(word);
                return Ok((words, &text[at + 1..]));
            }
            (None, '#' | '>' | '|' | ';' | '&') if c != '#' || word.is_none() => {
                words.extend(word);
                let end = text[at..].find('\n').map_or(text.len(), |line| at + line + 1);
                return Ok((words, &text[end..]));
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    match quote {
        Some(_) => Err(text.lines().next().unwrap_or_default().to_owned()),
        None => {
            words.extend(word);
            Ok((words, ""))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_as_a_shell_does() {
        let text = "a 'b c' \"d 'e'\"f  # no\n\n# none\na#b \\\n  c > out\nd | e\nf --x=\"1\n2\"\n";
        let expected: [&[&str]; 4] = [&["a", "b c", "d 'e'f"], &["a#b", "c"], &["d"], &["f", "--x=1\n2"]];
        assert_eq!(commands(text).unwrap(), expected);
        assert_eq!(commands("a\nb 'c\n"), Err("b 'c".into()));
    }
}
