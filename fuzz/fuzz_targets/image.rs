//! A folder with one image in any format: the first bytes decide, not the name.
#![no_main]

use std::sync::LazyLock;

use ganymede_fuzz::{Place, read_image};

static PLACE: LazyLock<Place> = LazyLock::new(Place::new);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read_image(&PLACE, "x.gif", bytes));
