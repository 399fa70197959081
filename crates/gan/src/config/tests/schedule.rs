use super::super::Experiment;
use super::{GOOD, experiment};

/// 1000 images in batches of 4.
fn run(sets: &[&str]) -> Experiment {
    let sets: Vec<&str> = ["train.epochs=0", "train.total_images=1000"].iter().chain(sets).copied().collect();
    experiment(GOOD, &sets).unwrap()
}

#[track_caller]
fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-12, "got {got}, expected {expected}");
}

#[test]
fn courses_have_their_ends_and_middles() {
    let constant = run(&[]);
    let linear = run(&["train.schedule=linear", "train.final_lr_factor=0.2"]);
    let cosine = run(&["train.schedule=cosine", "train.final_lr_factor=0.2"]);
    for images in [0, 500, 1000, u64::MAX] {
        close(constant.lr_factor(images, None), 1.0);
    }
    for falling in [&linear, &cosine] {
        close(falling.lr_factor(0, None), 1.0);
        close(falling.lr_factor(500, None), 0.6);
        close(falling.lr_factor(1000, None), 0.2);
        close(falling.lr_factor(u64::MAX, None), 0.2);
    }
    close(linear.lr_factor(250, None), 0.8);
    close(cosine.lr_factor(250, None), 0.2 + 0.8 * 0.5 * (1.0 + std::f64::consts::FRAC_1_SQRT_2));
}

#[test]
fn warm_up_rises_to_one_and_the_fall_starts_after_it() {
    let run = run(&["train.schedule=linear", "train.warmup_images=200"]);
    close(run.lr_factor(0, None), 4.0 / 200.0);
    close(run.lr_factor(96, None), 0.5);
    close(run.lr_factor(196, None), 1.0);
    close(run.lr_factor(200, None), 1.0);
    close(run.lr_factor(600, None), 0.5);
    close(run.lr_factor(1000, None), 0.0);
}

#[test]
fn longer_runs_have_lower_rates() {
    let lower = |total: &str| run(&["train.full_rate_images=250", total]);
    for images in [0, 500, u64::MAX] {
        close(lower("train.total_images=100").lr_factor(images, None), 1.0);
        close(lower("train.total_images=250").lr_factor(images, None), 1.0);
        close(lower("train.total_images=1000").lr_factor(images, None), 0.5);
        // The end that is foreseen is what counts.
        close(lower("train.total_images=1000").lr_factor(images, Some(400)), 0.625f64.sqrt());
    }
    let both = run(&["train.full_rate_images=250", "train.schedule=linear"]);
    close(both.lr_factor(400, None), 0.5 * 0.6);
    close(both.lr_factor(1000, None), 0.0);
}

#[test]
fn a_run_limited_by_time_alone_is_constant_after_its_warm_up() {
    let sets = ["train.epochs=0", "train.max_seconds=9", "train.warmup_images=8"];
    let run = experiment(GOOD, &sets).unwrap();
    close(run.lr_factor(0, None), 0.5);
    close(run.lr_factor(4, None), 1.0);
    close(run.lr_factor(u64::MAX, None), 1.0);
}

#[test]
fn a_schedule_falls_over_what_time_allows() {
    let sets = ["train.epochs=0", "train.max_seconds=10", "train.schedule=linear"];
    let run = experiment(GOOD, &sets).unwrap();
    // 300 images in the 3 seconds of this process, 4 seconds of the budget left, 600 shown in all.
    let end = run.end(600, 300, 3.0, 4.0);
    assert_eq!(end, Some(1000));
    close(run.lr_factor(600, end), 0.4);
    close(run.lr_factor(1000, run.end(1000, 700, 7.0, -0.1)), 0.0);
    // Before a rate is known, nothing falls.
    assert_eq!(run.end(0, 0, 0.0, 10.0), None);
    close(run.lr_factor(0, None), 1.0);
    // The lower limit is the end.
    let both =
        experiment(GOOD, &[&sets[1..], &["train.epochs=0", "train.total_images=800"]].concat()).unwrap();
    assert_eq!(both.end(600, 300, 3.0, 4.0), Some(800));
    // Time plays no part where nothing falls, or nothing is limited by it.
    let constant = experiment(GOOD, &sets[..2]).unwrap();
    assert_eq!(constant.end(600, 300, 3.0, 4.0), None);
    let images = experiment(GOOD, &["train.schedule=linear"]).unwrap();
    assert_eq!(images.end(600, 300, 3.0, 4.0), None);
}

#[test]
fn instance_noise_falls_to_nothing() {
    let steady = run(&["objective.instance_noise=0.5"]);
    close(steady.instance_noise(10_000), 0.5);
    let falling = run(&["objective.instance_noise=0.5", "objective.instance_noise_images=100"]);
    close(falling.instance_noise(0), 0.5);
    close(falling.instance_noise(75), 0.125);
    close(falling.instance_noise(100), 0.0);
    close(falling.instance_noise(10_000), 0.0);
}

#[test]
fn the_average_halves_in_its_half_life() {
    assert_eq!(run(&[]).ema_decay(100, 4), None);
    let steady = run(&["train.ema_half_life_images=400"]);
    close(steady.ema_decay(4, 4).unwrap(), 0.5f64.powf(0.01));
    close(steady.ema_decay(4, 400).unwrap(), 0.5);
    // Early, a tenth of the images shown; later, what is written.
    let ramped = run(&["train.ema_half_life_images=400", "train.ema_rampup=0.1"]);
    close(ramped.ema_decay(40, 4).unwrap(), 0.5);
    close(ramped.ema_decay(4000, 4).unwrap(), 0.5f64.powf(0.01));
    close(ramped.ema_decay(400_000, 4).unwrap(), 0.5f64.powf(0.01));
}

/// R3GAN's recipe in small: all that moves is where it should be at the start, halfway, and ever after.
#[test]
fn the_burn_in_moves_what_it_names() {
    let run = run(&[
        "objective.r1=2",
        "objective.r2=1",
        "train.ema_half_life_images=10",
        "optimizer.generator.beta2=0.9",
        "optimizer.discriminator.beta2=0.95",
        "burn_in.images=400",
        "burn_in.lr_factor=0.25",
        "burn_in.r1=0.2",
        "burn_in.beta2=0.99",
        "burn_in.ema_half_life_images=90",
    ]);
    for (images, lr_factor, r1, beta2, half_life) in [
        (0, 1.0, 2.0, [0.9, 0.95], 10.0),
        (200, 0.625, 1.1, [0.945, 0.97], 50.0),
        (400, 0.25, 0.2, [0.99, 0.99], 90.0),
        (u64::MAX, 0.25, 0.2, [0.99, 0.99], 90.0),
    ] {
        close(run.lr_factor(images, None), lr_factor);
        let [first, second] = run.gammas(images);
        close(first, r1);
        close(second, 1.0);
        let [generator, discriminator] = run.beta2s(images).unwrap();
        close(generator, beta2[0]);
        close(discriminator, beta2[1]);
        close(run.ema_decay(images, 4).unwrap(), 0.5f64.powf(4.0 / half_life));
    }
    // A quarter of the way, on the cosine.
    close(run.gammas(100)[0], 0.2 + 1.8 * 0.5 * (1.0 + std::f64::consts::FRAC_1_SQRT_2));
}

#[test]
fn without_a_burn_in_nothing_moves() {
    let run = run(&["objective.r1=2", "burn_in.images=100"]);
    for images in [0, 50, 1000] {
        close(run.lr_factor(images, None), 1.0);
        assert_eq!(run.gammas(images), [2.0, 0.0]);
        assert_eq!(run.beta2s(images), None);
    }
}
