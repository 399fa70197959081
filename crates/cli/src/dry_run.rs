//! `train --dry-run`: the config file, with facts about the training as comments.

use gan::Trainer;
use gan::config::{Experiment, Train};
use nn::Plan;
use run::evaluation::{Evaluator, peak_bytes};

use crate::output::{self, grouped, table};
use crate::time::format_seconds;

/// Prints the resolved config, each network's layers, and what a step costs.
pub(crate) fn print(trainer: &Trainer, evaluator: Option<&Evaluator>) -> anyhow::Result<()> {
    let experiment = trainer.experiment();
    let (generator, discriminator) = trainer.players();
    let networks = [("generator", &generator.network), ("discriminator", &discriminator.network)];
    let mut notes = String::new();
    for (name, network) in networks {
        notes.push_str(&describe(name, network.plan()));
        notes.push('\n');
    }
    let (height, width, channels) = experiment.data.image_shape;
    let train = &experiment.train;
    let parameters: usize = networks.iter().map(|(_, network)| network.parameter_count()).sum();
    let figures = [
        ("parameters", grouped(parameters as u64)),
        ("images", format!("{} of {height}x{width}x{channels}", grouped(experiment.data.images as u64))),
        ("labels", labels(experiment, trainer)),
        (
            "steps an epoch",
            format!("{}, {} images each", grouped(trainer.steps_per_epoch()), train.batch_size),
        ),
        ("ends at", end(train)),
        ("evaluation", evaluation(experiment, evaluator)),
        ("products of a step", format!("{:.3} GFLOP", trainer.step_flops() as f64 / 1e9)),
        (
            "memory",
            format!(
                "about {} MB at its peak, the images included",
                peak_bytes(trainer, evaluator).div_ceil(1_000_000)
            ),
        ),
    ];
    for (what, figure) in figures {
        notes.push_str(&format!("{what:<20}{figure}\n"));
    }
    output::document(trainer.config().trim_end())?;
    output::line("")?;
    for note in notes.lines() {
        output::line(format!("# {note}").trim_end())?;
    }
    Ok(())
}

/// What ends the run.
fn end(train: &Train) -> String {
    let images = train.total_images.map(|images| format!("{} images", grouped(images)));
    let time = train.max_seconds.map(format_seconds);
    match (images, time) {
        (Some(images), Some(time)) => format!("{images} or after {time}, whichever is first"),
        (Some(images), None) => images,
        (None, time) => format!("{} of training: no number of images", time.unwrap_or_default()),
    }
}

/// The number of classes of the data, and the networks that read them.
fn labels(experiment: &Experiment, trainer: &Trainer) -> String {
    let (generator, discriminator) = trainer.players();
    let classifies = experiment.objective.auxiliary.is_some();
    let read = [
        ("the generator", generator.network.labelled_layer().is_some()),
        ("the discriminator", discriminator.network.labelled_layer().is_some() || classifies),
    ];
    let readers: Vec<_> = read.iter().filter_map(|&(name, reads)| reads.then_some(name)).collect();
    match (experiment.data.classes, readers.as_slice()) {
        (0, _) => "none".to_owned(),
        (classes, []) => format!("{classes} classes, which neither network reads"),
        (classes, readers) => format!("{classes} classes, read by {}", readers.join(" and ")),
    }
}

/// When the generator is evaluated, by which judge, and what depends on the scores.
fn evaluation(experiment: &Experiment, evaluator: Option<&Evaluator>) -> String {
    let eval = &experiment.eval;
    let (Some(every), Some(evaluator)) = (eval.every_images, evaluator) else { return "none".to_owned() };
    let judge = evaluator.judge();
    let samples = grouped(evaluator.samples() as u64);
    let mut parts = vec![format!(
        "every {} images and at the end, {samples} images of each kind, judge {} ({})",
        grouped(every),
        judge.description().data,
        &judge.sha256()[..12]
    )];
    parts.extend(eval.best.map(|metric| format!("the best by {metric} is kept")));
    parts.extend(eval.until.as_ref().map(|until| format!("stops at {until}")));
    parts.extend(eval.plateau_evals.map(|evals| format!("stops after {evals} without a better one")));
    parts.join("; ")
}

fn describe(name: &str, plan: &Plan) -> String {
    let mut rows = vec![["layer", "output", "parameters", "MFLOP/image"].map(str::to_owned).to_vec()];
    let row = |kind: &str, output: String, parameters: usize, flops: u64| {
        vec![kind.to_owned(), output, grouped(parameters as u64), format!("{:.3}", flops as f64 / 1e6)]
    };
    rows.push(vec!["input".into(), plan.input().to_string()]);
    rows.extend(
        plan.operations()
            .iter()
            .map(|o| row(&o.label(), o.output.to_string(), o.parameter_count(), o.product_flops())),
    );
    rows.push(row("total", String::new(), plan.parameter_count(), plan.product_flops()));
    format!("{name}\n{}", table(&rows))
}
