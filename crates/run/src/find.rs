//! Finding runs in a folder, and naming a new one there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::RunError;
use crate::names::{number_of, run_order};

/// The run meant by a path: the path itself, or the newest run under it.
///
/// # Errors
/// [`RunError::Run`] if there is none.
pub fn find_run(path: &Path) -> Result<PathBuf, RunError> {
    find_runs(path)?.pop().ok_or_else(|| RunError::run(path, "not a run, and there is none under it"))
}

/// The runs meant by a path: the path itself, or all runs under it, the oldest first; at least one.
///
/// # Errors
/// [`RunError::Run`] if there is none.
pub fn find_runs(path: &Path) -> Result<Vec<PathBuf>, RunError> {
    if path.join("config.toml").is_file() || !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut runs: Vec<PathBuf> = fs::read_dir(path)
        .map_err(|e| RunError::io(path, "read", e))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.join("config.toml").is_file())
        .collect();
    runs.sort_by(|a, b| run_order(a, b));
    match runs.is_empty() {
        true => Err(RunError::run(path, "not a run, and there is none under it")),
        false => Ok(runs),
    }
}

/// The number of a new run: after all that are there.
pub(super) fn next_number(parent: &Path) -> Result<u64, RunError> {
    let entries = fs::read_dir(parent).map_err(|e| RunError::io(parent, "read", e))?;
    let numbers = entries.flatten().filter_map(|entry| number_of(entry.file_name().to_str()?));
    numbers.max().map_or(Ok(0), |number| after(parent, number))
}

pub(super) fn after(parent: &Path, number: u64) -> Result<u64, RunError> {
    let none_left = || RunError::run(parent, format!("no number is left for a new run after {number}"));
    number.checked_add(1).ok_or_else(none_left)
}

/// A name as part of a file name: letters, digits, dot, dash and underscore; anything else becomes a dash.
pub(super) fn file_name(name: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' };
    name.chars().take(60).map(keep).collect()
}
