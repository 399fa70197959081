//! IDX arrays as a set of images.

use crate::idx::IdxArray;
use crate::{DataError, ImageSet};

/// A set from what was read, with the files' names for errors.
pub(crate) fn assemble(
    name: &str,
    images_file: &str,
    images: IdxArray,
    labels: Option<(&str, IdxArray)>,
) -> Result<ImageSet, DataError> {
    let (count, height, width, channels) = match *images.dims() {
        [count, height, width] => (count, height, width, 1),
        [count, height, width, channels] => (count, height, width, channels),
        _ => {
            let expected = "3 (grey images) or 4 (colour images)";
            return Err(DataError::format(images_file, "rank", expected, images.dims().len()));
        }
    };
    let labels = match labels {
        None => None,
        Some((file, labels)) => match *labels.dims() {
            [label_count] if label_count == count => {
                Some(labels.data().iter().map(|&label| u16::from(label)).collect())
            }
            [label_count] => {
                let expected = format!("{count}, one for each image of {images_file}");
                return Err(DataError::format(file, "number of labels", expected, label_count));
            }
            _ => return Err(DataError::format(file, "rank", "1 (labels)", labels.dims().len())),
        },
    };
    ImageSet::new(name, height, width, channels, images.into_data(), labels)
}
