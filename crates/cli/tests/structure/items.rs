//! The items of a module: what it defines, what it imports, and which paths its code names.

use super::tokens::{Token, behind_group, tokens};

/// What stands in a module.
#[derive(Debug, Default)]
pub struct Items {
    /// Names that are defined here: functions, types, traits, constants, macros.
    pub defined: Vec<String>,
    /// `mod name;`
    pub files: Vec<String>,
    /// `mod name { … }`
    pub inline: Vec<(String, Items)>,
    pub imports: Vec<Import>,
    /// Paths in code, each as its segments: `a::b::f` and the single words. Fields and methods are left out.
    pub paths: Vec<Vec<String>>,
}

/// One name of a `use` item.
#[derive(Debug, PartialEq, Eq)]
pub struct Import {
    /// The path that is imported. The last segment is `*` for a glob.
    pub path: Vec<String>,
    /// The name that it has here.
    pub name: String,
    /// `pub use` of any visibility: a re-export.
    pub public: bool,
}

/// The items of a source file, without those that only tests have.
pub fn items(source: &str) -> Items {
    let mut items = Items::default();
    read_items(&tokens(source), &mut items);
    items
}

fn read_items(tokens: &[Token], into: &mut Items) {
    let mut at = 0;
    while at < tokens.len() {
        at = read_item(tokens, at, into);
    }
}

/// Reads the item at `at`; returns the index behind it.
fn read_item(tokens: &[Token], start: usize, into: &mut Items) -> usize {
    let (code, for_tests) = behind_attributes(tokens, start);
    let end = behind_item(tokens, code);
    if for_tests {
        return end;
    }
    read_code(&tokens[start..code], into);
    let (at, public) = behind_visibility(tokens, code);
    let item = &tokens[at.min(end)..end];
    let qualifiers = (0..item.len()).take_while(|&i| is_qualifier(item, i)).count();
    let item = &item[qualifiers..];
    if item.is_empty() {
        return end;
    }
    let name = item.get(1).and_then(Token::word);
    match (item[0].word(), name) {
        (Some("use"), _) => read_use(&item[1..], public, into),
        (Some("mod"), Some(name)) => match item.get(2) {
            Some(Token::Mark('{')) => {
                let mut inner = Items::default();
                read_items(&item[3..item.len() - 1], &mut inner);
                into.inline.push((name.to_owned(), inner));
            }
            _ => into.files.push(name.to_owned()),
        },
        (Some("macro_rules"), _) => {
            into.defined.extend(item.get(2).and_then(Token::word).map(str::to_owned));
            read_code(&item[1..], into);
        }
        (Some("fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static"), Some(name)) => {
            let name = if name == "mut" { item.get(2).and_then(Token::word) } else { Some(name) };
            into.defined.extend(name.map(str::to_owned));
            read_code(&item[1..], into);
        }
        _ => read_code(item, into),
    }
    end
}

/// Whether the token at `at` stands before an item's keyword: `unsafe`, `extern "C"`, the `const` of `const fn`.
fn is_qualifier(item: &[Token], at: usize) -> bool {
    let before_function = |next: &Token| matches!(next.word(), Some("fn" | "unsafe" | "async" | "extern"));
    match &item[at] {
        Token::Word(word) if word == "const" => item.get(at + 1).is_some_and(before_function),
        Token::Word(word) => matches!(word.as_str(), "unsafe" | "async" | "extern"),
        other => *other == Token::Literal,
    }
}

/// The index behind all attributes, and whether one of them is `cfg(test)`.
fn behind_attributes(tokens: &[Token], mut at: usize) -> (usize, bool) {
    let mut for_tests = false;
    while tokens.get(at).is_some_and(|t| t.is_mark('#')) {
        let open = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|t| t.is_mark('!')));
        let end = behind_group(tokens, open);
        let inner = &tokens[open.min(end)..end];
        let has = |word: &str| inner.iter().any(|t| t.is_word(word));
        for_tests |= inner.get(1).is_some_and(|t| t.is_word("cfg")) && has("test") && !has("not");
        at = end;
    }
    (at, for_tests)
}

fn behind_visibility(tokens: &[Token], at: usize) -> (usize, bool) {
    if !tokens.get(at).is_some_and(|t| t.is_word("pub")) {
        return (at, false);
    }
    let restricted = tokens.get(at + 1).is_some_and(|t| t.is_mark('('));
    (if restricted { behind_group(tokens, at + 1) } else { at + 1 }, true)
}

/// The index behind an item, a statement, a field or an arm that begins at `at`.
fn behind_item(tokens: &[Token], at: usize) -> usize {
    let (start, _) = behind_visibility(tokens, at);
    let keyword = (start..tokens.len()).find(|&at| !is_qualifier(tokens, at));
    let keyword = keyword.and_then(|at| tokens[at].word());
    let is_item = matches!(
        keyword,
        Some("fn" | "struct" | "enum" | "union" | "trait" | "impl" | "mod" | "macro_rules")
    );
    // A constant's value, or an import, may hold braces.
    let is_closed_by_mark = matches!(keyword, Some("use" | "const" | "static" | "type" | "let"));
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Mark(';') => return at + 1,
            Token::Mark(',') if !is_item && !is_closed_by_mark => return at + 1,
            Token::Mark('{') if !is_closed_by_mark => return behind_group(tokens, at),
            Token::Mark('(' | '[' | '{') => at = behind_group(tokens, at),
            Token::Mark(')' | ']' | '}') => return at,
            _ => at += 1,
        }
    }
    tokens.len()
}

/// Paths and imports in code.
fn read_code(tokens: &[Token], into: &mut Items) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            Token::Mark('#') => {
                let (code, for_tests) = behind_attributes(tokens, at);
                at = if for_tests { behind_item(tokens, code) } else { at + 1 };
            }
            Token::Word(word) if word == "use" => {
                let end = behind_item(tokens, at);
                read_use(&tokens[at + 1..end], false, into);
                at = end;
            }
            Token::Word(_) => at = read_path(tokens, at, into),
            _ => at += 1,
        }
    }
}

/// A path at `at`, unless it is a field, a method or a local's name behind `let`; returns the index behind it.
fn read_path(tokens: &[Token], at: usize, into: &mut Items) -> usize {
    let mut path = Vec::new();
    let mut end = at;
    while let Some(Token::Word(word)) = tokens.get(end) {
        path.push(word.clone());
        end += 1;
        if tokens.get(end) != Some(&Token::PathSeparator)
            || tokens.get(end + 1).and_then(Token::word).is_none()
        {
            break;
        }
        end += 1;
    }
    let before = at.checked_sub(1).map(|i| &tokens[i]);
    let is_member = before.is_some_and(|t| {
        t.is_mark('.') && !(at > 1 && tokens[at - 2].is_mark('.'))
            || *t == Token::PathSeparator
            || t.is_word("fn")
            || t.is_word("let")
    });
    // A lower-case word alone is most often a local; as a name of another file it is called.
    let is_called = matches!(tokens.get(end), Some(Token::Mark('(' | '!') | Token::PathSeparator));
    let is_type = path[0].chars().next().is_some_and(char::is_uppercase);
    if !is_member && (path.len() > 1 || is_called || is_type) {
        into.paths.push(path);
    }
    end
}

fn read_use(tokens: &[Token], public: bool, into: &mut Items) {
    let mut at = 0;
    read_tree(tokens, &mut at, &[], public, into);
}

/// One tree of a `use` item: `a::b`, `a::{b, c::d as e}`, `a::*`, `{self, …}`; moves `at` behind it.
fn read_tree(tokens: &[Token], at: &mut usize, before: &[String], public: bool, into: &mut Items) {
    let mut path = before.to_vec();
    let mut name = None;
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token {
            Token::PathSeparator => {
                // `::a` is another crate, whatever `a` is here: no name is empty.
                if path.is_empty() {
                    path.push(String::new());
                }
                continue;
            }
            Token::Mark('{') => {
                while tokens.get(*at).is_some_and(|t| !t.is_mark('}')) {
                    read_tree(tokens, at, &path, public, into);
                    *at += usize::from(tokens.get(*at).is_some_and(|t| t.is_mark(',')));
                }
                *at += 1;
                return;
            }
            Token::Mark('*') => path.push("*".to_owned()),
            Token::Word(word) => path.push(word.clone()),
            _ => return,
        }
        match tokens.get(*at) {
            Some(Token::PathSeparator) => {}
            Some(Token::Word(word)) if word == "as" => {
                name = tokens.get(*at + 1).and_then(Token::word);
                *at += 2;
                break;
            }
            _ => break,
        }
    }
    // `a::{self}` names `a`.
    if path.len() > 1 && path.last().is_some_and(|segment| segment == "self") {
        path.pop();
    }
    let Some(last) = path.last() else { return };
    let name = name.unwrap_or(last).to_owned();
    into.imports.push(Import { path, name, public });
}
