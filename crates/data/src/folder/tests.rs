mod archives;
mod formats;

use std::path::Path;

use image::{DynamicImage, ImageBuffer, ImageEncoder, ImageFormat};
use proptest::prelude::*;

use super::decode::{header, pixels};
use super::listing::Listing;
use super::samples::{animated_webp, broken_folder, encoded, exif, image, palette_png, pattern, png, write};
use super::tree::Tree;
use crate::{Background, DataError, ImageSet, Options, Reason, Size, Split, load_with};

fn decoded(bytes: &[u8], channels: usize) -> Vec<u8> {
    pixels(Path::new("x"), bytes, channels, Background::BLACK).unwrap().pixels
}

fn load(dir: &Path, split: Split, options: Options) -> Result<ImageSet, DataError> {
    load_with(dir.to_str().unwrap(), split, &options)
}

fn sized(height: usize, width: usize) -> Options {
    Options { size: Some(Size { height, width }), ..Options::default() }
}

#[test]
fn lossless_files_decode_to_what_was_written() {
    for (format, kinds) in [(ImageFormat::Png, &[1, 3][..]), (ImageFormat::WebP, &[3])] {
        for &channels in kinds {
            let written = pattern(5, 7, channels, 3);
            let bytes = encoded(&image(5, 7, channels, written.clone()), format);
            assert_eq!(decoded(&bytes, channels), written, "{format:?} {channels}");
        }
    }
    let (bytes, colours) = palette_png();
    assert_eq!(decoded(&bytes, 3), colours);
}

#[test]
fn jpeg_decodes_to_about_what_was_written() {
    for channels in [1, 3] {
        let written = pattern(16, 24, channels, 0);
        let bytes = encoded(&image(16, 24, channels, written.clone()), ImageFormat::Jpeg);
        let off = decoded(&bytes, channels).iter().zip(&written).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(off <= 12, "{channels} channels: off by {off}");
    }
}

#[test]
fn a_jpeg_that_ends_early_is_refused() {
    let mut whole = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut whole);
    // A thumbnail, with an end of its own.
    let thumbnail = encoded(&image(8, 8, 3, pattern(8, 8, 3, 0)), ImageFormat::Jpeg);
    encoder.set_exif_metadata([exif(1), thumbnail].concat()).unwrap();
    encoder.write_image(&pattern(64, 64, 3, 1), 64, 64, image::ExtendedColorType::Rgb8).unwrap();
    let name = Path::new("x");
    // A phone's photograph, with a video behind it that holds the start of a scan.
    let video = [&whole[..], b"video \xff\xda video"].concat();
    for sound in [&whole, &video] {
        assert!(pixels(name, sound, 3, Background::BLACK).is_ok());
    }
    for missing in [1, 2, 10, 500] {
        let error =
            pixels(name, &whole[..whole.len() - missing], 3, Background::BLACK).unwrap_err().to_string();
        assert!(error.contains("the file ends before the image does"), "{missing}: {error}");
    }
}

#[test]
fn sixteen_bits_become_eight() {
    let values: Vec<u16> = vec![0, 128, 129, 257, 0x1234, 0xff00, 0xffff, 32896];
    // The nearest of 256 values: v / 257, rounded.
    let rounded: Vec<u8> = values.iter().map(|&v| (f64::from(v) / 257.0).round() as u8).collect();
    let grey = DynamicImage::ImageLuma16(ImageBuffer::from_raw(8, 1, values.clone()).unwrap());
    assert_eq!(decoded(&encoded(&grey, ImageFormat::Png), 1), rounded);
    let colour = DynamicImage::ImageRgb16(ImageBuffer::from_raw(8, 1, values.repeat(3)).unwrap());
    assert_eq!(decoded(&encoded(&colour, ImageFormat::Png), 3), rounded.repeat(3));
}

#[test]
fn channels_are_converted_and_the_ground_shows_through() {
    let grey = png(4, 4, 1, 2);
    let repeated: Vec<u8> = pattern(4, 4, 1, 2).iter().flat_map(|&g| [g; 3]).collect();
    assert_eq!(decoded(&grey, 3), repeated);
    let one = |channels, pixel: &[u8]| encoded(&image(1, 1, channels, pixel.to_vec()), ImageFormat::Png);
    assert_eq!(decoded(&one(3, &[10, 200, 30]), 1), [147]);
    assert_eq!(decoded(&one(4, &[10, 200, 30, 51]), 3), [2, 40, 6]);
    assert_eq!(decoded(&one(4, &[10, 200, 30, 0]), 1), [0]);
    assert_eq!(decoded(&one(2, &[100, 51]), 1), [20]);
}

#[test]
fn every_kind_of_transparency_is_laid_on_the_background() {
    let on = |bytes: &[u8], channels, rgb| {
        let raster = pixels(Path::new("x"), bytes, channels, Background { rgb }).unwrap();
        assert!(raster.transparent);
        raster.pixels
    };
    let white = [255; 3];
    let rgba = image(1, 3, 4, [[10, 200, 30, 255], [10, 200, 30, 51], [10, 200, 30, 0]].concat());
    let expected = [[10, 200, 30], [206, 244, 210], [255, 255, 255]].concat();
    assert_eq!(on(&encoded(&rgba, ImageFormat::Png), 3, white), expected);
    assert_eq!(on(&encoded(&rgba, ImageFormat::WebP), 3, white), expected);
    let deep = |v: u8| u16::from(v) * 257;
    let rgba16 = rgba.to_rgba8().into_raw().into_iter().map(deep).collect();
    let rgba16 = DynamicImage::ImageRgba16(ImageBuffer::from_raw(3, 1, rgba16).unwrap());
    assert_eq!(on(&encoded(&rgba16, ImageFormat::Png), 3, white), expected);
    let grey = image(1, 2, 2, vec![100, 51, 100, 255]);
    assert_eq!(on(&encoded(&grey, ImageFormat::Png), 1, white), [224, 100]);
    assert_eq!(on(&encoded(&grey, ImageFormat::Png), 3, [255, 0, 0])[..3], [224, 20, 20]);
    // By palette, and by one colour that counts as transparent.
    let written = |colour: png::ColorType, transparent: Vec<u8>, data: &[u8]| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(colour);
        if colour == png::ColorType::Indexed {
            encoder.set_palette([[9, 8, 7], [40, 50, 60]].concat());
        }
        encoder.set_trns(transparent);
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    };
    let palette = written(png::ColorType::Indexed, vec![0], &[0, 1]);
    assert_eq!(on(&palette, 3, white), [255, 255, 255, 40, 50, 60]);
    let key = written(png::ColorType::Rgb, vec![0, 9, 0, 8, 0, 7], &[9, 8, 7, 40, 50, 60]);
    assert_eq!(on(&key, 3, white), [255, 255, 255, 40, 50, 60]);
    let grey_key = written(png::ColorType::Grayscale, vec![0, 9], &[9, 40]);
    assert_eq!(on(&grey_key, 1, [128; 3]), [128, 40]);
}

#[test]
fn transparent_images_are_counted_and_opaque_ones_are_what_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let opaque = image(2, 2, 4, [1, 2, 3, 255].repeat(4));
    write(dir.path(), "0.png", &encoded(&opaque, ImageFormat::Png));
    let set = load(dir.path(), Split::Train, Options::default()).unwrap();
    assert_eq!((set.reading().transparent, &*set.image(0)), (0, [1, 2, 3].repeat(4).as_slice()));
    write(dir.path(), "1.png", &encoded(&image(2, 2, 4, [1, 2, 3, 0].repeat(4)), ImageFormat::Png));
    let on = |background: &str| {
        let options = Options { background: background.parse().unwrap(), ..Options::default() };
        let set = load(dir.path(), Split::Train, options).unwrap();
        assert_eq!((set.reading().transparent, set.reading().background), (1, options.background));
        (set.image(0).to_vec(), set.image(1)[..3].to_vec())
    };
    for (background, expected) in [("white", [255; 3]), ("black", [0; 3]), ("#0a141e", [10, 20, 30])] {
        assert_eq!(on(background), ([1, 2, 3].repeat(4), expected.to_vec()), "{background}");
    }
    // Grey images on a coloured ground are colour images.
    let grey = tempfile::tempdir().unwrap();
    write(grey.path(), "0.png", &encoded(&image(1, 1, 2, vec![9, 0]), ImageFormat::Png));
    let red = Options { background: Background { rgb: [255, 0, 0] }, ..Options::default() };
    assert_eq!(*load(grey.path(), Split::Train, red).unwrap().image(0), [255, 0, 0]);
    assert_eq!(*load(grey.path(), Split::Train, Options::default()).unwrap().image(0), [255]);
}

#[test]
fn images_are_turned_upright() {
    let dir = tempfile::tempdir().unwrap();
    let written = pattern(2, 3, 3, 0);
    for (orientation, size, first) in [(1, [2, 3], 0), (3, [2, 3], 5), (6, [3, 2], 3), (8, [3, 2], 2)] {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        encoder.write_image(&written, 3, 2, image::ExtendedColorType::Rgb8).unwrap();
        write(dir.path(), "x.png", &bytes);
        let found = header(&Tree::Disk, &dir.path().join("x.png")).unwrap();
        let raster = pixels(Path::new("x"), &bytes, 3, Background::BLACK).unwrap();
        assert_eq!((found.size, [found.size.height, found.size.width]), (raster.size, size), "{orientation}");
        assert_eq!(raster.pixels[..3], written[3 * first..3 * first + 3], "{orientation}");
    }
}

#[test]
fn a_folder_of_classes() {
    let dir = tempfile::tempdir().unwrap();
    for (name, seed) in
        [("b/2.png", 0), ("b/10.png", 1), ("Z/x.png", 2), ("b/sub/1.png", 3), ("a/.hidden.png", 4)]
    {
        write(dir.path(), name, &png(4, 6, 1, seed));
    }
    write(dir.path(), "a/notes.txt", b"no image, so no class");
    let set = load(dir.path(), Split::Train, Options::default()).unwrap();
    assert_eq!((set.len(), set.height(), set.width(), set.channels(), set.skipped()), (4, 4, 6, 1, 0));
    assert_eq!(set.class_names().unwrap(), ["Z", "b"]);
    assert_eq!((set.labels().unwrap(), set.classes()), ([0, 1, 1, 1].as_slice(), Some(2)));
    // By path: Z/x, b/10, b/2, b/sub/1.
    for (i, seed) in [2, 1, 0, 3].into_iter().enumerate() {
        assert_eq!(set.image(i), pattern(4, 6, 1, seed), "{i}");
    }
    assert_eq!(set.name(), dir.path().file_name().unwrap().to_str().unwrap());
    // One image of colour makes all of them RGB, unless grey is requested.
    write(dir.path(), "b/colour.png", &png(4, 6, 3, 0));
    assert_eq!(load(dir.path(), Split::Train, Options::default()).unwrap().channels(), 3);
    let grey = Options { channels: Some(1), ..Options::default() };
    assert_eq!(load(dir.path(), Split::Train, grey).unwrap().image(0), pattern(4, 6, 1, 2));
    // Images of the folder itself would have no class.
    write(dir.path(), "x.png", &png(4, 6, 1, 0));
    let error = load(dir.path(), Split::Train, Options::default()).unwrap_err().to_string();
    assert!(error.contains("not in both, got 1 images beside 2 subfolders"), "{error}");
}

#[test]
fn a_folder_without_classes() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "photo.jpeg", &encoded(&image(8, 16, 3, pattern(8, 16, 3, 0)), ImageFormat::Jpeg));
    write(dir.path(), "drawing.webp", &encoded(&image(8, 16, 3, pattern(8, 16, 3, 1)), ImageFormat::WebP));
    // The content counts, not the name.
    write(dir.path(), "png.jpg", &png(8, 16, 3, 2));
    let set = load(dir.path(), Split::Train, Options::default()).unwrap();
    assert_eq!((set.len(), set.labels(), set.class_names(), set.classes()), (3, None, None, None));
    assert_eq!(set.image(0), pattern(8, 16, 3, 1));
    let error = load(dir.path(), Split::Test, Options::default()).unwrap_err();
    assert!(matches!(error, DataError::NoTestSplit { .. }), "{error}");
    let small = load(dir.path(), Split::Train, sized(4, 4)).unwrap();
    assert_eq!((small.height(), small.width(), small.pixels().len()), (4, 4, 3 * 48));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(load(empty.path(), Split::Train, sized(4, 4)), Err(DataError::NoImages { .. })));
}

#[test]
fn train_and_test_are_parts() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["train/a/0.png", "train/b/0.png", "train/c/0.png", "test/c/0.png", "test/a/0.png"] {
        write(dir.path(), name, &png(4, 4, 1, 0));
    }
    let test = load(dir.path(), Split::Test, Options::default()).unwrap();
    assert_eq!(test.labels().unwrap(), [0, 2], "numbered as in training");
    assert_eq!(test.class_names().unwrap(), ["a", "b", "c"]);
    assert_eq!(load(dir.path(), Split::Train, Options::default()).unwrap().len(), 3);
    write(dir.path(), "test/d/0.png", &png(4, 4, 1, 0));
    let error = load(dir.path(), Split::Test, Options::default()).unwrap_err().to_string();
    assert!(
        error.contains("expected the classes of")
            && error.ends_with("/train (a, b, c), got a, c, d: `d` is none of them"),
        "{error}"
    );
    // A folder of vehicles has classes, one of which is called so.
    let vehicles = tempfile::tempdir().unwrap();
    for name in ["train/0.png", "bus/0.png"] {
        write(vehicles.path(), name, &png(4, 4, 1, 0));
    }
    let set = load(vehicles.path(), Split::Train, Options::default()).unwrap();
    assert_eq!(set.class_names().unwrap(), ["bus", "train"]);
    assert_eq!(set.reading().doubtful, ["train"]);
}

#[test]
fn sizes_must_be_one_or_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    for (name, side) in [("0.png", 8), ("1.png", 8), ("2.png", 6), ("3.png", 4)] {
        write(dir.path(), name, &png(side, side, 3, 0));
    }
    let skip = Options { skip_broken: true, ..Options::default() };
    for options in [Options::default(), skip] {
        let error = load(dir.path(), Split::Train, options).unwrap_err().to_string();
        assert!(
            error.ends_with("images of 3 sizes: 2 of 8x8, 1 of 4x4, 1 of 6x6; data.size brings all to one"),
            "{error}"
        );
    }
    assert_eq!(load(dir.path(), Split::Train, sized(5, 7)).unwrap().len(), 4);
    // What is that of most is the size, where the rest may be left out.
    write(dir.path(), "4.png", &png(8, 8, 3, 0));
    let set = load(dir.path(), Split::Train, skip).unwrap();
    assert_eq!((set.len(), set.height(), set.skipped()), (3, 8, 2));
}

#[test]
fn broken_files_are_refused_or_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let expected = broken_folder(dir.path());
    let size = Size { height: 8, width: 8 };
    let error =
        load(dir.path(), Split::Train, Options { size: Some(size), ..Options::default() }).unwrap_err();
    let text = error.to_string();
    let DataError::Broken { problems, files, .. } = error else { panic!("{text}") };
    // All but the one of odd size, which is brought to the size asked for.
    assert_eq!((problems.len(), files), (expected.len() - 1, 6 + expected.len()));
    assert!(text.contains("12 of 19 image files cannot be used") && text.contains("and 7 more"), "{text}");
    let reasons = expected.iter().filter(|(name, _)| *name != "b/odd.png");
    for (problem, (name, reason)) in problems.iter().zip(reasons) {
        let problem = problem.to_string();
        assert!(problem.contains(name) && problem.contains(reason), "{name}: {reason}: {problem}");
    }
    let set = load(dir.path(), Split::Train, Options { skip_broken: true, ..Options::default() }).unwrap();
    assert_eq!((set.len(), set.skipped(), set.class_counts().unwrap()), (6, 13, vec![4, 2]));
    assert_eq!(set.image(3), pattern(8, 8, 3, 9), "a/deeper/9.PNG");
    let nothing = tempfile::tempdir().unwrap();
    write(nothing.path(), "0.webp", &animated_webp());
    for skip_broken in [false, true] {
        let options = Options { skip_broken, ..Options::default() };
        assert!(matches!(load(nothing.path(), Split::Train, options), Err(DataError::Broken { .. })));
    }
}

#[test]
fn other_sources_have_the_shape_asked_for_or_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("images");
    crate::idx::write(&path, &[1, 4, 4], &[0; 16]).unwrap();
    let fits = Options { channels: Some(1), ..sized(4, 4) };
    assert!(load(&path, Split::Train, fits).is_ok());
    let error = load(&path, Split::Train, sized(8, 8)).unwrap_err().to_string();
    assert_eq!(error, "images: data.size: expected 4x4, as only folders of images are resized, got 8x8");
    let colour = Options { channels: Some(3), ..Options::default() };
    assert!(load(&path, Split::Train, colour).unwrap_err().to_string().contains("converted, got 3"));
    assert!(load(&path, Split::Train, Options { channels: Some(2), ..fits }).is_err());
}

#[cfg(unix)]
#[test]
fn links_to_classes_are_followed_and_circles_end() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(elsewhere.path(), "0.png", &png(4, 4, 1, 0));
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("linked")).unwrap();
    std::os::unix::fs::symlink(dir.path(), elsewhere.path().join("circle")).unwrap();
    let listing = Listing::read(&Tree::Disk, dir.path()).unwrap();
    assert_eq!(
        (listing.files().len(), listing.class_names().unwrap()),
        (1, ["linked".to_owned()].as_slice())
    );
    assert_eq!(listing.passed_over().to_string(), "1 linked in a circle");
}

#[cfg(unix)]
#[test]
fn linked_and_deep_folders_are_read_once() {
    use std::os::unix::fs::symlink;
    let (dir, store) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let deep = format!("a/{}x.png", "d/".repeat(40));
    write(dir.path(), &deep, &png(4, 4, 1, 0));
    write(dir.path(), "a/own.png", &png(4, 4, 1, 1));
    write(store.path(), "sub/0.png", &png(4, 4, 1, 2));
    write(store.path(), "1.png", &png(4, 4, 1, 3));
    symlink(store.path(), dir.path().join("a/more")).unwrap();
    // The same folder by another way, a link to a class that lies in it, and one to nothing.
    symlink(store.path().join("sub"), dir.path().join("a/again")).unwrap();
    symlink(dir.path().join("a"), store.path().join("back")).unwrap();
    symlink("nowhere", dir.path().join("a/gone")).unwrap();
    symlink("nowhere.png", dir.path().join("a/gone.png")).unwrap();
    symlink(store.path().join("1.png"), dir.path().join("a/linked.png")).unwrap();
    let listing = Listing::read(&Tree::Disk, dir.path()).unwrap();
    let names: Vec<_> =
        listing.files().iter().map(|f| f.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["0.png", "x.png", "gone.png", "linked.png", "1.png", "own.png"]);
    let passed_over = listing.passed_over();
    assert_eq!((passed_over.count(Reason::ReadAlready), passed_over.count(Reason::BrokenLink)), (2, 1));
    let error = load(dir.path(), Split::Train, Options::default()).unwrap_err().to_string();
    assert!(error.contains("1 of 6 image files") && error.contains("gone.png: cannot open"), "{error}");
}

#[test]
fn files_are_known_by_name_or_content_and_the_rest_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let sound = png(4, 4, 1, 0);
    for name in ["a.png", "hash0", "frame.0001"] {
        write(dir.path(), name, &sound);
    }
    write(dir.path(), "scan.dat", &sound);
    write(dir.path(), "a.png.part", &sound);
    for name in [
        ".a.png.ganymede-0123456789abcdef.part",
        "a.cr2",
        "drawing.svg",
        "x.gpack",
        "x.safetensors",
        "labels.csv",
        "no-image",
        ".hidden.png",
        "Thumbs.db",
        "._a.png",
        "@eaDir/a.png/thumb.png",
        "$RECYCLE.BIN/b.png",
        "lost+found/c.png",
        "runs/0000-x/checkpoints/latest",
        "runs/0000-x/samples/0.png",
        "runs/0000-x/config.toml",
        "generated/.ganymede-generated",
        "generated/0.png",
    ] {
        write(dir.path(), name, b"x");
    }
    let set = load(dir.path(), Split::Train, Options::default()).unwrap();
    assert_eq!((set.len(), set.class_names()), (3, None));
    assert_eq!(
        set.reading().passed_over.to_string(),
        "6 written by Ganymede, 2 in image formats that are not read, 1 images by content but not by name, 5 of a file server or an operating system, 1 hidden, 2 not images by name"
    );
    // A folder of generated images is data if it is given itself; a run's folder is not.
    write(dir.path(), "generated/0.png", &sound);
    assert_eq!(load(&dir.path().join("generated"), Split::Train, Options::default()).unwrap().len(), 1);
    let run = load(&dir.path().join("runs/0000-x"), Split::Train, Options::default());
    assert!(matches!(run, Err(DataError::Run { .. })), "{run:?}");
    let runs = load(&dir.path().join("runs"), Split::Train, Options::default()).unwrap_err().to_string();
    assert!(runs.ends_with("in this folder; passed over: 1 written by Ganymede"), "{runs}");
}

proptest! {
    /// Any damaged file decodes or is refused.
    #[test]
    fn damage_never_panics(
        kind in 0..8_usize,
        cut in 0..1000_usize,
        at in prop::collection::vec((0..1000_usize, any::<u8>()), 0..6),
    ) {
        let still = image(8, 8, 3, pattern(8, 8, 3, 0));
        let mut bytes = match kind {
            0 => encoded(&still, ImageFormat::Png),
            1 => encoded(&still, ImageFormat::Jpeg),
            2 => encoded(&still, ImageFormat::WebP),
            3 => encoded(&still, ImageFormat::Bmp),
            4 => encoded(&still, ImageFormat::Tiff),
            5 => encoded(&still, ImageFormat::Pnm),
            6 => encoded(&still, ImageFormat::Qoi),
            _ => animated_webp(),
        };
        if cut < bytes.len() {
            bytes.truncate(cut);
        }
        for (position, value) in at {
            if let Some(byte) = bytes.get_mut(position) {
                *byte = value;
            }
        }
        if let Ok(raster) = pixels(Path::new("x"), &bytes, 3, Background::BLACK) {
            prop_assert_eq!(raster.pixels.len(), raster.size.height * raster.size.width * 3);
        }
    }
}
