//! The model card of a run: the model, its data, its quality and its limits (after Mitchell et al. 2019,
//! "Model Cards for Model Reporting").

use std::io::Write;
use std::path::PathBuf;

use data::DataError;
use gan::Trainer;
use gan::config::{Experiment, Schedule};
use judge::evaluate::LeftOut;
use metrics::registry::LABEL_ACCURACY;
use metrics::{Metric, Score};
use run::{Evaluation, RunFolder, StopReason};

use crate::output::{grouped, number};
use crate::run_log::past;
use crate::time::{format_seconds, utc};

/// Writes `model-card.md` into the run's folder: whole, or not at all.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(
    trainer: &Trainer,
    folder: &RunFolder,
    reason: StopReason,
    seconds: f64,
) -> Result<PathBuf, DataError> {
    let path = folder.path().join("model-card.md");
    let all = past(folder, trainer.progress()).evaluations;
    let text = text(trainer, folder, &all, reason, seconds);
    data::write_atomic(&path, |out| {
        out.write_all(text.as_bytes()).map_err(|e| DataError::io(&path, "write", e))
    })?;
    Ok(path)
}

fn text(
    trainer: &Trainer,
    folder: &RunFolder,
    all: &[Evaluation],
    reason: StopReason,
    seconds: f64,
) -> String {
    let experiment = trainer.experiment();
    let name = markdown(&folder.path().file_name().unwrap_or_default().to_string_lossy());
    let images = trainer.progress().images;
    let (g, d) = trainer.players();
    let count = |n: usize| grouped(n as u64);
    let mut text = format!("# {name}\n\n{}\n\n", markdown(&experiment.description));
    text += &format!(
        "Made by ganymede {} on {}. Training ended ({reason}) after {} images and {} of training.\n\n",
        env!("CARGO_PKG_VERSION"),
        utc(std::time::SystemTime::now()),
        grouped(images),
        format_seconds(seconds),
    );
    text += &format!("## Data\n\n{}\n\n", data(experiment));
    text += &format!(
        "## Recipe\n\n- Generator: {} parameters, latents of {} numbers{}.\n- Discriminator: {} parameters.\n\
         - Loss `{}`, R1 {}, R2 {}; batch {}; learning rates {} (G) and {} (D), {}{}.\n\
         - Weights for sampling: {}.\n- Seed {}. `config.toml` has the complete config. If a number of images ends the run, the \
         same config and seed give the same bytes.\n\n",
        count(g.network.parameter_count()),
        experiment.generator.latent,
        if g.network.labelled_layer().is_some() { " and a class" } else { "" },
        count(d.network.parameter_count()),
        experiment.objective.loss,
        experiment.objective.r1,
        experiment.objective.r2,
        experiment.train.batch_size,
        experiment.optimizer.generator.lr(),
        experiment.optimizer.discriminator.lr(),
        match experiment.train.schedule {
            Schedule::Constant => "constant",
            Schedule::Linear => "falling linearly",
            Schedule::Cosine => "falling as a cosine",
        },
        experiment.train.full_rate_images.map_or_else(String::new, |images| {
            format!(
                ", multiplied by the root of {} over the number of images in longer runs",
                grouped(images)
            )
        }),
        match experiment.train.ema_half_life_images {
            Some(half_life) => format!("an average of the weights, half life {half_life} images"),
            None => "the weights as trained".to_owned(),
        },
        experiment.train.seed,
    );
    text += &format!("## Quality\n\n{}\n", quality(all));
    text += &format!("## Limits\n\n{}\n", limits(experiment, all));
    text
}

/// Text of a config, a data set or a log as one line, with the characters of Markdown and HTML escaped.
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            _ if data::is_control(c) => {}
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '!' | '~' | '$' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// The same between backquotes, where only backquotes and line ends are special.
fn code(text: &str) -> String {
    let plain = |c: char| if c == '`' { Some('\'') } else { Some(c).filter(|c| !data::is_control(*c)) };
    text.chars().map(|c| if c == '\n' { ' ' } else { c }).filter_map(plain).collect()
}

fn data(experiment: &Experiment) -> String {
    let data = &experiment.data;
    let (height, width, channels) = data.image_shape;
    let classes = match data.classes {
        0 => "no labels".to_owned(),
        n => format!("{n} classes"),
    };
    format!(
        "`{}`, {} split: {} images of {height}x{width}x{channels}, {classes}{}. Check the rights in these images before you \
         publish this model.",
        code(&data.source),
        data.split,
        grouped(data.images as u64),
        if data.balanced_classes { ", shown equally often" } else { "" },
    )
}

fn quality(all: &[Evaluation]) -> String {
    let Some(last) = all.last() else {
        return "Not evaluated: there are no scores of these images.\n".to_owned();
    };
    let mut text = format!(
        "Scores of the last weights, {} images of each kind, by the judge `{}` ({}). A floor is the same metric of real training \
         images, which a perfect generator would reach. These are scores of one seed; other seeds differ.\n\n| metric | value | floor | good | meaning |\n|---|---|---|---|---|\n",
        grouped(last.samples as u64),
        code(&last.judge),
        markdown(&last.judge_sha256.chars().take(12).collect::<String>()),
    );
    let row = |score: &Score| {
        let floor = score.floor.map_or_else(String::new, number);
        let Metric { aim, means, .. } = score.metric;
        format!("| {} | {} | {floor} | {aim} | {means} |\n", score.name(), number(score.value))
    };
    text.extend(last.scores.iter().map(row));
    for LeftOut { metric, reason } in &last.left_out {
        text += &format!("\nLeft out: {metric}: {reason}.\n");
    }
    if let Some(best) = all.iter().rfind(|e| e.best).filter(|best| best.images != last.images) {
        text += &format!(
            "\nThe best weights are those after {} images (`--checkpoint best`).\n",
            grouped(best.images)
        );
    }
    text
}

fn limits(experiment: &Experiment, all: &[Evaluation]) -> String {
    let mut text = String::from(
        "- Generated images are not evidence: they look like the data, but show nothing that happened.\n\
         - The model generates images like those of its data only, and has their gaps and biases.\n\
         - The model may copy training images. `ganymede eval` tests this if there are test images.\n",
    );
    if experiment.data.classes > 0 {
        let right = all.last().and_then(|e| e.score(LABEL_ACCURACY));
        let wrong = right.map_or_else(String::new, |score| {
            format!(" The judge assigns another class to {:.1}% of them.", 100.0 * (1.0 - score.value))
        });
        text += &format!("- Check labels before you train on generated images.{wrong}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_text() {
        for (text, shown) in [
            ("A plain run, 3.5 (of 7)-x", "A plain run, 3.5 (of 7)-x"),
            ("<script>a & b</script>", "&lt;script&gt;a &amp; b&lt;/script&gt;"),
            (
                "[x](javascript:y) ![z] *a* _b_ `c` |d|",
                "\\[x\\](javascript:y) \\!\\[z\\] \\*a\\* \\_b\\_ \\`c\\` \\|d\\|",
            ),
            ("a\n# b\x1b[2J\u{202e}", "a \\# b\\[2J"),
        ] {
            assert_eq!(markdown(text), shown);
        }
        assert_eq!(code("a`b\n<c>\x1b"), "a'b <c>");
    }
}
