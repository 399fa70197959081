//! A folder with a small data set and a small experiment, and the program to run on them.

// Each test program uses a part of this.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod seal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageBuffer, ImageFormat};
use serde_json::Value;
use tempfile::TempDir;

/// Side of the small images.
pub const SIDE: usize = 6;
/// Images in the small training set: 18 batches of 16, and some left over.
pub const IMAGES: usize = 300;

/// A config with everything that a checkpoint must keep: batch normalisation and its average, dropout in D, penalties,
/// falling noise, a warm-up, and ticks and checkpoints that do not end with epochs.
const CONFIG: &str = r#"name = "small"
[data]
source = "DATA"
[generator]
latent = 8
layers = [{ dense = 24 }, "batch-norm", { leaky-relu = 0.2 }, { dense = 36 }, "tanh"]
[discriminator]
layers = [{ dense = 24 }, { leaky-relu = 0.2 }, { dropout = 0.2 }, { dense = 1 }]
[objective]
loss = "relativistic"
r1 = 0.1
r2 = 0.1
instance_noise = 0.1
instance_noise_images = 2000
[train]
update = "alternating"
batch_size = 16
epochs = 1000000
warmup_images = 100
ema_half_life_images = 500.0
ema_rampup = 0.1
checkpoint_epochs = 0
checkpoint_images = 64
keep_checkpoints = 5
tick_images = 1000
grid_images = 4
"#;

/// The result of a run of the program.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Checks the exit code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Run {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// The only thing a quiet training run prints: its folder.
    #[track_caller]
    pub fn folder(self) -> PathBuf {
        let run = self.ends_with(0);
        assert_eq!(run.stdout.lines().count(), 1, "{run:?}");
        PathBuf::from(run.stdout.trim_end())
    }
}

/// The folder of one test.
pub struct Place {
    dir: TempDir,
}

impl Place {
    /// With `data/` (a training and a test split, labelled) and `small.toml`.
    pub fn new() -> Place {
        let place = Place { dir: tempfile::tempdir().unwrap() };
        let folder = place.path("data");
        fs::create_dir(&folder).unwrap();
        for (split, count) in [("train", IMAGES), ("t10k", 40)] {
            let pixels: Vec<u8> = (0..count * SIDE * SIDE).map(|i| pixel(i, count)).collect();
            let labels: Vec<u8> = (0..count).map(|i| (i % 3) as u8).collect();
            data::idx::write(
                folder.join(format!("{split}-images-idx3-ubyte")),
                &[count, SIDE, SIDE],
                &pixels,
            )
            .unwrap();
            data::idx::write(folder.join(format!("{split}-labels-idx1-ubyte")), &[count], &labels).unwrap();
        }
        place.write("small.toml", CONFIG.replace("DATA", folder.to_str().unwrap()));
        place
    }

    /// Labelled data: bars whose place follows from the label, with varying brightness. There are enough test images to judge by.
    pub fn bars(&self) -> String {
        let folder = self.path("bars");
        fs::create_dir(&folder).unwrap();
        for (split, count, seed) in [("train", 400, 1), ("t10k", 150, 2)] {
            // Multiplied by the golden ratio, as in Fibonacci hashing, twice.
            let mix = |n: u64| (n ^ (n >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let noise = |i: usize| (mix(mix(i as u64 + seed * 1_000_000)) >> 40) as u8 % 60;
            let pixel = |i: usize| {
                let (image, column) = (i / (SIDE * SIDE), i % SIDE);
                noise(i) + if column == 2 * (image % 3) { 120 + noise(image) } else { 20 }
            };
            let pixels: Vec<u8> = (0..count * SIDE * SIDE).map(pixel).collect();
            let labels: Vec<u8> = (0..count).map(|i| (i % 3) as u8).collect();
            let file = |kind: &str| folder.join(format!("{split}-{kind}-ubyte"));
            data::idx::write(file("images-idx3"), &[count, SIDE, SIDE], &pixels).unwrap();
            data::idx::write(file("labels-idx1"), &[count], &labels).unwrap();
        }
        folder.to_str().unwrap().to_owned()
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file in it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The program, to run in it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
        command.args(arguments).current_dir(self.dir.path()).env("GANYMEDE_DATA", self.path("downloads"));
        command.env_remove("NO_COLOR").stdin(Stdio::null());
        command
    }

    /// Runs the program to its end. It never panics.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Run {
        let output = assert_cmd::Command::from_std(self.command(arguments)).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let run =
            Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!run.stderr.contains("panicked") && !run.stdout.contains("panicked"), "{run:?}");
        run
    }

    /// Trains `small.toml`, quietly, with more arguments; returns the run's folder.
    #[track_caller]
    pub fn train(&self, arguments: &[&str]) -> PathBuf {
        let all = [&["train", "small.toml", "--quiet"], arguments].concat();
        self.path(self.run(&all).folder().to_str().unwrap())
    }

    /// Starts the program and leaves it running.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

fn pixel(i: usize, count: usize) -> u8 {
    let (image, place) = (i / (SIDE * SIDE), i % (SIDE * SIDE));
    // A bar whose place follows from the label, with some noise.
    let bar = if place % SIDE == 2 * (image % 3) { 200 } else { 20 };
    bar + ((i * 7919 + count) % 40) as u8
}

/// Writes an image of 1 or 3 channels into a place, in the format of its name. The pixels follow from the name.
pub fn write_image(place: &Place, name: &str, height: u32, width: u32, channels: u32) {
    let seed = name.bytes().map(u32::from).sum::<u32>();
    let pixels = (0..height * width * channels).map(|i| (seed + 31 * i) as u8).collect();
    let image = match channels {
        1 => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        _ => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
    };
    let path = place.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.unwrap().save_with_format(&path, ImageFormat::from_path(&path).unwrap()).unwrap();
}

/// The events of one kind in a run's log.
pub fn events(run: &Path, kind: &str) -> Vec<Value> {
    let text = fs::read_to_string(run.join("events.jsonl")).unwrap();
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|event| event["event"] == kind).collect()
}

/// The newest checkpoint of a run's folder.
#[track_caller]
pub fn newest_checkpoint(folder: &Path) -> PathBuf {
    checkpoints(folder).pop().unwrap()
}

/// A run's checkpoints, oldest first.
pub fn checkpoints(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join("checkpoints")) else { return Vec::new() };
    let mut all: Vec<PathBuf> = entries
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "safetensors"))
        .collect();
    all.sort();
    all
}

/// Images shown, from a checkpoint's name.
pub fn images_of(checkpoint: &Path) -> u64 {
    checkpoint.file_stem().unwrap().to_str().unwrap().parse().unwrap()
}

/// Waits until a condition holds.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited 30 s for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Asserts that two files have the same bytes.
#[track_caller]
pub fn assert_same_bytes(a: &Path, b: &Path) {
    let same = fs::read(a).unwrap() == fs::read(b).unwrap();
    assert!(same, "{} and {} differ", a.display(), b.display());
}

/// The data of a report's page, as JSON.
#[track_caller]
pub fn page_data(page: &Path) -> Value {
    let page = fs::read_to_string(page).unwrap();
    let (_, data) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
}

/// Puts evaluations into a run's log as a judge `sha256` would have made them, at its first and its last tick: Frechet
/// distances 2 and 3, and `more`.
pub fn logged_evals(run: &Path, sha256: &str, more: f64) {
    let path = run.join("events.jsonl");
    let log = fs::read_to_string(&path).unwrap();
    let ticks = log.lines().filter(|line| line.contains("\"event\":\"tick\"")).count();
    let (mut out, mut tick) = (String::new(), 0);
    for line in log.lines() {
        out += &format!("{line}\n");
        let event: Value = serde_json::from_str(line).unwrap();
        if event["event"] != "tick" {
            continue;
        }
        tick += 1;
        if tick != 1 && tick != ticks {
            continue;
        }
        let first = tick == 1;
        let value = if first { 2.0 } else { 3.0 } + more;
        // As an earlier version has written it, and as this one does.
        let fd = match first {
            true => serde_json::json!({ "name": "fjd1k", "value": value, "floor": 0.125 }),
            false => {
                serde_json::json!({ "name": "fd1k", "metric": "fd", "samples": 1000, "value": value, "floor": 0.125 })
            }
        };
        let eval = serde_json::json!({
            "event": "eval", "images": event["images"], "seconds": event["seconds"], "eval_seconds": 0.25,
            "judge": "small", "judge_sha256": sha256, "samples": 1000, "best": first,
            "scores": [
                fd,
                { "name": "recall1k", "value": 0.123_456_789, "floor": 0.875 },
            ],
            "classes": [
                { "class": 0, "name": null, "generated": 512, "expected": 500.0, "accuracy": 0.984_375 },
                { "class": 1, "name": "<i>one</i>", "generated": 488, "expected": 500.0, "accuracy": null },
            ],
        });
        out += &format!("{eval}\n");
    }
    fs::write(&path, out).unwrap();
}
