//! Files of images and labels: IDX, NumPy, packed.

use std::fs::{self, DirEntry, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::{Content, FileReport};
use crate::folder::kinds::{is_hidden, is_image_name, is_system_folder};
use crate::idx::Stream;
use crate::names::label_candidates;
use crate::{DataError, npy, own, pack};

/// Folders inside folders are entered to this depth: enough for a folder of data sets.
const MAX_DEPTH: usize = 4;

/// The files in a folder and the folders in it, or one file and the labels file beside it, each read
/// whole. What cannot be listed becomes a report.
pub(super) fn check(path: &Path) -> Vec<FileReport> {
    let (mut reports, mut files) = (Vec::new(), Vec::new());
    if path.is_dir() {
        collect(path, MAX_DEPTH, &mut files, &mut reports);
        files.sort();
    } else {
        files.push(path.to_path_buf());
        match npy::is_npy(path) {
            true => files.extend(npy::labels_path(path)),
            false => files.extend(label_candidates(path).into_iter().find(|labels| labels.exists())),
        }
    }
    check_files(&files, reports)
}

/// The NumPy files in a folder. They are read only if there is nothing else: arrays beside images may be anything.
pub(super) fn check_arrays(dir: &Path) -> Vec<FileReport> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| npy::is_npy(path)).collect();
    files.sort();
    check_files(&files, Vec::new())
}

/// Adds the reports of files.
fn check_files(files: &[PathBuf], mut reports: Vec<FileReport>) -> Vec<FileReport> {
    let mut file_reports: Vec<FileReport> = files.iter().map(|file| check_file(file)).collect();
    compare_counts(&mut file_reports);
    reports.extend(file_reports);
    reports
}

/// Finds the IDX and packed files in `dir`; what cannot be listed becomes a report.
fn collect(dir: &Path, depth: usize, files: &mut Vec<PathBuf>, reports: &mut Vec<FileReport>) {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) => return reports.push(failed(dir, DataError::io(dir, "list", e).to_string())),
    };
    let mut listed = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => listed.push(entry),
            Err(e) => reports.push(failed(dir, DataError::io(dir, "list", e).to_string())),
        }
    }
    let names: Vec<_> = listed.iter().map(DirEntry::file_name).collect();
    // The files of a run are not data of the folder around it.
    if depth < MAX_DEPTH && own::is_run(dir.file_name().unwrap_or_default(), &names) {
        return;
    }
    for entry in listed {
        let path = entry.path();
        // The entry's own type: a link to a folder is not a folder here, so there are no cycles.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let name = entry.file_name();
            if depth > 1 && !is_system_folder(&name) && !is_hidden(&name) {
                collect(&path, depth - 1, files, reports);
            }
        } else if path.is_file() && (looks_like_idx(&path) || pack::is_pack(&path)) {
            files.push(path);
        }
    }
}

fn looks_like_idx(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    if name.ends_with(".part") || is_image_name(path) {
        return false;
    }
    name.contains("idx") || name.contains("ubyte") || starts_like_idx(path)
}

fn starts_like_idx(path: &Path) -> bool {
    fn starts(mut reader: impl Read) -> bool {
        let mut magic = [0; 4];
        reader.read_exact(&mut magic).is_ok() && matches!(magic, [0, 0, 0x08, 1 | 3 | 4])
    }
    File::open(path).is_ok_and(starts) || File::open(path).is_ok_and(|file| starts(MultiGzDecoder::new(file)))
}

fn check_file(path: &Path) -> FileReport {
    let mut report = FileReport {
        stored_bytes: fs::metadata(path).map_or(0, |metadata| metadata.len()),
        packed: pack::is_pack(path),
        numpy: npy::is_npy(path),
        problems: Vec::new(),
        ..failed(path, String::new())
    };
    let read = match (report.packed, report.numpy) {
        (true, _) => read_pack_into(&mut report),
        (_, true) => read_array_into(&mut report),
        _ => read_into(&mut report),
    };
    if let Err(error) = read {
        report.problems.push(error.to_string());
        match error {
            DataError::Foreign { kind, .. } => report.foreign = Some(kind),
            DataError::Array { remedy, .. } => report.remedy = Some(remedy.into()),
            _ => {}
        }
    }
    report
}

fn read_into(report: &mut FileReport) -> Result<(), DataError> {
    let stream = Stream::open(&report.path)?;
    report.compressed = stream.compressed();
    let dims = stream.dims().to_vec();
    report.dims = Some(dims.clone());
    let mut counts = [0_u64; 256];
    stream.for_each_chunk(|chunk| {
        for &byte in chunk {
            counts[usize::from(byte)] += 1;
        }
    })?;
    let (content, notes) = summarise(&dims, &counts);
    report.content = Some(content);
    report.notes = notes;
    Ok(())
}

fn read_pack_into(report: &mut FileReport) -> Result<(), DataError> {
    let contents = pack::verify(&report.path)?;
    let (content, notes) = summarise(&contents.dims, &contents.counts);
    report.content = Some(content);
    report.notes = notes;
    report.dims = Some(contents.dims);
    report.classes = contents.classes;
    Ok(())
}

fn read_array_into(report: &mut FileReport) -> Result<(), DataError> {
    let (content, dims, mut notes) = npy::content(&report.path)?;
    report.dims = Some(dims);
    match content {
        npy::Content::Images(set) => {
            let mut counts = [0_u64; 256];
            for &byte in &*set.pixels() {
                counts[usize::from(byte)] += 1;
            }
            let shape = [set.len(), set.height(), set.width(), set.channels()];
            let (content, more) = summarise(&shape, &counts);
            report.content = Some(content);
            notes.extend(more);
        }
        npy::Content::Labels(labels) => {
            let classes = labels.iter().max().map_or(0, |&top| usize::from(top) + 1);
            let mut class_counts = vec![0; classes];
            labels.iter().for_each(|&label| class_counts[usize::from(label)] += 1);
            notes.extend(empty_classes(&class_counts));
            report.content = Some(Content::Labels { count: labels.len(), class_counts });
        }
    }
    report.notes = notes;
    Ok(())
}

/// A note on classes without images, if there are any.
fn empty_classes(class_counts: &[usize]) -> Option<String> {
    let empty: Vec<String> = class_counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count == 0)
        .map(|(c, _)| c.to_string())
        .collect();
    (!empty.is_empty()).then(|| format!("no image of class {}", empty.join(", ")))
}

/// What a body holds, from how often each byte occurs in it.
fn summarise(dims: &[usize], counts: &[u64; 256]) -> (Content, Vec<String>) {
    // A body has at least one byte, so both are found.
    let min = counts.iter().position(|&count| count > 0).unwrap_or(0);
    let max = counts.iter().rposition(|&count| count > 0).unwrap_or(0);
    let mut notes = Vec::new();
    let count = dims.first().copied().unwrap_or(0);
    let [_, height, width, ..] = *dims else {
        let class_counts: Vec<usize> = counts[..=max].iter().map(|&count| count as usize).collect();
        notes.extend(empty_classes(&class_counts));
        return (Content::Labels { count, class_counts }, notes);
    };
    if min == max {
        notes.push(format!("every pixel has the value {min}"));
    }
    let total: u64 = counts.iter().sum();
    let weighted: u64 = counts.iter().zip(0_u64..).map(|(&count, value)| count * value).sum();
    let mean = weighted as f64 / total as f64;
    let channels = dims.get(3).copied().unwrap_or(1);
    // Positions in an array of 256.
    let (min, max) = (min as u8, max as u8);
    (Content::Images { count, height, width, channels, min, max, mean }, notes)
}

/// Adds a problem to each labels file that has another count than the images file it belongs to by
/// name, and to each file that holds images where its name says labels, or the other way round.
fn compare_counts(reports: &mut [FileReport]) {
    for images in 0..reports.len() {
        let candidates = match reports[images].numpy {
            true => npy::labels_path(&reports[images].path).into_iter().collect(),
            false => label_candidates(&reports[images].path),
        };
        let Some(labels) =
            candidates.iter().find_map(|path| reports.iter().position(|report| report.path == *path))
        else {
            continue;
        };
        match (&reports[images].content, &reports[labels].content) {
            (Some(Content::Images { count, .. }), Some(Content::Labels { count: label_count, .. }))
                if count != label_count =>
            {
                let images = reports[images].path.display();
                let problem =
                    format!("number of labels: expected {count}, as {images} has images, got {label_count}");
                reports[labels].problems.push(problem);
            }
            (Some(Content::Labels { .. }), _) => {
                reports[images].problems.push("expected images by its name, got labels".to_owned());
            }
            (_, Some(Content::Images { .. })) => {
                reports[labels].problems.push("expected labels by its name, got images".to_owned());
            }
            // They agree, or one of them is unreadable and has its own report.
            _ => {}
        }
    }
}

/// A report of one problem.
pub(super) fn failed(path: &Path, problem: String) -> FileReport {
    FileReport {
        path: path.to_path_buf(),
        stored_bytes: 0,
        compressed: false,
        packed: false,
        numpy: false,
        dims: None,
        content: None,
        classes: None,
        problems: vec![problem],
        foreign: None,
        remedy: None,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idx;

    #[test]
    fn every_file_is_reported() {
        let dir = tempfile::tempdir().unwrap();
        let sub = dir.path().join("sub");
        fs::create_dir(&sub).unwrap();
        let file = |name: &str| dir.path().join(name);
        idx::write(file("train-images-idx3-ubyte.gz"), &[2, 1, 2], &[0, 255, 1, 0]).unwrap();
        idx::write(file("train-labels-idx1-ubyte.gz"), &[3], &[0, 2, 2]).unwrap();
        fs::write(file("t10k-images-idx3-ubyte"), [0, 0, 8, 3, 0, 0, 0, 9]).unwrap();
        fs::write(file("broken-idx3.gz"), [0x1f, 0x8b, 8]).unwrap();
        fs::write(file("README.md"), "not data").unwrap();
        fs::write(file("idx.png"), "an image by its name").unwrap();
        fs::write(file("x-idx3.part"), "unfinished").unwrap();
        idx::write(sub.join("unusual name.gz"), &[1, 1, 1, 3], &[5, 5, 5]).unwrap();
        let reports = check(dir.path());
        let names: Vec<_> =
            reports.iter().map(|r| r.path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        assert_eq!(
            names,
            [
                "broken-idx3.gz",
                "unusual name.gz",
                "t10k-images-idx3-ubyte",
                "train-images-idx3-ubyte.gz",
                "train-labels-idx1-ubyte.gz"
            ]
        );
        assert!(reports[0].problems[0].contains("truncated"), "{:?}", reports[0]);
        assert_eq!(reports[1].notes, ["every pixel has the value 5"]);
        assert!(reports[2].problems[0].contains("header"), "{:?}", reports[2]);
        let mean = 64.0;
        let images = Content::Images { count: 2, height: 1, width: 2, channels: 1, min: 0, max: 255, mean };
        assert_eq!(reports[3].content, Some(images));
        assert!(reports[3].is_ok() && reports[3].compressed);
        assert_eq!(reports[4].content, Some(Content::Labels { count: 3, class_counts: vec![1, 0, 2] }));
        assert_eq!(reports[4].notes, ["no image of class 1"]);
        assert!(reports[4].problems[0].starts_with("number of labels: expected 2"));
    }

    #[test]
    fn one_file_brings_its_labels() {
        let dir = tempfile::tempdir().unwrap();
        let images = dir.path().join("train-images-idx3-ubyte");
        idx::write(&images, &[1, 1, 1], &[3]).unwrap();
        assert_eq!(check(&images).len(), 1);
        idx::write(dir.path().join("train-labels-idx1-ubyte"), &[1, 1, 1], &[3]).unwrap();
        let reports = check(&images);
        assert_eq!(reports[1].problems, ["expected labels by its name, got images"]);
    }
}
