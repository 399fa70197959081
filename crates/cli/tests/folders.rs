//! Folders of images and packed files, from the command line.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Place, SIDE, assert_same_bytes, newest_checkpoint, write_image};
use image::{Rgba, RgbaImage};

/// `faces/` with 40 colour images of 64x48 in two classes and three formats.
fn faces(place: &Place) {
    for i in 0..40 {
        let class = ["cats", "dogs"][i % 5 / 4];
        let format = ["png", "jpg", "webp"][i % 3];
        write_image(place, &format!("faces/{class}/{i:02}.{format}"), 64, 48, 3);
    }
}

/// The same with one file of each kind that cannot be used.
fn broken(place: &Place) {
    faces(place);
    let png = fs::read(place.path("faces/cats/00.png")).unwrap();
    place.write("faces/dogs/cut.png", &png[..png.len() / 2]);
    place.write("faces/dogs/empty.jpg", "");
    place.write("faces/dogs/text.webp", "a text");
    place.write("faces/dogs/moving.gif", "GIF89a");
    write_image(place, "faces/cats/odd.png", 64, 64, 3);
}

#[test]
fn a_folder_is_packed_and_the_file_is_the_folder() {
    let place = Place::new();
    faces(&place);
    let said = place.run(&["data", "pack", "faces", "-o", "faces.gpack"]).ends_with(0);
    assert_eq!(said.stdout, "faces.gpack\n");
    assert!(
        said.stderr.contains("40 images of 64x48x3, 2 classes\ntrain on it: ganymede train faces.gpack"),
        "{}",
        said.stderr
    );
    let sheets = ["faces", "faces.gpack"].map(|source| {
        let said = place.run(&["data", "show", source, "-n", "16", "-o", "sheet.png"]).ends_with(0).stdout;
        assert!(
            said.contains("40 images of 64x48x3\nclass  images\ncats       32\ndogs        8\n"),
            "{said}"
        );
        assert!(said.contains("16 from all over it: sheet.png"), "{said}");
        fs::read(place.path("sheet.png")).unwrap()
    });
    assert!(sheets[0] == sheets[1]);
    let said = place.run(&["data", "check", "faces.gpack"]).ends_with(0).stdout;
    assert!(said.contains("40 images of 64x48x3 (") && said.contains(" bytes, packed)"), "{said}");
    assert!(said.contains("by class  cats: 32  dogs: 8"), "{said}");
    let said = place.run(&["data", "check", "faces"]).ends_with(0).stdout;
    assert!(said.contains("40 image files, 40 of them usable, RGB"), "{said}");
    let arguments = ["data", "pack", "faces", "-o", "s.gpack", "--size", "8x6", "--channels", "1", "--quiet"];
    let said = place.run(&arguments).ends_with(0);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("s.gpack\n", ""));
    let said = place.run(&["data", "show", "s.gpack"]).ends_with(0).stdout;
    assert!(said.contains("40 images of 8x6x1") && said.contains("the first 40"), "{said}");
}

#[test]
fn a_test_split_is_packed_beside_the_training_split() {
    let place = Place::new();
    for i in 0..8 {
        write_image(&place, &format!("two/{}/{i}.png", ["train", "test"][i % 4 / 3]), 6, 6, 1);
    }
    let pack = |more: &[&str]| place.run(&[&["data", "pack", "two"][..], more].concat()).ends_with(0).stderr;
    let said = pack(&["-o", "two.gpack"]);
    assert!(said.contains("6 images") && said.contains("would not be found"), "{said}");
    let said = pack(&["-o", "two-train.gpack"]);
    assert!(said.contains("data pack two --split test --output two-test.gpack"), "{said}");
    let said = pack(&["--split", "test", "-o", "two-test.gpack"]);
    assert!(said.contains("2 images") && !said.contains("not in it"), "{said}");
    let shown = place.run(&["data", "show", "two-train.gpack", "--split", "test"]).ends_with(0).stdout;
    assert!(shown.contains("2 images of 6x6x1"), "{shown}");
}

#[test]
fn what_is_wrong_with_a_folder_is_said_file_by_file() {
    let place = Place::new();
    broken(&place);
    let expected = [
        "cats/odd.png: image size: expected 64x48, as most images here, or a data.size for all, got 64x64",
        "dogs/cut.png: image: expected a sound PNG",
        "dogs/empty.jpg: image: expected PNG, JPEG, WebP, GIF, BMP, TIFF, PNM or QOI, got an empty file",
        "dogs/moving.gif: image: expected a sound GIF",
        "dogs/text.webp: image: expected PNG, JPEG, WebP, GIF, BMP, TIFF, PNM or QOI, got a text",
    ];
    let run = place.run(&["data", "check", "faces"]).ends_with(1);
    for line in expected {
        assert!(run.stdout.contains(&format!("  problem: faces/{line}")), "{line}: {}", run.stdout);
    }
    assert!(run.stdout.contains("45 image files, 40 of them usable"), "{}", run.stdout);
    assert!(run.stderr.contains("error: 5 of 45 files cannot be used"), "{}", run.stderr);
    // Resizing makes the odd one fit.
    let run = place.run(&["data", "check", "faces", "--size", "32"]).ends_with(1);
    assert!(run.stderr.contains("error: 4 of 45 files"), "{}", run.stderr);

    let refused = |arguments: &[&str], says: &[&str]| {
        let run = place.run(arguments).ends_with(1);
        for part in says {
            assert!(run.stderr.contains(part), "{arguments:?}: `{part}` is not in: {}", run.stderr);
        }
    };
    let sizes = [
        "faces: images of 2 sizes: 41 of 64x48, 1 of 64x64",
        "hint: ganymede data check faces\n",
        "--size 64x48\n        (brings all to one size)",
    ];
    refused(&["data", "show", "faces"], &sizes);
    refused(&["data", "pack", "faces", "-o", "faces.gpack"], &sizes);
    let source = format!("data.source={}", place.path("faces").display());
    refused(&["train", "small.toml", "--set", &source], &["images of 2 sizes: 41 of 64x48, 1 of 64x64"]);
    let broken =
        ["faces: 4 of 45 image files cannot be used\n", "empty.jpg", "hint: ganymede data check faces"];
    refused(&["data", "pack", "faces", "-o", "faces.gpack", "--size", "32"], &broken);
    assert!(!place.path("faces.gpack").exists());

    let arguments = ["data", "pack", "faces", "-o", "faces.gpack", "--skip-broken"];
    let run = place.run(&arguments).ends_with(0);
    assert!(run.stderr.contains("40 images of 64x48x3, 2 classes, 5 files left out"), "{}", run.stderr);
    assert!(run.stderr.contains("left out: faces/dogs/empty.jpg: "), "{}", run.stderr);
    let said = place.run(&["data", "show", "faces", "--skip-broken"]).ends_with(0).stdout;
    assert!(said.contains("5 files left out"), "{said}");

    // Folders that cannot be read as one set.
    fs::create_dir(place.path("bare")).unwrap();
    refused(&["data", "show", "bare"], &["bare: neither IDX files under standard names nor images"]);
    refused(&["data", "check", "bare"], &["1 of 1 files"]);
    write_image(&place, "faces/stray.png", 64, 48, 3);
    refused(&["data", "show", "faces"], &["but not in both, got 1 images beside 2 subfolders"]);
    for side in 4..8 {
        write_image(&place, &format!("mixed/{side}.png"), side, side, 1);
    }
    refused(&["data", "check", "mixed"], &["no size in common", "hint: ganymede data check mixed --size "]);
    place.run(&["data", "check", "mixed", "--size", "4"]).ends_with(0);

    let mut bytes = fs::read(place.path("faces.gpack")).unwrap();
    place.write("cut.gpack", &bytes[..bytes.len() - 100]);
    bytes[5000] ^= 1;
    place.write("altered.gpack", bytes);
    for (file, says) in [("cut.gpack", "truncated"), ("altered.gpack", "altered")] {
        refused(&["data", "show", file], &[file, says]);
        let run = place.run(&["data", "check", file]).ends_with(1);
        assert!(run.stdout.contains(says), "{}", run.stdout);
    }
    for (flag, says) in [("--size=0x4", "64x64"), ("--size=big", "64x64"), ("--channels=5", "1..=4")] {
        let run = place.run(&["data", "pack", "faces", "-o", "x.gpack", flag]).ends_with(2);
        assert!(run.stderr.contains(says), "{flag}: {}", run.stderr);
    }
}

/// A folder and its packed file train the same, and a run resumes on either.
#[test]
fn folders_and_packed_files_train_alike() {
    let place = Place::new();
    let side = SIDE as u32;
    for i in 0..50 {
        write_image(&place, &format!("digits/{}/{i:02}.png", i % 3), side, side, 1);
    }
    place.run(&["data", "pack", "digits", "-o", "digits.gpack"]).ends_with(0);
    let sources =
        ["digits", "digits.gpack"].map(|name| format!("data.source={}", place.path(name).display()));
    let images = sources.clone().map(|source| {
        let run = place.train(&["--set", &source, "--set", "train.total_images=320"]);
        let file = newest_checkpoint(&run);
        let arguments = ["sample", file.to_str().unwrap(), "-n", "4", "--format", "npy", "-o", "x.npy"];
        place.run(&arguments).ends_with(0);
        fs::read(place.path("x.npy")).unwrap()
    });
    assert!(images[0] == images[1]);
    // The run of the folder goes on with the packed file.
    let more =
        ["resume", "runs/0000-small", "--set", "train.total_images=640", "--set", &sources[1], "--quiet"];
    place.run(&more).ends_with(0);
    let straight = place.train(&["--set", &sources[0], "--set", "train.total_images=640"]);
    let sampled = [place.path("runs/0000-small"), straight].map(|run| {
        let arguments = ["sample", run.to_str().unwrap(), "-n", "4", "--format", "npy", "-o", "y.npy"];
        place.run(&arguments).ends_with(0);
        fs::read(place.path("y.npy")).unwrap()
    });
    assert!(sampled[0] == sampled[1]);
}

/// 64x64 colours in two classes, through a convolutional preset: trained in two parts as in one, and sampled by class.
#[test]
fn a_folder_of_colours_trains_resumes_and_samples() {
    let place = Place::new();
    for i in 0..48 {
        write_image(&place, &format!("colours/{}/{i:02}.png", ["red", "blue"][i % 2]), 64, 64, 3);
    }
    let plan = [
        "train",
        "projection",
        "--image",
        "64x64x3",
        "--set",
        "data.source=colours",
        "--set",
        "train.batch_size=8",
    ];
    let said = place.run(&[&plan[..], &["--dry-run"]].concat()).ends_with(0).stderr;
    assert!(said.contains("judge train --data colours --size 64x64 --channels 3 --output"), "{said}");
    let train = |out: &str, images: &str| {
        let settings = [
            "data.source=colours",
            "train.batch_size=8",
            "train.checkpoint_images=0",
            "train.grid_images=4",
            images,
        ];
        let mut arguments = vec!["train", "projection", "--image", "64x64x3", "--out", out, "--quiet"];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        place.run(&arguments).folder()
    };
    let whole = train("whole", "train.total_images=32");
    let halves = train("halves", "train.total_images=16");
    place.run(&["resume", "halves", "--set", "train.total_images=32", "--quiet"]).ends_with(0);
    let newest = [whole, halves].map(|run| newest_checkpoint(&place.path(run.to_str().unwrap())));
    common::assert_same_bytes(&newest[0], &newest[1]);
    place
        .run(&["sample", "whole", "-n", "3", "--labels", "0,1", "--format", "npy", "-o", "x.npy"])
        .ends_with(0);
    let file = fs::read(place.path("x.npy")).unwrap();
    let header = String::from_utf8_lossy(&file[..128]).into_owned();
    assert!(header.contains("(3, 64, 64, 3,"), "{header}");
}

/// The names of subfolders are the names of classes in all commands.
#[test]
fn classes_keep_their_names() {
    let place = Place::new();
    for i in 0..48 {
        let class = ["ant", "bee", "7"][i % 3];
        write_image(&place, &format!("animals/{class}/{i:02}.png"), SIDE as u32, SIDE as u32, 1);
    }
    let embedding = "generator.layers=[{ class-embedding = 4 }, { dense = 36 }, \"tanh\"]";
    let projection = "discriminator.layers=[{ dense = 8 }, \"relu\", \"projection-head\"]";
    let sets = ["data.source=animals", "train.total_images=128", embedding, projection];
    place.train(&sets.map(|set| ["--set", set]).concat());
    let sample = |more: &[&str]| place.run(&[&["sample", "runs", "-n", "6"][..], more].concat());
    sample(&["--format", "pngs", "-o", "singles"]).ends_with(0);
    for file in ["7/0.png", "ant/1.png", "bee/5.png"] {
        assert!(place.path("singles").join(file).is_file(), "{file}");
    }
    let idx = |labels: &str, name: &str| {
        sample(&["--format", "idx", "--labels", labels, "-o", name]).ends_with(0);
        fs::read(place.path(name)).unwrap()
    };
    assert_ne!(idx("bee", "a-images"), idx("ant", "b-images"));
    for unknown in ["wasp", "0"] {
        let said = sample(&["--labels", unknown]).ends_with(1).stderr;
        assert!(said.contains(&format!("called `{unknown}`")) && said.contains("7, ant, bee"), "{said}");
    }
    place.run(&["morph", "runs", "--from", "ant", "--to", "bee", "-n", "1", "--frames", "2"]).ends_with(0);
    place.run(&["write", "77"]).ends_with(0);
    let said = place.run(&["write", "70"]).ends_with(1).stderr;
    assert!(said.contains("no class called `0`") && said.contains("7, ant, bee"), "{said}");
}

/// A zip archive of the files in a folder of a place.
fn zipped(place: &Place, folder: &str, archive: &str) {
    let mut zip = zip::ZipWriter::new(fs::File::create(place.path(archive)).unwrap());
    let mut folders = vec![place.path(folder)];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(place.path("")).unwrap().to_str().unwrap().to_owned();
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, &fs::read(path).unwrap()).unwrap();
        }
    }
    zip.finish().unwrap();
}

#[test]
fn a_zip_archive_is_checked_packed_and_trained_as_its_folder() {
    let place = Place::new();
    for i in 0..48 {
        let format = ["png", "bmp", "pgm", "tiff"][i / 2 % 4];
        let split = ["train", "test"][i % 8 / 7];
        write_image(&place, &format!("photos/{split}/{}/{i:02}.{format}", i % 2), 6, 6, 1);
    }
    zipped(&place, "photos", "photos.zip");
    let said = place.run(&["data", "check", "photos.zip"]).ends_with(0).stdout;
    assert!(said.contains("42 image files, 42 of them usable, grey"), "{said}");
    for source in ["photos", "photos.zip"] {
        place.run(&["data", "pack", source, "-o", &format!("{source}.gpack")]).ends_with(0);
    }
    assert_same_bytes(&place.path("photos.gpack"), &place.path("photos.zip.gpack"));
    let runs = ["photos", "photos.zip"].map(|source| {
        let set = format!("data.source={}", place.path(source).display());
        let run = place.train(&["--set", &set, "--set", "train.total_images=160"]);
        place
            .run(&["sample", run.to_str().unwrap(), "-n", "4", "--format", "npy", "-o", "x.npy"])
            .ends_with(0);
        fs::read(place.path("x.npy")).unwrap()
    });
    assert!(runs[0] == runs[1]);
    // In the place of a preset, an archive is data, as a folder is.
    let arguments = ["train", "photos.zip", "--total-images", "16", "--eval", "0"];
    let said = place.run(&arguments).ends_with(0).stderr;
    assert!(said.contains("images of 2 classes"), "{said}");
}

#[test]
fn transparency_is_kept_from_the_files_to_the_samples() {
    let place = Place::new();
    fs::create_dir(place.path("sprites")).unwrap();
    for i in 0..48_u8 {
        // A disc of one colour on nothing, whose hidden pixels are white.
        let pixel = |x: u32, y: u32| match (x.abs_diff(3) + y.abs_diff(3)) as u8 {
            0..=2 => Rgba([5 * i, 200, 255 - 5 * i, 255]),
            3 => Rgba([5 * i, 200, 255 - 5 * i, 128]),
            _ => Rgba([255, 255, 255, 0]),
        };
        RgbaImage::from_fn(6, 6, pixel).save(place.path(&format!("sprites/{i:02}.png"))).unwrap();
    }
    place.run(&["data", "pack", "sprites", "-o", "sprites.gpack", "--alpha"]).ends_with(0);
    let layers = "generator.layers=[{ dense = 24 }, \"relu\", { dense = 144 }, \"tanh\"]";
    let weights = ["sprites", "sprites.gpack"].map(|source| {
        let set = format!("data.source={}", place.path(source).display());
        let more =
            ["--set", &set, "--set", "data.alpha=true", "--set", layers, "--set", "train.total_images=4000"];
        let run = place.train(&more);
        let run = run.to_str().unwrap();
        place.run(&["sample", run, "-n", "9", "-o", "sheet.png"]).ends_with(0);
        place.run(&["sample", run, "-n", "3", "--format", "npy", "-o", "x.npy"]).ends_with(0);
        place.run(&["morph", run, "-n", "1", "--frames", "2", "-o", "walk.gif"]).ends_with(0);
        fs::read(place.path("x.npy")).unwrap()
    });
    assert!(weights[0] == weights[1]);
    let sheet = image::open(place.path("sheet.png")).unwrap();
    assert!(sheet.color().has_alpha());
    // Two pixels of space, then the first image. The array, which begins at byte 128, has the same straight pixels.
    let sheet = sheet.to_rgba8();
    for (y, x) in [(0, 0), (3, 3), (5, 2)] {
        let at = 128 + 4 * 4 * (6 * y + x);
        let value = |c: usize| f32::from_le_bytes(weights[0][at + 4 * c..at + 4 * c + 4].try_into().unwrap());
        let bytes = [0, 1, 2, 3].map(|c| (127.5 * (value(c) + 1.0)).round() as u8);
        assert_eq!(sheet.get_pixel(2 + x as u32, 2 + y as u32).0, bytes, "{y} {x}");
    }
    let (middle, corner) = (sheet.get_pixel(5, 5).0, sheet.get_pixel(2, 2).0);
    assert!(middle[3] > corner[3], "{middle:?} {corner:?}");
    // The grid shows the files as they are.
    place.run(&["data", "show", "sprites", "--alpha", "-n", "1", "-o", "one.png"]).ends_with(0);
    let one = image::open(place.path("one.png")).unwrap().to_rgba8();
    assert_eq!(*one.get_pixel(5, 5), image::open(place.path("sprites/00.png")).unwrap().to_rgba8()[(3, 3)]);
    assert_eq!(one.get_pixel(2, 2).0[3], 0);
    // Without the key, nothing that was transparent is black.
    place.run(&["data", "show", "sprites", "-n", "1", "-o", "white.png"]).ends_with(0);
    assert_eq!(image::open(place.path("white.png")).unwrap().to_rgb8().get_pixel(2, 2).0, [255; 3]);
    for (set, says) in [
        ("data.channels=3", "data.alpha = true"),
        ("data.channels=4", "data.alpha = true"),
        ("data.source=mnist", "data.channels: expected 1, as only folders of images are converted"),
    ] {
        let alpha = if set == "data.channels=4" { "data.alpha=false" } else { "data.alpha=true" };
        let said = place.run(&["train", "small.toml", "--set", alpha, "--set", set]).ends_with(1).stderr;
        assert!(said.contains(says), "{set}: {said}");
    }
}

#[test]
fn flips_are_repeatable_and_change_what_is_learned() {
    let place = Place::new();
    let train = |more: &[&str], total: &str| {
        let set = format!("train.total_images={total}");
        newest_checkpoint(&place.train(&[&["--set", &set][..], more].concat()))
    };
    let whole = train(&["--flip"], "640");
    let half = train(&["--set", "data.flip=true"], "320");
    let run = half.parent().unwrap().parent().unwrap();
    place.run(&["resume", run.to_str().unwrap(), "--set", "train.total_images=640", "-q"]).ends_with(0);
    assert_same_bytes(&whole, &newest_checkpoint(run));
    assert!(fs::read(train(&[], "640")).unwrap() != fs::read(whole).unwrap());
}
