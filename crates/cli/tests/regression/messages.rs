//! Messages and hints.

mod formats;
mod hints;
mod next;
mod outputs;
mod values;

use crate::common::{Place, write_image};

/// A folder of `count` images in two classes.
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
