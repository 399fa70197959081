//! The real images of a report.

use std::fs;
use std::path::Path;

use data::{DataError, ImageSet};
use model::Header;

use crate::judges::unseen_images;

/// Real images: the training images and the held-out test images.
pub(super) struct Real<'a> {
    pub(super) training: &'a ImageSet,
    test: Option<ImageSet>,
}

impl<'a> Real<'a> {
    /// With the test split if there is one. `quick`: a folder of images, which is slow to read, is left out.
    ///
    /// # Errors
    /// If the test split exists and cannot be read.
    pub(super) fn new(training: &'a ImageSet, header: &Header, quick: bool) -> Result<Real<'a>, DataError> {
        let data = &header.provenance.data;
        let test = match quick && is_folder_of_images(&data.source) {
            true => None,
            false => unseen_images(&data.source, data.split(), &data.options())?,
        };
        Ok(Real { training, test: test.filter(|test| shape(test) == header.image_shape) })
    }

    /// Images to compare generated ones with: the test split if there is one.
    pub(super) fn reference(&self) -> (&ImageSet, &'static str) {
        self.test.as_ref().map_or((self.training, "training"), |test| (test, "test"))
    }

    pub(super) fn test(&self) -> Option<&ImageSet> {
        self.test.as_ref()
    }
}

/// Whether a source is a folder of pictures to decode, rather than of IDX files.
fn is_folder_of_images(source: &str) -> bool {
    let is_idx = |name: &str| name.contains("-idx3-ubyte");
    let entries = || fs::read_dir(source).into_iter().flatten().flatten();
    !data::SOURCES.contains(&source)
        && Path::new(source).is_dir()
        && !entries().any(|entry| is_idx(&entry.file_name().to_string_lossy()))
}

pub(super) fn shape(set: &ImageSet) -> (usize, usize, usize) {
    (set.height(), set.width(), set.channels())
}
