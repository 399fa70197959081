//! The files that commands write: refused before any work if they cannot be written, or are called like files of another format.

use std::path::Path;

use anyhow::bail;

/// What a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Gif,
    Html,
    Idx,
    Npy,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Png => "a PNG",
            Format::Gif => "a GIF",
            Format::Html => "an HTML",
            Format::Idx => "an IDX",
            Format::Npy => "a NumPy",
        }
    }

    /// What a file's name says that it holds.
    pub(crate) fn of(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.').map_or(name, |(_, extension)| extension) {
            "png" => Some(Format::Png),
            "gif" => Some(Format::Gif),
            "html" | "htm" => Some(Format::Html),
            "npy" => Some(Format::Npy),
            rest if rest.ends_with("-ubyte") => Some(Format::Idx),
            _ => None,
        }
    }
}

/// Endings of formats that no command writes its pictures, pages and images in.
const OTHERS: [&str; 16] = [
    "bmp",
    "csv",
    "gpack",
    "jpeg",
    "jpg",
    "json",
    "mp4",
    "npz",
    "pdf",
    "safetensors",
    "svg",
    "tif",
    "tiff",
    "toml",
    "txt",
    "webp",
];

/// Refuses a file that somebody asked for if it cannot be one of this format.
///
/// # Errors
/// If its name says another format, it is a folder, or the folder that it would be in is not there.
pub(crate) fn check(path: Option<&Path>, format: Format) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let shown = path.display();
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let says_another = Format::of(path).is_some_and(|named| named != format);
    if says_another || OTHERS.contains(&extension.as_str()) {
        bail!("{shown}: this would be {} file, which its name does not say", format.name());
    }
    if path.is_dir() {
        bail!("{shown}: is a folder; expected the file to write");
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            bail!("{shown}: there is no folder {}", folder.display())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_formats() {
        let of = |name: &str| Format::of(Path::new(name));
        assert_eq!(of("a/b.PNG"), Some(Format::Png));
        assert_eq!(of("x.npy"), Some(Format::Npy));
        for idx in ["fakes-idx3-ubyte", "fakes-idx3-ubyte.gz", "a.idx3-ubyte"] {
            assert_eq!(of(idx), Some(Format::Idx), "{idx}");
        }
        assert_eq!([of("sheet"), of("fakes.gz"), of("v1.5")], [None; 3]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let refused =
            |name: &str, format| check(Some(&dir.path().join(name)), format).map_err(|e| e.to_string());
        for (name, format, said) in [
            ("a.npy", Format::Png, "would be a PNG file"),
            ("a.jpg", Format::Png, "would be a PNG file"),
            ("a.png", Format::Gif, "would be a GIF file"),
            ("a.png", Format::Html, "would be an HTML file"),
            ("a-ubyte", Format::Npy, "would be a NumPy file"),
            ("none/a.png", Format::Png, "there is no folder"),
            (".", Format::Png, "is a folder"),
        ] {
            assert!(refused(name, format).unwrap_err().contains(said), "{name}");
        }
        for (name, format) in [("a", Format::Png), ("a.gz", Format::Idx), ("v1.5", Format::Html)] {
            assert_eq!(refused(name, format), Ok(()), "{name}");
        }
        assert!(check(None, Format::Png).is_ok());
    }
}
