//! What in a folder is an image, a class, a split.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageBuffer, ImageFormat};

use crate::common::{Place, Run, wait_until};

/// An 8x8 image whose pixels follow from its name, in the format that the name says.
fn image(place: &Place, name: &str) {
    let seed = name.bytes().map(u32::from).sum::<u32>();
    let pixels = (0..64).map(|i| (seed + 7 * i) as u8).collect();
    let image = ImageBuffer::from_raw(8, 8, pixels).map(DynamicImage::ImageLuma8).unwrap();
    save(place, name, &image);
}

fn save(place: &Place, name: &str, image: &DynamicImage) {
    let path = place.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.save_with_format(&path, ImageFormat::Png).unwrap();
}

/// `n` images of each class.
fn classes(place: &Place, root: &str, names: &[&str], n: usize) {
    for name in names {
        (0..n).for_each(|i| image(place, &format!("{root}/{name}/{i:02}.png")));
    }
}

/// Runs the program in a folder of the place.
#[track_caller]
fn run_in(place: &Place, folder: &str, arguments: &[&str]) -> Run {
    let mut command = place.command(arguments);
    command.current_dir(place.path(folder));
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let run = Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!run.stderr.contains("panicked"), "{run:?}");
    run
}

const TINY: [&str; 14] = [
    "--set",
    "train.warmup_images=0",
    "--set",
    "generator.layers=[{ dense = 64 }, \"tanh\"]",
    "--set",
    "discriminator.layers=[{ dense = 1 }]",
    "--set",
    "train.batch_size=8",
    "--set",
    "train.checkpoint_images=16",
    "--set",
    "train.total_images=32",
    "--threads",
    "1",
];

/// Trains a small run on `source` from inside `folder`; returns what was said.
#[track_caller]
fn train_in(place: &Place, folder: &str, source: &str, more: &[&str]) -> Run {
    let config = place.path("small.toml");
    let source = format!("data.source={source}");
    let begin = ["train", config.to_str().unwrap(), "-q", "--set", &source];
    run_in(place, folder, &[&begin[..], &TINY, more].concat()).ends_with(0)
}

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

#[test]
fn folders_of_file_servers_and_systems_are_no_classes() {
    let place = Place::new();
    classes(&place, "set", &["a", "b"], 2);
    for folder in [
        "@eaDir",
        "a/@eaDir",
        ".AppleDouble",
        "__MACOSX",
        "$RECYCLE.BIN",
        "lost+found",
        "#recycle",
        ".ipynb_checkpoints",
    ] {
        image(&place, &format!("set/{folder}/thumb.png"));
    }
    place.write("set/a/Thumbs.db", "");
    let said = place.run(&["data", "show", "set"]).ends_with(0);
    assert!(said.stdout.contains("4 images"), "{}", said.stdout);
    assert!(said.stderr.contains("7 of a file server or an operating system, 2 hidden"), "{}", said.stderr);
    let checked = place.run(&["data", "check", "set"]).ends_with(0).stdout;
    for name in ["a/@eaDir", "$RECYCLE.BIN", "a/Thumbs.db", ".AppleDouble"] {
        assert!(checked.contains(&format!("    set/{name}\n")), "{name}: {checked}");
    }
}

#[cfg(unix)]
#[test]
fn linked_and_deep_folders_are_read_and_circles_named() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    (0..9).for_each(|i| image(&place, &format!("store/{i}.png")));
    image(&place, "set/a/own.png");
    image(&place, &format!("set/b/{}deep.png", "d/".repeat(30)));
    symlink(place.path("store"), place.path("set/a/more")).unwrap();
    symlink("..", place.path("set/a/up")).unwrap();
    symlink(place.path("set"), place.path("store/back")).unwrap();
    symlink("nowhere", place.path("set/b/gone")).unwrap();
    let said = place.run(&["data", "check", "set"]).ends_with(0).stdout;
    assert!(said.contains("by class  a: 10  b: 1"), "{said}");
    assert!(said.contains("2 linked in a circle"), "{said}");
    assert!(said.contains("    set/a/up\n") && said.contains("    set/a/more/back\n"), "{said}");
    assert!(said.contains("1 linked to nothing\n    set/b/gone\n"), "{said}");
    let trained = train_in(&place, ".", "set", &[]);
    let expected = "note: passed over in set: 2 linked in a circle, 1 linked to nothing; ganymede data check \
                    set names them";
    assert!(trained.stderr.contains(expected), "{}", trained.stderr);
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    classes(&place, "set", &["a", "b"], 2);
    let locked = place.path("set/b");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read anything.
    if fs::read_dir(&locked).is_err() {
        for command in [&["data", "show", "set"][..], &["data", "check", "set"]] {
            let said = place.run(command).ends_with(1);
            assert!(said.stderr.contains("set/b") || said.stdout.contains("set/b"), "{said:?}");
        }
    }
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn images_without_an_ending_are_read_and_others_named_for_what_they_are() {
    let place = Place::new();
    image(&place, "set/0.png");
    let bytes = fs::read(place.path("set/0.png")).unwrap();
    // By its content, whatever it is called.
    for name in ["0a1b2c3d", "frame.0001", "named.jpg"] {
        place.write(&format!("set/{name}"), &bytes);
    }
    place.write("set/scan.dat", &bytes);
    for name in ["raw.CR2", "drawing.svg", "labels.csv", "no-image"] {
        place.write(&format!("set/{name}"), "x");
    }
    let said = place.run(&["data", "check", "set"]).ends_with(0).stdout;
    assert!(said.contains("4 image files, 4 of them usable"), "{said}");
    for line in [
        "2 in image formats that are not read\n    set/drawing.svg\n    set/raw.CR2\n",
        "1 images by content but not by name\n    set/scan.dat\n",
        "2 not images by name\n    set/labels.csv\n    set/no-image\n",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    place.write("set/moving.gif", "GIF89a");
    let said = place.run(&["data", "show", "set"]).ends_with(1).stderr;
    assert!(said.contains("set/moving.gif: image: expected PNG, JPEG or WebP"), "{said}");
}

/// Runs the program and checks that it ends soon.
#[cfg(unix)]
#[track_caller]
fn refused_at_once(place: &Place, arguments: &[&str], says: &str) {
    let start = Instant::now();
    let mut child = place.command(arguments).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("{arguments:?} waits");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let output = child.wait_with_output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!status.success() && said.contains(says), "{arguments:?}: {status}: {said}");
}

#[cfg(unix)]
fn make_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn pipes_sockets_and_devices_are_refused_at_once_wherever_a_file_is_expected() {
    let place = Place::new();
    image(&place, "set/a.png");
    place.train(&["--set", "train.total_images=320"]);
    let names =
        ["set/b.png", "pipe", "pipe.npy", "pipe.gpack", "pipe.safetensors", "pipe.toml", "pipe-idx3-ubyte"];
    names.iter().for_each(|name| make_pipe(&place.path(name)));
    let _listener = std::os::unix::net::UnixListener::bind(place.path("socket")).unwrap();
    // Labels beside a file of images.
    data::idx::write(place.path("images"), &[1, 2, 2], &[0; 4]).unwrap();
    make_pipe(&place.path("labels"));
    for (arguments, says) in [
        (&["data", "show", "set"][..], "set/b.png: is a pipe"),
        (&["data", "check", "set"], "1 of 2 files cannot be used"),
        (&["data", "pack", "set", "-o", "x.gpack"], "set/b.png: is a pipe"),
        (&["data", "show", "images"], "labels: is a pipe"),
        (&["data", "show", "pipe"], "pipe: is a pipe; expected a regular file"),
        (&["data", "show", "pipe.npy"], "is a pipe"),
        (&["data", "show", "pipe.gpack"], "is a pipe"),
        (&["data", "show", "socket"], "is a socket"),
        (&["data", "show", "/dev/zero"], "is a device"),
        (&["data", "check", "pipe-idx3-ubyte"], "1 of 1 files"),
        (&["train", "small.toml", "--set", "data.source=pipe"], "is a pipe"),
        (&["train", "pipe.toml"], "is a pipe, not a file; a config is one TOML file"),
        (&["train", "pipe"], "is a pipe"),
        (&["train", "/dev/zero"], "is a device"),
        (&["train", "small.toml", "--from", "pipe.safetensors"], "is a pipe"),
        (&["sample", "pipe.safetensors"], "is a pipe"),
        (&["sample", "pipe"], "is a pipe"),
        (&["sample", "/dev/zero"], "is a device"),
        (&["resume", "pipe"], "pipe"),
        (&["eval", "pipe", "--data", "data", "--judge", "pipe.safetensors"], "is a pipe"),
        (&["judge", "show", "pipe.safetensors"], "is a pipe"),
        (&["sweep", "pipe.toml"], "pipe.toml: no sweep"),
        (&["report", "pipe"], "pipe"),
        (&["compare", "pipe", "runs"], "pipe"),
    ] {
        refused_at_once(&place, arguments, says);
    }
    // Within a run's folder as well.
    for name in ["events.jsonl", "config.toml", "environment.json", "checkpoints/latest"] {
        let path = place.path("runs/0000-small").join(name);
        let kept = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        make_pipe(&path);
        let mut report = place.spawn(&["report", "runs/0000-small", "-o", "page.html"]);
        let mut sample = place.spawn(&["sample", "runs/0000-small", "-o", "sheet.png"]);
        for child in [&mut report, &mut sample] {
            wait_until(name, || child.try_wait().unwrap().is_some());
        }
        fs::remove_file(&path).unwrap();
        fs::write(&path, kept).unwrap();
    }
    let said = place.run(&["data", "show", "set", "--skip-broken"]).ends_with(0).stdout;
    assert!(said.contains("1 images") && said.contains("1 files left out"), "{said}");
    // One that is not called like an image is counted.
    fs::remove_file(place.path("set/b.png")).unwrap();
    make_pipe(&place.path("set/queue"));
    let said = place.run(&["data", "show", "set"]).ends_with(0).stderr;
    assert!(said.contains("1 pipes, sockets or devices"), "{said}");
}

/// A dark figure on a ground that is transparent, and white underneath.
fn sprite(place: &Place, name: &str, ground_alpha: u8) {
    let pixel = |i: u32| match (2..6).contains(&(i / 8)) && (2..6).contains(&(i % 8)) {
        true => [20, 20, 20, 255],
        false => [255, 255, 255, ground_alpha],
    };
    let pixels = (0..64).flat_map(pixel).collect();
    save(place, name, &ImageBuffer::from_raw(8, 8, pixels).map(DynamicImage::ImageRgba8).unwrap());
}

/// The brightest byte of the first row of the first image on a sheet.
fn brightest(place: &Place) -> u8 {
    let sheet = image::open(place.path("data.png")).unwrap().to_rgb8();
    (2..10).flat_map(|i| sheet.get_pixel(i, 2).0).max().unwrap()
}

#[test]
fn transparent_images_lie_on_white_or_on_what_is_asked_for_and_it_is_said() {
    let place = Place::new();
    for i in 0..8 {
        sprite(&place, &format!("set/{i}.png"), if i < 6 { 0 } else { 255 });
    }
    let said = place.run(&["data", "show", "set"]).ends_with(0).stderr;
    assert!(said.contains("note: 6 of 8 images are transparent in places; laid on white"), "{said}");
    assert_eq!(brightest(&place), 255);
    for (background, bright) in [("black", 0), ("#404040", 64), ("77", 77)] {
        let said = place.run(&["data", "show", "set", "--background", background]).ends_with(0).stderr;
        assert!(said.contains("laid on "), "{said}");
        assert_eq!(brightest(&place), bright, "{background}");
    }
    let said = place.run(&["data", "check", "set"]).ends_with(0).stdout;
    assert!(
        said.contains("6 images are transparent in places") && said.contains("data.background"),
        "{said}"
    );
    for (more, on) in [(&[][..], "white"), (&["--set", "data.background=#ff0000"], "#ff0000")] {
        let said = train_in(
            &place,
            ".",
            "set",
            &[more, &["--set", "generator.layers=[{ dense = 192 }, \"tanh\"]"]].concat(),
        );
        assert!(
            said.stderr.contains(&format!("6 of 8 images are transparent in places; laid on {on}")),
            "{said:?}"
        );
    }
    // A packed file keeps what was laid under its images.
    let pack = ["data", "pack", "set", "-o", "set.gpack", "--background", "black"];
    assert!(place.run(&pack).ends_with(0).stderr.contains("laid on black"));
    let said = place.run(&["data", "show", "set.gpack"]).ends_with(0).stderr;
    assert!(
        said.contains("6 of 8 images are transparent in places; laid on black when they were packed"),
        "{said}"
    );
    for text in ["red", "#fff", "256", "-1"] {
        let setting = format!("data.background={text}");
        let said = place.run(&["train", "small.toml", "--set", &setting]).ends_with(1).stderr;
        assert!(said.contains("`data.background`") && said.contains("#rrggbb"), "{text}: {said}");
        let flag = format!("--background={text}");
        assert!(place.run(&["data", "show", "set", &flag]).ends_with(2).stderr.contains("#rrggbb"));
    }
}

#[test]
fn opaque_alpha_channels_make_no_noise() {
    let place = Place::new();
    (0..4).for_each(|i| sprite(&place, &format!("set/{i}.png"), 255));
    let said = place.run(&["data", "show", "set"]).ends_with(0);
    assert_eq!(said.stderr, "");
    assert!(!place.run(&["data", "check", "set"]).ends_with(0).stdout.contains("transparent"));
}
