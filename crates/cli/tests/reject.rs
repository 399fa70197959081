//! `--reject`: the images that are farthest from real ones are left out.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Place, SIDE};

const EMBEDDING: &str =
    "generator.layers=[{ class-embedding = 4 }, { dense = 24 }, \"relu\", { dense = 36 }, \"tanh\"]";
const PROJECTION: &str = "discriminator.layers=[{ dense = 24 }, { leaky-relu = 0.2 }, \"projection-head\"]";

/// A run on bars of classes 0, 1 and 2 with a judge of them; with labels if `conditional`.
fn judged(conditional: bool) -> Place {
    let place = Place::new();
    let source = place.bars();
    let train = ["judge", "train", "--data", &source, "-o", "judge.safetensors", "--epochs", "8", "--quiet"];
    place.run(&train).ends_with(0);
    let from = format!("data.source={source}");
    let networks: &[&str] =
        if conditional { &["--set", EMBEDDING, "--set", PROJECTION] } else { &["--set", "train.epochs=2"] };
    place.train(&[&["--set", "train.epochs=2", "--set", &from], networks].concat());
    place
}

/// The images of `sample` with these arguments.
fn sample(place: &Place, count: &str, more: &[&str]) -> Vec<Vec<u8>> {
    let arguments = ["sample", "runs", "--format", "idx", "-o", "x-idx3-ubyte", "-n", count];
    place.run(&[&arguments[..], more].concat()).ends_with(0);
    let images = data::idx::read(place.path("x-idx3-ubyte")).unwrap();
    images.data().chunks_exact(SIDE * SIDE).map(<[u8]>::to_vec).collect()
}

const HALF: [&str; 4] = ["--reject", "0.5", "--judge", "judge.safetensors"];

#[test]
fn what_is_kept_are_images_of_the_sequence_in_their_order_and_classes() {
    for (conditional, classes) in [(true, 3), (false, 1)] {
        let place = judged(conditional);
        let all = sample(&place, "400", &[]);
        let kept = sample(&place, "60", &HALF);
        assert_eq!(kept.len(), 60);
        let places: Vec<usize> =
            kept.iter().map(|image| all.iter().position(|other| other == image).unwrap()).collect();
        for (i, &place) in places.iter().enumerate() {
            assert_eq!(place % classes, i % classes, "image {i} is of its class");
            assert!(i < classes || place > places[i - classes], "image {i} comes after that before it");
        }
        assert_ne!(kept, all[..60]);
        // About one of two.
        let of_class_0 = places.iter().copied().filter(|place| place % classes == 0).max().unwrap() / classes;
        assert!((60 / classes * 5 / 4..60 / classes * 4).contains(&of_class_0), "{of_class_0}");
        // A larger number gives the same first images, and none is left out without a share.
        assert_eq!(sample(&place, "25", &HALF), kept[..25]);
        assert_eq!(sample(&place, "60", &["--threads", "1"]), all[..60]);
        if conditional {
            // Whether an image is kept does not depend on the other classes.
            let ones = sample(&place, "200", &[&HALF[..], &["--labels", "1"]].concat());
            let of_class_1: Vec<_> = kept.iter().skip(1).step_by(3).collect();
            assert!(of_class_1.iter().all(|image| ones.contains(image)));
        }
    }
}

#[test]
fn other_formats_the_blind_test_and_handwriting_leave_out_the_same() {
    let place = judged(true);
    let kept = sample(&place, "12", &HALF);
    let npy = ["sample", "runs", "--format", "npy", "-o", "x.npy", "-n", "12"];
    let run = place.run(&[&npy[..], &HALF].concat()).ends_with(0);
    assert!(run.stderr.contains("kept 12 of "), "{}", run.stderr);
    let npy = fs::read(place.path("x.npy")).unwrap();
    let floats = npy[npy.len() - 4 * 12 * SIDE * SIDE..].chunks_exact(4);
    let bytes: Vec<u8> =
        floats.map(|four| model::sampler::to_byte(f32::from_le_bytes(four.try_into().unwrap()))).collect();
    assert_eq!(bytes, kept.concat());

    let singles = ["sample", "runs", "--format", "pngs", "-o", "singles", "-n", "12"];
    place.run(&[&singles[..], &HALF].concat()).ends_with(0);
    let png = image::open(place.path("singles/1/04.png")).unwrap().to_luma8().into_raw();
    assert_eq!(png, kept[4]);

    let page = |more: &[&str]| {
        place.run(&[&["blind-test", "-n", "12", "-o", "page.html"], more].concat()).ends_with(0);
        fs::read_to_string(place.path("page.html")).unwrap()
    };
    let (plain, half) = (page(&[]), page(&HALF));
    assert!(plain.contains("\"reject\":null") && half.contains("\"reject\":0.5"));
    assert_ne!(plain, half);

    // Some first hand writes a digit that is left out, and another takes its place.
    let write = |text: &str, more: &[&str]| {
        place.run(&[&["write", text, "--scale", "1", "-o", "w.png"], more].concat()).ends_with(0);
        image::open(place.path("w.png")).unwrap()
    };
    let with_seed = |seed, more: &[&str]| write("012", &[&["--seed", seed], more].concat());
    assert!(["0", "1", "2", "3"].iter().any(|seed| with_seed(seed, &[]) != with_seed(seed, &HALF)));
    write("0120120120", &["--hand", "each", "--reject", "0.9", "--judge", "judge.safetensors"]);
}

#[test]
fn what_cannot_be_rejected_is_refused() {
    let place = judged(true);
    let run = place.run(&["sample", "runs", "--reject", "0.1"]).ends_with(1);
    assert!(run.stderr.contains("hint: ganymede judge train --data"), "{}", run.stderr);
    let run = place.run(&["sample", "runs", "--reject", "0.1", "--judge", "mnist"]).ends_with(1);
    assert!(run.stderr.contains("28x28x1"), "{}", run.stderr);
    for share in ["0", "0.95", "some"] {
        let run = place.run(&["write", "1", "--reject", share]).ends_with(2);
        assert!(run.stderr.contains("above 0, at most 0.9"), "{}", run.stderr);
    }
    place.run(&["sample", "runs", "--judge", "judge.safetensors"]).ends_with(2);
}
