//! An output is checked before any work: its name, its place, and what is there.

use std::path::Path;

use anyhow::bail;

use super::contents::replaceable;
use super::spared::{Inputs, spare};
use super::{Format, Named};
use crate::hints::{Hint, Typed};
use crate::output::{Quiet, note};

/// The format of an output file: one of `formats`, by its name; the first of them if its name has no ending. A compressed
/// IDX file may have any name.
///
/// # Errors
/// If its name means another format, if it is a folder, or if its folder does not exist.
pub(crate) fn format(path: &Path, formats: &[Format]) -> anyhow::Result<Format> {
    let shown = path.display();
    let format = match Named::of(path, formats) {
        Named::Format(format) if formats.contains(&format) => format,
        Named::Nothing => {
            let assumed = formats[0];
            note(Quiet(false), &format!("note: {shown} has no ending: this is {} file", assumed.name()));
            assumed
        }
        Named::Other if formats == [Format::Idx] => Format::Idx,
        Named::Format(_) | Named::Other => {
            let endings: Vec<_> = formats.iter().map(|format| format!("*{}", format.ending())).collect();
            let hint = Hint::output_name(Typed::now(), path, formats[0].ending());
            bail!(
                "{shown}: this would be {} file, but its name has another ending; this command writes {}{}",
                formats[0].name(),
                endings.join(", "),
                hint.map_or_else(String::new, |hint| hint.to_string())
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
    replaceable(path, format)?;
    Ok(format)
}

/// Checks a file that must have the format `only`, if one is given.
///
/// # Errors
/// As there.
pub(crate) fn check(path: Option<&Path>, only: Format) -> anyhow::Result<()> {
    path.map_or(Ok(()), |path| format(path, &[only]).map(drop))
}

/// Checks a folder for figures: it must not be a file or the folder of a run.
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
            ("a.pt", Format::Model, "would be a generator's file"),
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
