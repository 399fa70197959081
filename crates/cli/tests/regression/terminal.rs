//! Control characters in names, logs and checkpoints do not reach a terminal.

use std::fs;

use serde_json::Value;

use super::SHORT;
use crate::common::Place;

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
        log.replace("fd1k", "fd1k\\u001b[2J\u{9b}").replace("\"finished\"", "\"done\\u001b[2J\u{9b}31m\"");
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
