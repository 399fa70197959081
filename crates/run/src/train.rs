//! The training loop, from top to bottom.

use std::sync::atomic::AtomicBool;

use crate::alarms::Verdict;
use crate::clock::TrainingClock;
use crate::error::RunError;
use crate::events::Event;
use crate::session::Session;
use crate::stop_reason::StopReason;

/// Trains a run until there is a reason to stop, and returns the reason. `interrupt` is read after every step.
///
/// | stage | what it does | file |
/// |---|---|---|
/// | begin | logs the start; saves the untrained networks where a roll-back may need them; a resumed run does what was due | `catch_up.rs` |
/// | stop? | looks for a reason to stop: images, interruption, time, plateaus, a target | `stop.rs` |
/// | step | updates both players; checks that the data are unchanged and the figures finite | `watch.rs` |
/// | round | reports the end of a round | `observer.rs` |
/// | tick | logs the means since the last tick, writes a grid of samples | `tick.rs` |
/// | look | checks the run's health: warns, stops, or rolls back | `watch.rs`, `alarms.rs`, `roll_back.rs` |
/// | checkpoint | saves the run | `checkpoint.rs` |
/// | evaluate | scores the generator, keeps the best checkpoint | `evaluate.rs` |
/// | stop | saves and scores what is not saved and scored yet, logs the end | this file |
///
/// Everything that is due every so many images is decided by `Due` (`due.rs`). A roll-back ends a turn of the loop: the
/// next one begins at an earlier checkpoint.
///
/// # Errors
/// [`GanError::Diverged`](gan::GanError::Diverged) where a value is no longer finite, unless the config has another action for
/// that: the last checkpoint is whole; or [`RunError`] of a file.
pub fn train(mut run: Session<'_>, threads: usize, interrupt: &AtomicBool) -> Result<StopReason, RunError> {
    // Begin.
    let version = env!("CARGO_PKG_VERSION").to_string();
    run.emit(Event::Start { images: run.images(), threads, version })?;
    run.clock = TrainingClock::start();
    if run.images() == 0 && run.trainer.experiment().health.rolls_back() {
        run.save_checkpoint()?;
    }
    run.catch_up(interrupt)?;
    let mut round_start = 0.0;

    let reason = loop {
        // Stop?
        if let Some(reason) = run.reason_to_stop(interrupt) {
            break reason;
        }

        // Step. Where time ends the run, the learning rates follow a forecast of its length.
        run.forecast_end();
        let report = run.trainer.step();
        run.check_data()?;
        match run.check_step(&report)? {
            Verdict::GoOn => {}
            Verdict::RolledBack => continue,
            Verdict::Stop(reason) => break reason,
        }
        run.images_here += run.trainer.experiment().train.batch_size as u64;
        run.observer.step(run.trainer, &report);
        let due = run.due();

        // Round.
        if due.round {
            let train = &run.trainer.experiment().train;
            let (epoch, players) = (run.images() / train.epoch_images, train.players);
            let seconds = run.seconds_here();
            let mean = run.trainer.progress().tick_mean(players);
            run.observer.epoch(run.trainer, epoch, seconds - round_start, &mean);
            round_start = seconds;
        }

        // Tick.
        let tick = if due.tick { Some(run.tick()?) } else { None };

        // Look. A checkpoint that is due must not hold a value that is not finite.
        match run.check_health(tick, due)? {
            Verdict::GoOn => {}
            Verdict::RolledBack => continue,
            Verdict::Stop(reason) => break reason,
        }

        // Checkpoint.
        if due.checkpoint {
            run.save_checkpoint()?;
        }

        // Evaluate.
        if due.evaluation {
            run.evaluate(interrupt)?;
        }
    };

    // Stop.
    let images = run.images();
    if run.saved_images != Some(images) {
        run.save_checkpoint()?;
    }
    // An interrupted run ends without waiting for an evaluation. An evaluation that is interrupted itself interrupts the run.
    let reason = match reason {
        StopReason::Interrupted => reason,
        _ if run.evaluate(interrupt)? => reason,
        _ => StopReason::Interrupted,
    };
    if !run.folder.sample_path(images).exists() {
        run.grid()?;
    }
    // The run's time may have passed its limit only after the last checkpoint was saved.
    run.write_past(&run.folder.checkpoint_path(images))?;
    run.log_stop(reason.to_string())?;
    Ok(reason)
}
