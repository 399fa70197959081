//! A classifier's probabilities of images.

use crate::error::MetricError;

/// Largest difference of a row's sum from 1. A float32 softmax over a few hundred classes is well within it.
const SUM_TOLERANCE: f64 = 1e-3;

/// Class probabilities `[rows, classes]`, row-major, one row an image.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    data: &'a [f32],
    rows: usize,
    classes: usize,
}

impl<'a> Judged<'a> {
    /// Checks the shape, and that every row is a distribution (its sum within 1e-3 of 1).
    ///
    /// # Errors
    /// [`MetricError::Length`], [`MetricError::Empty`] without classes, [`MetricError::Probabilities`] with
    /// the first row that is not one.
    pub fn new(data: &'a [f32], rows: usize, classes: usize) -> Result<Judged<'a>, MetricError> {
        if classes == 0 {
            return Err(MetricError::Empty { what: "classes" });
        }
        if rows.checked_mul(classes) != Some(data.len()) {
            let expected = rows.saturating_mul(classes);
            return Err(MetricError::Length { what: "judged probabilities", expected, got: data.len() });
        }
        for (row, values) in data.chunks_exact(classes).enumerate() {
            if let Some(&value) = values.iter().find(|v| !(0.0..=1.0).contains(*v)) {
                return Err(MetricError::Probabilities { row, got: f64::from(value) });
            }
            let sum: f64 = values.iter().map(|&v| f64::from(v)).sum();
            if (sum - 1.0).abs() > SUM_TOLERANCE {
                return Err(MetricError::Probabilities { row, got: sum });
            }
        }
        Ok(Judged { data, rows, classes })
    }

    /// Number of images.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The likeliest class of each image, the first of equals, and its probability.
    pub(crate) fn verdicts(&self) -> impl Iterator<Item = (usize, f32)> + 'a {
        self.data.chunks_exact(self.classes).map(|row| {
            row.iter()
                .enumerate()
                .fold((0, -1.0), |best, (class, &p)| if p > best.1 { (class, p) } else { best })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_distribution_is_refused() {
        let refused = |data: &[f32], rows| Judged::new(data, rows, 2).unwrap_err();
        assert_eq!(refused(&[0.5, 0.5, 0.75, 0.5], 2), MetricError::Probabilities { row: 1, got: 1.25 });
        assert_eq!(refused(&[1.5, -0.5], 1), MetricError::Probabilities { row: 0, got: 1.5 });
        assert!(matches!(refused(&[f32::NAN, 1.0], 1), MetricError::Probabilities { row: 0, .. }));
        assert!(matches!(refused(&[0.5], 1), MetricError::Length { expected: 2, got: 1, .. }));
        let judged = Judged::new(&[0.5, 0.5, 0.25, 0.75], 2, 2).unwrap();
        assert_eq!(judged.verdicts().collect::<Vec<_>>(), [(0, 0.5), (1, 0.75)]);
    }
}
