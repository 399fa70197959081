//! NumPy's array files, as far as images and labels need them: plain arrays of numbers.
//!
//! A file is a magic, a version, the length of what follows, a Python dictionary, and the values. Source:
//! numpy.lib.format. Every order of the values and of the dictionary is read, and every type of number whose
//! values are those of pixels or labels. A sound array with another layout is refused with the NumPy expression
//! that converts it ([`DataError::Array`]).

mod header;
mod order;
mod values;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use header::{Element, Header, MAGIC};
use order::Order;

use crate::{DataError, ImageSet, open_regular};

/// Largest file read into memory.
const MAX_BYTES: u64 = 16 << 30;

/// Whether a file begins as NumPy's do.
pub(crate) fn is_npy(path: &Path) -> bool {
    let mut magic = [0; MAGIC.len()];
    // A named pipe would wait for a writer.
    path.is_file()
        && File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok()
        && magic == *MAGIC
}

/// A file's values as they are stored.
struct Array {
    file: String,
    element: Element,
    dims: Vec<usize>,
    order: Order,
    data: Vec<u8>,
}

/// Channels of an image, and their axis.
struct Layout {
    height: usize,
    width: usize,
    channels: usize,
    /// `[n, channels, height, width]`, as PyTorch has it.
    channels_first: bool,
}

/// What a file holds.
pub(crate) enum Content {
    Images(ImageSet),
    Labels(Vec<u16>),
}

/// A file of images, and the labels beside it if there are any.
pub(crate) fn load(name: &str, path: &Path) -> Result<ImageSet, DataError> {
    let array = Array::read(path)?;
    let count = array.dims.first().copied().unwrap_or(0);
    let labels = match labels_path(path) {
        Some(labels) => Some(Array::read(&labels)?.labels(Some(count))?),
        None => None,
    };
    images(name, array, labels, &mut Vec::new())
}

/// What a file holds by its shape, without the files beside it.
pub(crate) fn content(path: &Path) -> Result<(Content, Vec<usize>, Vec<String>), DataError> {
    let array = Array::read(path)?;
    let dims = array.dims.clone();
    let mut notes = Vec::new();
    let content = match dims[..] {
        [_] | [_, 1] => Content::Labels(array.labels(None)?),
        _ => Content::Images(images("", array, None, &mut notes)?),
    };
    Ok((content, dims, notes))
}

/// The images of an array; what is unusual about it is added to `notes`.
fn images(
    name: &str,
    array: Array,
    labels: Option<Vec<u16>>,
    notes: &mut Vec<String>,
) -> Result<ImageSet, DataError> {
    let Layout { height, width, channels, channels_first } = array.layout()?;
    if channels_first {
        notes.push("its channels come before height and width, and are read so".to_owned());
    }
    let axes: &[usize] = match (channels_first, array.dims.len()) {
        (true, _) => &[0, 2, 3, 1],
        (_, 3) => &[0, 1, 2],
        _ => &[0, 1, 2, 3],
    };
    ImageSet::new(name, height, width, channels, array.in_sequence(axes).bytes()?, labels)
}

impl Array {
    fn read(path: &Path) -> Result<Array, DataError> {
        let file = path.display().to_string();
        let size = fs::metadata(path).map_err(|e| DataError::io(path, "open", e))?.len();
        if size > MAX_BYTES {
            return Err(DataError::format(&file, "size", format!("at most {MAX_BYTES} bytes"), size));
        }
        open_regular(path)?;
        let mut bytes = fs::read(path).map_err(|e| DataError::io(path, "read", e))?;
        let Header { element, dims, fortran_order, start } = Header::parse(&file, &bytes)?;
        let expected = dims.iter().try_fold(element.bytes, |n, &size| n.checked_mul(size));
        let got = bytes.len() - start;
        if expected != Some(got) {
            let truncated = if expected > Some(got) { ": the file is truncated" } else { "" };
            let expected =
                expected.map_or_else(|| "less than memory holds".to_owned(), |n| format!("{n} bytes"));
            return Err(DataError::format(&file, "body", expected, format!("{got} bytes{truncated}")));
        }
        bytes.drain(..start);
        let order = Order::of(&dims, fortran_order);
        Ok(Array { file, element, dims, order, data: bytes })
    }

    /// The same with the axes in this sequence, the last one running fastest.
    fn in_sequence(mut self, axes: &[usize]) -> Array {
        self.data = self.order.rearranged(self.data, self.element.bytes, &self.dims, axes);
        self.dims = axes.iter().map(|&axis| self.dims[axis]).collect();
        self.order = Order::of(&self.dims, false);
        self
    }

    /// What the axes are.
    fn layout(&self) -> Result<Layout, DataError> {
        /// Fewer pixels a side make no image whose last axis could be its channels.
        const LEAST_SIDE: usize = 8;
        let expected = "[n, height, width] or [n, height, width, channels] of 1, 3 or 4 channels";
        let refused = |field: &str, remedy: &str| {
            Err(self.refused(field.into(), expected, format!("{:?}", self.dims), remedy))
        };
        if self.dims.contains(&0) {
            return Err(DataError::format(
                &self.file,
                "shape",
                "at least one image",
                format!("{:?}", self.dims),
            ));
        }
        let still =
            |height, width, channels, channels_first| Ok(Layout { height, width, channels, channels_first });
        match self.dims[..] {
            // One image of colour could be read as many narrow ones and train without an error.
            [height, width, 1 | 3 | 4] if height >= LEAST_SIDE && width >= LEAST_SIDE => {
                refused("shape", "x[None]")
            }
            [_, height, width] => still(height, width, 1, false),
            [_, height, width, channels @ (1 | 3 | 4)] => still(height, width, channels, false),
            [_, channels @ (1 | 3 | 4), height, width] => still(height, width, channels, true),
            [_, _, _, 2] => refused("dimension 3", "x[..., :1]"),
            [_, _, _, _] => refused("dimension 3", "x[..., :3]"),
            [_, values] => match (values.isqrt(), (values / 3).isqrt()) {
                (side, _) if side * side == values => {
                    refused("rank", &format!("x.reshape(-1, {side}, {side})"))
                }
                (_, side) if 3 * side * side == values => {
                    refused("rank", &format!("x.reshape(-1, 3, {side}, {side})"))
                }
                _ => refused("rank", "x.reshape(-1, HEIGHT, WIDTH)"),
            },
            _ => refused("rank", "x.reshape(-1, HEIGHT, WIDTH, CHANNELS)"),
        }
    }
}

/// The labels of a file of images, as `ganymede sample` and others name them, if they are there.
pub(crate) fn labels_path(images: &Path) -> Option<PathBuf> {
    let name = images.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.strip_suffix(".npy").unwrap_or(&name);
    let mut paths = vec![images.with_file_name(format!("{stem}-labels.npy"))];
    if name.contains("images") {
        paths.push(images.with_file_name(name.replace("images", "labels")));
    }
    // Anything at this path counts, so that it is refused with an error and not ignored.
    paths.into_iter().find(|labels| labels.symlink_metadata().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As NumPy 2 writes it.
    fn file(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        while !(text.len() + 11).is_multiple_of(64) {
            text.push(' ');
        }
        text.push('\n');
        let length = (text.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), data].concat()
    }

    #[test]
    fn bytes_floats_and_labels() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fakes.npy");
        fs::write(&path, file("|u1", "(2, 1, 2)", &[1, 2, 3, 4])).unwrap();
        assert!(is_npy(&path));
        let set = load("fakes", &path).unwrap();
        assert_eq!((set.len(), &*set.image(1), set.labels()), (2, &[3, 4][..], None));
        let labels: Vec<u8> = [7_i64, 300].iter().flat_map(|l| l.to_le_bytes()).collect();
        fs::write(dir.path().join("fakes-labels.npy"), file("<i8", "(2,)", &labels)).unwrap();
        let floats = |values: [f32; 4]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        fs::write(&path, file("<f4", "(2, 1, 2, 1)", &floats([-1.0, 0.0, 1.0, 0.2]))).unwrap();
        let set = load("fakes", &path).unwrap();
        assert_eq!((&*set.pixels(), set.labels()), (&[0, 128, 255, 153][..], Some(&[7, 300][..])));
        fs::write(&path, file("<f4", "(2, 1, 2, 1)", &floats([0.0, 0.2, 1.0, 0.6]))).unwrap();
        assert_eq!(*load("fakes", &path).unwrap().pixels(), [0, 51, 255, 153]);
    }

    #[test]
    fn whole_numbers_and_booleans_are_read_as_pixels() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        let read = |content: Vec<u8>| {
            fs::write(&path, content).unwrap();
            load("a", &path).map(|set| set.pixels().into_owned()).map_err(|e| e.to_string())
        };
        let long = |values: [i64; 4]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        assert_eq!(read(file("<i8", "(2, 1, 2)", &long([0, 7, 255, 128]))).unwrap(), [0, 7, 255, 128]);
        assert!(
            read(file("<i8", "(2, 1, 2)", &long([0, 7, 256, 1])))
                .unwrap_err()
                .contains("value 2: expected 0 to 255, got 256")
        );
        assert!(read(file("<i8", "(2, 1, 2)", &long([0, 7, -1, 1]))).unwrap_err().contains("got -1"));
        assert_eq!(read(file(">u2", "(1, 1, 2)", &[0, 9, 0, 200])).unwrap(), [9, 200]);
        assert_eq!(read(file("|b1", "(1, 1, 2)", &[0, 1])).unwrap(), [0, 255]);
        let floats = |values: [f32; 2]| values.iter().flat_map(|v| v.to_be_bytes()).collect::<Vec<u8>>();
        assert_eq!(read(file(">f4", "(1, 1, 2)", &floats([-1.0, 1.0]))).unwrap(), [0, 255]);
        assert_eq!(read(file(">f4", "(1, 1, 2)", &floats([0.0, 254.0]))).unwrap(), [0, 254]);
        assert!(read(file(">f4", "(1, 1, 2)", &floats([0.5, 254.0]))).unwrap_err().contains("value 1"));
        // 1 and 0.5.
        assert_eq!(read(file("<f2", "(1, 1, 2)", &[0, 0x3c, 0, 0x38])).unwrap(), [255, 128]);
    }

    #[test]
    fn every_order_of_axes_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        let read = |content: Vec<u8>| {
            fs::write(&path, content).unwrap();
            load("a", &path).unwrap()
        };
        let fortran = |shape: &str, data: &[u8]| {
            let mut content = file("|u1", shape, data);
            let at = content.windows(5).position(|w| w == b"False").unwrap();
            content[at..at + 5].copy_from_slice(b"True ");
            content
        };
        // Two images of 2x3, the first index running fastest.
        let set = read(fortran("(2, 2, 3)", &[0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11]));
        assert_eq!(*set.pixels(), (0..12).collect::<Vec<u8>>()[..]);
        // Channels first: one image of 4x5 of three channels.
        let planes: Vec<u8> = (0..60).collect();
        let set = read(file("|u1", "(1, 3, 4, 5)", &planes));
        assert_eq!((set.height(), set.width(), set.channels()), (4, 5, 3));
        assert_eq!(set.image(0)[..6], [0, 20, 40, 1, 21, 41]);
        // The last axis wins where both could be channels.
        assert_eq!(read(file("|u1", "(1, 3, 4, 3)", &planes[..36])).height(), 3);
    }

    #[test]
    fn labels_in_a_row_in_a_column_or_as_floats() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        fs::write(&path, file("|u1", "(3, 1, 1)", &[0; 3])).unwrap();
        let labels = |content: Vec<u8>| {
            fs::write(dir.path().join("a-labels.npy"), content).unwrap();
            load("a", &path).map(|set| set.labels().unwrap().to_vec())
        };
        let floats = |values: [f64; 3]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        assert_eq!(labels(file("|u1", "(3, 1)", &[2, 0, 1])).unwrap(), [2, 0, 1]);
        assert_eq!(labels(file("<f8", "(3,)", &floats([2.0, 0.0, 300.0]))).unwrap(), [2, 0, 300]);
        assert_eq!(labels(file("|b1", "(3,)", &[1, 0, 1])).unwrap(), [1, 0, 1]);
        assert_eq!(labels(file(">i2", "(3, 1, 1)", &[0, 1, 1, 0, 0, 0])).unwrap(), [1, 256, 0]);
        for (content, said, typed) in [
            (
                file("|u1", "(3, 2)", &[0; 6]),
                "shape: expected (n,), a label an image, got [3, 2]",
                "x.argmax(1)",
            ),
            (
                file("<f8", "(3,)", &floats([0.0, 1.5, 2.0])),
                "label 1",
                "np.unique(x, return_inverse=True)[1]",
            ),
            (file("|i1", "(3,)", &[0, 255, 1]), "label 1", "np.unique(x, return_inverse=True)[1]"),
            (file("|u1", "(1, 3)", &[0; 3]), "shape", "x.reshape(-1)"),
        ] {
            let error = labels(content).unwrap_err();
            let DataError::Array { remedy, .. } = &error else { panic!("{error}") };
            assert!(error.to_string().contains(said) && **remedy == *typed, "{error}: {remedy}");
        }
        assert!(labels(file("|u1", "(2,)", &[0; 2])).unwrap_err().to_string().contains("expected (3,)"));
    }

    #[test]
    fn shapes_that_are_no_images_say_what_would_be() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        for (shape, size, typed) in [
            ("(2, 784)", 2 * 784, "x.reshape(-1, 28, 28)"),
            ("(2, 3072)", 2 * 3072, "x.reshape(-1, 3, 32, 32)"),
            ("(9, 9, 3)", 243, "x[None]"),
            ("(2, 3, 4, 4)", 96, ""),
            ("(2, 4, 4, 4)", 128, ""),
            ("(2, 4, 5, 6)", 240, ""),
            ("(2, 5, 5, 5)", 250, "x[..., :3]"),
            ("(1, 1, 1, 1, 1)", 1, "x.reshape(-1, HEIGHT, WIDTH, CHANNELS)"),
        ] {
            fs::write(&path, file("|u1", shape, &vec![0; size])).unwrap();
            match load("a", &path) {
                Ok(_) => assert_eq!(typed, "", "{shape}"),
                Err(DataError::Array { remedy, .. }) => assert_eq!(&*remedy, typed, "{shape}"),
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn what_is_no_array_of_images_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        let nan = f32::NAN.to_le_bytes().repeat(4);
        let whole = file("|u1", "(2, 1, 2)", &[0; 4]);
        for (content, said) in [
            (whole[..whole.len() - 1].to_vec(), "body: expected 4 bytes, got 3"),
            (file("|u1", "(2, 9223372036854775807, 4)", &[0; 4]), "body"),
            (file("|u1", "(4,)", &[0; 4]), "rank"),
            (file("|u1", "(1, 2, 1, 2)", &[0; 4]), "dimension 3"),
            (file("<f4", "(2, 1, 2)", &nan), "value 0"),
            (file("<c8", "(1, 1, 1)", &[0; 8]), "element type"),
            (file("|u1", "(0, 1, 2)", &[]), "at least one image"),
            (b"\x93NUMPY\x01\x00\xff\xff{".to_vec(), "magic"),
            (b"\x93NUMPY\x09\x00\x01\x00{    ".to_vec(), "version"),
            (b"\x93NUMPY\x01\x00\xff\xff{    ".to_vec(), "header"),
        ] {
            fs::write(&path, content).unwrap();
            let error = load("a", &path).unwrap_err().to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
        fs::write(&path, &whole).unwrap();
        let negative = file("<i2", "(2,)", &[0, 0, 255, 255]);
        fs::write(dir.path().join("a-labels.npy"), negative).unwrap();
        assert!(load("a", &path).unwrap_err().to_string().contains("label 1"));
    }
}
