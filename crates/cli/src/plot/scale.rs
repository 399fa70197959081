//! Scales and their labels.

use std::ops::Range;

/// A positive quantity that spans more than this factor has a logarithmic scale, if its picture allows it.
const LOG_FROM: f64 = 100.0;
/// Upper bound for the width of a letter over its size.
const LETTER: f64 = 0.62;
/// Smallest readable letters.
const SMALLEST: u32 = 10;

/// Larger values are drawn at the upper limit, smaller ones as 0. Beyond these limits labels have no room, and the drawing
/// library's sums and logarithms overflow, so that its search for labels does not end.
const MOST: f64 = 1e100;
const LEAST: f64 = 1e-100;
/// Least span of a linear axis over its largest value: labels of a smaller one would not differ.
const LEAST_SPAN: f64 = 1e-9;

/// A value as it can be drawn; `None` for a NaN.
pub(super) fn drawable(value: f64) -> Option<f64> {
    match value.abs() {
        size if size.is_nan() => None,
        size if size < LEAST => Some(0.0),
        _ => Some(value.clamp(-MOST, MOST)),
    }
}

/// The least and the greatest of drawable values; without values, positive and negative infinity.
pub(super) fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let drawn = values.filter_map(drawable);
    drawn.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// Whether positive values are drawn on a logarithmic scale.
pub(super) fn is_logarithmic(low: f64, high: f64) -> bool {
    low > 0.0 && high / low > LOG_FROM
}

/// A range with a margin, also for a constant quantity. `low` and `high` are drawable.
pub(super) fn padded(low: f64, high: f64) -> Range<f64> {
    if !(low.is_finite() && high.is_finite()) {
        return 0.0..1.0;
    }
    let least = LEAST_SPAN * low.abs().max(high.abs());
    let room = if high - low > least { 0.06 * (high - low) } else { 0.1 * high.abs().max(1.0) };
    // The margin does not go below 0 for values that are never negative.
    let start = if low >= 0.0 && low - room < 0.0 { 0.0 } else { low - room };
    start..high + room
}

/// About how many labels an axis has.
const LABELS: f64 = 6.0;

/// A value in few letters: 60k, 1.5M, 0.25, 2e-5.
pub(super) fn short(value: f64) -> String {
    short_over(f64::INFINITY, value)
}

/// The same on a linear axis of this span, with enough digits to distinguish neighbours.
pub(super) fn short_over(span: f64, value: f64) -> String {
    let size = value.abs();
    let scaled = |scale: f64, unit: &str| {
        let step = span / scale / LABELS;
        // One more than a step needs, which may be 2.5 of its last digit.
        let decimals = (1.0 - step.log10().floor()).clamp(2.0, 9.0) as usize;
        let digits = format!("{:.decimals$}", value / scale);
        format!("{}{unit}", digits.trim_end_matches('0').trim_end_matches('.'))
    };
    match size {
        _ if size >= 1e15 => format!("{value:.0e}"),
        _ if size >= 1e6 => scaled(1e6, "M"),
        _ if size >= 1e4 => scaled(1e3, "k"),
        _ if size >= 0.01 || size == 0.0 => scaled(1.0, ""),
        _ if size < 1e-9 => "0".into(),
        _ => format!("{value:.0e}"),
    }
}

/// Words and the size of their letters, so that they take at most `room` pixels: smaller, and then cut.
pub(super) fn fitting(words: &str, size: u32, room: u32) -> (String, u32) {
    let count = words.chars().count().max(1);
    let fits = (f64::from(room) / (LETTER * count as f64)) as u32;
    if fits >= SMALLEST {
        return (words.to_owned(), size.min(fits));
    }
    let most = (f64::from(room) / (LETTER * f64::from(SMALLEST))) as usize;
    if count <= most {
        return (words.to_owned(), SMALLEST);
    }
    let kept: String = words.chars().take(most.saturating_sub(1)).collect();
    (format!("{kept}…"), SMALLEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short() {
        let cases = [
            (0.0, "0"),
            (60_000.0, "60k"),
            (1_500_000.0, "1.5M"),
            (0.25, "0.25"),
            (-2.0, "-2"),
            (2e-5, "2e-5"),
            (100.0, "100"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn what_is_drawn_has_room() {
        let values = [f64::NAN, f64::INFINITY, -1e308, 5e-324, -0.0, 2.5];
        let drawn: Vec<f64> = values.into_iter().filter_map(drawable).collect();
        assert_eq!(drawn, [MOST, -MOST, 0.0, 0.0, 2.5]);
        assert_eq!(ends(values.into_iter()), (-MOST, MOST));
        assert_eq!(padded(f64::INFINITY, f64::NEG_INFINITY), 0.0..1.0);
        assert_eq!(padded(1.0, 2.0), 0.94..2.06);
        // Two neighbouring floats do not make an axis.
        assert_eq!(padded(1e17, 1e17 + 16.0), 0.9e17..1e17 + 16.0 + 0.1 * (1e17 + 16.0));
        assert_eq!([short(1e100), short(-2e20)], ["1e100", "-2e20"]);
    }

    #[test]
    fn neighbours_on_an_axis_have_labels_of_their_own() {
        let labels =
            |span: f64, values: &[f64]| values.iter().map(|&v| short_over(span, v)).collect::<Vec<_>>();
        assert_eq!(labels(0.012, &[0.99, 0.9925, 0.995]), ["0.99", "0.9925", "0.995"]);
        assert_eq!(labels(0.02, &[0.015, 0.02]), ["0.015", "0.02"]);
        assert_eq!(labels(6.0, &[1.0, 2.5]), ["1", "2.5"]);
        assert_eq!(labels(9_000.0, &[1_000_500.0, 1_002_000.0]), ["1.0005M", "1.002M"]);
    }

    #[test]
    fn words_shrink_before_they_are_cut() {
        assert_eq!(fitting("short", 20, 500), ("short".into(), 20));
        assert_eq!(fitting("0123456789", 20, 100), ("0123456789".into(), 16));
        assert_eq!(fitting("0123456789", 20, 31), ("0123…".into(), 10));
    }
}
