use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::header::PIXELS_AT;
use super::read::open_up_to;
use super::{Packed, open, pack};
use crate::folder::samples::{broken_folder, encoded, image, png, write};
use crate::{Background, DataError, Options, Size, Split, load};

/// A folder of three classes, and where its packed file goes.
fn classes() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    for (name, seed) in [("a/0.png", 0), ("a/1.png", 1), ("b b/0.png", 2), ("\u{e9}/0.png", 3)] {
        write(&dir.path().join("set"), name, &png(4, 6, 3, seed));
    }
    let packed = dir.path().join("set.gpack");
    (dir, packed)
}

fn pack_it(folder: &Path, packed: &Path) -> Result<Packed, DataError> {
    pack(folder, Split::Train, &Options::default(), packed, &mut |_, _| {})
}

fn refusal(path: &Path) -> String {
    load(path.to_str().unwrap(), Split::Train).unwrap_err().to_string()
}

#[test]
fn a_packed_file_is_the_folder() {
    let (dir, packed) = classes();
    let mut last = (0, 0);
    let options = Options::default();
    let said =
        pack(&dir.path().join("set"), Split::Train, &options, &packed, &mut |done, all| last = (done, all))
            .unwrap();
    assert_eq!((said.count, said.height, said.width, said.channels, last), (4, 4, 6, 3, (4, 4)));
    assert_eq!(fs::metadata(&packed).unwrap().len(), 4096 + 4 * 72 + 4 * 2 + 8);
    let folder = load(dir.path().join("set").to_str().unwrap(), Split::Train).unwrap();
    // The name does not matter.
    let renamed = dir.path().join("renamed");
    fs::copy(&packed, &renamed).unwrap();
    for path in [&packed, &renamed] {
        let mapped = load(path.to_str().unwrap(), Split::Train).unwrap();
        assert_eq!(mapped.pixels(), folder.pixels());
        assert_eq!((mapped.labels(), mapped.class_names()), (folder.labels(), folder.class_names()));
        assert_eq!((mapped.len(), mapped.height(), mapped.width(), mapped.channels()), (4, 4, 6, 3));
        let (mut a, mut b) = ([0.0; 3 * 72], [0.0; 3 * 72]);
        mapped.gather(&[3, 0, 3], &mut a);
        folder.gather(&[3, 0, 3], &mut b);
        assert_eq!(a, b);
    }
    let bytes = fs::read(&packed).unwrap();
    pack_it(&dir.path().join("set"), &packed).unwrap();
    assert!(fs::read(&packed).unwrap() == bytes, "the same folder makes the same bytes");
}

#[test]
fn without_classes_and_with_another_size() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..3 {
        write(dir.path(), &format!("set/{i}.png"), &png(8 + i, 9, 3, i));
    }
    let size = Some(Size { height: 4, width: 4 });
    let options = Options { size, channels: Some(1), ..Options::default() };
    let packed = dir.path().join("train.gpack");
    pack(&dir.path().join("set"), Split::Train, &options, &packed, &mut |_, _| {}).unwrap();
    let set = load(packed.to_str().unwrap(), Split::Train).unwrap();
    assert_eq!((set.len(), set.pixels_per_image(), set.labels(), set.class_names()), (3, 16, None, None));
    assert!(matches!(load(packed.to_str().unwrap(), Split::Test), Err(DataError::Missing { .. })));
    fs::copy(&packed, dir.path().join("test.gpack")).unwrap();
    assert_eq!(load(packed.to_str().unwrap(), Split::Test).unwrap().len(), 3);
}

#[test]
fn what_is_refused_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    broken_folder(&dir.path().join("set"));
    let packed = dir.path().join("set.gpack");
    let size = Some(Size { height: 8, width: 8 });
    let pack = |skip_broken| {
        let options = Options { size, skip_broken, ..Options::default() };
        pack(&dir.path().join("set"), Split::Train, &options, &packed, &mut |_, _| {})
    };
    assert!(matches!(pack(false), Err(DataError::Broken { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "only the folder");
    let said = pack(true).unwrap();
    assert_eq!((said.count, said.skipped.len()), (7, 12));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(pack_it(empty.path(), &packed), Err(DataError::NoImages { .. })));
    assert!(matches!(pack_it(&dir.path().join("none"), &packed), Err(DataError::Io { .. })));
}

#[test]
fn altered_truncated_and_newer_files_are_refused() {
    let (dir, packed) = classes();
    pack_it(&dir.path().join("set"), &packed).unwrap();
    let bytes = fs::read(&packed).unwrap();
    let with = |at: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        fs::write(&packed, bytes).unwrap();
        refusal(&packed)
    };
    for (at, value, says) in [
        (0, &b"PK"[..], "magic: expected GANYPACK"),
        (8, &[3], "version: expected 1 or 2, all that this program knows, got 3, from a newer program"),
        (8, &[2], "number of transparent images: expected 1 to 4, got 0"),
        (104, &[1], "SHA-256 of header"),
        (12, &[0], "height: expected 1 to 16384, got 0"),
        (12, &[255; 4], "height: expected 1 to 16384, got 4294967295"),
        (16, &[5], "length: expected"),
        (20, &[99], "channels: expected 1 to 16, got 99"),
        (24, &[255; 8], "number of images: expected 1 to 4294967295"),
        (24, &[255, 255, 255, 255], "the file is truncated"),
        (32, &[0, 0, 1], "SHA-256 of header"),
        (32, &[0, 0, 2], "number of classes: expected 0 to 65536"),
        (36, &[255; 4], "length of class names"),
        (40, &[0, 1, 2], "SHA-256 of header"),
        (80, &[0, 1, 2], "SHA-256 of header"),
        (1000, &[1], "SHA-256 of header"),
        (PIXELS_AT, &[77], "SHA-256 of pixels"),
        (
            bytes.len() - 1,
            b"x",
            "SHA-256 of header and labels: expected the one written, got another: the file is altered",
        ),
    ] {
        let said = with(at, value);
        assert!(said.contains(says) && said.contains("set.gpack"), "{at}: {said}");
    }
    for (length, says) in
        [(0, "magic"), (7, "magic"), (100, "header"), (4096, "truncated"), (bytes.len() - 1, "truncated")]
    {
        fs::write(&packed, &bytes[..length]).unwrap();
        assert!(refusal(&packed).contains(says), "{length}: {}", refusal(&packed));
    }
    fs::write(&packed, [&bytes[..], b"more"].concat()).unwrap();
    assert!(refusal(&packed).contains("length: expected"), "{}", refusal(&packed));
}

#[test]
fn what_was_laid_under_transparent_images_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let half = image(1, 1, 4, vec![200, 100, 50, 128]);
    write(dir.path(), "set/0.png", &encoded(&half, image::ImageFormat::Png));
    let packed = dir.path().join("set.gpack");
    let background = Background { rgb: [10, 20, 30] };
    let options = Options { background, ..Options::default() };
    let said = pack(&dir.path().join("set"), Split::Train, &options, &packed, &mut |_, _| {}).unwrap();
    let set = load(packed.to_str().unwrap(), Split::Train).unwrap();
    for reading in [&said.reading, set.reading()] {
        assert_eq!((reading.transparent, reading.background), (1, background));
    }
    assert_eq!(*set.image(0), [105, 60, 40]);
    let bytes = fs::read(&packed).unwrap();
    for at in [104, 112, 114, 115] {
        let mut altered = bytes.clone();
        altered[at] ^= 2;
        fs::write(&packed, altered).unwrap();
        assert!(load(packed.to_str().unwrap(), Split::Train).is_err(), "{at}");
    }
}

proptest! {
    #[test]
    fn damage_is_refused(at in 0..4_403_usize, flip in 1..=255_u8) {
        let (dir, packed) = classes();
        pack_it(&dir.path().join("set"), &packed).unwrap();
        let mut bytes = fs::read(&packed).unwrap();
        prop_assume!(at < bytes.len());
        bytes[at] ^= flip;
        fs::write(&packed, bytes).unwrap();
        prop_assert!(open("set", &packed).is_err());
    }
}

#[test]
fn pixels_that_stay_in_the_file_are_the_same() {
    let (dir, packed) = classes();
    pack_it(&dir.path().join("set"), &packed).unwrap();
    let (held, stored) = (open("set", &packed).unwrap(), open_up_to("set", &packed, 287).unwrap());
    assert_eq!(held.pixels(), stored.pixels());
    assert_eq!((held.image(2), held.labels()), (stored.image(2), stored.labels()));
    let gathered = |set: &crate::ImageSet| {
        let mut out = vec![0.0; 2 * 72];
        set.gather(&[3, 1], &mut out);
        out
    };
    assert_eq!(gathered(&held), gathered(&stored));
    stored.still_whole().unwrap();
    // Changes of the file do not touch pixels in memory, and are noticed for pixels that stay in the file.
    fs::OpenOptions::new().write(true).open(&packed).unwrap().set_len(4200).unwrap();
    held.still_whole().unwrap();
    let before = gathered(&held);
    assert_ne!(gathered(&stored), before);
    let error = stored.still_whole().unwrap_err();
    assert!(matches!(error, DataError::Changed { .. }) && error.to_string().contains("set.gpack"), "{error}");
}
