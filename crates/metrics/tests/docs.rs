//! The table of metrics in `docs/metrics.md` is that of the registry.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use metrics::{METRICS, Metric};

const BEGIN: &str = "<!-- metrics: generated -->\n";
const END: &str = "<!-- metrics: end -->\n";

/// One line a metric.
fn table() -> String {
    let row = |metric: &Metric| {
        let Metric { name, compares, aim, means, source, needs_labels, floor, measured, .. } = *metric;
        let labels = if needs_labels { "yes" } else { "" };
        format!("| `{name}` | {compares} | {means} | {aim} | {floor} | {labels} | {measured} | {source} |\n")
    };
    let head = "| metric | compares | value | good | floor | labels | measured by | source |\n|---|---|---|---|---|---|---|---|\n";
    METRICS.iter().map(row).fold(head.to_owned(), |text, row| text + &row)
}

/// `UPDATE_DOCS=1` rewrites the table.
#[test]
fn the_table_is_that_of_the_registry() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (present, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
        return;
    }
    assert!(present == table(), "docs/metrics.md is behind the registry: run this test with UPDATE_DOCS=1");
}

/// The table of faults has its columns in the registry's order.
#[test]
fn names_in_the_text_are_those_of_the_registry() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let text = fs::read_to_string(&path).unwrap();
    let faults = text.lines().find(|line| line.starts_with("| fault |")).unwrap();
    let columns: Vec<&str> =
        faults.split('|').map(str::trim).filter(|cell| !cell.is_empty()).skip(1).collect();
    let named: Vec<Metric> =
        columns.iter().map(|name| Metric::find(name).unwrap_or_else(|| panic!("{name}"))).collect();
    assert!(named.windows(2).all(|pair| pair[0].place() < pair[1].place()), "{named:?}");
}
