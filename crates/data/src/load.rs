//! Data sets by name or path.

use std::path::{Path, PathBuf};

use crate::alpha::{self, ALPHA_CHANNELS};
use crate::folder::tree::is_zip;
use crate::folder::{self, listing, mixture};
use crate::idx;
use crate::idx_set::assemble;
use crate::names::{image_candidates, is_test_name, label_candidates, prefixes, test_candidates};
use crate::{DataError, ImageSet, Options, Reading, Size, Split, data_dir, derived, emnist, npy, pack};

/// The names that [`load`] knows; any other source is a path.
pub const SOURCES: &[&str] = &[
    "mnist",
    "fashion-mnist",
    "kmnist",
    "emnist-balanced",
    "emnist-byclass",
    "emnist-bymerge",
    "emnist-digits",
    "emnist-letters",
    "emnist-mnist",
    "stacked-mnist",
    "mnist-long-tail",
];

/// Where Debian's and Ubuntu's package `dataset-fashion-mnist` puts its files.
const DEBIAN_FASHION_MNIST: &str = "/usr/share/datasets/fashion-mnist";

/// Loads a split of the data set `source`, which is one of
///
/// - `mnist`: embedded in the binary (feature `mnist`), else from the folder `mnist` of [`data_dir`];
/// - `fashion-mnist`: from that folder of [`data_dir`], else where Debian's package
///   `dataset-fashion-mnist` puts it;
/// - `kmnist`: from that folder of [`data_dir`];
/// - `emnist-balanced`, `-byclass`, `-bymerge`, `-digits`, `-letters`, `-mnist`: from the folder
///   `emnist` of [`data_dir`], or `emnist/gzip`, which is what unpacking the published archive makes.
///   Its images, stored column by column, are turned upright; the labels of `letters` are shifted
///   from 1..=26 to 0..=25;
/// - `stacked-mnist`: three digits of MNIST as the colours of one image, 1000 classes; 128,000 training images, 26,000 of
///   test digits;
/// - `mnist-long-tail`: MNIST with a hundredth of the images in class 9, and more in each class before it;
/// - a folder that holds IDX files with the standard names, compressed or not
///   (`train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, and `t10k-` for the test split;
///   `idx4` for colour). Without a labels file the set has no labels;
/// - a folder of images of one size, in the formats of [`image_formats`](crate::image_formats). Images in subfolders have the subfolder's
///   position in the order of the names as label; images in the folder itself have none. If the
///   subfolders are `train` and `test` (or `val`, or other words for them), they are the splits, each with or without
///   classes; else all is the training split. What is not read is counted ([`ImageSet::reading`]);
/// - a zip archive of images, which is read as a folder is. Labels may be in a `dataset.json`, as in the data sets of
///   StyleGAN and EDM;
/// - one IDX file of images. A labels file beside it is used if its name is the same with `labels` for
///   `images` and `idx1` for `idx3`. Nothing is turned or shifted, whatever the name;
/// - one NumPy file of images, bytes or floats in [-1, 1] (or in [0, 1], if none is negative), `[n, h, w]` or
///   `[n, h, w, c]`. Labels are in the file with `-labels` before `.npy`, or `labels` for `images`;
/// - one packed file (see [`pack`]); a large one stays in its file.
///
/// Of a single file, the test split is the file itself if its name says `t10k`, `test`, `testing`, `val`, `valid` or
/// `validation`, else the file beside it whose name has one of these in the place of `train` or `training`, in any capitals.
///
/// A known name is preferred to a path; `./mnist` is a path.
///
/// # Errors
/// [`DataError::UnknownSource`] for what is neither; [`DataError::Missing`] if files are not there,
/// with all folders that were searched; and those of [`idx::read`]; [`DataError::Format`] also for images of
/// rank 1, labels of another rank, and counts that differ, and for a packed file that is truncated,
/// altered or newer. Of a folder of images: [`DataError::Broken`] if any file cannot be used,
/// [`DataError::Sizes`] if they have several sizes, [`DataError::Argument`] if some are in the folder
/// itself and some in subfolders, [`DataError::NoImages`] if there is none; [`DataError::NoTestSplit`] if
/// there are only training images, [`DataError::NoTrainSplit`] if there are only test images;
/// [`DataError::Layout`] and [`DataError::SplitsInside`] if folders are neither classes nor splits, [`DataError::Run`] for
/// the folder of a run. [`DataError::Argument`] also for a folder with both IDX files under standard names and images.
pub fn load(source: &str, split: Split) -> Result<ImageSet, DataError> {
    load_with(source, split, &Options::default())
}

/// [`load`] with options: the size and channels that a folder of images is brought to, and whether files that
/// cannot be used are left out ([`ImageSet::skipped`] counts them).
///
/// # Errors
/// As [`load`]; with a size, images of several sizes are no error. [`DataError::Argument`] if a source of
/// another kind has another size or other channels than asked for.
pub fn load_with(source: &str, split: Split, options: &Options) -> Result<ImageSet, DataError> {
    options.check()?;
    let set = match derived::load(source, split, |split| load_named("mnist", split, &Options::default())) {
        Some(set) => set?,
        None => load_named(source, split, options)?,
    };
    conforming(set, options)
}

/// [`load_with`] for sources that are not made of another data set.
fn load_named(source: &str, split: Split, options: &Options) -> Result<ImageSet, DataError> {
    #[cfg(feature = "mnist")]
    if source == "mnist" {
        return crate::embedded::mnist(split);
    }
    load_from(&data_dir(), source, split, options)
}

/// The set, if it has the size and channels of `options`. Folders of images were brought to them already.
fn conforming(set: ImageSet, options: &Options) -> Result<ImageSet, DataError> {
    let size = Size { height: set.height(), width: set.width() };
    if options.size.is_some_and(|asked| asked != size) {
        let expected = format!("{size}, as only folders of images are resized");
        let got = options.size.map_or_else(String::new, |size| size.to_string());
        return Err(DataError::argument(format!("{}: data.size", set.name()), expected, got));
    }
    match options.channels.or(options.alpha.then_some(ALPHA_CHANNELS)) {
        Some(channels) if channels != set.channels() => {
            let expected = format!("{}, as only folders of images are converted", set.channels());
            let got =
                if options.alpha { format!("{channels} (data.alpha = true)") } else { channels.to_string() };
            Err(DataError::argument(format!("{}: data.channels", set.name()), expected, got))
        }
        _ => Ok(set),
    }
}

/// [`load`] with the folder of downloads as an argument, and without embedded data.
fn load_from(data_dir: &Path, source: &str, split: Split, options: &Options) -> Result<ImageSet, DataError> {
    if let Some(emnist_split) = emnist::split_of(source) {
        return load_emnist(&data_dir.join("emnist"), source, emnist_split, split);
    }
    if SOURCES.contains(&source) {
        let mut folders = vec![data_dir.join(source)];
        if source == "fashion-mnist" {
            folders.push(PathBuf::from(DEBIAN_FASHION_MNIST));
        }
        return load_folders(source, &folders, split, options);
    }
    let path = Path::new(source);
    let name = path.file_name().map_or_else(|| source.into(), |name| name.to_string_lossy());
    if path.is_dir() {
        if let Some(found) = standard_idx(path) {
            mixture::refuse(path, &found)?;
            return load_folders(&name, &[path.to_path_buf()], split, options);
        }
        folder::load(listing::of_split(path, split)?, &name, options)
    } else if is_zip(path) {
        load_zip(&name, path, split, options)
    } else if path.exists() {
        load_file(&name, path, split, options)
    } else {
        Err(DataError::UnknownSource { given: source.to_owned(), known: SOURCES.join(", ") })
    }
}

/// A split of a zip archive of images. Its test split is in it, or in the archive beside it that a file of test images would
/// be.
fn load_zip(name: &str, path: &Path, split: Split, options: &Options) -> Result<ImageSet, DataError> {
    let (path, split) = match split {
        Split::Test if !listing::has_test_split(path)? => {
            let beside = || test_candidates(path).into_iter().find(|path| path.exists());
            let found = if is_test_name(path) { Some(path.to_path_buf()) } else { beside() };
            // All of an archive of test images is its training split by layout.
            found.map_or_else(|| (path.to_path_buf(), split), |found| (found, Split::Train))
        }
        split => (path.to_path_buf(), split),
    };
    folder::load(listing::of_split(&path, split)?, name, options)
}

/// Whether a folder has IDX images of any split under standard names.
pub(crate) fn has_idx(dir: &Path) -> bool {
    standard_idx(dir).is_some()
}

/// The first file of IDX images under a standard name in a folder, of any split.
pub(crate) fn standard_idx(dir: &Path) -> Option<PathBuf> {
    let candidates = [Split::Train, Split::Test].map(|split| image_candidates(dir, prefixes(split)));
    candidates.into_iter().flatten().find(|path| path.exists())
}

/// A split from the first of `folders` that has its images under a standard name.
fn load_folders(
    name: &str,
    folders: &[PathBuf],
    split: Split,
    options: &Options,
) -> Result<ImageSet, DataError> {
    let candidates = folders.iter().flat_map(|dir| image_candidates(dir, prefixes(split))).collect();
    let images = first_existing(&describe(name, split), candidates)?;
    with_alpha(load_images_and_labels(name, &images)?, options)
}

fn load_file(name: &str, path: &Path, split: Split, options: &Options) -> Result<ImageSet, DataError> {
    if split == Split::Train || is_test_name(path) {
        return load_one(name, path, options);
    }
    let candidates = test_candidates(path);
    if candidates.is_empty() {
        // Training images must not be used as test images.
        let expected = "a folder, or a file whose name says `train` beside one that says `test`";
        return Err(DataError::NoTestSplit { given: path.display().to_string(), expected });
    }
    load_one(name, &first_existing(&describe(name, split), candidates)?, options)
}

/// One file of images: packed, NumPy's or IDX.
pub(crate) fn load_one(name: &str, path: &Path, options: &Options) -> Result<ImageSet, DataError> {
    if pack::is_pack(path) {
        pack::open(name, path)
    } else if npy::is_npy(path) {
        with_alpha(npy::load(name, path)?, options)
    } else {
        with_alpha(load_images_and_labels(name, path)?, options)
    }
}

/// An array of four channels has straight alpha. It is kept, or the images are laid on the background.
fn with_alpha(set: ImageSet, options: &Options) -> Result<ImageSet, DataError> {
    if set.channels() != ALPHA_CHANNELS {
        return Ok(set);
    }
    let mut pixels = set.pixels().into_owned();
    let image = set.pixels_per_image();
    let clear = |image: &&[u8]| image.iter().skip(3).step_by(ALPHA_CHANNELS).any(|&alpha| alpha < 255);
    let transparent = pixels.chunks_exact(image).filter(clear).count();
    alpha::multiply(&mut pixels);
    if !options.alpha {
        pixels = alpha::laid_on(&pixels, options.background);
    }
    let channels = if options.alpha { ALPHA_CHANNELS } else { ALPHA_CHANNELS - 1 };
    let labels = set.labels().map(<[u16]>::to_vec);
    let reading =
        Reading { transparent, alpha: options.alpha, background: options.background, ..Reading::default() };
    Ok(ImageSet::new(set.name(), set.height(), set.width(), channels, pixels, labels)?.with_reading(reading))
}

fn load_emnist(dir: &Path, name: &str, emnist_split: &str, split: Split) -> Result<ImageSet, DataError> {
    let prefix = format!("emnist-{emnist_split}-{}", split.as_str());
    let candidates = [dir.to_path_buf(), dir.join("gzip")]
        .iter()
        .flat_map(|dir| image_candidates(dir, &[&prefix]))
        .collect();
    let images_path = first_existing(&describe(name, split), candidates)?;
    let labels_path = first_existing(&format!("{name}: labels"), label_candidates(&images_path))?;
    let mut images = idx::read(&images_path)?;
    let mut labels = idx::read(&labels_path)?;
    let labels_name = labels_path.display().to_string();
    emnist::transpose(&mut images);
    if emnist_split == "letters" {
        emnist::start_at_zero(&labels_name, &mut labels)?;
    }
    assemble(name, &images_path.display().to_string(), images, Some((&labels_name, labels)))
}

/// A file of images and, if there is one, the labels file beside it.
fn load_images_and_labels(name: &str, images_path: &Path) -> Result<ImageSet, DataError> {
    let images = idx::read(images_path)?;
    let labels_path = label_candidates(images_path).into_iter().find(|path| path.symlink_metadata().is_ok());
    let images_name = images_path.display().to_string();
    match labels_path {
        None => assemble(name, &images_name, images, None),
        Some(path) => {
            let labels = idx::read(&path)?;
            assemble(name, &images_name, images, Some((&path.display().to_string(), labels)))
        }
    }
}

/// The first of `candidates` that exists; else an error with the first one's name and all folders.
fn first_existing(what: &str, candidates: Vec<PathBuf>) -> Result<PathBuf, DataError> {
    if let Some(found) = candidates.iter().find(|path| path.exists()) {
        return Ok(found.clone());
    }
    let usual = candidates.first().and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy();
    let name = usual.strip_suffix(".gz").unwrap_or(&usual).to_owned();
    let mut looked_in: Vec<PathBuf> =
        candidates.iter().filter_map(|path| path.parent()).map(Path::to_path_buf).collect();
    looked_in.dedup();
    Err(DataError::Missing { what: what.to_owned(), name, looked_in })
}

fn describe(name: &str, split: Split) -> String {
    format!("{name}: images of the {} split", split.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: &str = "/nonexistent";

    fn load_path(path: &Path, split: Split) -> Result<ImageSet, DataError> {
        load_from(Path::new(NOWHERE), path.to_str().unwrap(), split, &Options::default())
    }

    #[test]
    fn a_folder_with_standard_names() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        idx::write(file("train-images-idx3-ubyte.gz"), &[2, 1, 2], &[1, 2, 3, 4]).unwrap();
        idx::write(file("train-labels-idx1-ubyte"), &[2], &[5, 6]).unwrap();
        idx::write(file("test-images.idx4-ubyte"), &[1, 1, 1, 3], &[7, 8, 9]).unwrap();
        let train = load_path(dir.path(), Split::Train).unwrap();
        assert_eq!((&*train.image(1), train.labels()), ([3, 4].as_slice(), Some([5, 6].as_slice())));
        assert_eq!(train.name(), dir.path().file_name().unwrap().to_str().unwrap());
        let test = load_path(dir.path(), Split::Test).unwrap();
        assert_eq!((test.channels(), test.labels()), (3, None));

        idx::write(file("train-labels-idx1-ubyte"), &[3], &[5, 6, 7]).unwrap();
        let error = load_path(dir.path(), Split::Train).unwrap_err().to_string();
        assert!(error.contains("train-labels-idx1-ubyte: number of labels: expected 2,"), "{error}");
        assert!(error.ends_with("got 3"), "{error}");
        idx::write(file("train-labels-idx1-ubyte"), &[2, 1, 1], &[5, 6]).unwrap();
        assert!(load_path(dir.path(), Split::Train).unwrap_err().to_string().contains("rank: expected 1"));
    }

    #[test]
    fn a_single_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        let train = file("my-train-images");
        idx::write(&train, &[1, 1, 2], &[1, 2]).unwrap();
        idx::write(file("my-train-labels.gz"), &[1], &[3]).unwrap();
        assert_eq!(load_path(&train, Split::Train).unwrap().labels(), Some([3].as_slice()));
        assert!(matches!(load_path(&train, Split::Test), Err(DataError::Missing { .. })));
        idx::write(file("my-test-images"), &[1, 1, 2], &[8, 9]).unwrap();
        assert_eq!(*load_path(&train, Split::Test).unwrap().image(0), [8, 9]);
        assert_eq!(*load_path(&file("my-test-images"), Split::Test).unwrap().image(0), [8, 9]);

        let other = file("pictures.idx");
        idx::write(&other, &[1, 1, 2], &[1, 2]).unwrap();
        assert_eq!(load_path(&other, Split::Train).unwrap().labels(), None);
        assert!(matches!(load_path(&other, Split::Test), Err(DataError::NoTestSplit { .. })));
        let labels = file("my-train-labels.gz");
        assert!(load_path(&labels, Split::Train).unwrap_err().to_string().contains("rank: expected 3"));
    }

    #[test]
    fn emnist_is_turned_upright_wherever_it_was_unpacked() {
        let data = tempfile::tempdir().unwrap();
        let dir = data.path().join("emnist/gzip");
        std::fs::create_dir_all(&dir).unwrap();
        let file = |name: &str| dir.join(name);
        idx::write(file("emnist-letters-test-images-idx3-ubyte.gz"), &[1, 2, 2], &[1, 2, 3, 4]).unwrap();
        let load = || load_from(data.path(), "emnist-letters", Split::Test, &Options::default());
        assert!(matches!(load(), Err(DataError::Missing { .. })));
        idx::write(file("emnist-letters-test-labels-idx1-ubyte.gz"), &[1], &[26]).unwrap();
        let set = load().unwrap();
        assert_eq!((&*set.image(0), set.labels()), ([1, 3, 2, 4].as_slice(), Some([25].as_slice())));
        assert_eq!(set.name(), "emnist-letters");
    }

    #[test]
    fn what_is_not_there_is_said() {
        let missing = |name: &str| load_from(Path::new(NOWHERE), name, Split::Train, &Options::default());
        let error = missing("kmnist").unwrap_err().to_string();
        let expected = "kmnist: images of the train split: \
                        no file train-images-idx3-ubyte (or train-images-idx3-ubyte.gz) in /nonexistent/kmnist";
        assert_eq!(error, expected);
        let error = missing("fashion").unwrap_err().to_string();
        assert!(error.contains("`fashion`") && error.contains("fashion-mnist"), "{error}");
        for emnist_split in emnist::SPLITS {
            assert!(SOURCES.contains(&format!("emnist-{emnist_split}").as_str()));
        }
    }
}
