//! The header of a NumPy file: a Python dictionary.

use crate::DataError;

/// The first bytes of every file.
pub(super) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The type of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) kind: Number,
    pub(super) bytes: usize,
    pub(super) big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Signed,
    Unsigned,
    Float,
    Bool,
}

impl Element {
    /// From NumPy's short notation: a byte order, a kind, a size.
    fn parse(descr: &str) -> Option<Element> {
        let kind_and_size = descr.trim_start_matches(['<', '>', '|', '=']);
        let order = &descr[..descr.len() - kind_and_size.len()];
        let big_endian = match order {
            "<" | "|" | "" => false,
            ">" => true,
            "=" => cfg!(target_endian = "big"),
            _ => return None,
        };
        let (kind, bytes) = match kind_and_size {
            "?" | "b1" => (Number::Bool, 1),
            "u1" | "B" => (Number::Unsigned, 1),
            "u2" => (Number::Unsigned, 2),
            "u4" => (Number::Unsigned, 4),
            "u8" => (Number::Unsigned, 8),
            "i1" => (Number::Signed, 1),
            "i2" => (Number::Signed, 2),
            "i4" => (Number::Signed, 4),
            "i8" => (Number::Signed, 8),
            "f2" => (Number::Float, 2),
            "f4" => (Number::Float, 4),
            "f8" => (Number::Float, 8),
            _ => return None,
        };
        Some(Element { kind, bytes, big_endian: big_endian && bytes > 1 })
    }
}

/// Element, shape, and where the values begin.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) element: Element,
    pub(super) dims: Vec<usize>,
    /// Whether the first index runs fastest.
    pub(super) fortran_order: bool,
    pub(super) start: usize,
}

impl Header {
    /// Reads the header of a file that begins with `bytes`.
    pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Header, DataError> {
        let broken = |field: &str, expected: &str, got: String| DataError::format(file, field, expected, got);
        let Some(prefix) = bytes.get(..12).filter(|prefix| prefix.starts_with(MAGIC)) else {
            return Err(broken("magic", "a NumPy file", "another, or less than its header".into()));
        };
        let (length, start): (usize, usize) = match prefix[6] {
            1 => (usize::from(u16::from_le_bytes([prefix[8], prefix[9]])), 10),
            2 | 3 => (u32::from_le_bytes([prefix[8], prefix[9], prefix[10], prefix[11]]) as usize, 12),
            other => return Err(broken("version", "1, 2 or 3", other.to_string())),
        };
        let text = start.checked_add(length).and_then(|end| bytes.get(start..end));
        let text = text.ok_or_else(|| {
            let got = format!("{}: the file is truncated", bytes.len() - start.min(bytes.len()));
            broken("header", &format!("{length} bytes, as it says"), got)
        })?;
        // Versions 1 and 2 are Latin-1, version 3 is UTF-8: what is read here is ASCII in each.
        let text = String::from_utf8_lossy(text);
        let (mut descr, mut fortran_order, mut dims) = (None, None, None);
        let entries = dictionary(&text).ok_or_else(|| {
            broken("header", "a Python dictionary of descr, fortran_order and shape", "another text".into())
        })?;
        for (key, value) in entries {
            match key.as_str() {
                "descr" => descr = Some(value),
                "fortran_order" => fortran_order = Some(value),
                "shape" => dims = Some(value),
                // Later versions may have more keys.
                _ => {}
            }
        }
        let missing = |key: &str| broken("header", "descr, fortran_order and shape", format!("no {key}"));
        let element = match descr.ok_or_else(|| missing("descr"))? {
            Value::Text(descr) => match Element::parse(&descr) {
                Some(element) => element,
                None => return Err(strange_element(file, &descr)),
            },
            _ => {
                let expected = "numbers or booleans";
                return Err(broken("element type", expected, "a structure of several fields".into()));
            }
        };
        let fortran_order = match fortran_order.ok_or_else(|| missing("fortran_order"))? {
            Value::Bool(value) => value,
            _ => return Err(broken("fortran_order", "True or False", "another value".into())),
        };
        let dims = match dims.ok_or_else(|| missing("shape"))? {
            Value::Tuple(dims) => dims,
            _ => return Err(broken("shape", "a tuple of whole numbers", "another value".into())),
        };
        Ok(Header { element, dims, fortran_order, start: start + length })
    }
}

/// Why elements of other types are refused.
fn strange_element(file: &str, descr: &str) -> DataError {
    let kind = descr.trim_start_matches(['<', '>', '|', '=']).chars().next();
    let what = match kind {
        Some('O') => " (Python objects, pickled: such a file can run code, and is not read)",
        Some('U' | 'S' | 'a') => " (texts)",
        Some('c') => " (complex numbers)",
        Some('M' | 'm') => " (times)",
        Some('V') => " (raw bytes)",
        _ => "",
    };
    let shown: String = descr.chars().take(40).collect();
    DataError::format(
        file,
        "element type",
        "numbers or booleans, such as |u1 or <f4",
        format!("{shown}{what}"),
    )
}

/// A value in the dictionary.
#[derive(Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    Bool(bool),
    Tuple(Vec<usize>),
    /// Anything else, skipped.
    Other,
}

/// The entries of a Python dictionary with text keys, in any order; `None` if the text is not a dictionary.
fn dictionary(text: &str) -> Option<Vec<(String, Value)>> {
    let mut rest = text.trim().strip_prefix('{')?;
    let mut entries = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix('}') {
            return behind.trim().is_empty().then_some(entries);
        }
        let (key, behind) = quoted(rest)?;
        let behind = behind.trim_start().strip_prefix(':')?.trim_start();
        let (value, behind) = value(behind)?;
        entries.push((key.to_owned(), value));
        rest = behind.trim_start();
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind,
            None if rest.starts_with('}') => {}
            None => return None,
        }
    }
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

fn value(text: &str) -> Option<(Value, &str)> {
    if text.starts_with(['\'', '"']) {
        let (value, rest) = quoted(text)?;
        return Some((Value::Text(value.to_owned()), rest));
    }
    for (word, value) in [("True", true), ("False", false)] {
        if let Some(rest) = text.strip_prefix(word) {
            return Some((Value::Bool(value), rest));
        }
    }
    if let Some(rest) = text.strip_prefix('(') {
        let (inside, rest) = rest.split_once(')')?;
        let sizes = inside.split(',').map(str::trim).filter(|size| !size.is_empty());
        // Python 2 wrote long numbers as 10L.
        let sizes: Option<Vec<usize>> = sizes.map(|s| s.trim_end_matches('L').parse().ok()).collect();
        return Some((sizes.map_or(Value::Other, Value::Tuple), rest));
    }
    // A list, as structures have it: to the bracket that closes it.
    if text.starts_with('[') {
        let mut depth = 0;
        for (at, c) in text.char_indices() {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some((Value::Other, &text[at + 1..]));
            }
        }
        return None;
    }
    let end = text.find([',', '}'])?;
    Some((Value::Other, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Header, DataError> {
        let length = (text.len() as u16).to_le_bytes();
        Header::parse("f", &[&b"\x93NUMPY\x01\x00"[..], &length, text.as_bytes(), b"...."].concat())
    }

    #[test]
    fn dictionaries_in_every_order_and_spelling() {
        let u1 = Element { kind: Number::Unsigned, bytes: 1, big_endian: false };
        for text in [
            "{'descr': '|u1', 'fortran_order': False, 'shape': (9, 8, 8), }",
            "{'descr': '<u1', 'fortran_order': False, 'shape': (9, 8, 8), }     \n",
            "{'shape': (9, 8, 8), 'fortran_order': False, 'descr': '>u1'}",
            "{\"descr\":\"u1\",\"shape\":(9,8,8),\"fortran_order\":False}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (9L, 8L, 8L)}",
            "{'note': [('a', [1]), 2], 'n': 7, 'descr': '|u1', 'fortran_order': False, 'shape': (9, 8, 8)}",
        ] {
            let header = parse(text).unwrap();
            assert_eq!(
                (header.element, &header.dims[..], header.fortran_order),
                (u1, &[9, 8, 8][..], false),
                "{text}"
            );
        }
        let header = parse("{'descr': '>f4', 'fortran_order': True, 'shape': (7,)}").unwrap();
        let f4 = Element { kind: Number::Float, bytes: 4, big_endian: true };
        assert_eq!((header.element, header.dims, header.fortran_order), (f4, vec![7], true));
    }

    #[test]
    fn what_is_no_array_of_numbers_is_named() {
        for (text, said) in [
            ("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "Python objects"),
            ("{'descr': '<U5', 'fortran_order': False, 'shape': (2,)}", "texts"),
            ("{'descr': '<c8', 'fortran_order': False, 'shape': (2,)}", "complex"),
            (
                "{'descr': [('a', '<i4'), ('b', '<f4')], 'fortran_order': False, 'shape': (2,)}",
                "several fields",
            ),
            ("{'descr': '|u1', 'shape': (2,)}", "no fortran_order"),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (2, -1)}", "shape"),
            ("{'descr': '|u1', 'fortran_order': 0, 'shape': (2,)}", "fortran_order"),
            ("{'descr': '|u1'", "dictionary"),
            ("", "dictionary"),
            ("{", "dictionary"),
            ("{'a': [[}", "dictionary"),
            ("{'descr': '\u{e9}1', 'fortran_order': False, 'shape': (2,)}", "element type"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
