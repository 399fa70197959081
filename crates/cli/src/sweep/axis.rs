//! An axis of a sweep: it changes one key, or several together.

use anyhow::Result;
use kernels::noise::{NoiseKey, fill_uniform};
use serde::Deserialize;
use toml::Value;

use super::text::{Mode, SweepText};

/// The first noise stream of axes, separate from those of trainers, judges and metrics.
const DRAWS: u64 = 401;

/// One axis: its keys and their values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) name: String,
    pub(crate) keys: Vec<String>,
    pub(crate) values: Values,
}

/// The values of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    List(Vec<Setting>),
    /// Any number between two, both floats or both integers.
    Range {
        low: f64,
        high: f64,
        log: bool,
        whole: bool,
    },
}

/// One place on an axis: a value for each key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    /// For tables and pictures.
    pub(crate) label: String,
    pub(crate) values: Vec<Value>,
}

/// An axis that is written as a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    keys: Option<Vec<String>>,
    values: Option<Vec<Value>>,
    labels: Option<Vec<String>>,
    range: Option<[Value; 2]>,
    #[serde(default)]
    log: bool,
}

impl Axis {
    /// Reads axis `name`. Written as a list, its name is the key and the list the values. Written as a table, `keys` move
    /// together: each of `values` is one for all, or a list of one for each; `labels` name them. In mode random, `range`
    /// takes the place of `values`.
    pub(crate) fn read(text: &SweepText, name: &str) -> Result<Axis> {
        let refuse = |message: &str, hint: &str| Err(text.refuse(&["axes", name], message, hint));
        let hint = "an axis is \"a.key\" = [value, value], or { keys = [..], values = [..] }; a key with dots is quoted";
        let Some(value) = text.written.axes.get(name) else { return refuse("there is no such axis", hint) };
        let written = match value {
            Value::Array(values) => {
                Written { keys: None, values: Some(values.clone()), labels: None, range: None, log: false }
            }
            Value::Table(table) => match table.clone().try_into() {
                Ok(written) => written,
                Err(error) => {
                    let error: toml::de::Error = error;
                    return refuse(error.to_string().trim().replace('\n', " ").as_str(), hint);
                }
            },
            _ => return refuse("one value is no axis", hint),
        };
        let keys = written.keys.unwrap_or_else(|| vec![name.to_owned()]);
        if keys.is_empty() {
            return refuse("it moves no key", hint);
        }
        let values = match (written.values, written.range) {
            (Some(values), None) => list(text, name, &keys, values, written.labels)?,
            (None, Some(range)) => self::range(text, name, range, written.log)?,
            _ => return refuse("expected either values or a range", hint),
        };
        Ok(Axis { name: name.to_owned(), keys, values })
    }

    /// The places of a list.
    pub(crate) fn settings(&self) -> &[Setting] {
        match &self.values {
            Values::List(settings) => settings,
            Values::Range { .. } => &[],
        }
    }

    /// The place of trial `trial` on axis `index`: a function of these and the seed.
    pub(crate) fn draw(&self, seed: u64, index: usize, trial: usize) -> Setting {
        let mut u = [0.0];
        let key = NoiseKey { seed, stream: DRAWS + index as u64, step: trial as u64 };
        fill_uniform(key, 0, &mut u);
        let u = f64::from(u[0]);
        match &self.values {
            Values::List(settings) => {
                settings[((u * settings.len() as f64) as usize).min(settings.len() - 1)].clone()
            }
            Values::Range { low, high, log, whole } => {
                let (low, high) = if *whole { (low - 0.5, high + 0.5) } else { (*low, *high) };
                let drawn = if *log { low * (high / low).powf(u) } else { low + (high - low) * u };
                let value = match whole {
                    true => Value::Integer(drawn.round().clamp(low.ceil(), high.floor()) as i64),
                    // Four digits are enough to distinguish trials, and readable.
                    false => Value::Float(format!("{drawn:.3e}").parse().unwrap_or(drawn)),
                };
                Setting { label: label(&value), values: vec![value; self.keys.len()] }
            }
        }
    }
}

fn list(
    text: &SweepText,
    name: &str,
    keys: &[String],
    values: Vec<Value>,
    labels: Option<Vec<String>>,
) -> Result<Values> {
    let refuse = |message: String, hint: &str| Err(text.refuse(&["axes", name], message, hint));
    if values.is_empty() {
        return refuse("it has no values".into(), "a list such as [1e-4, 3e-4, 1e-3]");
    }
    if labels.as_ref().is_some_and(|labels| labels.len() != values.len()) {
        return refuse("it has not as many labels as values".into(), "one label a value, or none");
    }
    let mut settings: Vec<Setting> = Vec::new();
    for (i, value) in values.into_iter().enumerate() {
        let own = match (keys.len(), value) {
            (1, value) => vec![value],
            (n, Value::Array(each)) if each.len() == n => each,
            (n, Value::Array(each)) => {
                let message =
                    format!("value {} is a list of {}, and {n} keys move together", i + 1, each.len());
                return refuse(message, "a value for each key, or one that is no list for all");
            }
            (n, value) => vec![value; n],
        };
        let label = match &labels {
            Some(labels) => labels[i].clone(),
            None => own
                .iter()
                .map(label)
                .reduce(|a, b| if a == b { a } else { format!("{a}/{b}") })
                .unwrap_or_default(),
        };
        if settings.iter().any(|other| other.values == own || other.label == label) {
            return refuse(
                format!("it has {label} twice"),
                "each value and label once; seeds repeat a setting",
            );
        }
        settings.push(Setting { label, values: own });
    }
    Ok(Values::List(settings))
}

fn range(text: &SweepText, name: &str, [low, high]: [Value; 2], log: bool) -> Result<Values> {
    let refuse = |message: &str, hint: &str| Err(text.refuse(&["axes", name], message, hint));
    if text.written.mode == Mode::Grid {
        return refuse("a grid has values, no range", "list the values, or mode = \"random\"");
    }
    let whole = low.is_integer() && high.is_integer();
    let number = |value: &Value| value.as_float().or(value.as_integer().map(|n| n as f64));
    match (number(&low), number(&high)) {
        (Some(low), Some(high)) if low < high && (!log || low > 0.0) && high.is_finite() => {
            Ok(Values::Range { low, high, log, whole })
        }
        _ => refuse("no range", "range = [1e-4, 1e-2], the smaller first; with log = true above 0"),
    }
}

/// A value in few letters.
fn label(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(v) if *v != 0.0 && (v.abs() < 0.01 || v.abs() >= 1e6) => format!("{v:e}"),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn read(mode: &str, axes: &str) -> Result<Axis> {
        let text = format!("name = \"t\"\nbase = \"dense\"\nmode = \"{mode}\"\n[axes]\n{axes}\n");
        let text = SweepText::parse(&text, "t.toml".into(), PathBuf::new())?;
        let name = text.axis_names().remove(0);
        Axis::read(&text, &name)
    }

    #[test]
    fn axes_are_lists_or_keys_that_move_together() {
        let axis = read("grid", "\"train.batch_size\" = [16, 32]").unwrap();
        assert_eq!((axis.name.as_str(), axis.keys.len(), axis.settings().len()), ("train.batch_size", 1, 2));
        let axis =
            read("grid", "rate = { keys = [\"a.lr\", \"b.lr\"], values = [1e-4, [0.5, 1.5]] }").unwrap();
        assert_eq!(axis.settings()[0].values, [Value::Float(1e-4), Value::Float(1e-4)]);
        let labels: Vec<&str> = axis.settings().iter().map(|s| s.label.as_str()).collect();
        assert_eq!(labels, ["1e-4", "0.5/1.5"]);
        let axis = read("grid", "d = { keys = [\"x\"], values = [[1, 2]], labels = [\"small\"] }").unwrap();
        assert_eq!((axis.settings()[0].values.len(), axis.settings()[0].label.as_str()), (1, "small"));
    }

    #[test]
    fn draws_fill_a_range_and_depend_on_the_trial_alone() {
        let axis = read("random", "\"lr\" = { range = [1e-4, 1e-2], log = true }").unwrap();
        let drawn: Vec<f64> = (0..400).map(|t| axis.draw(3, 0, t).values[0].as_float().unwrap()).collect();
        assert!(drawn.iter().all(|v| (1e-4..=1e-2).contains(v)));
        let below = drawn.iter().filter(|&&v| v < 1e-3).count();
        assert!((150..250).contains(&below), "{below}");
        assert_eq!(axis.draw(3, 0, 7), axis.draw(3, 0, 7));
        assert_ne!(axis.draw(3, 0, 7), axis.draw(3, 1, 7));
        let axis = read("random", "\"n\" = { range = [1, 3] }").unwrap();
        let mut counts = [0; 3];
        (0..600).for_each(|t| counts[axis.draw(0, 0, t).values[0].as_integer().unwrap() as usize - 1] += 1);
        assert!(counts.iter().all(|count| (140..260).contains(count)), "{counts:?}");
    }

    #[test]
    fn what_is_no_axis_is_refused_at_its_line() {
        for (mode, axes, said) in [
            ("grid", "\"a\" = []", "no values"),
            ("grid", "\"a\" = 3", "one value is no axis"),
            ("grid", "a.lr = [1, 2]", "a key with dots is quoted"),
            ("grid", "\"a\" = [1, 1]", "1 twice"),
            ("grid", "\"a\" = { range = [1, 2] }", "no range"),
            ("random", "\"a\" = { range = [2, 1] }", "the smaller first"),
            ("random", "\"a\" = { range = [0.0, 1.0], log = true }", "above 0"),
            ("grid", "a = { keys = [], values = [1] }", "moves no key"),
            ("grid", "a = { keys = [\"x\", \"y\"], values = [[1, 2, 3]] }", "a list of 3, and 2 keys"),
            ("grid", "a = { values = [1, 2], labels = [\"x\"] }", "labels as values"),
            ("grid", "a = { keys = [\"x\"] }", "either values or a range"),
        ] {
            let error = read(mode, axes).unwrap_err().to_string();
            assert!(error.starts_with("t.toml:5: `axes.a`") && error.contains(said), "{axes}: {error}");
        }
    }
}
