//! Entries of a folder: links, hidden and system folders, images by content, pipes and devices.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{classes, image, train_in};
use crate::common::{Place, wait_until};

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
    // By its content; the name does not matter.
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
    assert!(said.contains("set/moving.gif: image: expected a sound GIF"), "{said}");
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
