//! Generators with labels, and discriminators that read labels or judge several images at once.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Place, SIDE, assert_same_bytes, newest_checkpoint};
use data::Split;

const EMBEDDING: &str = "generator.layers=[{ class-embedding = 4 }, { dense = 24 }, \"batch-norm\", \"relu\", { dense = 36 }, \"tanh\"]";
const PROJECTION: &str = "discriminator.layers=[{ dense = 24 }, { leaky-relu = 0.2 }, \"projection-head\"]";
const CLASSIFIER: &str = "discriminator.layers=[{ dense = 24 }, { leaky-relu = 0.2 }, \"classifier-head\"]";

/// Trains two epochs with overrides.
fn train(place: &Place, sets: &[&str]) -> PathBuf {
    let sets: Vec<&str> = ["train.epochs=2"].iter().chain(sets).flat_map(|set| ["--set", set]).collect();
    place.train(&sets)
}

#[test]
fn labels_lie_beside_the_images_and_are_read_with_them() {
    let place = Place::new();
    let run = train(&place, &[EMBEDDING, PROJECTION]);
    place.run(&["sample", "runs", "-n", "7", "--format", "idx"]).ends_with(0);
    let path = run.join("samples-images-idx3-ubyte");
    let set = data::load(path.to_str().unwrap(), Split::Train).unwrap();
    assert_eq!((set.len(), set.labels()), (7, Some(&[0, 1, 2, 0, 1, 2, 0][..])));
    place
        .run(&["sample", "runs", "-n", "3", "--format", "idx", "--labels", "2,1", "-o", "a-images.gz"])
        .ends_with(0);
    let chosen = data::load(place.path("a-images.gz").to_str().unwrap(), Split::Train).unwrap();
    assert_eq!(chosen.labels(), Some(&[2, 1, 2][..]));
    // Image 1 has the same latent and the same label in both, the others another label.
    assert_eq!(chosen.image(1), set.image(1));
    assert_ne!(chosen.image(0), set.image(0));

    place.run(&["sample", "runs", "-n", "5", "--format", "npy", "-o", "fakes.npy"]).ends_with(0);
    let labels = fs::read(place.path("fakes-labels.npy")).unwrap();
    assert!(labels.starts_with(b"\x93NUMPY\x01\x00"));
    assert!(labels.ends_with(&[0, 0, 1, 0, 2, 0, 0, 0, 1, 0]), "{labels:?}");

    place.run(&["sample", "runs", "-n", "4", "--format", "pngs", "-o", "singles"]).ends_with(0);
    assert!(place.path("singles/1/1.png").is_file() && place.path("singles/0/3.png").is_file());
    let singles = data::load(place.path("singles").to_str().unwrap(), Split::Train).unwrap();
    assert_eq!(singles.class_counts(), Some(vec![2, 1, 1]));
}

#[test]
fn a_sheet_has_a_column_a_class() {
    let place = Place::new();
    let run = train(&place, &[EMBEDDING, PROJECTION, "train.grid_images=6"]);
    let width = |path: PathBuf| {
        let file = std::io::BufReader::new(fs::File::open(path).unwrap());
        png::Decoder::new(file).read_info().unwrap().info().size()
    };
    let sides =
        |columns: usize, rows: usize| ((columns * (SIDE + 2) + 2) as u32, (rows * (SIDE + 2) + 2) as u32);
    assert_eq!(width(run.join("samples/0000000576.png")), sides(3, 2));
    place.run(&["sample", "runs", "-n", "6", "-o", "all.png"]).ends_with(0);
    assert_eq!(width(place.path("all.png")), sides(3, 2));
    place.run(&["sample", "runs", "-n", "6", "--labels", "0,1,2", "-o", "same.png"]).ends_with(0);
    assert_same_bytes(&place.path("all.png"), &place.path("same.png"));
    place.run(&["sample", "runs", "-n", "4", "--labels", "1", "-o", "one.png"]).ends_with(0);
    assert_eq!(width(place.path("one.png")), sides(2, 2));
}

#[test]
fn labels_that_are_no_class_are_refused() {
    let place = Place::new();
    train(&place, &[EMBEDDING, PROJECTION]);
    let run = place.run(&["sample", "runs", "--labels", "0,x"]).ends_with(1);
    assert!(run.stderr.contains("no class is called `x`") && run.stderr.contains("0 to 2"), "{}", run.stderr);
    let run = place.run(&["sample", "runs", "--labels", "0,3"]).ends_with(1);
    assert!(run.stderr.contains("label 3 is no class of this generator"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: there are 3: 0 to 2"), "{}", run.stderr);
}

#[test]
fn d_judges_by_label_with_a_classifier_or_in_packs() {
    for (sets, count) in [
        (&[EMBEDDING, PROJECTION][..], 40),
        (&[EMBEDDING, CLASSIFIER, "objective.auxiliary=1"], 40),
        // 40 images make 13 packs; a sampler's batches are no whole packs.
        (&["train.packing=3", "train.batch_size=15", "train.checkpoint_images=60"], 13),
    ] {
        let place = Place::new();
        train(&place, sets);
        let run = place.run(&["d-scores", "runs", "--json"]).ends_with(0);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        for kind in ["real", "generated"] {
            assert_eq!(report[kind]["count"], count, "{sets:?}: {report}");
        }
    }
}

#[test]
fn resuming_is_exact_with_classes() {
    let place = Place::new();
    let sets = [
        EMBEDDING,
        CLASSIFIER,
        "objective.auxiliary=0.5",
        "objective.feature_matching=0.1",
        "data.balanced_classes=true",
        "burn_in.images=2000",
        "burn_in.r1=0.01",
        "burn_in.beta2=0.99",
    ];
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let whole = place.train(&[&sets[..], &["--set", "train.total_images=960"]].concat());
    let part = place.train(&[&sets[..], &["--set", "train.total_images=352"]].concat());
    let part_name = part.to_str().unwrap();
    place.run(&["resume", part_name, "--quiet", "--set", "train.total_images=960"]).ends_with(0);
    assert_same_bytes(&newest_checkpoint(&whole), &newest_checkpoint(&part));
    let other =
        ["resume", part_name, "--set", "data.balanced_classes=false", "--set", "train.total_images=9600"];
    let refused = place.run(&other).ends_with(1);
    assert!(refused.stderr.contains("data.balanced_classes"), "{}", refused.stderr);
}
