//! A run to compare.

use std::path::Path;

use ::run::RunFolder;
use anyhow::Context;
use metrics::Metric;

use crate::report::{Config, RunLog};

/// One of the runs.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// The folder's name, or its path where two have the same name.
    pub(crate) label: String,
    pub(crate) config: Config,
    pub(crate) log: RunLog,
}

impl Run {
    /// Opens a run's folder.
    ///
    /// # Errors
    /// If it is not a run, or nothing was trained in it.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Run> {
        let folder = RunFolder::open(path)?;
        let log = RunLog::read(folder.path())?;
        let full = path.canonicalize().with_context(|| format!("{}: cannot open", path.display()))?;
        let label =
            full.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into());
        Ok(Run { label, config: Config::read(folder.path()), log })
    }

    /// The name of its experiment.
    pub(crate) fn name(&self) -> &str {
        self.config.name.as_deref().unwrap_or(&self.label)
    }

    /// The value of a metric at the last evaluation that has it.
    pub(crate) fn last(&self, metric: Metric) -> Option<f64> {
        self.log.evals().rev().find_map(|eval| eval.value(metric))
    }
}
