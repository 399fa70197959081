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

/// The arena in which `entries`, streams from `first` on, have the places of `views`; and what is expected of it.
pub fn arena(views: &[Parameter], entries: &[Entry], first: u64) -> (Vec<f32>, Vec<f64>) {
    let mut names: Vec<_> = views.iter().map(|view| &view.name).collect();
    let mut written: Vec<_> = entries.iter().map(|entry| &entry.name).collect();
    names.sort();
    written.sort();
    assert_eq!(names, written);
    let n = views.last().map_or(0, |view| view.range.end);
    let (mut values, mut expected) = (vec![f32::NAN; n], vec![f64::NAN; n]);
    for (stream, entry) in (first..).zip(entries) {
        let view = views.iter().find(|view| view.name == entry.name).expect("a view of that name");
        assert_eq!(view.dimensions, entry.shape, "{}", view.name);
        values[view.range.clone()].copy_from_slice(&entry.values.of(stream, view.range.len()));
        expected[view.range.clone()].copy_from_slice(&entry.expected);
    }
    (values, expected)
}
