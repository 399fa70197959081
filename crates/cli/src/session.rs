//! Trains a run from its current state to a reason to stop, with progress.

use std::sync::atomic::AtomicBool;

use gan::{GanError, Trainer};
use kernels::Threads;
use run::RunError;
use run::evaluation::Evaluator;
use run::{RunFolder, Session, StopReason};

use crate::args::ConsoleArgs;
use crate::ending::Ending;
use crate::exit::Outcome;
use crate::hints::{self, Typed};
use crate::output::{self, Quiet, note};
use crate::progress::Console;
use crate::run_log::past;
use crate::{ending, interrupt, report, summary};

/// Trains until a reason to stop or until `interrupt` is raised, and prints where everything is.
pub(crate) fn run(
    trainer: &mut Trainer,
    folder: &RunFolder,
    threads: Threads,
    evaluator: Option<Evaluator>,
    args: ConsoleArgs,
    interrupt: &AtomicBool,
) -> anyhow::Result<Outcome> {
    let past = past(folder, trainer.progress());
    let earlier_seconds = past.seconds;
    note(Quiet(args.quiet), &format!("run {}, {} threads", folder.path().display(), threads.get()));
    let evaluated = past.evaluations.last().cloned();
    warn_unlocked(folder);
    let mut console = Console::new(trainer, earlier_seconds, evaluated, args);
    let session = Session::new(trainer, folder, &mut console).map(|session| match evaluator {
        Some(evaluator) => session.with_evaluator(evaluator),
        None => session,
    });
    let result = session.and_then(|session| run::train(session, threads.get(), interrupt));
    interrupt::unwatch(result.as_ref().ok().map(|reason| {
        let run = hints::path(folder.path());
        match reason {
            StopReason::Interrupted => format!("`{}` writes its page", Typed::of(["report", &run])),
            _ => {
                let resume = Typed::of(["resume", &run]);
                format!("`{resume}` makes the missing page and pictures")
            }
        }
    }));
    let seconds = console.finish();
    match result {
        Ok(reason) => {
            let Ending { page, products, event } =
                ending::make(trainer, folder, reason, earlier_seconds + seconds, threads);
            if let (true, Some(event)) = (args.json, &event) {
                output::document(serde_json::to_string(event)?)?;
            }
            let printed =
                summary::print(trainer, folder, page.as_deref(), &products, (reason, seconds), args);
            // After a hang-up, there may be no terminal to print to.
            if reason != StopReason::Interrupted {
                printed?;
            }
            Ok(match reason {
                StopReason::Interrupted => Outcome::Interrupted,
                StopReason::Unhealthy(_) => Outcome::Unhealthy,
                StopReason::Finished
                | StopReason::Time
                | StopReason::Plateau
                | StopReason::Target
                | StopReason::MetricPlateau => Outcome::Done,
            })
        }
        Err(error) => {
            // The page shows the problem.
            if let Err(error) = report::write(folder.path(), None, Some(trainer.images()), threads) {
                note(Quiet(false), &format!("warning: no report of the run: {error:#}"));
            }
            if matches!(error, RunError::Gan(GanError::Diverged { .. })) {
                note(Quiet(false), &summary::after_divergence(folder));
            }
            Err(error.into())
        }
    }
}

/// Warns if a second process could train in the same folder.
pub(crate) fn warn_unlocked(folder: &RunFolder) {
    if let Some(cause) = folder.unlocked() {
        let path = folder.path().display();
        let text =
            format!("warning: {path}: not locked ({cause}): let only one process train in it at a time");
        note(Quiet(false), &text);
    }
}
