//! Zip archives of images, and labels in `dataset.json`.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::samples::{png, write};
use super::load;
use crate::{DataError, Options, Reason, Split, check, has_split, pack, survey};

/// A zip archive of these files.
fn zipped(path: &Path, files: &[(&str, Vec<u8>)]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (i, (name, bytes)) in files.iter().enumerate() {
        let method = if i % 2 == 0 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// The same files in an archive, below `top`, and in a folder.
fn both(dir: &Path, top: &str, files: &[(&str, Vec<u8>)]) -> (PathBuf, PathBuf) {
    let (archive, folder) = (dir.join("photos.zip"), dir.join("photos"));
    files.iter().for_each(|(name, bytes)| write(&folder, name, bytes));
    let names: Vec<String> = files.iter().map(|(name, _)| format!("{top}{name}")).collect();
    let files: Vec<_> =
        names.iter().zip(files).map(|(name, (_, bytes))| (name.as_str(), bytes.clone())).collect();
    zipped(&archive, &files);
    (archive, folder)
}

fn two_splits() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("train/b/0.png", png(4, 6, 3, 0)),
        ("train/a/1.png", png(4, 6, 3, 1)),
        ("train/a/deep/2.png", png(4, 6, 3, 2)),
        ("test/b/3.png", png(4, 6, 3, 3)),
    ]
}

#[test]
fn an_archive_is_the_folder() {
    for top in ["", "photos/", "./data/photos/"] {
        let dir = tempfile::tempdir().unwrap();
        let (archive, folder) = both(dir.path(), top, &two_splits());
        for split in [Split::Train, Split::Test] {
            let [packed, plain] =
                [&archive, &folder].map(|path| load(path, split, Options::default()).unwrap());
            assert_eq!((packed.pixels(), packed.labels()), (plain.pixels(), plain.labels()), "{top}");
            assert_eq!(packed.class_names().unwrap(), ["a", "b"]);
            assert_eq!((packed.image_name(0), packed.name()), (plain.image_name(0), "photos.zip"));
            assert!(has_split(archive.to_str().unwrap(), split));
        }
        assert_eq!(survey(archive.to_str().unwrap()).unwrap(), survey(folder.to_str().unwrap()).unwrap());
        let files = [&archive, &folder].map(|path| {
            let file = dir.path().join("x.gpack");
            let said = pack::pack(path, Split::Train, &Options::default(), &file, &mut |_, _| {}).unwrap();
            assert!(said.leaves_test_split);
            fs::read(file).unwrap()
        });
        assert!(files[0] == files[1]);
        let reports = check::check(&archive, None);
        assert_eq!(reports.len(), 2, "{reports:?}");
        assert!(reports.iter().all(check::Report::is_ok));
    }
}

#[test]
fn an_archive_without_classes_and_its_test_archive() {
    let dir = tempfile::tempdir().unwrap();
    let (train, test) = (dir.path().join("x-train.zip"), dir.path().join("x-test.zip"));
    zipped(&train, &[("x/0.png", png(4, 4, 1, 0)), ("__MACOSX/x/._0.png", vec![0])]);
    let set = load(&train, Split::Train, Options::default()).unwrap();
    assert_eq!((set.len(), set.class_names()), (1, None));
    assert!(matches!(load(&train, Split::Test, Options::default()), Err(DataError::NoTestSplit { .. })));
    zipped(&test, &[("0.png", png(4, 4, 1, 1))]);
    for path in [&train, &test] {
        assert_eq!(*load(path, Split::Test, Options::default()).unwrap().image(0), png_pixels());
    }
    let empty = dir.path().join("empty.zip");
    zipped(&empty, &[("notes.txt", b"none".to_vec())]);
    assert!(matches!(load(&empty, Split::Train, Options::default()), Err(DataError::NoImages { .. })));
}

fn png_pixels() -> Vec<u8> {
    super::super::samples::pattern(4, 4, 1, 1)
}

#[test]
fn names_that_lead_out_and_damaged_members_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("x.zip");
    let files = [("a/0.png", png(4, 4, 1, 0)), ("../../b.png", png(4, 4, 1, 1)), ("/c.png", png(4, 4, 1, 1))];
    zipped(&archive, &files);
    let set = load(&archive, Split::Train, Options::default()).unwrap();
    assert_eq!((set.len(), set.reading().passed_over.count(Reason::Outside)), (1, 2));
    assert!(fs::read_dir(dir.path()).unwrap().count() == 1, "nothing is unpacked");
    // The checksum of a stored member.
    zipped(&archive, &[("0.png", png(4, 4, 1, 0)), ("1.png", png(4, 4, 1, 1))]);
    let mut bytes = fs::read(&archive).unwrap();
    let at = bytes.windows(4).position(|four| four == b"IDAT").unwrap() + 8;
    bytes[at] ^= 1;
    fs::write(&archive, bytes).unwrap();
    let said = load(&archive, Split::Train, Options::default()).unwrap_err().to_string();
    assert!(said.contains("1 of 2 image files") && said.contains("x.zip/0.png"), "{said}");
    let skip = Options { skip_broken: true, ..Options::default() };
    assert_eq!(load(&archive, Split::Train, skip).unwrap().len(), 1);
    // An archive that ends early.
    let bytes = fs::read(&archive).unwrap();
    fs::write(&archive, &bytes[..bytes.len() - 30]).unwrap();
    let said = load(&archive, Split::Train, Options::default()).unwrap_err().to_string();
    assert!(said.contains("x.zip: the list of a zip archive's members: expected a sound one"), "{said}");
}

#[test]
fn members_that_overlap_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("bomb.zip");
    zipped(&archive, &[("s", vec![]), ("0000.png", vec![0; 1 << 20])]);
    let bytes = fs::read(&archive).unwrap();
    // The list of members, whose last entry is repeated under other names.
    let end = bytes.len() - 22;
    let entry_at = (0..end).rev().find(|&at| bytes[at..].starts_with(b"PK\x01\x02")).unwrap();
    let list_at = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let mut bomb = bytes[..end].to_vec();
    for i in 1..3000 {
        let mut entry = bytes[entry_at..end].to_vec();
        entry[46..50].copy_from_slice(format!("{i:04}").as_bytes());
        bomb.extend(entry);
    }
    let length = (bomb.len() - list_at) as u32;
    let mut tail = bytes[end..].to_vec();
    for at in [8, 10] {
        tail[at..at + 2].copy_from_slice(&3001_u16.to_le_bytes());
    }
    tail[12..16].copy_from_slice(&length.to_le_bytes());
    bomb.extend(tail);
    fs::write(&archive, bomb).unwrap();
    let said = load(&archive, Split::Train, Options::default()).unwrap_err().to_string();
    assert!(said.contains("at most 1032 times the archive's length, got more: they overlap"), "{said}");
}

#[test]
fn labels_are_read_from_dataset_json() {
    let dir = tempfile::tempdir().unwrap();
    let with = |json: &str| {
        let images = (0..3).map(|i| (["00000/i0.png", "00000/i1.png", "00001/i2.png"][i], png(4, 4, 3, i)));
        let mut files: Vec<_> = images.collect();
        files.push(("dataset.json", json.as_bytes().to_vec()));
        let _ = fs::remove_dir_all(dir.path().join("photos"));
        let (archive, folder) = both(dir.path(), "", &files);
        let [a, b] = [archive, folder].map(|path| load(&path, Split::Train, Options::default()));
        let said = |error: DataError| error.to_string().replace("photos.zip", "photos");
        let seen = |set: crate::ImageSet| {
            assert!(!json.contains("labels") || set.reading().passed_over.is_empty());
            (set.labels().map(<[u16]>::to_vec), set.class_names().map(<[String]>::to_vec))
        };
        let (a, b) = (a.map(seen).map_err(said), b.map(seen).map_err(said));
        assert_eq!(a, b, "{json}");
        a
    };
    let names = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
    let labelled =
        r#"{"labels": [["00000/i1.png", 1], ["00000/i0.png", 10], ["00001/i2.png", 0], ["none.png", 3]]}"#;
    let (labels, classes) = with(labelled).unwrap();
    assert_eq!(labels, Some(vec![10, 1, 0]));
    assert_eq!(classes.unwrap()[..3], ["00", "01", "02"]);
    assert_eq!(with(r#"{"labels": null}"#), Ok((None, None)));
    // A file that speaks of something else leaves the folders their meaning.
    for other in [r#"{"title": "photos"}"#, "no JSON"] {
        assert_eq!(with(other), Ok((Some(vec![0, 0, 1]), names(&["00000", "00001"]))), "{other}");
    }
    for (json, says) in [
        (
            r#"{"labels": [["00000/i0.png", 1]]}"#,
            "labels: expected one for each image, got none for 00000/i1.png",
        ),
        (r#"{"labels": [["00000/i0.png", [0.5, 1]]]}"#, "label of 00000/i0.png: expected null, or pairs"),
        (r#"{"labels": [["00000/i0.png", -1]]}"#, "got -1"),
        (r#"{"labels": {"00000/i0.png": 1}}"#, "labels: expected null, or pairs"),
    ] {
        let said = with(json).unwrap_err();
        assert!(said.contains(says) && said.contains("photos/dataset.json"), "{json}: {said}");
    }
}
