//! A run recognises its data by content and its classes by name.

use std::fs;
use std::path::{Path, PathBuf};

use model::ModelFile;
use serde_json::Value;

use crate::common::{Place, Run, SIDE, assert_same_bytes, newest_checkpoint};

const EMBEDDING: &str = "generator.layers=[{ class-embedding = 4 }, { dense = 24 }, \"batch-norm\", \"relu\", { dense = 36 }, \"tanh\"]";
const PROJECTION: &str = "discriminator.layers=[{ dense = 24 }, { leaky-relu = 0.2 }, \"projection-head\"]";

/// A grey picture: a bright column on noise that follows from the seed.
fn picture(path: &Path, column: usize, seed: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mix = |n: u64| (n ^ (n >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let pixel = |i: u32| {
        let noise = (mix(mix(u64::from(i) + 1000 * seed as u64)) >> 40) as u8 % 60;
        noise + if i as usize % SIDE == column { 150 } else { 20 }
    };
    let pixels = (0..(SIDE * SIDE) as u32).map(pixel).collect();
    image::GrayImage::from_raw(SIDE as u32, SIDE as u32, pixels).unwrap().save(path).unwrap();
}

/// A folder of such pictures, `count` of each class. The column shows the class.
fn folder(place: &Place, root: &str, classes: &[(&str, usize)], count: usize, seed: usize) {
    for &(class, column) in classes {
        for i in 0..count {
            picture(&place.path(&format!("{root}/{class}/{i:03}.png")), column, seed + 7 * i + column);
        }
    }
}

const COLUMNS: [(&str, usize); 3] = [("left", 0), ("middle", 2), ("right", 4)];

/// A data set of three classes with a test split, and a judge of it.
fn judged(place: &Place) {
    folder(place, "data3/train", &COLUMNS, 100, 0);
    folder(place, "data3/test", &COLUMNS, 50, 50_000);
    let judge = ["judge", "train", "--data", "data3", "-o", "judge.safetensors", "--epochs", "10", "--quiet"];
    place.run(&judge).ends_with(0);
}

/// Trains a generator that takes labels for 640 images.
fn train(place: &Place, source: &str, more: &[&str]) -> PathBuf {
    let source = format!("data.source={source}");
    let own = [source.as_str(), EMBEDDING, PROJECTION, "train.total_images=640"];
    let sets: Vec<&str> = own.iter().chain(more).flat_map(|set| ["--set", set]).collect();
    place.train(&sets)
}

fn resume(place: &Place, more: &[&str]) -> Run {
    place.run(&[&["resume", "runs", "-q", "--set", "train.total_images=704"], more].concat())
}

fn class_names(run: &Path) -> Vec<String> {
    ModelFile::read(&newest_checkpoint(run)).unwrap().header().class_names.clone()
}

fn report(place: &Place, arguments: &[&str]) -> Value {
    let run = place.run(&[&["eval"], arguments, &["--json"]].concat()).ends_with(0);
    serde_json::from_str(&run.stdout).unwrap()
}

fn score(report: &Value, metric: &str) -> Option<f64> {
    let scores = report["scores"].as_array().unwrap();
    let named = |score: &&Value| score["name"].as_str().unwrap().trim_end_matches(char::is_numeric) == metric;
    scores.iter().find(named).map(|score| score["value"].as_f64().unwrap())
}

fn left_out<'a>(report: &'a Value, metric: &str) -> Option<&'a str> {
    let all = report["left_out"].as_array().unwrap();
    all.iter().find(|out| out["metric"] == metric).map(|out| out["reason"].as_str().unwrap())
}

#[test]
fn a_class_folder_renamed_into_another_place_is_refused_with_both_lists() {
    let place = Place::new();
    folder(&place, "two", &[("dark", 0), ("light", 4)], 60, 0);
    let run = train(&place, "two", &[]);
    fs::rename(place.path("two/dark"), place.path("two/zz_dark")).unwrap();
    let refused = resume(&place, &[]).ends_with(1).stderr;
    assert!(refused.contains("classes here: light, zz_dark"), "{refused}");
    assert!(refused.contains("classes of the run: dark, light"), "{refused}");
    assert!(refused.contains(" --changed-data\n"), "{refused}");
    // The way on that it names: `light` stays what it was, and the new name has the place of the old one.
    let changed = resume(&place, &["--changed-data"]).ends_with(0).stderr;
    assert!(changed.contains("the classes were dark, light; they are zz_dark, light now"), "{changed}");
    assert_eq!(class_names(&run), ["zz_dark", "light"]);
    // From then on these are the run's data: it goes on without the flag.
    place.run(&["resume", "runs", "-q", "--set", "train.total_images=768"]).ends_with(0);
    assert_eq!(class_names(&run), ["zz_dark", "light"]);
}

#[test]
fn a_class_folder_renamed_in_its_place_goes_on_under_its_new_name() {
    let place = Place::new();
    folder(&place, "two", &[("dark", 0), ("light", 4)], 60, 0);
    let run = train(&place, "two", &[]);
    fs::rename(place.path("two/dark"), place.path("two/darker")).unwrap();
    let told = resume(&place, &[]).ends_with(0).stderr;
    assert!(told.contains("the classes were dark, light; they are darker, light now"), "{told}");
    assert_eq!(class_names(&run), ["darker", "light"]);
    place.run(&["sample", "runs", "-n", "2", "--labels", "darker"]).ends_with(0);
}

#[test]
fn other_images_or_labels_of_the_same_number_are_refused() {
    let place = Place::new();
    let data = place.path("data");
    train(&place, data.to_str().unwrap(), &[]);
    for (file, what) in [("train-labels-idx1-ubyte", "labels"), ("train-images-idx3-ubyte", "images")] {
        let path = data.join(file);
        let before = fs::read(&path).unwrap();
        let mut bytes = before.clone();
        let last = bytes.len() - 1;
        bytes[last] = 1;
        fs::write(&path, bytes).unwrap();
        let refused = resume(&place, &[]).ends_with(1).stderr;
        assert!(
            refused.contains(&format!("the {what} are not those that this run was trained on")),
            "{refused}"
        );
        fs::write(&path, before).unwrap();
    }
    resume(&place, &[]).ends_with(0);
}

#[test]
fn the_same_images_under_other_file_names_or_packed_are_the_same_data() {
    let place = Place::new();
    folder(&place, "two", &[("dark", 0), ("light", 4)], 60, 0);
    let whole = place.path("whole");
    let set = ["--set", "data.source=two", "--set", "train.total_images=704", "--out", "whole"];
    let set = [&set[..], &["--set", EMBEDDING, "--set", PROJECTION]].concat();
    place.train(&set);
    let run = train(&place, "two", &[]);
    for i in 0..60 {
        let name = |ending: &str| place.path(&format!("two/dark/{i:03}{ending}.png"));
        fs::rename(name(""), name("-of-60")).unwrap();
    }
    place.run(&["data", "pack", "two", "-o", "two.gpack", "-q"]).ends_with(0);
    resume(&place, &[]).ends_with(0);
    let undisturbed = fs::read_dir(&whole).unwrap().next().unwrap().unwrap().path();
    assert_same_bytes(&newest_checkpoint(&run), &newest_checkpoint(&undisturbed));
    place
        .run(&["resume", "runs", "-q", "--set", "train.total_images=768", "--set", "data.source=two.gpack"])
        .ends_with(0);
    // Without names, those of the run stay.
    let set = data::load(place.path("two.gpack").to_str().unwrap(), data::Split::Train).unwrap();
    data::idx::write(place.path("two-images"), &[set.len(), SIDE, SIDE], &set.pixels()).unwrap();
    let labels: Vec<u8> = set.labels().unwrap().iter().map(|&label| label as u8).collect();
    data::idx::write(place.path("two-labels"), &[set.len()], &labels).unwrap();
    place
        .run(&["resume", "runs", "-q", "--set", "train.total_images=832", "--set", "data.source=two-images"])
        .ends_with(0);
    assert_eq!(class_names(&run), ["dark", "light"]);
}

#[test]
fn weights_of_a_class_begin_a_run_in_the_place_of_that_class() {
    let place = Place::new();
    folder(&place, "two", &[("dark", 0), ("light", 4)], 60, 0);
    let first = train(&place, "two", &[]);
    fs::rename(place.path("two/dark"), place.path("two/zz_dark")).unwrap();
    let from =
        ["--from", first.to_str().unwrap(), "--set", "data.source=two", "--set", "train.total_images=640"];
    let all = [&["train", "small.toml", "-q", "--set", EMBEDDING, "--set", PROJECTION][..], &from].concat();
    let run = place.run(&all).ends_with(0);
    assert!(
        run.stderr.contains("`light` for `light`") && run.stderr.contains("`zz_dark` for `dark`"),
        "{}",
        run.stderr
    );
    assert_eq!(class_names(&place.path(run.stdout.trim())), ["zz_dark", "light"]);
    // Another number of classes is refused with both lists.
    folder(&place, "two", &[("third", 2)], 60, 0);
    let refused = place.run(&all).ends_with(1).stderr;
    assert!(refused.contains("classes here: light, third, zz_dark"), "{refused}");
    assert!(refused.contains("classes of the weights: dark, light"), "{refused}");
}

#[test]
fn classes_of_judged_images_are_matched_by_name() {
    let place = Place::new();
    judged(&place);
    // Two of the three classes: their positions are others.
    folder(&place, "fakes", &[("right", 4), ("middle", 2)], 60, 90_000);
    let judge = ["--data", "data3", "--judge", "judge.safetensors"];
    let eval = |target: &str| report(&place, &[&[target], &judge[..]].concat());
    assert!(score(&eval("fakes"), "label-accuracy").unwrap() > 0.95);
    // Data that lack a class, by the judge of all three.
    folder(&place, "data2/train", &[("middle", 2), ("right", 4)], 120, 10_000);
    folder(&place, "data2/test", &[("middle", 2), ("right", 4)], 60, 60_000);
    let two = report(&place, &["data2/train", "--data", "data2", "--judge", "judge.safetensors"]);
    assert!(score(&two, "label-accuracy").unwrap() > 0.95 && left_out(&two, "label-accuracy").is_none());
    assert!(two["notes"].to_string().contains("have none of the judge's class left"), "{}", two["notes"]);
    // A class that the judge does not know: left out, with both lists, also beside the table.
    fs::rename(place.path("fakes/right"), place.path("fakes/aa_right")).unwrap();
    let unknown = eval("fakes");
    assert_eq!(score(&unknown, "label-accuracy"), None);
    let reason = left_out(&unknown, "label-accuracy").unwrap();
    assert!(reason.contains("aa_right, middle") && reason.contains("left, middle, right"), "{reason}");
    let table = place.run(&[&["eval", "fakes"], &judge[..]].concat()).ends_with(0).stdout;
    assert!(table.contains("left out: label-accuracy: the judge does not know the labels"), "{table}");
    // Labels without names are matched by their order.
    let images = place.path("numbers-images");
    let set = data::load(place.path("data3/test").to_str().unwrap(), data::Split::Train).unwrap();
    data::idx::write(&images, &[set.len(), SIDE, SIDE], &set.pixels()).unwrap();
    let labels: Vec<u8> = set.labels().unwrap().iter().map(|&label| label as u8).collect();
    data::idx::write(place.path("numbers-labels"), &[set.len()], &labels).unwrap();
    let numbers = eval("numbers-images");
    assert!(score(&numbers, "label-accuracy").unwrap() > 0.95);
    assert!(numbers["notes"].to_string().contains("have no names"), "{}", numbers["notes"]);
    // Images without labels.
    fs::remove_file(place.path("numbers-labels")).unwrap();
    assert!(left_out(&eval("numbers-images"), "label-accuracy").unwrap().contains("have no labels"));
}

#[test]
fn a_run_is_judged_and_rejected_by_the_names_of_its_classes() {
    let place = Place::new();
    judged(&place);
    train(&place, "data3", &[]);
    let judge = ["--judge", "judge.safetensors"];
    let eval = |data: &str| place.run(&[&["eval", "runs", "-n", "120", "--data", data], &judge[..]].concat());
    eval("data3").ends_with(0);
    // The same data but for the name of a class, whose place is another now.
    for part in ["train", "test"] {
        folder(&place, &format!("other/{part}"), &[("aa_right", 4), ("left", 0), ("middle", 2)], 60, 0);
    }
    let refused = eval("other").ends_with(1).stderr;
    assert!(refused.contains("classes of the data: aa_right, left, middle"), "{refused}");
    assert!(refused.contains("classes of the run: left, middle, right"), "{refused}");
    for part in ["train", "test"] {
        fs::rename(place.path(&format!("data3/{part}/right")), place.path(&format!("data3/{part}/aa_right")))
            .unwrap();
    }
    for command in [
        &["d-scores", "runs", "-n", "100"][..],
        &["blind-test", "runs", "-n", "12"],
        &["sample", "runs", "--reject", "0.1", "--judge", "judge.safetensors"],
    ] {
        let refused = place.run(command).ends_with(1).stderr;
        assert!(refused.contains("classes here: aa_right, left, middle"), "{command:?}: {refused}");
        assert!(refused.contains("classes of the run: left, middle, right"), "{command:?}: {refused}");
    }
    // A class fewer is no other class.
    for part in ["train", "test"] {
        fs::remove_dir_all(place.path(&format!("data3/{part}/aa_right"))).unwrap();
        folder(&place, &format!("data3/{part}"), &[("middle", 2), ("left", 0)], 60, 500);
    }
    let run = place.run(&["d-scores", "runs", "-n", "100"]).ends_with(0);
    assert!(run.stdout.contains("real (test)"), "{}", run.stdout);
    // `eval` still compares with these, and warns that they are not the run's training images.
    let told = place.run(&[&["eval", "runs", "-n", "100"], &judge[..]].concat()).ends_with(0).stderr;
    assert!(told.contains("warning: the images and labels of data3 are not those"), "{told}");
}

#[test]
fn a_judge_is_examined_by_the_names_of_classes() {
    let place = Place::new();
    folder(&place, "one", &COLUMNS, 60, 0);
    folder(&place, "two", &COLUMNS[1..], 60, 70_000);
    place.run(&["data", "pack", "one", "-o", "x-train.gpack", "-q"]).ends_with(0);
    place.run(&["data", "pack", "two", "-o", "x-test.gpack", "-q"]).ends_with(0);
    let train = ["judge", "train", "--data", "x-train.gpack", "-o", "j.safetensors", "--epochs", "12", "-q"];
    place.run(&train).ends_with(0);
    let shown = place.run(&["judge", "show", "j.safetensors", "--json"]).ends_with(0).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert!(shown["test"]["accuracy"].as_f64().unwrap() > 0.95, "{shown}");
    fs::rename(place.path("two/right"), place.path("two/strange")).unwrap();
    place.run(&["data", "pack", "two", "-o", "x-test.gpack", "-q"]).ends_with(0);
    let refused = place.run(&train).ends_with(1).stderr;
    assert!(
        refused.contains("test: middle, strange") && refused.contains("left, middle, right"),
        "{refused}"
    );
}

#[test]
fn test_images_that_were_trained_on_are_named_and_blind_nothing() {
    let place = Place::new();
    judged(&place);
    for i in 0..8 {
        let copy = place.path(&format!("data3/test/left/9{i:02}.png"));
        fs::copy(place.path(&format!("data3/train/left/{i:03}.png")), copy).unwrap();
    }
    let checked = place.run(&["data", "check", "data3"]).ends_with(0).stdout;
    assert!(checked.contains("leak: 8 images are images of data3/train as well"), "{checked}");
    assert!(checked.contains("data3/test/left/900.png is data3/train/left/000.png"), "{checked}");
    let eval = ["data3/train", "--data", "data3", "--judge", "judge.safetensors"];
    let leaky = report(&place, &eval);
    assert_eq!((&leaky["leaks"]["count"], &leaky["memory"]["copied"]), (&Value::from(8), &Value::from(true)));
    assert_eq!(leaky["leaks"]["pairs"][0]["test"], "left/900.png");
    assert_eq!(leaky["leaks"]["pairs"][0]["training"], "left/000.png");
    let table = place.run(&[&["eval"], &eval[..]].concat()).ends_with(0).stdout;
    assert!(
        table.contains("COPIED") && table.contains("leaks: 8 of 158 test images are training images"),
        "{table}"
    );
    // Only leaks: there is no scale, and a note says so.
    fs::remove_dir_all(place.path("data3/test")).unwrap();
    for (class, _) in COLUMNS {
        fs::create_dir_all(place.path(&format!("data3/test/{class}"))).unwrap();
        for i in 0..40 {
            let file = |part: &str| place.path(&format!("data3/{part}/{class}/{i:03}.png"));
            fs::copy(file("train"), file("test")).unwrap();
        }
    }
    let all = report(&place, &eval);
    assert!(all["memory"].is_null() && all["leaks"]["count"] == 120);
    assert_eq!(left_out(&all, "memory"), Some("all 120 test images are training images"));
}

#[test]
fn idx_files_with_leaks_and_repetitions_are_told_of_by_number() {
    let place = Place::new();
    let file = |name: &str| place.path(name);
    fs::create_dir(file("idx")).unwrap();
    data::idx::write(file("idx/train-images-idx3-ubyte"), &[3, 1, 2], &[1, 2, 3, 4, 1, 2]).unwrap();
    data::idx::write(file("idx/t10k-images-idx3-ubyte"), &[2, 1, 2], &[9, 9, 3, 4]).unwrap();
    let checked = place.run(&["data", "check", "idx"]).ends_with(0).stdout;
    assert!(
        checked.contains("leak: 1 images are images of") && checked.contains("image 1 is image 1"),
        "{checked}"
    );
    assert!(checked.contains("note: 1 images have the same pixels as an earlier one"), "{checked}");
}

#[test]
fn the_last_evaluation_of_a_run_and_eval_have_one_value_under_one_name() {
    let place = Place::new();
    judged(&place);
    for (out, samples) in [("some", 120), ("all", 10_000)] {
        let sets =
            [&format!("eval.samples={samples}"), "eval.judge=judge.safetensors", "eval.every_images=320"];
        let own = ["--set", "data.source=data3", "--set", EMBEDDING, "--set", PROJECTION];
        let own = [&own[..], &["--set", "train.total_images=640", "--out", out]].concat();
        let more: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let run = place.train(&[own, more].concat());
        let log = fs::read_to_string(run.join("events.jsonl")).unwrap();
        let mut events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let logged = events.rfind(|event| event["event"] == "eval").unwrap();
        // 150 test images limit the count; the judge is the run's own where none is named.
        let asked = samples.to_string();
        let names = |report: &Value| -> Vec<(String, Value, Value)> {
            let all = report["scores"].as_array().unwrap().iter();
            all.map(|s| (s["name"].as_str().unwrap().to_owned(), s["value"].clone(), s["floor"].clone()))
                .collect()
        };
        let told = names(&report(&place, &[out, "-n", &asked]));
        for score in names(&logged) {
            assert!(told.contains(&score), "{score:?} in {told:?}");
        }
        // The default asks for more; equal names have equal values, and other counts other names.
        let default = names(&report(&place, &[out]));
        let same: Vec<_> =
            default.iter().filter(|(name, ..)| name.ends_with(&logged["samples"].to_string())).collect();
        assert_eq!(same.is_empty(), samples == 120, "{default:?}");
        assert!(same.iter().all(|score| told.contains(score)), "{default:?} {told:?}");
    }
}

#[test]
fn what_a_run_s_evaluations_leave_out_is_in_its_log_and_its_card() {
    let place = Place::new();
    judged(&place);
    // This generator takes no labels.
    let sets = [
        "data.source=data3",
        "eval.judge=judge.safetensors",
        "eval.every_images=320",
        "train.total_images=320",
    ];
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let run = place.train(&sets);
    let log = fs::read_to_string(run.join("events.jsonl")).unwrap();
    assert!(log.contains("\"left_out\":[{\"metric\":\"label-accuracy\",\"reason\":\"the generated images have no labels\"}]"), "{log}");
    let card = fs::read_to_string(run.join("model-card.md")).unwrap();
    assert!(card.contains("Left out: label-accuracy: the generated images have no labels."), "{card}");
}
