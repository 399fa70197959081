//! Training a run from where it stands to a reason to stop, watched.

use gan::evaluation::Evaluator;
use gan::run::{RunFolder, Session, StopReason};
use gan::{GanError, Trainer};
use kernels::Threads;

use crate::args::ReportArgs;
use crate::exit::Outcome;
use crate::output::{Quiet, note};
use crate::progress::Console;
use crate::run_log::{earlier_seconds, evaluations};
use crate::showcase::{self, Product};
use crate::{interrupt, model_card, report, summary};

/// Trains, and says at the end where everything is.
pub(crate) fn run(
    trainer: &mut Trainer,
    folder: &RunFolder,
    threads: Threads,
    evaluator: Option<Evaluator>,
    args: ReportArgs,
) -> anyhow::Result<Outcome> {
    let interrupt = interrupt::watch()?;
    let earlier_seconds = earlier_seconds(folder, trainer.progress().images);
    note(Quiet(args.quiet), &format!("run {}, {} threads", folder.path().display(), threads.get()));
    let evaluated = evaluations(folder, trainer.progress().images).pop();
    let mut console = Console::new(trainer, earlier_seconds, evaluated, args);
    let session = Session::new(trainer, folder, &mut console).map(|session| match evaluator {
        Some(evaluator) => session.with_evaluator(evaluator),
        None => session,
    });
    let result = session.and_then(|session| session.run(threads.get(), &interrupt));
    let seconds = console.finish();
    // The run is done either way; a page that cannot be written takes nothing from it.
    let page = report::write(folder.path(), None, Some(trainer.images()), threads);
    if let Err(error) = &page {
        note(Quiet(false), &format!("warning: no report of the run: {error:#}"));
    }
    match result {
        Ok(reason) => {
            let products = match reason {
                StopReason::Interrupted | StopReason::Unhealthy(_) => Vec::new(),
                _ => products(trainer, folder, reason, earlier_seconds + seconds),
            };
            summary::print(trainer, folder, page.ok().as_deref(), &products, (reason, seconds), args)?;
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
            if matches!(error, GanError::Diverged { .. }) {
                note(Quiet(false), &summary::after_divergence(folder));
            }
            Err(error.into())
        }
    }
}

/// What a finished run leaves to look at, and its model card. What cannot be made is a warning, and takes nothing from the rest.
fn products(trainer: &Trainer, folder: &RunFolder, reason: StopReason, seconds: f64) -> Vec<Product> {
    let card = model_card::write(trainer, folder, reason, seconds);
    let card = card.map(|path| vec![Product { name: "card", path }]).map_err(anyhow::Error::from);
    let made = [showcase::make(trainer, folder), card].into_iter().map(|made| {
        made.unwrap_or_else(|error| {
            note(Quiet(false), &format!("warning: not all there is to look at was made: {error:#}"));
            Vec::new()
        })
    });
    made.flatten().collect()
}
