//! The products of a run's end: the report, the model card, and pictures.

use std::path::PathBuf;

use gan::Trainer;
use kernels::Threads;
use run::{Event, RunFolder, StopReason};

use crate::output::{Quiet, note};
use crate::showcase::{self, Product};
use crate::{model_card, report};

/// The products that were made.
pub(crate) struct Ending {
    /// The report.
    pub(crate) page: Option<PathBuf>,
    pub(crate) products: Vec<Product>,
    /// The event of the log, if everything was made.
    pub(crate) event: Option<Event>,
}

/// Makes all products for a run that ended for `reason` after `seconds` of training, and logs an event when all are made.
/// `resume` completes a run whose log has no such event.
///
/// The run has ended in any case. A product that cannot be made gives a warning; the others are made.
pub(crate) fn make(
    trainer: &Trainer,
    folder: &RunFolder,
    reason: StopReason,
    seconds: f64,
    threads: Threads,
) -> Ending {
    let mut complete = true;
    let mut warn = |what: &str, error: &anyhow::Error| {
        complete = false;
        note(Quiet(false), &format!("warning: {what}: {error:#}"));
    };
    let page = report::write(folder.path(), None, Some(trainer.images()), threads)
        .inspect_err(|error| warn("no report of the run", error))
        .ok();
    let shown = !matches!(reason, StopReason::Interrupted | StopReason::Unhealthy(_));
    let mut products = Vec::new();
    if shown {
        match showcase::make(trainer, folder) {
            Ok(made) => products.extend(made),
            Err(error) => warn("no pictures of the generator", &error),
        }
        match model_card::write(trainer, folder, reason, seconds) {
            Ok(path) => products.push(Product { name: "card", path }),
            Err(error) => warn("no model card", &error.into()),
        }
    }
    // An interrupted run goes on, and is not complete.
    let event = (complete && reason != StopReason::Interrupted).then(|| {
        let made = page.iter().chain(products.iter().map(|product| &product.path));
        let files = made.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
        Event::Products { images: trainer.progress().images, files }
    });
    if let Some(Err(error)) = event.as_ref().map(|event| folder.log(event)) {
        note(Quiet(false), &format!("warning: {error}"));
    }
    Ending { page, products, event }
}
