//! Numbers that were not computed.

use std::fs;

use serde_json::{Value, json};

use crate::common::{Place, events, page_data};

const FIGURES: [&str; 11] = [
    "discriminator_loss",
    "generator_loss",
    "penalty",
    "real_logit",
    "fake_logit",
    "real_probability",
    "fake_probability",
    "real_accuracy",
    "fake_accuracy",
    "discriminator_grad_norm",
    "generator_grad_norm",
];

/// Rates so high that after the first step no other moves anything.
const HOPELESS: [&str; 10] = [
    "--set",
    "optimizer.generator.lr=1e30",
    "--set",
    "optimizer.discriminator.lr=1e30",
    "--set",
    "health.non_finite=warn",
    "--set",
    "train.tick_images=160",
    "--total-images",
    "960",
];

#[test]
fn ticks_of_skipped_steps_are_null_and_raise_no_other_alarm() {
    let place = Place::new();
    let plateau =
        ["--set", "train.stop_plateau_ticks=2", "--set", "train.checkpoint_images=0", "--threads", "1"];
    let run = place.train(&[&HOPELESS[..], &plateau].concat());
    let ticks = events(&run, "tick");
    assert_eq!(ticks.len(), 6, "no plateau ends it");
    let last = &ticks[5];
    for name in FIGURES {
        assert_eq!(last[name], Value::Null, "{name}: {last}");
    }
    assert_eq!((&last["skipped_steps"], &last["images"]), (&json!(10), &json!(960)));
    assert!(last["images_per_s"].as_f64().unwrap() > 0.0 && last["lr_factor"].is_number());
    let kinds: Vec<_> = events(&run, "alarm").iter().map(|alarm| alarm["kind"].clone()).collect();
    assert_eq!(kinds, ["non-finite"]);
    assert_eq!(events(&run, "stop")[0]["reason"], "finished");
    // What reads the log copes: a gap in the curves, an empty cell, a null in the report's data.
    let name = run.to_str().unwrap();
    let table = place.run(&["compare", name, "--json", "-o", "compared"]).ends_with(0).stdout;
    let table: Value = serde_json::from_str(&table).unwrap();
    assert_eq!(table["runs"][0]["discriminator_accuracy"], Value::Null);
    place.run(&["report", name, "-o", "page.html"]).ends_with(0);
    let events = page_data(&place.path("page.html"))["events"].clone();
    assert!(
        events
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["event"] == "tick" && event["real_logit"].is_null())
    );
}

#[test]
fn the_console_shows_a_dash_for_what_no_step_computed() {
    let place = Place::new();
    let epochs = ["--set", "train.epochs=3", "--set", "train.checkpoint_images=0"];
    let arguments = [&["train", "small.toml"], &HOPELESS[..8], &epochs].concat();
    let run = place.run(&arguments).ends_with(0);
    let epochs: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("epoch")).collect();
    assert!(epochs.last().unwrap().contains("D -  G -  D right on real - fake -"), "{epochs:?}");
}

#[test]
fn who_is_not_trained_has_no_figures() {
    let place = Place::new();
    let arguments =
        ["--total-images", "320", "--set", "train.tick_images=160", "--set", "train.update=simultaneous"];
    let run = place.train(&[&["--only", "discriminator"], &arguments[..]].concat());
    let last = events(&run, "tick").pop().unwrap();
    assert_eq!((&last["generator_loss"], &last["generator_grad_norm"]), (&Value::Null, &Value::Null));
    assert!(last["discriminator_loss"].is_number() && last["penalty"].is_number(), "{last}");
    assert_eq!(last["skipped_steps"], 0);
    let run = place.train(&[&["--only", "generator"], &arguments[..]].concat());
    let last = events(&run, "tick").pop().unwrap();
    assert_eq!((&last["penalty"], &last["discriminator_grad_norm"]), (&Value::Null, &Value::Null));
    assert!(last["generator_loss"].is_number() && last["discriminator_loss"].is_number(), "{last}");
    assert!(events(&run, "alarm").is_empty());
}

#[test]
fn ticks_of_logs_without_the_new_figures_still_count() {
    let place = Place::new();
    let run = place.train(&[
        "--total-images",
        "640",
        "--set",
        "train.tick_images=320",
        "--set",
        "train.checkpoint_images=320",
    ]);
    let log = run.join("events.jsonl");
    let old = fs::read_to_string(&log).unwrap().replace("\"skipped_steps\":0,", "");
    fs::write(&log, &old).unwrap();
    place.run(&["resume", run.to_str().unwrap(), "--set", "train.total_images=960", "-q"]).ends_with(0);
    assert_eq!(events(&run, "tick").len(), 3);
    place.run(&["compare", run.to_str().unwrap()]).ends_with(0);
}
