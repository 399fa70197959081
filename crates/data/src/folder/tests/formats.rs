//! Every format against Pillow (`oracles/images.py`), whole and damaged.

use std::path::Path;

use serde_json::Value;

use super::super::decode::{header, is_animated, pixels};
use super::super::formats::{FORMATS, of};
use super::super::samples::write;
use super::super::tree::Tree;
use crate::{Background, DataError, Options, Split, check, load_with};

fn oracle() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../oracles/images.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap().as_bytes();
    let digit = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
    hex.chunks_exact(2).map(|two| 16 * digit(two[0]) + digit(two[1])).collect()
}

/// The files of the oracle, with their names and the rest of their entries.
fn cases(oracle: &Value) -> impl Iterator<Item = (&str, Vec<u8>, &Value)> {
    let cases = oracle["cases"].as_array().unwrap().iter();
    cases.map(|case| (case["name"].as_str().unwrap(), bytes(&case["file"]), case))
}

#[test]
fn files_are_read_as_pillow_reads_them() {
    let (oracle, dir) = (oracle(), tempfile::tempdir().unwrap());
    let mut seen = Vec::new();
    for (name, file, case) in cases(&oracle) {
        write(dir.path(), name, &file);
        let header = header(&Tree::Disk, &dir.path().join(name)).unwrap();
        let size = [case["height"].as_u64().unwrap() as usize, case["width"].as_u64().unwrap() as usize];
        assert_eq!([header.size.height, header.size.width], size, "{name}");
        // Pillow reads a GIF of a grey palette as colours.
        let grey = case["grey"].as_bool().unwrap() || name == "L.gif";
        assert_eq!(header.colour, !grey, "{name}");
        let rgba = bytes(&case["rgba"]);
        for ground in [0_u8, 255] {
            let background = Background { rgb: [ground; 3] };
            let raster = pixels(Path::new(name), &file, 3, background).unwrap();
            let expected: Vec<u8> = rgba
                .chunks_exact(4)
                .flat_map(|pixel| {
                    let alpha = f64::from(pixel[3]) / 255.0;
                    let over = move |v: &u8| f64::from(*v) * alpha + f64::from(ground) * (1.0 - alpha);
                    pixel[..3].iter().map(move |v| over(v).round() as u8).collect::<Vec<_>>()
                })
                .collect();
            assert_eq!(raster.pixels, expected, "{name} on {ground}");
            assert_eq!(raster.transparent, rgba.iter().skip(3).step_by(4).any(|&a| a < 255), "{name}");
        }
        assert_eq!(is_animated(&file), name == "animated.gif", "{name}");
        seen.push(of(&file).unwrap().name);
    }
    for format in FORMATS.iter().filter(|format| format.name != "JPEG") {
        assert!(seen.contains(&format.name), "{}", format.name);
    }
}

#[test]
fn files_that_end_early_are_named() {
    let mut read = Vec::new();
    // Of these, the first of two images may still be whole.
    let two = ["animated.gif", "pages.tiff"];
    for (name, file, _) in cases(&oracle()).filter(|(name, ..)| !two.contains(name)) {
        for kept in [file.len() / 2, 3 * file.len() / 4, file.len() - file.len() / 8 - 4] {
            match pixels(Path::new(name), &file[..kept], 3, Background::WHITE) {
                Ok(_) => read.push(format!("{name}: {kept} of {}", file.len())),
                Err(error) => assert!(error.to_string().contains(": image: "), "{name}: {error}"),
            }
        }
    }
    assert!(read.is_empty(), "{read:#?}");
}

#[test]
fn what_is_not_read_is_refused_with_the_reason() {
    let oracle = oracle();
    for (name, says) in
        [("CMYK.tiff", "got one of CMYK"), ("palette.tiff", "got one of a palette; save it as RGB")]
    {
        let file = bytes(&oracle["refused"][name]);
        let said = pixels(Path::new(name), &file, 3, Background::WHITE).unwrap_err().to_string();
        assert!(said.contains(says) && said.starts_with(name), "{said}");
    }
}

#[test]
fn an_animated_gif_counts_as_its_first_frame() {
    let (oracle, dir) = (oracle(), tempfile::tempdir().unwrap());
    for (name, file, _) in
        cases(&oracle).filter(|(name, ..)| ["P.gif", "animated.gif", "RGB.qoi"].contains(name))
    {
        write(dir.path(), name, &file);
    }
    let set = load_with(dir.path().to_str().unwrap(), Split::Train, &Options::default()).unwrap();
    assert_eq!((set.len(), set.channels()), (3, 3));
    assert_eq!(set.image(0), set.image(2), "the animation begins with the other");
    let reports = check::check(dir.path(), None);
    let check::Report::Folder(report) = &reports[0] else { panic!("{reports:?}") };
    assert_eq!((report.animated, report.problems.len()), (1, 0));
    // Animations of other formats are refused.
    write(dir.path(), "a.png", &super::super::samples::animated_png());
    let refused = load_with(dir.path().to_str().unwrap(), Split::Train, &Options::default());
    assert!(matches!(refused, Err(DataError::Broken { .. })));
}
