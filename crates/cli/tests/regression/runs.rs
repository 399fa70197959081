//! A run survives crashes and interruptions.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::common::{Place, checkpoints, images_of, newest_checkpoint};

/// Evaluated every 64 images, the best kept; checkpoints every 64, of which two stay.
const EVALUATED: [&str; 9] = [
    "eval.judge=judge.safetensors",
    "eval.every_images=64",
    "eval.samples=100",
    "train.checkpoint_images=64",
    "train.keep_checkpoints=2",
    "train.tick_images=96",
    "train.total_images=400",
    "health.collapse=off",
    "health.low_diversity=off",
];

/// A run that was evaluated, in `runs`.
fn evaluated(more: &[&str]) -> (Place, PathBuf) {
    let place = Place::new();
    let bars = place.bars();
    let judge = ["judge", "train", "--data", &bars, "-o", "judge.safetensors", "--epochs", "2", "--quiet"];
    place.run(&judge).ends_with(0);
    let source = format!("data.source={bars}");
    let settings = EVALUATED.iter().chain(more).copied().chain([source.as_str()]);
    let run = place.train(&settings.flat_map(|setting| ["--set", setting]).collect::<Vec<_>>());
    (place, run)
}

fn lines(run: &Path) -> Vec<String> {
    let log = fs::read(run.join("events.jsonl")).unwrap();
    String::from_utf8_lossy(&log).lines().map(str::to_owned).collect()
}

fn events(run: &Path, kind: &str) -> Vec<Value> {
    let all = lines(run).into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    all.filter(|event| event["event"] == kind).collect()
}

/// Images, scores and whether it was the best, of each evaluation.
fn scores(run: &Path) -> Vec<Value> {
    let told = |event: Value| serde_json::json!([event["images"], event["scores"], event["best"]]);
    events(run, "eval").into_iter().map(told).collect()
}

/// Keeps the lines of a run's log for which `is_kept` is true.
fn keep_lines(run: &Path, is_kept: impl Fn(&str) -> bool) {
    let kept: String =
        lines(run).iter().filter(|line| is_kept(line)).map(|line| format!("{line}\n")).collect();
    fs::write(run.join("events.jsonl"), kept).unwrap();
}

fn best(run: &Path) -> String {
    fs::read_to_string(run.join("checkpoints/best")).unwrap()
}

/// The file of seconds and evaluations beside a checkpoint.
fn past(checkpoint: &Path) -> Value {
    serde_json::from_slice(&fs::read(checkpoint.with_extension("json")).unwrap()).unwrap()
}

#[test]
fn a_log_lost_in_a_power_cut_takes_neither_the_best_nor_the_evaluations_nor_the_time_with_it() {
    for lost in ["emptied", "removed", "zeros"] {
        let (place, run) = evaluated(&[]);
        let (before, kept, seconds) =
            (scores(&run), best(&run), past(&newest_checkpoint(&run))["seconds"].as_f64().unwrap());
        let log = run.join("events.jsonl");
        match lost {
            "emptied" => fs::write(&log, "").unwrap(),
            "removed" => fs::remove_file(&log).unwrap(),
            _ => fs::write(&log, vec![0; 4096]).unwrap(),
        }
        place
            .run(&["resume", "runs", "--eval", "0", "--set", "train.total_images=480", "--quiet"])
            .ends_with(0);
        assert_eq!(best(&run), kept, "{lost}");
        assert!(run.join("checkpoints").join(kept.trim()).is_file(), "{lost}");
        assert_eq!(scores(&run), before, "{lost}");
        let stop = events(&run, "stop").pop().unwrap();
        assert!(stop["seconds"].as_f64().unwrap() > seconds, "{lost}: {stop}");
    }
}

#[test]
fn time_that_was_trained_is_not_trained_again_where_the_log_is_lost() {
    let place = Place::new();
    let run = place.train(&["--time", "0.3s"]);
    let images = images_of(&newest_checkpoint(&run));
    fs::write(run.join("events.jsonl"), "").unwrap();
    place.run(&["resume", "runs", "--quiet"]).ends_with(0);
    assert_eq!(images_of(&newest_checkpoint(&run)), images);
    assert_eq!(events(&run, "stop")[0]["reason"], "time is up");
}

#[test]
fn an_evaluation_that_was_due_at_the_last_checkpoint_is_made_by_resume() {
    let (place, run) = evaluated(&["train.total_images=384"]);
    let before = scores(&run);
    assert_eq!(before.last().unwrap()[0], 384);
    // As a process leaves it that was killed in its last evaluation.
    keep_lines(&run, |line| {
        let ends = line.contains("\"eval\"") && line.contains("\"images\":384");
        !ends && !line.contains("\"stop\"") && !line.contains("\"products\"")
    });
    let beside = newest_checkpoint(&run).with_extension("json");
    let mut past = past(&newest_checkpoint(&run));
    past["evaluations"].as_array_mut().unwrap().retain(|evaluation| evaluation["images"] != 384);
    fs::write(&beside, past.to_string()).unwrap();
    place.run(&["resume", "runs", "--quiet"]).ends_with(0);
    assert_eq!(scores(&run), before);
    assert_eq!(events(&run, "stop").len(), 1);
}

#[test]
fn an_end_that_was_cut_short_is_completed_and_an_end_that_was_not_is_left_alone() {
    let (place, run) = evaluated(&[]);
    let log = fs::read(run.join("events.jsonl")).unwrap();
    let said = place.run(&["resume", "runs"]).ends_with(0);
    assert!(said.stdout.contains("finished: it has shown 400 images"), "{said:?}");
    assert_eq!(fs::read(run.join("events.jsonl")).unwrap(), log);

    // Lost behind its stop event: only what there is to look at is missing.
    keep_lines(&run, |line| !line.contains("\"products\""));
    fs::remove_file(run.join("report.html")).unwrap();
    fs::remove_file(run.join("model-card.md")).unwrap();
    place.run(&["resume", "runs"]).ends_with(0);
    assert!(run.join("report.html").is_file() && run.join("model-card.md").is_file());
    assert_eq!((events(&run, "stop").len(), events(&run, "products").len()), (1, 1));

    // Lost before it: the last grid and the stop event as well.
    keep_lines(&run, |line| !line.contains("\"products\"") && !line.contains("\"stop\""));
    fs::remove_file(run.join("samples/0000000400.png")).unwrap();
    place.run(&["resume", "runs", "--quiet"]).ends_with(0);
    assert!(run.join("samples/0000000400.png").is_file());
    assert_eq!((events(&run, "stop").len(), events(&run, "products").len()), (1, 1));
    assert_eq!(images_of(&newest_checkpoint(&run)), 400);
}

#[test]
fn a_log_with_a_damaged_byte_or_without_its_last_line_end_is_resumed() {
    let place = Place::new();
    let run = place.train(&["--set", "train.total_images=320", "--set", "train.tick_images=32"]);
    let log = run.join("events.jsonl");
    let mut bytes = fs::read(&log).unwrap();
    let ticks = events(&run, "tick").len();
    let second = bytes.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    bytes[second + 9] = 0xff;
    bytes.pop();
    fs::write(&log, bytes).unwrap();
    place.run(&["resume", "runs", "--quiet", "--set", "train.total_images=384"]).ends_with(0);
    let lines = lines(&run);
    let sound = lines.iter().filter(|line| serde_json::from_str::<Value>(line).is_ok());
    assert_eq!(sound.count(), lines.len(), "{lines:?}");
    // One line, whichever it was, is lost; two ticks are new.
    assert!(events(&run, "tick").len() > ticks, "{lines:?}");
    assert_eq!(events(&run, "stop").len(), 2);
}

#[test]
fn lines_of_a_later_version_stay_in_the_log() {
    let place = Place::new();
    let run = place.train(&["--set", "train.total_images=320"]);
    let later = "{\"event\":\"later\",\"images\":64}";
    let log: String = lines(&run).iter().map(|line| format!("{line}\n")).collect();
    fs::write(run.join("events.jsonl"), format!("{later}\n{log}torn")).unwrap();
    place.run(&["resume", "runs", "--quiet", "--set", "train.total_images=384"]).ends_with(0);
    assert_eq!(lines(&run)[0], later);
}

#[test]
fn a_run_without_files_beside_its_checkpoints_is_resumed_by_its_log() {
    let (place, run) = evaluated(&[]);
    let (before, kept) = (scores(&run), best(&run));
    for entry in fs::read_dir(run.join("checkpoints")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "json") {
            fs::remove_file(path).unwrap();
        }
    }
    place.run(&["resume", "runs", "--eval", "0", "--set", "train.total_images=480", "--quiet"]).ends_with(0);
    assert_eq!((scores(&run), best(&run)), (before, kept));
}

#[test]
fn a_damaged_file_beside_a_checkpoint_is_passed_over() {
    for damage in ["", "{", "[]", "{\"seconds\":null}", "\u{0}"] {
        let (place, run) = evaluated(&[]);
        let before = scores(&run);
        fs::write(newest_checkpoint(&run).with_extension("json"), damage).unwrap();
        place
            .run(&["resume", "runs", "--eval", "0", "--set", "train.total_images=432", "--quiet"])
            .ends_with(0);
        assert_eq!(scores(&run), before, "{damage}");
    }
}

#[test]
fn a_best_checkpoint_whose_evaluation_is_lost_is_judged_again_and_never_dropped_unseen() {
    for files in ["all", "newest"] {
        // The first is the best: nothing moves after it.
        let still = ["optimizer.generator.lr=1e-30", "optimizer.discriminator.lr=1e-30"];
        let (place, run) = evaluated(&still);
        let (before, kept) = (scores(&run), best(&run));
        assert_eq!(kept.trim(), "0000000064.safetensors");
        fs::write(run.join("events.jsonl"), "").unwrap();
        for checkpoint in checkpoints(&run) {
            if files == "all" || checkpoint == newest_checkpoint(&run) {
                fs::remove_file(checkpoint.with_extension("json")).unwrap();
            }
        }
        place.run(&["resume", "runs", "--quiet", "--set", "train.total_images=480"]).ends_with(0);
        assert_eq!(best(&run), kept, "{files}");
        let after = scores(&run);
        assert_eq!(after[0], before[0], "{files}: {after:?}");
        assert!(after[1..].iter().all(|evaluation| evaluation[2] == false), "{files}: {after:?}");
        assert!(run.join("checkpoints").join(kept.trim()).is_file(), "{files}");
    }
}

#[test]
fn a_checkpoint_under_another_ones_name_is_refused_before_anything_is_removed() {
    let place = Place::new();
    let run = place.train(&["--set", "train.total_images=320"]);
    let all = checkpoints(&run);
    fs::copy(&all[0], all.last().unwrap()).unwrap();
    let refused = place.run(&["resume", "runs", "--set", "train.total_images=384"]).ends_with(1).stderr;
    assert!(refused.contains("its name says 320 images, and it holds 64"), "{refused}");
    assert_eq!(checkpoints(&run), all);
}

#[test]
fn seconds_that_no_clock_tells_are_passed_over() {
    let place = Place::new();
    let run = place.train(&["--time", "0.2s"]);
    let beside = newest_checkpoint(&run).with_extension("json");
    fs::write(&beside, "{\"seconds\":1e308,\"evaluations\":[]}").unwrap();
    let said = place.run(&["resume", "runs"]).ends_with(0).stdout;
    assert!(said.contains("--time ") && !said.contains("inf"), "{said}");
}
