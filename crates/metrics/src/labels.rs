//! Labels of images.

use crate::error::MetricError;
use crate::features::Features;

/// A class for each image, every one below `classes`.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    data: &'a [u8],
    classes: usize,
}

impl<'a> Labels<'a> {
    /// Checks every label.
    ///
    /// # Errors
    /// [`MetricError::Empty`] without classes, [`MetricError::Label`] with the first label's place that is
    /// too large.
    pub fn new(data: &'a [u8], classes: usize) -> Result<Labels<'a>, MetricError> {
        if classes == 0 {
            return Err(MetricError::Empty { what: "classes" });
        }
        if let Some(row) = data.iter().position(|&label| usize::from(label) >= classes) {
            return Err(MetricError::Label { row, label: data[row], classes });
        }
        Ok(Labels { data, classes })
    }

    /// The labels.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The share of each class, `[classes]`; zeros where there is no label at all.
    pub fn shares(&self) -> Vec<f64> {
        let mut counts = vec![0u64; self.classes];
        self.data.iter().for_each(|&label| counts[usize::from(label)] += 1);
        let total = self.data.len().max(1) as f64;
        counts.iter().map(|&count| count as f64 / total).collect()
    }

    /// The rows of `class`, in order.
    pub(crate) fn rows_of(&self, class: usize) -> Vec<u32> {
        (0..).zip(self.data).filter(|&(_, &label)| usize::from(label) == class).map(|(row, _)| row).collect()
    }
}

/// Points with a label each.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    pub(crate) features: Features<'a>,
    pub(crate) labels: Labels<'a>,
}

impl<'a> Labelled<'a> {
    /// Checks that there is a label for each point.
    ///
    /// # Errors
    /// [`MetricError::Length`] otherwise.
    pub fn new(features: Features<'a>, labels: Labels<'a>) -> Result<Labelled<'a>, MetricError> {
        let (expected, got) = (features.rows(), labels.data.len());
        if expected != got {
            return Err(MetricError::Length { what: "labels", expected, got });
        }
        Ok(Labelled { features, labels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_checked_and_counted() {
        let label = MetricError::Label { row: 1, label: 3, classes: 3 };
        assert_eq!(Labels::new(&[0, 3], 3).unwrap_err(), label);
        assert_eq!(Labels::new(&[], 0).unwrap_err(), MetricError::Empty { what: "classes" });
        let labels = Labels::new(&[2, 0, 2, 2], 3).unwrap();
        assert_eq!(labels.shares(), [0.25, 0.0, 0.75]);
        assert_eq!(labels.rows_of(2), [0, 2, 3]);
        let features = Features::new(&[0.0; 6], 3, 2).unwrap();
        let length = MetricError::Length { what: "labels", expected: 3, got: 4 };
        assert_eq!(Labelled::new(features, labels).unwrap_err(), length);
    }
}
