//! The report as text and as JSON.

use judge::Report;
use judge::evaluate::{ClassScore, Leak, Leaks, LeftOut, MemoryScore};
use metrics::Score;
use metrics::registry::{COVERAGE, DIVERSITY, FD, PRECISION};
use serde_json::json;

use crate::output::{self, Quiet, grouped, note, number, table};

pub(super) fn json(target: &str, report: &Report) -> anyhow::Result<()> {
    let mut text = json!(report);
    text["target"] = json!(target);
    Ok(output::document(format!("{text:#}"))?)
}

pub(super) fn tables(target: &str, report: &Report) -> anyhow::Result<()> {
    let judge = &report.judge;
    let accuracy =
        judge.accuracy.map_or_else(|| ", not examined".to_owned(), |a| format!(", {:.2}% right", 100.0 * a));
    output::line(format!(
        "{target}: {} images of each kind, compared with {}",
        grouped(report.samples as u64),
        report.data
    ))?;
    output::line(format!("judge: {} ({}{accuracy})\n", judge.data, &judge.sha256[..12]))?;
    let head = ["metric", "value", "floor"].map(str::to_owned).to_vec();
    let rows: Vec<_> = [head].into_iter().chain(report.scores.iter().map(score)).collect();
    output::raw(table(&rows).as_bytes())?;
    if !report.left_out.is_empty() {
        output::line("")?;
    }
    for LeftOut { metric, reason } in &report.left_out {
        output::line(format!("left out: {metric}: {reason}"))?;
    }
    if let Some(memory) = &report.memory {
        output::line(format!("\nmemory: {}", verdict(memory)))?;
    }
    if let Some(leaks) = report.leaks.as_ref().filter(|leaks| leaks.count > 0) {
        output::line(format!("\nleaks: {}", leaked(leaks)))?;
    }
    if !report.classes.is_empty() {
        output::line("")?;
        output::raw(table(&by_class(report)).as_bytes())?;
    }
    for text in &report.notes {
        note(Quiet(false), &format!("note: {text}"));
    }
    Ok(())
}

/// A row for each class, under a heading.
fn by_class(report: &Report) -> Vec<Vec<String>> {
    let asked = report.classes.iter().any(|class| class.accuracy.is_some());
    let mut head = ["class", "images", "expected"].map(str::to_owned).to_vec();
    head.push(format!("{FD} (floor)"));
    head.extend([COVERAGE, PRECISION, DIVERSITY].map(|metric| metric.to_string()));
    if asked {
        head.push("right".into());
    }
    [head].into_iter().chain(report.classes.iter().map(class)).collect()
}

fn score(score: &Score) -> Vec<String> {
    let value = match score.deviation {
        Some(deviation) => format!("{} ±{}", number(score.value), number(deviation)),
        None => number(score.value),
    };
    vec![score.name(), value, score.floor.map_or_else(String::new, number)]
}

fn class(class: &ClassScore) -> Vec<String> {
    let beside = |value: Option<f64>, floor: Option<f64>, text: fn(f64) -> String| match (value, floor) {
        (Some(value), Some(floor)) => format!("{} ({})", text(value), text(floor)),
        (Some(value), None) => text(value),
        (None, _) => "-".to_owned(),
    };
    let share = |value: f64| format!("{value:.2}");
    let mut row = vec![
        class.name.clone().unwrap_or_else(|| class.class.to_string()),
        grouped(class.generated as u64),
        format!("{:.0}", class.expected),
        beside(class.frechet, class.frechet_floor, number),
        beside(class.coverage, class.coverage_floor, share),
        beside(class.precision, class.precision_floor, share),
        beside(class.diversity, class.diversity_floor, share),
    ];
    if let Some(accuracy) = class.accuracy {
        row.push(format!("{:.1}%", 100.0 * accuracy));
    }
    row
}

/// Test images that are training images: how many, and the first of them.
fn leaked(leaks: &Leaks) -> String {
    let count = grouped(leaks.count as u64);
    let mut text = format!(
        "{count} of {} test images are training images, pixel for pixel; they do not count in the memory test, but in all \
         other scores",
        grouped(leaks.test as u64)
    );
    for Leak { test, training } in &leaks.pairs {
        text += &format!("\n  {test} of the test split is {training} of the training split");
    }
    match leaks.count - leaks.pairs.len() {
        0 => text,
        more => format!("{text}\n  and {} more", grouped(more as u64)),
    }
}

fn verdict(memory: &MemoryScore) -> String {
    let near = format!(
        "{:.1}% of {} generated images are nearer to a training image than 99% of {} test images are",
        100.0 * memory.near,
        grouped(memory.generated as u64),
        grouped(memory.test as u64)
    );
    match memory.copied {
        Some(true) => format!("COPIED. {near}"),
        Some(false) => format!("not copied. {near}"),
        None => format!(
            "no verdict: of training images with a little noise only {:.0}% were noticed",
            100.0 * memory.control
        ),
    }
}
