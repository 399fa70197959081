//! What holds for every preset: resuming is exact, and threads change nothing.
// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use gan::Trainer;
use gan::checkpoint::Checkpoint;
use gan::presets::PRESETS;
use nn::Threads;

/// Two steps of the generator where D takes five to one.
const STEPS: usize = 10;
const FIRST_STEPS: usize = 3;
const SMALL: &[&str] = &["train.batch_size=8"];

fn trained(preset: &str, threads: usize, steps: usize) -> Trainer {
    let mut trainer = common::trainer(preset, SMALL, Threads::new(threads));
    (0..steps).for_each(|_| _ = trainer.step());
    trainer
}

fn saved(trainer: &mut Trainer, path: &Path) -> Vec<u8> {
    trainer.save(path).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn every_preset_resumes_exactly_with_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checkpoint");
    for preset in PRESETS {
        let whole = saved(&mut trained(preset.name, 1, STEPS), &path);
        trained(preset.name, 2, FIRST_STEPS).save(&path).unwrap();
        let mut resumed = common::trainer(preset.name, SMALL, Threads::new(2));
        resumed.restore(&Checkpoint::read(&path).unwrap()).unwrap();
        (FIRST_STEPS..STEPS).for_each(|_| _ = resumed.step());
        assert!(whole == saved(&mut resumed, &path), "{}", preset.name);
        // An image alone is what it is among others, down to the bit.
        let mut sampler = resumed.sampler().unwrap();
        let mut first = |count| {
            let mut images = Vec::new();
            sampler.generate(7, count, &mut |some| images.extend_from_slice(some));
            images.truncate(images.len() / count);
            images
        };
        assert!(first(1) == first(3), "{}", preset.name);
    }
}
