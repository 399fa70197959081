//! Files that are damaged, foreign, or change while they are used.

use std::fs::{self, OpenOptions};
use std::io::{Cursor, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use image::{DynamicImage, ImageBuffer, ImageFormat};
use sha2::{Digest, Sha256};

use crate::common::{Place, Run, assert_same_bytes, checkpoints, wait_until};

/// An image of noise, so that it has codes of many lengths.
fn encoded(seed: u32, format: ImageFormat) -> Vec<u8> {
    let noise = |i: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(seed * 977) >> 24) as u8;
    let image = ImageBuffer::from_raw(32, 32, (0..32 * 32 * 3).map(noise).collect());
    let mut bytes = Vec::new();
    image.map(DynamicImage::ImageRgb8).unwrap().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// A PNG chunk.
fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(body);
    [&(body.len() as u32).to_be_bytes()[..], kind, body, &crc.sum().to_be_bytes()].concat()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An 8x8 PNG of this colour type, with these chunks before the pixels.
fn png(colour_type: u8, before: &[Vec<u8>]) -> Vec<u8> {
    let header = [&[0, 0, 0, 8, 0, 0, 0, 8, 8, colour_type][..], &[0; 3]].concat();
    let pixels = zlib(&[0; 9 * 8]);
    let parts = [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header)];
    let end = [chunk(b"IDAT", &pixels), chunk(b"IEND", b"")];
    [parts.concat(), before.concat(), end.concat()].concat()
}

fn in_folder(place: &Place, name: &str, bytes: &[u8]) {
    let path = place.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_jpeg_cut_and_continued_by_another_is_broken() {
    let place = Place::new();
    let (one, two) = (encoded(1, ImageFormat::Jpeg), encoded(2, ImageFormat::Jpeg));
    in_folder(&place, "photos/sound.jpg", &two);
    in_folder(&place, "photos/behind.jpg", &[&two[..], b"a phone's video", &one].concat());
    for percent in [50, 70, 90, 99] {
        let half = &one[..one.len() * percent / 100];
        in_folder(&place, &format!("photos/other{percent}.jpg"), &[half, &two].concat());
        in_folder(&place, &format!("photos/ended{percent}.jpg"), &[half, &[0xff, 0xd9]].concat());
        in_folder(&place, &format!("photos/zeros{percent}.jpg"), &[half, &[0; 3000]].concat());
    }
    // Arithmetic codes.
    let mut other = one.clone();
    let frame = other.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    other[frame + 1] = 0xc9;
    in_folder(&place, "unread/a.jpg", &other);
    let said = place.run(&["data", "check", "unread"]).ends_with(1);
    assert!(said.stdout.contains("an arithmetic-coded JPEG, which is not read here"), "{}", said.stdout);
    let said = place.run(&["data", "check", "photos"]).ends_with(1);
    assert!(said.stdout.contains("14 image files, 2 of them usable"), "{}", said.stdout);
    assert!(said.stdout.contains("another image begins before this one ends"), "{}", said.stdout);
    let said = place.run(&["data", "pack", "photos", "-o", "p.gpack", "--skip-broken"]).ends_with(0);
    assert!(said.stderr.contains("2 images of 32x32x3, 12 files left out"), "{}", said.stderr);
}

#[test]
fn a_png_on_which_the_decoder_panics_is_named_and_left_out() {
    let place = Place::new();
    in_folder(&place, "set/sound.png", &png(3, &[chunk(b"PLTE", &[9; 9])]));
    for bytes in [1, 2, 4, 5, 7, 8, 766] {
        in_folder(&place, &format!("set/short{bytes}.png"), &png(3, &[chunk(b"PLTE", &vec![9; bytes])]));
    }
    let said = place.run(&["data", "check", "set"]).ends_with(1);
    assert!(said.stdout.contains("8 image files, 1 of them usable"), "{}", said.stdout);
    assert!(
        said.stdout.contains("short4.png") && said.stdout.contains("a palette of 4 bytes"),
        "{}",
        said.stdout
    );
    for arguments in [&["data", "show", "set", "-o", "s.png"][..], &["data", "pack", "set", "-o", "p.gpack"]]
    {
        let said = place.run(arguments).ends_with(1);
        assert!(said.stderr.contains("7 of 8 image files cannot be used"), "{}", said.stderr);
        place.run(&[arguments, &["--skip-broken"]].concat()).ends_with(0);
    }
}

/// Half a gigabyte of zeros in half a megabyte, in each compressed chunk. The image is sound, and unused chunks are not
/// unpacked.
#[test]
fn compressed_texts_and_profiles_are_passed_over() {
    let place = Place::new();
    let bomb = zlib(&vec![0; 512 << 20]);
    for (name, kind, before) in
        [("icc", b"iCCP", &b"x\0\0"[..]), ("text", b"zTXt", b"x\0\0"), ("utf8", b"iTXt", b"x\0\x01\0\0\0")]
    {
        in_folder(&place, &format!("set/{name}.png"), &png(2, &[chunk(kind, &[before, &bomb].concat())]));
    }
    // Pixels of the header's colour type are another number of bytes: only the chunks are of interest here.
    for name in ["icc", "text", "utf8"] {
        let path = place.path(&format!("set/{name}.png"));
        let bytes = fs::read(&path).unwrap();
        let (was, is) = (chunk(b"IDAT", &zlib(&[0; 9 * 8])), chunk(b"IDAT", &zlib(&[0; 25 * 8])));
        let at = bytes.windows(was.len()).position(|part| part == was).unwrap();
        fs::write(path, [&bytes[..at], &is, &bytes[at + was.len()..]].concat()).unwrap();
    }
    // Not enough address space for one of the three to be unpacked beside the threads' stacks.
    let limited = format!("ulimit -v 700000; {} data check set", env!("CARGO_BIN_EXE_ganymede"));
    let shell =
        std::process::Command::new("sh").args(["-c", &limited]).current_dir(place.path("")).output().unwrap();
    let said = String::from_utf8_lossy(&shell.stdout).into_owned() + &String::from_utf8_lossy(&shell.stderr);
    assert!(shell.status.success() && said.contains("3 of them usable"), "{said}");
}

#[test]
fn images_larger_than_the_limit_are_refused_from_their_header() {
    let place = Place::new();
    in_folder(&place, "set/sound.png", &png(0, &[]));
    for side in [16_385_u32, 65_535, u32::MAX >> 1] {
        let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
        let bytes = [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &zlib(&[0; 72]))];
        in_folder(&place, &format!("set/{side}.png"), &bytes.concat());
    }
    let mut jpeg = encoded(1, ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    in_folder(&place, "set/jpeg.jpg", &jpeg);
    let said = place.run(&["data", "check", "set"]).ends_with(1);
    assert!(said.stdout.contains("5 image files, 1 of them usable"), "{}", said.stdout);
    assert_eq!(said.stdout.matches("expected sides").count(), 4, "{}", said.stdout);
}

/// A NumPy file with this dictionary.
fn npy(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{dictionary}\n");
    [&b"\x93NUMPY\x01\x00"[..], &(text.len() as u16).to_le_bytes(), text.as_bytes(), data].concat()
}

#[test]
fn data_check_takes_every_file_that_train_takes() {
    let place = Place::new();
    let pixels: Vec<u8> = (0..9 * 64).map(|i| (i % 251) as u8).collect();
    place.write("x.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (9, 8, 8), }", &pixels));
    place.write(
        "x-labels.npy",
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (9,), }", &[0, 1, 2].repeat(3)),
    );
    data::idx::write(place.path("x-images.gz"), &[9, 8, 8], &pixels).unwrap();
    in_folder(&place, "folder/a.png", &png(0, &[]));
    place.run(&["data", "pack", "folder", "-o", "x.gpack"]).ends_with(0);
    for (source, said) in [
        ("x.npy", "9 images of 8x8x1"),
        ("x.npy", "by class  0: 3  1: 3  2: 3"),
        ("x-labels.npy", "9 labels"),
        ("x-images.gz", "9 images of 8x8x1"),
        ("x.gpack", "1 images of 8x8x1"),
        ("folder", "1 image files, 1 of them usable"),
    ] {
        let run = place.run(&["data", "check", source]).ends_with(0);
        assert!(run.stdout.contains(said), "{source}: {}", run.stdout);
    }
    // Labels of another number are wrong, and so is a file cut short.
    place.write("x-labels.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", &[0, 1]));
    let run = place.run(&["data", "check", "x.npy"]).ends_with(1);
    assert!(run.stdout.contains("number of labels: expected 9"), "{}", run.stdout);
    let whole = fs::read(place.path("x.npy")).unwrap();
    place.write("x.npy", &whole[..whole.len() - 1]);
    let run = place.run(&["data", "check", "x.npy"]).ends_with(1);
    assert!(run.stdout.contains("the file is truncated"), "{}", run.stdout);
}

#[test]
fn numpy_files_of_every_layout_are_the_same_images() {
    let place = Place::new();
    // Nine images of 10x8 in three channels.
    let value = |n: usize, y: usize, x: usize, c: usize| ((n * 31 + y * 17 + x * 7 + c * 50) % 256) as u8;
    let all = |order: [usize; 4]| {
        let sizes = [9, 10, 8, 3];
        let mut values = Vec::new();
        for i in 0..9 * 10 * 8 * 3 {
            let (mut index, mut rest) = ([0; 4], i);
            for &axis in order.iter().rev() {
                index[axis] = rest % sizes[axis];
                rest /= sizes[axis];
            }
            values.push(value(index[0], index[1], index[2], index[3]));
        }
        values
    };
    let (plain, fortran, first) = (all([0, 1, 2, 3]), all([3, 2, 1, 0]), all([0, 3, 1, 2]));
    let shape = "(9, 10, 8, 3)";
    place.write(
        "plain.npy",
        npy(&format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"), &plain),
    );
    place.run(&["data", "show", "plain.npy", "-o", "plain.png"]).ends_with(0);
    let wide = |of: &dyn Fn(u8) -> Vec<u8>| plain.iter().flat_map(|&v| of(v)).collect::<Vec<u8>>();
    for (dictionary, data) in [
        (format!("{{'descr': '<u1', 'fortran_order': False, 'shape': {shape}}}"), plain.clone()),
        (format!("{{'shape': {shape}, 'fortran_order': False, 'descr': '|u1'}}"), plain.clone()),
        (format!("{{\"fortran_order\":False,\"shape\":{shape},\"descr\":\"u1\"}}"), plain.clone()),
        (format!("{{'descr': '|u1', 'fortran_order': True, 'shape': {shape}, }}"), fortran),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (9, 3, 10, 8), }".into(), first),
        (
            format!("{{'descr': '<i8', 'fortran_order': False, 'shape': {shape}, }}"),
            wide(&|v| i64::from(v).to_le_bytes().into()),
        ),
        (
            format!("{{'descr': '>u2', 'fortran_order': False, 'shape': {shape}, }}"),
            wide(&|v| u16::from(v).to_be_bytes().into()),
        ),
        (
            format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"),
            wide(&|v| f32::from(v).to_le_bytes().into()),
        ),
        (
            format!("{{'descr': '>f8', 'fortran_order': False, 'shape': {shape}, }}"),
            wide(&|v| (f64::from(v) / 255.0).to_be_bytes().into()),
        ),
    ] {
        place.write("other.npy", npy(&dictionary, &data));
        place.run(&["data", "show", "other.npy", "-o", "other.png"]).ends_with(0);
        assert_same_bytes(&place.path("plain.png"), &place.path("other.png"));
    }
}

#[test]
fn numpy_labels_are_read_in_a_column_and_refused_with_what_to_type() {
    let place = Place::new();
    place.write("k.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4, 4), }", &[7; 96]));
    let labels = |shape: &str, data: &[u8]| {
        place.write(
            "k-labels.npy",
            npy(&format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"), data),
        );
        place.run(&["data", "show", "k.npy", "-o", "s.png"])
    };
    let column = labels("(6, 1)", &[0, 1, 2, 2, 1, 2]).ends_with(0);
    assert!(column.stdout.lines().any(|line| line.split_whitespace().eq(["2", "3"])), "{}", column.stdout);
    let one_hot = labels("(6, 2)", &[0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0]).ends_with(1);
    assert!(
        one_hot.stderr.contains("k-labels.npy: shape: expected (n,), a label an image, got [6, 2]"),
        "{one_hot:?}"
    );
    assert!(one_hot.stderr.contains("np.save('k-labels.npy', x.argmax(1))"), "{one_hot:?}");
}

#[test]
fn foreign_files_are_named_for_what_they_are() {
    let place = Place::new();
    let zip = |name: &str| {
        let length = (name.len() as u16).to_le_bytes();
        [b"PK\x03\x04", &[0; 22][..], &length, &[0, 0], name.as_bytes(), b"..."].concat()
    };
    let tar = [&b"a.png"[..], &[0; 252], b"ustar\x0000", &[0; 700]].concat();
    let hdf5 = [&b"\x89HDF\r\n\x1a\n"[..], &[0; 100]].concat();
    for (name, bytes, kind, typed) in [
        ("photo.png", encoded(1, ImageFormat::Png), "one PNG image", "a folder of such images is a source"),
        ("photo.jpg", encoded(1, ImageFormat::Jpeg), "one JPEG image", "a folder of such images is a source"),
        ("photo", encoded(1, ImageFormat::WebP), "one WebP image", "a folder of such images is a source"),
        ("a.npz", zip("x.npy"), "a NumPy archive of arrays (.npz)", "np.save('a.npy', a['x'])"),
        ("photos.tar", tar.clone(), "a tar archive", "tar -xf photos.tar -C photos"),
        ("photos.tar.gz", gzip(&tar), "a tar archive, compressed by gzip", "tar -xf photos.tar.gz -C photos"),
        ("t.parquet", b"PAR1\x15\x04\x15".to_vec(), "a table (Parquet)", "pandas.read_parquet('t.parquet')"),
        ("x.h5", hdf5, "an HDF5 file", "h5py.File('x.h5')"),
        ("x.mat", b"MATLAB 5.0 MAT-file, Platform".to_vec(), "a MATLAB file", "scipy.io.loadmat('x.mat')"),
        (
            "data_batch_1",
            b"\x80\x02}q\x01(U\x0b".to_vec(),
            "a Python pickle",
            "pickle.load(open('data_batch_1'",
        ),
        (
            "m.safetensors",
            b"\x20\0\0\0\0\0\0\0{\"a\":{}}".to_vec(),
            "a model's weights (safetensors)",
            "a source is",
        ),
        ("t.csv", b"label,p0\n5,0\n".to_vec(), "a text", "np.loadtxt('t.csv'"),
        ("notes.md", b"# a text\n".to_vec(), "a text", "a source is a folder of images (PNG, JPEG"),
        ("paper.pdf", b"%PDF-1.4\n%\xe2\xe3".to_vec(), "a PDF document", "a source is"),
        ("movie.gif", b"GIF89a\x08\0\x08\0".to_vec(), "an animation or a video (GIF)", "ffmpeg -i movie.gif"),
        ("empty", Vec::new(), "an empty file", "a source is"),
        ("x.idx.gz", gzip(b"col\n1\n"), "a text, compressed by gzip", "gunzip -k x.idx.gz"),
    ] {
        place.write(name, bytes);
        let named = |run: &Run, text: &str| {
            assert!(text.contains(kind) && text.contains(typed), "{name}: {kind}, {typed}: {run:?}");
            assert!(!text.contains("00 00 08"), "{run:?}");
        };
        let show = place.run(&["data", "show", name, "-o", "s.png"]).ends_with(1);
        named(&show, &show.stderr);
        let check = place.run(&["data", "check", name]).ends_with(1);
        named(&check, &check.stdout);
    }
    // An archive that ends early.
    place.write("photos.zip", zip("a.png"));
    let train = place.run(&["train", "small.toml", "-q", "--set", "data.source=photos.zip"]).ends_with(1);
    assert!(train.stderr.contains("a zip archive") && !train.stderr.contains("00 00 08"), "{train:?}");
}

#[test]
fn gzip_is_read_as_gzip_reads_it() {
    let place = Place::new();
    let mut idx = vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 4];
    idx.extend([5; 32]);
    let check = |bytes: Vec<u8>| {
        place.write("x-images.gz", bytes);
        place.run(&["data", "check", "x-images.gz"])
    };
    check([gzip(&idx[..20]), gzip(&idx[20..])].concat()).ends_with(0);
    check([gzip(&idx), vec![0; 2000]].concat()).ends_with(0);
    let behind = check([gzip(&idx), b"what a broken download left".to_vec()].concat()).ends_with(1);
    assert!(
        behind.stdout.contains("gzip data is followed by bytes that are no gzip data"),
        "{}",
        behind.stdout
    );
    assert!(!behind.stdout.contains("truncated"), "{}", behind.stdout);
    let mut altered = gzip(&idx);
    let at = altered.len() - 6;
    altered[at] ^= 1;
    assert!(check(altered).ends_with(1).stdout.contains("corrupt"));
    let whole = gzip(&idx);
    assert!(check(whole[..whole.len() - 4].to_vec()).ends_with(1).stdout.contains("truncated"));
}

#[test]
fn a_small_pack_may_go_while_it_trains() {
    let place = Place::new();
    for i in 0..200 {
        in_folder(&place, &format!("set/{i}.png"), &png(0, &[]));
    }
    place.run(&["data", "pack", "set", "-o", "d.gpack", "-q"]).ends_with(0);
    let arguments =
        ["train", "dense", "--set", "data.source=d.gpack", "--image", "8x8x1", "--eval", "0", "-q"];
    let limits = ["--set", "train.checkpoint_images=640", "--set", "train.total_images=1280", "--out", "run"];
    let mut child = place.command(&[&arguments[..], &limits].concat());
    let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("a checkpoint", || !checkpoints(&only(&place.path("run"))).is_empty());
    fs::write(place.path("d.gpack"), b"").unwrap();
    // It trains to the end on the data that were read and verified.
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// The one run in a folder; the folder itself as long as there is none.
fn only(folder: &Path) -> PathBuf {
    let mut runs = fs::read_dir(folder).into_iter().flatten().flatten();
    runs.next().map_or_else(|| folder.to_path_buf(), |run| run.path())
}

/// A packed file of more than a gigabyte, of black images of 32x32: nearly all of it is a hole.
fn large_pack(path: &Path) {
    let (side, count) = (32_u32, 1_100_000_u64);
    let mut header = b"GANYPACK".to_vec();
    for number in [1, side, side, 1] {
        header.extend(number.to_le_bytes());
    }
    header.extend(count.to_le_bytes());
    // No classes; the checksum of so many pixels is not looked at.
    header.extend([0; 4 + 4 + 32]);
    let sum = Sha256::digest(&header);
    header.extend(sum);
    header.resize(4096, 0);
    let mut file = fs::File::create(path).unwrap();
    file.write_all(&header).unwrap();
    file.seek(SeekFrom::Start(4096 + count * 1024 - 1)).unwrap();
    file.write_all(&[0]).unwrap();
}

#[test]
fn a_large_pack_that_changes_while_it_trains_ends_the_run() {
    let place = Place::new();
    for (i, change) in ["cut", "emptied", "written"].into_iter().enumerate() {
        let pack = place.path("large.gpack");
        large_pack(&pack);
        let run = format!("run{i}");
        let arguments =
            ["train", "dense", "--set", "data.source=large.gpack", "--image", "32x32x1", "--eval", "0", "-q"];
        let limits = ["--set", "train.checkpoint_images=640", "--time", "60s", "--out", &run];
        let mut child = place.command(&[&arguments[..], &limits].concat());
        let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let folder = place.path(&run);
        wait_until("a checkpoint", || !checkpoints(&only(&folder)).is_empty());
        let folder = only(&folder);
        let file = OpenOptions::new().write(true).open(&pack).unwrap();
        match change {
            "cut" => file.set_len(500 << 20).unwrap(),
            "emptied" => file.set_len(0).unwrap(),
            _ => file.write_all_at(&[255; 100_000], 9_000_000).unwrap(),
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{change}: {said}");
        assert!(said.contains("large.gpack: the file changed while it was in use"), "{change}: {said}");
        let log = fs::read_to_string(folder.join("events.jsonl")).unwrap();
        let last = log.lines().next_back().unwrap();
        assert!(last.contains("stop") && last.contains("the file changed"), "{change}: {last}");
        place.run(&["sample", &run, "-n", "4", "-o", "grid.png"]).ends_with(0);
    }
}
