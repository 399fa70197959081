//! Files that no output replaces: the command's inputs, under any path, and the files of a run.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::bail;
use run::RunFolder;

use crate::hints::{Hint, Typed};

/// The files of a run's folder, and the products of commands in it.
const RUN_FILES: [&str; 13] = [
    "config.toml",
    "environment.json",
    "events.jsonl",
    "lock",
    "model-card.md",
    "report.html",
    "blind-test.html",
    "d-scores.png",
    // Its name in earlier versions.
    "judge-d.png",
    "generator.safetensors",
    "samples.png",
    "written.png",
    "morph.gif",
];

/// The files and folders that a command reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    /// Files, and folders of data: nothing is written in them.
    paths: Vec<PathBuf>,
    /// Folders of data that are not read. Existing files in them are not replaced; new files may be written.
    known: Vec<PathBuf>,
}

impl Inputs {
    /// Adds a file or a folder of data. A run's folder is not an input: products lie in it.
    pub(crate) fn and(mut self, path: impl Into<PathBuf>) -> Inputs {
        self.paths.push(path.into());
        self
    }

    /// Adds the data that a run was trained on and that the command does not read.
    pub(crate) fn and_known_data(mut self, source: &str) -> Inputs {
        if Path::new(source).is_dir() && !data::SOURCES.contains(&source) {
            self.known.push(source.into());
            return self;
        }
        self.and_data(source)
    }

    /// Adds a source of data, if it is a path rather than a data set's name, and the files that belong to it by their names:
    /// labels and the test split.
    pub(crate) fn and_data(self, source: &str) -> Inputs {
        if data::SOURCES.contains(&source) {
            return self;
        }
        let path = Path::new(source);
        data::files_beside(path).into_iter().fold(self.and(path), Inputs::and)
    }
}

/// Refuses an output, a file or a folder, that is one of the inputs, lies in a folder of data that is read, or is a file
/// that a run keeps. `own` is the name of the command's product in a run's folder.
///
/// # Errors
/// If it is one of these.
pub(crate) fn spare(output: &Path, inputs: &Inputs, own: &str) -> anyhow::Result<()> {
    let shown = output.display();
    let place = place(output);
    let run = run_around(&place);
    if let Some((run, inside)) = &run {
        let name = inside.to_string_lossy();
        let kept = inside.components().count() > 1
            && ["checkpoints", "samples"].iter().any(|folder| inside.starts_with(folder));
        let other = RUN_FILES.contains(&&*name) && name != own;
        if kept || other || ["checkpoints", "samples"].contains(&&*name) {
            bail!("{shown}: is a file of the run {}: nothing else is written there", run.display());
        }
    }
    for input in &inputs.paths {
        let Ok(input_place) = input.canonicalize() else { continue };
        if place == input_place || same_file(output, &input_place) {
            bail!("{shown}: is what this command reads ({}): it is not overwritten", input.display());
        }
        if !input_place.is_dir() {
            continue;
        }
        if run.is_none() && place.starts_with(&input_place) {
            let elsewhere = outside(input, output);
            // A link that leads into the data lies beside them already.
            let elsewhere = Some(elsewhere).filter(|path| self::place(path) != place);
            let elsewhere = elsewhere.and_then(|path| Typed::now().with_output(&path));
            bail!(
                "{shown}: lies in the folder of data that this command reads ({}), where nothing is written{}",
                input.display(),
                elsewhere.map_or_else(String::new, |typed| Hint::OutsideData(typed).to_string())
            );
        }
        if has_other_names(output) && any_file(&input_place, 0, &|file| same_file(output, file)) {
            bail!("{shown}: is one of the files that this command reads ({})", input.display());
        }
    }
    for folder in inputs.known.iter().filter_map(|folder| folder.canonicalize().ok()) {
        let inside = run.is_none() && place.starts_with(&folder) && place.symlink_metadata().is_ok();
        if inside || has_other_names(output) && any_file(&folder, 0, &|file| same_file(output, file)) {
            bail!("{shown}: is a part of the data that the run learned from ({})", folder.display());
        }
    }
    Ok(())
}

/// A path without links and dots. If it does not exist, the real path of its folder and its name.
fn place(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    folder.join(path.file_name().unwrap_or_default())
}

/// A place for `output` beside the folder `source`.
fn outside(source: &Path, output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default();
    match source.components().next_back() {
        Some(Component::Normal(_)) if !source.is_symlink() => source.with_file_name(name),
        _ => source.join("..").join(name),
    }
}

/// The run whose folder contains a place, and the path from there.
fn run_around(place: &Path) -> Option<(PathBuf, PathBuf)> {
    let run = place.ancestors().skip(1).find(|folder| RunFolder::open(folder).is_ok())?;
    Some((run.to_path_buf(), place.strip_prefix(run).ok()?.to_path_buf()))
}

/// Deeper folders than data have.
const MAX_DEPTH: usize = 16;

fn any_file(folder: &Path, depth: usize, is: &dyn Fn(&Path) -> bool) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.filter_map(Result::ok).any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => depth < MAX_DEPTH && any_file(&entry.path(), depth + 1, is),
        Ok(_) => is(&entry.path()),
        Err(_) => false,
    })
}

/// Whether two paths are the same file.
#[cfg(unix)]
fn same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &Path| fs::metadata(path).ok().map(|m| (m.dev(), m.ino()));
    identity(a).is_some() && identity(a) == identity(b)
}

#[cfg(not(unix))]
fn same_file(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// Whether a file has several names (hard links). Only then it can lie in a folder under another name.
#[cfg(unix)]
fn has_other_names(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.nlink() > 1)
}

#[cfg(not(unix))]
fn has_other_names(_: &Path) -> bool {
    false
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

    #[test]
    fn inputs_and_runs_are_spared() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["data/a", "run/checkpoints", "run/samples", "out"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["data/a/0.png", "x.npy", "run/config.toml", "run/events.jsonl", "run/samples.png"] {
            fs::write(at(file), "x").unwrap();
        }
        let inputs = Inputs::default().and(at("data")).and(at("x.npy")).and_data("mnist");
        let refused = |name: &str| spare(&at(name), &inputs, "samples.png").map_err(|e| e.to_string());
        let mut cases = vec![
            ("data/a/0.png", "lies in the folder"),
            ("data/a/new.png", "lies in the folder"),
            ("data/../data/new.png", "lies in the folder"),
            ("data", "is what this command reads"),
            ("x.npy", "is what this command reads"),
            ("out/../x.npy", "is what this command reads"),
            ("run/events.jsonl", "a file of the run"),
            ("run/config.toml", "a file of the run"),
            ("run/lock", "a file of the run"),
            ("run/written.png", "a file of the run"),
            ("run/checkpoints/latest", "a file of the run"),
            ("run/checkpoints", "a file of the run"),
            ("run/samples/0000000001.png", "a file of the run"),
        ];
        #[cfg(unix)]
        {
            fs::hard_link(at("data/a/0.png"), at("hard.png")).unwrap();
            std::os::unix::fs::symlink(at("data/a/0.png"), at("soft.png")).unwrap();
            std::os::unix::fs::symlink(at("data"), at("linked")).unwrap();
            cases.extend([
                ("hard.png", "is one of the files"),
                ("soft.png", "lies in the folder"),
                ("linked/new.png", "lies in the folder"),
            ]);
        }
        for (name, said) in cases {
            let error = refused(name).unwrap_err();
            assert!(error.contains(said), "{name}: {error}");
        }
        // Data that are not read: existing files stay.
        let known = Inputs::default().and_known_data(at("data").to_str().unwrap());
        let kept = spare(&at("data/a/0.png"), &known, "").unwrap_err().to_string();
        assert!(kept.contains("a part of the data that the run learned from"), "{kept}");
        assert!(spare(&at("data/a/new.png"), &known, "").is_ok());
        for name in ["run/samples.png", "run/mine.png", "run/fakes", "out/a.png", "data.png", "none/a.png"] {
            assert_eq!(refused(name), Ok(()), "{name}");
        }
    }
}
