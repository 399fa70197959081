//! Images of one size, as bytes.

mod classes;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use crate::stored::StoredPixels;
use crate::{DataError, Reading};

/// A set of images of one size: bytes in NHWC order (image, row, column, channel), with an optional
/// label for each image. Cheap to clone: clones share the pixels, which are in memory, or stay in a
/// large packed file and are read on demand.
#[derive(Clone)]
pub struct ImageSet {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    name: String,
    count: usize,
    height: usize,
    width: usize,
    channels: usize,
    pixels: Arc<Pixels>,
    /// SHA-256 of the pixels, computed when it is first needed.
    pixels_sha256: Arc<OnceLock<[u8; 32]>>,
    labels: Option<Vec<u16>>,
    /// The highest label plus one, or the number of class names.
    classes: Option<usize>,
    class_names: Option<Vec<String>>,
    skipped: usize,
    /// The file of each image, below the folder that was read.
    files: Option<Arc<[Box<str>]>>,
    reading: Reading,
}

/// Where the bytes are.
pub(crate) enum Pixels {
    Owned(Vec<u8>),
    /// In a file.
    Stored(StoredPixels),
}

impl Pixels {
    fn len(&self) -> usize {
        match self {
            Self::Owned(bytes) => bytes.len(),
            Self::Stored(file) => file.len(),
        }
    }

    /// `len` bytes from `at` on.
    fn part(&self, at: usize, len: usize) -> Cow<'_, [u8]> {
        match self {
            Self::Owned(bytes) => Cow::Borrowed(&bytes[at..at + len]),
            Self::Stored(file) => {
                let mut bytes = vec![0; len];
                file.read(at, &mut bytes);
                Cow::Owned(bytes)
            }
        }
    }
}

/// Bytes read from a file at a time where they become numbers at once.
const PIECE_BYTES: usize = 8192;

/// A byte as a number in [-1, 1]: x / 255 * 2 - 1, so that 0 is exactly -1 and 255 exactly 1. Arithmetic rather than a
/// table: it vectorises, and the batch is on every step's way.
fn signed_unit(byte: u8) -> f32 {
    f32::from(byte) / 255.0 * 2.0 - 1.0
}

impl ImageSet {
    /// A set from `pixels`, `[N, height, width, channels]` in bytes, and `labels`, one for each image.
    ///
    /// # Errors
    /// [`DataError::Argument`] if a dimension is zero, if there is no image, if the pixels are not a
    /// whole number of images, if there are more than `u32::MAX` of them (indices are `u32`), or if
    /// the number of labels differs.
    pub fn new(
        name: impl Into<String>,
        height: usize,
        width: usize,
        channels: usize,
        pixels: Vec<u8>,
        labels: Option<Vec<u16>>,
    ) -> Result<Self, DataError> {
        Self::from_pixels(name, height, width, channels, Pixels::Owned(pixels), labels)
    }

    /// [`ImageSet::new`] with pixels that may be elsewhere than in memory.
    pub(crate) fn from_pixels(
        name: impl Into<String>,
        height: usize,
        width: usize,
        channels: usize,
        pixels: Pixels,
        labels: Option<Vec<u16>>,
    ) -> Result<Self, DataError> {
        let name = name.into();
        for (what, value) in [("height", height), ("width", width), ("channels", channels)] {
            if value == 0 {
                return Err(DataError::argument(format!("{name}: {what}"), "at least 1", value));
            }
        }
        let per_image =
            height.checked_mul(width).and_then(|area| area.checked_mul(channels)).ok_or_else(|| {
                DataError::argument(format!("{name}: image size"), "less memory", "an overflow")
            })?;
        if pixels.len() == 0 || !pixels.len().is_multiple_of(per_image) {
            let expected = format!("a positive multiple of {height} x {width} x {channels} = {per_image}");
            return Err(DataError::argument(format!("{name}: pixels"), expected, pixels.len()));
        }
        let count = pixels.len() / per_image;
        if u32::try_from(count).is_err() {
            return Err(DataError::argument(format!("{name}: images"), "at most 2^32 - 1", count));
        }
        if let Some(labels) = &labels
            && labels.len() != count
        {
            return Err(DataError::argument(format!("{name}: labels"), count, labels.len()));
        }
        let classes =
            labels.as_ref().map(|labels| labels.iter().copied().max().map_or(0, |top| usize::from(top) + 1));
        let inner = Inner {
            name,
            count,
            height,
            width,
            channels,
            pixels: Arc::new(pixels),
            pixels_sha256: Arc::default(),
            labels,
            classes,
            class_names: None,
            skipped: 0,
            files: None,
            reading: Reading::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The same set with a name for each class, by label. A class may be without images.
    ///
    /// # Errors
    /// [`DataError::Argument`] if there are no labels, or a label without a name.
    pub fn with_class_names(self, names: Vec<String>) -> Result<Self, DataError> {
        let got = match self.inner.classes {
            None => "no labels".to_owned(),
            Some(classes) if classes > names.len() => format!("{classes} classes"),
            Some(_) => {
                let mut inner = Arc::unwrap_or_clone(self.inner);
                inner.classes = Some(names.len());
                inner.class_names = Some(names);
                return Ok(Self { inner: Arc::new(inner) });
            }
        };
        let what = format!("{}: labels", self.inner.name);
        Err(DataError::argument(what, format!("at most {} classes, as there are names", names.len()), got))
    }

    /// The same set with the number of files that were left out when it was read.
    pub(crate) fn with_skipped(self, skipped: usize) -> Self {
        Self { inner: Arc::new(Inner { skipped, ..Arc::unwrap_or_clone(self.inner) }) }
    }

    /// The same set with the file of each image, in their order.
    pub(crate) fn with_files(self, files: Vec<Box<str>>) -> Self {
        let files = (files.len() == self.len()).then(|| files.into());
        Self { inner: Arc::new(Inner { files, ..Arc::unwrap_or_clone(self.inner) }) }
    }

    /// The same set with the known SHA-256 of its pixels.
    pub(crate) fn with_pixels_sha256(self, sha256: [u8; 32]) -> Self {
        // A second call changes nothing.
        let _ = self.inner.pixels_sha256.set(sha256);
        self
    }

    /// The same set with what reading it left out or changed.
    pub(crate) fn with_reading(self, reading: Reading) -> Self {
        Self { inner: Arc::new(Inner { reading, ..Arc::unwrap_or_clone(self.inner) }) }
    }

    /// What reading the set left out or changed.
    pub fn reading(&self) -> &Reading {
        &self.inner.reading
    }

    /// What the set is called: the data set's name, or the file's or folder's.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Number of images, at least 1.
    pub fn len(&self) -> usize {
        self.inner.count
    }

    /// Always false: a set has at least one image. Here because [`ImageSet::len`] is.
    pub fn is_empty(&self) -> bool {
        self.inner.count == 0
    }

    /// Rows of an image.
    pub fn height(&self) -> usize {
        self.inner.height
    }

    /// Columns of an image.
    pub fn width(&self) -> usize {
        self.inner.width
    }

    /// Channels of a pixel: 1 for grey, 3 for colour.
    pub fn channels(&self) -> usize {
        self.inner.channels
    }

    /// Bytes of an image: height * width * channels.
    pub fn pixels_per_image(&self) -> usize {
        self.inner.height * self.inner.width * self.inner.channels
    }

    /// Image `i`, `[height, width, channels]` in bytes. Borrowed where the set is in memory; see
    /// [`ImageSet::still_whole`] where it is not.
    ///
    /// # Panics
    /// If `i` is not below [`ImageSet::len`].
    pub fn image(&self, i: usize) -> Cow<'_, [u8]> {
        assert!(i < self.len(), "image {i} of {}", self.len());
        let size = self.pixels_per_image();
        self.inner.pixels.part(i * size, size)
    }

    /// All images, `[N, height, width, channels]` in bytes. A set that is not in memory is read into it.
    pub fn pixels(&self) -> Cow<'_, [u8]> {
        self.inner.pixels.part(0, self.inner.pixels.len())
    }

    /// Checks that every image read so far was correct. If the pixels stay in a file and the file can no longer be read,
    /// images are zeros. A reader of images must call this before it uses them.
    ///
    /// # Errors
    /// [`DataError::Changed`] if the file was cut short or written to since it was opened.
    pub fn still_whole(&self) -> Result<(), DataError> {
        match &*self.inner.pixels {
            Pixels::Owned(_) => Ok(()),
            Pixels::Stored(file) => file.still_whole(),
        }
    }

    /// The labels, `[N]`, if the set has them.
    pub fn labels(&self) -> Option<&[u16]> {
        self.inner.labels.as_deref()
    }

    /// Number of classes, if there are labels: as many as there are names, else the highest label plus
    /// one. Every label is below it.
    pub fn classes(&self) -> Option<usize> {
        self.inner.classes
    }

    /// The classes' names, `[classes]`, in the order of the labels, if they have any: the subfolders'
    /// names of a folder of images.
    pub fn class_names(&self) -> Option<&[String]> {
        self.inner.class_names.as_deref()
    }

    /// Number of images of each class, `[classes]`, if there are labels. A class without images
    /// counts 0.
    pub fn class_counts(&self) -> Option<Vec<usize>> {
        let mut counts = vec![0; self.classes()?];
        for &label in self.labels()? {
            counts[usize::from(label)] += 1;
        }
        Some(counts)
    }

    /// How many files were left out because [`Options::skip_broken`](crate::Options) asked for it.
    pub fn skipped(&self) -> usize {
        self.inner.skipped
    }

    /// What image `i` is called: its file below the folder that was read, or its number from 0.
    pub fn image_name(&self, i: usize) -> String {
        let file = self.inner.files.as_ref().and_then(|files| files.get(i));
        file.map_or_else(|| format!("image {i}"), ToString::to_string)
    }

    /// SHA-256 of the pixels, computed once.
    pub(crate) fn pixels_sha256(&self) -> [u8; 32] {
        *self.inner.pixels_sha256.get_or_init(|| Sha256::digest(self.pixels()).into())
    }

    /// Writes images `indices` as numbers in [-1, 1] (x / 255 * 2 - 1) to `out`,
    /// `[indices.len(), height * width * channels]`. Allocates nothing.
    ///
    /// # Panics
    /// If an index is out of range, or `out` has another size.
    pub fn gather(&self, indices: &[u32], out: &mut [f32]) {
        let size = self.pixels_per_image();
        assert_eq!(out.len(), indices.len() * size, "gather: out must hold indices.len() images");
        let convert = |row: &mut [f32], bytes: &[u8]| {
            for (value, &byte) in row.iter_mut().zip(bytes) {
                *value = signed_unit(byte);
            }
        };
        for (&index, row) in indices.iter().zip(out.chunks_exact_mut(size)) {
            let start = index as usize * size;
            match &*self.inner.pixels {
                Pixels::Owned(bytes) => convert(row, &bytes[start..start + size]),
                Pixels::Stored(file) => {
                    assert!((index as usize) < self.len(), "image {index} of {}", self.len());
                    let mut piece = [0; PIECE_BYTES];
                    for (i, values) in row.chunks_mut(PIECE_BYTES).enumerate() {
                        let bytes = &mut piece[..values.len()];
                        file.read(start + i * PIECE_BYTES, bytes);
                        convert(values, bytes);
                    }
                }
            }
        }
    }
}

impl fmt::Debug for ImageSet {
    /// The shape rather than the pixels, of which there are millions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageSet")
            .field("name", &self.name())
            .field("len", &self.len())
            .field("height", &self.height())
            .field("width", &self.width())
            .field("channels", &self.channels())
            .field("classes", &self.classes())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_access() {
        let set = ImageSet::new("s", 1, 2, 3, (0..12).collect(), Some(vec![2, 0])).unwrap();
        assert_eq!((set.len(), set.height(), set.width(), set.channels()), (2, 1, 2, 3));
        assert_eq!(*set.image(1), [6, 7, 8, 9, 10, 11]);
        assert_eq!(set.class_counts().unwrap(), [1, 0, 1]);
        assert!(!set.is_empty());
        assert!(std::ptr::eq(&*set.pixels(), &*set.clone().pixels()));
    }

    #[test]
    fn classes_have_names() {
        let set = |labels| ImageSet::new("s", 1, 1, 1, vec![1, 2], labels).unwrap();
        let names = |n: usize| (0..n).map(|i| format!("class {i}")).collect::<Vec<_>>();
        let plain = set(Some(vec![1, 0]));
        assert_eq!((plain.classes(), plain.class_names()), (Some(2), None));
        let named = plain.clone().with_class_names(names(3)).unwrap();
        assert!(std::ptr::eq(&*plain.pixels(), &*named.pixels()));
        assert_eq!((named.classes(), named.class_names()), (Some(3), Some(names(3).as_slice())));
        assert_eq!(named.class_counts().unwrap(), [1, 1, 0]);
        assert_eq!(named.with_skipped(4).skipped(), 4);
        assert!(set(Some(vec![300, 0])).with_class_names(names(300)).is_err());
        assert!(set(None).with_class_names(names(2)).is_err());
    }

    #[test]
    fn refusals() {
        let new = |h, w, c, n: usize, labels: Option<usize>| {
            ImageSet::new("s", h, w, c, vec![0; n], labels.map(|count| vec![0; count]))
        };
        for (h, w, c, n, labels) in [
            (0, 2, 1, 4, None),
            (2, 0, 1, 4, None),
            (2, 2, 0, 4, None),
            (2, 2, 1, 0, None),
            (2, 2, 1, 5, None),
            (2, 2, 1, 8, Some(1)),
            (2, 2, 1, 8, Some(3)),
            (usize::MAX, 2, 1, 8, None),
        ] {
            assert!(matches!(new(h, w, c, n, labels), Err(DataError::Argument { .. })), "{h} {w} {c} {n}");
        }
    }

    #[test]
    fn gather_maps_bytes_to_the_signed_unit_interval() {
        let set = ImageSet::new("s", 1, 2, 1, vec![0, 255, 51, 204], None).unwrap();
        let mut out = [0.0; 6];
        set.gather(&[1, 0, 1], &mut out);
        assert_eq!(out[2..4], [-1.0, 1.0]);
        assert_eq!(out[..2], out[4..]);
        assert!((out[0] + 0.6).abs() < 1e-6 && (out[1] - 0.6).abs() < 1e-6);
        for byte in 0..=255_u8 {
            let x = f64::from(byte) / 255.0 * 2.0 - 1.0;
            assert!((f64::from(signed_unit(byte)) - x).abs() < 1e-7);
        }
    }
}
