//! `[health]`: what is refused, and what follows from the data.

use super::{GOOD, experiment};

#[test]
fn what_health_cannot_watch_by_is_refused() {
    for (set, says) in [
        ("health.collapse=stopp", "unknown variant `stopp`"),
        ("health.look_samples=49", "49 is not a whole number from 50 to 10000"),
        ("health.looks_in_a_row=0", "at least one"),
        ("health.ticks_in_a_row=0", "at least one"),
        ("health.saturated_accuracy=0.5", "0.5 is not a number in (0.5, 1]"),
        ("health.blind_margin=0.5", "0.5 is not a number in [0, 0.5)"),
        ("health.dead_norm=-1", "-1.0 is not a number from 0 to"),
        ("health.exploding_ratio=1", "1.0 is not a number above 1"),
        ("health.max_class_ratio=inf", "inf is not a number above 1"),
        ("health.min_classes=1.5", "1.5 is not a number in [0, 1]"),
        ("health.min_diversity=nan", "NaN is not a number in [0, 1]"),
        ("health.roll_back_lr_factor=1", "the same steps at the same rates"),
    ] {
        let error = experiment(GOOD, &[set]).unwrap_err();
        assert!(error.to_string().contains(says), "{set}: {error}");
        let key = set.split('=').next();
        assert!(error.key().is_none_or(|refused| Some(refused) == key), "{set}: {error}");
    }
    experiment(GOOD, &["health.max_roll_backs=0"]).unwrap();
    let error = experiment(GOOD, &["health.max_roll_backs=0", "health.collapse=roll-back"]).unwrap_err();
    assert_eq!(error.key(), Some("health.max_roll_backs"));
}

#[test]
fn zero_images_between_looks_are_half_an_epoch() {
    let health = experiment(GOOD, &[]).unwrap().health;
    assert_eq!((health.look_images, health.grace_images, health.rolls_back()), (4, 8, false));
    let health =
        experiment(GOOD, &["health.look_images=3", "health.dead_gradients=roll-back"]).unwrap().health;
    assert_eq!((health.look_images, health.rolls_back()), (3, true));
}
