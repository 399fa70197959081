//! Pages in a browser, at the width of a phone and of a desktop: a report shows the log's values, a blind test the result of
//! the marks.
//!
//! Needs Chromium: `cargo test --test browser -- --ignored`. `GANYMEDE_CHROMIUM` names its program where it is not on the
//! path.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

mod common;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Place, logged_evals};
use serde_json::Value;

/// Run in the page after its own script. It writes what it measured into the document, where `--dump-dom` shows it.
const PROBE: &str = r##"<script>
const probed = document.createElement("pre");
probed.id = "probed";
const text = (selector) => [...document.querySelectorAll(selector)].map((found) => found.textContent);
const row = (tr) => [...tr.querySelectorAll("data")].map((found) => [found.value, found.textContent]);
const slider = document.querySelector("input[type=range]");
slider.value = 0;
slider.dispatchEvent(new Event("input"));
const first = text(".viewer output")[0];
slider.value = slider.max;
slider.dispatchEvent(new Event("input"));
const chart = document.querySelector(".chart svg");
chart.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
probed.textContent = JSON.stringify({
  ready: document.documentElement.dataset.ready,
  width: innerWidth,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  name: text("#name")[0],
  description: text("#description")[0],
  state: text("#state")[0],
  bold: document.querySelectorAll("header b").length,
  scores: Object.fromEntries([...document.querySelectorAll("tr[data-metric]")].map((tr) => [tr.dataset.metric, row(tr)])),
  classes: [...document.querySelectorAll("#classes tbody tr")].map((tr) => [tr.querySelector("th").textContent, row(tr)]),
  health: text("#health-body")[0],
  charts: text(".chart figcaption"),
  curves: document.querySelectorAll("path.curve").length,
  floors: document.querySelectorAll(".floor").length,
  reading: text(".chart .reading")[0],
  grids: [first, text(".viewer output")[0]],
  pictures: [...document.images].every((image) => image.complete && image.naturalWidth > 0),
  requests: performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => !name.startsWith("data:")),
}).replaceAll("<", "\\u003c");
document.body.append(probed);
</script></body>"##;

/// Marks all generated images and one real one, asks for the result, and marks another, which no longer counts.
const MARKER: &str = r##"<script>
const buttons = [...document.querySelectorAll(".trial button")];
const known = JSON.parse(document.getElementById("data").textContent).key;
buttons.filter((_, i) => known[i] === "1").forEach((button) => button.click());
buttons[known.indexOf("0")].click();
const before = document.getElementById("count").textContent;
document.getElementById("done").click();
buttons[known.lastIndexOf("0")].click();
const probed = document.createElement("pre");
probed.textContent = JSON.stringify({
  ready: document.documentElement.dataset.ready,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  before,
  after: document.getElementById("count").textContent,
  tiles: [...document.querySelectorAll(".tile .value")].map((found) => found.textContent),
  kinds: [...document.querySelectorAll(".kind")].map((found) => found.textContent === "generated" ? "1" : "0").join(""),
  words: document.getElementById("words").textContent,
  result: JSON.parse(decodeURIComponent(document.getElementById("save").href.split(",").slice(1).join(","))),
  pictures: [...document.images].every((image) => image.complete && image.naturalWidth > 0),
  requests: performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => !name.startsWith("data:")),
});
document.body.append(probed);
</script></body>"##;

/// The browser, by its variable or on the path.
fn chromium() -> PathBuf {
    if let Some(named) = env::var_os("GANYMEDE_CHROMIUM") {
        return named.into();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found =
        env::split_paths(&path).flat_map(|dir| names.map(|name| dir.join(name))).find(|p| p.is_file());
    found.expect("Chromium on the path, or named by GANYMEDE_CHROMIUM")
}

/// The page at a width, as the probe sees it.
fn probe(place: &Place, page: &Path, width: u32, script: &str) -> Value {
    let text = fs::read_to_string(page).unwrap();
    let probed = place.write("probed.html", text.replacen("</body>", script, 1));
    // A window cannot be as narrow as a phone, but a frame can. Its document sends its measurements in a message.
    let frame = format!(
        "<!doctype html><body style=\"margin:0\"><iframe src=\"{}\" style=\"border:0;width:{width}px;height:800px\"></iframe>\
         <script>addEventListener(\"message\", (event) => {{ const pre = document.createElement(\"pre\"); pre.id = \"answer\"; \
         pre.textContent = event.data; document.body.append(pre); }});</script></body>",
        probed.file_name().unwrap().to_str().unwrap()
    );
    let text = fs::read_to_string(&probed).unwrap();
    let post = "document.body.append(probed);";
    fs::write(&probed, text.replacen(post, "parent.postMessage(probed.textContent, \"*\");", 1)).unwrap();
    let frame = place.write("frame.html", frame);
    let output = Command::new(chromium())
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=5000"])
        .arg(format!("--user-data-dir={}", place.path("chromium").display()))
        .arg("--window-size=1400,1000")
        .arg(format!("file://{}", frame.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let answer = dom.split_once("<pre id=\"answer\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let Some((answer, _)) = answer else {
        panic!("no answer from the page: {dom}\n{}", String::from_utf8_lossy(&output.stderr))
    };
    let answer =
        answer.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&");
    serde_json::from_str(&answer).unwrap()
}

#[test]
#[ignore = "needs Chromium"]
fn the_page_shows_what_the_log_says_on_a_phone_and_on_a_desk() {
    let place = Place::new();
    let folder = place.train(&[
        "--set",
        "train.epochs=3",
        "--set",
        "name=\"<b>bold</b>\"",
        "--set",
        "train.tick_images=100",
    ]);
    logged_evals(&folder, "58a3fd1c09ab7dd2", 0.25);
    let events = folder.join("events.jsonl");
    let log = fs::read_to_string(&events).unwrap();
    let alarm = r#"{"event":"alarm","images":300,"seconds":0.5,"kind":"collapse","action":"warn","message":"Two of <three> classes are left.","figures":{"modes":2,"diversity":0.0625}}"#;
    fs::write(&events, format!("{log}{alarm}\n")).unwrap();
    place.run(&["report", "runs"]).ends_with(0);
    let page = folder.join("report.html");
    let text = fs::read_to_string(&page).unwrap();
    let addresses = text.matches("://").count();
    assert_eq!(addresses, text.matches("http://www.w3.org/2000/svg").count(), "the page names an address");

    let logged: Vec<Value> = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
    let shown = &logged.last().unwrap()["images"];
    let last = logged.iter().rfind(|event| event["event"] == "tick").unwrap();
    for width in [390, 1280] {
        let seen = probe(&place, &page, width, PROBE);
        assert_eq!((&seen["ready"], &seen["width"]), (&"yes".into(), &width.into()), "{seen}");
        assert!(seen["overflow"].as_i64().unwrap() <= 0, "{width}: {seen}");
        assert_eq!(seen["requests"], Value::Array(Vec::new()));
        assert_eq!((&seen["name"], &seen["bold"]), (&"<b>bold</b>".into(), &0.into()));
        let state = seen["state"].as_str().unwrap();
        assert_eq!(state, format!("Finished after {shown} images"));
        // Last, best and floor: exact behind, rounded before.
        let scores = serde_json::json!({
            "fd1k": [["3.25", "3.25"], ["2.25", "2.25"], ["0.125", "0.125"]],
            "recall1k": [["0.123456789", "0.1235"], ["0.123456789", "0.1235"], ["0.875", "0.875"]],
        });
        assert_eq!(seen["scores"], scores);
        let classes = serde_json::json!([
            ["0", [["512", "512"], ["500", "500"], ["0.984375", "98.44%"]]],
            ["<i>one</i>", [["488", "488"], ["500", "500"]]],
        ]);
        assert_eq!(seen["classes"], classes);
        let health = seen["health"].as_str().unwrap();
        for said in ["Two of <three> classes are left.", "modes 2, diversity 0.0625", "action: warn"] {
            assert!(health.contains(said), "{said}: {health}");
        }
        // Arrow keys read the last tick's values off the first chart.
        let reading = seen["reading"].as_str().unwrap();
        assert!(reading.starts_with(&format!("{} images", last["images"])), "{reading}");
        let loss = last["discriminator_loss"].as_f64().unwrap();
        let near = reading.split("images").nth(1).unwrap().split(' ').next().unwrap().parse::<f64>().unwrap();
        assert!((near - loss).abs() <= 1e-3 * loss.abs(), "{reading}: {loss}");
        assert!(seen["curves"].as_u64().unwrap() >= 9 && seen["floors"].as_u64().unwrap() >= 3, "{seen}");
        assert_eq!(seen["pictures"], true);
        assert_ne!(seen["grids"][0], seen["grids"][1]);
        assert_eq!(seen["grids"][1], format!("after {shown} images"));
    }
}

#[test]
#[ignore = "needs Chromium"]
fn marks_are_counted_and_compared_with_chance() {
    let place = Place::new();
    place.train(&["--set", "train.epochs=1"]);
    let page = place.path("page.html");
    let run = |args: &[&str]| {
        place.run(&[&["blind-test", "-n", "5", "-o", "page.html"], args].concat()).ends_with(0);
        [390, 1280].map(|width| probe(&place, &page, width, MARKER))
    };
    for seen in run(&[]) {
        assert_eq!(seen["ready"], "yes");
        assert!(seen["overflow"].as_i64().unwrap() <= 0, "{seen}");
        assert_eq!(seen["requests"], Value::Array(Vec::new()));
        assert_eq!(seen["pictures"], true);
        assert_eq!((&seen["before"], &seen["after"]), (&seen["after"], &"6 of 10 are marked".into()));
        assert_eq!(seen["kinds"], seen["result"]["key"]);
        // Of 10 choose 6 ways to mark six, C(5, 5) C(5, 1) find all five: 5 / 210.
        assert_eq!(seen["tiles"], serde_json::json!(["5 of 5", "1 of 5", "9 of 10", "2.4%"]));
        assert!(seen["words"].as_str().unwrap().starts_with("You can tell"), "{seen}");
        assert!((seen["result"]["p"].as_f64().unwrap() - 5.0 / 210.0).abs() < 1e-12);
        assert_eq!(
            (&seen["result"]["marked_generated"], &seen["result"]["marked_real"]),
            (&5.into(), &1.into())
        );
        assert_eq!(seen["result"]["marks"].as_array().unwrap().len(), 6);
    }
    for seen in run(&["--ask", "broken"]) {
        assert_eq!(seen["tiles"], serde_json::json!(["5 of 5", "1 of 5", "80.0%", "2.4%"]));
        assert!(seen["words"].as_str().unwrap().contains("so there is a visible difference"), "{seen}");
    }
}
