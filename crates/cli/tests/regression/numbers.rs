//! Numbers at their limits.

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::SHORT;
use crate::common::seal::reseal;
use crate::common::{Place, newest_checkpoint};

/// Pairs of layers of the deepest network that is trained in a test.
const MANY: usize = 330;

/// Runs the program, which must end within a time.
#[track_caller]
fn ends_in_time(place: &Place, arguments: &[&str]) -> Option<i32> {
    let mut child = place.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn compare_and_report_end_whatever_numbers_a_log_holds() {
    let place = Place::new();
    let run = place.train(&["--total-images", "640", "--set", "train.tick_images=160"]);
    crate::common::logged_evals(&run, "abc", 0.0);
    let (path, name) = (run.join("events.jsonl"), run.to_str().unwrap());
    let log = fs::read_to_string(&path).unwrap();
    let rims = [
        "5e-324",
        "1e-320",
        "1e-309",
        "1e-300",
        "1e308",
        "1.7976931348623157e308",
        "-1e308",
        "0",
        "-0.0",
        "null",
        "1e17",
        "18446744073709551615",
        "-1",
        "1e400",
        "NaN",
        "Infinity",
        "123456789012345678901234567890",
    ];
    // One value of one line, then of all lines, and everything at once.
    for (i, rim) in rims.iter().enumerate() {
        let mut changed = String::new();
        for (at, line) in log.lines().enumerate() {
            let mut line = line.to_owned();
            let keys = [
                "generator_grad_norm",
                "discriminator_loss",
                "images_per_s",
                "seconds",
                "images",
                "value",
                "floor",
                "real_accuracy",
            ];
            for (k, key) in keys.into_iter().enumerate() {
                let all = i % 3 == 2;
                if (at + i + k) % 4 == 0 || (all && k < 3) {
                    line = with_number(&line, key, rim);
                }
            }
            writeln!(changed, "{line}").unwrap();
        }
        fs::write(&path, changed).unwrap();
        assert!(ends_in_time(&place, &["compare", name, "-o", "compared"]).is_some(), "{rim}");
        assert!(ends_in_time(&place, &["report", name, "-o", "page.html"]).is_some(), "{rim}");
    }
    // The case that was found.
    fs::write(&path, with_number(&log, "generator_grad_norm", "1e-320")).unwrap();
    assert_eq!(ends_in_time(&place, &["compare", name, "-o", "compared"]), Some(0));
}

/// The text with the first number of a key replaced.
fn with_number(text: &str, key: &str, number: &str) -> String {
    let Some((before, rest)) = text.split_once(&format!("\"{key}\":")) else { return text.to_owned() };
    let end = rest.find([',', '}']).unwrap();
    format!("{before}\"{key}\":{number}{}", &rest[end..])
}

#[test]
fn weights_that_are_not_finite_are_refused_by_name_however_they_are_sealed() {
    let place = Place::new();
    let run = place.train(&SHORT);
    let (path, name) = (newest_checkpoint(&run), run.to_str().unwrap());
    let whole = fs::read(&path).unwrap();
    reseal(&path, "generator.average/0.dense.weight", |_, _| {});
    place.run(&["sample", name, "-n", "4", "-o", "a.png"]).ends_with(0);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for (tensor, commands) in [
            ("generator.average/0.dense.weight", &["sample", "eval", "resume"][..]),
            ("discriminator/0.dense.bias", &["d-scores", "resume"]),
            ("generator.optimizer.v/0.dense.bias", &["resume"]),
        ] {
            fs::write(&path, &whole).unwrap();
            reseal(&path, tensor, |_, bytes| bytes[4..8].copy_from_slice(&bad.to_le_bytes()));
            for command in commands {
                let more: &[&str] = match *command {
                    "sample" => &["-n", "4", "-o", "b.png"],
                    "resume" => &["--set", "train.total_images=128"],
                    _ => &["-n", "10"],
                };
                let said = place.run(&[&[*command, name], more].concat()).ends_with(1).stderr;
                let judge = *command == "eval" && said.contains("judge");
                assert!(judge || (said.contains(tensor) && said.contains("not finite")), "{command}: {said}");
            }
        }
    }
}

#[test]
fn counters_at_their_limits_are_refused() {
    let place = Place::new();
    let run = place.train(&SHORT);
    let (path, name) = (newest_checkpoint(&run), run.to_str().unwrap());
    let whole = fs::read(&path).unwrap();
    let tensor = "generator/0.dense.bias";
    for (counter, change) in [
        (
            "images",
            (|said: &mut Value| {
                said["header"]["provenance"]["images"] = json!(u64::MAX);
                said["training"]["progress"]["images"] = json!(u64::MAX);
            }) as fn(&mut Value),
        ),
        ("steps", |said| said["training"]["progress"]["steps"] = json!(u64::MAX)),
        ("optimizer_steps", |said| said["training"]["optimizer_steps"] = json!([u64::MAX, u64::MAX])),
    ] {
        fs::write(&path, &whole).unwrap();
        reseal(&path, tensor, |said, _| change(said));
        let resumed = place.run(&["resume", name, "--set", "train.total_images=9000000000000000000", "-q"]);
        let said = resumed.ends_with(1).stderr;
        assert!(said.contains(counter) && said.contains("no run comes further"), "{said}");
        // Nor do others overflow.
        for command in [
            &["sample", name, "-n", "4", "-o", "a.png"][..],
            &["report", name, "-o", "b.html"],
            &["d-scores", name, "-n", "10"],
        ] {
            place.run(command);
        }
    }
    for (key, value) in [
        ("image_shape", json!([u64::MAX, 2, 3])),
        ("image_shape", json!([1u64 << 32, 1u64 << 32, 1])),
        ("image_shape", json!([0, 6, 1])),
        ("provenance", json!({ "data": { "images": u64::MAX } })),
        ("provenance", json!({ "data": { "images": 0 } })),
        ("provenance", json!("none")),
        ("classes", json!(u64::MAX)),
    ] {
        fs::write(&path, &whole).unwrap();
        reseal(&path, tensor, |said, _| said["header"][key] = value.clone());
        for command in [
            &["sample", name, "-n", "4", "-o", "a.png"][..],
            &["resume", name],
            &["report", name, "-o", "b.html"],
        ] {
            place.run(command);
        }
    }
}

#[test]
fn configs_at_their_limits_are_refused_with_the_key() {
    let place = Place::new();
    for (set, key) in [
        ("generator.latent=18446744073709551615", "latent"),
        ("generator.latent=9223372036854775807", "generator.latent"),
        ("generator.latent=1000000000000", "generator.latent"),
        ("train.batch_size=9223372036854775807", "train.batch_size"),
        ("train.batch_size=9223372036854775808", "batch_size"),
        ("generator.layers.0.dense=1000000000000", "generator.layers[0]"),
        ("discriminator.layers.0.dense=9223372036854775807", "discriminator.layers[0]"),
        ("train.grid_images=9223372036854775807", "train.grid_images"),
        ("eval.samples=9223372036854775807", "eval.samples"),
        ("health.look_samples=9223372036854775807", "health.look_samples"),
        ("train.packing=9223372036854775807", "train.packing"),
        ("optimizer.generator.lr=1e400", "lr"),
        ("optimizer.generator.lr=nan", "optimizer.generator.lr"),
        ("optimizer.generator.lr=1e300", "optimizer.generator.lr"),
        ("optimizer.generator.eps=1e-320", "optimizer.generator.eps"),
        ("objective.r1=inf", "objective.r1"),
        ("objective.r1=1e308", "objective.r1"),
        ("train.max_seconds=-1.0", "train.max_seconds"),
        ("train.max_seconds=nan", "train.max_seconds"),
    ] {
        let said = place.run(&["train", "small.toml", "--dry-run", "--set", set]).ends_with(1).stderr;
        assert!(said.contains(key) && said.len() < 2000, "{set}: {said}");
    }
    for set in [
        "train.epochs=9223372036854775807",
        "train.total_images=9223372036854775807",
        "train.tick_images=9223372036854775807",
        "train.keep_checkpoints=9223372036854775807",
        "train.stop_plateau_ticks=9223372036854775807",
        "train.checkpoint_epochs=9223372036854775807",
        "train.max_seconds=1e30",
        "train.seed=9223372036854775807",
    ] {
        place.run(&["train", "small.toml", "--dry-run", "--set", set]).ends_with(0);
        place.train(&["--set", set, "--set", "train.epochs=1"]);
    }
}

#[test]
fn training_that_no_machine_has_memory_for_is_refused_before_it_is_asked_for() {
    let place = Place::new();
    let layers = "generator.layers=[{ dense = 16 }, { reshape = [1, 1, 16] }, { upsample = 1000 }, { upsample = 4 }, \
                  { avg-pool = 4000 }, \"flatten\", { dense = 36 }, \"tanh\"]";
    let run =
        place.run(&["train", "small.toml", "--dry-run", "--set", layers, "--set", "train.batch_size=300"]);
    let said = run.ends_with(1).stderr;
    assert!(
        said.contains("train.batch_size") && said.contains("GB") && said.contains("more memory than"),
        "{said}"
    );
}

#[test]
fn networks_of_many_layers_are_refused_or_trained() {
    let place = Place::new();
    let small = fs::read_to_string(place.path("small.toml")).unwrap();
    let (before, rest) = small.split_once("[discriminator]\nlayers = ").unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    let train = |layers: String| {
        place.write("deep.toml", format!("{before}[discriminator]\nlayers = {layers}\n{after}"));
        place.run(&[&["train", "deep.toml", "--quiet", "--threads", "2"], &SHORT[..]].concat())
    };
    let flat = |count: usize| {
        format!("[{}{{ dense = 1 }}]", "{ dense = 2 }, { residual = [\"relu\"] }, ".repeat(count))
    };
    // It may diverge, after a step through all of it.
    let code = train(flat(MANY)).code;
    assert!(code == Some(0) || code == Some(3), "{code:?}");
    assert!(train(flat(10_000)).ends_with(1).stderr.contains("more layers than"));
    let nested = |depth: usize| {
        format!(
            "[\"flatten\", {}{{ dense = 36 }}{}, {{ dense = 1 }}]",
            "{ residual = [".repeat(depth),
            "] }".repeat(depth)
        )
    };
    train(nested(20)).ends_with(0);
    // Refused by the reader of TOML or here.
    train(nested(20_000)).ends_with(1);
}

#[test]
fn arguments_at_their_limits_are_wrong_usage() {
    let place = Place::new();
    let run = place.train(&SHORT);
    let name = run.to_str().unwrap();
    for arguments in [
        &["sample", name, "-n", "1000000000000000000"][..],
        &["sample", name, "-n", "0"],
        &["sample", name, "-n", "18446744073709551616"],
        &["sample", name, "--reject", "2"],
        &["sample", name, "--reject", "nan"],
        &["sample", name, "--reject", "-0.5"],
        &["morph", name, "--frames", "4000000000"],
        &["morph", name, "--frames", "0"],
        &["morph", name, "-n", "1000000000000"],
        &["eval", name, "-n", "1000000000000000000"],
        &["eval", name, "--memory", "0"],
        &["d-scores", name, "-n", "0"],
        &["blind-test", name, "-n", "1000000"],
        &["train", "small.toml", "--threads", "1000000000"],
        &["train", "small.toml", "--threads", "0"],
        &["train", "small.toml", "--time", "1e300"],
        &["train", "small.toml", "--time", "nan"],
        &["train", "small.toml", "--total-images", "18446744073709551615"],
        &["train", "dense", "--image", "1000000000x1000000000"],
        &["train", "dense", "--image", "0x0"],
        &["train", "dense", "--image", "18446744073709551616x1x3"],
        &["data", "show", "data", "-n", "0"],
        &["data", "check", "data", "--size", "0x0"],
        &["data", "check", "data", "--size", "1000000000x1"],
        &["data", "pack", "data", "--size", "99999999999999999999x8", "-o", "x.gpack"],
        &["bench", "step", "--seconds", "1e300"],
        &["bench", "step", "--batch", "0"],
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
    }
    // Refused where the generator is known.
    for arguments in [
        &["sample", name, "--truncation", "nan"][..],
        &["sample", name, "--truncation", "1e300"],
        &["sample", name, "--truncation", "-0.0"],
    ] {
        let code = place.run(arguments).code;
        assert!(code == Some(1) || code == Some(2), "{arguments:?}");
    }
}
