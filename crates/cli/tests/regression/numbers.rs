//! Numbers at their limits, numbers that were not computed, and text that a terminal would obey.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::common::{Place, newest_checkpoint, page_data};

/// The lines of a run's log with this event.
fn logged(run: &Path, event: &str) -> Vec<Value> {
    let log = fs::read_to_string(run.join("events.jsonl")).unwrap();
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|line| line["event"] == event).collect()
}

const FIGURES: [&str; 11] = [
    "discriminator_loss",
    "generator_loss",
    "penalty",
    "real_logit",
    "fake_logit",
    "real_probability",
    "fake_probability",
    "real_accuracy",
    "fake_accuracy",
    "discriminator_grad_norm",
    "generator_grad_norm",
];

/// A few steps.
const SHORT: [&str; 4] = ["--total-images", "64", "--set", "train.warmup_images=0"];

/// Rates so high that after the first step no other moves anything.
const HOPELESS: [&str; 10] = [
    "--set",
    "optimizer.generator.lr=1e30",
    "--set",
    "optimizer.discriminator.lr=1e30",
    "--set",
    "health.non_finite=warn",
    "--set",
    "train.tick_images=160",
    "--total-images",
    "960",
];

#[test]
fn ticks_of_skipped_steps_are_null_and_raise_no_other_alarm() {
    let place = Place::new();
    let plateau =
        ["--set", "train.stop_plateau_ticks=2", "--set", "train.checkpoint_images=0", "--threads", "1"];
    let run = place.train(&[&HOPELESS[..], &plateau].concat());
    let ticks = logged(&run, "tick");
    assert_eq!(ticks.len(), 6, "no plateau ends it");
    let last = &ticks[5];
    for name in FIGURES {
        assert_eq!(last[name], Value::Null, "{name}: {last}");
    }
    assert_eq!((&last["skipped_steps"], &last["images"]), (&json!(10), &json!(960)));
    assert!(last["images_per_s"].as_f64().unwrap() > 0.0 && last["lr_factor"].is_number());
    let kinds: Vec<_> = logged(&run, "alarm").iter().map(|alarm| alarm["kind"].clone()).collect();
    assert_eq!(kinds, ["non-finite"]);
    assert_eq!(logged(&run, "stop")[0]["reason"], "finished");
    // What reads the log copes: a gap in the curves, an empty cell, a null in the report's data.
    let name = run.to_str().unwrap();
    let table = place.run(&["compare", name, "--json", "-o", "compared"]).ends_with(0).stdout;
    let table: Value = serde_json::from_str(&table).unwrap();
    assert_eq!(table["runs"][0]["discriminator_accuracy"], Value::Null);
    place.run(&["report", name, "-o", "page.html"]).ends_with(0);
    let events = page_data(&place.path("page.html"))["events"].clone();
    assert!(
        events
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["event"] == "tick" && event["real_logit"].is_null())
    );
}

#[test]
fn the_console_shows_a_dash_for_what_no_step_computed() {
    let place = Place::new();
    let epochs = ["--set", "train.epochs=3", "--set", "train.checkpoint_images=0"];
    let arguments = [&["train", "small.toml"], &HOPELESS[..8], &epochs].concat();
    let run = place.run(&arguments).ends_with(0);
    let epochs: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("epoch")).collect();
    assert!(epochs.last().unwrap().contains("D -  G -  D right on real - fake -"), "{epochs:?}");
}

#[test]
fn who_is_not_trained_has_no_figures() {
    let place = Place::new();
    let arguments =
        ["--total-images", "320", "--set", "train.tick_images=160", "--set", "train.update=simultaneous"];
    let run = place.train(&[&["--only", "discriminator"], &arguments[..]].concat());
    let last = logged(&run, "tick").pop().unwrap();
    assert_eq!((&last["generator_loss"], &last["generator_grad_norm"]), (&Value::Null, &Value::Null));
    assert!(last["discriminator_loss"].is_number() && last["penalty"].is_number(), "{last}");
    assert_eq!(last["skipped_steps"], 0);
    let run = place.train(&[&["--only", "generator"], &arguments[..]].concat());
    let last = logged(&run, "tick").pop().unwrap();
    assert_eq!((&last["penalty"], &last["discriminator_grad_norm"]), (&Value::Null, &Value::Null));
    assert!(last["generator_loss"].is_number() && last["discriminator_loss"].is_number(), "{last}");
    assert!(logged(&run, "alarm").is_empty());
}

#[test]
fn ticks_of_logs_without_the_new_figures_still_count() {
    let place = Place::new();
    let run = place.train(&[
        "--total-images",
        "640",
        "--set",
        "train.tick_images=320",
        "--set",
        "train.checkpoint_images=320",
    ]);
    let log = run.join("events.jsonl");
    let old = fs::read_to_string(&log).unwrap().replace("\"skipped_steps\":0,", "");
    fs::write(&log, &old).unwrap();
    place.run(&["resume", run.to_str().unwrap(), "--set", "train.total_images=960", "-q"]).ends_with(0);
    assert_eq!(logged(&run, "tick").len(), 3);
    place.run(&["compare", run.to_str().unwrap()]).ends_with(0);
}

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

/// Changes a checkpoint's description and the bytes of a tensor, and seals it anew, as an attacker can.
fn reseal(path: &Path, tensor: &str, change: impl FnOnce(&mut Value, &mut [u8])) {
    let mut file = fs::read(path).unwrap();
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let mut header: Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
    let mut data = file.split_off(8 + length);
    let range = |entry: &Value| {
        let offset = |i: usize| entry["data_offsets"][i].as_u64().unwrap() as usize;
        offset(0)..offset(1)
    };
    let sealed: Value = serde_json::from_str(header["__metadata__"]["ganymede"].as_str().unwrap()).unwrap();
    let mut body: Value = serde_json::from_str(sealed["body"].as_str().unwrap()).unwrap();
    change(&mut body, &mut data[range(&header[tensor])]);
    let body = body.to_string();
    let mut hash = Sha256::new();
    hash.update(&body);
    // A JSON object's keys are sorted here, as the seal has them.
    let mut names: Vec<String> =
        header.as_object().unwrap().keys().filter(|k| *k != "__metadata__").cloned().collect();
    names.sort();
    for name in names {
        hash.update(&name);
        hash.update(&data[range(&header[&name])]);
    }
    let sha256 = hash.finalize().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    header["__metadata__"]["ganymede"] = json!(json!({ "sha256": sha256, "body": body }).to_string());
    let header = header.to_string();
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend(header.as_bytes());
    out.extend(data);
    fs::write(path, out).unwrap();
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
        ("images", (|body: &mut Value| body["progress"]["images"] = json!(u64::MAX)) as fn(&mut Value)),
        ("steps", |body| body["progress"]["steps"] = json!(u64::MAX)),
        ("optimizer_steps", |body| body["optimizer_steps"] = json!([u64::MAX, u64::MAX])),
    ] {
        fs::write(&path, &whole).unwrap();
        reseal(&path, tensor, |body, _| change(body));
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
        ("images", json!(u64::MAX)),
        ("images", json!(0)),
        ("classes", json!(u64::MAX)),
    ] {
        fs::write(&path, &whole).unwrap();
        reseal(&path, tensor, |body, _| body[key] = value.clone());
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

/// A name that sets a terminal's title, clears it, turns the direction of writing and ends a line.
const HOSTILE: &str = "x\x1b[2J\x1b]0;owned\x07\u{9b}31m\u{202e}\r\nerror: y";

/// What no terminal may be sent.
#[track_caller]
fn assert_harmless(text: &str) {
    let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
    assert_eq!(bad, None, "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("error: y")), "{text:?}");
}

/// A PNG of 8x8 grey pixels.
fn png(value: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 8, 8);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[value; 64]).unwrap();
    file
}

#[test]
fn names_of_files_and_classes_are_shown_escaped() {
    let place = Place::new();
    for class in ["plain", HOSTILE] {
        fs::create_dir_all(place.path("photos").join(class)).unwrap();
        for i in 0..20u8 {
            fs::write(place.path("photos").join(class).join(format!("{i}.png")), png(12 * i)).unwrap();
        }
    }
    fs::write(place.path("photos").join("plain").join(format!("{HOSTILE}.png")), "junk").unwrap();
    for arguments in [
        &["data", "check", "photos"][..],
        &["data", "show", "photos", "-o", "sheet.png"],
        &["data", "show", "photos", "-o", "sheet.png", "--skip-broken"],
        &["data", "pack", "photos", "-o", "p.gpack"],
        &["data", "pack", "photos", "-o", "p.gpack", "--skip-broken"],
        &["data", "check", "p.gpack"],
        &["train", "cgan", "--image", "8x8x1", "--set", "data.source=photos", "--dry-run"],
        &[
            "train",
            "cgan",
            "--image",
            "8x8x1",
            "--set",
            "data.source=photos",
            "--set",
            "data.skip_broken=true",
            "--dry-run",
        ],
        &["train", HOSTILE],
        &["train", "dense", "--set", &format!("data.source={HOSTILE}")],
        &[
            "train",
            "dense",
            "--set",
            &format!("name={HOSTILE}"),
            "--set",
            "data.source=p.gpack",
            "--image",
            "8x8x1",
            "--dry-run",
        ],
        &["train", "dense", "--set", &format!("{HOSTILE}=1")],
        &["train", "dense", "--threads", HOSTILE],
        &[HOSTILE],
        &["sample", HOSTILE],
        &["compare", HOSTILE],
        &["report", HOSTILE],
        &["eval", HOSTILE],
        &["judge", "show", HOSTILE],
        &["presets", "show", HOSTILE],
        &["resume", HOSTILE],
        &["sweep", HOSTILE],
    ] {
        let run = place.run(arguments);
        assert_harmless(&run.stdout);
        // A person's own argument may have lines; a terminal is still not given its sequences.
        let typed = arguments.iter().any(|argument| argument.contains(HOSTILE));
        assert_harmless(&if typed { run.stderr.replace("error: y", "") } else { run.stderr });
    }
    let shown = place.run(&["data", "check", "photos"]).stdout;
    assert!(
        shown.contains("x\\u{1b}[2J\\u{1b}]0;owned\\u{7}\\u{9b}31m\\u{202e}\\u{d}\\u{a}error: y"),
        "{shown}"
    );
}

#[test]
fn logs_and_checkpoints_cannot_talk_to_the_terminal_and_the_card_is_plain() {
    let place = Place::new();
    let own = "a <script>alert(1)</script> [x](y) `z` | b\x1b[2J\u{202e}";
    let set =
        format!("description={}", Value::String(own.to_owned()).to_string().replace("\\u001b", "\\u001B"));
    let run = place.train(&[&SHORT[..], &["--set", "train.tick_images=32", "--set", &set]].concat());
    let card = fs::read_to_string(run.join("model-card.md")).unwrap();
    assert!(!card.contains("<script>") && !card.contains('\x1b') && !card.contains('\u{202e}'), "{card}");
    assert!(card.contains("a &lt;script&gt;alert(1)&lt;/script&gt; \\[x\\](y) \\`z\\` \\| b"), "{card}");
    crate::common::logged_evals(&run, "\u{9b}\u{1b}字字字字字字字字字字", 0.0);
    let path = run.join("events.jsonl");
    let log = fs::read_to_string(&path).unwrap();
    let log =
        log.replace("fjd1k", "fjd1k\\u001b[2J\u{9b}").replace("\"finished\"", "\"done\\u001b[2J\u{9b}31m\"");
    fs::write(&path, log.replace("\"judge\":\"small\"", "\"judge\":\"sm\\u001ball\u{202e}\"")).unwrap();
    let name = run.to_str().unwrap();
    for arguments in [
        &["compare", name, "-o", "c"][..],
        &["compare", name, "-o", "c", "--json"],
        &["report", name, "-o", "page.html"],
        &["resume", name, "--set", "train.total_images=96"],
        &["resume", name, "--set", "train.total_images=128", "--json"],
        &["train", "small.toml", "--dry-run", "--set", &set],
    ] {
        let run = place.run(arguments).ends_with(0);
        assert_harmless(&run.stdout);
        assert_harmless(&run.stderr);
        if arguments.contains(&"--json") {
            run.stdout
                .lines()
                .filter(|_| arguments[0] == "resume")
                .for_each(|line| _ = serde_json::from_str::<Value>(line).unwrap());
        }
    }
    // A config that was printed is still a config, with the same text.
    let printed = place.run(&["train", "small.toml", "--dry-run", "--set", &set]).stdout;
    place.write("again.toml", &printed);
    let again = place.run(&["train", "again.toml", "--dry-run"]).ends_with(0).stdout;
    assert_eq!(again, printed);
    let json = place.run(&["compare", name, "-o", "c", "--json"]).stdout;
    assert!(serde_json::from_str::<Value>(&json).is_ok(), "{json}");
    for svg in fs::read_dir(place.path("c")).unwrap().map(|entry| entry.unwrap().path()) {
        if svg.extension().is_some_and(|e| e == "svg") {
            let text = fs::read_to_string(&svg).unwrap();
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{}", svg.display());
        }
    }
}
