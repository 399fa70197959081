//! The runs of a sweep on disk. A run is recognised by its config, so a sweep that has grown by a value or a seed reuses
//! earlier runs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use metrics::{Metric, Score};
use run::run_order;

use crate::config::with_present_names;
use crate::report::RunLog;

/// The stop reason of a run that can be resumed.
const INTERRUPTED: &str = "interrupted";
/// The stop reasons of runs that reached one of their limits.
const AT_THE_END: [&str; 5] =
    ["finished", "time is up", "losses on a plateau", "target reached", "metric on a plateau"];

/// Largest config file: far above any config.
const MAX_CONFIG_BYTES: u64 = 16 << 20;

/// A run's end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ended {
    pub(crate) folder: PathBuf,
    /// The score at the end; `None` if training diverged.
    pub(crate) score: Option<f64>,
    pub(crate) floor: Option<f64>,
    /// The score's name with its number of samples.
    pub(crate) name: Option<String>,
    /// Real images shown.
    pub(crate) images: u64,
    /// Seconds of training.
    pub(crate) seconds: f64,
    pub(crate) reason: String,
}

impl Ended {
    /// How it ended, if it did not reach its limits.
    pub(crate) fn trouble(&self) -> Option<&str> {
        match self.reason.as_str() {
            reason if AT_THE_END.contains(&reason) => None,
            reason if reason.starts_with("training diverged") => Some("diverged"),
            reason => Some(reason),
        }
    }
}

/// The state of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// It has no folder.
    New,
    /// It was stopped or lost before its end.
    Unfinished(PathBuf),
    Ended(Ended),
}

/// The runs of a folder, each with its config.
pub(crate) struct Runs {
    found: Vec<(PathBuf, String)>,
}

impl Runs {
    /// Reads the configs under a folder, which need not exist.
    ///
    /// # Errors
    /// Where it exists and cannot be read.
    pub(crate) fn under(folder: &Path) -> Result<Runs> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Runs { found: Vec::new() }),
            Err(e) => return Err(e).with_context(|| format!("{}: cannot read", folder.display())),
        };
        let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        // A folder without a config is not a run.
        let with_config = paths.filter_map(|path| {
            let config = data::read_regular(&path.join("config.toml"), MAX_CONFIG_BYTES).ok()?;
            Some((path, with_present_names(&String::from_utf8(config).ok()?)))
        });
        let mut found: Vec<_> = with_config.collect();
        found.sort_by(|(a, _), (b, _)| run_order(a, b));
        Ok(Runs { found })
    }

    /// The state of the run with a config.
    pub(crate) fn state(&self, config: &str, metric: Metric) -> State {
        let config = with_present_names(config);
        match self.found.iter().find(|(_, known)| *known == config) {
            None => State::New,
            Some((folder, _)) => state(folder, metric),
        }
    }
}

/// The state of the run in a folder.
pub(crate) fn state(folder: &Path, metric: Metric) -> State {
    let unfinished = || State::Unfinished(folder.to_path_buf());
    let Ok(log) = RunLog::read(folder) else { return unfinished() };
    let Some(reason) = log.reason().filter(|&reason| reason != INTERRUPTED) else { return unfinished() };
    let images = log.images();
    let score = log.evals().rfind(|eval| eval.images == images).and_then(|eval| eval.score(metric));
    State::Ended(Ended {
        folder: folder.to_path_buf(),
        score: score.and_then(Score::finite),
        floor: score.and_then(|score| score.floor),
        name: score.map(Score::name),
        images,
        seconds: log.seconds(),
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use metrics::registry::FD;

    use super::*;

    const EVAL: &str =
        r#"{"event":"eval","images":64,"seconds":2.0,"scores":[{"name":"fjd100","value":3.5,"floor":0.5}]}"#;

    fn run(parent: &Path, name: &str, config: &str, log: &[&str]) {
        fs::create_dir(parent.join(name)).unwrap();
        fs::write(parent.join(name).join("config.toml"), config).unwrap();
        fs::write(parent.join(name).join("events.jsonl"), log.join("\n")).unwrap();
    }

    #[test]
    fn runs_are_known_by_their_config_and_their_end() {
        let dir = tempfile::tempdir().unwrap();
        let start = r#"{"event":"start","images":0}"#;
        let stop =
            |reason: &str| format!(r#"{{"event":"stop","images":64,"seconds":2.5,"reason":"{reason}"}}"#);
        run(dir.path(), "0000", "a", &[start, EVAL, &stop("finished")]);
        run(dir.path(), "0001", "b", &[start, &stop("interrupted")]);
        run(dir.path(), "0002", "c", &[start, &stop("interrupted"), start]);
        run(dir.path(), "0003", "d", &[start, &stop("training diverged at 64 images: x")]);
        run(dir.path(), "0004", "e", &[]);
        // A sweep of an earlier version, whose metric has another name now.
        run(dir.path(), "0006", "[eval]\nbest = \"fjd\"\n", &[start, EVAL, &stop("finished")]);
        fs::create_dir(dir.path().join("0005")).unwrap();
        let runs = Runs::under(dir.path()).unwrap();
        let State::Ended(ended) = runs.state("a", FD) else { panic!() };
        assert_eq!((ended.score, ended.floor, ended.images, ended.seconds), (Some(3.5), Some(0.5), 64, 2.5));
        assert_eq!(ended.trouble(), None);
        for config in ["b", "c", "e"] {
            assert!(matches!(runs.state(config, FD), State::Unfinished(_)), "{config}");
        }
        let State::Ended(ended) = runs.state("d", FD) else { panic!() };
        assert_eq!((ended.score, ended.trouble()), (None, Some("diverged")));
        assert_eq!(runs.state("f", FD), State::New);
        let State::Ended(ended) = runs.state("[eval]\nbest = \"fd\"\n", FD) else { panic!() };
        assert_eq!((ended.score, ended.name.as_deref()), (Some(3.5), Some("fd100")));
        let nowhere = Runs::under(&dir.path().join("nowhere")).unwrap();
        assert_eq!(nowhere.state("a", FD), State::New);
    }
}
