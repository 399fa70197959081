//! The trials of a sweep.

use anyhow::Result;
use metrics::Metric;

use super::axis::{Axis, Setting};
use super::text::{Mode, SweepText};
use crate::time::parse_seconds;

/// Most trials: far above what is practical.
const MOST: usize = 10_000;
/// Most letters of a sweep's name, which is its folder's name.
const LETTERS: usize = 60;

/// A place on every axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trial {
    /// In the order of the axes.
    pub(crate) settings: Vec<Setting>,
}

/// A sweep whose own keys are sound.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) text: SweepText,
    pub(crate) metric: Metric,
    pub(crate) axes: Vec<Axis>,
    pub(crate) trials: Vec<Trial>,
    /// Limit of each run's time.
    pub(crate) seconds: Option<f64>,
}

impl Plan {
    /// The trials: in mode grid every combination, the last axis fastest.
    ///
    /// # Errors
    /// A refusal with key, line and hint.
    pub(crate) fn new(text: SweepText) -> Result<Plan> {
        name(&text)?;
        seeds(&text)?;
        let metric = Metric::for_training(&text.written.metric)
            .map_err(|refused| text.refuse(&["metric"], refused.message, refused.hint))?
            .metric;
        let seconds = budget(&text)?;
        let names = text.axis_names();
        if names.is_empty() {
            let hint = "\"optimizer.generator.lr\" = [1e-4, 1e-3]; for seeds alone, train and compare";
            return Err(text.refuse(&["axes"], "it has no axis: nothing changes", hint));
        }
        let axes = names.iter().map(|name| Axis::read(&text, name)).collect::<Result<Vec<_>>>()?;
        let trials = trials(&text, &axes)?;
        Ok(Plan { text, metric, axes, trials, seconds })
    }

    /// How many runs it takes.
    pub(crate) fn runs(&self) -> usize {
        self.trials.len() * self.text.written.seeds.len()
    }

    /// A trial in words, such as `lr 1e-4, size small`.
    pub(crate) fn label(&self, trial: &Trial) -> String {
        let places = self.axes.iter().zip(&trial.settings);
        places
            .map(|(axis, setting)| format!("{} {}", axis.name, setting.label))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn name(text: &SweepText) -> Result<()> {
    let name = &text.written.name;
    let fits = |c: char| c.is_alphanumeric() || "._-".contains(c);
    if !name.is_empty() && name.chars().all(fits) && !name.starts_with('.') && name.chars().count() <= LETTERS
    {
        return Ok(());
    }
    let hint =
        format!("at most {LETTERS} letters, digits, dots, dashes and underscores, as in learning-rate");
    Err(text.refuse(&["name"], format!("\"{name}\" does not name its folder"), hint))
}

fn seeds(text: &SweepText) -> Result<()> {
    let seeds = &text.written.seeds;
    if seeds.is_empty() {
        return Err(text.refuse(&["seeds"], "no seed, no run", "seeds = [0, 1, 2]"));
    }
    match seeds.iter().enumerate().find(|(at, seed)| seeds[..*at].contains(seed)) {
        None => Ok(()),
        Some((_, seed)) => {
            let hint = "each seed once: the same seed gives the same run";
            Err(text.refuse(&["seeds"], format!("{seed} is there twice"), hint))
        }
    }
}

fn budget(text: &SweepText) -> Result<Option<f64>> {
    let budget = &text.written.budget;
    if budget.total_images == Some(0) {
        return Err(text.refuse(
            &["budget", "total_images"],
            "no image, no training",
            "total_images = 300000",
        ));
    }
    let seconds = budget.time.as_ref().map(|time| parse_seconds(time));
    let seconds = seconds.transpose().map_err(|said| {
        text.refuse(&["budget", "time"], said, "time = \"3m\"; the same number of images compares better")
    })?;
    match (budget.total_images, seconds) {
        (Some(_), Some(_)) => Err(text.refuse(
            &["budget", "time"],
            "a run ends after its images or after its time",
            "one of total_images and time",
        )),
        _ => Ok(seconds),
    }
}

fn trials(text: &SweepText, axes: &[Axis]) -> Result<Vec<Trial>> {
    let written = &text.written;
    match (written.mode, written.trials) {
        (Mode::Grid, Some(_)) => {
            Err(text.refuse(&["trials"], "a grid has as many trials as its values make", "mode = \"random\""))
        }
        (Mode::Random, None | Some(0)) => {
            Err(text.refuse(&["mode"], "how many settings are drawn?", "trials = 20"))
        }
        (Mode::Random, Some(count)) => {
            counted(text, "trials", Some(count))?;
            let draw = |trial: usize| {
                let place = |(at, axis): (usize, &Axis)| axis.draw(written.draw_seed, at, trial);
                Trial { settings: axes.iter().enumerate().map(place).collect() }
            };
            Ok((0..count).map(draw).collect())
        }
        (Mode::Grid, None) => {
            let count = axes.iter().try_fold(1_usize, |n, axis| n.checked_mul(axis.settings().len()));
            counted(text, "axes", count)?;
            let mut trials = vec![Trial { settings: Vec::new() }];
            for axis in axes {
                let with = |trial: &Trial, setting: &Setting| Trial {
                    settings: [&trial.settings[..], std::slice::from_ref(setting)].concat(),
                };
                trials =
                    trials.iter().flat_map(|t| axis.settings().iter().map(move |s| with(t, s))).collect();
            }
            Ok(trials)
        }
    }
}

fn counted(text: &SweepText, key: &str, count: Option<usize>) -> Result<()> {
    if count.is_some_and(|count| count <= MOST) {
        return Ok(());
    }
    Err(text.refuse(
        &[key],
        format!("more than {MOST} trials"),
        "fewer values, or mode = \"random\" with trials",
    ))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn plan(head: &str, axes: &str) -> Result<Plan> {
        let text = format!("base = \"dense\"\n{head}\n[axes]\n{axes}");
        Plan::new(SweepText::parse(&text, "t.toml".into(), PathBuf::new())?)
    }

    #[test]
    fn a_grid_is_every_combination_in_the_order_written() {
        let plan =
            plan("name = \"t\"\nseeds = [4, 2]", "\"b\" = [1, 2]\n\"a\" = [\"x\", \"y\", \"z\"]").unwrap();
        assert_eq!((plan.trials.len(), plan.runs()), (6, 12));
        let labels: Vec<String> = plan.trials.iter().map(|trial| plan.label(trial)).collect();
        assert_eq!(labels, ["b 1, a x", "b 1, a y", "b 1, a z", "b 2, a x", "b 2, a y", "b 2, a z"]);
    }

    #[test]
    fn drawn_trials_do_not_depend_on_their_number() {
        let head = |n| format!("name = \"t\"\nmode = \"random\"\ntrials = {n}");
        let axes = "\"a\" = { range = [1e-5, 1e-2], log = true }\n\"b\" = [1, 2, 3]";
        let (short, long) = (plan(&head(3), axes).unwrap(), plan(&head(9), axes).unwrap());
        assert_eq!(short.trials[..], long.trials[..3]);
        assert_ne!(long.trials[0], long.trials[1]);
    }

    #[test]
    fn what_is_no_plan_is_refused_at_its_line() {
        let named = |rest: &str| format!("name = \"t\"\n{rest}");
        let axis = "\"a\" = [1]";
        for (head, axes, at, said) in [
            (named(""), "", "4: `axes`", "no axis"),
            ("name = \"../t\"".into(), axis, "2: `name`", "does not name its folder"),
            ("name = \"\"".into(), axis, "2: `name`", "does not name"),
            (named("seeds = []"), axis, "3: `seeds`", "no seed"),
            (named("seeds = [1, 2, 1]"), axis, "3: `seeds`", "1 is there twice"),
            (named("metric = \"fid\""), axis, "3: `metric`", "fd, kid"),
            (named("trials = 3"), axis, "3: `trials`", "mode = \"random\""),
            (named("mode = \"random\""), axis, "3: `mode`", "trials = 20"),
            (named("mode = \"random\"\ntrials = 10001"), axis, "4: `trials`", "more than 10000"),
            (named("budget.time = \"3\""), axis, "3: `budget.time`", "no unit"),
            (named("budget.total_images = 0"), axis, "3: `budget.total_images`", "no image"),
            (named("budget = { time = \"3m\", total_images = 5 }"), axis, "3: `budget.time`", "one of"),
        ] {
            let error = plan(&head, axes).unwrap_err().to_string();
            assert!(error.starts_with(&format!("t.toml:{at}")) && error.contains(said), "{head}: {error}");
            assert!(error.contains("\n  hint: "), "{error}");
        }
    }
}
