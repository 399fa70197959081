//! Folders of images.

use std::collections::HashMap;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::error::list_sizes;
use crate::folder::decode::{self, Header};
use crate::folder::listing::{ImageFile, Listing};
use crate::folder::{parallel, plan};
use crate::{Background, DataError, PassedOver, Size};

/// What was found in a folder of images.
#[derive(Debug)]
#[non_exhaustive]
pub struct FolderReport {
    /// The folder.
    pub path: PathBuf,
    /// Number of image files, by their names.
    pub files: usize,
    /// The classes with the number of usable images of each, if images are in subfolders.
    pub classes: Option<Vec<(String, usize)>>,
    /// Every size of an image that decodes, with the number of images, the most frequent first.
    pub sizes: Vec<(Size, usize)>,
    /// Number of usable images without colour channels.
    pub grey: usize,
    /// Number of usable images with colour channels.
    pub colour: usize,
    /// What is wrong with each file that cannot be used, in the order of the files.
    pub problems: Vec<DataError>,
    /// Why the folder as a whole cannot be used as it is: there are many sizes and none is that of
    /// most images.
    pub no_common_size: Option<String>,
    /// Files with the same bytes as an earlier one: the later and the earlier.
    pub duplicates: Vec<(PathBuf, PathBuf)>,
    /// Number of usable images with a pixel that is not opaque.
    pub transparent: usize,
    /// What is not read.
    pub passed_over: PassedOver,
    /// Classes whose names are like those of splits.
    pub doubtful: Vec<PathBuf>,
}

impl FolderReport {
    /// Whether all of it can be used.
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty() && self.no_common_size.is_none()
    }
}

/// Decodes every image.
pub(super) fn check(listing: &Listing, size: Option<Size>) -> FolderReport {
    let files = listing.files();
    let mut results = parallel::map(files, inspect);
    let sizes = plan::sizes(results.iter().flatten().map(|found| &found.header));
    let sound: usize = sizes.iter().map(|(_, count)| count).sum();
    let mut no_common_size = None;
    if let (None, Some(&(most_frequent, count))) = (size, sizes.first()) {
        if 2 * count > sound {
            for (file, result) in files.iter().zip(&mut results) {
                match result {
                    Ok(found) if found.header.size != most_frequent => {
                        *result = Err(plan::odd_size(file, found.header.size, most_frequent));
                    }
                    _ => {}
                }
            }
        } else {
            no_common_size = Some(format!(
                "images of {} sizes, none of them that of most: {}",
                sizes.len(),
                list_sizes(&sizes)
            ));
        }
    }
    let mut classes: Option<Vec<(String, usize)>> =
        listing.class_names().map(|names| names.iter().map(|name| (name.clone(), 0)).collect());
    let (mut grey, mut colour, mut transparent) = (0, 0, 0);
    let (mut problems, mut duplicates) = (Vec::new(), Vec::new());
    let mut first_with = HashMap::new();
    for (file, result) in files.iter().zip(results) {
        let Inspected { header, digest, transparent: is_transparent } = match result {
            Ok(found) => found,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if let Some(classes) = &mut classes {
            classes[usize::from(file.label)].1 += 1;
        }
        *(if header.colour { &mut colour } else { &mut grey }) += 1;
        transparent += usize::from(is_transparent);
        let first = *first_with.entry(digest).or_insert(&file.path);
        if *first != file.path {
            duplicates.push((file.path.clone(), first.clone()));
        }
    }
    FolderReport {
        path: listing.root().to_path_buf(),
        files: files.len(),
        classes,
        sizes,
        grey,
        colour,
        problems,
        no_common_size,
        duplicates,
        transparent,
        passed_over: listing.passed_over().clone(),
        doubtful: listing.doubtful().to_vec(),
    }
}

/// What decoding one file shows.
struct Inspected {
    header: Header,
    /// Of its bytes.
    digest: [u8; 32],
    transparent: bool,
}

fn inspect(file: &ImageFile) -> Result<Inspected, DataError> {
    let header = decode::header(&file.path)?;
    let bytes = decode::read(&file.path)?;
    let channels = if header.colour { 3 } else { 1 };
    let raster = decode::pixels(&file.path, &bytes, channels, Background::default())?;
    Ok(Inspected { header, digest: Sha256::digest(&bytes).into(), transparent: raster.transparent })
}
