use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::{Stream, read, read_bytes, write, write_streamed, write_to};
use crate::DataError;

fn encode(dims: &[usize], data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_to("memory", &mut bytes, dims, data).unwrap();
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The field a format error names; the gzip problem for the other kind.
fn field(bytes: &[u8]) -> String {
    let streamed = Stream::from_bytes("f", bytes).and_then(|stream| stream.for_each_chunk(|_| {}));
    let error = read_bytes("f", bytes).unwrap_err();
    assert_eq!(streamed.unwrap_err().to_string(), error.to_string(), "both ways of reading agree");
    match error {
        DataError::Format { file, field, .. } => {
            assert_eq!(file, "f");
            field
        }
        DataError::Gzip { problem, .. } => problem,
        DataError::Foreign { kind, .. } => kind.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn the_layout_is_the_published_one() {
    let bytes = encode(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
    assert_eq!(bytes, [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn each_part_of_a_bad_header_is_named() {
    let good = encode(&[2, 1, 1], &[1, 2]);
    assert_eq!(field(&[]), "an empty file");
    for length in 1..16 {
        assert_eq!(field(&good[..length]), "header", "{length}");
    }
    let altered = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        bytes
    };
    assert_eq!(field(&altered(0, 1)), "magic");
    assert_eq!(field(&altered(1, 1)), "magic");
    assert_eq!(field(&altered(2, 0x0d)), "element type");
    for rank in [0, 2, 5, 255] {
        assert_eq!(field(&altered(3, rank)), "rank");
    }
    assert_eq!(field(&altered(7, 0)), "dimension 0");
    assert_eq!(field(&altered(15, 0)), "dimension 2");
    assert_eq!(field(b"GIF89a, not an IDX file"), "an animation or a video (GIF)");
    assert_eq!(field(b"\x01\x02 anything"), "magic");
    assert_eq!(field(&gzip(b"label,pixel\n")), "a text, compressed by gzip");
}

#[test]
fn a_body_must_have_the_announced_size() {
    let good = encode(&[2, 1, 1], &[1, 2]);
    for bytes in [&good[..17], &good[..16], &[&good[..], &[9]].concat()] {
        assert_eq!(field(bytes), "body");
        assert_eq!(field(&gzip(bytes)), "body");
    }
}

/// The header promises up to 2^96 bytes; nothing may be allocated for them.
#[test]
fn a_giant_header_is_refused_before_allocation() {
    let mut bytes = vec![0, 0, 8, 3];
    bytes.extend([255; 12]);
    assert_eq!(field(&bytes), "size");
    assert_eq!(field(&gzip(&bytes)), "size");
    // Within the cap (4 GiB) but with no body: refused from the length, or after unpacking nothing.
    let bytes = [0, 0, 8, 1, 255, 255, 255, 255];
    assert_eq!(field(&bytes), "body");
    assert_eq!(field(&gzip(&bytes)), "body");
}

#[test]
fn damaged_gzip_is_told_apart() {
    let good = gzip(&encode(&[300, 1, 1], &[7; 300]));
    for length in 2..good.len() {
        assert_eq!(field(&good[..length]), "truncated", "{length}");
    }
    let mut wrong_checksum = good.clone();
    let at = good.len() - 6;
    wrong_checksum[at] ^= 1;
    assert!(field(&wrong_checksum).starts_with("corrupt"));
    for trailing in [&b"trailing bytes"[..], b"x", b"\0\0x", b"\x1f", b"\x1f\x8a................"] {
        let behind = field(&[&good[..], trailing].concat());
        assert_eq!(behind, "followed by bytes that are no gzip data,", "{trailing:?}");
    }
    // A second member that is cut short is one.
    let bytes = encode(&[300, 1, 1], &[7; 300]);
    let (first, second) = (gzip(&bytes[..100]), gzip(&bytes[100..]));
    assert_eq!(field(&[&first[..], &second[..second.len() - 3]].concat()), "truncated");
}

/// A header for 4 elements and 256 MiB of zeros in 260 kB: unpacking stops after the fifth.
#[test]
fn a_gzip_bomb_is_not_unpacked() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&[0, 0, 8, 1, 0, 0, 0, 4]).unwrap();
    for _ in 0..256 {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    assert_eq!(field(&encoder.finish().unwrap()), "body");
}

#[test]
fn gzip_members_may_be_concatenated() {
    let bytes = encode(&[4], &[1, 2, 3, 4]);
    let array = read_bytes("f", &[gzip(&bytes[..9]), gzip(&bytes[9..])].concat()).unwrap();
    assert_eq!(array.data(), [1, 2, 3, 4]);
    // Zeros behind them are padding, as tapes have it.
    let padded = [gzip(&bytes), vec![0; 100_000]].concat();
    assert_eq!(read_bytes("f", &padded).unwrap().data(), [1, 2, 3, 4]);
}

#[test]
fn files_of_other_kinds_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(read(dir.path()), Err(DataError::NotAFile { kind: "a folder", .. })));
    assert!(matches!(read(dir.path().join("none")), Err(DataError::Io { action: "open", .. })));
}

#[test]
fn arrays_that_cannot_be_written_are_refused() {
    for (dims, bytes) in [(&[][..], 1), (&[2, 2], 4), (&[1; 5], 1), (&[0], 0), (&[1, 0, 1], 0), (&[3], 2)] {
        assert!(matches!(write_to("f", Vec::new(), dims, &vec![0; bytes]), Err(DataError::Argument { .. })));
    }
}

fn arrays() -> impl Strategy<Value = (Vec<usize>, Vec<u8>)> {
    prop_oneof![
        prop::collection::vec(1_usize..40, 1),
        prop::collection::vec(1_usize..8, 3),
        prop::collection::vec(1_usize..5, 4),
    ]
    .prop_flat_map(|dims| {
        let bytes = dims.iter().product::<usize>();
        (Just(dims), prop::collection::vec(any::<u8>(), bytes))
    })
}

#[test]
fn streamed_writing_counts_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let write = |bytes: usize| {
        write_streamed(&path, &[2, 3, 1], |out| (0..bytes).try_for_each(|i| out.write_all(&[i as u8])))
    };
    for bytes in [5, 7] {
        assert!(matches!(write(bytes), Err(DataError::Argument { .. })));
        assert!(!path.exists());
    }
    write(6).unwrap();
    assert_eq!(read(&path).unwrap().data(), [0, 1, 2, 3, 4, 5]);
}

proptest! {
    #[test]
    fn round_trip((dims, data) in arrays(), compressed: bool) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(if compressed { "a.gz" } else { "a" });
        write(&path, &dims, &data).unwrap();
        let array = read(&path).unwrap();
        prop_assert_eq!(array.dims(), dims);
        prop_assert_eq!(array.data(), data);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_bytes("f", &bytes);
        let _ = read_bytes("f", &gzip(&bytes));
        let _ = read_bytes("f", &[&[0x1f, 0x8b][..], &bytes].concat());
        let _ = read_bytes("f", &[&[0, 0, 8, 3][..], &bytes].concat());
    }

    #[test]
    fn one_altered_byte_never_panics((dims, data) in arrays(), at: prop::sample::Index, value: u8) {
        let mut bytes = gzip(&encode(&dims, &data));
        let at = at.index(bytes.len());
        bytes[at] = value;
        let _ = read_bytes("f", &bytes);
    }
}
