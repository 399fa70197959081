//! Files in a folder of images that are not read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Most paths kept for each reason.
const MAX_KEPT: usize = 100;

/// Why a file or folder is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// This program wrote it.
    Own,
    /// It lies beside the folders of the splits.
    BesideSplits,
    /// It is a split that is not read: validation images where there are test images.
    OtherSplit,
    /// A link to a folder that it lies in.
    Circle,
    /// A folder whose files are read already in the same class, through a link.
    ReadAlready,
    /// A link to nothing.
    BrokenLink,
    /// A member of an archive whose name leads out of it.
    Outside,
    /// A pipe, a socket or a device.
    NotAFile,
    /// An image in a format that is not read.
    UnreadFormat,
    /// An image by its content, but not by its name.
    Misnamed,
    /// Files and folders of a file server, an operating system or a tool.
    System,
    /// Its name begins with a dot.
    Hidden,
    /// It is no image by its name.
    NoImage,
}

impl Reason {
    /// What the files and folders are, to follow their number.
    pub fn text(self) -> &'static str {
        match self {
            Self::Own => "written by Ganymede",
            Self::BesideSplits => "beside the splits",
            Self::OtherSplit => "for validation, beside a test split",
            Self::Circle => "linked in a circle",
            Self::ReadAlready => "read already under another name",
            Self::BrokenLink => "linked to nothing",
            Self::Outside => "with names that lead out of the archive",
            Self::NotAFile => "pipes, sockets or devices",
            Self::UnreadFormat => "in image formats that are not read",
            Self::Misnamed => "images by content but not by name",
            Self::System => "of a file server or an operating system",
            Self::Hidden => "hidden",
            Self::NoImage => "not images by name",
        }
    }
}

/// The files and folders passed over for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// How many.
    pub count: usize,
    /// The first of them, at most 100.
    pub first: Vec<PathBuf>,
}

/// The files and folders in a folder of images that are not read, by reason. A folder that is not entered counts once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    groups: BTreeMap<Reason, Group>,
}

impl PassedOver {
    pub(crate) fn add(&mut self, reason: Reason, path: PathBuf) {
        let group = self.groups.entry(reason).or_default();
        group.count += 1;
        if group.first.len() < MAX_KEPT {
            group.first.push(path);
        }
    }

    /// Whether nothing was passed over.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The reasons with what was passed over for each.
    pub fn groups(&self) -> impl Iterator<Item = (Reason, &Group)> {
        self.groups.iter().map(|(&reason, group)| (reason, group))
    }

    /// How many were passed over for one reason.
    pub fn count(&self, reason: Reason) -> usize {
        self.groups.get(&reason).map_or(0, |group| group.count)
    }
}

impl fmt::Display for PassedOver {
    /// "2 written by Ganymede, 1 hidden".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (reason, group)) in self.groups().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{} {}", group.count, reason.text())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_kept() {
        let mut passed_over = PassedOver::default();
        assert!(passed_over.is_empty());
        (0..150).for_each(|i| passed_over.add(Reason::NoImage, PathBuf::from(format!("{i}.txt"))));
        passed_over.add(Reason::Own, PathBuf::from("runs/0000-dense"));
        assert_eq!(passed_over.to_string(), "1 written by Ganymede, 150 not images by name");
        assert_eq!(passed_over.count(Reason::NoImage), 150);
        assert!(passed_over.groups().all(|(_, group)| group.first.len() <= MAX_KEPT));
    }
}
