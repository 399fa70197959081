//! Scales and their labels.

use std::ops::Range;

/// A positive quantity over more than this factor is drawn on a logarithmic scale, where its picture allows it.
pub(super) const LOG_FROM: f64 = 100.0;
/// Width of a letter over its size, on the safe side.
const LETTER: f64 = 0.62;
/// Smallest letters that are read.
const SMALLEST: u32 = 10;

/// A range with some room, also for a quantity that does not move.
pub(super) fn padded(low: f64, high: f64) -> Range<f64> {
    if !(low.is_finite() && high.is_finite()) {
        return 0.0..1.0;
    }
    let room = if high > low { 0.06 * (high - low) } else { 0.1 * high.abs().max(1.0) };
    // Nothing that is never negative looks as if it were.
    let start = if low >= 0.0 && low - room < 0.0 { 0.0 } else { low - room };
    start..high + room
}

/// Labels of an axis are about so many.
const LABELS: f64 = 6.0;

/// A value where there is little room: 60k, 1.5M, 0.25, 2e-5.
pub(super) fn short(value: f64) -> String {
    short_over(f64::INFINITY, value)
}

/// The same beside others on a linear axis that spans so much: with the digits that tell them apart.
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
