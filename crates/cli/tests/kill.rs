//! A process that is killed at any moment leaves a complete checkpoint, and the resumed run has the same end.

#![cfg(unix)]
// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{Place, assert_same_bytes, checkpoints, images_of, newest_checkpoint, wait_until};
use run::{CheckpointChoice, RunFolder};

const KILLS: u64 = 20;

/// Milliseconds in 0..150, spread over the range (the golden ratio's multiples); what they hit is chance enough.
fn delay(kill: u64) -> Duration {
    Duration::from_micros(kill.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 150_000)
}

#[test]
fn kill_9_at_random_moments() {
    let place = Place::new();
    // Two steps between checkpoints: most of the time is spent writing them.
    let often = ["--set", "train.checkpoint_images=32"];
    let first = [&["train", "small.toml", "--out", "killed", "--threads", "1"], &often[..]].concat();
    let run = place.path("killed/0000-small");
    let mut child = place.spawn(&first);
    wait_until("the first checkpoint", || !checkpoints(&run).is_empty());
    let mut seen = 0;
    for kill in 0..KILLS {
        std::thread::sleep(delay(kill));
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it was killed the {kill}th time");
        child.kill().unwrap();
        child.wait().unwrap();
        let folder = RunFolder::open(&run).unwrap();
        let checkpoint = folder.read_checkpoint(&CheckpointChoice::Latest).unwrap();
        let images = checkpoint.state().progress.images;
        assert!(images >= seen, "kill {kill}: from {seen} images back to {images}");
        seen = images;
        child = place.spawn(&["resume", "killed", "--threads", "1"]);
        // Every other time until it trains, so that the run gets on; else it may be killed before.
        if kill % 2 == 0 {
            wait_until("the run to go on", || newest_checkpoint(&run) > folder.checkpoint_path(seen));
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let end = format!("train.total_images={}", images_of(&newest_checkpoint(&run)) + 320);
    place.run(&["resume", "killed", "--quiet", "--set", &end]).ends_with(0);
    let whole = place.train(&[&["--out", "whole", "--set", &end], &often[..]].concat());
    assert_same_bytes(&newest_checkpoint(&whole), &newest_checkpoint(&run));
    let events = std::fs::read_to_string(run.join("events.jsonl")).unwrap();
    assert!(events.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{events}");
}
