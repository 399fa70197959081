//! The memory that `--dry-run` prints is what training takes.
// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]
// Elsewhere nothing tells the peak.
#![cfg(target_os = "linux")]

mod common;

use std::fs;

use common::Place;
use gan::presets::{PRESETS, Preset};

/// How far the estimate may be from the peak.
const TOLERANCE: f64 = 0.15;

/// Two tests, which run at the same time: much of a short run is the work of one thread.
#[test]
fn the_estimate_is_near_the_measured_peak_for_every_second_preset() {
    near_the_peak(PRESETS.iter().step_by(2));
}

#[test]
fn the_estimate_is_near_the_measured_peak_for_the_other_presets() {
    near_the_peak(PRESETS.iter().skip(1).step_by(2));
}

fn near_the_peak(presets: impl Iterator<Item = &'static Preset>) {
    let place = Place::new();
    for preset in presets {
        // An evaluation weighs most beside small networks; it takes longest, so elsewhere it is a small one.
        let samples = if preset.name == "dense" { 10_000 } else { 1000 };
        let samples = format!("eval.samples={samples}");
        // As large as what may not be there.
        let source = match preset.name {
            "mnist-long-tail" => "data.source=mnist-long-tail",
            "stacked-mnist" => "data.source=stacked-mnist",
            _ => "data.source=mnist",
        };
        let run =
            place.run(&["train", preset.name, "--dry-run", "--set", &samples, "--set", source]).ends_with(0);
        let line = run.stdout.lines().find(|line| line.starts_with("# memory")).unwrap();
        let estimate: f64 = line.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
        let folder = place.path(preset.name);
        let short = format!("train.total_images={}", 2 * 256);
        let arguments = [
            "train",
            preset.name,
            "--set",
            &short,
            "--set",
            &samples,
            "--set",
            source,
            "--threads",
            "2",
            "--quiet",
            "--out",
            folder.to_str().unwrap(),
        ];
        let run = place.run(&arguments).ends_with(0);
        let events = fs::read_to_string(format!("{}/events.jsonl", run.stdout.trim())).unwrap();
        let stop = events.lines().rfind(|line| line.contains("\"event\":\"stop\"")).unwrap();
        let stop: serde_json::Value = serde_json::from_str(stop).unwrap();
        let peak = stop["peak_memory_bytes"].as_f64().unwrap() / 1e6;
        let ratio = estimate / peak;
        assert!((ratio - 1.0).abs() <= TOLERANCE, "{}: {estimate} MB said, {peak:.0} MB taken", preset.name);
    }
}
