//! NumPy's array files, as far as images and labels need them: plain arrays in C order.
//!
//! A file is a magic, a version, the length of what follows, a Python dictionary, and the values. Source:
//! numpy.lib.format. The dictionary is read by its three keys; anything else in it is refused.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::{DataError, ImageSet};

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Largest file read into memory.
const MAX_BYTES: u64 = 16 << 30;

/// Whether a file begins as NumPy's do.
pub(crate) fn is_npy(path: &Path) -> bool {
    let mut magic = [0; MAGIC.len()];
    // Not a named pipe, which would wait for a writer.
    path.is_file()
        && File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok()
        && magic == *MAGIC
}

/// What the values are, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Signed(usize),
    Unsigned(usize),
    Float(usize),
}

impl Element {
    fn parse(descr: &str) -> Option<Element> {
        Some(match descr {
            "|u1" => Element::Unsigned(1),
            "<u2" => Element::Unsigned(2),
            "<u4" => Element::Unsigned(4),
            "<u8" => Element::Unsigned(8),
            "|i1" => Element::Signed(1),
            "<i2" => Element::Signed(2),
            "<i4" => Element::Signed(4),
            "<i8" => Element::Signed(8),
            "<f4" => Element::Float(4),
            "<f8" => Element::Float(8),
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Element::Signed(bytes) | Element::Unsigned(bytes) | Element::Float(bytes) => bytes,
        }
    }
}

struct Array {
    element: Element,
    dims: Vec<usize>,
    data: Vec<u8>,
}

/// A file of images, and the labels beside it if there are any.
pub(crate) fn load(name: &str, path: &Path) -> Result<ImageSet, DataError> {
    let array = read(path)?;
    let file = path.display().to_string();
    let (height, width, channels) = match array.dims[..] {
        [_, height, width] => (height, width, 1),
        [_, height, width, channels] => (height, width, channels),
        _ => {
            let expected = "3 ([n, height, width]) or 4 ([n, height, width, channels])";
            return Err(DataError::format(&file, "rank", expected, array.dims.len()));
        }
    };
    if !matches!(channels, 1 | 3) {
        let expected = "1 or 3, the channels of [n, height, width, channels]";
        return Err(DataError::format(&file, "dimension 3", expected, channels));
    }
    let labels = match label_paths(path).into_iter().find(|labels| labels.is_file()) {
        Some(labels) => Some(read_labels(&labels, array.dims[0])?),
        None => None,
    };
    let pixels = match array.element {
        Element::Unsigned(1) => array.data,
        Element::Float(4) => {
            floats(&file, array.data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])))?
        }
        Element::Float(8) => {
            let eight =
                |b: &[u8]| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32;
            floats(&file, array.data.chunks_exact(8).map(eight))?
        }
        other => {
            let expected = "bytes (|u1) or floats (<f4, <f8)";
            return Err(DataError::format(&file, "element type", expected, format!("{other:?}")));
        }
    };
    ImageSet::new(name, height, width, channels, pixels, labels)
}

/// Floats as bytes: of [-1, 1], or of [0, 1] where none is negative.
fn floats(file: &str, values: impl Iterator<Item = f32> + Clone) -> Result<Vec<u8>, DataError> {
    /// Rounding may leave a value just outside.
    const LIMIT: f32 = 1.001;
    let mut negative = false;
    for (i, value) in values.clone().enumerate() {
        // A NaN is in no range.
        if !(-LIMIT..=LIMIT).contains(&value) {
            let expected = "values in [-1, 1], or in [0, 1]; or bytes, for 0 to 255";
            return Err(DataError::format(file, format!("value {i}"), expected, value));
        }
        negative |= value < 0.0;
    }
    let (scale, shift) = if negative { (127.5, 127.5) } else { (255.0, 0.0) };
    Ok(values.map(|value| (value * scale + shift).round().clamp(0.0, 255.0) as u8).collect())
}

/// Where the labels of a file of images may lie: as `ganymede sample` and others write them.
fn label_paths(images: &Path) -> Vec<PathBuf> {
    let name = images.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.strip_suffix(".npy").unwrap_or(&name);
    let mut paths = vec![images.with_file_name(format!("{stem}-labels.npy"))];
    if name.contains("images") {
        paths.push(images.with_file_name(name.replace("images", "labels")));
    }
    paths
}

fn read_labels(path: &Path, images: usize) -> Result<Vec<u16>, DataError> {
    let array = read(path)?;
    let file = path.display().to_string();
    if array.dims != [images] {
        let got = format!("{:?}", array.dims);
        return Err(DataError::format(&file, "shape", format!("({images},), a label an image"), got));
    }
    if let Element::Float(_) = array.element {
        return Err(DataError::format(
            &file,
            "element type",
            "whole numbers",
            format!("{:?}", array.element),
        ));
    }
    let label = |(i, bytes): (usize, &[u8])| {
        // Little-endian: what a label may be stands in the first two bytes, and the others are zero.
        let low = u16::from_le_bytes([bytes[0], bytes.get(1).copied().unwrap_or(0)]);
        let sign = matches!(array.element, Element::Signed(_)) && bytes.last().is_some_and(|b| *b > 127);
        if sign || bytes.iter().skip(2).any(|&b| b != 0) {
            return Err(DataError::format(&file, format!("label {i}"), "0 to 65535", "another number"));
        }
        Ok(low)
    };
    array.data.chunks_exact(array.element.bytes()).enumerate().map(label).collect()
}

fn read(path: &Path) -> Result<Array, DataError> {
    let file = path.display().to_string();
    let size = fs::metadata(path).map_err(|e| DataError::io(path, "open", e))?.len();
    if size > MAX_BYTES {
        return Err(DataError::format(&file, "size", format!("at most {MAX_BYTES} bytes"), size));
    }
    let mut bytes = fs::read(path).map_err(|e| DataError::io(path, "read", e))?;
    let (element, dims, start) = header(&file, &bytes)?;
    let expected = dims.iter().try_fold(element.bytes(), |n, &size| n.checked_mul(size));
    let got = bytes.len() - start;
    if expected != Some(got) {
        let expected = expected.map_or_else(|| "less than memory holds".to_owned(), |n| format!("{n} bytes"));
        return Err(DataError::format(&file, "body", expected, format!("{got} bytes")));
    }
    bytes.drain(..start);
    Ok(Array { element, dims, data: bytes })
}

/// Element, dimensions, and where the values begin.
fn header(file: &str, bytes: &[u8]) -> Result<(Element, Vec<usize>, usize), DataError> {
    let broken = |field: &str, expected: &str, got: String| DataError::format(file, field, expected, got);
    let Some(prefix) = bytes.get(..12).filter(|prefix| prefix.starts_with(MAGIC)) else {
        return Err(broken("magic", "a NumPy file", "another".into()));
    };
    let (length, start): (usize, usize) = match prefix[6] {
        1 => (usize::from(u16::from_le_bytes([prefix[8], prefix[9]])), 10),
        2 | 3 => (u32::from_le_bytes([prefix[8], prefix[9], prefix[10], prefix[11]]) as usize, 12),
        other => return Err(broken("version", "1, 2 or 3", other.to_string())),
    };
    let text = start.checked_add(length).and_then(|end| bytes.get(start..end));
    let text = text.and_then(|text| std::str::from_utf8(text).ok());
    let text = text.ok_or_else(|| broken("header", "as many bytes of text as it says", "less".into()))?;
    let value = |key: &str, end: char| {
        let after = text.split_once(&format!("'{key}':"))?.1.trim_start();
        after.split_once(end).map(|(value, _)| value.trim())
    };
    let missing = |key: &str| broken("header", "descr, fortran_order and shape", format!("no {key}"));
    let descr = value("descr", ',').ok_or_else(|| missing("descr"))?.trim_matches('\'');
    let element = Element::parse(descr)
        .ok_or_else(|| broken("element type", "|u1, <f4, <f8 or whole numbers", descr.to_owned()))?;
    match value("fortran_order", ',').ok_or_else(|| missing("fortran_order"))? {
        "False" => {}
        other => return Err(broken("fortran_order", "False: values in C order", other.to_owned())),
    }
    let shape = value("shape", ')').ok_or_else(|| missing("shape"))?.trim_start_matches('(');
    let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
    let dims: Result<Vec<usize>, _> = sizes.map(str::parse).collect();
    let dims = dims.map_err(|_| broken("shape", "whole numbers", shape.to_owned()))?;
    Ok((element, dims, start + length))
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
            (file(">f4", "(1, 1, 1)", &[0; 4]), "element type"),
            (file("<i2", "(1, 1, 2)", &[0; 4]), "element type"),
            (b"\x93NUMPY\x01\x00\xff\xff{".to_vec(), "magic"),
            (b"\x93NUMPY\x09\x00\x01\x00{    ".to_vec(), "version"),
            (b"\x93NUMPY\x01\x00\xff\xff{    ".to_vec(), "header"),
        ] {
            fs::write(&path, content).unwrap();
            let error = load("a", &path).unwrap_err().to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
        let at = whole.windows(5).position(|w| w == b"False").unwrap();
        let fortran = [&whole[..at], b"True ", &whole[at + 5..]].concat();
        fs::write(&path, fortran).unwrap();
        assert!(load("a", &path).unwrap_err().to_string().contains("fortran_order"));
        fs::write(&path, &whole).unwrap();
        let negative = file("<i2", "(2,)", &[0, 0, 255, 255]);
        fs::write(dir.path().join("a-labels.npy"), negative).unwrap();
        assert!(load("a", &path).unwrap_err().to_string().contains("label 1"));
    }
}
