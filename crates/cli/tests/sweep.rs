//! Sweeps: runs, continuation after a kill, scores and reports; and errors before anything is trained.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{Place, assert_same_bytes, checkpoints, newest_checkpoint, wait_until};
use serde_json::Value;

/// A judge of bars, and a sweep's keys up to its axes: of `small.toml`, learning from bars.
fn place() -> (Place, String) {
    let place = Place::new();
    let source = place.bars();
    place
        .run(&["judge", "train", "--data", &source, "-o", "judge.safetensors", "--epochs", "8", "--quiet"])
        .ends_with(0);
    let head = format!(
        "name = \"s\"\nbase = \"small.toml\"\nsamples = 120\nbudget.total_images = 3200\n[set]\n\
         data.source = \"{source}\"\neval.judge = \"judge.safetensors\"\ntrain.checkpoint_images = 320\n"
    );
    (place, head)
}

const GRID: &str = "seeds = [3, 5]\n";
const AXES: &str = "[axes]\nrate = { keys = [\"optimizer.generator.lr\", \"optimizer.discriminator.lr\"], values = [1e-3, 4e-3] }\n\
                    \"train.d_steps\" = [1, 2]\n";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Folders of a sweep's runs.
fn runs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join("runs")) else { return Vec::new() };
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// Everything of a report that time does not change: for each trial its numbers, and for each run its seed and score.
fn scores(report: &Value) -> Value {
    let trials = report["trials"].as_array().unwrap().iter().map(|trial| {
        let runs = trial["runs"].as_array().unwrap().iter();
        let runs: Vec<_> =
            runs.map(|run| serde_json::json!([run["seed"], run["score"], run["images"]])).collect();
        serde_json::json!([
            trial["place"],
            trial["values"],
            trial["median"],
            trial["least"],
            trial["greatest"],
            runs
        ])
    });
    trials.collect()
}

#[test]
fn a_grid_that_is_killed_goes_on_and_says_the_same() {
    let (place, head) = place();
    place.write("s.toml", GRID.to_owned() + &head + AXES);
    let sweep =
        |out: &str, more: &[&str]| place.run(&[&["sweep", "s.toml", "--out", out][..], more].concat());
    let plan = sweep("whole", &["--dry-run"]).ends_with(0);
    assert!(plan.stderr.contains("4 trials, 8 runs, 0 done"), "{plan:?}");
    assert_eq!(plan.stdout.lines().count(), 5, "{}", plan.stdout);
    assert!(!place.path("whole").exists());
    let whole = json(&sweep("whole", &["--json", "--quiet"]).ends_with(0).stdout);

    // Killed in its third run, and at once after going on; then stopped politely.
    let folder = place.path("killed/s");
    let command = ["sweep", "s.toml", "--out", "killed", "--threads", "1", "--quiet"];
    for reached in [3, 5] {
        let mut child = place.spawn(&command);
        wait_until("a checkpoint of a later run", || {
            let runs = runs(&folder);
            runs.len() >= reached && !checkpoints(&runs[reached - 1]).is_empty()
        });
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let log = |run: &PathBuf| fs::read(run.join("events.jsonl")).unwrap();
    let before: Vec<Vec<u8>> = runs(&folder)[..4].iter().map(log).collect();
    let again = sweep("killed", &["--threads", "1"]).ends_with(0);
    let done = again.stderr.lines().find_map(|line| line.split("8 runs, ").nth(1)?.strip_suffix(" done"));
    assert!(done.unwrap().parse::<usize>().unwrap() >= 4, "{again:?}");
    let after: Vec<Vec<u8>> = runs(&folder)[..4].iter().map(log).collect();
    assert!(before == after, "a finished run was touched");
    let killed = json(&fs::read_to_string(folder.join("sweep.json")).unwrap());
    assert_eq!(scores(&killed), scores(&whole));
    assert_eq!(runs(&folder).len(), 8);
    for (a, b) in runs(&folder).iter().zip(runs(&place.path("whole/s"))) {
        assert_same_bytes(&newest_checkpoint(a), &newest_checkpoint(&b));
        assert_eq!(checkpoints(a).len(), 1);
    }

    // Medians of two seeds lie between them.
    let trials = whole["trials"].as_array().unwrap();
    for trial in trials {
        let of_runs: Vec<f64> =
            trial["runs"].as_array().unwrap().iter().map(|run| run["score"].as_f64().unwrap()).collect();
        let [median, least, greatest] =
            ["median", "least", "greatest"].map(|key| trial[key].as_f64().unwrap());
        // JSON's numbers are read to the last digit but one.
        assert!((median - (of_runs[0] + of_runs[1]) / 2.0).abs() < 1e-12 * median);
        assert_eq!((least, greatest), (of_runs[0].min(of_runs[1]), of_runs[0].max(of_runs[1])));
        assert!(trial["trouble"] == "" && least < greatest, "{trial}");
    }
    assert_eq!(
        (trials.len(), whole["score"].as_str(), &whole["complete"]),
        (4, Some("fd120"), &Value::Bool(true))
    );
    let least = trials.iter().map(|trial| trial["median"].as_f64().unwrap()).fold(f64::INFINITY, f64::min);
    assert_eq!(trials[whole["best"].as_u64().unwrap() as usize]["median"], least);

    // The table, the lines of values, the heat map.
    let csv = fs::read_to_string(folder.join("results.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "trial,rate,train.d_steps,median,least,greatest,trouble,fd120 seed 3,fd120 seed 5");
    assert!(lines.len() == 5 && lines[2].starts_with("1,1e-3,2,"), "{csv}");
    let told = &again.stdout;
    assert!(
        told.contains("best: rate ") && told.contains("chart.png") && told.contains("chart.svg"),
        "{told}"
    );
    assert_eq!(told.lines().next().unwrap().split_whitespace().next(), Some("rate"));
    let picture = image::open(folder.join("chart.png")).unwrap();
    assert!(picture.width() >= 800, "{}", picture.width());
    let svg = fs::read_to_string(folder.join("chart.svg")).unwrap();
    assert!(svg.contains("train.d_steps") && svg.contains("4e-3"), "{svg}");

    // Grown by a seed, it finds its runs again.
    place.write("s.toml", "seeds = [3, 5, 8]\n".to_owned() + &head + AXES);
    let plan = sweep("killed", &["--dry-run"]).ends_with(0);
    assert!(plan.stderr.contains("12 runs, 8 done") && plan.stdout.contains("2 of 3"), "{plan:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_the_next_goes_on_from_there() {
    let (place, head) = place();
    place.write("s.toml", head.replace("3200", "32000") + "[axes]\n\"train.d_steps\" = [1]\n");
    let command = ["sweep", "s.toml", "--threads", "1"];
    let mut child = place.spawn(&command);
    let folder = place.path("sweeps/s");
    wait_until("a checkpoint", || runs(&folder).first().is_some_and(|run| !checkpoints(run).is_empty()));
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let kept = newest_checkpoint(&runs(&folder)[0]);
    let again = place.run(&command).ends_with(0);
    assert!(again.stderr.contains("1 trial, 1 run, 0 done"), "{again:?}");
    let events = fs::read_to_string(runs(&folder)[0].join("events.jsonl")).unwrap();
    let starts = events.lines().map(json).filter(|event| event["event"] == "start");
    let starts: Vec<u64> = starts.map(|event| event["images"].as_u64().unwrap()).collect();
    assert_eq!(starts, [0, common::images_of(&kept)]);
    assert_eq!(runs(&folder).len(), 1);
}

#[test]
fn a_trial_that_diverges_is_a_row_and_one_axis_makes_a_line() {
    let (place, head) = place();
    let axes = "[axes]\nrate = { keys = [\"optimizer.generator.lr\", \"optimizer.discriminator.lr\"], values = [1e-3, 1e30] }\n";
    place.write("s.toml", "metric = \"kid\"\n".to_owned() + &head + axes);
    let run = place.run(&["sweep", "s.toml"]).ends_with(0);
    assert!(
        run.stdout.lines().any(|line| line.starts_with("1e30") && line.ends_with("diverged")),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("best: rate 1e-3: kid120 "), "{}", run.stdout);
    let csv = fs::read_to_string(place.path("sweeps/s/results.csv")).unwrap();
    assert!(csv.contains("\n1,1e30,,,,diverged,\n"), "{csv}");
    let svg = fs::read_to_string(place.path("sweeps/s/chart.svg")).unwrap();
    assert!(svg.contains("diverged") && svg.contains("kid120"), "{svg}");
    // It is an end like another: nothing is left to do.
    let again = place.run(&["sweep", "s.toml"]).ends_with(0);
    assert!(again.stderr.contains("2 runs, 2 done"), "{again:?}");
    assert_eq!(again.stdout, run.stdout);
}

#[test]
fn drawn_settings_are_the_same_every_time() {
    let (place, head) = place();
    let axes = "[axes]\n\"optimizer.generator.lr\" = { range = [1e-4, 1e-2], log = true }\n\"train.d_steps\" = [1, 2]\n\
                \"objective.r1\" = [0.1, 0.2]\n";
    let random = "mode = \"random\"\ntrials = 3\n";
    place.write("s.toml", random.to_owned() + &head.replace("3200", "640") + axes);
    let plan = json(&place.run(&["sweep", "s.toml", "--dry-run", "--json"]).ends_with(0).stdout);
    let run = place.run(&["sweep", "s.toml", "--json"]).ends_with(0);
    let report = json(&run.stdout);
    assert!(run.stderr.contains("no picture"), "{}", run.stderr);
    let values = |report: &Value| -> Vec<Value> {
        report["trials"].as_array().unwrap().iter().map(|trial| trial["values"].clone()).collect()
    };
    assert_eq!(values(&plan), values(&report));
    for trial in values(&report) {
        let trial: BTreeMap<String, f64> = serde_json::from_value(trial).unwrap();
        assert!((1e-4..=1e-2).contains(&trial["optimizer.generator.lr"]), "{trial:?}");
    }
}

#[test]
fn what_is_drawn_twice_is_trained_once() {
    let (place, head) = place();
    let random = "mode = \"random\"\ntrials = 5\n";
    let axes = "[axes]\n\"train.d_steps\" = [1, 2]\n";
    place.write("s.toml", random.to_owned() + &head.replace("3200", "320") + axes);
    let report = json(&place.run(&["sweep", "s.toml", "--json"]).ends_with(0).stdout);
    assert_eq!(report["trials"].as_array().unwrap().len(), 5);
    assert!(runs(&place.path("sweeps/s")).len() <= 2);
}

#[test]
fn what_cannot_be_swept_is_refused_before_anything_is_trained() {
    let (place, head) = place();
    let good = "[axes]\n\"train.batch_size\" = [16, 32]\n";
    let whole = head.clone() + good;
    let files = [
        ("unknown key", whole.replace("samples", "sample"), vec!["s.toml:3", "sample"]),
        ("no TOML", whole.replace("base =", "base"), vec!["s.toml:2"]),
        ("no axes", head.clone(), vec!["s.toml", "axes"]),
        ("empty axes", head.clone() + "[axes]\n", vec!["s.toml:9: `axes`", "hint: "]),
        (
            "empty axis",
            head.clone() + "[axes]\n\"train.batch_size\" = []\n",
            vec!["s.toml:10", "no values", "hint: "],
        ),
        (
            "axis key",
            whole.replace("batch_size", "batch_sice"),
            vec!["s.toml:10: `axes.train.batch_sice`", "hint: "],
        ),
        (
            "value",
            whole.replace("32]", "0]"),
            vec!["s.toml:10: `axes.train.batch_size`", "at least one image", "hint: "],
        ),
        (
            "too large",
            whole.replace("32]", "401]"),
            vec!["s.toml:10", "the data's 400 images", "at most 400"],
        ),
        (
            "set",
            whole.replace("data.source", "data.sauce"),
            vec!["s.toml:6: `set.data.sauce`", "unknown field"],
        ),
        (
            "base",
            whole.replace("small.toml", "none.toml"),
            vec!["s.toml:2: `base`", "none.toml: cannot open"],
        ),
        ("preset", whole.replace("small.toml", "dens"), vec!["s.toml:2: `base`", "did you mean `dense`?"]),
        (
            "metric",
            whole.replacen("samples", "metric = \"fid\"\nsamples", 1),
            vec!["s.toml:3: `metric`", "fd, kid"],
        ),
        ("no judge", whole.replace("judge.safetensors", "unknown"), vec!["no judge `unknown`"]),
        ("judge of others", whole.replace("judge.safetensors", "mnist"), vec!["28x28x1"]),
        (
            "no judge set",
            whole.replace("eval.judge = \"judge.safetensors\"\n", ""),
            vec!["s.toml:5: `set`", "no judge scores", "hint: "],
        ),
        (
            "twice",
            whole.replace("[set]\n", "[set]\ntrain.batch_size = 8\n"),
            vec!["s.toml:11", "set by `set.train.batch_size`"],
        ),
        ("name", whole.replace("\"s\"", "\"../s\""), vec!["s.toml:1: `name`", "hint: "]),
        ("data", whole.replace("data.source = \"", "data.source = \"nowhere"), vec!["nowhere"]),
    ];
    for (what, text, said) in files {
        place.write("s.toml", text);
        let run = place.run(&["sweep", "s.toml"]).ends_with(1);
        for said in said {
            assert!(run.stderr.contains(said), "{what}: {said}: {}", run.stderr);
        }
    }
    let run = place.run(&["sweep", "nowhere.toml"]).ends_with(1);
    assert!(
        run.stderr.contains("nowhere.toml: no such sweep") && run.stderr.contains("advice-epochs"),
        "{run:?}"
    );
    assert!(!place.path("sweeps").exists(), "nothing that was refused left a folder");
}

#[test]
fn sweeps_of_the_program_are_listed_and_printed() {
    let place = Place::new();
    let list = place.run(&["presets"]).ends_with(0).stdout;
    for name in ["advice-learning-rate", "advice-discriminator-size", "advice-epochs"] {
        assert!(list.contains(name), "{list}");
        let text = place.run(&["presets", "show", name]).ends_with(0).stdout;
        assert!(text.contains(&format!("name = \"{name}\"")), "{text}");
    }
}
