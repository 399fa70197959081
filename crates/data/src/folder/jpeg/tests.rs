//! The two committed files are Pillow's: 40x24 pixels of sines, quality 40, with `progressive=True` and with
//! `restart_marker_blocks=2`.

use image::{ExtendedColorType, ImageEncoder, ImageFormat};
use proptest::prelude::*;

use super::{check, readable};
use crate::folder::samples::{encoded, image, pattern};

const PROGRESSIVE: &[u8] = include_bytes!("progressive.jpg");
const RESTARTS: &[u8] = include_bytes!("restarts.jpg");

fn baseline(channels: usize) -> Vec<u8> {
    encoded(&image(40, 24, channels, pattern(40, 24, channels, 1)), ImageFormat::Jpeg)
}

fn all() -> [Vec<u8>; 4] {
    [baseline(3), baseline(1), PROGRESSIVE.to_vec(), RESTARTS.to_vec()]
}

#[track_caller]
fn refused(bytes: &[u8], reason: &str) {
    let said = check(bytes).unwrap_err();
    assert!(said.contains(reason), "{said}");
}

/// Where the segments of these kinds begin.
fn markers(bytes: &[u8], kinds: &[u8]) -> Vec<usize> {
    (2..bytes.len() - 1).filter(|&at| bytes[at] == 0xff && kinds.contains(&bytes[at + 1])).collect()
}

#[test]
fn whole_images_are_sound_whatever_follows_them() {
    let other = baseline(3);
    for whole in all() {
        for behind in [&b""[..], b"a video \xff\xda and more", &[0; 100], &other, b"\xff", b"\xff\xd8\xff"] {
            check(&[&whole, behind].concat()).unwrap();
        }
    }
}

#[test]
fn a_thumbnail_inside_is_not_the_image() {
    let mut whole = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut whole);
    encoder.set_exif_metadata([b"Exif\0\0".to_vec(), baseline(1)].concat()).unwrap();
    encoder.write_image(&pattern(40, 24, 3, 1), 24, 40, ExtendedColorType::Rgb8).unwrap();
    check(&whole).unwrap();
    for cut in [10, 500, 900] {
        refused(&whole[..whole.len() - cut], "the file ends before the image does");
    }
}

#[test]
fn an_image_cut_anywhere_is_refused_whatever_follows() {
    let other = baseline(3);
    for whole in all() {
        let end = whole.len() - 2;
        assert_eq!(whole[end..], [0xff, 0xd9]);
        let scan = markers(&whole, &[0xda])[0];
        for length in 2..=end {
            refused(&whole[..length], "the file ends before the image does");
        }
        for length in (scan + 12..end - 1).step_by(3) {
            let part = &whole[..length];
            for behind in [&[0xff, 0xd9][..], &other, &[&[0, 0, 0][..], &other].concat()] {
                assert!(check(&[part, behind].concat()).is_err(), "{length} of {end}");
            }
        }
    }
    refused(&[&other[..other.len() - 200], &other].concat(), "another image begins before this one ends");
}

/// Zeros are valid codes in most tables, so all pixels may decode. But no end marker follows.
#[test]
fn a_tail_of_zeros_is_refused() {
    for whole in all() {
        let scan = markers(&whole, &[0xda])[0];
        let half = (scan + whole.len()) / 2;
        let zeros = vec![0; whole.len() - half];
        assert!(check(&[&whole[..half], &zeros].concat()).is_err());
    }
}

#[test]
fn a_progressive_image_without_its_last_scans_is_refused() {
    let scans = markers(PROGRESSIVE, &[0xc4, 0xda]);
    let after_first = scans.iter().filter(|&&at| at > markers(PROGRESSIVE, &[0xda])[0]);
    for &at in after_first {
        let early = [&PROGRESSIVE[..at], &[0xff, 0xd9]].concat();
        refused(&early, "the image ends before all of its scans have come");
    }
}

#[test]
fn restart_markers_come_in_turn() {
    let restarts = markers(RESTARTS, &[0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7]);
    assert!(restarts.len() >= 2, "{restarts:?}");
    let mut lost = RESTARTS.to_vec();
    lost.drain(restarts[0]..restarts[1]);
    refused(&lost, "a part of its pixels is missing");
}

#[test]
fn sizes_that_the_scans_do_not_fill_are_refused() {
    for (whole, frame) in [(baseline(3), 0xc0), (PROGRESSIVE.to_vec(), 0xc2)] {
        let header = markers(&whole, &[frame])[0];
        for at in [header + 6, header + 8] {
            let mut larger = whole.clone();
            larger[at] += 64;
            refused(&larger, "");
        }
        let mut none = whole.clone();
        none[header + 6] = 0;
        refused(&none, "impossible size");
    }
}

#[test]
fn kinds_that_are_not_read_are_named() {
    for (marker, said) in
        [(0xc9, "arithmetic-coded"), (0xc3, "lossless"), (0xc5, "hierarchical"), (0xca, "arithmetic")]
    {
        let mut other = baseline(3);
        let header = markers(&other, &[0xc0])[0];
        other[header + 1] = marker;
        refused(&other, said);
        assert!(readable(&other).unwrap_err().contains(said));
    }
    let mut twelve = baseline(3);
    let header = markers(&twelve, &[0xc0])[0];
    twelve[header + 4] = 12;
    refused(&twelve, "12 bits a value");
    assert!(readable(&twelve).unwrap_err().contains("12 bits a value"));
    for sound in all() {
        readable(&sound).unwrap();
    }
}

#[test]
fn two_frames_in_one_image_are_refused() {
    let whole = baseline(1);
    let header = markers(&whole, &[0xc0])[0];
    let frame = &whole[header..header + 13];
    refused(&[&whole[..header], frame, &whole[header..]].concat(), "a second image begins");
}

proptest! {
    /// Any damaged file is accepted or refused, without a panic.
    #[test]
    fn damage_never_panics(
        kind in 0..4_usize,
        cut in 0..3000_usize,
        at in prop::collection::vec((0..1500_usize, any::<u8>()), 0..6),
    ) {
        let mut bytes = all()[kind].clone();
        bytes.truncate(cut.max(2));
        for (position, value) in at {
            if let Some(byte) = bytes.get_mut(position) {
                *byte = value;
            }
        }
        let _ = check(&bytes);
    }
}
