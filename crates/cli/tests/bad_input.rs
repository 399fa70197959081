//! Wrong input gives an error with the right exit code and without a panic ([`Place::run`] checks that).

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{Place, newest_checkpoint};

const ERROR: i32 = 1;
const USAGE: i32 = 2;
const DIVERGED: i32 = 3;

/// Arguments, and what standard error (or output) must say.
type Case<'a> = (&'a [&'a str], i32, &'a [&'a str]);

#[track_caller]
fn refused(place: &Place, cases: &[Case]) {
    for (arguments, code, says) in cases {
        let run = place.run(arguments);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, Some(*code), "{arguments:?}: {all}");
        assert!(
            run.stderr.starts_with("error: ") || run.stderr.contains("\nerror: "),
            "{arguments:?}: {all}"
        );
        for part in *says {
            assert!(all.contains(part), "{arguments:?}: `{part}` is not in: {all}");
        }
    }
}

#[test]
fn flags() {
    let place = Place::new();
    refused(
        &place,
        &[
            (&["train", "--time", "3x"], USAGE, &["--time", "`x` is no unit", "1h30m"]),
            (&["train", "--time", "180"], USAGE, &["has no unit"]),
            (&["train", "--time", "-3m"], USAGE, &["expected a time such as 90s"]),
            (&["train", "--time", "3m", "--total-images", "9"], USAGE, &["cannot be used with"]),
            (&["train", "data", "--image", "50x50x1"], ERROR, &["data have 6x6x1", "scaled"]),
            (&["train", "--threads", "0"], USAGE, &["--threads"]),
            (&["train", "--seed", "-1"], USAGE, &["-1"]),
            (&["train", "--seed", "9223372036854775808"], USAGE, &["9223372036854775807"]),
            (&["train", "--only", "both"], USAGE, &["discriminator", "generator"]),
            (&["train", "--wat"], USAGE, &["--wat"]),
            (&["fly"], USAGE, &["fly"]),
            (&["sample", "runs", "-n", "0"], USAGE, &["no images would be made"]),
            (&["sample", "runs", "-n", "1000001"], USAGE, &["more than 1000000 images", "--seed"]),
            (&["sample", "runs", "--format", "gif"], USAGE, &["png, pngs, idx, npy"]),
            (&["d-scores", "runs", "-n", "0"], USAGE, &["no images"]),
            (&["data", "fetch", "kmnits"], USAGE, &["kmnist"]),
            (&["bench", "step", "dense", "--seconds", "0"], USAGE, &["seconds"]),
            (&["bench", "step", "dense", "--batch", "0"], USAGE, &["--batch"]),
            (&["completions", "cmd"], USAGE, &["bash"]),
        ],
    );
}

#[test]
fn configs() {
    let place = Place::new();
    let small = fs::read_to_string(place.path("small.toml")).unwrap();
    place.write("unknown.toml", small.replace("batch_size = 16", "batch_sice = 16"));
    place.write("penalty.toml", small.replace("{ dropout = 0.2 }", "\"batch-norm\""));
    place.write("type.toml", small.replace("batch_size = 16", "batch_size = \"many\""));
    place.write("layer.toml", small.replace("{ dropout = 0.2 }", "\"swish\""));
    place.write("pixels.toml", small.replace("{ dense = 36 }", "{ dense = 35 }"));
    place.write("latin1.toml", b"name = \"caf\xe9\"");
    place.write("empty.toml", "");
    place.write("huge.toml", vec![b'#'; (1 << 20) + 1]);
    fs::create_dir(place.path("folder.toml")).unwrap();
    let set = |value: &'static str| ["train", "small.toml", "--set", value];
    refused(
        &place,
        &[
            (&["train", "dens"], ERROR, &["did you mean `dense`?", "hint: ganymede presets show dense"]),
            (
                &["train", "stylegan"],
                ERROR,
                &["there are mnist, fashion, tutorial, dense", "hint: ganymede presets"],
            ),
            (&["presets", "show", "tutorail"], ERROR, &["did you mean `tutorial`?"]),
            (&["bench", "step", "dens"], ERROR, &["did you mean `dense`?"]),
            (
                &["train", "unknown.toml"],
                ERROR,
                &["unknown.toml", "line 17", "unknown field `batch_sice`", "`batch_size`"],
            ),
            (
                &["train", "penalty.toml"],
                ERROR,
                &["penalty.toml:8: `discriminator.layers[2]`", "`objective.r1` needs", "\n  hint: "],
            ),
            (&["train", "type.toml"], ERROR, &["line 17", "many"]),
            (&["train", "layer.toml"], ERROR, &["layer.toml", "swish", "leaky-relu"]),
            (
                &["train", "pixels.toml"],
                ERROR,
                &["pixels.toml:6: `generator.layers", "6x6x1 = 36 pixels", "hint: "],
            ),
            (&["train", "latin1.toml"], ERROR, &["latin1.toml: cannot read", "UTF-8"]),
            (&["train", "empty.toml"], ERROR, &["empty.toml", "hint: "]),
            (&["train", "huge.toml"], ERROR, &["is no config"]),
            (&["train", "folder.toml"], ERROR, &["not a file"]),
            (&["train", "none.toml"], ERROR, &["none.toml: cannot open"]),
            (&set("train.batch_size"), ERROR, &["--set train.batch_size: expected KEY=VALUE"]),
            (&set("train.batch_sice=1"), ERROR, &["--set train.batch_sice=1: unknown field"]),
            (&set("train.batch_size=many"), ERROR, &["--set train.batch_size=many"]),
            (&set("train.batch_size=0"), ERROR, &["--set train.batch_size=0: `train.batch_size`", "hint: "]),
            (&set("train.batch_size=301"), ERROR, &["more than the data's 300 images", "at most 300"]),
            (&set("train.grid_images=-1"), ERROR, &["--set train.grid_images=-1"]),
            (&set("generator.layers.9=relu"), ERROR, &["a list of 5 items"]),
            (&set("=1"), ERROR, &["a part of the key is empty"]),
            (&set("train.max_seconds=nan"), ERROR, &["train.max_seconds"]),
        ],
    );
    assert!(!place.path("runs").exists(), "nothing that was refused left a run");
}

#[test]
fn data_files() {
    let place = Place::new();
    let header = |dims: [u8; 3]| vec![0, 0, 8, 3, 0, 0, 0, dims[0], 0, 0, 0, dims[1], 0, 0, 0, dims[2]];
    let body = |dims: [u8; 3], bytes: usize| [header(dims), vec![7; bytes]].concat();
    place.write("magic", [&[1, 2, 3, 4], &body([2, 6, 6], 72)[4..]].concat());
    place.write("type", [&[0, 0, 13, 3], &body([2, 6, 6], 72)[4..]].concat());
    place.write("short", body([2, 6, 6], 71));
    place.write("long", body([2, 6, 6], 73));
    place.write("huge", [vec![0, 0, 8, 3], vec![255; 12]].concat());
    place.write("stub", [0, 0, 8]);
    place.write("empty", []);
    data::idx::write(place.path("whole.gz"), &[200, 6, 6], &noise(200 * 36)).unwrap();
    let gz = fs::read(place.path("whole.gz")).unwrap();
    place.write("truncated.gz", &gz[..gz.len() / 2]);
    let mut corrupt = gz;
    corrupt[40..60].fill(0xa5);
    place.write("corrupt.gz", corrupt);
    let cases = [
        ("magic", "magic: expected 00 00 08"),
        ("type", "element type: expected 0x08"),
        ("short", "72"),
        ("long", "72"),
        ("huge", "at most"),
        ("stub", "header"),
        ("empty", "an empty file"),
        ("truncated.gz", "gzip data is truncated"),
        ("corrupt.gz", "gzip data is corrupt"),
    ];
    for (file, says) in cases {
        let source = format!("data.source={}", place.path(file).display());
        refused(
            &place,
            &[
                (&["data", "check", file], ERROR, &["problem: ", says, "1 of 1 files cannot be used"]),
                (&["data", "show", file], ERROR, &[file, says]),
                (&["train", "small.toml", "--set", &source], ERROR, &[file, says]),
            ],
        );
    }
    refused(
        &place,
        &[
            (&["data", "check", "nowhere"], ERROR, &["nowhere", "cannot open"]),
            (&["data", "check", "."], ERROR, &["4 of 9 files cannot be used", "truncated.gz"]),
            (&["data", "show", "nowhere"], ERROR, &["neither an existing path nor one of: mnist", "hint: "]),
            (
                &["data", "show", "data", "-o", "none/data.png"],
                ERROR,
                &["none/data.png: there is no folder none"],
            ),
            (
                &["train", "--set", "data.source=kmnist"],
                ERROR,
                &["kmnist", "hint: ganymede data fetch kmnist"],
            ),
            (&["data", "show", "emnist-letters"], ERROR, &["hint: ganymede data fetch emnist-letters"]),
        ],
    );
}

/// Bytes that do not compress well.
fn noise(n: u32) -> Vec<u8> {
    (0..n).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

#[test]
fn downloads() {
    let place = Place::new();
    // Port 9 of this machine: no server listens.
    let arguments = ["data", "fetch", "kmnist", "--mirror", "http://127.0.0.1:9"];
    refused(
        &place,
        &[(&arguments, ERROR, &["http://127.0.0.1:9/train-images", "placed by hand", "downloads/kmnist"])],
    );
}

#[test]
fn runs_and_checkpoints() {
    let place = Place::new();
    let run = place.train(&["--set", "train.total_images=320"]);
    let newest = newest_checkpoint(&run);
    let bytes = fs::read(&newest).unwrap();
    place.write("truncated.safetensors", &bytes[..bytes.len() - 100]);
    place.write("stub.safetensors", &bytes[..6]);
    place.write("empty.safetensors", []);
    let mut altered = bytes.clone();
    altered[bytes.len() - 10] ^= 1;
    place.write("altered.safetensors", altered);
    place.write("newer.safetensors", replace(&bytes, br#"format\":\"2.0"#, br#"format\":\"9.0"#));
    place.write("lengths.safetensors", [&u64::MAX.to_le_bytes()[..], &bytes[8..]].concat());
    fs::create_dir(place.path("empty")).unwrap();
    for command in ["sample", "d-scores"] {
        refused(
            &place,
            &[
                (&[command, "nowhere"], ERROR, &["nowhere: no such folder"]),
                (&[command, "empty"], ERROR, &["empty: not a run"]),
                (&[command, "small.toml"], ERROR, &["small.toml: truncated or no checkpoint"]),
                (&[command, "none.safetensors"], ERROR, &["none.safetensors: cannot open"]),
                (&[command, "truncated.safetensors"], ERROR, &["truncated"]),
                (&[command, "stub.safetensors"], ERROR, &["truncated or no checkpoint"]),
                (&[command, "empty.safetensors"], ERROR, &["truncated or no checkpoint"]),
                (&[command, "lengths.safetensors"], ERROR, &["truncated or no checkpoint"]),
                (&[command, "altered.safetensors"], ERROR, &["altered since it was written"]),
                (&[command, "newer.safetensors"], ERROR, &["format 9.0; this program reads formats 1 and 2"]),
                (&[command, "runs", "--checkpoint", "7"], ERROR, &["has no checkpoint `7`; it has: "]),
                (&[command, "runs", "--checkpoint", "newest"], ERROR, &["has no checkpoint `newest`"]),
            ],
        );
    }
    refused(
        &place,
        &[
            (&["resume", "nowhere"], ERROR, &["nowhere: no such folder"]),
            (&["resume", "empty"], ERROR, &["not a run"]),
            (&["resume", "small.toml"], ERROR, &["small.toml"]),
            (&["resume", "runs", "--set", "train.x=1"], ERROR, &["unknown field `x`"]),
            (
                &["resume", "runs", "--set", "generator.layers.0.dense=25"],
                ERROR,
                &["of another network", "generator/"],
            ),
            (
                &["resume", "runs", "--set", "optimizer.generator.kind=rmsprop"],
                ERROR,
                &[
                    "optimizer.generator.kind: \"rmsprop\" here, \"adam\" in the checkpoint",
                    "--from runs/0000-small",
                ],
            ),
            (
                &["resume", "runs", "--set", "train.batch_size=8"],
                ERROR,
                &["8 here, 16 when", "--from runs/0000-small"],
            ),
            (&["sample", "runs", "--labels", "0,1,2"], ERROR, &["takes no labels", "hint: "]),
            (&["sample", "runs", "--truncation", "0"], ERROR, &["truncation 0: expected", "hint: "]),
            (&["sample", "runs", "--truncation", "1.5"], ERROR, &["at most 1"]),
            (
                &["sample", "runs", "-n", "10001"],
                ERROR,
                &["at most 10000", "hint: ganymede sample runs -n 10001 --format npy"],
            ),
            (&["sample", "runs", "-o", "none/x.png"], ERROR, &["none/x.png: there is no folder none"]),
            (&["sample", "runs", "-o", "data"], ERROR, &["data: is a folder"]),
            (&["sample", "runs", "-o", "x.jpg"], ERROR, &["x.jpg: this would be a PNG file"]),
            (&["sample", "runs", "-o", "x.npy", "--format", "png"], ERROR, &["would be a PNG file"]),
            (&["sample", "runs", "-o", "data", "--format", "pngs"], ERROR, &["data: is not empty"]),
            (&["sample", "runs", "--seed", "-1"], USAGE, &["-1", "--seed <S>"]),
            (&["morph", "runs", "-o", "x.png"], ERROR, &["would be a GIF file"]),
            (&["blind-test", "runs", "-o", "x.png"], ERROR, &["would be an HTML file"]),
            (
                &["sample", "runs", "-o", "small.toml/x", "--format", "pngs"],
                ERROR,
                &["small.toml/x: cannot create"],
            ),
            (&["sample", "runs", "-o", "empty"], ERROR, &["empty"]),
            (&["d-scores", "runs", "-o", "none/x.png"], ERROR, &["none/x.png"]),
            (&["train", "small.toml", "--from", "altered.safetensors"], ERROR, &["altered"]),
            (&["train", "small.toml", "--out", "small.toml"], ERROR, &["small.toml: cannot create"]),
        ],
    );
    let wider = ["train", "small.toml", "--from", "runs", "--set", "discriminator.layers.0.dense=25"];
    refused(&place, &[(&wider, ERROR, &["of another network", "discriminator/"])]);
    #[cfg(feature = "mnist")]
    refused(&place, &[(&["train", "dense", "--from", "runs"], ERROR, &["of another network"])]);
    // The previous checkpoint is offered.
    fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    refused(&place, &[(&["resume", "runs"], ERROR, &["truncated", "--checkpoint 0000000256"])]);
    place.run(&["resume", "runs", "--checkpoint", "256", "--quiet"]).ends_with(0);
    assert!(fs::read(&newest).unwrap() == bytes);
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).expect("the text to replace");
    let mut replaced = bytes.to_vec();
    replaced[at..at + to.len()].copy_from_slice(to);
    replaced
}

#[test]
fn a_run_whose_data_changed() {
    let place = Place::new();
    place.train(&["--set", "train.total_images=320"]);
    let images = place.path("data/train-images-idx3-ubyte");
    data::idx::write(&images, &[299, 6, 6], &noise(299 * 36)).unwrap();
    data::idx::write(place.path("data/train-labels-idx1-ubyte"), &[299], &[0; 299]).unwrap();
    fs::remove_file(place.path("data/t10k-images-idx3-ubyte")).unwrap();
    let more = ["resume", "runs", "--set", "train.total_images=640"];
    refused(
        &place,
        &[
            (
                &more,
                ERROR,
                &["expected 300 images of 6x6x1, got 299 images of 6x6x1", "hint: --set data.source"],
            ),
            (&["d-scores", "runs"], ERROR, &["images of the test split", "--split train"]),
        ],
    );
    data::idx::write(&images, &[299, 5, 6], &noise(299 * 30)).unwrap();
    refused(&place, &[(&["d-scores", "runs", "--split", "train"], ERROR, &["D judges images of 6x6x1"])]);
}

#[test]
fn two_trainings_in_one_folder() {
    let place = Place::new();
    let mut child = place.spawn(&["train", "small.toml", "--threads", "1"]);
    let run = place.path("runs/0000-small");
    common::wait_until("a checkpoint", || !common::checkpoints(&run).is_empty());
    let owner = format!("process {} is training in this folder", child.id());
    refused(&place, &[(&["resume", "runs"], ERROR, &[&owner])]);
    // Reading is still allowed.
    place.run(&["sample", "runs", "-n", "4"]).ends_with(0);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_that_diverges() {
    let place = Place::new();
    let arguments = [
        "train",
        "small.toml",
        "--set",
        "optimizer.discriminator.kind=sgd",
        "--set",
        "optimizer.discriminator.lr=1e30",
        "--set",
        "train.checkpoint_images=16",
    ];
    refused(
        &place,
        &[(&arguments, DIVERGED, &["training diverged at", "not finite", "hint: lower optimizer"])],
    );
    let events = fs::read_to_string(place.path("runs/0000-small/events.jsonl")).unwrap();
    assert!(events.lines().last().unwrap().contains("diverged"), "{events}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_not_writable() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let locked = place.path("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    // Root may write anywhere.
    if fs::write(locked.join("probe"), "").is_ok() {
        return;
    }
    let out = Path::new("locked").display().to_string();
    refused(&place, &[(&["train", "small.toml", "--out", &out], ERROR, &["locked", "cannot create"])]);
}
