//! Messages and hints.

mod formats;
mod hints;
mod next;
mod outputs;
mod values;

use std::fs;

use image::{DynamicImage, ImageBuffer};

use crate::common::Place;

/// Writes a PNG of 1 or 3 channels whose pixels follow from its name.
fn write_image(place: &Place, name: &str, height: u32, width: u32, channels: u32) {
    let seed = name.bytes().map(u32::from).sum::<u32>();
    let pixels = (0..height * width * channels).map(|i| (seed + 31 * i) as u8).collect();
    let image = match channels {
        1 => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        _ => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
    };
    let path = place.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.unwrap().save(&path).unwrap();
}

/// A folder of so many images in two classes.
fn classes(place: &Place, folder: &str, count: usize, side: u32, channels: u32) {
    for i in 0..count {
        write_image(
            place,
            &format!("{folder}/{}/{i:03}.png", ["dark", "light"][i % 2]),
            side,
            side,
            channels,
        );
    }
}
