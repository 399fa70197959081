//! Which of a log's events belong to the course that led to a checkpoint.
//!
//! A run's number of images grows, with two exceptions. A roll-back returns to an earlier checkpoint. A crash, or a resume from an
//! earlier checkpoint, leaves lines beyond that checkpoint.

use crate::events::Event;
use crate::scores::Evaluation;

/// The position of an event: the images shown, and for a roll-back those of the checkpoint that it went back to.
pub(super) type Mark = (u64, Option<u64>);

/// An event's mark.
pub(super) fn mark(event: &Event) -> Mark {
    match event {
        Event::RollBack { images, to_images, .. } => (*images, Some(*to_images)),
        other => (other.images(), None),
    }
}

/// Whether each event, in the log's order, led to the checkpoint at `images` images: those up to as many images, and all events
/// before a roll-back to at most as many.
pub(super) fn led_to(marks: &[Mark], images: u64) -> Vec<bool> {
    let back = marks.iter().rposition(|(_, to)| to.is_some_and(|to| to <= images));
    let before = back.map_or(0, |at| at + 1);
    marks.iter().enumerate().map(|(at, (own, _))| at < before || *own <= images).collect()
}

/// Seconds of training up to the checkpoint at `images` images, as the events that led to it have them.
pub(super) fn seconds_before(events: &[Event], images: u64) -> f64 {
    let marks: Vec<Mark> = events.iter().map(mark).collect();
    let led = events.iter().zip(led_to(&marks, images)).filter(|(_, led)| *led);
    led.filter_map(|(event, _)| event.seconds()).filter(|&seconds| may_be(seconds)).fold(0.0, f64::max)
}

/// Whether a run can have trained for so long: a thousand years at most. Any other value is damage.
pub(super) fn may_be(seconds: f64) -> bool {
    (0.0..3.2e10).contains(&seconds)
}

/// The evaluations that led to the checkpoint at `images` images, in their order. Of those before a roll-back, the ones up to its
/// checkpoint count.
pub(super) fn evaluations_before(events: &[Event], images: u64) -> Vec<Evaluation> {
    let mut end = images;
    let mut found = Vec::new();
    for event in events.iter().rev() {
        match event {
            Event::RollBack { to_images, .. } => end = end.min(*to_images),
            Event::Eval(evaluation) if evaluation.images <= end => found.push(evaluation.clone()),
            _ => {}
        }
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_led_to_a_roll_back_stays() {
        let stop = |images: u64, seconds: f64| Event::Stop {
            images,
            seconds,
            reason: "time".into(),
            peak_memory_bytes: None,
        };
        let back = Event::RollBack { images: 40, to_images: 20, lr_factor: 0.5, count: 1 };
        let events = [stop(10, 1.0), stop(20, 2.0), stop(40, 4.0), back, stop(30, 5.0), stop(50, 6.0)];
        let marks: Vec<Mark> = events.iter().map(mark).collect();
        // At 30 after the roll-back: the events up to 40 are part of it.
        assert_eq!(led_to(&marks, 30), [true, true, true, true, true, false]);
        assert_eq!(seconds_before(&events, 30), 5.0);
        // At 10 nothing had been rolled back.
        assert_eq!(led_to(&marks, 10), [true, false, false, false, false, false]);
        assert_eq!(seconds_before(&events, 10), 1.0);
    }
}
