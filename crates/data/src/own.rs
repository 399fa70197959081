//! Files that this program wrote. They are not data when they lie in a folder of data.
//!
//! | what | known by |
//! |---|---|
//! | a run's folder, also a half-made one | its layout: `checkpoints/` and what lies beside it |
//! | a folder of images that `sample` wrote elsewhere | the file [`MARKER_FILE`] in it |
//! | a picture that shows many images (sheets, plots) | [`SOFTWARE`] in its text chunk or comment |
//! | unfinished files, packed files, checkpoints and judges | the endings of their names |
//!
//! A folder of generated images is data if it is given itself. Single generated images have no mark: a user who copies
//! them into a data set wants them there.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::Path;

use crate::{open_regular, pack};

/// The software's name in the metadata of pictures of many images.
pub const SOFTWARE: &str = "Ganymede";

/// A file that marks a folder of generated images. They are data if the folder is given itself, and passed over if it
/// lies somewhere below.
pub const MARKER_FILE: &str = ".ganymede-generated";

/// How many bytes are searched for the mark. PNGs and GIFs have it before their pixels.
pub(crate) const START_BYTES: u64 = 4096;

/// Endings of files that this program writes beside pictures.
const ENDINGS: [&str; 3] = [pack::EXTENSION, "safetensors", "part"];

/// Whether a folder with these entries, called `name`, is a run's.
pub(crate) fn is_run(name: &OsStr, entries: &[OsString]) -> bool {
    let has = |name: &&str| entries.iter().any(|entry| entry == *name);
    let files = ["config.toml", "events.jsonl", "environment.json", "lock"].iter().filter(|name| has(name));
    match (has(&"checkpoints"), files.count()) {
        // Its checkpoints may have been removed, to save space.
        (false, files) => has(&"config.toml") && files > 1,
        (true, 0) => has(&"samples") && is_numbered(name),
        (true, _) => true,
    }
}

/// Whether a folder with these entries holds generated images.
pub(crate) fn is_generated(entries: &[OsString]) -> bool {
    entries.iter().any(|entry| entry == MARKER_FILE)
}

/// As runs' folders are called: `0000-name`.
fn is_numbered(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let number = name.split('-').next().unwrap_or_default();
    number.len() >= 4 && number.len() < name.len() && number.bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether the ending of a file's name says that this program wrote it.
pub(crate) fn is_own_name(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ENDINGS.iter().any(|own| ending.eq_ignore_ascii_case(own))
}

/// Whether a file is a picture of many images that this program made. False if the file cannot be read: decoding it
/// will report the reason.
pub fn is_marked_picture(path: &Path) -> bool {
    // Other files are not opened.
    if !may_be_marked(path) {
        return false;
    }
    let Ok((file, _)) = open_regular(path) else { return false };
    let mut start = Vec::new();
    file.take(START_BYTES).read_to_end(&mut start).is_ok() && is_marked(&start)
}

/// Whether a file's name is one of those that marked pictures have.
pub(crate) fn may_be_marked(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or("png");
    ["png", "apng", "gif"].iter().any(|marked| ending.eq_ignore_ascii_case(marked))
}

/// Whether a file's first [`START_BYTES`] have the mark.
pub(crate) fn is_marked(start: &[u8]) -> bool {
    is_marked_png(start) || is_marked_gif(start)
}

fn is_marked_png(start: &[u8]) -> bool {
    let Some(mut rest) = start.strip_prefix(b"\x89PNG\r\n\x1a\n") else { return false };
    // A chunk is a length, a name of four letters, so many bytes, and a checksum.
    while let Some(&[a, b, c, d]) = rest.get(..4).and_then(<[u8]>::first_chunk) {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let (name, body) = (rest.get(4..8), rest.get(8..length.saturating_add(8)));
        match (name, body) {
            (Some(b"tEXt"), Some(body)) if is_mark(body) => return true,
            (Some(b"IDAT") | None, _) | (_, None) => return false,
            _ => rest = rest.get(length + 12..).unwrap_or_default(),
        }
    }
    false
}

/// A keyword, a zero, a text.
fn is_mark(text: &[u8]) -> bool {
    text.strip_prefix(b"Software\0").is_some_and(|text| text == SOFTWARE.as_bytes())
}

fn is_marked_gif(start: &[u8]) -> bool {
    // A comment extension: its introducer and label, then the length of the text, and the text.
    let comment = [&[0x21, 0xfe, SOFTWARE.len() as u8], SOFTWARE.as_bytes()].concat();
    start.starts_with(b"GIF8") && start.windows(comment.len()).any(|window| window == comment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, entries: &[&str]) -> bool {
        is_run(OsStr::new(name), &entries.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn runs_are_known_by_their_layout_also_half_made() {
        assert!(run("mine", &["config.toml", "events.jsonl", "checkpoints", "samples", "report.html"]));
        assert!(run("0000-dense", &["samples", "checkpoints"]) && run("x", &["checkpoints", "lock"]));
        assert!(run("x", &["config.toml", "environment.json"]));
        assert!(!run("photos", &["samples", "checkpoints"]) && !run("0000-dense", &["a.png"]));
        assert!(!run("x", &["config.toml", "a.png"]) && !run("0000", &["samples", "checkpoints"]));
    }

    #[test]
    fn pictures_are_known_by_their_mark() {
        let dir = tempfile::tempdir().unwrap();
        let picture = |text: Option<&str>| {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
            if let Some(text) = text {
                encoder.add_text_chunk("Software".to_owned(), text.to_owned()).unwrap();
            }
            encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
            let path = dir.path().join("x.png");
            std::fs::write(&path, bytes).unwrap();
            is_marked_picture(&path)
        };
        assert!(picture(Some(SOFTWARE)));
        assert!(!picture(None) && !picture(Some("Adobe ImageReady")) && !picture(Some("Ganymede II")));
        let gif = [b"GIF89a\x01\0\x01\0\0\0\0".as_slice(), b"\x21\xfe\x08Ganymede\0", b";"].concat();
        assert!(is_marked_gif(&gif) && !is_marked_gif(&gif[1..]) && !is_marked_gif(b"GIF89a"));
        // Impossible lengths end the search.
        assert!(!is_marked_png(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXtSoftware\0Ganymede"));
    }
}
