//! Notes about what reading a folder of images left out or changed.

use std::fmt::Display;

use data::{Background, ImageSet, Reading};

use crate::output::{Quiet, grouped, note};

/// Prints notes about what reading `source` left out or changed. `asked` is the requested background of transparent images.
pub(crate) fn tell(set: &ImageSet, source: &str, asked: Background) {
    let reading = set.reading();
    let when = match reading.background == asked {
        true => "(data.background)",
        false => "when they were packed, which data.background does not change",
    };
    transparency(reading, set.len(), when);
    colours(reading, set.len());
    rest(reading, source);
}

/// The same of `count` images that are being packed.
pub(crate) fn tell_packed(reading: &Reading, count: usize, source: &str) {
    transparency(reading, count, "(--background)");
    colours(reading, count);
    rest(reading, source);
}

fn transparency(reading: &Reading, count: usize, when: &str) {
    if reading.alpha {
        let text = format!(
            "note: {} of {} images are transparent in places; their alpha is kept (data.alpha)",
            grouped(reading.transparent as u64),
            grouped(count as u64)
        );
        note(Quiet(false), &text);
    } else if reading.transparent > 0 {
        let text = format!(
            "note: {} of {} images are transparent in places; laid on {} {when}",
            grouped(reading.transparent as u64),
            grouped(count as u64),
            reading.background
        );
        note(Quiet(false), &text);
    }
}

fn colours(reading: &Reading, count: usize) {
    if reading.made_grey > 0 {
        let text = format!(
            "note: {} of {} images have colours and are read as grey, because channels = 1; channels = 3 keeps the colours",
            grouped(reading.made_grey as u64),
            grouped(count as u64)
        );
        note(Quiet(false), &text);
    }
}

fn rest(reading: &Reading, source: &str) {
    for name in &reading.doubtful {
        note(Quiet(false), &format!("warning: {}", doubt(name)));
    }
    if !reading.passed_over.is_empty() {
        let text = format!(
            "note: passed over in {source}: {}; ganymede data check {source} names them",
            reading.passed_over
        );
        note(Quiet(false), &text);
    }
}

/// The note about a class that is named like a split.
pub(crate) fn doubt(name: impl Display) -> String {
    format!("the folder `{name}` is read as a class, as others beside it are; it is named like a split")
}
