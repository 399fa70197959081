//! Every hint of the program, run exactly as printed.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use super::{classes, write_image};
use crate::common::{Place, Run, logged_evals, newest_checkpoint};

/// The source file of all hints.
const SOURCE: &str = include_str!("../../../src/hints.rs");

/// Each kind of hint, and its description.
fn kinds() -> BTreeMap<String, String> {
    let (_, variants) = SOURCE.split_once("pub(crate) enum Hint {\n").unwrap();
    let variants = variants.split_once("\n}\n").unwrap().0;
    let names = variants.lines().map(|line| line.trim().split(['(', ',']).next().unwrap());
    let what = |name: &str| {
        let (_, arm) = SOURCE.split_once(&format!("            Hint::{name}")).unwrap();
        let arm = arm.split_once("            Hint::").map_or(arm, |(arm, _)| arm);
        let arm = arm.split_once("\n        }").map_or(arm, |(arm, _)| arm);
        arm.trim_end().trim_end_matches("),").rsplit('"').nth(1).unwrap().to_owned()
    };
    names.map(|name| (name.to_owned(), what(name))).collect()
}

/// Types a command, with more at its end, into a shell that finds the program.
#[track_caller]
pub(super) fn type_in(place: &Place, command: &str, more: &str) -> Run {
    let bin = place.path("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        fs::hard_link(env!("CARGO_BIN_EXE_ganymede"), bin.join("ganymede"))
            .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_ganymede"), bin.join("ganymede")).map(drop))
            .unwrap();
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = std::process::Command::new("bash")
        .args(["-c", &format!("{command} {more}")])
        .current_dir(place.path("."))
        .env("PATH", path)
        .env("GANYMEDE_DATA", place.path("downloads"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The hints of a text: commands, and what each does, which stands on the next line.
fn hints(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let pairs = lines.windows(2).filter_map(|pair| {
        let command = pair[0].strip_prefix("  hint: ").filter(|command| command.starts_with("ganymede "))?;
        let what = pair[1].trim().strip_prefix('(')?.strip_suffix(')')?;
        Some((command.to_owned(), what.to_owned()))
    });
    pairs.collect()
}

/// The hints that a test ran.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    /// Runs a command that prints these kinds of hints, and types each with more at its end; it ends with the code beside it.
    #[track_caller]
    fn types(&mut self, place: &Place, arguments: &[&str], expected: &[(&str, &str, i32)]) {
        let run = place.run(arguments);
        let printed = hints(&run.stderr);
        for &(kind, more, code) in expected {
            let what = &kinds()[kind];
            let hint = printed.iter().find(|(_, does)| does == what);
            let (hint, _) = hint.unwrap_or_else(|| panic!("{arguments:?} prints no {kind}: {run:?}"));
            let typed = type_in(place, hint, more);
            assert_eq!(typed.code, Some(code), "{hint}\n{typed:?}");
            self.0.push(kind.to_owned());
        }
    }
}

/// A few seconds of training at most.
const BRIEFLY: &str = "--total-images 16 --threads 1 --quiet";

fn about_presets_and_data(seen: &mut Seen) {
    let place = Place::new();
    seen.types(&place, &["train", "dens"], &[("ShowPreset", "", 0)]);
    seen.types(&place, &["presets", "show", "stylegan"], &[("ListPresets", "", 0)]);
    seen.types(&place, &["train", "--set", "data.source=kmnist"], &[("FetchData", "--help", 0)]);
    seen.types(&place, &["data", "show", "nowhere"], &[("NameData", "", 0)]);
    place.write(
        "s.toml",
        "name = \"s\"\nbase = \"small.toml\"\nmetric = \"fd\"\nsamples = 20\n[axes]\n\"train.batch_sice\" = [8]\n",
    );
    seen.types(&place, &["sweep", "s.toml"], &[("PrintKeys", "", 0)]);

    classes(&place, "my photos", 20, 16, 3);
    seen.types(&place, &["train", "my photos", "--image", "50x50x3"], &[("Train", BRIEFLY, 0)]);
    for preset in ["mnist", "dcgan", "projection"] {
        let train = ["train", preset, "--set", "data.source=my photos"];
        seen.types(&place, &train, &[("Train", "--dry-run", 0)]);
    }
    let unfit = ["train", "dcgan", "--image", "30x30", "--set", "data.source=my photos"];
    seen.types(&place, &unfit, &[("Train", "--dry-run", 0)]);
    for i in 0..20 {
        write_image(&place, &format!("it's flat/{i}.png"), 40, 30, 1);
        write_image(&place, &format!("-mixed/{}/{i}.png", i % 2), 12 + i % 2, 12, 3);
    }
    seen.types(&place, &["train", "it's flat", "--image", "50x50x1"], &[("Train", BRIEFLY, 0)]);
    seen.types(&place, &["train", "./-mixed", "--image", "50x50x3"], &[("Train", "--dry-run", 0)]);
    let train = ["train", "dense", "--set", "data.source=-mixed"];
    seen.types(&place, &train, &[("Train", "--dry-run", 0)]);
    for command in [
        &["data", "show", "./-mixed"][..],
        &["data", "pack", "./-mixed", "-o", "m.gpack"],
        &["data", "check", "./-mixed"],
        &["judge", "train", "--data", "./-mixed", "-o", "j.safetensors", "--epochs", "1"],
    ] {
        seen.types(&place, command, &[("Resize", "", 0)]);
    }
    classes(&place, "broken", 20, 6, 1);
    place.write("broken/dark/cut.png", "no image");
    for command in [
        &["data", "pack", "broken", "-o", "b.gpack"][..],
        &["train", "small.toml", "--set", "data.source=broken", "--set", "train.total_images=128"],
    ] {
        // What is wrong with it is said by `data check`, which ends with 1.
        seen.types(&place, command, &[("CheckData", "", 1), ("SkipBroken", "", 0)]);
    }
    seen.types(
        &place,
        &["data", "show", "my photos", "-o", "my photos/sheet.png"],
        &[("OutsideData", "", 0)],
    );
    for i in 0..8 {
        write_image(&place, &format!("two/{}/{i}.png", ["train", "test"][i % 4 / 3]), 6, 6, 1);
    }
    seen.types(
        &place,
        &["data", "pack", "two", "--split", "test", "-o", "two.gpack"],
        &[("TestName", "", 0)],
    );
}

fn about_runs(seen: &mut Seen) {
    let place = Place::new();
    let run = place.train(&["--set", "train.total_images=320"]);
    seen.types(&place, &["sample", "runs", "-n", "4", "-o", "my x.onnx"], &[("OutputName", "", 0)]);
    seen.types(&place, &["sample", "runs", "-n", "10001", "-o", "x.png"], &[("OneFile", "", 0)]);
    let pngs = ["sample", "runs", "-n", "4", "--format", "pngs", "-o", "data"];
    seen.types(&place, &pngs, &[("NewFolder", "", 0)]);
    seen.types(&place, &["morph", "runs", "--from", "0", "--to=1", "-n1"], &[("NoClasses", "--frames 2", 0)]);
    seen.types(&place, &["blind-test", "runs", "-n", "1000"], &[("FewerImages", "", 0)]);
    seen.types(&place, &["write", "1", "runs"], &[("TrainDigits", "--dry-run", 0)]);
    for set in ["train.batch_size=8", "optimizer.generator.kind=rmsprop"] {
        let resume = ["resume", "runs", "--set", set];
        seen.types(&place, &resume, &[("NewRun", "--total-images 128 --quiet", 0)]);
        fs::remove_dir_all(place.path("runs/0001-small")).unwrap();
    }
    place.train(&["--set", "train.total_images=320", "--out", "changed"]);
    let other = place.path("data/train-images-idx3-ubyte");
    let (own, mut changed) = (fs::read(&other).unwrap(), fs::read(&other).unwrap());
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&other, changed).unwrap();
    seen.types(
        &place,
        &["resume", "changed", "--set", "train.total_images=336"],
        &[("ChangedData", "--quiet", 0), ("NewRun", "--total-images 128 --quiet", 0)],
    );
    fs::write(&other, own).unwrap();
    fs::remove_dir_all(place.path("runs/0001-small")).unwrap();
    let newest = newest_checkpoint(&run);
    let bytes = fs::read(&newest).unwrap();
    fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    for command in [
        &["sample", "runs", "-n", "4"][..],
        &["resume", "runs", "--quiet"],
        &[
            "train",
            "small.toml",
            "--from",
            "runs",
            "--set",
            "train.total_images=128",
            "--quiet",
            "--out",
            "r",
        ],
    ] {
        fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
        seen.types(&place, command, &[("EarlierCheckpoint", "", 0)]);
    }
    classes(&place, "photos", 40, 6, 1);
    place.train(&["--set", "data.source=photos", "--set", "train.total_images=128", "--out", "theirs"]);
    seen.types(&place, &["d-scores", "theirs"], &[("TrainSplit", "", 0)]);
}

fn about_judges(seen: &mut Seen) {
    let place = Place::new();
    let source = format!("data.source={}", place.bars());
    place.train(&["--set", &source, "--set", "train.total_images=320"]);
    let eval = ["eval", "runs", "-n", "100", "--memory", "20"];
    seen.types(&place, &eval, &[("TrainJudge", "--epochs 8 --quiet", 0), ("TakeJudge", "", 0)]);
    let limit = ["--set", "train.total_images=128", "--eval", "640", "--until", "fd<9"];
    let train = [&["train", "small.toml", "--set", &source][..], &limit].concat();
    seen.types(&place, &train, &[("TakeJudge", "--quiet", 0), ("NoEvaluation", "--quiet", 0)]);
    let usefulness = [&eval[..], &["--judge", "bars-judge.safetensors", "--usefulness=50"]].concat();
    seen.types(&place, &usefulness, &[("NoUsefulness", "", 0)]);
    for (i, judge) in ["a", "b"].iter().enumerate() {
        let seed = ["0", "1"][i];
        let brief = ["--set", "train.total_images=128", "--set", "train.tick_images=64", "--out", "both"];
        let run = place.train(&[&brief[..], &["--seed", seed]].concat());
        logged_evals(&run, &judge.repeat(64), 0.0);
    }
    seen.types(&place, &["compare", "both"], &[("OneJudge", "", 0)]);
}

fn about_classes(seen: &mut Seen) {
    let place = Place::new();
    for i in 0..300 {
        write_image(&place, &format!("many/{i}/0.png"), 6, 6, 1);
    }
    let embedding = "generator.layers=[{ class-embedding = 4 }, { dense = 36 }, \"tanh\"]";
    let projection = "discriminator.layers=[{ dense = 8 }, \"relu\", \"projection-head\"]";
    let sets = ["data.source=many", "train.total_images=128", embedding, projection];
    place.train(&sets.map(|set| ["--set", set]).concat());
    seen.types(&place, &["morph", "runs", "-n", "1", "--frames", "2"], &[("TwoClasses", "", 0)]);
    seen.types(&place, &["write", ": :", "runs"], &[("WriteDate", "", 0)]);
    let idx = ["sample", "runs", "-n", "300", "--format", "idx", "-o", "my-idx3-ubyte"];
    seen.types(&place, &idx, &[("WideLabels", "", 0)]);
    for i in 0..200 {
        write_image(&place, &format!("digits/{}/{i}.png", i % 10), 6, 6, 1);
    }
    let sets = ["data.source=digits", "train.total_images=128", embedding, projection];
    place.train(&[&["--out", "hands"][..], &sets.map(|set| ["--set", set]).concat()].concat());
    let train = ["judge", "train", "--data", "digits", "-o", "judge.safetensors", "--epochs", "1", "--quiet"];
    place.run(&train).ends_with(0);
    let write = ["write", "0123456789", "hands", "--reject", "0.9", "--judge", "judge.safetensors"];
    seen.types(&place, &write, &[("HandEach", "", 0)]);
}

#[test]
fn every_hint_that_is_printed_works_when_it_is_typed() {
    let mut seen = Seen::default();
    about_presets_and_data(&mut seen);
    about_runs(&mut seen);
    about_judges(&mut seen);
    about_classes(&mut seen);
    let unseen: Vec<_> = kinds().into_keys().filter(|kind| !seen.0.contains(kind)).collect();
    assert_eq!(unseen, Vec::<String>::new(), "no test types these hints");
}

/// A hint in another source file would not be tested.
#[test]
fn commands_in_messages_come_from_one_place() {
    let mut stack = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")];
    let mut found = Vec::new();
    while let Some(folder) = stack.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let skipped = ["tests", "target", "args", "hints", "benches"];
            if path.is_dir() && !skipped.iter().any(|name| path.ends_with(name)) {
                stack.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("src/hints.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap();
                let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let hints = lines.filter(|line| line.contains("hint: ") && line.contains("ganymede "));
                found.extend(hints.map(|line| format!("{}: {}", path.display(), line.trim())));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}
