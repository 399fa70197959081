//! Images, classes and splits in folders.

mod entries;
mod own_output;
mod splits;
mod transparency;

use std::fs;

use image::{DynamicImage, ImageBuffer, ImageFormat};

use crate::common::{Place, Run};

/// An 8x8 image whose pixels follow from its name, in the format that the name says.
fn image(place: &Place, name: &str) {
    let seed = name.bytes().map(u32::from).sum::<u32>();
    let pixels = (0..64).map(|i| (seed + 7 * i) as u8).collect();
    let image = ImageBuffer::from_raw(8, 8, pixels).map(DynamicImage::ImageLuma8).unwrap();
    save(place, name, &image);
}

fn save(place: &Place, name: &str, image: &DynamicImage) {
    let path = place.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.save_with_format(&path, ImageFormat::Png).unwrap();
}

/// `n` images of each class.
fn classes(place: &Place, root: &str, names: &[&str], n: usize) {
    for name in names {
        (0..n).for_each(|i| image(place, &format!("{root}/{name}/{i:02}.png")));
    }
}

/// Runs the program in a folder of the place.
#[track_caller]
fn run_in(place: &Place, folder: &str, arguments: &[&str]) -> Run {
    let mut command = place.command(arguments);
    command.current_dir(place.path(folder));
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let run = Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!run.stderr.contains("panicked"), "{run:?}");
    run
}

const TINY: [&str; 14] = [
    "--set",
    "train.warmup_images=0",
    "--set",
    "generator.layers=[{ dense = 64 }, \"tanh\"]",
    "--set",
    "discriminator.layers=[{ dense = 1 }]",
    "--set",
    "train.batch_size=8",
    "--set",
    "train.checkpoint_images=16",
    "--set",
    "train.total_images=32",
    "--threads",
    "1",
];

/// Trains a small run on `source` from inside `folder`; returns what was said.
#[track_caller]
fn train_in(place: &Place, folder: &str, source: &str, more: &[&str]) -> Run {
    let config = place.path("small.toml");
    let source = format!("data.source={source}");
    let begin = ["train", config.to_str().unwrap(), "-q", "--set", &source];
    run_in(place, folder, &[&begin[..], &TINY, more].concat()).ends_with(0)
}
