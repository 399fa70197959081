//! N + M steps are N steps, a stop, and M steps: the same bytes in the last checkpoint.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Place, assert_same_bytes, images_of, newest_checkpoint};

/// Neither ends an epoch (288 images), a tick (1000) or a checkpoint's interval (64).
const STOP: &str = "train.total_images=1040";
const END: &str = "train.total_images=2608";

#[test]
fn a_stop_by_images_leaves_no_trace() {
    let place = Place::new();
    let whole = place.train(&["--out", "whole", "--set", END, "--threads", "1"]);
    let halves = place.train(&["--out", "halves", "--set", STOP, "--threads", "1"]);
    assert_eq!(images_of(&newest_checkpoint(&halves)), 1040);
    let resumed = place.run(&["resume", "halves", "--set", END, "--threads", "1", "--quiet"]).folder();
    assert_eq!(place.path(resumed.to_str().unwrap()), halves);
    assert_same_bytes(&newest_checkpoint(&whole), &newest_checkpoint(&halves));
    let grid = |run: &std::path::Path| run.join("samples/0000002608.png");
    assert_same_bytes(&grid(&whole), &grid(&halves));
}

#[test]
fn an_earlier_checkpoint_leads_to_the_same_end() {
    let place = Place::new();
    let run = place.train(&["--set", END, "--threads", "1"]);
    let end = std::fs::read(newest_checkpoint(&run)).unwrap();
    let earlier = common::checkpoints(&run)[1].clone();
    let name = images_of(&earlier).to_string();
    std::fs::remove_file(newest_checkpoint(&run)).unwrap();
    place.run(&["resume", "runs", "--checkpoint", &name, "--quiet"]).ends_with(0);
    assert!(std::fs::read(newest_checkpoint(&run)).unwrap() == end);
}

#[test]
fn from_an_earlier_checkpoint_on_the_later_course_is_gone() {
    let place = Place::new();
    let run = place.train(&["--set", END]);
    let earlier = images_of(&common::checkpoints(&run)[1]);
    let end = format!("train.total_images={}", earlier + 16);
    place
        .run(&["resume", "runs", "--checkpoint", &earlier.to_string(), "--set", &end, "--quiet"])
        .ends_with(0);
    // Of five checkpoints to keep the newest would be those that were left.
    assert_eq!(images_of(&newest_checkpoint(&run)), earlier + 16);
    let latest = std::fs::read_to_string(run.join("checkpoints/latest")).unwrap();
    assert_eq!(run.join("checkpoints").join(latest.trim()), newest_checkpoint(&run));
    assert!(!run.join("samples/0000002608.png").exists());
}

#[test]
fn what_time_ended_goes_on_by_images_at_the_rates_of_its_new_length() {
    let place = Place::new();
    let run = place.train(&["--time", "0.8s", "--set", "train.schedule=linear"]);
    let total = images_of(&newest_checkpoint(&run)) + 4000;
    let total = format!("train.total_images={total}");
    let sets = ["--set", "train.max_seconds=0.0", "--set", &total, "--quiet"];
    place.run(&[&["resume", "runs"][..], &sets].concat()).ends_with(0);
    let events = std::fs::read_to_string(run.join("events.jsonl")).unwrap();
    let (_, after) = events.rsplit_once("\"start\"").unwrap();
    let factors: Vec<f64> = after
        .lines()
        .filter_map(|line| line.split_once("\"lr_factor\":")?.1.split(',').next()?.parse().ok())
        .collect();
    // The last tick may stand at the end.
    assert!(factors.len() >= 3 && factors[0] > 0.0 && factors[1] > 0.0, "{factors:?}");
}

#[test]
fn a_finished_run_says_so_and_how_to_go_on() {
    let place = Place::new();
    let run = place.train(&["--set", "train.total_images=320"]);
    let before = std::fs::read(run.join("events.jsonl")).unwrap();
    let said = place.run(&["resume", "runs"]).ends_with(0).stdout;
    assert!(said.contains("finished: it has shown 320 images"), "{said}");
    assert!(said.contains("--set train.total_images=640"), "{said}");
    assert_eq!(std::fs::read(run.join("events.jsonl")).unwrap(), before);
    let said = place
        .run(&["resume", "runs", "--set", "train.total_images=0", "--set", "train.epochs=1"])
        .ends_with(0);
    assert!(said.stdout.contains("--set train.epochs=2"), "{}", said.stdout);
}

#[test]
fn time_is_counted_over_all_processes() {
    let place = Place::new();
    place.train(&["--time", "0.2s"]);
    let said = place.run(&["resume", "runs"]).ends_with(0).stdout;
    assert!(said.contains("at the end of its time") && said.contains("--time "), "{said}");
    let said = place.run(&["resume", "runs", "--time", "1.5s"]).ends_with(0).stdout;
    assert!(said.starts_with("time is up after"), "{said}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_the_step_saves_and_leaves_no_trace() {
    let place = Place::new();
    let mut child = place.spawn(&["train", "small.toml", "--out", "stopped", "--threads", "1"]);
    let run = place.path("stopped/0000-small");
    common::wait_until("a checkpoint", || !common::checkpoints(&run).is_empty());
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let events = std::fs::read_to_string(run.join("events.jsonl")).unwrap();
    assert!(events.lines().last().unwrap().contains("interrupted"), "{events}");
    let stopped_at = images_of(&newest_checkpoint(&run));
    let end = format!("train.total_images={}", stopped_at + 1600);
    place.run(&["resume", "stopped", "--set", &end, "--quiet"]).ends_with(0);
    let whole = place.train(&["--out", "whole", "--set", &end]);
    assert_same_bytes(&newest_checkpoint(&whole), &newest_checkpoint(&run));
}
