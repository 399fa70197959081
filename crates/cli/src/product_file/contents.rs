//! A file of another format is not replaced, because another program made it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};

use model::ModelFile;

use super::Format;

/// Enough bytes to recognise every format.
const HEAD_BYTES: usize = 16;

/// Refuses to replace anything but a file that has this format by its content. An empty file may be replaced.
///
/// # Errors
/// If it is one of these, or cannot be read.
pub(super) fn replaceable(path: &Path, format: Format) -> anyhow::Result<()> {
    let shown = path.display();
    let Ok(metadata) = fs::metadata(path) else { return Ok(()) };
    if !metadata.is_file() {
        bail!("{shown}: is {}: nothing is written over it", kind(&metadata));
    }
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let opened = File::open(path).with_context(|| format!("{shown}: cannot open"))?;
    opened.take(HEAD_BYTES as u64).read_to_end(&mut head).with_context(|| format!("{shown}: cannot read"))?;
    // Judges, generators and checkpoints of training all have the format safetensors.
    let is_one = match format {
        Format::Judge => is_judge(path),
        Format::Model => is_generator(path),
        _ => true,
    };
    if head.is_empty() || holds(&head, format) && is_one {
        return Ok(());
    }
    bail!("{shown}: is there, and is no {} file by its content: it is not overwritten", bare(format))
}

/// The kind of something that is not a regular file.
#[cfg(unix)]
fn kind(metadata: &fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match () {
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

#[cfg(not(unix))]
fn kind(_: &fs::Metadata) -> &'static str {
    "no file"
}

/// Whether a file with these first bytes has this format.
fn holds(head: &[u8], format: Format) -> bool {
    match format {
        Format::Png => head.starts_with(b"\x89PNG\r\n\x1a\n"),
        Format::Gif => head.starts_with(b"GIF8"),
        Format::Html => head.trim_ascii_start().starts_with(b"<"),
        Format::Idx => head.starts_with(&[0, 0]) || head.starts_with(&[0x1f, 0x8b]),
        Format::Npy => head.starts_with(b"\x93NUMPY"),
        Format::Pack => head.starts_with(b"GANYPACK"),
        Format::Judge | Format::Model => head.get(8) == Some(&b'{'),
    }
}

/// A generator alone, rather than a checkpoint of training.
fn is_generator(path: &Path) -> bool {
    ModelFile::read(path).is_ok_and(|file| file.training().is_none())
}

fn is_judge(path: &Path) -> bool {
    ModelFile::read(path).is_err() && judge::Judge::load(path).is_ok()
}

/// The format's name without its article.
fn bare(format: Format) -> &'static str {
    format.name().split_once(' ').map_or("", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_formats_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        assert!(replaceable(&path, Format::Png).is_ok());
        let heads: [(Format, &[u8]); 6] = [
            (Format::Png, b"\x89PNG\r\n\x1a\n...."),
            (Format::Gif, b"GIF89a"),
            (Format::Html, b"\n<!doctype html>"),
            (Format::Idx, &[0, 0, 8, 3, 0, 0, 0, 1]),
            (Format::Npy, b"\x93NUMPY\x01\0"),
            (Format::Pack, b"GANYPACK"),
        ];
        for (own, head) in heads {
            fs::write(&path, head).unwrap();
            for (format, _) in heads {
                assert_eq!(replaceable(&path, format).is_ok(), format == own, "{own:?} as {format:?}");
            }
        }
        fs::write(&path, "notes").unwrap();
        for (format, _) in heads {
            let error = replaceable(&path, format).unwrap_err().to_string();
            assert!(error.contains("not overwritten"), "{error}");
        }
        fs::write(&path, "").unwrap();
        assert!(replaceable(&path, Format::Png).is_ok());
        assert!(replaceable(dir.path(), Format::Png).is_err());
    }
}
