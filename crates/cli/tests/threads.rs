//! The number of threads changes no byte of a checkpoint.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::PathBuf;

use common::{Place, assert_same_bytes, newest_checkpoint};

fn compare(preset: &str, settings: &[&str]) {
    let place = Place::new();
    let train = |threads: &str| -> PathBuf {
        let out = format!("threads-{threads}");
        let mut arguments = vec!["train", preset, "--quiet", "--threads", threads, "--out", &out];
        for setting in settings {
            arguments.extend(["--set", setting]);
        }
        place.path(place.run(&arguments).folder().to_str().unwrap())
    };
    let one = train("1");
    for threads in ["2", "3"] {
        assert_same_bytes(&newest_checkpoint(&one), &newest_checkpoint(&train(threads)));
    }
}

#[test]
fn small_networks_with_batch_norm_and_penalties() {
    compare("small.toml", &["train.total_images=1600"]);
}

#[cfg(feature = "mnist")]
#[test]
fn the_tutorials_networks() {
    compare("tutorial", &["train.total_images=1024", "train.batch_size=128", "eval.every_images=0"]);
}

#[cfg(feature = "mnist")]
#[test]
fn the_dense_preset() {
    compare("dense", &["train.total_images=512", "eval.every_images=0"]);
}
