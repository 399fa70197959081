//! Outputs that would replace an input or a file of a run.

use std::fs;
use std::path::Path;

use super::classes;
use crate::common::{Place, newest_checkpoint};

/// Runs a command that is refused and leaves a file, or its absence, as it is.
#[track_caller]
fn spares(place: &Place, command: &[&str], file: &Path, said: &str) {
    let before = fs::read(file).ok();
    let run = place.run(command).ends_with(1);
    assert!(run.stderr.contains(said), "{command:?}: {}", run.stderr);
    assert!(fs::read(file).ok() == before, "{command:?} changed {}", file.display());
}

#[test]
fn no_command_writes_into_the_folder_of_data_that_it_reads() {
    let place = Place::new();
    classes(&place, "photos", 40, 6, 1);
    place.train(&["--set", "train.total_images=128", "--set", "data.source=photos"]);
    let (old, new) = ("photos/dark/000.png", "photos/dark/sheet.png");
    for output in [old, new, "photos/../photos/light/a.png"] {
        let file = place.path(output);
        for command in [
            &["data", "show", "photos", "-o", output][..],
            &["d-scores", "runs", "--split", "train", "-n", "8", "-o", output],
        ] {
            spares(&place, command, &file, "lies in the folder of data that this command reads");
        }
    }
    let pack = "photos/photos.gpack";
    spares(&place, &["data", "pack", "photos", "-o", pack], &place.path(pack), "lies in the folder of data");
    spares(&place, &["data", "pack", "photos", "-o", old], &place.path(old), "would be a packed file");
    // `sample` reads no data: existing files stay, and its products are recognised.
    let sample = ["sample", "runs", "-n", "4", "-o", old];
    spares(&place, &sample, &place.path(old), "is a part of the data that the run learned from");
    // Products lie in the run's folder, wherever that is.
    place.run(&["sample", "runs", "-n", "4"]).ends_with(0);
}

#[cfg(unix)]
#[test]
fn an_input_under_another_name_is_an_input() {
    let place = Place::new();
    classes(&place, "photos", 8, 6, 1);
    let image = place.path("photos/dark/000.png");
    fs::hard_link(&image, place.path("hard.png")).unwrap();
    std::os::unix::fs::symlink(&image, place.path("soft.png")).unwrap();
    std::os::unix::fs::symlink(place.path("photos"), place.path("linked")).unwrap();
    for output in ["hard.png", "soft.png", "linked/dark/new.png"] {
        spares(&place, &["data", "show", "photos", "-o", output], &image, "this command reads");
    }
    place.run(&["data", "pack", "photos", "-o", "a.gpack"]).ends_with(0);
    fs::hard_link(place.path("a.gpack"), place.path("b.gpack")).unwrap();
    let judge = place.path("data/train-images-idx3-ubyte");
    spares(&place, &["data", "pack", "linked", "-o", "photos/x.gpack"], &judge, "lies in the folder");
}

#[test]
fn files_of_a_run_are_not_replaced_by_products() {
    let place = Place::new();
    let run = place.train(&["--set", "train.total_images=128"]);
    let checkpoint = newest_checkpoint(&run);
    let inside = |path: &Path| format!("runs/0000-small/{}", path.strip_prefix(&run).unwrap().display());
    let sample = |output: &str| {
        spares(
            &place,
            &["sample", "runs", "-n", "4", "--format", "png", "-o", output],
            &place.path(output),
            "",
        );
    };
    for name in ["events.jsonl", "config.toml", "environment.json", "lock", "model-card.md", "report.html"] {
        sample(&format!("runs/0000-small/{name}"));
    }
    for name in ["checkpoints/latest", "samples/0000000128.png", "samples/new.png", "written.png"] {
        sample(&format!("runs/0000-small/{name}"));
    }
    sample(&inside(&checkpoint));
    let blind = ["blind-test", "runs", "-n", "4", "-o", "runs/0000-small/report.html"];
    spares(&place, &blind, &run.join("report.html"), "is a file of the run");
    let judge = |output: &str, said: &str| {
        let train = ["judge", "train", "--data", "data", "--epochs", "1", "-o", output];
        spares(&place, &train, &place.path(output), said);
    };
    judge(&inside(&checkpoint), "");
    // A checkpoint is no judge, wherever it lies.
    fs::copy(&checkpoint, place.path("mine.safetensors")).unwrap();
    judge("mine.safetensors", "it is not overwritten");
    let compare = ["compare", "runs", "-o", "runs/0000-small"];
    spares(&place, &compare, &run.join("losses-by-images.png"), "is a run's folder");
    // Its own product is replaced.
    for _ in 0..2 {
        place.run(&["sample", "runs", "-n", "4"]).ends_with(0);
        place.run(&["sample", "runs", "-n", "4", "-o", "runs/0000-small/samples.png"]).ends_with(0);
    }
}

#[test]
fn a_pack_is_not_written_over_that_of_the_other_split() {
    let place = Place::new();
    for i in 0..8 {
        let name = format!("two/{}/{i}.png", ["train", "test"][i % 4 / 3]);
        super::write_image(&place, &name, 6, 6, 1);
    }
    let pack = |split: &str, output: &str, code: i32| {
        place.run(&["data", "pack", "two", "--split", split, "-o", output]).ends_with(code)
    };
    pack("train", "two.gpack", 0);
    pack("test", "two-test.gpack", 0);
    for (split, output) in [
        ("test", "two.gpack"),
        ("train", "two-test.gpack"),
        ("test", "two-train.gpack"),
        ("test", "latest.gpack"),
        ("train", "t10k.gpack"),
    ] {
        let before = fs::read(place.path(output)).ok();
        let run = pack(split, output, 1);
        assert!(run.stderr.contains(&format!("these are the {split} images")), "{}", run.stderr);
        assert!(fs::read(place.path(output)).ok() == before, "{output}");
    }
}
