//! Files and crates have an order. No file uses a file that uses it, and no crate depends on a crate below it in the map of
//! ARCHITECTURE.md. No function outside `kernels` has more arguments than Clippy allows.
//!
//! A file uses another file if its code names an item that the other one defines, also through a re-export. Tests and
//! comments do not count. Calls of methods do not count either, because they need no import.

#![allow(clippy::unwrap_used, unreachable_pub)]

mod circles;
mod items;
mod made_up;
mod modules;
mod tokens;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use circles::{circles, in_words};
use modules::{Modules, Sources};

#[test]
fn no_file_uses_a_file_that_uses_it() {
    let mut wrong = String::new();
    for name in crates() {
        let uses = Modules::of(&sources(&name, "src")).uses();
        let words: String = circles(&uses).iter().map(|circle| in_words(circle, &uses)).collect();
        if words.is_empty() {
            continue;
        }
        wrong += &format!("\ncrates/{name}/src:\n{words}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn crates_depend_on_earlier_lines_of_the_map_alone() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let order = order_of_crates(&map);
    let mut listed = order.clone();
    listed.sort();
    assert_eq!(listed, crates(), "the map in ARCHITECTURE.md and the folders of crates/");
    for (place, name) in order.iter().enumerate() {
        let manifest = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        for dependency in dependencies(&manifest).iter().filter(|other| order.contains(other)) {
            assert!(
                order[..place].contains(dependency),
                "{name} depends on {dependency}, which the map has below it"
            );
        }
    }
}

#[test]
fn long_lists_of_arguments_are_in_kernels_alone() {
    let mut wrong = Vec::new();
    for name in crates().iter().filter(|name| *name != "kernels") {
        for (file, text) in sources(name, "") {
            if tokens::tokens(&text).iter().any(|token| token.is_word("too_many_arguments")) {
                wrong.push(format!("crates/{name}/{file}"));
            }
        }
    }
    assert!(wrong.is_empty(), "files that allow too many arguments: {wrong:?}");
    let limits = fs::read_to_string(root().join("clippy.toml")).unwrap();
    assert!(!limits.contains("too-many-arguments"), "clippy.toml moves the limit");
}

/// The names of the map's crates, in its order: the lines under `crates/` with two spaces before the name.
fn order_of_crates(map: &str) -> Vec<String> {
    let lines =
        map.lines().skip_while(|line| *line != "crates/").skip(1).take_while(|line| line.starts_with("  "));
    let names = lines.filter(|line| !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The packages that a crate's code depends on; those of its tests are left out.
fn dependencies(manifest: &str) -> Vec<String> {
    let table: toml::Table = manifest.parse().unwrap();
    let of = |table: &toml::Table| -> Vec<String> {
        let tables =
            ["dependencies", "build-dependencies"].iter().filter_map(|key| table.get(*key)?.as_table());
        tables.flat_map(|table| table.keys().cloned()).collect()
    };
    let targets = table.get("target").and_then(toml::Value::as_table);
    let of_targets = targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table);
    of_targets.map(of).fold(of(&table), |all, more| [all, more].concat())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names of the folders in `crates/`, in order.
fn crates() -> Vec<String> {
    let entries = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let manifests = entries.filter(|path| path.join("Cargo.toml").is_file());
    let mut names: Vec<String> = manifests.map(|path| name_of(&path)).collect();
    names.sort();
    names
}

/// The Rust files in a folder of a crate.
fn sources(name: &str, folder: &str) -> Sources {
    let mut sources = BTreeMap::new();
    read_sources(&root().join("crates").join(name).join(folder), "", &mut sources);
    sources
}

fn read_sources(folder: &Path, prefix: &str, into: &mut Sources) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = name_of(&path);
        if path.is_dir() {
            read_sources(&path, &format!("{prefix}{name}/"), into);
        } else if name.ends_with(".rs") {
            into.insert(format!("{prefix}{name}"), fs::read_to_string(&path).unwrap());
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
