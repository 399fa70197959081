//! The files that commands write. They are refused before any work if they cannot be written, if the name has the ending of
//! another format, or if they would replace an input or a file of another program.

mod checked;
mod contents;
mod spared;

use std::path::Path;

pub(crate) use checked::{check, figures, format};
pub(crate) use spared::{Inputs, spare};

/// The format of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Gif,
    Html,
    Idx,
    Npy,
    Pack,
    Judge,
    Model,
}

/// Every format with its name and the endings of its files, the usual one first.
const FORMATS: [(Format, &str, &[&str]); 8] = [
    (Format::Png, "a PNG", &[".png"]),
    (Format::Gif, "a GIF", &[".gif"]),
    (Format::Html, "an HTML", &[".html", ".htm"]),
    (Format::Idx, "an IDX", &["-ubyte", "-ubyte.gz"]),
    (Format::Npy, "a NumPy", &[".npy"]),
    (Format::Pack, "a packed", &[".gpack"]),
    (Format::Judge, "a judge's", &[".safetensors"]),
    (Format::Model, "a generator's", &[".safetensors"]),
];

/// The format that a file's name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Format(Format),
    /// An ending that no command writes.
    Other,
    /// It has no ending.
    Nothing,
}

impl Named {
    /// The format of a file's name. If formats share the ending, it is one of `wanted` where possible.
    fn of(path: &Path, wanted: &[Format]) -> Named {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|end| name.ends_with(end));
        let known: Vec<_> = FORMATS.iter().filter(|(_, _, endings)| ends(endings)).collect();
        let known = known.iter().find(|(format, ..)| wanted.contains(format)).or(known.first());
        match (known, name.trim_start_matches('.').contains('.')) {
            (Some((format, ..)), _) => Named::Format(*format),
            (None, true) => Named::Other,
            (None, false) => Named::Nothing,
        }
    }
}

impl Format {
    fn name(self) -> &'static str {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or("", |(_, name, _)| name)
    }

    /// The ending of its files.
    pub(crate) fn ending(self) -> &'static str {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or("", |(_, _, endings)| endings[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_formats() {
        let of = |name: &str| Named::of(Path::new(name), &[]);
        assert_eq!(of("a/b.PNG"), Named::Format(Format::Png));
        assert_eq!(of("x.npy"), Named::Format(Format::Npy));
        for format in [Format::Judge, Format::Model] {
            assert_eq!(Named::of(Path::new("x.safetensors"), &[format]), Named::Format(format));
        }
        for idx in ["fakes-idx3-ubyte", "fakes-idx3-ubyte.gz", "a.idx3-ubyte"] {
            assert_eq!(of(idx), Named::Format(Format::Idx), "{idx}");
        }
        assert_eq!([of("a/sheet"), of(".sheet")], [Named::Nothing; 2]);
        for other in ["x.onnx", "x.zip", "x.foo", "v1.5", "fakes.gz", "x.png.bak", "x."] {
            assert_eq!(of(other), Named::Other, "{other}");
        }
    }
}
