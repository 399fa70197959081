//! Alarms: a run that fails is noticed, and the config decides whether it gets a warning, stops or is rolled back.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Place, assert_same_bytes, checkpoints, events, images_of, newest_checkpoint};

const DIVERGED: i32 = 3;
const UNHEALTHY: i32 = 4;

/// Small weights make images that are nearly the same for all latents.
const ALIKE: &str =
    "generator.layers=[{ dense = 24, init = 'dcgan' }, 'relu', { dense = 36, init = 'dcgan' }, 'tanh']";
/// A generator that stays as it is.
const STILL: &str = "optimizer.generator.lr=1e-30";

fn set<'a>(command: &[&'a str], settings: &[&'a str]) -> Vec<&'a str> {
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    command.iter().copied().chain(settings).collect()
}

#[test]
fn a_rate_beyond_all_measure_is_rolled_back_and_stops_at_the_cap() {
    let place = Place::new();
    let arguments = set(
        &["train", "small.toml", "--quiet"],
        &[
            "optimizer.discriminator.kind=sgd",
            "optimizer.discriminator.lr=1e30",
            "health.non_finite=roll-back",
            "health.max_roll_backs=2",
        ],
    );
    let run = place.run(&arguments).ends_with(DIVERGED);
    assert!(run.stderr.contains("rolled back to 0 images (2), with 0.25 times"), "{}", run.stderr);
    assert!(run.stderr.contains("error: training diverged at"), "{}", run.stderr);
    let folder = place.path("runs/0000-small");
    let alarms = events(&folder, "alarm");
    let actions: Vec<_> = alarms.iter().map(|alarm| alarm["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["roll-back", "roll-back", "stop"]);
    for alarm in &alarms {
        assert_eq!(alarm["kind"], "non-finite");
        assert!(alarm["figures"]["lr_factor"].as_f64().unwrap() > 0.0, "{alarm}");
    }
    let last = alarms[2]["message"].as_str().unwrap();
    assert!(last.ends_with("is not finite; the run was rolled back 2 times already"), "{last}");
    let backs = events(&folder, "roll-back");
    for (i, back) in backs.iter().enumerate() {
        assert_eq!((&back["to_images"], &back["count"]), (&0.into(), &(i + 1).into()));
        assert_eq!(back["lr_factor"].as_f64().unwrap(), 0.5f64.powi(i as i32 + 1));
    }
    assert_eq!(backs.len(), 2);
    assert!(events(&folder, "stop")[0]["reason"].as_str().unwrap().contains("diverged"));
    assert_eq!(checkpoints(&folder).len(), 1, "what it was rolled back to");
}

#[test]
fn an_alarm_that_persists_is_said_once_and_so_is_its_end() {
    let place = Place::new();
    let faster = ["optimizer.generator.lr=3e-3", "optimizer.discriminator.lr=3e-3", "train.epochs=60"];
    let arguments = set(&["train", "small.toml", "--quiet"], &[&[ALIKE][..], &faster].concat());
    let run = place.run(&arguments).ends_with(0);
    let said: Vec<_> = run.stderr.lines().collect();
    assert_eq!(said.len(), 2, "{}", run.stderr);
    assert!(said[0].starts_with("warning: low-diversity at 288 images: generated images are all alike"));
    assert!(said[1].starts_with("low-diversity is over at "), "{}", run.stderr);
    let folder = place.path("runs/0000-small");
    let (alarms, over) = (events(&folder, "alarm"), events(&folder, "alarm-over"));
    assert_eq!((alarms.len(), over.len()), (1, 1));
    assert_eq!((&alarms[0]["kind"], &alarms[0]["action"]), (&"low-diversity".into(), &"warn".into()));
    assert!(alarms[0]["figures"]["ratio"].as_f64().unwrap() < 0.5, "{}", alarms[0]);
    assert!(alarms[0]["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(over[0]["kind"], "low-diversity");
}

#[test]
fn an_alarm_stops_a_run_which_is_saved_and_may_go_on() {
    let place = Place::new();
    let arguments = set(&["train", "small.toml"], &[ALIKE, STILL, "health.low_diversity=stop"]);
    let run = place.run(&arguments).ends_with(UNHEALTHY);
    assert!(run.stdout.starts_with("stopped by an alarm (low-diversity) after 288 images"), "{}", run.stdout);
    assert!(run.stdout.contains("resume runs/0000-small --set health.low_diversity=warn"), "{}", run.stdout);
    let folder = place.path("runs/0000-small");
    assert_eq!(images_of(&newest_checkpoint(&folder)), 288);
    // It persists: the next look stops it again, unless that is no longer wanted.
    place.run(&["resume", "runs", "--quiet"]).ends_with(UNHEALTHY);
    assert_eq!(images_of(&newest_checkpoint(&folder)), 432);
    let on = ["health.low_diversity=warn", "train.total_images=1024"];
    place.run(&set(&["resume", "runs", "--quiet"], &on)).ends_with(0);
    assert_eq!(events(&folder, "alarm").len(), 2);
}

#[test]
fn a_run_without_a_good_checkpoint_left_stops() {
    let place = Place::new();
    let settings = [ALIKE, STILL, "health.low_diversity=roll-back", "health.max_roll_backs=5"];
    // The latest five checkpoints are of the last 80 images.
    let settings = [&settings[..], &["train.checkpoint_images=16"]].concat();
    place.run(&set(&["train", "small.toml", "--quiet"], &settings)).ends_with(UNHEALTHY);
    let alarms = events(&place.path("runs/0000-small"), "alarm");
    let message = alarms[0]["message"].as_str().unwrap();
    assert!(message.ends_with("no checkpoint is from before it began"), "{message}");
    assert_eq!(alarms[0]["action"], "stop");
}

/// The data's judge notices what the pixels do not show.
#[test]
fn a_judge_sees_a_collapse() {
    let place = Place::new();
    let early = ["health.grace_images=64", "health.look_images=64", "health.look_samples=50"];
    let settings = [&early[..], &["health.collapse=stop", "train.batch_size=16"]].concat();
    place.run(&set(&["train", "tutorial", "--quiet"], &settings)).ends_with(UNHEALTHY);
    let alarms = events(&place.path("runs/0000-tutorial"), "alarm");
    let collapse = alarms.iter().find(|alarm| alarm["kind"] == "collapse").unwrap();
    assert_eq!((&collapse["images"], &collapse["action"]), (&128.into(), &"stop".into()));
    assert_eq!(collapse["figures"]["classes"], 10.0);
    assert!(collapse["message"].as_str().unwrap().contains(" of 10 classes are generated"), "{collapse}");
}

/// The lowered rates and the count are in the checkpoint, and what happened is in the log.
#[test]
fn a_run_that_was_rolled_back_resumes_exactly() {
    const BEFORE: &str = "train.total_images=640";
    const END: &str = "train.total_images=2608";
    let place = Place::new();
    let begin = |out: &str| {
        let settings = ["optimizer.discriminator.kind=sgd", "optimizer.discriminator.lr=1e-2", BEFORE];
        place.train(&set(&["--out", out, "--threads", "1"], &settings))
    };
    // A rate that only the roll-back's factor makes bearable again.
    let wild = [
        "optimizer.discriminator.lr=1e10",
        "optimizer.generator.lr=1e9",
        "health.non_finite=roll-back",
        "health.roll_back_lr_factor=1e-12",
    ];
    let (whole, halves) = (begin("whole"), begin("halves"));
    let resume = |run: &str, settings: &[&str]| {
        place.run(&set(&["resume", run, "--quiet", "--threads", "1"], settings)).ends_with(0)
    };
    resume("whole", &[&wild[..], &[END]].concat());
    resume("halves", &[&wild[..], &["train.total_images=1040"]].concat());
    resume("halves", &[END]);
    assert_same_bytes(&newest_checkpoint(&whole), &newest_checkpoint(&halves));
    for run in [&whole, &halves] {
        let backs = events(run, "roll-back");
        assert_eq!(backs.len(), 1);
        assert_eq!((&backs[0]["to_images"], &backs[0]["count"]), (&640.into(), &1.into()));
        assert_eq!(events(run, "alarm").len(), 1);
        let last = events(run, "tick").pop().unwrap();
        assert_eq!(last["lr_factor"].as_f64().unwrap(), 1e-12);
    }
}
