//! Faults that users met, or could have met: each test is named after what it shows. The table of their kinds is
//! docs/robustness.md.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod files;
mod folders;
mod identity;
mod messages;
mod not_computed;
mod numbers;
mod outputs;
mod runs;
mod terminal;

/// A few steps.
const SHORT: [&str; 4] = ["--total-images", "64", "--set", "train.warmup_images=0"];
