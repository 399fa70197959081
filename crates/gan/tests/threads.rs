//! Any number of threads trains to the same bytes, whatever the objective.
// Helpers of a test, outside its functions.
#![allow(clippy::unwrap_used)]

mod common;

use nn::Threads;

/// The bits of all weights after three steps.
fn weights(overrides: &[&str], threads: usize) -> Vec<u32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut trainer = common::trainer("tutorial", overrides, Threads::new(threads));
        (0..3).for_each(|_| _ = trainer.step());
        let (generator, discriminator) = trainer.players();
        generator.parameters.iter().chain(&discriminator.parameters).map(|w| w.to_bits()).collect()
    })
}

#[test]
fn one_thread_and_two_train_to_the_same_bytes() {
    for overrides in common::OBJECTIVES {
        assert!(weights(overrides, 1) == weights(overrides, 2), "{overrides:?}");
    }
}
