//! Model files: those of format 1, those with fields and values of other versions, and generators alone.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::seal::{Parts, reseal, reseal_format_1};
use common::{Place, newest_checkpoint};
use serde_json::json;

/// See the README beside the fixture.
const RESUMED: &str = "eb60a7fac7898cde2e2d8294caeba47ec69ca0fb4bccc5381d5fa34d9ac889fc";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1").join(name)
}

/// A copy of the run of format 1, as `old`.
fn old_run(place: &Place) -> PathBuf {
    let run = place.path("old");
    for folder in ["checkpoints", "samples"] {
        fs::create_dir_all(run.join(folder)).unwrap();
    }
    for folder in ["", "checkpoints"] {
        for file in fs::read_dir(fixture("run").join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            if file.is_file() {
                fs::copy(&file, run.join(folder).join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    run
}

/// Bits are those of an instruction set: the fixture's has AVX2 and FMA.
fn has_the_instructions_of_the_fixture() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// The same bytes; with other instructions nearly the same values.
#[track_caller]
fn assert_same_images(own: &Path, expected: &Path) {
    let (own, expected) = (fs::read(own).unwrap(), fs::read(expected).unwrap());
    if has_the_instructions_of_the_fixture() {
        assert!(own == expected);
    }
    // Both headers are 128 bytes.
    let values = |file: &[u8]| -> Vec<f32> {
        file[128..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    };
    let (own, expected) = (values(&own), values(&expected));
    assert_eq!(own.len(), expected.len());
    assert!(own.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn a_run_of_format_1_gives_the_images_of_its_own_program() {
    let place = Place::new();
    old_run(&place);
    place.run(&["sample", "old", "-n", "4", "-o", "samples.npy"]).ends_with(0);
    assert_same_images(&place.path("samples.npy"), &fixture("samples.npy"));
    let raw = ["--weights", "raw", "--labels", "3", "--truncation", "0.7", "--seed", "5", "-o", "raw.npy"];
    place
        .run(&[&["sample", "old/checkpoints/0000001280.safetensors", "-n", "4"], &raw[..]].concat())
        .ends_with(0);
    assert_same_images(&place.path("raw.npy"), &fixture("raw.npy"));
}

#[test]
fn a_run_of_format_1_goes_on_as_with_its_own_program() {
    let place = Place::new();
    let run = old_run(&place);
    place.run(&["resume", "old", "--set", "train.total_images=2560", "--quiet"]).ends_with(0);
    // The config's text keeps the metric's earlier name.
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(config.contains("best = \"fjd\"\n"), "{config}");
    let end = Parts::read(&newest_checkpoint(&run));
    assert_eq!(end.sealed()["header"]["format"], "2.0");
    if has_the_instructions_of_the_fixture() {
        assert_eq!(end.tensors_sha256(), RESUMED);
    }
    // And on.
    place.run(&["resume", "old", "--set", "train.total_images=2624", "--quiet"]).ends_with(0);
}

/// A key, a section and values that no program accepts.
#[test]
fn a_config_that_would_be_refused_still_samples() {
    let place = Place::new();
    let run = old_run(&place);
    reseal_format_1(&newest_checkpoint(&run), |body| {
        let config = body["config"].as_str().unwrap();
        let config = config.replace("batch_size = 64", "batch_size = \"all\"\nof_later = 1");
        body["config"] =
            json!(config.replace("best = \"fjd\"", "best = \"none of these\"") + "\n[later]\nx = 1\n");
    });
    place.run(&["sample", "old", "-n", "4", "-o", "samples.npy"]).ends_with(0);
    assert_same_images(&place.path("samples.npy"), &fixture("samples.npy"));
    place.run(&["write", "2026", "old", "-o", "written.png"]).ends_with(0);
    place.run(&["resume", "old"]).ends_with(1);
}

#[test]
fn fields_of_later_versions_sample() {
    let place = Place::new();
    let run = place.train(&["--set", "train.total_images=320"]);
    let (path, name) = (newest_checkpoint(&run), run.to_str().unwrap());
    place.run(&["sample", name, "-n", "4", "-o", "a.npy"]).ends_with(0);
    reseal(&path, "generator/0.dense.bias", |said, _| {
        said["header"]["format"] = json!("2.9");
        said["header"]["colour"] = json!({ "space": "linear" });
        said["header"]["provenance"]["licence"] = json!("free");
        said["training"]["config"] = json!("no_key = 1\n[train]\nbatch_size = \"all\"");
        said["training"]["momentum"] = json!([1, 2]);
    });
    place.run(&["sample", name, "-n", "4", "-o", "b.npy"]).ends_with(0);
    assert!(fs::read(place.path("a.npy")).unwrap() == fs::read(place.path("b.npy")).unwrap());
    place.run(&["d-scores", name, "-n", "20"]).ends_with(0);
    place.run(&["report", name]).ends_with(0);
    let said = place.run(&["resume", name]).ends_with(1).stderr;
    assert!(said.contains("its training state") && said.contains("momentum"), "{said}");
}

#[test]
fn a_generator_alone_serves_in_the_place_of_a_run() {
    let place = Place::new();
    let run = old_run(&place);
    let checkpoint = newest_checkpoint(&run);
    place.run(&["export", "old", "-o", "alone.safetensors"]).ends_with(0);
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    assert!(size(&place.path("alone.safetensors")) < size(&checkpoint) / 3);
    let said = Parts::read(&place.path("alone.safetensors")).sealed();
    assert!(said["training"].is_null() && said["header"]["discriminator"].is_null(), "{said}");
    assert_eq!(said["header"]["provenance"]["images"], 1280);
    for (command, output) in [
        (&["sample", "-n", "4"][..], "samples.npy"),
        (&["write", "2026"], "written.png"),
        (&["morph", "--frames", "2"], "morph.gif"),
        (&["blind-test", "-n", "20"], "test.html"),
        (&["export"], "again.safetensors"),
    ] {
        let mut bytes = Vec::new();
        for from in ["old", "alone.safetensors"] {
            place.run(&[command, &[from, "-o", output]].concat()).ends_with(0);
            bytes.push(fs::read(place.path(output)).unwrap());
            fs::remove_file(place.path(output)).unwrap();
        }
        // The page names the file.
        assert!(bytes[0] == bytes[1] || output == "test.html", "{command:?}");
    }
    place.run(&["eval", "alone.safetensors", "-n", "200", "--json"]).ends_with(0);
    for (command, reason) in [
        (&["resume", "alone.safetensors"][..], "a file, where a run's folder is expected"),
        (&["d-scores", "alone.safetensors"], "without a discriminator"),
        (&["train", "dense", "--from", "alone.safetensors"], "needs both networks"),
        (&["sample", "alone.safetensors", "--weights", "raw"], "the average of the weights alone"),
    ] {
        let said = place.run(command).ends_with(1).stderr;
        assert!(said.contains("alone.safetensors") && said.contains(reason), "{command:?}: {said}");
    }
    // Nor does it stand in for a checkpoint of a run.
    fs::copy(place.path("alone.safetensors"), &checkpoint).unwrap();
    let said = place.run(&["resume", "old"]).ends_with(1).stderr;
    assert!(said.contains("without the state of its training"), "{said}");
}

#[test]
fn an_export_takes_the_scores_of_its_checkpoint_and_no_paths() {
    let place = Place::new();
    let run = place.train(&["--set", "train.total_images=1024", "--set", "train.tick_images=512"]);
    common::logged_evals(&run, "abc", 0.0);
    let name = run.to_str().unwrap();
    let exported = |arguments: &[&str]| {
        place.run(&[&["export", name, "-o", "alone.safetensors"], arguments].concat()).ends_with(0);
        Parts::read(&place.path("alone.safetensors")).sealed()["header"].take()
    };
    let header = exported(&[]);
    let scores = header["metrics"].as_array().unwrap();
    let recall = scores.iter().find(|score| score["metric"] == "recall").unwrap();
    assert_eq!((&recall["value"], &recall["floor"]), (&json!(0.123_456_789), &json!(0.875)));
    assert_eq!((&recall["samples"], &recall["judge_sha256"]), (&json!(1000), &json!("abc")));
    assert_eq!(header["provenance"]["data"]["source"], "data");
    assert!(!header.to_string().contains(place.path("").to_str().unwrap()), "{header}");
    assert!(exported(&["--weights", "raw"])["metrics"].is_null());
    assert!(exported(&["--checkpoint", "960"])["metrics"].is_null());
    // A checkpoint of training is never overwritten, a generator alone is.
    let path = newest_checkpoint(&run);
    fs::copy(&path, place.path("kept.safetensors")).unwrap();
    for (output, code) in
        [("kept.safetensors", 1), (path.to_str().unwrap(), 1), ("alone.safetensors", 0), ("x.pt", 1)]
    {
        place.run(&["export", name, "-o", output]).ends_with(code);
    }
}
