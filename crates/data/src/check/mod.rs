//! What is in each file of a folder, and what is wrong with it.

mod file_report;
mod folder;
mod idx;
mod leaks;
mod near;

use std::path::Path;

pub use file_report::{Content, FileReport};
pub use folder::{Fitting, FolderReport};
pub use leaks::Repeats;

use crate::folder::tree::is_zip;
use crate::folder::{listing, mixture};
use crate::load::standard_idx;
use crate::{DataError, Size};

/// What was found.
#[derive(Debug)]
pub enum Report {
    /// In an IDX, NumPy or packed file, or wrong with a folder as a whole.
    File(FileReport),
    /// In a folder of images.
    Folder(FolderReport),
    /// Images that occur twice: in two splits, or within one file.
    Repeats(Repeats),
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        match self {
            Self::File(report) => report.is_ok(),
            Self::Folder(report) => report.is_ok(),
            Self::Repeats(_) => true,
        }
    }
}

/// Reads files whole: their headers, lengths, checksums, values, and whether labels and images are
/// equally many. Goes on after a bad file. Reports are in the order of the paths. What is read is
///
/// - of a folder, every IDX and packed file in it and the folders in it (4 deep, links to folders not
///   followed, runs passed over). A file counts as IDX if its name contains `idx` or `ubyte`, or if it starts like one,
///   compressed or not; images and unfinished downloads (`.part`) do not;
/// - of a folder without IDX files under standard names, every image, as [`load`](crate::load) would read them: each is
///   decoded. Without `size`, the size that images are to be brought to, those of another size than
///   most are wrong;
/// - of a zip archive, every image, as of a folder;
/// - of a folder without either, the NumPy files in it;
/// - or one file, and the labels file beside it.
///
/// A folder without any of these, or with IDX files under standard names among images, is reported as a problem. Images
/// that occur twice with the same pixels, in two splits or in one, are counted and named. For this, the images of sound IDX
/// files are held in memory, two files at a time.
pub fn check(path: &Path, size: Option<Size>) -> Vec<Report> {
    let is_zip = is_zip(path);
    let files = if is_zip { Vec::new() } else { idx::check(path) };
    let repeats = leaks::of_files(&files);
    let mut reports: Vec<Report> = files.into_iter().map(Report::File).collect();
    let failed = |error: DataError| Report::File(idx::failed(path, error.to_string()));
    let standard = standard_idx(path);
    if let Some(file) = &standard
        && let Err(error) = mixture::refuse(path, file)
    {
        reports.push(failed(error));
    }
    if is_zip || (path.is_dir() && standard.is_none()) {
        match listing::all(path) {
            Ok(listings) => {
                let with_images = listings.iter().filter(|listing| !listing.files().is_empty());
                let folders: Vec<FolderReport> =
                    with_images.map(|listing| folder::check(listing, size)).collect();
                let shared = leaks::of_folders(&folders);
                reports.extend(folders.into_iter().map(Report::Folder));
                reports.extend(shared.into_iter().map(Report::Repeats));
                // Training reads the test images too. It would refuse them.
                if let [train, test] = listings.as_slice()
                    && !train.files().is_empty()
                    && !test.files().is_empty()
                    && let Err(error) = test.labels_in(train)
                {
                    reports.push(Report::File(idx::failed(test.root(), error.to_string())));
                }
                if reports.is_empty() {
                    reports.extend(idx::check_arrays(path).into_iter().map(Report::File));
                }
                if let (true, Some(listing)) = (reports.is_empty(), listings.first()) {
                    let passed_over = listing.passed_over().clone();
                    reports.push(failed(DataError::NoImages { folder: path.to_path_buf(), passed_over }));
                }
            }
            Err(error) => reports.push(failed(error)),
        }
    }
    reports.extend(repeats.into_iter().map(Report::Repeats));
    reports
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::samples::{broken_folder, png, write};
    use crate::{Options, Split, pack};

    fn folder(report: &Report) -> &FolderReport {
        match report {
            Report::Folder(report) => report,
            report => panic!("{report:?}"),
        }
    }

    #[test]
    fn nothing_to_check_is_a_problem() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("notes.txt"), "none").unwrap();
        for path in [dir.path(), &dir.path().join("none")] {
            let reports = check(path, None);
            assert_eq!(reports.len(), 1);
            assert!(!reports[0].is_ok());
        }
    }

    #[test]
    fn every_broken_image_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let expected = broken_folder(dir.path());
        let reports = check(dir.path(), None);
        let report = folder(&reports[0]);
        assert!(!report.is_ok());
        let said: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), expected.len(), "{said:#?}");
        for (said, (name, reason)) in said.iter().zip(expected) {
            assert!(said.contains(name) && said.contains(reason), "{name}: {reason}: {said}");
        }
        assert_eq!(report.classes, Some(vec![("a".to_owned(), 4), ("b".to_owned(), 2)]));
        assert_eq!((report.grey, report.colour, report.transparent), (0, 6, 0));
        let passed_over = "1 hidden, 2 not images by name";
        assert_eq!(report.passed_over.to_string(), passed_over);
        assert_eq!(report.files, 6 + said.len());
        let [(later, earlier)] = report.duplicates.as_slice() else { panic!("{:?}", report.duplicates) };
        assert!(later.ends_with("b/copy.png") && earlier.ends_with("a/0.png"));
        // Where images are to be brought to one size anyway, another size is not wrong.
        let sized = check(dir.path(), Some(Size { height: 8, width: 8 }));
        assert_eq!(folder(&sized[0]).problems.len(), said.len() - 1);
    }

    #[test]
    fn many_sizes_are_one_problem() {
        let dir = tempfile::tempdir().unwrap();
        for side in 4..8 {
            write(dir.path(), &format!("{side}.png"), &png(side, side, 3, 0));
        }
        let reports = check(dir.path(), None);
        let report = folder(&reports[0]);
        assert!(report.problems.is_empty() && !report.is_ok());
        assert_eq!(
            report.no_common_size.as_deref(),
            Some("images of 4 sizes, none of them that of most: 1 of 4x4, 1 of 5x5, 1 of 6x6, 1 of 7x7")
        );
        assert!(check(dir.path(), Some(Size { height: 4, width: 4 }))[0].is_ok());
    }

    #[test]
    fn parts_and_packed_files_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        for part in ["train", "test"] {
            write(dir.path(), &format!("{part}/x/0.png"), &png(4, 4, 1, 0));
        }
        let packed = dir.path().join("train.gpack");
        pack::pack(dir.path(), Split::Train, &Options::default(), &packed, &mut |_, _| {}).unwrap();
        let reports = check(dir.path(), None);
        // The one test image is the training image.
        assert_eq!(reports.len(), 4, "{reports:?}");
        assert!(matches!(&reports[3], Report::Repeats(repeats) if repeats.are_leaks()));
        assert!(reports.iter().all(Report::is_ok));
        let Report::File(file) = &reports[0] else { panic!("{:?}", reports[0]) };
        assert!(file.packed);
        assert_eq!(
            (file.dims.as_deref(), &file.classes),
            (Some([1, 4, 4, 1].as_slice()), &Some(vec![("x".to_owned(), 1)]))
        );
        assert!(folder(&reports[1]).path.ends_with("train") && folder(&reports[2]).path.ends_with("test"));
        let mut bytes = std::fs::read(&packed).unwrap();
        bytes[4100] ^= 1;
        std::fs::write(&packed, bytes).unwrap();
        let Report::File(file) = &check(&packed, None)[0] else { panic!() };
        assert!(file.problems[0].contains("SHA-256 of pixels"), "{file:?}");
    }
}
