//! The folder of downloaded data sets.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folder of downloaded data sets: `$GANYMEDE_DATA`, else `$XDG_DATA_HOME/ganymede`, else
/// `~/.local/share/ganymede`. Each set has a folder of its own inside: `mnist`, `fashion-mnist`,
/// `kmnist`, `emnist`.
///
/// The folder need not exist. A relative `$XDG_DATA_HOME` is ignored, as its specification asks
/// (<https://specifications.freedesktop.org/basedir-spec/latest/>). Where no home folder is known it
/// is `ganymede-data` in the current folder.
pub fn data_dir() -> PathBuf {
    data_dir_from(|name| env::var_os(name))
}

/// [`data_dir`] with the environment as an argument, so that a test needs no global state.
fn data_dir_from(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let non_empty = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(dir) = non_empty("GANYMEDE_DATA") {
        return dir;
    }
    if let Some(dir) = non_empty("XDG_DATA_HOME").filter(|dir| dir.is_absolute()) {
        return dir.join("ganymede");
    }
    match non_empty("HOME").or_else(|| non_empty("USERPROFILE")) {
        Some(home) => home.join(Path::new(".local/share/ganymede")),
        None => PathBuf::from("ganymede-data"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> PathBuf {
        data_dir_from(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn precedence() {
        assert_eq!(with(&[("GANYMEDE_DATA", "d"), ("XDG_DATA_HOME", "/x"), ("HOME", "/h")]), Path::new("d"));
        assert_eq!(with(&[("GANYMEDE_DATA", ""), ("XDG_DATA_HOME", "/x")]), Path::new("/x/ganymede"));
        assert_eq!(
            with(&[("XDG_DATA_HOME", "relative"), ("HOME", "/h")]),
            Path::new("/h/.local/share/ganymede")
        );
        assert_eq!(with(&[]), Path::new("ganymede-data"));
    }
}
