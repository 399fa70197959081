//! The files that the program writes, their places, and what they replace.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::common::{Place, assert_same_bytes, checkpoints, wait_until};

/// A short run: 4 steps, 2 checkpoints.
const SHORT: [&str; 2] = ["--set", "train.total_images=128"];

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn events(run: &Path) -> Vec<serde_json::Value> {
    let log = fs::read_to_string(run.join("events.jsonl")).unwrap();
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn two_writers_of_one_file_leave_one_whole_file() {
    let place = Place::new();
    place.train(&[&["--out", "r"], &SHORT[..]].concat());
    let sample = |seed: &'static str, output: &'static str| {
        ["sample", "r", "-n", "4000", "--threads", "1", "--seed", seed, "-o", output]
    };
    place.run(&sample("1", "one.npy")).ends_with(0);
    place.run(&sample("2", "two.npy")).ends_with(0);
    let whole = ["one.npy", "two.npy"].map(|name| fs::read(place.path(name)).unwrap());
    assert_ne!(whole[0], whole[1]);
    for _ in 0..8 {
        let mut both = ["1", "2"].map(|seed| place.spawn(&sample(seed, "both.npy")));
        assert!(both.iter_mut().all(|child| child.wait().unwrap().success()));
        assert!(whole.contains(&fs::read(place.path("both.npy")).unwrap()));
        fs::remove_file(place.path("both.npy")).unwrap();
    }
    assert!(names(&place.path("")).iter().all(|name| !name.contains("part")));
}

#[test]
fn a_folder_of_samples_is_of_one_writer_and_whole() {
    let place = Place::new();
    let run = place.train(&[&["--out", "r"], &SHORT[..]].concat());
    let sample = |seed: &'static str| ["sample", "r", "-n", "12", "--format", "pngs", "--seed", seed];
    let mut both = ["1", "2"].map(|seed| place.spawn(&sample(seed)));
    let ended = both.each_mut().map(|child| child.wait().unwrap().success());
    assert!(ended.contains(&true), "{ended:?}");
    assert_eq!(names(&run.join("generated")).len(), 12);
    let again = place.run(&sample("3")).ends_with(1);
    assert!(again.stderr.contains("is not empty"), "{}", again.stderr);
    assert!(names(&run).iter().all(|name| !name.contains("part")), "{:?}", names(&run));
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn outputs_replace_links_in_a_run() {
        let place = Place::new();
        let run = place.train(&[&["--out", "r"], &SHORT[..]].concat());
        place.write("precious", "precious");
        for name in ["report.html", "samples.png", "report.html.part", "samples.png.part", "samples.npy"] {
            let _ = fs::remove_file(run.join(name));
            symlink(place.path("precious"), run.join(name)).unwrap();
        }
        place.run(&["report", "r"]).ends_with(0);
        place.run(&["sample", "r", "-n", "4"]).ends_with(0);
        place.run(&["sample", "r", "-n", "4", "--format", "npy"]).ends_with(0);
        assert_eq!(fs::read_to_string(place.path("precious")).unwrap(), "precious");
        for name in ["report.html", "samples.png", "samples.npy"] {
            assert!(fs::symlink_metadata(run.join(name)).unwrap().is_file(), "{name}");
        }
    }

    #[test]
    fn a_run_whose_parts_are_links_is_not_trained_on() {
        let place = Place::new();
        let run = place.train(&[&["--out", "r"], &SHORT[..]].concat());
        let more = ["resume", "r", "--quiet", "--set", "train.total_images=256"];
        fs::create_dir(place.path("photos")).unwrap();
        place.write("photos/20240101.jpg", "x");
        place.write("photos/0020240101.png", "x");
        place.write("precious", "precious");
        for name in ["lock", "events.jsonl", "samples", "checkpoints"] {
            let kept = run.join("kept");
            fs::rename(run.join(name), &kept).unwrap();
            // Checkpoints are read through the link, so they have to be there.
            let target = match name {
                "samples" => place.path("photos"),
                "checkpoints" => kept.clone(),
                _ => place.path("precious"),
            };
            symlink(target, run.join(name)).unwrap();
            let refused = place.run(&more).ends_with(1);
            assert!(refused.stderr.contains(&format!("{name}: expected")), "{}", refused.stderr);
            assert!(refused.stderr.contains("got a link"), "{}", refused.stderr);
            fs::remove_file(run.join(name)).unwrap();
            fs::rename(kept, run.join(name)).unwrap();
        }
        assert_eq!(fs::read_to_string(place.path("precious")).unwrap(), "precious");
        assert_eq!(names(&place.path("photos")), ["0020240101.png", "20240101.jpg"]);
        place.run(&more).ends_with(0);
    }

    #[test]
    fn other_names_of_a_log_and_a_lock_keep_their_content() {
        let place = Place::new();
        let run = place.train(&[&["--out", "r"], &SHORT[..]].concat());
        let log = fs::read(run.join("events.jsonl")).unwrap();
        // As `cp -al` makes a copy of a run, or an archive a link to a file of the machine.
        fs::hard_link(run.join("events.jsonl"), place.path("copy.jsonl")).unwrap();
        fs::remove_file(run.join("lock")).unwrap();
        place.write("precious", "precious");
        fs::hard_link(place.path("precious"), run.join("lock")).unwrap();
        place.run(&["resume", "r", "--quiet", "--set", "train.total_images=256"]).ends_with(0);
        assert_eq!(fs::read(place.path("copy.jsonl")).unwrap(), log);
        assert_eq!(fs::read_to_string(place.path("precious")).unwrap(), "precious");
        assert!(fs::read(run.join("events.jsonl")).unwrap().len() > log.len());
    }

    #[test]
    fn a_folder_of_samples_does_not_go_through_a_link() {
        let place = Place::new();
        let run = place.train(&[&["--out", "r"], &SHORT[..]].concat());
        fs::create_dir(place.path("elsewhere")).unwrap();
        symlink(place.path("elsewhere"), run.join("generated")).unwrap();
        let refused = place.run(&["sample", "r", "-n", "4", "--format", "pngs"]).ends_with(1);
        assert!(refused.stderr.contains("got a link"), "{}", refused.stderr);
        assert_eq!(names(&place.path("elsewhere")), [""; 0]);
    }

    #[test]
    fn a_device_is_not_replaced() {
        let place = Place::new();
        place.train(&[&["--out", "r"], &SHORT[..]].concat());
        symlink("/dev/null", place.path("null")).unwrap();
        let refused = place.run(&["sample", "r", "-n", "4", "-o", "null"]).ends_with(1);
        assert!(refused.stderr.contains("a device"), "{}", refused.stderr);
        assert!(fs::symlink_metadata(place.path("null")).unwrap().is_symlink());
    }
}

#[test]
fn a_name_in_latest_that_leads_out_of_the_run_is_not_followed() {
    let place = Place::new();
    let run = place.train(&[&["--out", "r"], &SHORT[..]].concat());
    let other = place.train(&[&["--out", "other", "--seed", "5"], &SHORT[..]].concat());
    let outside = other.join("checkpoints/0000000128.safetensors");
    fs::write(run.join("checkpoints/latest"), outside.to_str().unwrap()).unwrap();
    place.run(&["sample", "r", "-n", "4", "-o", "a.npy"]).ends_with(0);
    fs::write(run.join("checkpoints/latest"), "0000000128.safetensors\n").unwrap();
    place.run(&["sample", "r", "-n", "4", "-o", "b.npy"]).ends_with(0);
    assert_same_bytes(&place.path("a.npy"), &place.path("b.npy"));
}

#[test]
fn resume_removes_only_what_the_run_made() {
    let place = Place::new();
    let short = ["--out", "r", "--set", "train.total_images=256", "--set", "train.tick_images=64"];
    let run = place.train(&short);
    assert!(run.join("samples/0000000256.png").exists());
    let others =
        ["samples/20240101.jpg", "samples/20240101.png", "samples/0000000999.png", "checkpoints/999"]
            .map(|name| run.join(name));
    others.iter().for_each(|path| fs::write(path, "mine").unwrap());
    let back = ["resume", "r", "--quiet", "--checkpoint", "64", "--set", "train.total_images=128"];
    place.run(&back).ends_with(0);
    assert!(others.iter().all(|path| fs::read(path).unwrap() == b"mine"));
    assert!(!run.join("samples/0000000256.png").exists());
    assert_eq!(checkpoints(&run).len(), 2);
}

#[test]
fn run_10000_is_newer_than_9999() {
    let place = Place::new();
    let run = place.train(&[&["--out", "r"], &SHORT[..]].concat());
    let many = place.path("many");
    for name in ["9999-small", "10000-small", "a-copy"] {
        for sub in ["samples", "checkpoints"] {
            fs::create_dir_all(many.join(name).join(sub)).unwrap();
        }
        for file in
            ["config.toml", "events.jsonl", "checkpoints/0000000128.safetensors", "checkpoints/latest"]
        {
            fs::copy(run.join(file), many.join(name).join(file)).unwrap();
        }
    }
    let resumed = place.run(&["resume", "many"]).ends_with(0);
    assert!(resumed.stdout.contains("10000-small"), "{}", resumed.stdout);
    let compared = place.run(&["compare", "many"]).ends_with(0);
    let at = |name: &str| compared.stdout.find(name).unwrap_or_else(|| panic!("{}", compared.stdout));
    assert!(at("a-copy") < at("9999-small") && at("9999-small") < at("10000-small"), "{}", compared.stdout);
    let next = place.train(&[&["--out", "many"], &SHORT[..]].concat());
    assert!(next.ends_with("10001-small"), "{}", next.display());
}

#[test]
fn what_a_killed_process_left_is_removed() {
    let place = Place::new();
    let run = place.train(&[&["--out", "r"], &SHORT[..]].concat());
    let left = [
        "checkpoints/.0000000192.safetensors.ganymede-0123456789abcdef.part",
        "samples/.0000000192.png.ganymede-0123456789abcdef.part",
        ".config.toml.ganymede-0123456789abcdef.part",
    ]
    .map(|name| run.join(name));
    left.iter().for_each(|path| fs::write(path, "half").unwrap());
    fs::write(run.join("checkpoints/mine.part"), "mine").unwrap();
    place.run(&["resume", "r", "--quiet", "--set", "train.total_images=256"]).ends_with(0);
    assert!(left.iter().all(|path| !path.exists()));
    assert!(run.join("checkpoints/mine.part").exists());
}

#[test]
fn a_run_that_cannot_begin_leaves_no_folders() {
    let place = Place::new();
    let refused = [
        &["train", "small.toml", "--out", "a/b", "--set", "train.batch_size=0"][..],
        &["train", "small.toml", "--out", "a/b", "--set", "data.source=nowhere"],
        &["train", "small.toml", "--out", "a/b", "--set", "eval.judge=nowhere.safetensors", "--eval", "64"],
    ];
    for arguments in refused {
        assert_ne!(place.run(arguments).code, Some(0));
        assert!(!place.path("a").exists(), "{arguments:?}");
    }
}

#[cfg(unix)]
mod signals {
    use std::process::{Child, Command, Stdio};
    use std::time::Instant;

    use super::*;

    /// Trains until it is stopped.
    const LONG: [&str; 10] = [
        "train",
        "small.toml",
        "--out",
        "r",
        "--threads",
        "1",
        "--set",
        "train.checkpoint_images=0",
        "--set",
        "train.tick_images=64",
    ];

    fn send(child: &Child, signal: &str) {
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its first tick.
    fn wait_for_steps(run: &Path) {
        wait_until("the first step", || {
            fs::read_to_string(run.join("events.jsonl")).is_ok_and(|log| log.contains("\"tick\""))
        });
    }

    #[test]
    fn a_hang_up_saves_the_run() {
        let place = Place::new();
        let run = place.path("r/0000-small");
        let mut child = place.spawn(&LONG);
        wait_for_steps(&run);
        // A closed terminal sends it twice: once itself, once through the shell. A request to terminate may follow.
        for signal in ["-HUP", "-HUP", "-TERM"] {
            send(&child, signal);
        }
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(run.join("checkpoints/latest").is_file());
        assert_eq!(events(&run).last().unwrap()["reason"], "interrupted");
    }

    #[test]
    fn a_hang_up_that_is_ignored_ends_nothing() {
        let place = Place::new();
        let run = place.path("r/0000-small");
        let program = place.command(&LONG);
        let mut under_nohup = Command::new("nohup");
        under_nohup.arg(program.get_program()).args(program.get_args());
        under_nohup.current_dir(place.path("")).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = under_nohup.stdin(Stdio::null()).spawn().unwrap();
        wait_for_steps(&run);
        send(&child, "-HUP");
        let length = || fs::metadata(run.join("events.jsonl")).unwrap().len();
        let before = length();
        wait_until("it to go on", || length() > before);
        assert_eq!(child.try_wait().unwrap(), None);
        send(&child, "-INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
    }

    #[test]
    fn a_second_interrupt_ends_at_once_and_the_first_says_what_is_done() {
        let place = Place::new();
        let run = place.path("r/0000-small");
        // A step of many seconds.
        let long = [&LONG[..], &["--set", "train.batch_size=300", "--set", "train.tick_images=300"]].concat();
        let slow =
            [&long[..], &["--set", "generator.layers=[{ dense = 2500 }, { dense = 2500 }, { dense = 36 }]"]];
        let mut child =
            place.command(&slow.concat()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until("the run to begin", || {
            fs::metadata(run.join("events.jsonl")).is_ok_and(|there| there.len() > 0)
        });
        send(&child, "-INT");
        std::thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        let mut said = String::new();
        std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut said).unwrap();
        assert!(said.contains("the step is finished and saved"), "{said}");
    }

    #[test]
    fn an_evaluation_does_not_keep_an_interrupted_run_waiting_and_is_made_by_resume() {
        let place = Place::new();
        let data = format!("data.source={}", place.bars());
        let judge = ["judge", "train", "--data", "bars", "-o", "judge.safetensors", "--epochs", "1", "-q"];
        place.run(&judge).ends_with(0);
        // The interrupt comes in the first and only step, at whose end an evaluation is due.
        let slow = "generator.layers=[{ dense = 2500 }, { dense = 2500 }, { dense = 36 }]";
        let settings = [
            &data,
            slow,
            "train.batch_size=300",
            "train.total_images=300",
            "eval.every_images=300",
            "eval.samples=100",
            "eval.judge=judge.safetensors",
        ];
        let mut train = vec!["train", "small.toml", "--out", "r", "--threads", "1"];
        train.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let mut child = place.spawn(&train);
        let run = place.path("r/0000-small");
        wait_until("the run to begin", || {
            fs::metadata(run.join("events.jsonl")).is_ok_and(|there| there.len() > 0)
        });
        send(&child, "-INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let evaluated = || events(&run).iter().filter(|event| event["event"] == "eval").count();
        assert_eq!((evaluated(), &events(&run).last().unwrap()["reason"]), (0, &"interrupted".into()));
        place.run(&["resume", "r", "--quiet"]).ends_with(0);
        assert_eq!(evaluated(), 1);
        let stop = events(&run).into_iter().rfind(|event| event["event"] == "stop").unwrap();
        assert_eq!(stop["reason"], "finished");
    }

    #[test]
    fn an_interrupted_command_leaves_no_temporary_files() {
        let place = Place::new();
        place.train(&[&["--out", "r"], &SHORT[..]].concat());
        for signal in ["-INT", "-TERM", "-HUP"] {
            let sample = ["sample", "r", "-n", "1000000", "-o", "many.npy", "--threads", "1"];
            let mut child = place.spawn(&sample);
            let part = || names(&place.path("")).iter().any(|name| name.contains("many.npy"));
            wait_until("the temporary file", part);
            send(&child, signal);
            assert!(!child.wait().unwrap().success());
            assert!(!part(), "{signal}: {:?}", names(&place.path("")));
        }
    }

    #[test]
    fn time_in_which_the_process_was_stopped_does_not_count() {
        let place = Place::new();
        let run = place.path("r/0000-small");
        let start = Instant::now();
        let mut child = place.spawn(&LONG);
        wait_for_steps(&run);
        let stopped = Duration::from_secs(4);
        send(&child, "-STOP");
        std::thread::sleep(stopped);
        send(&child, "-CONT");
        std::thread::sleep(Duration::from_millis(500));
        send(&child, "-INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let (all, end) = (start.elapsed().as_secs_f64(), events(&run).pop().unwrap());
        let counted = end["seconds"].as_f64().unwrap();
        assert!(counted > 0.4 && counted < all - stopped.as_secs_f64() + 1.0, "{counted} of {all} s");
    }

    #[test]
    fn a_limit_on_the_size_of_files_is_an_error_that_names_the_file() {
        let place = Place::new();
        let run = place.train(&[&["--out", "r"], &SHORT[..]].concat());
        let program = place.command(&["sample", "r", "-n", "20000", "-o", "big.npy"]);
        let limited = |program: &Command| {
            let mut shell = Command::new("sh");
            // Blocks of 512 or 1024 bytes: less than 100 kB, more than a log.
            shell.args(["-c", "ulimit -f 60; exec \"$@\"", "sh"]).arg(program.get_program());
            shell.args(program.get_args()).current_dir(place.path("")).output().unwrap()
        };
        let output = limited(&program);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("big.npy: cannot write"), "{said}");
        assert!(names(&place.path("")).iter().all(|name| !name.contains("big.npy")));
        assert!(run.join("checkpoints/latest").exists());
    }
}

/// A file system without locks, as `flock` shows it.
#[cfg(target_os = "linux")]
mod locks {
    use std::process::Command;

    use super::*;

    const SHIM: &str = r#"#include <errno.h>
#include <stdlib.h>
int flock(int file, int operation) {
    (void)file; (void)operation;
    errno = atoi(getenv("FLOCK_ERROR"));
    return -1;
}
"#;

    /// `flock` that fails; nothing where there is no C compiler.
    fn shim(place: &Place) -> Option<std::path::PathBuf> {
        let (source, shim) = (place.write("flock.c", SHIM), place.path("flock.so"));
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&shim, &source]).status();
        if built.is_ok_and(|status| status.success()) {
            return Some(shim);
        }
        eprintln!("skipped: no C compiler");
        None
    }

    #[test]
    fn where_locks_are_not_supported_it_warns_and_trains() {
        let place = Place::new();
        let Some(shim) = shim(&place) else { return };
        // ENOSYS, EOPNOTSUPP, ENOLCK, EINVAL.
        for error in ["38", "95", "37", "22"] {
            let short = [&["train", "small.toml", "--quiet", "--out", error], &SHORT[..]].concat();
            let trained =
                place.command(&short).env("LD_PRELOAD", &shim).env("FLOCK_ERROR", error).output().unwrap();
            let said = String::from_utf8_lossy(&trained.stderr).into_owned();
            assert!(trained.status.success(), "{error}: {said}");
            assert!(said.contains("warning: ") && said.contains("not locked ("), "{error}: {said}");
        }
        let mut resume = place.command(&["resume", "38", "--quiet", "--set", "train.total_images=256"]);
        let resumed = resume.env("LD_PRELOAD", &shim).env("FLOCK_ERROR", "38").output().unwrap();
        assert!(resumed.status.success(), "{resumed:?}");
    }

    #[test]
    fn where_the_lock_fails_no_folders_are_left() {
        let place = Place::new();
        let Some(shim) = shim(&place) else { return };
        let mut train = place.command(&["train", "small.toml", "--quiet", "--out", "a/b"]);
        // EIO.
        let failed = train.env("LD_PRELOAD", &shim).env("FLOCK_ERROR", "5").output().unwrap();
        let said = String::from_utf8_lossy(&failed.stderr).into_owned();
        assert_eq!(failed.status.code(), Some(1), "{said}");
        assert!(said.contains("lock: cannot lock"), "{said}");
        assert!(!place.path("a").exists());
    }
}
