//! A judge trained on a user's own data, and its scores of a run and of files.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use common::Place;
use serde_json::Value;

fn metric<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["scores"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["name"] == name)
        .unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn a_judge_of_ones_own_judges_runs_and_files() {
    let place = Place::new();
    let source = place.bars();
    let train = ["judge", "train", "--data", &source, "-o", "judge.safetensors", "--epochs", "8"];
    let run = place.run(&train).ends_with(0);
    assert_eq!(run.stdout, "judge.safetensors\n");
    assert!(run.stderr.contains("epoch 8 of 8"), "{}", run.stderr);
    let shown = place.run(&["judge", "show", "judge.safetensors", "--json"]).ends_with(0);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert!(shown["test"]["accuracy"].as_f64().unwrap() > 0.95, "{shown}");

    let from = format!("data.source={source}");
    place.train(&["--set", "train.epochs=2", "--set", &from]);
    let eval = |target: &str, more: &[&str]| {
        let all = [&["eval", target, "--judge", "judge.safetensors"][..], more].concat();
        place.run(&all)
    };
    let run = eval("runs", &["--json", "-n", "120"]).ends_with(0);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["judge"]["sha256"], shown["sha256"]);
    assert_eq!((report["samples"].as_u64(), report["classes"].as_array().unwrap().len()), (Some(120), 3));
    assert!(metric(&report, "fd120")["floor"].as_f64().unwrap() >= 0.0);
    assert_eq!(eval("runs", &["--json", "-n", "120", "--threads", "1"]).stdout, run.stdout);

    // The same images, as files of every kind, have the same scores.
    for (format, file) in [("idx", "fakes-images-idx3-ubyte"), ("npy", "fakes.npy"), ("pngs", "fakes")] {
        place.run(&["sample", "runs", "-n", "120", "--format", format, "-o", file]).ends_with(0);
        let run = eval(file, &["--data", &source, "--json", "-n", "120"]).ends_with(0);
        let of_file: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(of_file["scores"], report["scores"], "{format}");
    }
    let table = eval(&format!("{source}/train-images-idx3-ubyte"), &["--data", &source]).ends_with(0);
    assert!(
        table.stdout.contains("label-accuracy150") && table.stdout.contains("COPIED"),
        "{}",
        table.stdout
    );
    assert!(table.stderr.contains("note: 150 images of each kind"), "{}", table.stderr);
}

#[test]
fn usefulness_and_bars_of_labelled_images() {
    let place = Place::new();
    let source = place.bars();
    let train = ["judge", "train", "--data", &source, "-o", "judge.safetensors", "--epochs", "8", "--quiet"];
    place.run(&train).ends_with(0);
    let images = format!("{source}/train-images-idx3-ubyte");
    let eval = ["eval", &images, "--data", &source, "--judge", "judge.safetensors", "-n", "120"];
    fn with<'a>(eval: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
        [eval, more].concat()
    }
    let run = place.run(&with(&eval, &["--usefulness=300", "--json", "--plot", "classes.png"])).ends_with(0);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let useful = metric(&report, "usefulness300");
    assert!(useful["value"].as_f64().unwrap() > 0.8 && useful["floor"].as_f64().unwrap() > 0.8, "{useful}");
    assert!(run.stderr.contains("a classifier of generated images: epoch 12 of 12"), "{}", run.stderr);
    assert!(run.stderr.contains("bars of the classes: classes.png"), "{}", run.stderr);
    let picture = image::open(place.path("classes.png")).unwrap();
    assert_eq!((picture.width(), picture.height()), (960, 760));
    for class in report["classes"].as_array().unwrap() {
        for score in ["coverage", "precision", "diversity"] {
            let (value, floor) = (&class[score], &class[format!("{score}_floor")]);
            assert!((value.as_f64().unwrap() - floor.as_f64().unwrap()).abs() < 0.5, "{class}");
        }
    }
    // The other scores do not depend on it.
    let without = place.run(&with(&eval, &["--json"])).ends_with(0);
    let without: Value = serde_json::from_str(&without.stdout).unwrap();
    assert_eq!(metric(&without, "fd120"), metric(&report, "fd120"));
    let table = place.run(&eval).ends_with(0).stdout;
    assert!(
        table.contains("coverage") && table.contains("precision") && table.contains("fd (floor)"),
        "{table}"
    );

    // A generator without labels teaches no classes.
    place.train(&["--set", "train.epochs=2", "--set", &format!("data.source={source}")]);
    let run = place.run(&["eval", "runs", "--judge", "judge.safetensors", "-n", "120", "--usefulness"]);
    let run = run.ends_with(1);
    assert!(run.stderr.contains("--usefulness: the images have no labels"), "{}", run.stderr);
    let picture = place.run(&with(&eval, &["--plot", "nowhere/classes.png"])).ends_with(1);
    assert!(picture.stderr.contains("there is no folder nowhere"), "{}", picture.stderr);
}

#[test]
fn images_without_a_judge_are_refused() {
    let place = Place::new();
    let source = place.bars();
    for (arguments, said) in [
        (vec!["eval", "nowhere"], "no such file or folder"),
        (vec!["eval", &source, "--data", &source], "ganymede judge train --data"),
        (vec!["eval", &source, "--data", &source, "--judge", "mnist"], "28x28x1"),
        (vec!["eval", &source, "--data", &source, "--judge", "unknown"], "no judge `unknown`"),
        (vec!["judge", "show", "small.toml"], "truncated or not a judge"),
        (vec!["judge", "train", "--data", "nowhere", "-o", "j"], "neither an existing path"),
    ] {
        let run = place.run(&arguments).ends_with(1);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
    }
}
