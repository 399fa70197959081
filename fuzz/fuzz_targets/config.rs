//! A config: its text, and what it asks for of 28x28 images in ten classes.
#![no_main]

use gan::config::{Facts, Source, Written};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let source = Source::new(text, "fuzz.toml");
    let Ok(written) = Written::parse(&source) else { return };
    let facts = Facts { image_shape: (28, 28, 1), images: 60_000, classes: 10 };
    match written.check(&source, &facts) {
        Ok(experiment) => {
            // What was accepted is written, and read again as the same.
            let text = written.to_toml().expect("a config that was read is written");
            let again = Written::parse(&Source::new(text.clone(), "again")).expect("and read again");
            assert_eq!(again.to_toml().expect("and written again"), text);
            drop(experiment);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
