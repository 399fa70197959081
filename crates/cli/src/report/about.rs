//! Facts about a run: its config, its machine, its state, and how to repeat it.

use std::path::Path;

use serde_json::{Value, json};
use toml::Table;

use super::log::RunLog;
use crate::config::with_present_names;
use crate::hints::{self, Typed};
use crate::time::utc;

/// Largest file: far above any config and any description of a machine.
const MAX_TEXT_BYTES: u64 = 16 << 20;

/// A run's config, as far as it can be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// The file.
    pub(crate) text: String,
    table: Table,
    pub(crate) name: Option<String>,
}

impl Config {
    /// Reads `config.toml` of a run's folder, also of another version.
    pub(crate) fn read(run: &Path) -> Config {
        let text = read_text(&run.join("config.toml"));
        let table: Table = text.parse().unwrap_or_default();
        let name = table.get("name").and_then(|name| name.as_str()).map(str::to_owned);
        Config { text, table, name }
    }

    fn string(&self, section: &str, key: &str) -> Option<&str> {
        self.table.get(section)?.get(key)?.as_str()
    }

    /// The run's data.
    pub(crate) fn data(&self) -> Option<&str> {
        self.string("data", "source")
    }

    /// The run's seed.
    pub(crate) fn seed(&self) -> Option<i64> {
        self.table.get("train")?.get("seed")?.as_integer()
    }

    /// Whether its learning rates depend on the time it took. Then the run cannot be repeated exactly.
    fn clock_sets_rates(&self) -> bool {
        let train = |key: &str| self.table.get("train")?.get(key);
        let limited = train("max_seconds").and_then(|v| v.as_float()).is_some_and(|seconds| seconds > 0.0);
        let falls = self.string("train", "schedule").is_some_and(|schedule| schedule != "constant");
        let by_length =
            train("full_rate_images").and_then(|v| v.as_integer()).is_some_and(|images| images > 0);
        limited && (falls || by_length)
    }

    /// The config without the seed, with the present names of metrics. It is equal for all runs of one experiment.
    pub(crate) fn without_seed(&self) -> Table {
        let mut table: Table = with_present_names(&self.text).parse().unwrap_or_default();
        if let Some(train) = table.get_mut("train").and_then(|train| train.as_table_mut()) {
            train.remove("seed");
        }
        table
    }
}

/// A text of a run's folder; empty if it cannot be read.
fn read_text(path: &Path) -> String {
    let bytes = data::read_regular(path, MAX_TEXT_BYTES).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// The part of the page's data from the config, the environment and the end of the log.
pub(super) fn about(run: &Path, config: &Config, log: &RunLog) -> Value {
    let environment = run.join("environment.json");
    let environment_text = read_text(&environment);
    let machine: Value = serde_json::from_str(&environment_text).unwrap_or_default();
    // Runs of older versions have no start time; the file was written at the start.
    let written = || Some(utc(environment.metadata().ok()?.modified().ok()?));
    let started = machine["started"].as_str().map(str::to_owned).or_else(written);
    let folder = run.canonicalize().unwrap_or_else(|_| run.to_path_buf());
    json!({
        "name": config.name,
        "description": config.table.get("description").and_then(|d| d.as_str()),
        "folder": folder.file_name().map(|name| name.to_string_lossy()),
        "data": config.data(),
        "split": config.string("data", "split"),
        "loss": config.string("objective", "loss"),
        "seed": config.seed(),
        "started": started,
        "machine": machine,
        "images": log.images(),
        "epoch": log.ticks().last().and_then(|tick| tick.epoch),
        "seconds": log.seconds(),
        "reason": log.reason(),
        "config": config.text,
        "repeat": repeat(run, log),
        "exact": !config.clock_sets_rates(),
        "program": env!("CARGO_PKG_VERSION"),
    })
}

/// The command that repeats the run.
fn repeat(run: &Path, log: &RunLog) -> String {
    let mut command = Typed::of(["train", &hints::path(&run.join("config.toml"))]);
    // A run that time or a user ended cannot be repeated exactly.
    if matches!(log.reason(), Some("time is up" | "interrupted")) {
        command = command
            .with_set("train.max_seconds=0.0")
            .with_set(&format!("train.total_images={}", log.images()));
    }
    command.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_sets_rates_is_known() {
        let config = |text: &str| Config { table: text.parse().unwrap(), ..Config::default() };
        let of = |text: &str| config(&format!("[train]\n{text}")).clock_sets_rates();
        assert!(of("max_seconds = 9.0\nschedule = \"linear\""));
        assert!(of("max_seconds = 9.0\nschedule = \"constant\"\nfull_rate_images = 5"));
        assert!(!of("max_seconds = 9.0\nschedule = \"constant\"\nfull_rate_images = 0"));
        assert!(!of("max_seconds = 0.0\nschedule = \"linear\""));
    }

    #[test]
    fn seeds_are_all_that_may_differ() {
        let config =
            |text: &str| Config { text: text.to_owned(), table: text.parse().unwrap(), ..Config::default() };
        let a = config("name = \"x\"\n[train]\nseed = 1\nepochs = 2");
        let b = config("name = \"x\"\n[train]\nepochs = 2\nseed = 7");
        let c = config("name = \"x\"\n[train]\nepochs = 3\nseed = 7");
        assert_eq!((a.seed(), b.seed()), (Some(1), Some(7)));
        assert_eq!(a.without_seed(), b.without_seed());
        assert_ne!(a.without_seed(), c.without_seed());
        let [before, now] = ["fjd", "fd"].map(|best| config(&format!("[eval]\nbest = \"{best}\"")));
        assert_eq!(before.without_seed(), now.without_seed());
    }
}
