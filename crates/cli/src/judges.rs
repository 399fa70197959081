//! Who judges which data, and by which images.

use std::path::Path;

use anyhow::bail;
use data::{DataError, ImageSet, Split};
use judge::{EMBEDDED, Judge};

/// A judge by its name in the program, or from a file.
pub(crate) fn open(given: &str) -> anyhow::Result<Judge> {
    if let Some(embedded) = Judge::embedded(given) {
        return Ok(embedded?);
    }
    let path = Path::new(given);
    if !path.exists() {
        bail!("no judge `{given}`: it is neither a file nor one in the program ({})", EMBEDDED.join(", "));
    }
    Ok(Judge::load(path)?)
}

/// The judge asked for by name or file, or the one in the program that knows the data.
pub(crate) fn judge_of(given: Option<&str>, source: &str) -> anyhow::Result<Judge> {
    match (given, Judge::embedded(source)) {
        (Some(given), _) => open(given),
        (None, Some(judge)) => Ok(judge?),
        (None, None) => bail!("{}", nobody_knows(source, "--judge judge.safetensors")),
    }
}

/// Why there is no judge, and how to get one; `then` takes it.
pub(crate) fn nobody_knows(source: &str, then: &str) -> String {
    format!(
        "no judge in the program knows the data `{source}`: there are {}\n  \
         hint: ganymede judge train --data {source} -o judge.safetensors trains one, if the data have classes; then {then}",
        EMBEDDED.join(", ")
    )
}

/// The test split, if the source has one.
pub(crate) fn test_images(source: &str, options: &data::Options) -> anyhow::Result<Option<ImageSet>> {
    match data::load_with(source, Split::Test, options) {
        Ok(set) => Ok(Some(set)),
        // Data of one's own need not have a test split.
        Err(
            DataError::Missing { .. }
            | DataError::Argument { .. }
            | DataError::NoImages { .. }
            | DataError::UnknownSource { .. },
        ) if !data::SOURCES.contains(&source) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
