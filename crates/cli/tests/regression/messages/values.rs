//! Values of `--set` that look like values of another type.

use super::classes;
use crate::common::Place;

/// Folders whose names TOML reads as numbers, dates, lists or not at all.
const FOLDERS: [&str; 16] = [
    "2024",
    "true",
    "inf",
    "nan",
    "1e5",
    "0x10",
    "2024-01-01",
    "1_000",
    "[a]",
    "{x}",
    "a=b",
    "a, b",
    "my photos",
    "it's",
    "say \"x\"",
    "back\\slash",
];

#[test]
fn a_folder_called_like_a_number_is_a_source() {
    let place = Place::new();
    for (i, folder) in FOLDERS.iter().enumerate() {
        classes(&place, folder, 20, 6, 1);
        let set = format!("data.source={folder}");
        let limit = ["--set", "train.total_images=128", "--quiet"];
        let dry = if i == 0 { &limit[..] } else { &["--dry-run"][..] };
        let run = place.run(&[&["train", "small.toml", "--set", &set][..], dry].concat()).ends_with(0);
        let quoted = toml::Value::String((*folder).to_owned());
        assert!(i == 0 || run.stdout.contains(&format!("source = {quoted}\n")), "{folder}: {}", run.stdout);
    }
    // Quotes are TOML's, and optional.
    for set in ["data.source=\"2024\"", "data.source='2024'", "data.source = 2024"] {
        place.run(&["train", "small.toml", "--dry-run", "--set", set]).ends_with(0);
    }
}

#[test]
fn a_lone_number_is_the_side_of_a_square() {
    let place = Place::new();
    classes(&place, "photos", 20, 9, 1);
    for size in ["6", "6x6", "6X6"] {
        let set = format!("data.size={size}");
        place
            .run(&["train", "small.toml", "--dry-run", "--set", "data.source=photos", "--set", &set])
            .ends_with(0);
    }
    place.run(&["data", "show", "photos", "--size", "6"]).ends_with(0);
    let plan = ["train", "dense", "--image", "16", "--set", "data.source=photos", "--dry-run"];
    let run = place.run(&[&plan[..], &["--set", "train.batch_size=8"]].concat()).ends_with(0);
    assert!(run.stdout.contains("size = \"16x16\""), "{}", run.stdout);
}

#[test]
fn a_number_is_read_however_it_is_written_and_nothing_else_is() {
    let place = Place::new();
    let set = |text: &str| place.run(&["train", "small.toml", "--dry-run", "--set", text]);
    for (text, line) in [
        ("train.total_images=1e5", "total_images = 100000\n"),
        ("train.total_images=128.0", "total_images = 128\n"),
        ("train.total_images=1_000", "total_images = 1000\n"),
        ("train.total_images=0x100", "total_images = 256\n"),
        ("train.max_seconds=90", "max_seconds = 90.0\n"),
        ("optimizer.generator.lr=.001", "lr = 0.001\n"),
    ] {
        let run = set(text).ends_with(0);
        assert!(run.stdout.contains(line), "{text}: {}", run.stdout);
    }
    for (text, said) in [
        ("train.total_images=1.5", "`train.total_images` takes a whole number from 0 up, not `1.5`"),
        ("train.batch_size=2024-01-01", "takes a whole number from 0 up"),
        ("train.batch_size=-1", "takes a whole number from 0 up"),
        ("optimizer.generator.lr=fast", "takes a number, not `fast`"),
        ("data.skip_broken=1", "takes true or false, not `1`"),
    ] {
        let run = set(text).ends_with(1);
        assert!(
            run.stderr.contains(&format!("--set {text}: ")) && run.stderr.contains(said),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_number_for_a_text_in_a_config_file_is_answered_with_quotes() {
    let place = Place::new();
    let small = std::fs::read_to_string(place.path("small.toml")).unwrap();
    let (before, after) = small.split_once("source = \"").unwrap();
    let after = after.split_once("\"\n").unwrap().1;
    for value in ["2024", "true", "2024-01-01"] {
        place.write("mine.toml", format!("{before}source = {value}\n{after}"));
        let run = place.run(&["train", "mine.toml", "--dry-run"]).ends_with(1);
        let hint = format!("hint: a text has quotes: source = \"{value}\"");
        assert!(run.stderr.contains(&hint), "{}", run.stderr);
    }
}

#[test]
fn what_was_typed_is_blamed_and_nothing_else() {
    let place = Place::new();
    for (arguments, blamed) in [
        (&["--image", "30x30x1"][..], "no generator of this preset makes 30x30x1"),
        (&["--until", "fd<"], "--until fd<: `eval.until`"),
        (&["--set", "train.batch_size=0"], "--set train.batch_size=0: `train.batch_size`"),
    ] {
        let run = place.run(&[&["train", "dcgan", "--dry-run"], arguments].concat()).ends_with(1);
        assert!(run.stderr.contains(blamed), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("data.size"), "{}", run.stderr);
    }
    // A default that is not written.
    let mut config = std::fs::read_to_string(place.path("small.toml")).unwrap();
    config = config.replace("batch_size = 16\n", "");
    for i in 0..4 {
        super::write_image(&place, &format!("few/{i}.png"), 6, 6, 1);
    }
    place.write("few.toml", config);
    let run = place.run(&["train", "few.toml", "--set", "data.source=few", "--dry-run"]).ends_with(1);
    assert!(run.stderr.contains("this is its default, as it is not written"), "{}", run.stderr);
}
