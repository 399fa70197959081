//! Runs of one experiment: their configs differ in the seed only.

use super::run::Run;

/// Runs of one experiment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) label: String,
    /// Places of its runs.
    pub(crate) runs: Vec<usize>,
}

/// The runs by experiment, in the order in which each first occurs.
pub(crate) fn groups(runs: &[Run]) -> Vec<Group> {
    let mut groups: Vec<(toml::Table, Group)> = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        let config = run.config.without_seed();
        // A config that cannot be read equals no other.
        let known = groups.iter_mut().find(|(other, _)| !config.is_empty() && *other == config);
        match known {
            Some((_, group)) => group.runs.push(i),
            None => groups.push((config, Group { label: run.label.clone(), runs: vec![i] })),
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    for group in groups.iter_mut().filter(|group| group.runs.len() > 1) {
        group.label = format!("{} and {} more seeds", group.label, group.runs.len() - 1);
        if group.runs.len() == 2 {
            group.label = format!("{} and {}", runs[group.runs[0]].label, runs[group.runs[1]].label);
        }
    }
    groups
}

/// The median; the mean of the middle two for an even number of values; `None` without values.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (n, middle) = (values.len(), values.len() / 2);
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
    }
}
