//! Runs side by side.

mod curves;
mod group;
mod run;
mod scores;
mod table;

use metrics::Score;
use metrics::registry::MAIN;

use crate::hints::Hint;

pub(crate) use self::run::Run;
pub(crate) use curves::write_figures;
pub(crate) use group::{Group, groups, median};
pub(crate) use table::{columns, rows};

/// Warnings about scores that do not compare.
pub(crate) fn warnings(runs: &[Run], groups: &[Group]) -> Vec<String> {
    let mut warnings = Vec::new();
    let unlike = |mut values: Vec<String>| {
        values.sort();
        values.dedup();
        (values.len() > 1).then(|| values.join(", "))
    };
    let data = runs.iter().filter_map(|run| run.config.data().map(str::to_owned));
    if let Some(data) = unlike(data.collect()) {
        warnings.push(format!("the runs learned from different data ({data}): their scores do not compare"));
    }
    for group in groups {
        let mut seeds: Vec<i64> = group.runs.iter().filter_map(|&run| runs[run].config.seed()).collect();
        let all = seeds.len();
        seeds.sort_unstable();
        seeds.dedup();
        if seeds.len() < all {
            warnings.push(format!(
                "{}: {all} runs of one config have {} seeds: the median counts repeated runs twice",
                group.label,
                seeds.len()
            ));
        }
    }
    let evals = || runs.iter().flat_map(|run| run.log.evals());
    let judges = evals().filter(|eval| !eval.judge_sha256.is_empty());
    let judges = judges.map(|eval| eval.judge_sha256.chars().take(12).collect()).collect();
    if let Some(judges) = unlike(judges) {
        warnings.push(format!(
            "the runs were evaluated by different judges ({judges}): their scores do not compare{}",
            Hint::OneJudge
        ));
    }
    let names = evals().filter_map(|eval| eval.score(MAIN)).map(Score::name);
    if let Some(names) = unlike(names.collect()) {
        warnings.push(format!(
            "the runs were evaluated with different numbers of images ({names}): most scores depend on them"
        ));
    }
    warnings
}
