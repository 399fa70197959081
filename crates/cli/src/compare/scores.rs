//! The scores of a run's row: the headline metrics of the registry.

use metrics::registry::MAIN;
use metrics::{Format, METRICS, Metric};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Run;

/// A figure of a run's evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    /// The last value of a metric.
    Last(Metric),
    /// Its best value.
    Best(Metric),
    /// Its floor at the last evaluation that has it.
    Floor(Metric),
}

/// The figures of a row, in their order: of the main metric also the best value and the floor.
fn figures() -> impl Iterator<Item = Figure> {
    METRICS.iter().filter(|metric| metric.headline).flat_map(|&metric| {
        let more = [Figure::Best(metric), Figure::Floor(metric)];
        std::iter::once(Figure::Last(metric)).chain(more.into_iter().filter(move |_| metric == MAIN))
    })
}

impl Figure {
    fn of(self, run: &Run) -> Option<f64> {
        match self {
            Figure::Last(metric) => run.last(metric),
            Figure::Best(metric) => {
                let values = run.log.evals().filter_map(|eval| eval.value(metric));
                values.min_by(|a, b| metric.aim.cost(*a).total_cmp(&metric.aim.cost(*b)))
            }
            Figure::Floor(metric) => run.log.evals().rev().find_map(|eval| eval.score(metric))?.floor,
        }
    }

    /// Its key in JSON, such as `best_fd`.
    fn key(self) -> String {
        match self {
            Figure::Last(metric) => metric.to_string(),
            Figure::Best(metric) => format!("best-{metric}"),
            Figure::Floor(metric) => format!("{metric}-floor"),
        }
        .replace('-', "_")
    }

    fn head(self) -> &'static str {
        match self {
            Figure::Last(metric) => metric.name,
            Figure::Best(_) => "best",
            Figure::Floor(_) => "floor",
        }
    }

    fn format(self) -> Format {
        let (Figure::Last(metric) | Figure::Best(metric) | Figure::Floor(metric)) = self;
        metric.format
    }
}

/// The headline scores of a run, or their medians over several runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scores(Vec<Option<f64>>);

impl Scores {
    pub(super) fn of(run: &Run) -> Scores {
        Scores(figures().map(|figure| figure.of(run)).collect())
    }

    /// Each figure by `median` over the rows that have it.
    pub(super) fn median(rows: &[&Scores], median: impl Fn(Vec<f64>) -> Option<f64>) -> Scores {
        let of = |at: usize| median(rows.iter().filter_map(|row| row.0[at]).collect());
        Scores((0..figures().count()).map(of).collect())
    }

    /// The heading and the format of each figure, with its value.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&'static str, Format, Option<f64>)> {
        figures().zip(&self.0).map(|(figure, &value)| (figure.head(), figure.format(), value))
    }
}

impl Serialize for Scores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (figure, value) in figures().zip(&self.0) {
            map.serialize_entry(&figure.key(), value)?;
        }
        map.end()
    }
}
