//! Circles: files that use each other in a loop.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::modules::Use;

/// The circles among files, each as its files in order of their names: the strongly connected components of more than one.
pub fn circles(uses: &[Use]) -> Vec<BTreeSet<String>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Use { from, to, .. } in uses {
        next.entry(from).or_default().insert(to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        next.keys().map(|&file| (file, reached_from(file, &next))).collect();
    let meets = |a: &str, b: &str| reached.get(a).is_some_and(|files| files.contains(b));
    let mut circles = BTreeSet::new();
    for (&file, files) in reached.iter().filter(|(file, files)| files.contains(*file)) {
        let circle: BTreeSet<String> =
            files.iter().filter(|other| meets(other, file)).map(|&f| f.to_owned()).collect();
        circles.insert(circle);
    }
    circles.into_iter().collect()
}

/// The files that are reached from a file by one or more uses.
fn reached_from<'a>(file: &'a str, next: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        open.extend(next.get(file).into_iter().flatten().filter(|&&to| reached.insert(to)));
    }
    reached
}

/// A circle in words: a line for each pair of its files that are tied, with the names.
pub fn in_words(circle: &BTreeSet<String>, uses: &[Use]) -> String {
    let mut pairs: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for Use { from, to, name } in uses.iter().filter(|u| circle.contains(&u.from) && circle.contains(&u.to)) {
        pairs.entry((from, to)).or_default().push(name);
    }
    let mut words = format!("a circle of {} files:\n", circle.len());
    for ((from, to), names) in pairs {
        let _ = writeln!(words, "    {from} uses {to}: {}", names.join(", "));
    }
    words
}
