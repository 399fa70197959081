//! Folders of images: one class a subfolder, or no classes.
//!
//! | module | what it does |
//! |---|---|
//! | `kinds` | kinds of files and folders by their names |
//! | `level` | what lies in one folder: images, folders, and what is passed over |
//! | `roles` | which split a folder's name means |
//! | `tree` | the files of the disk, or of a zip archive |
//! | `archive` | a zip archive, read without unpacking |
//! | `dataset_json` | labels as StyleGAN and EDM keep them |
//! | `walk` | the images below a folder |
//! | `splits` | which folders are the splits |
//! | `listing` | which files, of which class, in which order |
//! | `mixture` | IDX files among images are refused |
//! | `failure` | why a header was not read |
//! | `formats` | the formats that are read: names, extensions, first bytes, readers |
//! | `decode` | one file to pixels, within limits |
//! | `jpeg` | whether a JPEG is whole, from its scans |
//! | `png` | PNG without its colour profiles and texts |
//! | `gif` | the first frame of a GIF |
//! | `tiff` | what a TIFF's alpha is, and which are not read |
//! | `raster` | channels and size of a decoded image |
//! | `plan` | all headers to one shape; then all pixels, in order |
//! | `survey` | what a folder holds, by its headers alone |
//! | `parallel` | the same call on many files, on all cores |

mod archive;
mod dataset_json;
pub(crate) mod decode;
mod failure;
pub(crate) mod formats;
mod gif;
mod jpeg;
pub(crate) mod kinds;
mod level;
pub(crate) mod listing;
pub(crate) mod mixture;
pub(crate) mod parallel;
pub(crate) mod plan;
mod png;
pub(crate) mod raster;
mod roles;
#[cfg(test)]
pub(crate) mod samples;
mod splits;
pub(crate) mod survey;
#[cfg(test)]
mod tests;
mod tiff;
pub(crate) mod tree;
mod walk;
mod webp;

use crate::{DataError, ImageSet, Options};
use listing::Listing;
use plan::Plan;

/// Decodes a listed folder into memory.
pub(crate) fn load(listing: Listing, name: &str, options: &Options) -> Result<ImageSet, DataError> {
    let mut plan = Plan::new(listing, options)?;
    let mut pixels = Vec::new();
    let bytes = plan.expected_bytes();
    if usize::try_from(bytes).is_err() || pixels.try_reserve_exact(bytes as usize).is_err() {
        return Err(DataError::argument(
            format!("{}: memory", plan.listing().root().display()),
            "a folder that fits into it, or a packed file, which need not",
            format!("{bytes} bytes of pixels"),
        ));
    }
    let mut labels = Vec::with_capacity(plan.listing().files().len());
    let root = plan.listing().root().to_path_buf();
    let mut files = Vec::with_capacity(labels.capacity());
    let skipped = plan.decode(
        |file, image| {
            labels.push(file.label);
            let below = file.path.strip_prefix(&root).unwrap_or(&file.path);
            files.push(below.to_string_lossy().into());
            pixels.extend_from_slice(image);
            Ok(())
        },
        &mut |_, _| {},
    )?;
    let (shape, reading) = (plan.shape(), plan.reading());
    let class_names = plan.into_listing().into_class_names();
    let labels = class_names.is_some().then_some(labels);
    let set = ImageSet::new(name, shape.height, shape.width, shape.channels, pixels, labels)?;
    let set = match class_names {
        Some(names) => set.with_class_names(names)?,
        None => set,
    };
    Ok(set.with_skipped(skipped.len()).with_files(files).with_reading(reading))
}
