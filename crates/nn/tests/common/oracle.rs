//! Values that `oracles/values.py` makes by formula, and what the files of its scripts say of named parameters.

// Each test binary uses its own part; the root of each names `Parameter`.
#![allow(dead_code, unreachable_pub)]

use super::Parameter;
use serde::Deserialize;

fn splitmix64(x: u64) -> u64 {
    let z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// `n` values on [0, 1).
fn unit(stream: u64, n: usize) -> Vec<f64> {
    let value = |i| (splitmix64((stream << 32) + i) >> 40) as f64 / f64::from(1 << 24);
    (0..n as u64).map(value).collect()
}

/// How values come about.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Values {
    /// On [0, 1).
    Unit,
    /// On [-1, 1).
    Uniform,
    /// On [1/2, 3/2).
    Positive,
    /// Uniform ones over their norm.
    Normalised,
}

impl Values {
    pub fn of(self, stream: u64, n: usize) -> Vec<f32> {
        let u = unit(stream, n);
        let norm = u.iter().map(|u| (2.0 * u - 1.0).powi(2)).sum::<f64>().sqrt();
        let value = |u: f64| match self {
            Values::Unit => u,
            Values::Uniform => 2.0 * u - 1.0,
            Values::Positive => u + 0.5,
            Values::Normalised => (2.0 * u - 1.0) / norm,
        };
        u.into_iter().map(|u| value(u) as f32).collect()
    }
}

/// A parameter with its gradient, or a value of the state with what it becomes.
#[derive(Debug, Deserialize)]
pub struct Entry {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Values,
    #[serde(alias = "gradient", alias = "after")]
    pub expected: Vec<f64>,
}

impl Entry {
    fn view<'a>(&self, views: &'a [Parameter]) -> &'a Parameter {
        views.iter().find(|view| view.name == self.name).expect("a view of that name")
    }
}

/// The arena in which `entries`, streams from `first` on, have the places of `views`.
pub fn arena(views: &[Parameter], entries: &[Entry], first: u64) -> Vec<f32> {
    let mut names: Vec<_> = views.iter().map(|view| &view.name).collect();
    let mut written: Vec<_> = entries.iter().map(|entry| &entry.name).collect();
    names.sort();
    written.sort();
    assert_eq!(names, written);
    let mut values = vec![f32::NAN; views.last().map_or(0, |view| view.range.end)];
    for (stream, entry) in (first..).zip(entries) {
        let view = entry.view(views);
        assert_eq!(view.dimensions, entry.shape, "{}", view.name);
        values[view.range.clone()].copy_from_slice(&entry.values.of(stream, view.range.len()));
    }
    values
}

/// Every value that `entries` expect, one in `every`, of an arena: within `tolerance` times the entry's largest, or times a
/// hundredth of the arena's where all of the entry is smaller, as the gradient of a bias that changes nothing.
pub fn assert_arena(
    what: &str,
    views: &[Parameter],
    entries: &[Entry],
    every: usize,
    got: &[f32],
    tolerance: f64,
) {
    let whole = entries.iter().map(|entry| largest(&entry.expected)).fold(0.0, f64::max);
    for entry in entries {
        let scale = largest(&entry.expected).max(0.01 * whole);
        let part = &got[entry.view(views).range.clone()];
        assert_values(&format!("{what}: {}", entry.name), part, every, &entry.expected, tolerance * scale);
    }
}

/// One value in `every` of `got`, from the first on, within `bound` of those expected; a NaN is not.
pub fn assert_values(what: &str, got: &[f32], every: usize, expected: &[f64], bound: f64) {
    assert_eq!(got.len().div_ceil(every), expected.len(), "{what}: length");
    for (i, (&g, e)) in got.iter().step_by(every).zip(expected).enumerate() {
        let error = (f64::from(g) - e).abs();
        assert!(error <= bound, "{what}[{}]: {g}, expected {e}, off by {error:.1e}", i * every);
    }
}

pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, v| v.abs().max(m))
}
