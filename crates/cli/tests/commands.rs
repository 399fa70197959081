//! Every command, and the files it writes.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

use common::{IMAGES, Place, SIDE, newest_checkpoint};
use gan::config::{Source, Written};
use serde_json::Value;

/// Width, height and channels of a PNG that decodes to its end.
fn decode(path: &Path) -> (u32, u32, usize) {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, info.color_type.samples())
}

/// Side of a sheet of `n` by `n` images.
fn sheet(n: usize) -> u32 {
    (n * (SIDE + 2) + 2) as u32
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn training_leaves_a_run_and_says_where() {
    let place = Place::new();
    let run = place.run(&["train", "small.toml", "--seed", "7", "--set", "train.epochs=2", "--threads", "1"]);
    let run = run.ends_with(0);
    for said in [
        "finished after 576 images",
        "runs/0000-small/samples/",
        "runs/0000-small/checkpoints/",
        "ganymede sample",
    ] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    let epochs: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("epoch ")).collect();
    assert_eq!(epochs.len(), 2, "{}", run.stderr);
    assert!(epochs[1].starts_with("epoch 2/2  ") && epochs[1].contains("images/s  D "), "{}", epochs[1]);
    assert!(!run.stderr.contains('\x1b'), "no terminal, no colours: {}", run.stderr);
    let folder = place.path("runs/0000-small");
    let environment = json(&fs::read_to_string(folder.join("environment.json")).unwrap());
    assert_eq!(
        (&environment["threads"], &environment["version"]),
        (&1.into(), &env!("CARGO_PKG_VERSION").into())
    );
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(config.contains("seed = 7") && config.contains("epochs = 2"), "{config}");
    assert_eq!(decode(&folder.join("samples/0000000576.png")), (sheet(2), sheet(2), 1));
    let quiet = place.run(&["train", "small.toml", "--quiet", "--set", "train.epochs=1"]).ends_with(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("runs/0001-small\n", ""));
}

#[test]
fn events_on_standard_output_are_those_of_the_log() {
    let place = Place::new();
    let run = place
        .run(&["train", "small.toml", "--json", "--quiet", "--set", "train.total_images=1200"])
        .ends_with(0);
    let lines: Vec<Value> = run.stdout.lines().map(json).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("start", "end"));
    assert!(kinds.contains(&"tick") && kinds.contains(&"checkpoint") && kinds.contains(&"stop"), "{kinds:?}");
    let log = fs::read_to_string(place.path("runs/0000-small/events.jsonl")).unwrap();
    let logged: Vec<Value> = log.lines().map(json).collect();
    assert_eq!(lines[..lines.len() - 1], logged);
    assert_eq!(lines[lines.len() - 1]["run"], "runs/0000-small");
}

#[test]
fn a_dry_run_prints_a_config_and_writes_nothing() {
    let place = Place::new();
    let run = place.run(&["train", "small.toml", "--dry-run", "--set", "train.batch_size=32"]).ends_with(0);
    for said in [
        "batch_size = 32",
        "# total",
        "# parameters",
        "# steps an epoch      9, 32 images each",
        "GFLOP",
        "MB",
    ] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    // 8 x 24 + 24, 2 x 24, 24 x 36 + 36, and 36 x 24 + 24, 24 + 1.
    assert!(run.stdout.contains("2,077"), "{}", run.stdout);
    assert!(!place.path("runs").exists());
    place.write("again.toml", &run.stdout);
    let again = place.run(&["train", "again.toml", "--dry-run"]).ends_with(0);
    assert_eq!(run.stdout, again.stdout);
}

#[test]
fn a_preset_on_other_data_is_called_after_both_and_images_end_it() {
    let place = Place::new();
    let source = format!("data.source={}", place.bars());
    let train = ["train", "dense", "--image", "6x6", "--set", &source, "--total-images", "5000", "--dry-run"];
    let plan = place.run(&train).ends_with(0).stdout;
    for said in
        ["name = \"dense-bars\"", "description = \"The preset `dense` on the data `", "max_seconds = 0.0"]
    {
        assert!(plan.contains(said), "{said}: {plan}");
    }
    assert!(
        plan.lines().any(|line| line.starts_with("# ends at") && line.ends_with(" 5,000 images")),
        "{plan}"
    );
    let mine = place.run(&[&train[..], &["--set", "name=mine"]].concat()).ends_with(0).stdout;
    assert!(mine.contains("name = \"mine\""), "{mine}");
    let own = place.run(&["train", "dense", "--time", "9m", "--dry-run"]).ends_with(0).stdout;
    assert!(
        own.contains("name = \"dense\"") && own.contains(" or after 9m 00s, whichever is first"),
        "{own}"
    );
}

#[test]
fn one_player_is_trained_against_the_others_earlier_self() {
    let place = Place::new();
    let end = ["--set", "train.epochs=2"];
    let both = place.train(&end);
    let d = place.train(&[&["--only", "discriminator", "--from", "runs/0000-small"], &end[..]].concat());
    let file = newest_checkpoint(&d);
    let g = place.train(&[&["--only", "generator", "--from", file.to_str().unwrap()], &end[..]].concat());
    let [both, d, g] = [both, d, g].map(|run| {
        let bytes = fs::read(newest_checkpoint(&run)).unwrap();
        (weights(&bytes, "generator"), weights(&bytes, "discriminator"))
    });
    assert!(both.0 == d.0 && both.1 != d.1, "only D moves");
    assert!(d.0 != g.0 && d.1 == g.1, "only G moves");
}

/// The bytes of a player's tensors in a checkpoint, in the order of their names.
fn weights(bytes: &[u8], player: &str) -> Vec<u8> {
    let body = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Map<String, Value> = serde_json::from_slice(&bytes[8..body]).unwrap();
    let mut tensors: Vec<_> =
        header.iter().filter(|(name, _)| name.split('/').next() == Some(player)).collect();
    tensors.sort_by_key(|(name, _)| name.as_str());
    assert!(!tensors.is_empty(), "{player} in {:?}", header.keys());
    let offset = |tensor: &Value, i: usize| body + tensor["data_offsets"][i].as_u64().unwrap() as usize;
    tensors.iter().flat_map(|(_, tensor)| bytes[offset(tensor, 0)..offset(tensor, 1)].to_vec()).collect()
}

#[test]
fn samples_in_every_format() {
    let place = Place::new();
    let run = place.train(&["--set", "train.epochs=2"]);
    let sample = |arguments: &[&str]| {
        let said = place.run(&[&["sample", "runs"], arguments].concat()).ends_with(0).stdout;
        place.path(said.trim_end())
    };
    assert_eq!(sample(&[]), run.join("samples.png"));
    assert_eq!(decode(&run.join("samples.png")), (sheet(8), sheet(8), 1));
    let wide = sample(&["-n", "6", "--columns", "6", "-o", "wide.png"]);
    assert_eq!(decode(&wide), (sheet(6), sheet(1), 1));
    let singles = sample(&["-n", "11", "--format", "pngs", "-o", "singles"]);
    let pngs = fs::read_dir(&singles)
        .unwrap()
        .filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "png"));
    assert_eq!(pngs.count(), 11);
    assert_eq!(decode(&singles.join("10.png")), (SIDE as u32, SIDE as u32, 1));

    sample(&["-n", "100", "--format", "idx", "-o", "fakes-idx3-ubyte"]);
    sample(&["-n", "100", "--format", "idx", "-o", "fakes-idx3-ubyte.gz"]);
    let plain = data::idx::read(place.path("fakes-idx3-ubyte")).unwrap();
    assert_eq!(plain.dims(), [100, SIDE, SIDE]);
    assert_eq!(plain.data(), data::idx::read(place.path("fakes-idx3-ubyte.gz")).unwrap().data());
    let shown = place.run(&["data", "show", "fakes-idx3-ubyte", "-n", "16", "-o", "fakes.png"]).ends_with(0);
    assert!(
        shown.stdout.contains("100 images of 6x6x1") && shown.stdout.contains("no labels"),
        "{}",
        shown.stdout
    );
    assert_eq!(decode(&place.path("fakes.png")), (sheet(4), sheet(4), 1));

    let npy = fs::read(sample(&["-n", "70", "--format", "npy"])).unwrap();
    assert_eq!(&npy[..8], b"\x93NUMPY\x01\x00");
    let body = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    let header = std::str::from_utf8(&npy[10..body]).unwrap();
    assert!(header.contains("'descr': '<f4'") && header.contains("'shape': (70, 6, 6, 1,)"), "{header}");
    let values: Vec<f32> =
        npy[body..].chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    assert_eq!(values.len(), 70 * SIDE * SIDE);
    assert!(values.iter().all(|v| (-1.0..=1.0).contains(v)));
    // The same images as bytes, whatever their number.
    let bytes: Vec<u8> = values.iter().map(|&v| model::sampler::to_byte(v)).collect();
    assert_eq!(bytes, plain.data()[..bytes.len()]);
}

#[test]
fn samples_follow_seed_weights_and_checkpoint() {
    let place = Place::new();
    let run = place.train(&["--set", "train.epochs=2"]);
    let file = newest_checkpoint(&run);
    let sample = |arguments: &[&str]| {
        place
            .run(&[&["sample"], arguments, &["-n", "4", "--format", "npy", "-o", "x.npy"]].concat())
            .ends_with(0);
        fs::read(place.path("x.npy")).unwrap()
    };
    let best = sample(&["runs"]);
    assert!(best == sample(&["runs/0000-small", "--seed", "0", "--threads", "1"]));
    assert!(best == sample(&[file.to_str().unwrap()]));
    assert!(best != sample(&["runs", "--seed", "1"]));
    assert!(best != sample(&["runs", "--weights", "raw"]));
    let earlier = common::checkpoints(&run)[0].clone();
    assert!(best != sample(&["runs", "--checkpoint", &common::images_of(&earlier).to_string()]));
}

#[test]
fn the_discriminator_is_judged() {
    let place = Place::new();
    let run = place.train(&["--set", "train.epochs=2"]);
    let said = place.run(&["d-scores", "runs"]).ends_with(0);
    assert!(
        said.stdout.contains("real (test)      40") && said.stdout.contains("called wrong"),
        "{}",
        said.stdout
    );
    assert!(said.stderr.contains("the test split has 40 images"), "{}", said.stderr);
    assert_eq!(decode(&run.join("d-scores.png")), (960, 600, 3));
    let said = place
        .run(&["d-scores", "runs", "--split", "train", "-n", "200", "--json", "-o", "d.png"])
        .ends_with(0);
    let report = json(&said.stdout);
    assert_eq!((report["real"]["count"].as_u64(), report["split"].as_str()), (Some(200), Some("train")));
    let (accuracy, wrong) =
        (report["accuracy"].as_f64().unwrap(), |kind: &str| report[kind]["wrong_share"].as_f64());
    let mean_wrong = (wrong("real").unwrap() + wrong("generated").unwrap()) / 2.0;
    assert!((accuracy + mean_wrong - 1.0).abs() < 1e-12);
    assert!(place.path("d.png").exists());
}

#[test]
fn presets_are_listed_and_printed() {
    let place = Place::new();
    let list = place.run(&["presets"]).ends_with(0).stdout;
    assert_eq!(list, place.run(&["presets", "list"]).ends_with(0).stdout);
    assert!(list.contains("tutorial  ") && list.contains("dense     "), "{list}");
    for preset in gan::presets::PRESETS {
        let shown = place.run(&["presets", "show", preset.name]).ends_with(0).stdout;
        let config = |text: &str| Written::parse(&Source::new(text, preset.name)).unwrap();
        assert_eq!(config(&shown), config(preset.text));
        assert!(shown.contains("# Takes a whole number from 1 up. Default: 64.\n"), "{shown}");
    }
}

#[test]
fn data_is_checked_and_shown() {
    let place = Place::new();
    let said = place.run(&["data", "check", "data"]).ends_with(0).stdout;
    assert!(
        said.contains("300 images of 6x6x1") && said.contains("by class  0: 100  1: 100  2: 100"),
        "{said}"
    );
    let said = place.run(&["data", "show", "data", "-n", "9"]).ends_with(0).stdout;
    assert!(said.contains(&format!("{IMAGES} images of 6x6x1")) && said.contains("2         100"), "{said}");
    assert_eq!(decode(&place.path("data.png")), (sheet(3), sheet(3), 1));
    let said = place.run(&["data", "show", "data", "--split", "test", "-o", "test.png"]).ends_with(0).stdout;
    assert!(said.contains("40 images") && said.contains("the first 40: test.png"), "{said}");
}

#[test]
fn a_step_is_timed() {
    let place = Place::new();
    let arguments = ["bench", "step", "small.toml", "--batch", "32", "--threads", "1", "--seconds", "0.2"];
    let said = place.run(&[&arguments[..], &["--json"]].concat()).ends_with(0).stdout;
    let report = json(&said);
    assert_eq!((report["batch"].as_u64(), report["threads"].as_u64()), (Some(32), Some(1)));
    assert_eq!(report["preset"], "small.toml");
    for field in ["steps", "ms_per_step", "images_per_s", "gflop_per_step", "gflops", "product_gflops"] {
        assert!(report[field].as_f64().unwrap() > 0.0, "{field}: {said}");
    }
    let (p10, p90) = (report["ms_p10"].as_f64().unwrap(), report["ms_p90"].as_f64().unwrap());
    assert!(p10 <= report["ms_per_step"].as_f64().unwrap() && report["ms_per_step"].as_f64().unwrap() <= p90);
    let share = report["gflops"].as_f64().unwrap() / report["product_gflops"].as_f64().unwrap();
    assert!((report["share_of_product_rate"].as_f64().unwrap() - share).abs() < 1e-9);
    let said = place.run(&arguments).ends_with(0).stdout;
    assert!(
        said.contains("ms/step (p10 ") && said.contains("images/s") && said.contains("product rate"),
        "{said}"
    );
}

#[test]
fn completions_and_help() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.run(&["completions", shell]).ends_with(0).stdout;
        assert!(script.contains("ganymede") && script.contains("d-scores"), "{shell}");
    }
    assert!(place.run(&["--help"]).ends_with(0).stdout.contains("Exit codes"));
    for command in ["train", "resume", "sample", "eval", "d-scores", "presets", "completions"] {
        let help = place.run(&[command, "--help"]).ends_with(0).stdout;
        assert!(help.contains("Examples:\n  ganymede "), "{command}: {help}");
    }
    for command in
        [["data", "fetch"], ["data", "pack"], ["data", "check"], ["data", "show"], ["bench", "step"]]
    {
        let help = place.run(&[&command[..], &["--help"]].concat()).ends_with(0).stdout;
        assert!(help.contains("Examples:\n  ganymede "), "{command:?}: {help}");
    }
}

/// `ganymede train --dry-run | head -0`: the reader closes the pipe before anything is written.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    for arguments in
        [&["train", "small.toml", "--dry-run"][..], &["presets", "show", "dense"], &["completions", "bash"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child =
            place.command(arguments).stdout(writer).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// If the reader of the events closes the pipe, the run continues.
#[test]
fn a_run_outlives_the_reader_of_its_events() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let arguments = ["train", "small.toml", "--json", "--quiet", "--set", "train.epochs=1"];
    let output = place.command(&arguments).stdout(writer).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("no more events on standard output") && !stderr.contains("panicked"), "{stderr}");
    assert_eq!(common::images_of(&newest_checkpoint(&place.path("runs/0000-small"))), 288);
}
