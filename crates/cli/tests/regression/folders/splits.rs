//! Folders and files of splits.

use std::fs;

use super::{classes, image};
use crate::common::Place;

#[test]
fn splits_are_known_in_any_spelling() {
    for (train, test) in [
        ("Train", "Test"),
        ("TRAIN", "VAL"),
        ("training", "validation"),
        ("Training Set", "Testing Set"),
        ("train", "dev"),
        ("train", "holdout"),
        ("train", "eval"),
        ("train2017", "val2017"),
        ("seg_train", "seg_test"),
        ("train/train", "test1/test1"),
    ] {
        let place = Place::new();
        classes(&place, &format!("set/{train}"), &["a", "b"], 2);
        classes(&place, &format!("set/{test}"), &["a", "b"], 1);
        fs::create_dir_all(place.path("set/labels")).unwrap();
        place.write("set/labels/labels.csv", "");
        let said = place.run(&["data", "show", "set"]).ends_with(0).stdout;
        assert!(
            said.contains("4 images") && said.contains("a           2\nb           2"),
            "{train}: {said}"
        );
        let said = place.run(&["data", "show", "set", "--split", "test"]).ends_with(0).stdout;
        assert!(said.contains("2 images"), "{test}: {said}");
    }
}

#[test]
fn test_images_of_other_classes_than_the_training_images_are_a_problem() {
    for (test, got) in [
        (&["Cat", "dog"][..], "got Cat, dog: `Cat` is none of them"),
        (&["dog", "emu"], "got dog, emu: `emu` is none of them"),
        (&["."], "got images without classes"),
    ] {
        let place = Place::new();
        classes(&place, "p/train", &["cat", "dog"], 2);
        classes(&place, "p/test", test, 1);
        let checked = place.run(&["data", "check", "p"]).ends_with(1);
        let shown = place.run(&["data", "show", "p", "--split", "test"]).ends_with(1);
        for said in [checked.stdout, shown.stderr] {
            assert!(said.contains("expected the classes of p/train (cat, dog)"), "{test:?}: {said}");
            assert!(said.contains(got), "{test:?}: {said}");
        }
    }
    // Fewer classes are none.
    let place = Place::new();
    classes(&place, "p/train", &["cat", "dog"], 2);
    classes(&place, "p/test", &["dog"], 1);
    place.run(&["data", "check", "p"]).ends_with(0);
}

#[test]
fn splits_of_several_sets_are_no_classes() {
    for folders in [&["trainA", "trainB", "testA", "testB"][..], &["train_A", "valB", "trainB"]] {
        let place = Place::new();
        classes(&place, "pairs", folders, 2);
        for command in ["show", "check"] {
            let said = place.run(&["data", command, "pairs"]).ends_with(1);
            let text = said.stdout + &said.stderr;
            assert!(text.contains("begin like splits"), "{text}");
            assert!(folders.iter().all(|name| text.contains(&format!("`{name}`"))), "{text}");
        }
        let one = format!("pairs/{}", folders[0]);
        let said = place.run(&["data", "show", &one]).ends_with(0).stdout;
        assert!(said.contains(": 2 images"), "{said}");
    }
}

#[test]
fn files_of_splits_are_paired_in_any_spelling() {
    for (train, test) in [
        ("X-Train.gpack", "X-Test.gpack"),
        ("y-train.gpack", "y-Test.gpack"),
        ("x-training.gpack", "x-testing.gpack"),
        ("D_TRAIN.gpack", "d_val.gpack"),
        ("train.gpack", "Validation.gpack"),
        ("Training.gpack", "T10K.gpack"),
    ] {
        let place = Place::new();
        classes(&place, "many", &["a", "b"], 3);
        classes(&place, "few", &["a", "b"], 1);
        for (folder, file) in [("many", train), ("few", test)] {
            place.run(&["data", "pack", folder, "-o", file]).ends_with(0);
        }
        for (file, split, says) in
            [(train, "train", ": 6 images"), (train, "test", ": 2 images"), (test, "test", ": 2 images")]
        {
            let said = place.run(&["data", "show", file, "--split", split]).ends_with(0).stdout;
            assert!(said.contains(says), "{file} {split}: {said}");
        }
    }
}

#[test]
fn what_is_packed_as_a_test_split_is_found_as_one() {
    for (train, test) in [("x-train.gpack", "x-Test.gpack"), ("Training.gpack", "TEST.gpack")] {
        let place = Place::new();
        classes(&place, "set/train", &["a", "b"], 3);
        classes(&place, "set/test", &["a", "b"], 1);
        for (split, file) in [("train", train), ("test", test)] {
            place.run(&["data", "pack", "set", "--split", split, "-o", file]).ends_with(0);
        }
        for file in [train, test] {
            let said = place.run(&["data", "show", file, "--split", "test"]).ends_with(0).stdout;
            assert!(said.contains(": 2 images"), "{file}: {said}");
        }
    }
}

#[test]
fn of_validation_and_test_images_the_test_images_are_read_and_the_others_named() {
    let place = Place::new();
    for (folder, n) in [("train", 4), ("valid", 3), ("test", 2)] {
        (0..n).for_each(|i| image(&place, &format!("set/{folder}/{i}.png")));
    }
    let said = place.run(&["data", "show", "set", "--split", "test"]).ends_with(0);
    assert!(said.stdout.contains("2 images"), "{}", said.stdout);
    assert!(said.stderr.contains("1 for validation, beside a test split"), "{}", said.stderr);
    let said = place.run(&["data", "check", "set"]).ends_with(0).stdout;
    assert!(said.contains("set/valid\n") && !said.contains("3 image files"), "{said}");
}

#[test]
fn folders_that_are_neither_splits_nor_classes_are_refused_or_said() {
    let place = Place::new();
    for name in [
        "extra/train/a/0.png",
        "extra/other/0.png",
        "beside/cats/0.png",
        "beside/test/cats/0.png",
        "both/train/0.png",
        "both/test/0.png",
        "both/more/0.png",
        "only/test/0.png",
        "inside/cats/train/0.png",
        "inside/cats/test/0.png",
        "wrapped/archive/train/0.png",
        "wrapped/archive/val/0.png",
        "vehicles/train/0.png",
        "vehicles/bus/0.png",
    ] {
        image(&place, name);
    }
    for (folder, says) in [
        ("extra", "named like splits (`train`), beside others with images (`other`)"),
        ("beside", "named like splits (`test`), beside others with images (`cats`)"),
        ("both", "named like splits (`test`, `train`), beside others with images (`more`)"),
        ("only", "no training images: `test` is named like a split to judge with"),
        ("inside", "inside/cats: holds splits itself"),
        ("wrapped", "wrapped/archive: holds splits itself"),
    ] {
        for command in [&["data", "show", folder][..], &["data", "check", folder]] {
            let said = place.run(command).ends_with(1);
            assert!(said.stderr.contains(says) || said.stdout.contains(says), "{folder}: {said:?}");
        }
    }
    // What the hints name is read.
    for source in ["extra/train", "only/test", "inside/cats", "wrapped/archive"] {
        place.run(&["data", "show", source]).ends_with(0);
    }
    for command in [&["data", "show", "vehicles"][..], &["data", "check", "vehicles"]] {
        let said = place.run(command).ends_with(0);
        let text = said.stdout + &said.stderr;
        assert!(text.contains("`train` is read as a class") && text.contains("bus"), "{text}");
    }
}
