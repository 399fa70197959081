//! A folder whose headers are read and whose shape is known: ready to be decoded.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::decode::{self, Header, shown};
use super::listing::{ImageFile, Listing};
use super::parallel;
use super::raster::Raster;
use crate::alpha::ALPHA_CHANNELS;
use crate::{DataError, Options, Reading, Size};

/// Decoded images held at a time.
const BLOCK_BYTES: usize = 64 << 20;
/// More images at a time are not faster.
const MAX_BLOCK_IMAGES: usize = 1024;

/// Height, width and channels of every image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
}

impl Shape {
    /// Bytes of an image.
    pub(crate) fn bytes(self) -> usize {
        self.height * self.width * self.channels
    }
}

/// A listed folder, its shape, and what its headers already exclude.
#[derive(Debug)]
pub(crate) struct Plan {
    listing: Listing,
    shape: Shape,
    options: Options,
    /// For each file, what is wrong with it as far as its header tells.
    problems: BTreeMap<usize, DataError>,
    /// How many of the images decoded so far have a pixel that is not opaque.
    transparent: usize,
    /// Images with colours, where grey ones were asked for.
    made_grey: usize,
}

impl Plan {
    /// Reads all headers and settles size and channels.
    ///
    /// # Errors
    /// [`DataError::Sizes`] if `options` has no size and the images have several (with `skip_broken`: if no
    /// size is that of more than half of the images); [`DataError::Broken`] if no header
    /// is sound; [`DataError::Argument`] for options that no image can be brought to.
    pub(crate) fn new(listing: Listing, options: &Options) -> Result<Plan, DataError> {
        options.check()?;
        let headers = parallel::map(listing.files(), |file| decode::header(listing.tree(), &file.path));
        let mut sound = Vec::with_capacity(headers.len());
        let mut problems = BTreeMap::new();
        for (index, header) in headers.into_iter().enumerate() {
            match header {
                Ok(header) => sound.push((index, header)),
                Err(problem) => {
                    problems.insert(index, problem);
                }
            }
        }
        let sizes = sizes(sound.iter().map(|(_, header)| header));
        let Some(&(most_frequent, count)) = sizes.first() else {
            return Err(broken(&listing, problems));
        };
        let size = match options.size {
            Some(size) => size,
            None if sizes.len() == 1 => most_frequent,
            None if options.skip_broken && 2 * count > sound.len() => {
                for (index, header) in sound.iter().filter(|(_, header)| header.size != most_frequent) {
                    problems.insert(*index, odd_size(&listing.files()[*index], header.size, most_frequent));
                }
                most_frequent
            }
            None => return Err(DataError::Sizes { folder: listing.root().to_path_buf(), sizes }),
        };
        // A grey image on a coloured ground has colours.
        let coloured_ground = options.background.grey().is_none();
        let colour = sound.iter().any(|(_, header)| header.colour || (header.alpha && coloured_ground));
        let channels = match options.channels {
            Some(channels) => channels,
            None if options.alpha => ALPHA_CHANNELS,
            None => {
                if colour {
                    3
                } else {
                    1
                }
            }
        };
        let shape = Shape { height: size.height, width: size.width, channels };
        let coloured = sound.iter().filter(|(_, header)| header.colour).count();
        let made_grey = if channels == 1 { coloured } else { 0 };
        Ok(Plan { listing, shape, options: *options, problems, transparent: 0, made_grey })
    }

    /// The files.
    pub(crate) fn listing(&self) -> &Listing {
        &self.listing
    }

    /// What reading the folder left out or changed, after [`Plan::decode`].
    pub(crate) fn reading(&self) -> Reading {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Reading {
            transparent: self.transparent,
            alpha: self.options.alpha,
            background: self.options.background,
            made_grey: self.made_grey,
            passed_over: self.listing.passed_over().clone(),
            doubtful: self.listing.doubtful().iter().map(name).collect(),
        }
    }

    /// The files, without a copy.
    pub(crate) fn into_listing(self) -> Listing {
        self.listing
    }

    /// What every image is brought to.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Bytes of all pixels, if all files decode.
    pub(crate) fn expected_bytes(&self) -> u64 {
        (self.listing.files().len() - self.problems.len()) as u64 * self.shape.bytes() as u64
    }

    /// Decodes all files on all cores and hands each image to `take` with its file, in the order of
    /// the listing; `progress` gets the number of files done and of all. A bounded number of images is
    /// in memory at a time. Returns what was wrong with the files left out.
    ///
    /// # Errors
    /// Errors of `take`; [`DataError::Broken`], after all files are tried, if any cannot be used without
    /// `skip_broken`, or if none can be used.
    pub(crate) fn decode(
        &mut self,
        mut take: impl FnMut(&ImageFile, &[u8]) -> Result<(), DataError>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<DataError>, DataError> {
        let mut known = std::mem::take(&mut self.problems);
        let files = self.listing.files();
        let block = (BLOCK_BYTES / self.shape.bytes()).clamp(1, MAX_BLOCK_IMAGES);
        let indices: Vec<usize> = (0..files.len()).collect();
        let mut problems = Vec::new();
        let mut taken = 0;
        for block in indices.chunks(block) {
            let decoded = parallel::map(block, |index| {
                // Files that are known to be broken are not decoded.
                (!known.contains_key(index)).then(|| self.decode_one(&files[*index]))
            });
            for (&index, decoded) in block.iter().zip(decoded) {
                match decoded {
                    // The folder will be refused, so its images are not needed.
                    Some(Ok(_)) if !self.options.skip_broken && !problems.is_empty() => {}
                    Some(Ok(image)) => {
                        take(&files[index], &image.pixels)?;
                        taken += 1;
                        self.transparent += usize::from(image.transparent);
                    }
                    Some(Err(problem)) => problems.push(problem),
                    None => problems.extend(known.remove(&index)),
                }
                progress(index + 1, files.len());
            }
        }
        if taken == 0 || (!problems.is_empty() && !self.options.skip_broken) {
            let folder = self.listing.root().to_path_buf();
            return Err(DataError::Broken { folder, files: files.len(), problems });
        }
        Ok(problems)
    }

    fn decode_one(&self, file: &ImageFile) -> Result<Raster, DataError> {
        let bytes = decode::read(self.listing.tree(), &file.path)?;
        let background = self.options.background;
        let raster = decode::pixels(&file.path, &bytes, self.shape.channels, background)?;
        let size = Size { height: self.shape.height, width: self.shape.width };
        if self.options.size.is_some() {
            return Ok(raster.fitted(size));
        }
        if raster.size != size {
            // The file changed after its header was read.
            return Err(odd_size(file, raster.size, size));
        }
        Ok(raster)
    }
}

/// Every size and how many images have it, the most frequent first, among equals the smallest.
pub(crate) fn sizes<'a>(headers: impl Iterator<Item = &'a Header>) -> Vec<(Size, usize)> {
    let mut counts = BTreeMap::new();
    for header in headers {
        *counts.entry(header.size).or_insert(0) += 1;
    }
    let mut sizes: Vec<_> = counts.into_iter().collect();
    sizes.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    sizes
}

/// What is wrong with an image of another size than most.
pub(crate) fn odd_size(file: &ImageFile, got: Size, expected: Size) -> DataError {
    DataError::format(
        &shown(&file.path),
        "image size",
        format!("{expected}, as most images here, or a data.size for all"),
        got,
    )
}

fn broken(listing: &Listing, problems: BTreeMap<usize, DataError>) -> DataError {
    DataError::Broken {
        folder: listing.root().to_path_buf(),
        files: listing.files().len(),
        problems: problems.into_values().collect(),
    }
}
