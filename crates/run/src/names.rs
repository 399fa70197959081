//! Names in a run's folder and in the folder of runs: which are the program's own, and their order.
//!
//! Numbers are compared as numbers: run 10000 is newer than run 9999, and a checkpoint of eleven digits is newer than one
//! of ten.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::RunError;

/// Ending of a checkpoint's name.
pub(crate) const CHECKPOINT: &str = "safetensors";
/// Ending of the name of what a run did up to a checkpoint, beside it.
pub(crate) const PAST: &str = "json";
/// Ending of a grid's name.
pub(crate) const GRID: &str = "png";

/// The name of a checkpoint or a grid at `images` images.
pub(crate) fn name_at(images: u64, ending: &str) -> String {
    format!("{images:010}.{ending}")
}

/// The images of a name that [`name_at`] gives; none for any other name, such as `20240101.png` or `+000000001.png`.
pub(crate) fn images_of(name: &OsStr, ending: &str) -> Option<u64> {
    let name = name.to_str()?;
    let images = name.strip_suffix(ending)?.strip_suffix('.')?.parse().ok()?;
    (name_at(images, ending) == name).then_some(images)
}

/// The grids of a run with the images shown at each, in their order. Files of other names are not the run's.
pub fn grids(run: &Path) -> Vec<(u64, PathBuf)> {
    files(&run.join("samples"), GRID).unwrap_or_default()
}

/// The files of a folder that are named by images, in their order.
pub(crate) fn files(folder: &Path, ending: &str) -> Result<Vec<(u64, PathBuf)>, RunError> {
    let entries = fs::read_dir(folder).map_err(|e| RunError::io(folder, "read", e))?;
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| Some((images_of(&entry.file_name(), ending)?, entry.path())))
        .filter(|(_, path)| path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// Whether a path is a file itself, and no link to one.
pub(crate) fn is_own_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_file())
}

/// The digits before the first dash of a run's name, without leading zeros.
fn digits(name: &str) -> Option<&str> {
    let number = name.split('-').next().filter(|number| !number.is_empty())?;
    number.bytes().all(|b| b.is_ascii_digit()).then(|| number.trim_start_matches('0'))
}

/// The number that a run's name begins with; none for a name without one, or with one beyond `u64`.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let digits = digits(name)?;
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

/// Order of runs by their folders, the oldest first: by the numbers that their names begin with, of any length. Runs with the
/// same number come in the order of their names, and those without a number before all others: they were renamed, or
/// copied.
pub fn run_order(a: &Path, b: &Path) -> Ordering {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (name_a, name_b) = (name(a), name(b));
    // Longer numbers without leading zeros are greater ones.
    let by_number = |name| digits(name).map(|digits| (digits.len(), digits));
    by_number(&name_a).cmp(&by_number(&name_b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_ordered_by_number() {
        let names = [
            "best",
            "copy-of-0003",
            "x9-a",
            "0000-a",
            "7-b",
            "0007-a",
            "0007-b",
            "9999-a",
            "10000",
            "10000-a",
            "018446744073709551615-a",
            "99999999999999999999999-a",
        ];
        for (i, a) in names.iter().enumerate() {
            for (j, b) in names.iter().enumerate() {
                // 7-b and 0007-a have one number.
                if names[i.min(j)] != "7-b" || i == j {
                    assert_eq!(run_order(Path::new(a), Path::new(b)), i.cmp(&j), "{a} {b}");
                }
            }
        }
        assert_eq!(
            ["0012-a", "12", "+12-a", "-a", ""].map(number_of),
            [Some(12), Some(12), None, None, None]
        );
        assert_eq!([number_of("0000-a"), number_of("99999999999999999999999-a")], [Some(0), None]);
    }

    #[test]
    fn only_exact_names_are_the_programs_own() {
        let of = |name: &str| images_of(OsStr::new(name), GRID);
        assert_eq!([of("0000000064.png"), of("10000000000.png")], [Some(64), Some(10_000_000_000)]);
        for name in [
            "20240101.png",
            "64.png",
            "00000000064.png",
            "+000000064.png",
            "0000000064.jpg",
            "0000000064.PNG",
            "0000000064png",
            "IMG_0000000064.png",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
