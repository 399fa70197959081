//! Writing a packed file, image by image.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::header::{Header, PIXELS_AT};
use crate::folder::listing;
use crate::folder::plan::Plan;
use crate::{DataError, Options, Reading, Split, write_atomic};

/// What was packed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Packed {
    /// Number of images.
    pub count: usize,
    /// Rows of each.
    pub height: usize,
    /// Columns of each.
    pub width: usize,
    /// Channels of each.
    pub channels: usize,
    /// The classes' names, if the folder has classes.
    pub class_names: Option<Vec<String>>,
    /// Whether training images were packed and the folder has test images as well, which are not in the file.
    pub leaves_test_split: bool,
    /// What was wrong with the files left out, in the order of their paths.
    pub skipped: Vec<DataError>,
    /// What else was left out or changed.
    pub reading: Reading,
}

/// Packs a split of the folder of images `folder` into the file `output`, which appears whole or not
/// at all. Decodes on all cores and holds a bounded number of images; the result does not depend on
/// the number of cores. `progress` gets the number of files done and of all.
///
/// # Errors
/// Those of [`load_with`](crate::load_with) for a folder of images; [`DataError::NoImages`] for a
/// folder without any; [`DataError::Io`] if `output` cannot be written.
pub fn pack(
    folder: &Path,
    split: Split,
    options: &Options,
    output: &Path,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Packed, DataError> {
    let listing = listing::of_split(folder, split)?;
    let leaves_test_split = split == Split::Train && listing::has_test_split(folder)?;
    let mut plan = Plan::new(listing, options)?;
    let shape = plan.shape();
    let mut skipped = Vec::new();
    let mut count = 0;
    let class_names = plan.listing().class_names().map(<[String]>::to_vec);
    write_atomic(output, |out| {
        let write = |e| DataError::io(output, "write", e);
        // The header holds checksums of what follows, so it comes last; its place is kept.
        out.write_all(&[0; PIXELS_AT]).map_err(write)?;
        let mut labels = Vec::new();
        let mut hasher = Sha256::new();
        skipped = plan.decode(
            |file, image| {
                labels.push(file.label);
                hasher.update(image);
                out.write_all(image).map_err(write)
            },
            progress,
        )?;
        count = labels.len();
        if u32::try_from(count).is_err() {
            return Err(DataError::argument("number of images", "at most 2^32 - 1", count));
        }
        let mut tail = Vec::new();
        let (mut classes, mut names_bytes) = (0, 0);
        if let Some(names) = &class_names {
            tail.extend(labels.iter().flat_map(|label| label.to_le_bytes()));
            let names_text = names.join("\0");
            (classes, names_bytes) = (names.len(), names_text.len());
            tail.extend(names_text.into_bytes());
        }
        out.write_all(&tail).map_err(write)?;
        let reading = plan.reading();
        let header = Header {
            transparent: reading.transparent,
            background: reading.background,
            height: shape.height,
            width: shape.width,
            channels: shape.channels,
            count,
            classes,
            names_bytes,
            pixels_sha256: hasher.finalize().into(),
            sum: [0; 32],
        };
        out.seek(SeekFrom::Start(0)).map_err(|e| DataError::io(output, "write", e))?;
        out.write_all(&header.to_bytes(&tail)).map_err(write)
    })?;
    let (height, width, channels) = (shape.height, shape.width, shape.channels);
    let reading = plan.reading();
    Ok(Packed { count, height, width, channels, class_names, leaves_test_split, skipped, reading })
}
