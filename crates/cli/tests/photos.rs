//! `train FOLDER`: folders as people have them train at the first command, without flags.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Place, write_image};

/// A folder of images: how many, of which size and channels, in which subfolders.
struct Folder {
    name: &'static str,
    images: usize,
    sizes: &'static [(u32, u32)],
    channels: &'static [u32],
    subfolders: &'static [&'static str],
    /// What the first lines say.
    says: &'static [&'static str],
}

const USUAL: Folder =
    Folder { name: "", images: 40, sizes: &[(16, 16)], channels: &[3], subfolders: &[""], says: &[] };

fn folders() -> Vec<Folder> {
    vec![
        Folder { name: "flat", says: &["40 images without classes", "16x16x3: the images have"], ..USUAL },
        Folder { name: "grey", channels: &[1], says: &["16x16x1"], ..USUAL },
        Folder { name: "mixed-colours", channels: &[1, 3], says: &["16x16x3"], ..USUAL },
        Folder { name: "alpha", channels: &[4], says: &["transparent"], ..USUAL },
        Folder { name: "grey-and-alpha", channels: &[1, 4], ..USUAL },
        Folder { name: "odd-size", sizes: &[(19, 19)], says: &["16x16x3: the images have 19x19"], ..USUAL },
        Folder { name: "many-sizes", sizes: &[(20, 16), (33, 17), (16, 40)], says: &["3 sizes"], ..USUAL },
        Folder { name: "wide", sizes: &[(160, 120)], images: 8, says: &["48x64x3"], ..USUAL },
        Folder { name: "tiny", sizes: &[(5, 3)], says: &["8x"], ..USUAL },
        Folder { name: "one-image", images: 1, says: &["1 image without", "variations"], ..USUAL },
        Folder { name: "two-images", images: 2, ..USUAL },
        Folder { name: "one-class", subfolders: &["only"], says: &["one class"], ..USUAL },
        Folder { name: "two-classes", subfolders: &["cat", "dog"], says: &["of 2 classes"], ..USUAL },
        Folder {
            name: "nested",
            subfolders: &["cat/a/b", "cat/c", "dog/d"],
            says: &["of 2 classes"],
            ..USUAL
        },
        Folder { name: "splits", subfolders: &["train", "test"], says: &["without classes"], ..USUAL },
        Folder {
            name: "classes-in-splits",
            subfolders: &["Train/cat", "Train/dog", "Test/cat", "Test/dog"],
            says: &["of 2 classes"],
            ..USUAL
        },
        Folder { name: "classes-and-strays", subfolders: &["cat", "dog", "dog/@eaDir"], ..USUAL },
        Folder { name: "with space", subfolders: &["my cat", "-dog"], says: &["of 2 classes"], ..USUAL },
    ]
}

fn make(place: &Place, folder: &Folder) {
    for i in 0..folder.images {
        let (width, height) = folder.sizes[i % folder.sizes.len()];
        let channels = folder.channels[i % folder.channels.len()];
        let subfolder = folder.subfolders[i % folder.subfolders.len()];
        let path = [folder.name, subfolder, &format!("{i:03}.png")].join("/").replace("//", "/");
        write_image(place, &path, height, width, channels);
    }
}

#[test]
fn folders_as_people_have_them_train_at_the_first_command() {
    let place = Place::new();
    for folder in folders() {
        make(&place, &folder);
        let run = place.run(&["train", folder.name, "--total-images", "16", "--eval", "0"]).ends_with(0);
        for says in folder.says {
            assert!(run.stderr.contains(says), "{}: {says}\n{}", folder.name, run.stderr);
        }
    }
}

#[test]
fn three_hundred_classes_train() {
    let place = Place::new();
    for class in 0..300 {
        write_image(&place, &format!("many/{class:03}/a.png"), 8, 8, 3);
    }
    let run = place.run(&["train", "many", "--total-images", "64", "--eval", "0"]).ends_with(0);
    assert!(run.stderr.contains("300 images of 300 classes"), "{}", run.stderr);
}

#[test]
fn broken_images_are_left_out_and_counted() {
    let place = Place::new();
    make(&place, &Folder { name: "damaged", ..USUAL });
    let png = fs::read(place.path("damaged/000.png")).unwrap();
    place.write("damaged/cut.png", &png[..png.len() / 2]);
    let run = place.run(&["train", "damaged", "--total-images", "16", "--eval", "0"]).ends_with(0);
    assert!(run.stderr.contains("passed over 1 files"), "{}", run.stderr);
}

#[test]
fn files_of_images_train_and_sizes_that_nothing_makes_get_dense_networks() {
    let place = Place::new();
    make(&place, &Folder { name: "flat", ..USUAL });
    place.run(&["data", "pack", "flat", "-o", "flat.gpack"]).ends_with(0);
    place.run(&["train", "flat.gpack", "--total-images", "16", "--eval", "0"]).ends_with(0);
    place.run(&["data", "pack", "flat", "--size", "15x15", "-o", "odd.gpack"]).ends_with(0);
    let run = place.run(&["train", "odd.gpack", "--total-images", "16", "--eval", "0"]).ends_with(0);
    assert!(run.stderr.contains("dense"), "{}", run.stderr);
}

/// What `--dry-run` prints is a config that trains the same run.
#[test]
fn the_choice_is_a_config_to_edit() {
    let place = Place::new();
    make(&place, &Folder { name: "pets", subfolders: &["cat", "dog"], ..USUAL });
    let dry = place.run(&["train", "pets", "--dry-run", "--eval", "0"]).ends_with(0);
    let config = place.write("mine.toml", &dry.stdout);
    let train = |what: &str| {
        let folder = place.run(&["train", what, "--total-images", "32", "--eval", "0", "-q"]).folder();
        let mut text = fs::read_to_string(place.path(folder.to_str().unwrap()).join("config.toml")).unwrap();
        text.retain(|c| c != '\r');
        text
    };
    assert_eq!(train("pets"), train(config.to_str().unwrap()));
    assert!(
        dry.stdout.contains("source = \"pets\"") && dry.stdout.contains("size = \"16x16\""),
        "{}",
        dry.stdout
    );
}

#[test]
fn flags_come_last() {
    let place = Place::new();
    make(&place, &Folder { name: "flat", ..USUAL });
    let dry = place.run(&[
        "train",
        "flat",
        "--image",
        "8x8x1",
        "--set",
        "objective.r1=3",
        "--seed",
        "5",
        "--dry-run",
        "--eval",
        "0",
    ]);
    let text = dry.ends_with(0).stdout;
    for line in ["size = \"8x8\"", "channels = 1", "r1 = 3.0", "seed = 5", "images              40 of 8x8x1"]
    {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn what_cannot_train_is_refused_with_the_flag_that_fits() {
    let place = Place::new();
    make(&place, &Folder { name: "flat", ..USUAL });
    fs::create_dir(place.path("empty")).unwrap();
    let refused = |arguments: &[&str]| place.run(arguments).ends_with(1).stderr;
    let said = refused(&["train", "flat", "--image", "50x50x3"]);
    assert!(said.contains("hint: ganymede train flat --image 16x16x3"), "{said}");
    let said = refused(&["train", "empty"]);
    assert!(said.contains("empty: neither IDX files"), "{said}");
    let said = refused(&["train", "flat/000.png"]);
    assert!(said.contains("PNG image"), "{said}");
    let said = refused(&["train", "nothing-here"]);
    assert!(said.contains("no preset"), "{said}");
}
