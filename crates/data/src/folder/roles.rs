//! Which split of a data set a folder's name means.

use std::path::Path;

/// What a split is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Train,
    Test,
    Validation,
}

const TRAIN: [&str; 4] = ["train", "training", "trn", "traindata"];
const TEST: [&str; 4] = ["test", "testing", "tst", "testdata"];
const VALIDATION: [&str; 13] = [
    "val",
    "valid",
    "validation",
    "validate",
    "dev",
    "devel",
    "development",
    "eval",
    "evaluation",
    "evaluate",
    "holdout",
    "heldout",
    "valdata",
];
/// Words that do not tell which split a folder is.
const FILLERS: [&str; 12] = [
    "set", "data", "dataset", "split", "images", "image", "imgs", "img", "pictures", "photos", "folder",
    "dir",
];

/// The split that a folder's name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) role: Role,
    /// The other words of the name, and a number at the end, as in `seg_train` and `val2017`. Such a name means a
    /// split only beside its counterpart.
    pub(super) rest: Vec<String>,
    numbered: bool,
}

impl Named {
    pub(super) fn is_weak(&self) -> bool {
        self.numbered || !self.rest.is_empty()
    }
}

/// Reads `Train`, `test-set`, `TRAINING`, `hold out`, `images_val`, `test2017`, `seg_train`.
pub(super) fn named(path: &Path) -> Option<Named> {
    let name = path.file_name()?.to_str()?.to_lowercase().replace("hold-out", "holdout");
    let name =
        name.replace("hold_out", "holdout").replace("hold out", "holdout").replace("held-out", "heldout");
    let (mut role, mut rest, mut numbered) = (None, Vec::new(), false);
    for word in name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let has_digits = letters.len() < word.len();
        let bare = letters.strip_suffix("set").filter(|rest| !rest.is_empty()).unwrap_or(letters);
        let found = [(Role::Train, &TRAIN[..]), (Role::Test, &TEST), (Role::Validation, &VALIDATION)]
            .into_iter()
            .find(|(_, words)| words.contains(&bare))
            .map(|(role, _)| role);
        match (found, role) {
            (Some(found), None) => {
                role = Some(found);
                numbered |= has_digits;
            }
            // A name of two roles, such as `train_val`, means no split.
            (Some(_), Some(_)) => return None,
            (None, _) if letters.is_empty() || FILLERS.contains(&letters) => numbered |= has_digits,
            (None, _) => rest.push(word.to_owned()),
        }
    }
    rest.sort();
    role.map(|role| Named { role, rest, numbered })
}

/// The split that a name begins with: `trainA`, `train_B`, `valB2`, `TESTb`. The word ends before a capital, a digit, a sign
/// or a single last letter; `trains` and `trainer` are other words.
pub(super) fn begins_like(path: &Path) -> Option<Role> {
    let name = path.file_name()?.to_str()?;
    let lower = name.to_ascii_lowercase();
    let ends = |rest: &str, word: &str| {
        let mut letters = rest.chars();
        let camel = |next: char| next.is_uppercase() && word.ends_with(|c: char| c.is_lowercase());
        match (letters.next(), letters.next()) {
            (None, _) => true,
            (Some(next), _) if !next.is_alphabetic() || camel(next) => true,
            (Some(next), None) => !matches!(next, 's' | 'S'),
            _ => false,
        }
    };
    [(Role::Train, &TRAIN[..]), (Role::Test, &TEST), (Role::Validation, &VALIDATION)]
        .into_iter()
        .find(|(_, words)| {
            let begins =
                |word: &&str| lower.starts_with(*word) && ends(&name[word.len()..], &name[..word.len()]);
            words.iter().any(begins)
        })
        .map(|(role, _)| role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Option<Role> {
        named(Path::new(name)).filter(|named| !named.is_weak()).map(|named| named.role)
    }

    #[test]
    fn names_of_splits_in_many_spellings() {
        for name in ["train", "Train", "TRAIN", "training", "train_set", "Training Images", "trainset", "trn"]
        {
            assert_eq!(role(name), Some(Role::Train), "{name}");
        }
        for name in ["test", "Test", "testing", "test-set", "images_test", "testset"] {
            assert_eq!(role(name), Some(Role::Test), "{name}");
        }
        for name in ["val", "VAL", "valid", "validation", "dev", "eval", "holdout", "hold-out", "Hold_Out"] {
            assert_eq!(role(name), Some(Role::Validation), "{name}");
        }
        for name in
            ["cat", "trains", "latest", "contest", "invalid", "freight_train", "train_val", "trainA", "set"]
        {
            assert_eq!(role(name), None, "{name}");
        }
        assert!(named(Path::new("val2017")).unwrap().numbered);
        assert_eq!(named(Path::new("seg_train")).unwrap().rest, ["seg"]);
    }
}
