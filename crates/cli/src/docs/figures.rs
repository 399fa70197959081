//! Measured figures of both READMEs stand in docs/experiments.md.

use super::read;

/// Measurements in a text's tables: numbers of at least three digits with a decimal point.
fn figures(text: &str) -> Vec<&str> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let words = rows.flat_map(|row| row.split(['|', ' ']));
    let digits = |word: &str| word.chars().filter(char::is_ascii_digit).count();
    words.filter(|word| word.parse::<f64>().is_ok() && word.contains('.') && digits(word) > 2).collect()
}

/// Figures of a text that another text does not have.
fn without_source<'a>(text: &'a str, source: &str) -> Vec<&'a str> {
    let known =
        source.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_end_matches('.'));
    let known: Vec<_> = known.collect();
    figures(text).into_iter().filter(|figure| !known.contains(figure)).collect()
}

#[test]
fn figures_of_the_readmes_are_in_the_notebook() {
    let (english, chinese, notebook) =
        (read("README.md"), read("README.zh-CN.md"), read("docs/experiments.md"));
    assert_eq!(without_source(&english, &notebook), Vec::<&str>::new());
    assert_eq!(figures(&english), figures(&chinese));
    assert!(figures(&english).len() > 10);
}

#[test]
fn a_figure_without_a_source_is_seen() {
    assert_eq!(without_source("| a | 0.145 ms | 0.31 |\n0.999\n", "It was 0.145."), ["0.31"]);
}
