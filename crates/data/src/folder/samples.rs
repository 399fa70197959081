//! Images to test with, made here.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageBuffer, ImageFormat};

/// Smooth pixels, `[height, width, channels]`, different for each `seed`.
pub(crate) fn pattern(height: usize, width: usize, channels: usize, seed: usize) -> Vec<u8> {
    let value = |y: usize, x: usize, c: usize| (10 * seed + 4 * y + 3 * x + 60 * c) as u8;
    (0..height * width * channels)
        .map(|i| value(i / channels / width, i / channels % width, i % channels))
        .collect()
}

/// Any 8-bit pixels as an image of 1 to 4 channels.
pub(crate) fn image(height: usize, width: usize, channels: usize, pixels: Vec<u8>) -> DynamicImage {
    let (w, h) = (width as u32, height as u32);
    match channels {
        1 => ImageBuffer::from_raw(w, h, pixels).map(DynamicImage::ImageLuma8),
        2 => ImageBuffer::from_raw(w, h, pixels).map(DynamicImage::ImageLumaA8),
        3 => ImageBuffer::from_raw(w, h, pixels).map(DynamicImage::ImageRgb8),
        _ => ImageBuffer::from_raw(w, h, pixels).map(DynamicImage::ImageRgba8),
    }
    .unwrap()
}

/// An image as a file's bytes.
pub(crate) fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// A PNG of [`pattern`].
pub(crate) fn png(height: usize, width: usize, channels: usize, seed: usize) -> Vec<u8> {
    encoded(&image(height, width, channels, pattern(height, width, channels, seed)), ImageFormat::Png)
}

/// A PNG of four colours by palette, and its pixels.
pub(crate) fn palette_png() -> (Vec<u8>, Vec<u8>) {
    let palette = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]];
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 4, 1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Two);
    encoder.set_palette(palette.concat());
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0b11_10_01_00]).unwrap();
    writer.finish().unwrap();
    (bytes, [palette[3], palette[2], palette[1], palette[0]].concat())
}

/// An animated PNG of two frames.
pub(crate) fn animated_png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for seed in 0..2 {
        writer.write_image_data(&pattern(8, 8, 3, seed)).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// A PNG whose header says `side` x `side`.
pub(crate) fn png_that_says(side: u32) -> Vec<u8> {
    let mut bytes = png(8, 8, 3, 0);
    // Signature, length and type of the chunk; then width and height.
    for at in [16, 20] {
        bytes[at..at + 4].copy_from_slice(&side.to_be_bytes());
    }
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    bytes
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = [name.as_slice(), &(body.len() as u32).to_le_bytes(), body].concat();
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// An animated WebP of two 8x8 frames: a container (RIFF, VP8X, ANIM, ANMF) around still ones.
pub(crate) fn animated_webp() -> Vec<u8> {
    // Animation flag; sides less one in 24 bits.
    let header = chunk(b"VP8X", &[0b10, 0, 0, 0, 7, 0, 0, 7, 0, 0]);
    let animation = chunk(b"ANIM", &[0; 6]);
    let frames = (0..2).flat_map(|seed| {
        let still = encoded(&image(8, 8, 3, pattern(8, 8, 3, seed)), ImageFormat::WebP);
        // Place, sides less one, 100 ms; then the still file without its own container's 12 bytes.
        let frame = [&[0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 100, 0, 0, 0], &still[12..]].concat();
        chunk(b"ANMF", &frame)
    });
    let body = [b"WEBP".to_vec(), header, animation, frames.collect()].concat();
    chunk(b"RIFF", &body)
}

/// Exif data that say how an image is to be turned.
pub(crate) fn exif(orientation: u8) -> Vec<u8> {
    // A little-endian TIFF of one directory with one entry: tag 0x0112, one 16-bit number.
    let mut bytes = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    bytes.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// A file in a folder, and the folders it is in.
pub(crate) fn write(dir: &Path, name: &str, bytes: &[u8]) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Two classes with six sound 8x8 images, one of them twice, and everything that can be wrong with a file;
/// the names of what is wrong, in order, and a part of the reason.
pub(crate) fn broken_folder(dir: &Path) -> Vec<(&'static str, &'static str)> {
    for i in 0..3 {
        write(dir, &format!("a/{i}.png"), &png(8, 8, 3, i));
    }
    write(dir, "a/deeper/9.PNG", &png(8, 8, 3, 9));
    let sound = png(8, 8, 3, 4);
    write(dir, "b/copy.png", &png(8, 8, 3, 0));
    write(dir, "b/sound.png", &sound);
    write(dir, "b/readme.txt", b"no image");
    write(dir, "b/.hidden.png", b"");
    write(dir, "empty/list.csv", b"");
    let jpeg = encoded(&image(8, 8, 3, pattern(8, 8, 3, 0)), ImageFormat::Jpeg);
    let webp = encoded(&image(8, 8, 3, pattern(8, 8, 3, 0)), ImageFormat::WebP);
    let mut altered = sound.clone();
    // Within the pixel data, whose checksum then fails.
    altered[45] ^= 0xff;
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a/altered.png", altered, "a sound PNG"),
        ("a/animated.png", animated_png(), "an animated PNG"),
        ("a/animated.webp", animated_webp(), "an animated WebP"),
        ("a/empty.jpg", vec![], "an empty file"),
        ("a/gif.gif", b"GIF89a\x08\0\x08\0\0\0\0;".to_vec(), "a sound GIF"),
        ("a/huge.png", png_that_says(100_000), "image size: expected sides up to 16384"),
        ("a/large.png", png_that_says(16_384), "image size: expected sides"),
        ("a/named.jpg", b"\x00\x01\x02\x03 a text named so".to_vec(), "no image by its first bytes"),
        ("b/odd.png", png(8, 9, 3, 0), "expected 8x8, as most images here, or a data.size for all, got 8x9"),
        ("b/text.png", b"a text named so".to_vec(), "PNM or QOI, got a text"),
        ("b/truncated.jpg", jpeg[..jpeg.len() - 4].to_vec(), "the file ends before the image does"),
        ("b/truncated.png", sound[..sound.len() - 30].to_vec(), "a sound PNG"),
        ("b/truncated.webp", webp[..webp.len() - 10].to_vec(), "a sound WebP"),
    ];
    for (name, bytes, _) in &cases {
        write(dir, name, bytes);
    }
    cases.into_iter().map(|(name, _, reason)| (name, reason)).collect()
}
