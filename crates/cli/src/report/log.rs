//! A run's `events.jsonl`, read leniently: a log of another version, or with an incomplete last line, is read as far as possible.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use data::DataError;
use metrics::{Metric, Score};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A line of the log, as far as reports need it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Logged {
    /// A process began to train.
    Start {
        images: u64,
    },
    Tick(Tick),
    Eval(Eval),
    /// The run went back to an earlier state.
    RollBack {
        /// Real images shown there.
        to_images: u64,
    },
    /// A process ended training.
    Stop {
        images: u64,
        seconds: f64,
        reason: String,
    },
    /// The products of the end were made, including the report.
    Products,
    #[serde(other)]
    Other,
}

/// The means of a tick.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Tick {
    pub(crate) images: u64,
    #[serde(default)]
    pub(crate) epoch: Option<f64>,
    /// Seconds of training of the run so far.
    pub(crate) seconds: f64,
    #[serde(default)]
    pub(crate) images_per_s: Option<f64>,
    /// Losses, logits and norms by name. What was not computed, or was not finite, is null in JSON.
    #[serde(flatten)]
    figures: Map<String, Value>,
}

impl Tick {
    /// A figure by its name in the log, where it is a number.
    pub(crate) fn figure(&self, name: &str) -> Option<f64> {
        self.figures.get(name)?.as_f64()
    }

    /// Share of real and generated images together on which D was right.
    pub(crate) fn accuracy(&self) -> Option<f64> {
        Some((self.figure("real_accuracy")? + self.figure("fake_accuracy")?) / 2.0)
    }
}

/// An evaluation by every metric.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Eval {
    pub(crate) images: u64,
    pub(crate) seconds: f64,
    #[serde(default)]
    pub(crate) judge_sha256: String,
    /// Those of metrics that the registry knows.
    #[serde(deserialize_with = "metrics::known_scores")]
    pub(crate) scores: Vec<Score>,
}

impl Eval {
    /// The score of a metric.
    pub(crate) fn score(&self, metric: Metric) -> Option<&Score> {
        self.scores.iter().find(|score| score.metric == metric)
    }

    /// The value of a metric, if it is finite.
    pub(crate) fn value(&self, metric: Metric) -> Option<f64> {
        self.score(metric)?.finite()
    }
}

/// What a score's name in the log means: the page takes no names apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NamedScore {
    /// The metric's name.
    metric: &'static str,
    /// The score's name as it is now.
    name: String,
}

/// A line and its event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// As it is in the file.
    pub(crate) line: String,
    pub(crate) logged: Logged,
    /// Whether a later roll-back undid it. Such events are history.
    pub(crate) undone: bool,
}

/// All readable lines of a log, in order.
#[derive(Clone, Debug)]
pub(crate) struct RunLog {
    pub(crate) entries: Vec<Entry>,
}

impl RunLog {
    /// Reads the log of a run's folder. Incomplete lines are skipped.
    ///
    /// # Errors
    /// If there is no log, or it is empty.
    pub(crate) fn read(run: &Path) -> anyhow::Result<RunLog> {
        let path = run.join("events.jsonl");
        let nothing = || format!("{}: has no events: nothing was trained here yet", run.display());
        let bytes = match data::read_regular(&path, u64::MAX) {
            Ok(bytes) => bytes,
            Err(DataError::Io { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound => {
                bail!(nothing())
            }
            Err(e) => return Err(e.into()),
        };
        let log = RunLog::parse(&String::from_utf8_lossy(&bytes));
        if log.entries.is_empty() {
            bail!(nothing());
        }
        Ok(log)
    }

    fn parse(text: &str) -> RunLog {
        let entry = |line: &str| {
            let logged = serde_json::from_str(line).ok()?;
            Some(Entry { line: line.trim().to_owned(), logged, undone: false })
        };
        // A report cannot contain the event that it was made.
        let is_told = |entry: &Entry| entry.logged != Logged::Products;
        let mut entries: Vec<Entry> = text.lines().filter_map(entry).filter(is_told).collect();
        // From the end: events beyond the smallest count of a later roll-back are undone.
        let mut least = u64::MAX;
        for Entry { logged, undone, .. } in entries.iter_mut().rev() {
            match logged {
                Logged::RollBack { to_images } => least = least.min(*to_images),
                Logged::Tick(Tick { images, .. }) | Logged::Eval(Eval { images, .. }) => {
                    *undone = *images > least
                }
                _ => {}
            }
        }
        RunLog { entries }
    }

    /// What each score's name in the log means, of the metrics that the registry knows.
    pub(crate) fn scores_by_name(&self) -> BTreeMap<String, NamedScore> {
        let mut found = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| matches!(entry.logged, Logged::Eval(_))) {
            let line: Value = serde_json::from_str(&entry.line).unwrap_or_default();
            for logged in line["scores"].as_array().into_iter().flatten() {
                let (Some(name), Ok(score)) = (logged["name"].as_str(), Score::deserialize(logged)) else {
                    continue;
                };
                let named = NamedScore { metric: score.metric.name, name: score.name() };
                found.insert(name.to_owned(), named);
            }
        }
        found
    }

    fn current(&self) -> impl DoubleEndedIterator<Item = &Logged> {
        self.entries.iter().filter(|entry| !entry.undone).map(|entry| &entry.logged)
    }

    /// The ticks that were not undone.
    pub(crate) fn ticks(&self) -> impl DoubleEndedIterator<Item = &Tick> {
        self.current().filter_map(|logged| if let Logged::Tick(tick) = logged { Some(tick) } else { None })
    }

    /// The evaluations that were not undone.
    pub(crate) fn evals(&self) -> impl DoubleEndedIterator<Item = &Eval> {
        self.current().filter_map(|logged| if let Logged::Eval(eval) = logged { Some(eval) } else { None })
    }

    /// Why the last process ended; `None` if it is still training or was lost.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.entries.iter().rev().find_map(|entry| match &entry.logged {
            Logged::Start { .. } => Some(None),
            Logged::Stop { reason, .. } => Some(Some(reason.as_str())),
            _ => None,
        })?
    }

    /// Real images shown, from the log.
    pub(crate) fn images(&self) -> u64 {
        let told = self.current().rev().find_map(|logged| match logged {
            Logged::Start { images } | Logged::Stop { images, .. } => Some(*images),
            Logged::Tick(tick) => Some(tick.images),
            Logged::Eval(eval) => Some(eval.images),
            Logged::RollBack { to_images, .. } => Some(*to_images),
            Logged::Products | Logged::Other => None,
        });
        told.unwrap_or(0)
    }

    /// Seconds of training over all processes, from the log.
    pub(crate) fn seconds(&self) -> f64 {
        let told = self.entries.iter().filter_map(|entry| match &entry.logged {
            Logged::Stop { seconds, .. } => Some(*seconds),
            Logged::Tick(tick) => Some(tick.seconds),
            Logged::Eval(eval) => Some(eval.seconds),
            _ => None,
        });
        told.fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use metrics::registry::{FD, KID, RECALL};

    use super::*;

    const LOG: &str = r#"{"event":"start","images":0,"threads":2,"version":"0.1.0"}
{"event":"tick","images":100,"epoch":1.0,"seconds":1.5,"images_per_s":66.6,"discriminator_loss":0.25,"penalty":null,"real_accuracy":0.5,"fake_accuracy":0.75}
{"event":"tick","images":200,"epoch":2.0,"seconds":3.0,"images_per_s":66.6}
{"event":"eval","images":200,"seconds":3.0,"eval_seconds":1.0,"judge":"mnist","judge_sha256":"ab","samples":100,"scores":[{"name":"fjd100","value":9.5,"floor":0.1}],"classes":[],"best":true}
{"event":"alarm","images":200,"seconds":3.0,"kind":"collapse","action":"roll-back","message":"m","figures":{}}
{"event":"roll-back","images":200,"to_images":100,"lr_factor":0.5,"count":1}
{"event":"of another version","images":1}
{"event":"tick","images":150,"epoch":1.5,"seconds":4.0,"images_per_s":66.6}
{"event":"eval","images":150,"seconds":4.0,"scores":[{"name":"fjd100","value":12,"floor":0.1},{"name":"kid100","value":null}]}
{"event":"stop","images":150,"seconds":4.5,"reason":"interrupted"}
{"event":"tick","images":16"#;

    #[test]
    fn a_log_says_what_it_can() {
        let log = RunLog::parse(LOG);
        assert_eq!(log.entries.len(), 10);
        assert_eq!(log.reason(), Some("interrupted"));
        assert_eq!((log.images(), log.seconds()), (150, 4.5));
        let tick = log.ticks().next().unwrap();
        assert_eq!((tick.figure("discriminator_loss"), tick.figure("penalty")), (Some(0.25), None));
        assert_eq!(tick.accuracy(), Some(0.625));
        assert_eq!(log.ticks().last().unwrap().accuracy(), None);
    }

    #[test]
    fn what_the_run_went_back_behind_is_history() {
        let log = RunLog::parse(LOG);
        assert_eq!(log.ticks().map(|tick| tick.images).collect::<Vec<_>>(), [100, 150]);
        assert_eq!(log.evals().map(|eval| eval.images).collect::<Vec<_>>(), [150]);
        let eval = log.evals().next().unwrap();
        assert_eq!((eval.value(FD), eval.score(FD).unwrap().floor), (Some(12.0), Some(0.1)));
        assert_eq!((eval.value(KID), eval.score(KID).is_some()), (None, true));
        assert_eq!(eval.score(RECALL), None);
    }

    #[test]
    fn names_of_scores_are_explained_to_the_page() {
        let log = LOG.replace("\"kid100\"", "\"later100\",\"metric\":\"later\",\"samples\":100");
        let named = RunLog::parse(&log).scores_by_name();
        assert_eq!(named.keys().collect::<Vec<_>>(), ["fjd100"]);
        assert_eq!(named["fjd100"], NamedScore { metric: "fd", name: "fd100".into() });
    }

    #[test]
    fn a_process_without_a_stop_has_no_reason() {
        let going_on = "{\"event\":\"stop\",\"images\":1,\"seconds\":1,\"reason\":\"finished\"}\n{\"event\":\"start\",\"images\":1}";
        assert_eq!(RunLog::parse(going_on).reason(), None);
        assert_eq!(RunLog::parse("").reason(), None);
    }
}
