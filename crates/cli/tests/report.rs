//! `report` and `compare`, from end to end.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{Place, logged_evals, page_data};
use serde_json::Value;

#[test]
fn a_run_ends_with_a_report_that_holds_its_events() {
    let place = Place::new();
    let run = place.run(&["train", "small.toml", "--set", "train.epochs=3"]).ends_with(0);
    let folder = place.path("runs/0000-small");
    assert!(run.stdout.contains("report      runs/0000-small/report.html"), "{}", run.stdout);
    let data = page_data(&folder.join("report.html"));
    let log = fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let mut events: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // The event that the report was made came after it.
    assert_eq!(events.pop().unwrap()["event"], "products");
    assert_eq!(data["events"], Value::Array(events.clone()));
    let about = &data["about"];
    let stop = events.last().unwrap();
    assert_eq!((&about["images"], &about["seconds"]), (&stop["images"], &stop["seconds"]));
    assert_eq!((&about["name"], &about["reason"]), (&"small".into(), &"finished".into()));
    assert_eq!(about["networks"]["training_images"], common::IMAGES);
    let grids = fs::read_dir(folder.join("samples")).unwrap().count();
    assert_eq!(about["samples"]["of"], grids);
    assert_eq!(about["samples"]["grids"].as_array().unwrap().len(), grids);
    assert!(about["config"].as_str().unwrap().contains("latent = 8"));
    assert_eq!(about["repeat"], "ganymede train runs/0000-small/config.toml");

    // D's scores are those of d-scores.
    let run = place.run(&["d-scores", "runs", "-n", "1000", "--json"]).ends_with(0);
    let verdict: Value = serde_json::from_str(&run.stdout).unwrap();
    for key in ["accuracy", "ranked_right"] {
        assert_eq!(about["verdict"][key].as_f64(), verdict[key].as_f64(), "{key}");
    }
    assert_eq!(about["verdict"]["real"]["wrong_share"].as_f64(), verdict["real"]["wrong_share"].as_f64());
    let rows = about["neighbours"]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    for row in rows {
        let distances: Vec<f64> = row["nearest"]
            .as_array()
            .unwrap()
            .iter()
            .map(|near| near["distance"].as_f64().unwrap())
            .collect();
        assert!(distances.len() == 3 && distances.is_sorted(), "{distances:?}");
    }

    // Made anew it is the same page, elsewhere if asked for.
    let run = place.run(&["report", "runs", "-o", "page.html"]).ends_with(0);
    assert_eq!(run.stdout, "page.html\n");
    assert_eq!(fs::read(place.path("page.html")).unwrap(), fs::read(folder.join("report.html")).unwrap());
}

#[test]
fn a_report_is_made_without_data_and_of_a_torn_log() {
    let place = Place::new();
    let folder = place.train(&["--set", "train.epochs=2", "--set", "description=\"<b></script>\""]);
    fs::rename(place.path("data"), place.path("elsewhere")).unwrap();
    let events = folder.join("events.jsonl");
    let log = fs::read_to_string(&events).unwrap();
    fs::write(&events, format!("{log}{{\"event\":\"tick\",\"images\":12")).unwrap();
    fs::remove_file(folder.join("environment.json")).unwrap();
    place.run(&["report", "runs"]).ends_with(0);
    let data = page_data(&folder.join("report.html"));
    let told = log.lines().filter(|line| !line.contains("\"event\":\"products\""));
    assert_eq!(data["events"].as_array().unwrap().len(), told.count());
    let missing = data["about"]["neighbours"]["missing"].as_str().unwrap();
    assert!(missing.contains("cannot be read"), "{missing}");
    assert_eq!(data["about"]["description"], "<b></script>");

    for checkpoint in common::checkpoints(&folder) {
        fs::remove_file(checkpoint).unwrap();
    }
    place.run(&["report", "runs"]).ends_with(0);
    let data = page_data(&folder.join("report.html"));
    let missing = data["about"]["verdict"]["missing"].as_str().unwrap();
    assert!(missing.contains("no checkpoint"), "{missing}");
}

#[test]
fn runs_are_compared() {
    let place = Place::new();
    for seed in ["1", "2", "3"] {
        place.train(&["--set", "train.epochs=2", "--seed", seed, "--set", "train.tick_images=100"]);
    }
    place.train(&["--set", "train.epochs=2", "--set", "objective.r1=0.5", "--set", "train.tick_images=100"]);
    let runs: Vec<String> = (0..4).map(|i| format!("runs/000{i}-small")).collect();
    for (i, run) in runs.iter().enumerate() {
        logged_evals(&place.path(run), if i == 3 { "bb" } else { "aa" }, 0.5 * i as f64);
    }
    let all: Vec<&str> = ["compare"].into_iter().chain(runs.iter().map(String::as_str)).collect();
    let run = place.run(&[&all[..], &["-o", "out"]].concat()).ends_with(0);
    assert!(run.stderr.contains("different judges (aa, bb)"), "{}", run.stderr);
    for said in ["0003-small", "median of 3", "fd", "finished", "out/metrics-by-time.svg"] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    for kind in ["losses", "metrics"] {
        for axis in ["images", "time"] {
            let path = |ending: &str| place.path(&format!("out/{kind}-by-{axis}.{ending}"));
            let svg = fs::read_to_string(path("svg")).unwrap();
            assert!(
                svg.contains("0000-small and 2 more seeds") && svg.contains("<polyline"),
                "{kind} {axis}"
            );
            let (width, height, _) = picture(&path("png"));
            assert!(width >= 1000 && height >= 300, "{width}x{height}");
        }
    }

    // All runs of a folder except one that never began. A run that is named twice counts once.
    fs::create_dir(place.path("runs/0004-small")).unwrap();
    fs::copy(place.path("runs/0000-small/config.toml"), place.path("runs/0004-small/config.toml")).unwrap();
    let folder = place.run(&["compare", "runs", "runs/0000-small", "-o", "out"]).ends_with(0);
    assert_eq!(folder.stdout, run.stdout);
    for said in ["left out: ", "runs/0000-small is named again"] {
        assert!(folder.stderr.contains(said), "{}", folder.stderr);
    }
    fs::remove_dir_all(place.path("runs/0004-small")).unwrap();

    let run = place.run(&[&all[..], &["--json"]].concat()).ends_with(0);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["runs"][1]["seed"], 2);
    // Evaluations at the first and the last tick, 1 apart; the runs are 0.5 apart.
    assert_eq!((&report["runs"][2]["fd"], &report["runs"][2]["best_fd"]), (&4.0.into(), &3.0.into()));
    assert_eq!(report["runs"][2]["fd_floor"], 0.125);
    assert_eq!(report["medians"][0]["fd"], 3.5);
    assert_eq!(report["experiments"].as_array().unwrap().len(), 2);
    assert_eq!(report["warnings"].as_array().unwrap().len(), 1);

    // A seed again is no other seed, and other data are another experiment.
    place.train(&["--set", "train.epochs=2", "--seed", "3", "--set", "train.tick_images=100"]);
    let bars = format!("data.source={}", place.bars());
    place.train(&[
        "--set",
        "train.epochs=2",
        "--seed",
        "3",
        "--set",
        "train.tick_images=100",
        "--set",
        &bars,
    ]);
    let run = place.run(&["compare", "runs"]).ends_with(0);
    assert!(run.stderr.contains("4 runs of one config have 3 seeds"), "{}", run.stderr);
    assert!(run.stderr.contains("learned from different data"), "{}", run.stderr);
    assert!(run.stdout.lines().next().unwrap().contains("data"), "{}", run.stdout);
}

#[test]
fn what_is_no_run_is_refused() {
    let place = Place::new();
    let folder = place.train(&["--set", "train.epochs=1"]);
    fs::create_dir(place.path("empty")).unwrap();
    for command in ["report", "compare"] {
        for (target, said) in [
            ("nowhere", "no such folder"),
            ("empty", "not a run"),
            ("small.toml", "a file, where a run's folder is expected"),
        ] {
            let run = place.run(&[command, target]).ends_with(1);
            assert!(run.stderr.contains(said), "{command} {target}: {}", run.stderr);
        }
    }
    for content in ["", "{\"event\":\"ti"] {
        fs::write(folder.join("events.jsonl"), content).unwrap();
        for command in ["report", "compare"] {
            let run = place.run(&[command, "runs"]).ends_with(1);
            assert!(run.stderr.contains("has no events"), "{}", run.stderr);
        }
    }
    fs::remove_file(folder.join("events.jsonl")).unwrap();
    place.run(&["report", "runs"]).ends_with(1);
    place.run(&["compare"]).ends_with(2);
}

/// Width, height and pixels of a PNG.
fn picture(path: &Path) -> (u32, u32, Vec<u8>) {
    let image = image::open(path).unwrap().into_rgb8();
    (image.width(), image.height(), image.into_raw())
}
