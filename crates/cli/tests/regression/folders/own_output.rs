//! Files that the program wrote into or beside data.

use std::fs;

use super::{classes, image, run_in, train_in};
use crate::common::Place;

#[test]
fn training_inside_a_folder_of_classes_leaves_its_classes_as_they_are() {
    let place = Place::new();
    classes(&place, "photos", &["dark", "light"], 10);
    train_in(&place, "photos", ".", &[]);
    for more in [&[][..], &["--out", "dark/deep/mine"], &["--out", "."]] {
        train_in(&place, "photos", ".", more);
    }
    let shown = run_in(&place, "photos", &["data", "show", ".", "-o", "../sheet.png"]).ends_with(0);
    assert!(shown.stdout.contains(": 20 images of 8x8x1"), "{}", shown.stdout);
    assert!(shown.stdout.contains("dark       10\nlight      10\n"), "{}", shown.stdout);
    assert!(shown.stderr.contains("passed over in .: 4 written by Ganymede"), "{}", shown.stderr);
    let resume = ["resume", "runs/0000-small", "--set", "train.total_images=64", "-q"];
    run_in(&place, "photos", &resume).ends_with(0);
    let checked = place.run(&["data", "check", "photos"]).ends_with(0).stdout;
    assert!(checked.contains("20 image files, 20 of them usable"), "{checked}");
    assert!(checked.contains("passed over: 4 written by Ganymede"), "{checked}");
    assert!(checked.contains("photos/dark/deep/mine/0000-small"), "{checked}");
}

#[test]
fn training_beside_train_and_test_leaves_them_splits() {
    let place = Place::new();
    classes(&place, "set/train", &["a", "b"], 8);
    classes(&place, "set/test", &["a", "b"], 3);
    train_in(&place, "set", ".", &[]);
    let sampled = ["sample", "runs", "-n", "4", "--format", "pngs"];
    run_in(&place, "set", &sampled).ends_with(0);
    run_in(&place, "set", &["sample", "runs", "-n", "4", "-o", "sheet.png"]).ends_with(0);
    for (split, count) in [("train", 16), ("test", 6)] {
        let shown = place.run(&["data", "show", "set", "--split", split, "-o", "x.png"]).ends_with(0);
        assert!(shown.stdout.contains(&format!("{count} images")), "{}", shown.stdout);
    }
}

#[test]
fn sheets_plots_and_moving_pictures_are_no_data() {
    let place = Place::new();
    classes(&place, "set", &["a", "b"], 8);
    let embedding = "generator.layers=[{ class-embedding = 4 }, { dense = 64 }, \"tanh\"]";
    let head = "discriminator.layers=[{ dense = 8 }, \"relu\", \"projection-head\"]";
    train_in(&place, ".", "set", &["--set", embedding, "--set", head]);
    for product in [
        &["sample", "runs", "-n", "4", "-o", "set/a/sheet.png"][..],
        &["sample", "runs", "-n", "1", "-o", "set/b/one.png"],
        &["morph", "runs", "--from", "a", "--to", "b", "-n", "1", "--frames", "2", "-o", "set/a/morph.gif"],
        &["sample", "runs", "-n", "4", "--format", "npy", "-o", "set/fakes.npy"],
        &["sample", "runs", "-n", "4", "--format", "idx", "-o", "set/fakes-images-idx3-ubyte"],
        &["report", "runs", "-o", "set/report.html"],
    ] {
        place.run(product).ends_with(0);
    }
    place.write("set/a/unfinished.png.part", "");
    let said = place.run(&["data", "show", "set"]).ends_with(0);
    assert!(said.stdout.contains(": 16 images") && said.stdout.contains("a           8\nb"), "{said:?}");
    assert!(said.stderr.contains("4 written by Ganymede"), "{}", said.stderr);
    // A file of other data beside them does not keep the images from being checked.
    let checked = place.run(&["data", "check", "set"]).ends_with(0).stdout;
    assert!(
        checked.contains("16 image files, 16 of them usable") && checked.contains("a/sheet.png"),
        "{checked}"
    );
}

#[test]
fn generated_images_are_data_where_they_are_given_and_not_where_they_are_found() {
    let place = Place::new();
    (0..8).for_each(|i| image(&place, &format!("photos/{i}.png")));
    train_in(&place, "photos", ".", &[]);
    let sample = |more: &[&str]| {
        let arguments = [&["sample", "runs", "-n", "8", "--format", "pngs"][..], more].concat();
        run_in(&place, "photos", &arguments).ends_with(0);
    };
    sample(&[]);
    sample(&["-o", "fakes"]);
    let count = |source: &str| {
        let said = place.run(&["data", "show", source, "-o", "x.png"]).ends_with(0);
        said.stdout.lines().next().unwrap().to_owned()
    };
    assert!(count("photos").contains("8 images of 8x8x1"), "{}", count("photos"));
    for generated in ["photos/fakes", "photos/runs/0000-small/generated"] {
        assert!(count(generated).contains("8 images of 8x8x1"), "{generated}");
        train_in(&place, ".", generated, &["--out", "others"]);
    }
    // A copy is deliberate.
    fs::copy(place.path("photos/fakes/0.png"), place.path("photos/copy.png")).unwrap();
    assert!(count("photos").contains("9 images"));
    // A run is no data itself.
    let said = place.run(&["data", "show", "photos/runs/0000-small"]).ends_with(1).stderr;
    assert!(said.contains("the folder of a run") && said.contains("--format pngs -o FOLDER"), "{said}");
    let said = place.run(&["data", "show", "photos/runs"]).ends_with(1).stderr;
    assert!(said.contains("passed over: 1 written by Ganymede"), "{said}");
}

#[test]
fn no_picture_is_written_into_the_data_it_shows() {
    let place = Place::new();
    (0..5).for_each(|i| image(&place, &format!("photos/in/{i}.png")));
    for (folder, source, more, hint) in [
        ("photos", ".", &[][..], "--output ./../data.png"),
        ("photos/in", ".", &[], "--output ./../data.png"),
        ("photos/in", "..", &["-o", "x.png"], "--output ../../x.png"),
        (".", "photos", &["-o", "photos/in/x.png"], "--output x.png"),
    ] {
        let said = run_in(&place, folder, &[&["data", "show", source], more].concat()).ends_with(1).stderr;
        assert!(said.contains("where nothing is written") && said.contains(hint), "{said}");
    }
    // The hint can be typed.
    run_in(&place, "photos", &["data", "show", ".", "-o", "./../data.png"]).ends_with(0);
    let packed = ["data", "pack", "photos", "-o", "photos/in/x.gpack"];
    assert!(place.run(&packed).ends_with(1).stderr.contains("where nothing is written"));
    assert_eq!(fs::read_dir(place.path("photos/in")).unwrap().count(), 5);
    assert_eq!(fs::read_dir(place.path("photos")).unwrap().count(), 1);
}

#[test]
fn generated_idx_files_among_photos_are_not_read_in_their_place() {
    let place = Place::new();
    classes(&place, "photos", &["dark", "light"], 10);
    train_in(&place, "photos", ".", &["--out", "../runs"]);
    for file in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
        run_in(&place, "photos", &["sample", "../runs", "-n", "20", "-o", file]).ends_with(0);
        for command in [&["data", "show", ".", "-o", "../sheet.png"][..], &["data", "check", "."]] {
            let said = run_in(&place, "photos", command).ends_with(1);
            let text = said.stdout + &said.stderr;
            assert!(text.contains(&format!("`{file}` beside 20 image files")), "{text}");
        }
        let said = run_in(&place, "photos", &["train", "--set", "data.source=.", "-q"]);
        assert!(said.code != Some(0) && said.stderr.contains("not both"), "{said:?}");
        run_in(&place, "photos", &["data", "show", file, "-o", "../sheet.png"]).ends_with(0);
        fs::remove_file(place.path(&format!("photos/{file}"))).unwrap();
    }
}
