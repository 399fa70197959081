//! A run's event log.
#![no_main]

use std::sync::LazyLock;

use ganymede_fuzz::Place;

static PLACE: LazyLock<Place> = LazyLock::new(Place::new);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    PLACE.file("run/config.toml", b"");
    PLACE.file("run/checkpoints/none", b"");
    let log = PLACE.file("run/events.jsonl", bytes);
    let folder = log.with_file_name("");
    let run = run::RunFolder::open(&folder).expect("it looks like a run");
    if let Ok(events) = run.events() {
        for event in &events {
            assert!(!format!("{event:?}").is_empty());
        }
    }
});
