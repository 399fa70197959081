//! What a source holds, from the headers of its files. Nothing is decoded.

use std::path::Path;

use super::listing;
use super::parallel;
use super::tree::is_image_folder;
use super::{decode, plan};
use crate::load::has_idx;
use crate::{DataError, ImageSet, Size, Split, load};

/// What a source's training images are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Images whose headers are sound.
    pub images: usize,
    /// Each size and how many images have it, the most frequent first.
    pub sizes: Vec<(Size, usize)>,
    /// 3 if any image has colours, 1 if all are grey.
    pub channels: usize,
    /// Labels are below this; 0: there are none.
    pub classes: usize,
    /// Whether its images can be brought to another size.
    pub resizable: bool,
}

impl From<&ImageSet> for Survey {
    fn from(set: &ImageSet) -> Survey {
        let size = Size { height: set.height(), width: set.width() };
        Survey {
            images: set.len(),
            sizes: vec![(size, set.len())],
            channels: set.channels(),
            classes: set.classes().unwrap_or(0),
            resizable: false,
        }
    }
}

/// Looks at the headers of a folder's images, or reads a source of another kind.
///
/// # Errors
/// Those of [`load`] for a source that cannot be read.
pub fn survey(source: &str) -> Result<Survey, DataError> {
    let folder = Path::new(source);
    if crate::SOURCES.contains(&source) || !is_image_folder(folder) || has_idx(folder) {
        return Ok(Survey::from(&load(source, Split::Train)?));
    }
    let listing = listing::of_split(folder, Split::Train)?;
    let headers: Vec<_> = parallel::map(listing.files(), |file| decode::header(listing.tree(), &file.path))
        .into_iter()
        .filter_map(Result::ok)
        .collect();
    Ok(Survey {
        images: headers.len(),
        sizes: plan::sizes(headers.iter()),
        channels: if headers.iter().any(|header| header.colour) { 3 } else { 1 },
        classes: listing.class_names().map_or(0, <[String]>::len),
        resizable: true,
    })
}
