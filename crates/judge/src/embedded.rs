//! The judges that come with the program.
//!
//! How they were trained, how good they are and their hashes: `assets/judge/README.md`.

use std::path::Path;

use crate::Judge;
use crate::error::JudgeError;

/// Names and files.
const JUDGES: [(&str, &[u8]); 0] = [];

/// The data sets that have a judge in the program.
pub const EMBEDDED: [&str; JUDGES.len()] = [];

impl Judge {
    /// The embedded judge of a data set, if there is one.
    ///
    /// # Errors
    /// [`JudgeError::File`] if it was altered.
    pub fn embedded(name: &str) -> Option<Result<Judge, JudgeError>> {
        let (name, file) = JUDGES.iter().find(|(own, _)| *own == name)?;
        Some(Judge::from_bytes(Path::new(&format!("embedded judge {name}")), file))
    }
}
