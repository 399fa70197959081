//! Folders of images.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::near::{Look, near, near_earlier};
use crate::error::list_sizes;
use crate::folder::decode::{self, Header};
use crate::folder::listing::{ImageFile, Listing};
use crate::folder::raster::covered;
use crate::folder::tree::Tree;
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
    /// Images with the same pixels as an earlier one: the later and the earlier file.
    pub duplicates: Vec<(PathBuf, PathBuf)>,
    /// Images that look like an earlier one although their pixels differ: the later and the earlier file.
    pub near_duplicates: Vec<(PathBuf, PathBuf)>,
    /// How bringing the images to the size asked for changes them, if a size was asked for.
    pub fitting: Option<Fitting>,
    /// What the usable images look like, one of each content.
    looks: Vec<(PathBuf, Look)>,
    /// The usable images by their content, for comparing with other folders: the first file of each.
    first_with: HashMap<Content, PathBuf>,
    /// Number of usable images with a pixel that is not opaque.
    pub transparent: usize,
    /// Number of usable images that are animations, whose first frame is read.
    pub animated: usize,
    /// What is not read.
    pub passed_over: PassedOver,
    /// Classes whose names are like those of splits.
    pub doubtful: Vec<PathBuf>,
}

/// How many images are changed when all are brought to one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fitting {
    /// The size.
    pub size: Size,
    /// Images of another aspect ratio, whose borders are cut off.
    pub cropped: usize,
    /// The most that one of them loses, in percent of its pixels.
    pub most_lost_percent: usize,
    /// Images that are made smaller.
    pub reduced: usize,
    /// Images that are made larger, and become blurred.
    pub enlarged: usize,
}

impl Fitting {
    fn of(size: Size, sizes: &[(Size, usize)]) -> Fitting {
        let mut fitting = Fitting { size, cropped: 0, most_lost_percent: 0, reduced: 0, enlarged: 0 };
        for &(own, count) in sizes {
            let part = covered(own, size);
            let (kept, all) = (part.height * part.width, own.height * own.width);
            fitting.cropped += if part == own { 0 } else { count };
            fitting.most_lost_percent = fitting.most_lost_percent.max((100 * (all - kept)).div_ceil(all));
            match (part.height * part.width).cmp(&(size.height * size.width)) {
                Ordering::Greater => fitting.reduced += count,
                Ordering::Less => fitting.enlarged += count,
                Ordering::Equal => {}
            }
        }
        fitting
    }
}

/// What an image is compared by: a digest of its pixels.
type Content = [u8; 32];

impl FolderReport {
    /// Whether all of it can be used.
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty() && self.no_common_size.is_none()
    }

    /// The images that `other` has too: the file here and the file there, in the order of the paths. An image that occurs
    /// more than once here is listed each time.
    pub(super) fn shared_with(&self, other: &FolderReport) -> Vec<(PathBuf, PathBuf)> {
        let mut pairs: Vec<(PathBuf, PathBuf)> = Vec::new();
        let mut there = HashMap::new();
        for (content, own) in &self.first_with {
            if let Some(theirs) = other.first_with.get(content) {
                there.insert(own, theirs);
                pairs.push((own.clone(), theirs.clone()));
            }
        }
        let again = self.duplicates.iter().filter_map(|(later, earlier)| {
            there.get(earlier).map(|theirs| (later.clone(), PathBuf::clone(theirs)))
        });
        pairs.extend(again);
        pairs.sort();
        pairs
    }

    /// The images that look like one of `other` although their pixels differ: the file here and the file there.
    pub(super) fn near_to(&self, other: &FolderReport) -> Vec<(PathBuf, PathBuf)> {
        fn looks(report: &FolderReport) -> Vec<&Look> {
            report.looks.iter().map(|(_, look)| look).collect()
        }
        let same: HashSet<PathBuf> = self.shared_with(other).into_iter().map(|(own, _)| own).collect();
        let pairs = near(&looks(self), &looks(other)).into_iter();
        let pairs = pairs.map(|(i, j)| (self.looks[i].0.clone(), other.looks[j].0.clone()));
        pairs.filter(|(own, _)| !same.contains(own)).collect()
    }
}

/// Decodes every image.
pub(super) fn check(listing: &Listing, size: Option<Size>) -> FolderReport {
    let files = listing.files();
    let mut results = parallel::map(files, |file| inspect(listing.tree(), file, size));
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
    let (mut grey, mut colour, mut transparent, mut animated) = (0, 0, 0, 0);
    let (mut problems, mut duplicates, mut looks) = (Vec::new(), Vec::new(), Vec::new());
    let mut first_with: HashMap<Content, PathBuf> = HashMap::new();
    for (file, result) in files.iter().zip(results) {
        let found = match result {
            Ok(found) => found,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if let Some(classes) = &mut classes {
            classes[usize::from(file.label)].1 += 1;
        }
        *(if found.header.colour { &mut colour } else { &mut grey }) += 1;
        transparent += usize::from(found.transparent);
        animated += usize::from(found.animated);
        let first = first_with.entry(found.digest).or_insert_with(|| file.path.clone());
        if *first == file.path {
            looks.push((file.path.clone(), found.look));
        } else {
            duplicates.push((file.path.clone(), first.clone()));
        }
    }
    let near = near_earlier(&looks.iter().map(|(_, look)| look).collect::<Vec<_>>());
    let near_duplicates = near.into_iter().map(|(i, j)| (looks[i].0.clone(), looks[j].0.clone())).collect();
    FolderReport {
        path: listing.root().to_path_buf(),
        files: files.len(),
        classes,
        fitting: size.map(|size| Fitting::of(size, &sizes)),
        sizes,
        grey,
        colour,
        problems,
        no_common_size,
        duplicates,
        near_duplicates,
        looks,
        first_with,
        transparent,
        animated,
        passed_over: listing.passed_over().clone(),
        doubtful: listing.doubtful().to_vec(),
    }
}

/// What decoding one file shows.
struct Inspected {
    header: Header,
    /// Of the image as it would be read.
    digest: Content,
    look: Look,
    transparent: bool,
    animated: bool,
}

/// Decodes one file, as it would be read at `size`.
fn inspect(tree: &Tree, file: &ImageFile, size: Option<Size>) -> Result<Inspected, DataError> {
    let header = decode::header(tree, &file.path)?;
    let bytes = decode::read(tree, &file.path)?;
    let channels = if header.colour { 3 } else { 1 };
    let raster = decode::pixels(&file.path, &bytes, channels, Background::default())?;
    let (transparent, look) = (raster.transparent, Look::of(&raster));
    let raster = match size {
        Some(size) => raster.fitted(size),
        None => raster,
    };
    let mut hash = Sha256::new();
    for side in [raster.size.height, raster.size.width] {
        hash.update((side as u64).to_le_bytes());
    }
    // Grey stored as colour is the same image as the same grey: in a folder with any colour, both are read as colour.
    let grey = raster.channels == 3 && raster.pixels.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]);
    match grey {
        true => hash.update(raster.pixels.iter().step_by(3).copied().collect::<Vec<u8>>()),
        false => hash.update(&raster.pixels),
    }
    Ok(Inspected {
        header,
        digest: hash.finalize().into(),
        look,
        transparent,
        animated: decode::is_animated(&bytes),
    })
}
