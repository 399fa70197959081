//! The judges that are included in the program.
//!
//! How they were trained, how good they are and their hashes: `assets/judge/README.md`.

use std::path::Path;

use crate::classifier::Judge;
use crate::error::JudgeError;

/// The data sets that have a judge in the program.
pub const EMBEDDED: [&str; JUDGES.len()] = names();

macro_rules! asset {
    ($name:literal) => {
        // From the manifest's folder, so that the place of this source file does not matter.
        (
            $name,
            include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../assets/judge/",
                $name,
                ".safetensors"
            )),
        )
    };
}

static JUDGES: [(&str, &[u8]); 2] = [asset!("mnist"), asset!("fashion-mnist")];

const fn names() -> [&'static str; JUDGES.len()] {
    let mut names = [""; JUDGES.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = JUDGES[i].0;
        i += 1;
    }
    names
}

impl Judge {
    /// The embedded judge of a data set, if there is one: `mnist-long-tail` has the same images as `mnist`.
    ///
    /// # Errors
    /// [`JudgeError::File`] if it was altered.
    pub fn embedded(name: &str) -> Option<Result<Judge, JudgeError>> {
        let name = if name == "mnist-long-tail" { "mnist" } else { name };
        let (name, file) = JUDGES.iter().find(|(own, _)| *own == name)?;
        Some(Judge::from_bytes(Path::new(&format!("embedded judge {name}")), file))
    }
}
