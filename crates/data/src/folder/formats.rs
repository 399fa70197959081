//! The image formats that are read: name, extensions of file names, first bytes and reader of each, in one table.

use std::io::{BufRead, Cursor, Seek};

use image::ImageDecoder;
use image::codecs::bmp::BmpDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::pnm::PnmDecoder;
use image::codecs::qoi::QoiDecoder;
use image::codecs::webp::WebPDecoder;

use super::failure::Failure;
use super::gif::Gif;
use super::png::Png;
use super::tiff::Tiff;
use super::{jpeg, webp};

/// What a file is read from.
pub(crate) trait Source: BufRead + Seek {}

impl<T: BufRead + Seek> Source for T {}

/// A format that is read.
pub(crate) struct Format {
    /// As users know it.
    pub(crate) name: &'static str,
    /// Extensions of file names, in lower case, the usual one first.
    pub(crate) extensions: &'static [&'static str],
    /// Whether a file with these first bytes has the format.
    starts: fn(&[u8]) -> bool,
    /// Reads the header.
    pub(super) open: for<'a> fn(Box<dyn Source + 'a>) -> Result<Opened<'a>, Failure>,
    /// Checks that a whole file is complete, where the decoder does not.
    pub(super) complete: fn(&[u8]) -> Result<(), String>,
    /// Whether a whole file has more than one frame. The first is read.
    pub(super) frames: fn(&[u8]) -> bool,
}

/// An image whose header is read.
pub(super) struct Opened<'a> {
    pub(super) decoder: Box<dyn ImageDecoder + 'a>,
    /// Whether all its colours are grey although the decoder gives RGB.
    pub(super) grey: bool,
    /// Whether it is an animation of a format whose animations are refused.
    pub(super) animated: bool,
}

impl<'a> Opened<'a> {
    fn still(decoder: impl ImageDecoder + 'a) -> Opened<'a> {
        Opened { decoder: Box::new(decoder), grey: false, animated: false }
    }
}

/// The formats, the most usual first.
pub(crate) static FORMATS: [Format; 8] = [
    Format {
        name: "PNG",
        extensions: &["png", "apng"],
        starts: |start| start.starts_with(b"\x89PNG\r\n\x1a\n"),
        open: |reader| {
            let decoder = Png::new(reader)?;
            Ok(Opened { animated: decoder.animated(), ..Opened::still(decoder) })
        },
        complete: |_| Ok(()),
        frames: |_| false,
    },
    Format {
        name: "JPEG",
        extensions: &["jpg", "jpeg", "jpe", "jfif"],
        starts: |start| start.starts_with(b"\xff\xd8\xff"),
        open: |mut reader| {
            // All of it, as its decoder would.
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map_err(Failure::Io)?;
            jpeg::readable(&bytes).map_err(Failure::Damaged)?;
            Ok(Opened::still(JpegDecoder::new(Cursor::new(bytes))?))
        },
        // The decoder paints missing parts grey without an error.
        complete: jpeg::check,
        frames: |_| false,
    },
    Format {
        name: "WebP",
        extensions: &["webp"],
        starts: |start| start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP".as_slice()),
        open: |reader| {
            let decoder = WebPDecoder::new(reader)?;
            Ok(Opened { animated: decoder.has_animation(), ..Opened::still(decoder) })
        },
        complete: webp::check,
        frames: |_| false,
    },
    Format {
        name: "GIF",
        extensions: &["gif"],
        starts: |start| start.starts_with(b"GIF87a") || start.starts_with(b"GIF89a"),
        open: |reader| Ok(Opened::still(Gif::new(reader)?)),
        complete: |_| Ok(()),
        frames: super::gif::is_animated,
    },
    Format {
        name: "BMP",
        extensions: &["bmp", "dib"],
        // The four bytes are reserved, and zero.
        starts: |start| start.starts_with(b"BM") && start.get(6..10) == Some([0; 4].as_slice()),
        open: |reader| {
            let decoder = BmpDecoder::new(reader)?;
            let palette = decoder.get_palette().unwrap_or_default();
            let grey = !palette.is_empty() && palette.iter().all(|[r, g, b]| r == g && g == b);
            Ok(Opened { grey, ..Opened::still(decoder) })
        },
        complete: |_| Ok(()),
        frames: |_| false,
    },
    Format {
        name: "TIFF",
        extensions: &["tif", "tiff"],
        starts: |start| start.starts_with(b"II*\0") || start.starts_with(b"MM\0*"),
        open: |reader| Ok(Opened::still(Tiff::new(reader)?)),
        complete: |_| Ok(()),
        frames: |_| false,
    },
    Format {
        name: "PNM",
        extensions: &["pnm", "pbm", "pgm", "ppm", "pam"],
        starts: starts_like_pnm,
        open: |reader| Ok(Opened::still(PnmDecoder::new(reader)?)),
        complete: |_| Ok(()),
        frames: |_| false,
    },
    Format {
        name: "QOI",
        extensions: &["qoi"],
        starts: |start| start.starts_with(b"qoif"),
        open: |reader| Ok(Opened::still(QoiDecoder::new(reader)?)),
        complete: qoi_is_complete,
        frames: |_| false,
    },
];

/// The format of a file by its first bytes, at least 16 if the file has them.
pub(crate) fn of(start: &[u8]) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.starts)(start))
}

/// The names of the formats: "PNG, JPEG or WebP".
pub fn image_formats() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    let (last, others) = names.split_last().unwrap_or((&"", &[]));
    format!("{} or {last}", others.join(", "))
}

/// Whether images of this format, by its name, are read.
pub fn is_image_format(name: &str) -> bool {
    FORMATS.iter().any(|format| format.name == name)
}

/// A letter, a digit, white space, and then a number or a comment; or the first line of a PAM.
fn starts_like_pnm(start: &[u8]) -> bool {
    let number = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_digit() || *byte == b'#');
    match start {
        [b'P', b'1'..=b'6', space, rest @ ..] if space.is_ascii_whitespace() => {
            number(rest.iter().find(|byte| !byte.is_ascii_whitespace()))
        }
        _ => start.starts_with(b"P7\n"),
    }
}

/// The format ends with seven zeros and a one. The decoder does not read them.
fn qoi_is_complete(bytes: &[u8]) -> Result<(), String> {
    match bytes.ends_with(&[0, 0, 0, 0, 0, 0, 0, 1]) {
        true => Ok(()),
        false => Err("it has no end marker".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_extension_belongs_to_one_format() {
        let all: Vec<&str> = FORMATS.iter().flat_map(|format| format.extensions).copied().collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert!(image_formats().ends_with(", PNM or QOI"));
    }

    #[test]
    fn texts_are_no_images() {
        for start in
            [&b"P1 is the first plan"[..], b"P6", b"P8\n3 3", b"BMW, VW", b"GIF files", b"RIFF....WAVE"]
        {
            assert!(of(start).is_none(), "{start:?}");
        }
        for start in [&b"P6\n4 4\n255\n"[..], b"P5 # made by hand\n3 3 255\n", b"P7\nWIDTH 3\n"] {
            assert_eq!(of(start).map(|format| format.name), Some("PNM"), "{start:?}");
        }
    }
}
