//! Files and folders that appear whole or not at all.
//!
//! Every file is written this way, with two exceptions: the files of a run that are written in place
//! ([`open_in_place`](crate::open_in_place)), and a download that is continued. Each writer has a temporary file of its own
//! beside the target, created exclusively, so that two writers never share one and a link is never followed. The last
//! `rename` decides which file stands, and a link at the target is replaced, not followed.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::DataError;
use crate::leftovers::{remove_once, temporary_beside};
use crate::paths::{folder_of, kind_of, sync_folder};

/// How many names are tried. Another process may use the same name, or may remove a temporary file before it is locked.
const ATTEMPTS: usize = 16;

/// The temporary files and folders of this process.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes the temporary files of this process, for a signal that ends it. A writer that comes after this call waits for ever:
/// the process must end now.
pub fn remove_unfinished() {
    let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    for path in unfinished.iter() {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
    }
    std::mem::forget(unfinished);
}

/// A temporary path of this process; it is removed unless it was moved to its place.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    target: PathBuf,
    moved: bool,
}

impl Temporary {
    /// A path beside `target`, at which `make` makes something. `make` is called again if the name is taken.
    fn make<T>(
        target: &Path,
        mut make: impl FnMut(&Path) -> std::io::Result<Option<T>>,
    ) -> Result<(Temporary, T), DataError> {
        // Errors name the target: users do not know the temporary name.
        let failed = |e| DataError::io(target, "create", e);
        let mut taken = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        for _ in 0..ATTEMPTS {
            let path = temporary_beside(target)?;
            let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
            match make(&path) {
                Ok(Some(made)) => {
                    unfinished.insert(path.clone());
                    return Ok((Temporary { path, target: target.to_path_buf(), moved: false }, made));
                }
                Ok(None) => {}
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => taken = e,
                Err(e) => return Err(failed(e)),
            }
        }
        Err(failed(taken))
    }

    /// Moves it to its place. The folder is not synced.
    fn rename(&mut self) -> Result<(), DataError> {
        fs::rename(&self.path, &self.target)
            .map_err(|e| DataError::io(&self.target, "move a finished file to", e))?;
        self.moved = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.moved {
            // The first error is the one worth reporting.
            let _ = fs::remove_file(&self.path).or_else(|_| fs::remove_dir_all(&self.path));
        }
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

/// A file that is not at its place yet. If it is dropped before [`Part::publish`], it is removed.
#[derive(Debug)]
pub struct Part {
    // Before the temporary path: closed first.
    file: BufWriter<File>,
    temporary: Temporary,
}

impl Part {
    /// An empty file that will be moved to `path`. It gets the permissions of the file there, or those of a new file.
    ///
    /// # Errors
    /// [`DataError::Io`] if it cannot be created; [`DataError::Argument`] if `path` is there and is no file.
    pub fn create(path: &Path) -> Result<Part, DataError> {
        refuse_what_is_no_file(path)?;
        remove_once(folder_of(path));
        let (temporary, file) = Temporary::make(path, create_locked)?;
        keep_permissions(path, &file);
        Ok(Part { file: BufWriter::with_capacity(1 << 16, file), temporary })
    }

    /// Where to write.
    pub fn writer(&mut self) -> &mut BufWriter<File> {
        &mut self.file
    }

    /// Brings what was written to the disk.
    ///
    /// # Errors
    /// [`DataError::Io`] that names the target.
    fn finish(&mut self) -> Result<(), DataError> {
        let failed = |action| move |e| (action, e);
        let synced = self.file.flush().map_err(failed("write"));
        let synced = synced.and_then(|()| self.file.get_ref().sync_all().map_err(failed("sync")));
        synced.map_err(|(action, e)| DataError::io(&self.temporary.target, action, e))
    }

    /// Syncs the file and moves it to its place, then syncs the folder so that the move itself survives a power cut.
    ///
    /// # Errors
    /// [`DataError::Io`]; whatever stood at the place is untouched.
    pub fn publish(mut self) -> Result<(), DataError> {
        self.finish()?;
        self.temporary.rename()?;
        sync_folder(folder_of(&self.temporary.target))
    }

    /// Publishes two files of one folder that belong together, such as images and their labels. If two processes do this at
    /// once, both files are from the later process.
    ///
    /// # Errors
    /// As [`Part::publish`].
    pub fn publish_both(mut first: Part, mut second: Part) -> Result<(), DataError> {
        first.finish()?;
        second.finish()?;
        let folder = folder_of(&first.temporary.target).to_path_buf();
        // Without such a lock, two processes may still mix their files, in the moment between two renames.
        let lock = File::open(&folder).ok().filter(|folder| folder.lock().is_ok());
        first.temporary.rename()?;
        second.temporary.rename()?;
        drop(lock);
        sync_folder(&folder)
    }
}

/// A folder that is not at its place yet. If it is dropped before [`PartFolder::publish`], it is removed.
#[derive(Debug)]
pub struct PartFolder {
    temporary: Temporary,
    /// Held while it is written, where the system locks folders.
    _lock: Option<File>,
}

impl PartFolder {
    /// An empty folder that will be moved to `path`. There must be nothing at `path`, or an empty folder.
    ///
    /// # Errors
    /// [`DataError::Io`] if it cannot be created; [`DataError::Argument`] if something stands in its place.
    pub fn create(path: &Path) -> Result<PartFolder, DataError> {
        refuse_what_is_no_empty_folder(path)?;
        remove_once(folder_of(path));
        let (temporary, lock) = Temporary::make(path, |path| {
            fs::create_dir(path)?;
            let folder = File::open(path).ok();
            Ok(Some(folder.filter(|folder| folder.try_lock().is_ok())))
        })?;
        if let Ok(there) = fs::metadata(path) {
            let _ = fs::set_permissions(&temporary.path, there.permissions());
        }
        Ok(PartFolder { temporary, _lock: lock })
    }

    /// The folder to write the files in until it is published.
    pub fn path(&self) -> &Path {
        &self.temporary.path
    }

    /// Moves the folder to its place.
    ///
    /// # Errors
    /// [`DataError::Io`], also if another process has put something there in the meantime.
    pub fn publish(mut self) -> Result<(), DataError> {
        sync_folder(&self.temporary.path)?;
        // Windows does not replace a folder. On Unix, `rename` replaces an empty one.
        #[cfg(not(unix))]
        let _ = fs::remove_dir(&self.temporary.target);
        self.temporary.rename()?;
        sync_folder(folder_of(&self.temporary.target))
    }
}

/// Writes a file through a temporary one: filled by `fill`, synced, then renamed. On any failure the temporary file is
/// removed and whatever stood at `path` is untouched.
///
/// # Errors
/// Those of `fill`; [`DataError::Io`]; [`DataError::Argument`] if `path` is there and is no file.
pub fn write_atomic(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut part = Part::create(path)?;
    fill(part.writer())?;
    part.publish()
}

/// Creates a file exclusively and locks it, so that no process removes it as a leftover. `None` if a process removed it
/// before it was locked.
fn create_locked(path: &Path) -> std::io::Result<Option<File>> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        // Where locks are not supported, leftovers are known by their age.
        Err(TryLockError::Error(_)) | Ok(()) => {}
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) == 0 {
        return Ok(None);
    }
    Ok(Some(file))
}

/// A file that is replaced keeps its permissions. A link has no permissions of its own.
fn keep_permissions(path: &Path, file: &File) {
    if let Ok(there) = fs::symlink_metadata(path)
        && there.is_file()
    {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = there.permissions().mode() & 0o777;
            // If the file belongs to another user, the permissions of a new file stay.
            let _ = file.set_permissions(fs::Permissions::from_mode(mode));
        }
        #[cfg(not(unix))]
        let _ = file;
    }
}

/// `rename` would replace a device, such as /dev/null, or a link of the system, such as /dev/stdout, by a file.
fn refuse_what_is_no_file(path: &Path) -> Result<(), DataError> {
    let refuse = |got| Err(DataError::argument(path.display().to_string(), "a file to write", got));
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => refuse(kind_of(&there)),
        _ if is_system_link(path) => refuse("a link of the system's"),
        _ => Ok(()),
    }
}

/// Whether a path is a link that lies in /dev or /proc, or leads there: /dev/stdout may lead to a plain file.
fn is_system_link(path: &Path) -> bool {
    /// As many links as Linux follows.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&path) else { return false };
        let folder = fs::canonicalize(folder_of(&path)).unwrap_or_default();
        if folder.starts_with("/proc") || (folder.starts_with("/dev") && !folder.starts_with("/dev/shm")) {
            return true;
        }
        path = folder.join(target);
    }
    true
}

fn refuse_what_is_no_empty_folder(path: &Path) -> Result<(), DataError> {
    let refuse = |got: &str| {
        Err(DataError::argument(path.display().to_string(), "a new or empty folder to write", got))
    };
    match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(there) if there.is_dir() => match fs::read_dir(path) {
            Err(e) => Err(DataError::io(path, "list", e)),
            Ok(mut entries) => match entries.next() {
                Some(_) => refuse("one with something in it"),
                None => Ok(()),
            },
        },
        Ok(there) => refuse(kind_of(&there)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
        write_atomic(path, |w| w.write_all(bytes).map_err(|e| DataError::io(path, "write", e)))
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn failure_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, b"old").unwrap();
        let outcome = write_atomic(&path, |w| {
            w.write_all(b"half").unwrap();
            Err(DataError::argument("x", "y", "z"))
        });
        assert!(outcome.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["a"]);
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn writers_of_one_file_do_not_meet() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let content = |writer: u8| vec![writer; 100_000];
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let path = &path;
                scope.spawn(move || (0..20).for_each(|_| write(path, &content(writer)).unwrap()));
            }
        });
        let found = fs::read(&path).unwrap();
        assert!((0..4).any(|writer| found == content(writer)));
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn files_that_belong_together_are_of_one_writer() {
        let dir = tempfile::tempdir().unwrap();
        let paths = ["images", "labels"].map(|name| dir.path().join(name));
        std::thread::scope(|scope| {
            for writer in 0..4_u8 {
                let paths = &paths;
                scope.spawn(move || {
                    for _ in 0..20 {
                        let [first, second] = paths.each_ref().map(|path| {
                            let mut part = Part::create(path).unwrap();
                            part.writer().write_all(&[writer]).unwrap();
                            part
                        });
                        Part::publish_both(first, second).unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read(&paths[0]).unwrap(), fs::read(&paths[1]).unwrap());
    }

    #[test]
    fn a_name_as_long_as_may_be_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ä".repeat(127) + "b");
        write(&path, b"x").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("many");
        let part = PartFolder::create(&path).unwrap();
        fs::write(part.path().join("0"), b"x").unwrap();
        assert!(!path.exists());
        drop(part);
        assert_eq!(names(dir.path()), [""; 0]);
        fs::create_dir(&path).unwrap();
        let [first, second] = [0, 1].map(|_| PartFolder::create(&path).unwrap());
        for part in [&first, &second] {
            fs::write(part.path().join("0"), b"x").unwrap();
        }
        first.publish().unwrap();
        assert!(second.publish().is_err());
        assert_eq!((names(dir.path()), names(&path)), (vec!["many".to_owned()], vec!["0".to_owned()]));
        assert!(PartFolder::create(&path).unwrap_err().to_string().contains("something in it"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_replaced_and_devices_refused() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let (target, link) = (dir.path().join("target"), dir.path().join("link"));
        fs::write(&target, b"precious").unwrap();
        symlink(&target, &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"precious");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
        symlink("/dev/null", dir.path().join("null")).unwrap();
        symlink("/dev/stdout", dir.path().join("stdout")).unwrap();
        for (name, got) in [("null", "a device"), (".", "a folder"), ("stdout", ", got a")] {
            let error = write(&dir.path().join(name), b"x").unwrap_err().to_string();
            assert!(error.contains("expected a file to write") && error.contains(got), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_replaced_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        write(&path, b"x").unwrap();
        fs::write(dir.path().join("b"), b"x").unwrap();
        assert_eq!(mode(&path), mode(&dir.path().join("b")), "a new one has those of any new file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write(&path, b"y").unwrap();
        assert_eq!(mode(&path), 0o640);
    }
}
