//! Tests that keep README and docs/ true: commands, links, languages, the command reference and the config reference.
//!
//! `UPDATE_DOCS=1 cargo test -p ganymede --bin ganymede docs::` rewrites the pages that are generated.

mod commands;
mod config;
mod figures;
mod languages;
mod layers;
mod markdown;
mod reference;
mod shell;

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of a page, by its path from the repository's folder.
fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// All pages for users, by their paths from the repository's folder.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned(), "README.zh-CN.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            pages.push(format!("docs/{name}"));
        }
    }
    pages.sort();
    pages
}

/// Compares a generated page with its file, or writes the file if `UPDATE_DOCS` is set.
#[track_caller]
fn assert_current(page: &str, text: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(page), text).unwrap();
    }
    let written = read(page);
    let shorter = text.lines().count().min(written.lines().count());
    let line = text.lines().zip(written.lines()).position(|(new, old)| new != old).unwrap_or(shorter);
    assert!(
        written == text,
        "{page} differs from the program at line {}; UPDATE_DOCS=1 rewrites it",
        line + 1
    );
}
