//! Commands that the program prints after success: what to do next.

use super::classes;
use super::hints::type_in;
use crate::common::Place;

/// The commands of a text, each from its `ganymede` to the two spaces before what it does.
fn commands(text: &str) -> Vec<String> {
    let of = |line: &str| {
        let at = line.find("ganymede ")?;
        Some(line[at..].split("  ").next().unwrap_or_default().to_owned())
    };
    text.lines().filter_map(of).collect()
}

#[test]
fn what_a_run_suggests_at_its_end_works() {
    let place = Place::new();
    // Without a test split, in folders whose names a shell takes apart.
    classes(&place, "my photos", 40, 6, 1);
    let limits = [
        &["--set", "train.total_images=128"][..],
        &["--set", "train.epochs=1"],
        &["--time", "1s"],
        &["--set", "train.total_images=128", "--time", "1s"],
    ];
    for limit in limits {
        let train = ["train", "small.toml", "--set", "data.source=my photos", "--out", "it's runs"];
        let more = ["--set", "train.tick_images=16", "--set", "train.warmup_images=0", "--threads", "1"];
        let run = place.run(&[&train[..], &more, limit].concat()).ends_with(0);
        let next = commands(run.stdout.split_once("\nnext\n").unwrap().1);
        assert!(next.len() >= 4, "{}", run.stdout);
        for command in next {
            let typed = type_in(&place, &command, "").ends_with(0);
            if command.contains(" resume ") {
                assert!(typed.stdout.contains("images ("), "{command} did not train: {}", typed.stdout);
            }
        }
    }
}

#[test]
fn what_extends_a_finished_run_shows_more_images() {
    let place = Place::new();
    place.train(&["--set", "train.total_images=1280"]);
    for typed in [
        &["--set", "train.total_images=256"][..],
        &["--set", "train.epochs=1"],
        &["--set", "train.total_images=128", "--set", "train.epochs=1"],
        &[],
    ] {
        let run = place.run(&[&["resume", "runs"], typed].concat()).ends_with(0);
        let (_, command) = run.stdout.split_once("to extend it: ").unwrap();
        let typed = type_in(&place, command.trim(), "--set train.tick_images=100000").ends_with(0);
        let shown = typed.stdout.split_once("after ").unwrap().1.split(' ').next().unwrap().replace(',', "");
        assert!(shown.parse::<u64>().unwrap() > 640, "{command}: {}", typed.stdout);
        std::fs::remove_dir_all(place.path("runs")).unwrap();
        place.train(&["--set", "train.total_images=1280"]);
    }
}

#[test]
fn what_follows_a_pack_works() {
    let place = Place::new();
    for (folder, side, channels) in [("my photos", 16, 3), ("odd", 9, 1)] {
        classes(&place, folder, 20, side, channels);
        let pack = format!("{folder}.gpack");
        let run = place.run(&["data", "pack", folder, "-o", &pack]).ends_with(0);
        let command = commands(&run.stderr).pop().unwrap();
        type_in(&place, &command, "--total-images 16 --quiet").ends_with(0);
    }
    for i in 0..8 {
        let name = format!("two/{}/{i}.png", ["train", "test"][i % 4 / 3]);
        super::write_image(&place, &name, 9, 9, 1);
    }
    let run = place.run(&["data", "pack", "two", "--size", "6", "-o", "two.gpack"]).ends_with(0);
    type_in(&place, &commands(&run.stderr)[0], "").ends_with(0);
    for split in ["train", "test"] {
        let run = place.run(&["data", "show", "two-train.gpack", "--split", split]).ends_with(0);
        assert!(run.stdout.contains("images of 6x6x1"), "{}", run.stdout);
    }
}
