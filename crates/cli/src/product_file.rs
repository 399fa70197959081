//! The files that commands write: refused before any work if they cannot be written, are called like files of another
//! format, or would replace what the command reads or what it did not make.

mod contents;
mod spared;

use std::path::Path;

use anyhow::bail;

use crate::hints::Typed;
use crate::output::{Quiet, note};

pub(crate) use spared::{Inputs, spare};

/// What a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Gif,
    Html,
    Idx,
    Npy,
    Pack,
    Judge,
}

/// Every format: what it is called, and the endings of its files, the usual one first.
const FORMATS: [(Format, &str, &[&str]); 7] = [
    (Format::Png, "a PNG", &[".png"]),
    (Format::Gif, "a GIF", &[".gif"]),
    (Format::Html, "an HTML", &[".html", ".htm"]),
    (Format::Idx, "an IDX", &["-ubyte", "-ubyte.gz"]),
    (Format::Npy, "a NumPy", &[".npy"]),
    (Format::Pack, "a packed", &[".gpack"]),
    (Format::Judge, "a judge's", &[".safetensors"]),
];

/// What a file's name says that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Format(Format),
    /// An ending that no command writes.
    Other,
    /// Nothing: it has no ending.
    Nothing,
}

impl Named {
    fn of(path: &Path) -> Named {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let known = FORMATS.iter().find(|(_, _, endings)| endings.iter().any(|end| name.ends_with(end)));
        match (known, name.trim_start_matches('.').contains('.')) {
            (Some((format, ..)), _) => Named::Format(*format),
            (None, true) => Named::Other,
            (None, false) => Named::Nothing,
        }
    }
}

impl Format {
    fn name(self) -> &'static str {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or("", |(_, name, _)| name)
    }

    /// The ending of its files.
    pub(crate) fn ending(self) -> &'static str {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or("", |(_, _, endings)| endings[0])
    }
}

/// The format of an output file: one of `formats`, by its name; the first of them if its name says
/// nothing. A compressed IDX file may have any name.
///
/// # Errors
/// If its name says another format, it is a folder, or the folder that it would be in is not there.
pub(crate) fn format(path: &Path, formats: &[Format]) -> anyhow::Result<Format> {
    let shown = path.display();
    let format = match Named::of(path) {
        Named::Format(format) if formats.contains(&format) => format,
        Named::Nothing => {
            let assumed = formats[0];
            note(Quiet(false), &format!("note: {shown} has no ending: this is {} file", assumed.name()));
            assumed
        }
        Named::Other if formats == [Format::Idx] => Format::Idx,
        Named::Format(_) | Named::Other => {
            let endings: Vec<_> = formats.iter().map(|format| format!("*{}", format.ending())).collect();
            bail!(
                "{shown}: this would be {} file, which its name does not say; this command writes {}{}",
                formats[0].name(),
                endings.join(", "),
                Typed::now().hint_output(path, formats[0])
            );
        }
    };
    if path.is_dir() {
        bail!("{shown}: is a folder; expected the file to write");
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            bail!("{shown}: there is no folder {}", folder.display())
        }
        _ => {}
    }
    contents::replaceable(path, format)?;
    Ok(format)
}

/// [`format`](fn@format) of a file that has one, where one was asked for.
///
/// # Errors
/// As there.
pub(crate) fn check(path: Option<&Path>, only: Format) -> anyhow::Result<()> {
    path.map_or(Ok(()), |path| format(path, &[only]).map(drop))
}

/// Refuses a folder for figures that is a file or a run's, or in which one of their names is another's.
///
/// # Errors
/// If it is one of these.
pub(crate) fn figures(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    if folder.exists() && !folder.is_dir() {
        bail!("{shown}: is a file; expected the folder to write in");
    }
    if run::RunFolder::open(folder).is_ok() {
        bail!("{shown}: is a run's folder; the figures of several runs go in one of their own");
    }
    spare(&folder.join("figure.png"), &Inputs::default(), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_formats() {
        let of = |name: &str| Named::of(Path::new(name));
        assert_eq!(of("a/b.PNG"), Named::Format(Format::Png));
        assert_eq!(of("x.npy"), Named::Format(Format::Npy));
        for idx in ["fakes-idx3-ubyte", "fakes-idx3-ubyte.gz", "a.idx3-ubyte"] {
            assert_eq!(of(idx), Named::Format(Format::Idx), "{idx}");
        }
        assert_eq!([Named::of(Path::new("a/sheet")), Named::of(Path::new(".sheet"))], [Named::Nothing; 2]);
        for other in ["x.onnx", "x.zip", "x.foo", "v1.5", "fakes.gz", "x.png.bak", "x."] {
            assert_eq!(Named::of(Path::new(other)), Named::Other, "{other}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let refused =
            |name: &str, format| check(Some(&dir.path().join(name)), format).map_err(|e| e.to_string());
        for (name, format, said) in [
            ("a.npy", Format::Png, "would be a PNG file"),
            ("a.jpg", Format::Png, "would be a PNG file"),
            ("a.onnx", Format::Png, "this command writes *.png"),
            ("a.png", Format::Gif, "would be a GIF file"),
            ("a.png", Format::Html, "would be an HTML file"),
            ("v1.5", Format::Html, "would be an HTML file"),
            ("a-ubyte", Format::Npy, "would be a NumPy file"),
            ("a.bin", Format::Pack, "would be a packed file"),
            ("a.pt", Format::Judge, "would be a judge's file"),
            ("none/a.png", Format::Png, "there is no folder"),
            (".", Format::Png, "is a folder"),
        ] {
            assert!(refused(name, format).unwrap_err().contains(said), "{name}");
        }
        for (name, format) in [("a", Format::Png), ("a.gz", Format::Idx), ("a.htm", Format::Html)] {
            assert_eq!(refused(name, format), Ok(()), "{name}");
        }
        assert!(check(None, Format::Png).is_ok());
    }
}
