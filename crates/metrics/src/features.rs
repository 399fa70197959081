//! Points to compare.

use crate::error::MetricError;

/// `rows` points of `dimensions` float32 each, row-major, all finite: a network's features of images, or
/// their pixels.
#[derive(Clone, Copy, Debug)]
pub struct Features<'a> {
    data: &'a [f32],
    rows: usize,
    dimensions: usize,
}

impl<'a> Features<'a> {
    /// Checks the shape and every value.
    ///
    /// # Errors
    /// [`MetricError::Length`] if `data` is not `rows * dimensions` long, [`MetricError::Empty`] without
    /// dimensions, [`MetricError::TooMany`] for 2^32 rows, [`MetricError::NotFinite`] with the first such
    /// value's place.
    pub fn new(data: &'a [f32], rows: usize, dimensions: usize) -> Result<Features<'a>, MetricError> {
        if dimensions == 0 {
            return Err(MetricError::Empty { what: "dimensions of features" });
        }
        if u32::try_from(rows).is_err() {
            return Err(MetricError::TooMany { got: rows });
        }
        if rows.checked_mul(dimensions) != Some(data.len()) {
            let expected = rows.saturating_mul(dimensions);
            return Err(MetricError::Length { what: "features", expected, got: data.len() });
        }
        if !kernels::sums::all_finite(data)
            && let Some(at) = data.iter().position(|v| !v.is_finite())
        {
            let (row, dimension) = (at / dimensions, at % dimensions);
            return Err(MetricError::NotFinite { row, dimension, value: data[at] });
        }
        Ok(Features { data, rows, dimensions })
    }

    /// Number of points.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of values of a point.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// All values, `[rows, dimensions]`.
    pub fn data(&self) -> &'a [f32] {
        self.data
    }

    /// One point.
    pub(crate) fn row(&self, row: usize) -> &'a [f32] {
        &self.data[row * self.dimensions..][..self.dimensions]
    }

    /// The points of `rows`, one behind the other.
    pub(crate) fn gather(&self, rows: &[u32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len() * self.dimensions);
        rows.iter().for_each(|&row| out.extend_from_slice(self.row(row as usize)));
        out
    }

    /// Points gathered from checked ones.
    pub(crate) fn gathered(data: &'a [f32], dimensions: usize) -> Features<'a> {
        Features { data, rows: data.len() / dimensions, dimensions }
    }

    /// Fewer points than `expected` are refused.
    pub(crate) fn at_least(
        &self,
        expected: usize,
        metric: &'static str,
        set: &'static str,
    ) -> Result<(), MetricError> {
        if self.rows < expected {
            return Err(MetricError::TooFew { metric, set, expected, got: self.rows });
        }
        Ok(())
    }

    /// Points of other dimensions are refused.
    pub(crate) fn comparable(&self, other: &Features, metric: &'static str) -> Result<(), MetricError> {
        if self.dimensions != other.dimensions {
            let (expected, got) = (self.dimensions, other.dimensions);
            return Err(MetricError::Disagree { metric, what: "dimensions", expected, got });
        }
        Ok(())
    }

    /// The mean point, in float64.
    pub(crate) fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.dimensions];
        for row in self.data.chunks_exact(self.dimensions) {
            mean.iter_mut().zip(row).for_each(|(m, &v)| *m += f64::from(v));
        }
        mean.iter_mut().for_each(|m| *m /= self.rows.max(1) as f64);
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_array_of_finite_points_is_refused() {
        let refused = |data: &[f32], rows, dimensions| Features::new(data, rows, dimensions).unwrap_err();
        assert_eq!(refused(&[], 3, 0), MetricError::Empty { what: "dimensions of features" });
        let length = MetricError::Length { what: "features", expected: 6, got: 5 };
        assert_eq!(refused(&[0.0; 5], 3, 2), length);
        assert_eq!(refused(&[0.0; 5], usize::MAX, 2), MetricError::TooMany { got: usize::MAX });
        assert!(matches!(refused(&[0.0; 5], 5, usize::MAX), MetricError::Length { got: 5, .. }));
        let mut data = vec![0.0; 10_000];
        data[7003] = f32::NEG_INFINITY;
        let place = MetricError::NotFinite { row: 3501, dimension: 1, value: f32::NEG_INFINITY };
        assert_eq!(refused(&data, 5000, 2), place);
        assert_eq!(place.to_string(), "features: expected finite values, got -inf in row 3501, dimension 1");
        assert!(Features::new(&[], 0, 2).is_ok());
    }
}
