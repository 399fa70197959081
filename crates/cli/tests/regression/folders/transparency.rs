//! Transparent images.

use image::{DynamicImage, ImageBuffer};

use super::{save, train_in};
use crate::common::Place;

/// A dark figure on a transparent ground whose colour is white.
fn sprite(place: &Place, name: &str, ground_alpha: u8) {
    let pixel = |i: u32| match (2..6).contains(&(i / 8)) && (2..6).contains(&(i % 8)) {
        true => [20, 20, 20, 255],
        false => [255, 255, 255, ground_alpha],
    };
    let pixels = (0..64).flat_map(pixel).collect();
    save(place, name, &ImageBuffer::from_raw(8, 8, pixels).map(DynamicImage::ImageRgba8).unwrap());
}

/// The brightest byte of the first row of the first image on a sheet.
fn brightest(place: &Place) -> u8 {
    let sheet = image::open(place.path("data.png")).unwrap().to_rgb8();
    (2..10).flat_map(|i| sheet.get_pixel(i, 2).0).max().unwrap()
}

#[test]
fn transparent_images_lie_on_white_or_on_what_is_asked_for_and_it_is_said() {
    let place = Place::new();
    for i in 0..8 {
        sprite(&place, &format!("set/{i}.png"), if i < 6 { 0 } else { 255 });
    }
    let said = place.run(&["data", "show", "set"]).ends_with(0).stderr;
    assert!(said.contains("note: 6 of 8 images are transparent in places; laid on white"), "{said}");
    assert_eq!(brightest(&place), 255);
    for (background, bright) in [("black", 0), ("#404040", 64), ("77", 77)] {
        let said = place.run(&["data", "show", "set", "--background", background]).ends_with(0).stderr;
        assert!(said.contains("laid on "), "{said}");
        assert_eq!(brightest(&place), bright, "{background}");
    }
    let said = place.run(&["data", "check", "set"]).ends_with(0).stdout;
    assert!(
        said.contains("6 images are transparent in places") && said.contains("data.background"),
        "{said}"
    );
    for (more, on) in [(&[][..], "white"), (&["--set", "data.background=#ff0000"], "#ff0000")] {
        let said = train_in(
            &place,
            ".",
            "set",
            &[more, &["--set", "generator.layers=[{ dense = 192 }, \"tanh\"]"]].concat(),
        );
        assert!(
            said.stderr.contains(&format!("6 of 8 images are transparent in places; laid on {on}")),
            "{said:?}"
        );
    }
    // A packed file keeps the background of its images.
    let pack = ["data", "pack", "set", "-o", "set.gpack", "--background", "black"];
    assert!(place.run(&pack).ends_with(0).stderr.contains("laid on black"));
    let said = place.run(&["data", "show", "set.gpack"]).ends_with(0).stderr;
    assert!(
        said.contains("6 of 8 images are transparent in places; laid on black when they were packed"),
        "{said}"
    );
    for text in ["red", "#fff", "256", "-1"] {
        let setting = format!("data.background={text}");
        let said = place.run(&["train", "small.toml", "--set", &setting]).ends_with(1).stderr;
        assert!(said.contains("`data.background`") && said.contains("#rrggbb"), "{text}: {said}");
        let flag = format!("--background={text}");
        assert!(place.run(&["data", "show", "set", &flag]).ends_with(2).stderr.contains("#rrggbb"));
    }
}

#[test]
fn opaque_alpha_channels_make_no_noise() {
    let place = Place::new();
    (0..4).for_each(|i| sprite(&place, &format!("set/{i}.png"), 255));
    let said = place.run(&["data", "show", "set"]).ends_with(0);
    assert_eq!(said.stderr, "");
    assert!(!place.run(&["data", "check", "set"]).ends_with(0).stdout.contains("transparent"));
}
