//! A zip archive of images.
#![no_main]

use std::sync::LazyLock;

use ganymede_fuzz::{Place, read_file};

static PLACE: LazyLock<Place> = LazyLock::new(Place::new);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read_file(&PLACE, "x.zip", bytes));
