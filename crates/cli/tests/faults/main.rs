//! Each system call of a run fails in turn. `resume` then gives the result of an undisturbed run.
//!
//! The calls are made to fail by a library that is preloaded (`shim.c`). A sample of the places is tried with the other tests; all
//! of them take some minutes: `cargo test -p ganymede --test faults -- --ignored --nocapture`.

#![cfg(target_os = "linux")]
// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use common::Place;
use serde_json::{Value, json};

const KINDS: [&str; 5] = ["fail", "short", "torn", "kill", "power"];
/// Kinds that concern writes alone.
const OF_WRITES: [&str; 2] = ["short", "torn"];

/// Evaluations at and beside checkpoints, a best one that is not the last, ticks, a grid, and an end off all of these.
const EVALUATED: &str = "train.total_images=400 train.checkpoint_images=128 train.keep_checkpoints=2 train.tick_images=144 \
                         eval.every_images=64 eval.samples=100 eval.judge=judge.safetensors train.seed=1";
/// Diverges at once, is rolled back to a rate that trains, and goes on.
const ROLLED_BACK: &str = "train.total_images=160 train.checkpoint_images=64 train.tick_images=64 eval.every_images=0 \
                           optimizer.discriminator.kind=sgd optimizer.discriminator.lr=1e30 \
                           health.non_finite=roll-back health.roll_back_lr_factor=1e-32";

/// A data set, a judge, the preloaded library, and a way to train.
struct Scene {
    place: Place,
    shim: PathBuf,
    settings: Vec<String>,
}

impl Scene {
    /// None where there is no C compiler.
    fn new(settings: &str) -> Option<Scene> {
        let place = Place::new();
        let shim = place.path("shim.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/shim.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&shim)
            .arg(source)
            .args(["-ldl", "-lpthread"])
            .status();
        match compiled {
            Ok(status) => assert!(status.success(), "{source} does not compile"),
            Err(_) => {
                eprintln!("not tried: there is no C compiler `cc`");
                return None;
            }
        }
        let bars = place.bars();
        let judge =
            ["judge", "train", "--data", &bars, "-o", "judge.safetensors", "--epochs", "2", "--quiet"];
        place.run(&judge).ends_with(0);
        let mut all = vec![format!("data.source={bars}")];
        all.extend(settings.split_whitespace().map(str::to_owned));
        Some(Scene { place, shim, settings: all })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        command.args(["--threads", "1", "--quiet"]).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    fn train(&self, out: &str) -> Command {
        let mut command = self.command(&["train", "small.toml", "--out", out]);
        command.args(self.settings.iter().flat_map(|setting| ["--set", setting]));
        command
    }

    /// Trains with a fault; returns what was said.
    fn train_with(&self, out: &str, at: usize, kind: &str) -> String {
        let mut command = self.train(out);
        command
            .env("LD_PRELOAD", &self.shim)
            .env("FAULT_UNDER", self.place.path(out))
            .env("FAULT_AT", at.to_string())
            .env("FAULT_KIND", kind);
        String::from_utf8_lossy(&command.output().unwrap().stderr).into_owned()
    }

    /// The calls of an undisturbed run, in their order: name and path.
    fn calls(&self) -> Vec<(String, String)> {
        let log = self.place.path("calls");
        let mut command = self.train("counted");
        command
            .env("LD_PRELOAD", &self.shim)
            .env("FAULT_UNDER", self.place.path("counted"))
            .env("FAULT_LOG", &log);
        assert!(command.status().unwrap().success());
        let text = fs::read_to_string(log).unwrap();
        let call = |line: &str| {
            let mut words = line.splitn(3, ' ').skip(1).map(str::to_owned);
            (words.next().unwrap(), words.next().unwrap())
        };
        text.lines().map(call).collect()
    }

    /// The differences of the resumed run in `out`; `None` if there are none.
    fn fault(&self, out: &str, whole: &Value) -> Option<String> {
        let run = self.place.path(out).join("0000-small");
        let resumed = self.command(&["resume", out]).output().unwrap();
        let said = String::from_utf8_lossy(&resumed.stderr);
        if !resumed.status.success() {
            let saved = !common::checkpoints(&run).is_empty();
            // Before the first checkpoint nothing can be lost.
            return saved.then(|| format!("cannot be resumed: {said}"));
        }
        let now = outcome(&run);
        let differing = whole.as_object().unwrap().iter().find(|(key, value)| now[key.as_str()] != **value);
        differing.map(|(key, value)| format!("{key}: expected {value}\n  got {}\n  said: {said}", now[key]))
    }
}

/// A hash of a file's content.
fn hash(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, fnv))
}

/// The files of a folder that end so, with hashes of their content.
fn files(folder: &Path, extension: &str) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let named = paths.filter(|path| path.extension().is_some_and(|e| e == extension));
    named.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), hash(&path))).collect()
}

/// All files of a run that do not depend on a clock.
fn outcome(run: &Path) -> Value {
    let log = fs::read(run.join("events.jsonl")).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let events: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or(json!("unreadable"))).collect();
    let of = |kind: &str, keys: &[&str]| -> Value {
        let found = events.iter().filter(|event| event["event"] == kind);
        found.map(|event| keys.iter().map(|key| event[*key].clone()).collect::<Value>()).collect()
    };
    let named = |name: &str| fs::read_to_string(run.join("checkpoints").join(name)).unwrap_or_default();
    let products = ["report.html", "model-card.md", "config.toml", "environment.json"];
    json!({
        "checkpoints": files(&run.join("checkpoints"), "safetensors"),
        "latest": named("latest"),
        "best": named("best"),
        "samples": files(&run.join("samples"), "png"),
        "moving pictures": files(run, "gif"),
        "ticks": of("tick", &["images", "discriminator_loss", "generator_loss"]),
        "evaluations": of("eval", &["images", "samples", "scores", "classes", "best"]),
        "roll-backs": of("roll-back", &["images", "to_images", "lr_factor", "count"]),
        "alarms": of("alarm", &["images", "kind", "action"]),
        "stops": of("stop", &["images", "reason"]).as_array().unwrap().last(),
        "products": of("products", &["images", "files"]),
        "unreadable": events.iter().filter(|event| event.is_string()).count(),
        "there": products.map(|name| run.join(name).is_file() && fs::metadata(run.join(name)).unwrap().len() > 0),
    })
}

/// Tries faults of every kind at every `stride`-th call, by turns; fails if any leaves a trace.
fn try_faults(settings: &str, stride: usize) {
    let Some(scene) = Scene::new(settings) else { return };
    let scene = &scene;
    let calls = scene.calls();
    let whole = outcome(&scene.place.path("counted/0000-small"));
    let is_write = |at: usize| calls[at - 1].0 == "write";
    let mut faults: Vec<(usize, &str)> = Vec::new();
    for kind in KINDS {
        faults.extend(
            (1..=calls.len()).filter(|&at| is_write(at) || !OF_WRITES.contains(&kind)).map(|at| (at, kind)),
        );
    }
    let faults: Vec<_> = faults.into_iter().step_by(stride).collect();
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(&(at, kind)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let out = format!("{kind}-{at}");
                    let said = scene.train_with(&out, at, kind);
                    assert!(!said.contains("panicked"), "{kind} at call {at} {:?}: {said}", calls[at - 1]);
                    if let Some(fault) = scene.fault(&out, &whole) {
                        failed.fetch_add(1, Ordering::Relaxed);
                        println!("{kind} at call {at} {:?}: {fault}\n  first: {said}", calls[at - 1]);
                    }
                    // A fault may have left none.
                    let _ = fs::remove_dir_all(scene.place.path(&out));
                }
            });
        }
    });
    println!(
        "{} calls, {} faults, {} left a trace",
        calls.len(),
        faults.len(),
        failed.load(Ordering::Relaxed)
    );
    assert_eq!(failed.into_inner(), 0, "of {} faults", faults.len());
    assert!(!faults.is_empty());
}

#[test]
fn a_sample_of_faults_leaves_no_trace() {
    try_faults(EVALUATED, 41);
}

#[test]
fn a_sample_of_faults_around_a_roll_back_leaves_no_trace() {
    try_faults(ROLLED_BACK, 37);
}

#[test]
#[ignore = "takes minutes"]
fn no_fault_leaves_a_trace() {
    try_faults(EVALUATED, 1);
}

#[test]
#[ignore = "takes minutes"]
fn no_fault_around_a_roll_back_leaves_a_trace() {
    try_faults(ROLLED_BACK, 1);
}
