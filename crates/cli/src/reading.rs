//! What reading a folder of images left out or changed, said; and what may not be written into it.

use std::fmt::Display;
use std::path::{Component, Path, PathBuf};

use anyhow::bail;
use data::{Background, ImageSet, Reading};

use crate::output::{Quiet, grouped, note};

/// Says what reading `source` left out or changed. `asked` is what was to be laid under transparent images.
pub(crate) fn tell(set: &ImageSet, source: &str, asked: Background) {
    let reading = set.reading();
    let when = match reading.background == asked {
        true => "(data.background)",
        false => "when they were packed, which data.background does not change",
    };
    transparency(reading, set.len(), when);
    rest(reading, source);
}

/// The same of `count` images that are being packed.
pub(crate) fn tell_packed(reading: &Reading, count: usize, source: &str) {
    transparency(reading, count, "(--background)");
    rest(reading, source);
}

fn transparency(reading: &Reading, count: usize, when: &str) {
    if reading.transparent > 0 {
        let text = format!(
            "note: {} of {} images are transparent in places; laid on {} {when}",
            grouped(reading.transparent as u64),
            grouped(count as u64),
            reading.background
        );
        note(Quiet(false), &text);
    }
}

fn rest(reading: &Reading, source: &str) {
    for name in &reading.doubtful {
        note(Quiet(false), &format!("warning: {}", doubt(name)));
    }
    if !reading.passed_over.is_empty() {
        let text = format!(
            "note: passed over in {source}: {}; ganymede data check {source} names them",
            reading.passed_over
        );
        note(Quiet(false), &text);
    }
}

/// What there is to say of a class that is called like a split.
pub(crate) fn doubt(name: impl Display) -> String {
    format!("the folder `{name}` is read as a class, as others beside it are; it is named like a split")
}

/// Refuses a picture, which `flag` names, inside of the folder of images that is being read.
///
/// # Errors
/// If `output` would be in it.
pub(crate) fn refuse_inside(source: &str, flag: &str, output: &Path) -> anyhow::Result<()> {
    if data::SOURCES.contains(&source) {
        return Ok(());
    }
    let source = Path::new(source);
    let folder = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // What is not there, or no folder, is for reading to say.
    let (Ok(root), Ok(real)) = (source.canonicalize(), folder.canonicalize()) else { return Ok(()) };
    if !root.is_dir() || !real.starts_with(&root) {
        return Ok(());
    }
    bail!(
        "{}: lies in the folder that is read as data, where nothing is written\n  hint: {flag} {}",
        output.display(),
        outside(source, output).display()
    )
}

/// A place for `output` beside the folder `source`.
fn outside(source: &Path, output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default();
    match source.components().next_back() {
        Some(Component::Normal(_)) if !source.is_symlink() => source.with_file_name(name),
        _ => source.join("..").join(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_beside_the_data() {
        for (source, output, expected) in [
            (".", "data.png", "./../data.png"),
            ("..", "x.png", "../../x.png"),
            ("photos", "photos/a/x.png", "x.png"),
            ("d/photos/", "d/photos/x.png", "d/x.png"),
            ("/d/photos", "/d/photos/x.png", "/d/x.png"),
        ] {
            assert_eq!(outside(Path::new(source), Path::new(output)), Path::new(expected), "{source}");
        }
    }
}
