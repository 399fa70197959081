//! `write`, `morph` and `blind-test`: generated images as handwriting, as animations, and among real ones.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::File;
use std::path::Path;

use common::{Place, SIDE};

const EMBEDDING: &str =
    "generator.layers=[{ class-embedding = 4 }, { dense = 24 }, \"relu\", { dense = 36 }, \"tanh\"]";
const PROJECTION: &str = "discriminator.layers=[{ dense = 24 }, { leaky-relu = 0.2 }, \"projection-head\"]";

/// A run with labels 0, 1 and 2.
fn conditional() -> Place {
    let place = Place::new();
    place.train(&["--set", "train.epochs=2", "--set", EMBEDDING, "--set", PROJECTION]);
    place
}

/// Its frames' size and pixels, and their hundredths of a second.
fn frames(path: &Path) -> Vec<((u16, u16), Vec<u8>, u16)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(std::io::BufReader::new(File::open(path).unwrap())).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        frames.push(((frame.width, frame.height), frame.buffer.to_vec(), frame.delay));
    }
    frames
}

#[test]
fn digits_are_written() {
    let place = conditional();
    let path = place.run(&["write", "2-1", "--scale", "3"]).ends_with(0).stdout;
    assert!(path.trim_end().ends_with("written.png"), "{path}");
    let one = image::open(place.path(path.trim_end())).unwrap().to_luma8();
    // One line and its margins, three times as high.
    assert_eq!(one.height() as usize, 3 * (SIDE + 8));
    assert_eq!(one.get_pixel(0, 0).0, [255], "paper is white");
    place.run(&["write", "2-1", "-n", "2", "--ink", "white", "--scale", "1", "-o", "two.png"]).ends_with(0);
    let two = image::open(place.path("two.png")).unwrap().to_luma8();
    assert_eq!(two.height() as usize, 2 * SIDE + 12);
    assert_eq!(two.get_pixel(0, 0).0, [0], "paper is black");
    // One hand is one latent: the same digit twice is the same image twice, by hands of their own it is not.
    let halves = |name: &str, hand: &str| {
        place.run(&["write", "11", "--scale", "1", "--hand", hand, "-o", name]).ends_with(0);
        let picture = image::open(place.path(name)).unwrap().to_luma8();
        let width = picture.width() as usize - 8;
        let row = |x: usize| (0..SIDE).map(move |y| (4 + x, 4 + y)).collect::<Vec<_>>();
        let value = |(x, y): (usize, usize)| picture.get_pixel(x as u32, y as u32).0[0];
        (0..width / 2).all(|x| row(x).into_iter().map(value).eq(row(x + width / 2).into_iter().map(value)))
    };
    assert!(halves("one.png", "one"));
    assert!(!halves("each.png", "each"));
}

#[test]
fn what_cannot_be_written_is_refused() {
    let place = conditional();
    for (text, words) in [("7", "no class 7"), ("abc", "`a` cannot be written"), ("--- ", "no digit")] {
        let run = place.run(&["write", "--", text]).ends_with(1);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    place.train(&["--set", "train.epochs=1"]);
    let run = place.run(&["write", "1"]).ends_with(1);
    assert!(run.stderr.contains("takes no labels"), "{}", run.stderr);
}

#[test]
fn classes_turn_into_one_another_and_back() {
    let place = conditional();
    let args = ["morph", "runs", "--from", "0", "--to", "2", "-n", "4", "--frames", "5", "--scale", "2"];
    place.run(&[&args[..], &["-o", "m.gif"]].concat()).ends_with(0);
    let all = frames(&place.path("m.gif"));
    assert_eq!(all.len(), 10);
    let side = 2 * (2 * SIDE as u16 + 6);
    assert_eq!(all[0].0, (side, side));
    // It comes back by the way it went: frame 5 + i is frame 5 - i.
    assert_eq!(all[6].1, all[4].1);
    assert_ne!(all[0].1, all[5].1);
    assert!(all[0].2 > all[1].2, "a stop is seen for longer");
    let run = place.run(&["morph", "runs", "--from", "0", "--to", "3"]).ends_with(1);
    assert!(run.stderr.contains("3 is no class"), "{}", run.stderr);
    place.run(&["morph", "runs", "--from", "0"]).ends_with(2);
    // All three classes by default.
    place.run(&["morph", "--frames", "2", "-o", "all.gif"]).ends_with(0);
    assert_eq!(frames(&place.path("all.gif")).len(), 6);
}

#[test]
fn without_labels_latents_walk() {
    let place = Place::new();
    place.train(&["--set", "train.epochs=1"]);
    place.run(&["morph", "--frames", "3", "-n", "1", "-o", "walk.gif"]).ends_with(0);
    let all = frames(&place.path("walk.gif"));
    assert_eq!(all.len(), 15);
    assert_ne!(all[0].1, all[3].1);
    let run = place.run(&["morph", "--from", "0", "--to", "1"]).ends_with(1);
    assert!(run.stderr.contains("takes no labels"), "{}", run.stderr);
}

#[test]
fn a_blind_test_has_as_many_real_images_as_generated_ones() {
    let place = conditional();
    let path = place.run(&["blind-test", "-n", "12", "--seed", "5"]).ends_with(0).stdout;
    assert!(path.trim_end().ends_with("blind-test.html"), "{path}");
    let page = std::fs::read_to_string(place.path(path.trim_end())).unwrap();
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let trial: serde_json::Value = serde_json::from_str(data).unwrap();
    let key = trial["key"].as_str().unwrap();
    assert_eq!((key.len(), key.matches('1').count()), (24, 12));
    assert_eq!((&trial["ask"], &trial["split"]), (&"generated".into(), &"test".into()));
    // Classes 0, 1 and 2 one after another, four of each kind.
    let images = trial["images"].as_array().unwrap();
    for (i, image) in images.iter().enumerate() {
        assert_eq!(image["label"], (i / 8).to_string());
        assert!(image["src"].as_str().unwrap().starts_with("data:image/png;base64,"));
    }
    assert!((0..3).all(|class| key[8 * class..8 * class + 8].matches('1').count() == 4));
    // The same trial again is the same page; another seed is another one.
    let again = |seed: &str, name: &str| {
        place.run(&["blind-test", "-n", "12", "--seed", seed, "-o", name]).ends_with(0);
        std::fs::read_to_string(place.path(name)).unwrap()
    };
    assert_eq!(again("5", "a.html"), page);
    assert_ne!(again("6", "b.html"), page);
    let run = place.run(&["blind-test", "-n", "1000"]).ends_with(1);
    assert!(
        run.stderr.contains("too few") && run.stderr.contains("(as many as there are)"),
        "{}",
        run.stderr
    );
    place.run(&["blind-test", "-n", "0"]).ends_with(2);
}
