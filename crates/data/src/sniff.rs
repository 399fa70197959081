//! The kind of a file by its first bytes, so that errors can name it.

use std::fmt;

use crate::folder::formats;

/// How many bytes are needed.
pub(crate) const BYTES: usize = 1024;

/// A kind of file that is not a data set here, or that contains one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// An empty file.
    Empty,
    /// One image, in this format: "PNG".
    Image(&'static str),
    /// Several images that move: "GIF", "MP4".
    Video(&'static str),
    /// A zip archive.
    Zip,
    /// NumPy's archive of arrays; with the first one's name.
    Npz(String),
    /// A tar archive.
    Tar,
    /// Compressed by this program's format: "gzip"; with what is in it, if that can be told.
    Compressed(&'static str, Option<Box<Kind>>),
    /// A NumPy array.
    Npy,
    /// A packed file.
    Pack,
    /// An IDX file.
    Idx,
    /// A table in Apache's Parquet, Arrow or Feather.
    Table(&'static str),
    /// HDF5, which is also MATLAB 7.3's format and Keras's.
    Hdf5,
    /// A MATLAB file of version 5.
    Mat,
    /// A Python pickle, such as CIFAR's batches.
    Pickle,
    /// A model: weights, not images; "safetensors", "PyTorch".
    Model(&'static str),
    /// TensorFlow's records.
    TfRecord,
    /// A document: "PDF".
    Document(&'static str),
    /// A database: "SQLite", "LMDB".
    Database(&'static str),
    /// Text.
    Text,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Empty => f.write_str("an empty file"),
            Kind::Image(format) => write!(f, "one {format} image"),
            Kind::Video(format) => write!(f, "an animation or a video ({format})"),
            Kind::Zip => f.write_str("a zip archive"),
            Kind::Npz(_) => f.write_str("a NumPy archive of arrays (.npz)"),
            Kind::Tar => f.write_str("a tar archive"),
            Kind::Compressed(by, None) => write!(f, "{by} data of an unknown kind"),
            Kind::Compressed(by, Some(inner)) => write!(f, "{inner}, compressed by {by}"),
            Kind::Npy => f.write_str("a NumPy array"),
            Kind::Pack => f.write_str("a packed file"),
            Kind::Idx => f.write_str("an IDX file"),
            Kind::Table(format) => write!(f, "a table ({format})"),
            Kind::Hdf5 => f.write_str("an HDF5 file"),
            Kind::Mat => f.write_str("a MATLAB file"),
            Kind::Pickle => f.write_str("a Python pickle"),
            Kind::Model(format) => write!(f, "a model's weights ({format})"),
            Kind::TfRecord => f.write_str("a TFRecord file"),
            Kind::Document(format) => write!(f, "a {format} document"),
            Kind::Database(format) => write!(f, "a database ({format})"),
            Kind::Text => f.write_str("a text"),
        }
    }
}

/// Kinds that begin with certain bytes at a certain place.
const MAGICS: &[(usize, &[u8], Kind)] = &[
    (0, b"8BPS", Kind::Image("Photoshop")),
    (0, b"\x76\x2f\x31\x01", Kind::Image("OpenEXR")),
    (0, b"\0\0\0\x0cjP  ", Kind::Image("JPEG 2000")),
    (0, b"\0\0\0\x0cJXL ", Kind::Image("JPEG XL")),
    (0, b"\xff\x0a", Kind::Image("JPEG XL")),
    (4, b"ftypavif", Kind::Image("AVIF")),
    (4, b"ftypheic", Kind::Image("HEIC")),
    (4, b"ftypmif1", Kind::Image("HEIC")),
    (0, b"GIF8", Kind::Video("GIF")),
    (4, b"ftyp", Kind::Video("MP4")),
    (8, b"AVI ", Kind::Video("AVI")),
    (0, b"\x1a\x45\xdf\xa3", Kind::Video("Matroska")),
    (257, b"ustar", Kind::Tar),
    (0, b"\x93NUMPY", Kind::Npy),
    (0, b"GANYPACK", Kind::Pack),
    (0, b"PAR1", Kind::Table("Parquet")),
    (0, b"ARROW1", Kind::Table("Arrow")),
    (0, b"FEA1", Kind::Table("Feather")),
    (0, b"\x89HDF\r\n\x1a\n", Kind::Hdf5),
    // MATLAB 7.3 puts a text of 512 bytes before it.
    (512, b"\x89HDF\r\n\x1a\n", Kind::Hdf5),
    (0, b"MATLAB 5.0 MAT-file", Kind::Mat),
    (0, b"%PDF", Kind::Document("PDF")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind::Document("Microsoft Office")),
    (0, b"SQLite format 3\0", Kind::Database("SQLite")),
    (16, b"\xde\xc0\xef\xbe", Kind::Database("LMDB")),
    (0, b"\x1f\x8b", Kind::Compressed("gzip", None)),
    (0, b"BZh", Kind::Compressed("bzip2", None)),
    (0, b"\xfd7zXZ\0", Kind::Compressed("xz", None)),
    (0, b"\x28\xb5\x2f\xfd", Kind::Compressed("zstd", None)),
    (0, b"\x04\x22\x4d\x18", Kind::Compressed("LZ4", None)),
    (0, b"7z\xbc\xaf\x27\x1c", Kind::Compressed("7-Zip", None)),
    (0, b"Rar!\x1a\x07", Kind::Compressed("RAR", None)),
];

/// The kind of a file whose first bytes (up to [`BYTES`]) are `start`; `None` if it is unknown.
pub(crate) fn kind(start: &[u8]) -> Option<Kind> {
    if start.is_empty() {
        return Some(Kind::Empty);
    }
    if let [0, 0, 0x08 | 0x09 | 0x0b..=0x0e, 1..=4, ..] = start {
        return Some(Kind::Idx);
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return Some(zip(start));
    }
    let at = |(place, magic, _): &&(usize, &[u8], Kind)| {
        start.get(*place..*place + magic.len()).is_some_and(|bytes| bytes == *magic)
    };
    if let Some((_, _, kind)) = MAGICS.iter().find(at) {
        return Some(kind.clone());
    }
    if let Some(format) = formats::of(start) {
        return Some(Kind::Image(format.name));
    }
    if is_pickle(start) {
        return Some(Kind::Pickle);
    }
    if is_safetensors(start) {
        return Some(Kind::Model("safetensors"));
    }
    if is_tfrecord(start) {
        return Some(Kind::TfRecord);
    }
    // A tar of before 1988 has no magic, but the checksum of its header.
    if is_old_tar(start) {
        return Some(Kind::Tar);
    }
    if is_text(start) {
        return Some(if start.starts_with(b"<svg") { Kind::Image("SVG") } else { Kind::Text });
    }
    None
}

/// Which kind of zip archive, from the name of its first member.
fn zip(start: &[u8]) -> Kind {
    let length = start.get(26..28).map_or(0, |two| usize::from(u16::from_le_bytes([two[0], two[1]])));
    let name = start.get(30..30 + length).unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    // The name of the array goes into a command, so other characters are left out.
    let typed = |name: &str| name.chars().all(|c| c.is_alphanumeric() || "_-. ".contains(c));
    match name.strip_suffix(".npy") {
        Some(array) if typed(array) => Kind::Npz(array.to_owned()),
        Some(_) => Kind::Npz("arr_0".to_owned()),
        None if name.ends_with("data.pkl") => Kind::Model("PyTorch"),
        None if name == "[Content_Types].xml" => Kind::Document("Microsoft Office"),
        None => Kind::Zip,
    }
}

/// Protocols 2 to 5 have a mark. Older pickles of a dictionary, a list or a NumPy array begin like this.
fn is_pickle(start: &[u8]) -> bool {
    matches!(start, [0x80, 2..=5, ..])
        || [&b"(dp"[..], b"(lp", b"cnumpy", b"}q", b"]q"].iter().any(|old| start.starts_with(old))
}

/// The length of a header, and JSON.
fn is_safetensors(start: &[u8]) -> bool {
    let length = start.first_chunk::<8>().map_or(0, |eight| u64::from_le_bytes(*eight));
    (2..1 << 30).contains(&length) && start.get(8..10) == Some(b"{\"")
}

/// The length of a record, and a checksum of it.
fn is_tfrecord(start: &[u8]) -> bool {
    let (Some(length), Some(sum)) =
        (start.first_chunk::<8>(), start.get(8..12).and_then(<[u8]>::first_chunk::<4>))
    else {
        return false;
    };
    // TensorFlow's "masked" CRC-32C.
    let crc = crc32c(length);
    u32::from_le_bytes(*sum) == crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32 with Castagnoli's polynomial.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 },
        )
    })
}

/// The sum of a header's bytes stands in it, in octal; in the sum, the place itself counts as blanks.
fn is_old_tar(start: &[u8]) -> bool {
    let Some(header) = start.get(..512) else { return false };
    let text: String =
        header[148..156].iter().map(|&b| char::from(b)).take_while(char::is_ascii_graphic).collect();
    let sum = header.iter().map(|&b| u32::from(b)).sum::<u32>();
    let place = header[148..156].iter().map(|&b| u32::from(b)).sum::<u32>();
    header[0] != 0 && u32::from_str_radix(&text, 8) == Ok(sum - place + 8 * 32)
}

/// UTF-8 (or UTF-16 by its mark) without control characters other than white space.
fn is_text(start: &[u8]) -> bool {
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return true;
    }
    let valid = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The last character may be cut.
        Err(e) if start.len() - e.valid_up_to() < 4 && e.error_len().is_none() => {
            std::str::from_utf8(&start[..e.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty() && valid.chars().all(|c| !c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        let tar = [&b"name"[..], &[0; 253], b"ustar\0"].concat();
        for (start, said) in [
            (&b""[..], "an empty file"),
            (b"\x89PNG\r\n\x1a\n....", "one PNG image"),
            (b"\xff\xd8\xff\xe0", "one JPEG image"),
            (b"RIFF....WEBPVP8 ", "one WebP image"),
            (b"GIF89a", "an animation or a video (GIF)"),
            (b"PK\x05\x06", "a zip archive"),
            (&tar, "a tar archive"),
            (b"PAR1\x15\x04", "a table (Parquet)"),
            (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
            (b"MATLAB 5.0 MAT-file, Platform: ", "a MATLAB file"),
            (b"\x80\x03}q\x00", "a Python pickle"),
            (b"\x10\0\0\0\0\0\0\0{\"a\":", "a model's weights (safetensors)"),
            (b"%PDF-1.7\n", "a PDF document"),
            (b"label,pixel0\n5,0\n", "a text"),
            ("r\u{e9}sum\u{e9}".as_bytes(), "a text"),
            (b"P6\n4 4\n255\n\x00\x01", "one PNM image"),
            (b"\x1f\x8b\x08", "gzip data of an unknown kind"),
            (b"\0\0\x08\x03", "an IDX file"),
        ] {
            assert_eq!(kind(start).unwrap().to_string(), said, "{start:?}");
        }
        for unknown in [&b"\x00\x01\x02\x03"[..], b"a text\x01", &[0; 1024], &[0xff; 600]] {
            assert_eq!(kind(unknown), None, "{:?}", &unknown[..4]);
        }
    }

    #[test]
    fn archives_are_told_by_their_first_member() {
        let zip = |name: &str| {
            let length = (name.len() as u16).to_le_bytes();
            kind(&[b"PK\x03\x04", &[0; 22][..], &length, &[0, 0], name.as_bytes()].concat()).unwrap()
        };
        assert_eq!(zip("photo.png"), Kind::Zip);
        assert_eq!(zip("x.npy"), Kind::Npz("x".into()));
        assert_eq!(zip("'; rm -rf.npy"), Kind::Npz("arr_0".into()));
        assert_eq!(zip("archive/data.pkl"), Kind::Model("PyTorch"));
    }

    #[test]
    fn records_are_told_by_their_checksum() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        let length = 300_u64.to_le_bytes();
        let sum = crc32c(&length).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
        assert_eq!(kind(&[&length[..], &sum, &[7; 20]].concat()), Some(Kind::TfRecord));
        assert_eq!(kind(&[&length[..], &[1, 2, 3, 4], &[7; 20]].concat()), None);
    }

    #[test]
    fn cut_characters_are_text() {
        assert!(is_text(&"abc\u{20ac}".as_bytes()[..5]));
        assert!(!is_text(b"abc\xff\xff\xff\xff"));
    }
}
