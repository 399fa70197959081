//! The config of each run of a sweep, and the key of the sweep's file that each value comes from.

use anyhow::{Result, anyhow};
use gan::config::{ConfigError, Source, Written};
use gan::presets;
use toml::Value;

use super::plan::{Plan, Trial};
use crate::config;
use crate::hints::{self, Hint};

/// Beyond the end of any run: the evaluation at the end is the only one.
const NEVER: i64 = i64::MAX;

/// One key of a run, set over the base.
#[derive(Clone, Debug, PartialEq)]
struct Laid {
    /// `KEY=VALUE`, as `--set` takes it.
    text: String,
    /// The key of the sweep's file.
    from: Vec<String>,
}

impl Laid {
    fn new(key: &str, value: &Value, from: &[&str]) -> Laid {
        Laid { text: format!("{key}={value}"), from: from.iter().map(|&part| part.to_owned()).collect() }
    }

    fn key(&self) -> &str {
        self.text.split_once('=').map_or("", |(key, _)| key)
    }
}

impl Plan {
    /// The base config alone.
    ///
    /// # Errors
    /// Where there is no such preset or file.
    pub(crate) fn base(&self) -> Result<Source> {
        config::source(&self.base_path()).map_err(|error| {
            let hint = Hint::ListPresets;
            let message =
                format!("{error:#}; expected a preset, or the path of a config from where the sweep is");
            anyhow!("{}{hint}", self.text.placed(&["base"], &message))
        })
    }

    /// The base as `train` takes it: a preset's name, or a path from here.
    fn base_path(&self) -> String {
        let base = self.text.written.base.as_str();
        let path = self.text.folder.join(base);
        // A word that is not a file is meant as a preset: the error names the nearest one.
        let is_path = path.is_file() || base.contains(['/', '\\', '.']);
        if presets::find(base).is_err() && is_path { hints::path(&path) } else { base.to_owned() }
    }

    /// The config of a trial's run with `seed`, parsed.
    ///
    /// # Errors
    /// A refusal of a key or a type that no config has.
    pub(crate) fn run(&self, base: &Source, trial: &Trial, seed: u64) -> Result<(Source, Written)> {
        let laid = self.laid(trial, seed);
        let texts: Vec<String> = laid.iter().map(|laid| laid.text.clone()).collect();
        // One text for each key, so that an error can be traced to its key.
        let source = base.clone().with_overrides(&texts).map_err(|error| self.explain(trial, seed, error))?;
        let written = Written::parse(&source).map_err(|error| self.explain(trial, seed, error))?;
        Ok((source, written))
    }

    /// A config's refusal, at the key of the sweep that caused it.
    pub(crate) fn explain(&self, trial: &Trial, seed: u64, error: ConfigError) -> anyhow::Error {
        let laid = self.laid(trial, seed);
        let cause = |text: &str| laid.iter().find(|laid| laid.text == text);
        match &error {
            ConfigError::Override { text, message, .. } => cause(text).map(|laid| {
                let hint = Hint::PrintKeys(self.base_path());
                anyhow!("{}{hint}", self.text.placed(&laid.from, &format!("{text}: {message}")))
            }),
            ConfigError::Rule { origin, key, message, hint, .. } => cause(origin).map(|laid| {
                let told = if laid.key() == key { String::new() } else { format!("`{key}` ") };
                self.text.refuse(&laid.from, format!("{}: {told}{message}", laid.text), hint)
            }),
            _ => None,
        }
        .unwrap_or_else(|| anyhow!("{}: in the trial {}: {error}", self.text.origin, self.label(trial)))
    }

    /// Checks that each key is set in one place only.
    ///
    /// # Errors
    /// A refusal of the second place.
    pub(crate) fn keys_are_single(&self) -> Result<()> {
        let Some(trial) = self.trials.first() else { return Ok(()) };
        let own = ["train.seed", "eval.samples", "eval.best"];
        let laid = self.laid(trial, 0);
        for (at, later) in laid.iter().enumerate() {
            let asked = |earlier: &&Laid| earlier.from[0] != DEFAULT && !is_limit(earlier);
            if let Some(earlier) = laid[..at].iter().filter(asked).find(|e| covers(later.key(), e.key())) {
                let hint =
                    if own.contains(&later.key()) { "the sweep's own key sets it" } else { "one of them" };
                let message = format!("{} is set by `{}` as well", later.key(), earlier.from.join("."));
                return Err(self.text.refuse(&later.from, message, hint));
            }
        }
        Ok(())
    }

    /// The values set over the base, in order of increasing priority: defaults of sweeps, the sweep's own keys, `[set]`, axes.
    fn laid(&self, trial: &Trial, seed: u64) -> Vec<Laid> {
        let written = &self.text.written;
        let whole = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let mut laid = vec![
            Laid::new("eval.every_images", &Value::Integer(NEVER), &[DEFAULT]),
            Laid::new("train.keep_checkpoints", &Value::Integer(1), &[DEFAULT]),
            Laid::new("train.seed", &whole(seed), &["seeds"]),
            Laid::new("eval.samples", &whole(written.samples as u64), &["samples"]),
            Laid::new("eval.best", &Value::String(written.metric.clone()), &["metric"]),
        ];
        let images = written.budget.total_images.map(|images| ("total_images", whole(images)));
        let time = self.seconds.map(|seconds| ("time", Value::Float(seconds)));
        if let Some((key, limit)) = images.or(time) {
            // Other limits are removed.
            let of = |images, seconds| {
                [("train.epochs", whole(0)), ("train.total_images", images), ("train.max_seconds", seconds)]
            };
            let limits = match key {
                "time" => of(whole(0), limit),
                _ => of(limit, Value::Float(0.0)),
            };
            laid.extend(limits.iter().map(|(name, value)| Laid::new(name, value, &["budget", key])));
        }
        for (parts, value) in self.text.set() {
            let from: Vec<&str> = ["set"].into_iter().chain(parts.iter().map(String::as_str)).collect();
            laid.push(Laid::new(&parts.join("."), &value, &from));
        }
        for (axis, setting) in self.axes.iter().zip(&trial.settings) {
            let moved = axis.keys.iter().zip(&setting.values);
            laid.extend(moved.map(|(key, value)| Laid::new(key, value, &["axes", &axis.name])));
        }
        laid
    }
}

/// The origin of keys with a default for sweeps.
const DEFAULT: &str = "(every sweep)";

/// Whether it only removes other limits of the base, for the budget.
fn is_limit(laid: &Laid) -> bool {
    laid.from[0] == "budget" && ["0", "0.0"].iter().any(|zero| laid.text.ends_with(&format!("={zero}")))
}

/// Whether writing `key` replaces everything that was written at `other`.
fn covers(key: &str, other: &str) -> bool {
    other.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use gan::config::Facts;

    use super::super::text::SweepText;
    use super::*;

    fn plan(rest: &str) -> Plan {
        let text = format!("name = \"t\"\nbase = \"dense\"\n{rest}");
        Plan::new(SweepText::parse(&text, "t.toml".into(), PathBuf::new()).unwrap()).unwrap()
    }

    fn written(plan: &Plan, trial: usize) -> Result<Written> {
        Ok(plan.run(&plan.base()?, &plan.trials[trial], 7)?.1)
    }

    #[test]
    fn runs_have_the_sweeps_values_and_one_evaluation() {
        let plan = plan(
            "samples = 2000\nmetric = \"kid\"\nbudget.total_images = 640\n[set]\ntrain.batch_size = 32\n[axes]\n\
             lr = { keys = [\"optimizer.generator.lr\", \"optimizer.discriminator.lr\"], values = [1e-4, 3e-4] }\n\
             \"discriminator.layers\" = [[{ dense = 8 }, \"relu\", { dense = 1 }]]\n",
        );
        let run = written(&plan, 1).unwrap();
        assert_eq!((run.train.seed, run.train.batch_size, run.train.keep_checkpoints), (7, 32, Some(1)));
        assert_eq!((run.train.epochs, run.train.total_images, run.train.max_seconds), (0, 640, None));
        assert_eq!(
            (run.eval.samples, run.eval.best.as_deref(), run.eval.every_images),
            (2000, Some("kid"), NEVER as u64)
        );
        assert_eq!([run.optimizer.generator.lr, run.optimizer.discriminator.lr], [3e-4, 3e-4]);
        assert_eq!(run.discriminator.layers.len(), 3);
        plan.keys_are_single().unwrap();
    }

    #[test]
    fn refusals_are_placed_in_the_sweep() {
        let facts = Facts { image_shape: (28, 28, 1), images: 60_000, classes: 10 };
        let refused = |rest: &str| {
            let plan = plan(rest);
            let base = plan.base()?;
            for trial in &plan.trials {
                let (source, written) = plan.run(&base, trial, 7)?;
                written.check(&source, &facts).map_err(|e| plan.explain(trial, 7, e))?;
            }
            plan.keys_are_single()
        };
        for (rest, at, said) in [
            ("[axes]\n\"train.batch_sise\" = [16]", "4: `axes.train.batch_sise`", "unknown field"),
            (
                "[axes]\n\"train.batch_size\" = [16, 0]",
                "4: `axes.train.batch_size`",
                "=0: 0 is not a whole number from 1 up",
            ),
            (
                "[axes]\n\"train.batch_size\" = [16, \"x\"]",
                "4: `axes.train.batch_size`",
                "takes a whole number",
            ),
            (
                "[set]\ntrain.packing = 0\n[axes]\n\"train.batch_size\" = [16]",
                "4: `set.train.packing`",
                "hint: 1:",
            ),
            ("samples = 3\n[axes]\n\"train.batch_size\" = [16]", "3: `samples`", "eval.samples=3"),
            (
                "metric = \"label-accuracy\"\n[axes]\n\"train.batch_size\" = [16]",
                "3: `metric`",
                "needs a generator that makes images of a class",
            ),
            ("[axes]\n\"train.seed\" = [1]", "4: `axes.train.seed`", "set by `seeds`"),
            (
                "budget.total_images = 9\n[axes]\n\"train.total_images\" = [1]",
                "5: `axes.train.total_images`",
                "budget",
            ),
            (
                "[set]\ntrain.d_steps = 2\n[axes]\n\"train.d_steps\" = [1]",
                "6: `axes.train.d_steps`",
                "set by `set.train",
            ),
        ] {
            let error = refused(rest).unwrap_err().to_string();
            assert!(error.starts_with(&format!("t.toml:{at}")) && error.contains(said), "{rest}: {error}");
            assert!(error.contains("\n  hint: "), "{error}");
        }
        let text = "name = \"t\"\nbase = \"dens\"\n[axes]\n\"train.d_steps\" = [1]";
        let text = SweepText::parse(text, "t.toml".into(), PathBuf::new()).unwrap();
        let error = Plan::new(text).unwrap().base().unwrap_err().to_string();
        assert!(error.starts_with("t.toml:2: `base`") && error.contains("`dense`"), "{error}");
    }
}
