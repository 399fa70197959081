//! Formats by the names of files.

use std::fs;

use crate::common::Place;

#[test]
fn an_output_is_what_its_name_says_or_is_refused() {
    let place = Place::new();
    place.train(&["--set", "train.total_images=128"]);
    super::classes(&place, "photos", 8, 6, 1);
    let commands: [(&[&str], &str); 8] = [
        (&["sample", "runs", "-n", "4", "-o"], "*.png, *.npy, *-ubyte"),
        (&["d-scores", "runs", "-n", "8", "-o"], "*.png"),
        (&["write", "1", "runs", "-o"], "*.png"),
        (&["morph", "runs", "-n", "1", "-o"], "*.gif"),
        (&["blind-test", "runs", "-n", "4", "-o"], "*.html"),
        (&["report", "runs", "-o"], "*.html"),
        (&["data", "show", "data", "-o"], "*.png"),
        (&["data", "pack", "photos", "-o"], "*.gpack"),
    ];
    for (command, writes) in commands {
        for name in ["x.onnx", "x.zip", "x.foo", "x.jpg", "x.safetensors", "x.png.bak", "v1.5"] {
            let run = place.run(&[command, &[name]].concat()).ends_with(1);
            let said = run.stderr.contains(&format!("this command writes {writes}"));
            assert!(said && !place.path(name).exists(), "{command:?} {name}: {}", run.stderr);
        }
    }
    let judge = ["judge", "train", "--data", "data", "-o", "judge.onnx"];
    let run = place.run(&judge).ends_with(1);
    assert!(run.stderr.contains("this command writes *.safetensors"), "{}", run.stderr);
    let run = place.run(&["sample", "runs", "-n", "4", "-o", "sheet"]).ends_with(0);
    assert!(run.stderr.contains("sheet has no ending: this is a PNG file"), "{}", run.stderr);
}

#[test]
fn a_file_that_is_another_format_by_its_content_stays() {
    let place = Place::new();
    place.train(&["--set", "train.total_images=128"]);
    super::classes(&place, "photos", 8, 6, 1);
    for (name, command) in [
        ("x.png", &["sample", "runs", "-n", "4", "-o"][..]),
        ("x.npy", &["sample", "runs", "-n", "4", "-o"]),
        ("x.gif", &["morph", "runs", "-n", "1", "--frames", "2", "-o"]),
        ("x.html", &["report", "runs", "-o"]),
        ("x.gpack", &["data", "pack", "photos", "-o"]),
        ("x.safetensors", &["judge", "train", "--data", "data", "-o"]),
    ] {
        place.write(name, "notes of mine");
        let run = place.run(&[command, &[name]].concat()).ends_with(1);
        assert!(run.stderr.contains("it is not overwritten"), "{name}: {}", run.stderr);
        assert_eq!(fs::read(place.path(name)).unwrap(), b"notes of mine");
    }
    // One of the same format is replaced, and so is an empty one.
    place.write("again.png", "");
    for _ in 0..2 {
        place.run(&["sample", "runs", "-n", "4", "-o", "again.png"]).ends_with(0);
    }
}

#[test]
fn a_missing_file_is_called_a_file() {
    let place = Place::new();
    for (command, name) in [
        ("eval", "fakes.npy"),
        ("eval", "fakes.png"),
        ("eval", "fakes-idx3-ubyte"),
        ("eval", "fakes.gpack"),
        ("sample", "fakes.npy"),
        ("report", "fakes.html"),
        ("train", "mine.txt"),
    ] {
        let run = place.run(&[command, name]).ends_with(1);
        assert!(run.stderr.contains("o such file"), "{command} {name}: {}", run.stderr);
        assert!(!run.stderr.contains("a run is a folder"), "{command} {name}: {}", run.stderr);
    }
}
