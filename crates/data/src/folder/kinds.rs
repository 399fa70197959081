//! Kinds of files and folders by their names.

use std::ffi::OsStr;
use std::path::Path;

use super::formats::FORMATS;

/// Name endings of images in formats that are not read. They are refused one by one, not passed over.
const REFUSED_IMAGES: [&str; 7] = ["avif", "heic", "heif", "jxl", "jp2", "tga", "ico"];

/// Name endings of other image formats: raw photographs, drawings, layers, exchange formats. Such files often lie beside
/// the images of a data set, so they are passed over and counted.
const UNREAD_IMAGES: [&str; 31] = [
    "svg", "svgz", "psd", "xcf", "kra", "eps", "ai", "cdr", "dng", "cr2", "cr3", "crw", "nef", "nrw", "arw",
    "srf", "sr2", "orf", "rw2", "raf", "pef", "srw", "pcx", "exr", "hdr", "dds", "icns", "j2k", "jpx", "bpg",
    "dcm",
];

/// Name endings of files whose content is not looked at.
const NO_IMAGES: [&str; 40] = [
    "txt", "text", "md", "rst", "csv", "tsv", "json", "jsonl", "ndjson", "xml", "xmp", "yaml", "yml", "toml",
    "ini", "cfg", "log", "html", "htm", "pdf", "doc", "docx", "py", "ipynb", "sh", "zip", "tar", "gz", "tgz",
    "7z", "rar", "npy", "npz", "pt", "pth", "pkl", "h5", "mat", "mp4", "sha256",
];

/// Folders that file servers, operating systems and tools leave among files, in lower case. Those whose names begin
/// with a dot are hidden, and passed over as such.
const SYSTEM_FOLDERS: [&str; 23] = [
    "@eadir",
    "@tmp",
    "@recycle",
    "@recently-snapshot",
    "@sharebin",
    "@synoresource",
    "#recycle",
    "#snapshot",
    "~snapshot",
    "__macosx",
    "__pycache__",
    "$recycle.bin",
    "recycler",
    "recycled",
    "system volume information",
    "lost+found",
    "lost_found",
    "found.000",
    "network trash folder",
    "temporary items",
    "thevolumesettingsfolder",
    "resource.frk",
    "aurora_thumbnails",
];

/// Files of the same kind.
const SYSTEM_FILES: [&str; 9] = [
    "thumbs.db",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "desktop.ini",
    "icon\r",
    "picasa.ini",
    "pspbrwse.jbf",
    "zbthumbnail.info",
    "folder.htt",
];

/// What a file is by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Image,
    UnreadImage,
    NoImage,
    /// Its name has no known ending: its first bytes decide.
    Nameless,
    /// It has another ending. If its first bytes are those of an image, that is reported.
    Other,
}

pub(super) fn kind(path: &Path) -> Kind {
    let Some(ending) = path.extension().and_then(OsStr::to_str) else { return Kind::Nameless };
    let is_in = |known: &[&str]| known.iter().any(|known| ending.eq_ignore_ascii_case(known));
    if FORMATS.iter().any(|format| is_in(format.extensions)) || is_in(&REFUSED_IMAGES) {
        Kind::Image
    } else if is_in(&UNREAD_IMAGES) {
        Kind::UnreadImage
    } else if is_in(&NO_IMAGES) {
        Kind::NoImage
    } else if ending.bytes().all(|digit| digit.is_ascii_digit()) {
        // `frame.0001`, and the dot at the end of `name.`.
        Kind::Nameless
    } else {
        Kind::Other
    }
}

/// Whether a file's name says that it is an image.
pub(crate) fn is_image_name(path: &Path) -> bool {
    kind(path) == Kind::Image
}

/// Whether a folder was made by a system or a tool. Capitals do not matter: some file systems change them.
pub(crate) fn is_system_folder(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    SYSTEM_FOLDERS.contains(&name.as_str()) || name.starts_with("@syno") || name.starts_with("found.0")
}

/// Whether a file was made by a system or a tool.
pub(super) fn is_system_file(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    SYSTEM_FILES.contains(&name.as_str()) || name == ".ds_store" || name.starts_with("._")
}

/// Whether a name begins with a dot.
pub(crate) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_kinds() {
        for (name, expected) in [
            ("a.PNG", Kind::Image),
            ("a.b.jpeg", Kind::Image),
            ("a.heic", Kind::Image),
            ("a.TIFF", Kind::Image),
            ("a.pgm", Kind::Image),
            ("a.CR2", Kind::UnreadImage),
            ("labels.csv", Kind::NoImage),
            ("0a1b2c", Kind::Nameless),
            ("frame.0001", Kind::Nameless),
            ("scan.dat", Kind::Other),
            ("a.png.bak", Kind::Other),
        ] {
            assert_eq!(kind(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn folders_of_systems_are_known_in_any_spelling() {
        for name in
            ["@eaDir", "__MACOSX", "$RECYCLE.BIN", "$Recycle.Bin", "lost+found", "#recycle", "found.001"]
        {
            assert!(is_system_folder(OsStr::new(name)), "{name}");
        }
        for name in ["cats", "recycling", "found", "eaDir", "@cats"] {
            assert!(!is_system_folder(OsStr::new(name)), "{name}");
        }
        assert!(is_system_file(OsStr::new("Thumbs.db")) && is_system_file(OsStr::new("._a.png")));
    }
}
