//! What the targets share: a file with the fuzzer's bytes, where a user's would be.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

/// A folder for the files of one process.
pub struct Place {
    dir: TempDir,
}

impl Place {
    /// A new one.
    #[allow(clippy::new_without_default, clippy::unwrap_used)]
    pub fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap() }
    }

    /// The file `name` in it, with these bytes.
    #[allow(clippy::unwrap_used)]
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// Reads the bytes as a folder with one image. A panic of a decoder is contained there, as users have it, and no
/// finding; what memory and time they cost is the fuzzer's to see.
pub fn read_image(place: &Place, name: &str, bytes: &[u8]) {
    let path = place.file(&format!("images/{name}"), bytes);
    let folder = path.with_file_name("");
    if let Ok(set) = data::load(&folder.to_string_lossy(), data::Split::Train) {
        assert_eq!(set.pixels().len(), set.len() * set.pixels_per_image());
    }
}

/// Reads the bytes as one file of images, and checks them as `data check` does.
pub fn read_file(place: &Place, name: &str, bytes: &[u8]) {
    let path = place.file(name, bytes);
    let read = data::load(&path.to_string_lossy(), data::Split::Train);
    let sound = data::check::check(&path, None).iter().all(data::check::Report::is_ok);
    match read {
        Ok(set) => {
            assert!(sound, "read, and said to be broken");
            assert_eq!(set.pixels().len(), set.len() * set.pixels_per_image());
            let classes = set.classes().unwrap_or(0);
            assert!(set.labels().unwrap_or_default().iter().all(|&label| usize::from(label) < classes));
        }
        // Labels are no images, and sound all the same.
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
