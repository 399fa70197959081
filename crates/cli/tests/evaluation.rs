//! Evaluation during training: its log, the best checkpoint, the stop at a target, and that it does not change the training.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Place, Run, checkpoints, events, images_of, newest_checkpoint};
use serde_json::Value;

const EMBEDDING: &str = "generator.layers=[{ class-embedding = 4 }, { dense = 24 }, \"batch-norm\", \"relu\", { dense = 36 }, \"tanh\"]";
const PROJECTION: &str = "discriminator.layers=[{ dense = 24 }, { leaky-relu = 0.2 }, \"projection-head\"]";

/// Images between two evaluations: whole batches, but no whole epochs (400 images).
const EVERY: u64 = 480;
const END: u64 = 5 * EVERY;

/// A judge of bars, and the settings of a run that it judges. Checkpoints come by themselves at the end only.
fn judged() -> (Place, Vec<String>) {
    let place = Place::new();
    let source = place.bars();
    place
        .run(&["judge", "train", "--data", &source, "-o", "judge.safetensors", "--epochs", "8", "--quiet"])
        .ends_with(0);
    let settings = [
        format!("data.source={source}"),
        "eval.judge=judge.safetensors".to_owned(),
        "eval.samples=120".to_owned(),
        format!("eval.every_images={EVERY}"),
        format!("train.total_images={END}"),
        "train.checkpoint_images=0".to_owned(),
    ];
    (place, settings.into())
}

fn run(place: &Place, command: &[&str], settings: &[String], more: &[&str]) -> Run {
    let settings = settings.iter().flat_map(|setting| ["--set", setting.as_str()]);
    let arguments: Vec<&str> = command.iter().copied().chain(settings).chain(more.iter().copied()).collect();
    place.run(&arguments)
}

fn train(place: &Place, settings: &[String], more: &[&str]) -> Run {
    run(place, &["train", "small.toml"], settings, more)
}

fn score<'a>(scores: &'a Value, name: &str) -> &'a Value {
    let mut all = scores.as_array().unwrap().iter();
    all.find(|score| score["name"] == name).unwrap_or_else(|| panic!("no {name} in {scores}"))
}

fn fd(evaluation: &Value) -> f64 {
    fd_of(evaluation, "fd120")
}

fn fd_of(evaluation: &Value, name: &str) -> f64 {
    score(&evaluation["scores"], name)["value"].as_f64().unwrap()
}

fn images(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["images"].as_u64().unwrap()).collect()
}

/// The checkpoint that is named the best.
fn best(folder: &Path) -> PathBuf {
    let name = fs::read_to_string(folder.join("checkpoints/best")).unwrap();
    folder.join("checkpoints").join(name.trim())
}

/// What a checkpoint holds beside its config: the tensors' names and shapes, and their bytes.
fn tensors(checkpoint: &Path) -> (Value, Vec<u8>) {
    let file = fs::read(checkpoint).unwrap();
    let (length, rest) = file.split_at(8);
    let (header, data) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    header.as_object_mut().unwrap().remove("__metadata__");
    (header, data.to_vec())
}

#[test]
fn evaluations_are_logged_told_and_the_best_checkpoint_is_kept() {
    let (place, settings) = judged();
    let conditional = ["--set", EMBEDDING, "--set", PROJECTION, "--set", "train.keep_checkpoints=1"];
    let told = train(&place, &settings, &conditional).ends_with(0);
    let folder = place.path("runs/0000-small");
    let evaluations = events(&folder, "eval");
    assert_eq!(images(&evaluations), [480, 960, 1440, 1920, 2400]);
    let judge = place.run(&["judge", "show", "judge.safetensors", "--json"]).ends_with(0);
    let judge: Value = serde_json::from_str(&judge.stdout).unwrap();
    let (mut lowest, mut lowest_at, mut seconds) = (f64::MAX, 0, 0.0);
    for evaluation in &evaluations {
        assert_eq!((&evaluation["judge"], &evaluation["judge_sha256"]), (&judge["data"], &judge["sha256"]));
        assert_eq!(evaluation["samples"], 120);
        assert!(score(&evaluation["scores"], "label-accuracy120")["floor"].as_f64().unwrap() > 0.9);
        let classes = evaluation["classes"].as_array().unwrap();
        let generated = classes.iter().map(|class| class["generated"].as_u64().unwrap());
        assert_eq!((classes.len(), generated.sum::<u64>()), (3, 120));
        assert!(classes[2]["class"] == 2 && classes[2]["accuracy"].is_f64(), "{classes:?}");
        assert!((classes[0]["expected"].as_f64().unwrap() - 40.2).abs() < 0.01, "{classes:?}");
        assert_eq!(evaluation["best"], fd(evaluation) < lowest, "{evaluation}");
        if fd(evaluation) < lowest {
            (lowest, lowest_at) = (fd(evaluation), evaluation["images"].as_u64().unwrap());
        }
        assert!(evaluation["eval_seconds"].as_f64().unwrap() > 0.0);
        assert!(evaluation["seconds"].as_f64().unwrap() > seconds);
        seconds = evaluation["seconds"].as_f64().unwrap();
    }
    // The newest and the best, and no other that was the best for a while.
    let mut kept = vec![lowest_at, END];
    kept.dedup();
    assert_eq!(checkpoints(&folder).iter().map(|path| images_of(path)).collect::<Vec<_>>(), kept);
    assert_eq!(images_of(&best(&folder)), lowest_at);
    assert!(told.stderr.contains("eval 480 images: fd120 "), "{}", told.stderr);
    assert!(told.stderr.contains("label accuracy "), "{}", told.stderr);
    let epoch = told.stderr.lines().find(|line| line.starts_with("epoch 6/6")).unwrap();
    assert!(epoch.contains("fd120 ") && epoch.contains("(floor "), "{epoch}");
    assert!(told.stdout.contains("coverage120"), "{}", told.stdout);
    assert_eq!(told.stdout.contains("--checkpoint best"), lowest_at != END, "{}", told.stdout);

    // `eval` gives the same scores for the same weights.
    for (checkpoint, evaluation) in
        [("best", evaluations.iter().rfind(|e| e["best"] == true)), ("2400", evaluations.last())]
    {
        let arguments =
            ["eval", "runs", "--judge", "judge.safetensors", "-n", "120", "--json", "--checkpoint"];
        let report = place.run(&[&arguments[..], &[checkpoint]].concat()).ends_with(0);
        let report: Value = serde_json::from_str(&report.stdout).unwrap();
        let (evaluation, mut compared) = (evaluation.unwrap(), 0);
        for own in evaluation["scores"].as_array().unwrap() {
            let other = score(&report["scores"], own["name"].as_str().unwrap());
            assert_eq!((&own["value"], &own["floor"]), (&other["value"], &other["floor"]), "{own}");
            compared += 1;
        }
        assert_eq!(compared, 11);
    }
    for command in [&["sample", "runs", "-n", "9"][..], &["d-scores", "runs", "-n", "50"]] {
        place.run(&[command, &["--checkpoint", "best"]].concat()).ends_with(0);
    }
}

#[test]
fn eval_holds_what_a_run_trained_on_for_training_images_whatever_the_split() {
    let place = Place::new();
    let sets = ["data.split=test", "train.max_seconds=0", "train.total_images=64", "eval.samples=200"]
        .map(|set| ["--set", set]);
    place.run(&[&["train", "mnist", "--quiet"][..], &sets.concat()].concat()).ends_with(0);
    let logged = events(&place.path("runs/0000-mnist"), "eval");
    let report = place.run(&["eval", "runs", "-n", "200", "--json"]).ends_with(0);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert!(report.to_string().contains("no test split"), "{report}");
    assert_eq!(fd_of(&report, "fd200"), fd_of(logged.last().unwrap(), "fd200"));
}

#[test]
fn a_run_has_the_same_tensors_with_evaluation_and_without() {
    let (place, settings) = judged();
    let train = |out: &str, every: &str| {
        let run = train(&place, &settings, &["--out", out, "--quiet", "--eval", every]);
        place.path(run.folder().to_str().unwrap())
    };
    let (with, without) = (train("with", "160"), train("without", "0"));
    assert_eq!(events(&with, "eval").len(), 15);
    assert_eq!(events(&without, "eval").len(), 0);
    let last = |run: &Path| tensors(&newest_checkpoint(run));
    assert!(last(&with) == last(&without), "evaluation changed the run");
    let losses = |run: &Path| -> Vec<Value> {
        events(run, "tick").iter().map(|tick| tick["discriminator_loss"].clone()).collect()
    };
    assert_eq!(losses(&with), losses(&without));
}

#[test]
fn a_target_ends_a_run_and_a_resumed_run_goes_on_as_if_it_had_not() {
    let (place, settings) = judged();
    train(&place, &settings, &["--out", "whole", "--quiet"]).ends_with(0);
    let stopped = train(&place, &settings, &["--out", "stopped", "--until", "fd<1e9"]).ends_with(0);
    assert!(stopped.stdout.contains("target reached after 480 images"), "{}", stopped.stdout);
    assert!(stopped.stdout.contains("--set eval.until="), "{}", stopped.stdout);
    let again = place.run(&["resume", "stopped"]).ends_with(0);
    assert!(again.stdout.contains("at its target, fd<1000000000: fd120 "), "{}", again.stdout);

    place.run(&["resume", "stopped", "--until", "", "--quiet"]).ends_with(0);
    let folder = |out: &str| place.path(out).join("0000-small");
    let told = |out: &str| -> Vec<Value> {
        let evaluations = events(&folder(out), "eval").into_iter();
        evaluations.map(|e| serde_json::json!([e["images"], e["scores"], e["classes"], e["best"]])).collect()
    };
    assert_eq!(told("stopped"), told("whole"));
    assert_eq!(best(&folder("stopped")).file_name(), best(&folder("whole")).file_name());
    let last = |out: &str| tensors(&newest_checkpoint(&folder(out)));
    assert!(last("stopped") == last("whole"));
}

#[test]
fn a_plateau_of_the_metric_ends_a_run() {
    let (place, settings) = judged();
    // Nothing moves: no evaluation after the first is better.
    let still = ["optimizer.generator.lr=1e-30", "optimizer.discriminator.lr=1e-30", "eval.plateau_evals=2"];
    let still: Vec<&str> = still.iter().flat_map(|setting| ["--set", setting]).collect();
    let stopped = train(&place, &settings, &still).ends_with(0);
    assert!(stopped.stdout.contains("metric on a plateau after 1,440 images"), "{}", stopped.stdout);
    let folder = place.path("runs/0000-small");
    assert_eq!(images_of(&best(&folder)), EVERY);
    let again = place.run(&["resume", "runs"]).ends_with(0);
    assert!(again.stdout.contains("on a plateau of its metric"), "{}", again.stdout);
    assert!(again.stdout.contains("--set eval.plateau_evals=0"), "{}", again.stdout);

    // Back to the best: what was after it is forgotten, and the count with it.
    let back = ["resume", "runs", "--checkpoint", "best", "--quiet", "--set", "train.total_images=960"];
    place.run(&back).ends_with(0);
    assert_eq!(images(&events(&folder, "eval")), [480, 960]);
    assert_eq!(images_of(&best(&folder)), EVERY);
}

/// `fd` was called `fjd` in earlier versions.
#[test]
fn an_earlier_name_of_a_metric_is_understood_with_one_note() {
    let (place, settings) = judged();
    let note = "`fjd` is now called `fd`";
    let notes = |stderr: &str| stderr.matches(note).count();
    let earlier = ["--set", "eval.best=fjd", "--until", "fjd<0"];
    let run = train(&place, &settings, &earlier).ends_with(0);
    assert_eq!(notes(&run.stderr), 1, "{}", run.stderr);
    let folder = place.path("runs/0000-small");
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(config.contains("best = \"fjd\"") && config.contains("until = \"fjd<0\""), "{config}");
    let trained = events(&folder, "eval");
    assert!(fd(trained.last().unwrap()) > 0.0 && trained[0]["best"] == true, "{trained:?}");

    // A log of an earlier version: names alone.
    let log = fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let mut earlier = String::new();
    for line in log.lines() {
        let mut event: Value = serde_json::from_str(line).unwrap();
        for score in event["scores"].as_array_mut().into_iter().flatten() {
            let name = score["name"].as_str().unwrap().replace("fd1", "fjd1");
            *score = serde_json::json!({ "name": name, "value": score["value"], "floor": score["floor"] });
        }
        earlier += &format!("{event}\n");
    }
    fs::write(folder.join("events.jsonl"), earlier).unwrap();
    let resumed = place.run(&["resume", "runs", "--set", "train.total_images=2880"]).ends_with(0);
    assert_eq!(notes(&resumed.stderr), 1, "{}", resumed.stderr);
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(config.contains("best = \"fjd\""), "{config}");
    let compared = place.run(&["compare", "runs", "--json"]).ends_with(0);
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    let lowest = trained.iter().map(fd).fold(f64::MAX, f64::min);
    assert!(compared["runs"][0]["best_fd"].as_f64().unwrap() <= lowest, "{compared}");
}

#[test]
fn a_dry_run_says_what_is_planned_and_what_cannot_be_is_refused() {
    let (place, settings) = judged();
    let plan = train(&place, &settings, &["--dry-run", "--until", "fd120<3"]).ends_with(0).stdout;
    let line = plan.lines().find(|line| line.starts_with("# evaluation")).unwrap();
    for said in
        ["every 480 images", "120 images of each kind", "judge bars (", "best by fd", "stops at fd120<3"]
    {
        assert!(line.contains(said), "{said}: {line}");
    }
    let none = place.run(&["train", "small.toml", "--dry-run"]).ends_with(0).stdout;
    assert!(none.lines().any(|line| line == "# evaluation          none"), "{none}");

    let get_one = "hint: ganymede judge train --data";
    let unjudged = train(&place, &settings, &["--set", "eval.judge=", "--dry-run"]).ends_with(0);
    assert!(
        unjudged.stderr.contains("warning: not evaluated") && unjudged.stderr.contains(get_one),
        "{unjudged:?}"
    );
    for (more, said) in [
        (&["--set", "eval.judge=", "--until", "fd<3"][..], &["`eval.judge`", get_one][..]),
        (&["--set", "eval.judge=mnist"], &["looks at images of 28x28x1; the images are 6x6x1"]),
        (&["--set", "eval.judge=nowhere"], &["no judge `nowhere`"]),
        (&["--until", "fd10k<3"], &["--until fd10k<3", "another number of samples", "fd120 or fd"]),
        (&["--until", "fd200<3", "--set", "eval.samples=200"], &["there are 150 real images", "fd150 or fd"]),
        (&["--until", "fd<3", "--eval", "0"], &["`eval.every_images` is 0"]),
        (&["--until", "label-accuracy>0.9"], &["needs a generator that makes images of a class"]),
    ] {
        let refused = train(&place, &settings, &[&["--dry-run"], more].concat()).ends_with(1);
        assert!(said.iter().all(|said| refused.stderr.contains(said)), "{more:?}: {}", refused.stderr);
    }
    train(&place, &settings, &["--eval", "0", "--quiet"]).ends_with(0);
    let refused = place.run(&["sample", "runs", "--checkpoint", "best"]).ends_with(1);
    assert!(refused.stderr.contains("has no best checkpoint"), "{}", refused.stderr);
}
