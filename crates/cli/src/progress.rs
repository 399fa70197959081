//! The progress of a run on a terminal: a bar, and one line for each epoch.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use gan::Trainer;
use gan::config::{Experiment, Players};
use gan::step::{Means, StepReport};
use indicatif::{ProgressBar, ProgressStyle};
use run::{Evaluation, Event, Observer, TrainingClock};

use crate::args::ConsoleArgs;
use crate::evaluation;
use crate::interrupt;
use crate::output::{self, Quiet, grouped};
use crate::pictures::{Depth, half_blocks};
use crate::time::format_seconds;

/// Time between two updates of the bar.
const REDRAW: Duration = Duration::from_millis(100);
/// Updates over which images/s is computed: about three seconds.
const RATE_WINDOW: usize = 30;
/// Weight of the newest update in the figures shown.
const NEWEST: f64 = 0.2;
/// Steps of the bar.
const BAR_LENGTH: u64 = 1000;

/// Shows a run on standard error, and its events on standard output if requested.
pub(crate) struct Console {
    bar: ProgressBar,
    quiet: Quiet,
    /// Whether events still go to standard output.
    events: bool,
    clock: TrainingClock,
    earlier_seconds: f64,
    /// Seconds of evaluation, which do not count as training.
    paused: f64,
    /// The newest.
    evaluated: Option<Evaluation>,
    /// Images shown when the current epoch began, or when this process continued it.
    epoch_images: u64,
    /// When the bar was drawn, and how many images had been shown then.
    drawn: VecDeque<(Instant, u64)>,
    figures: Recent,
}

impl Console {
    pub(crate) fn new(
        trainer: &Trainer,
        earlier_seconds: f64,
        evaluated: Option<Evaluation>,
        console: ConsoleArgs,
    ) -> Console {
        // The bar is silent if standard error is not a terminal.
        let bar = if console.quiet { ProgressBar::hidden() } else { ProgressBar::new(BAR_LENGTH) };
        if let Ok(style) = ProgressStyle::with_template("{prefix}{bar:8} {percent:>3}% {wide_msg}") {
            bar.set_style(style);
        }
        let images = trainer.progress().images;
        interrupt::beside(&bar);
        Console {
            bar,
            quiet: Quiet(console.quiet),
            events: console.json,
            clock: TrainingClock::start(),
            earlier_seconds,
            paused: 0.0,
            evaluated,
            epoch_images: images,
            drawn: VecDeque::from([(Instant::now(), images)]),
            figures: Recent::default(),
        }
    }

    /// Ends the bar; returns the seconds of training.
    pub(crate) fn finish(&mut self) -> f64 {
        self.bar.finish_and_clear();
        // The last picture stays visible.
        let picture = self.bar.prefix();
        if !self.bar.is_hidden() && !picture.is_empty() {
            output::picture(self.quiet, picture.trim_end());
        }
        self.clock.seconds() - self.paused
    }

    /// The newest score in short, shown behind other figures. In 80 columns it replaces less important ones.
    fn score(&self) -> String {
        let score = self.evaluated.as_ref().and_then(evaluation::in_short);
        score.map_or_else(String::new, |score| format!("  {score}"))
    }

    /// The permanent line about an alarm, its end or a roll-back.
    fn of_health(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Alarm { images, kind, message, .. } => {
                Some(format!("warning: {kind} at {} images: {message}", grouped(*images)))
            }
            Event::AlarmOver { images, kind, .. } => {
                Some(format!("{kind} is over at {} images", grouped(*images)))
            }
            Event::RollBack { to_images, lr_factor, count, .. } => {
                // Counting starts again from there.
                self.epoch_images = *to_images;
                self.drawn = VecDeque::from([(Instant::now(), *to_images)]);
                Some(format!(
                    "rolled back to {} images ({count}), with {lr_factor} times the learning rates",
                    grouped(*to_images)
                ))
            }
            _ => None,
        }
    }

    fn draw(&mut self, trainer: &Trainer, now: Instant) {
        let images = trainer.progress().images;
        self.drawn.push_back((now, images));
        if self.drawn.len() > RATE_WINDOW {
            self.drawn.pop_front();
        }
        let rate = self.drawn.front().map_or(0.0, |&(then, before)| {
            (images - before) as f64 / now.duration_since(then).as_secs_f64().max(1e-9)
        });
        let experiment = trainer.experiment();
        let train = &experiment.train;
        let seconds = self.earlier_seconds + self.clock.seconds() - self.paused;
        let by_images = train.total_images.map(|total| {
            (images as f64 / total.max(1) as f64, total.saturating_sub(images) as f64 / rate.max(1e-9))
        });
        let by_time = train.max_seconds.map(|limit| (seconds / limit, limit - seconds));
        // Whichever ends first.
        let next = by_images.into_iter().chain(by_time).min_by(|a, b| a.1.total_cmp(&b.1));
        let left = next.map_or(String::new(), |(share, left)| {
            self.bar.set_position((share.clamp(0.0, 1.0) * BAR_LENGTH as f64) as u64);
            format!("{:.0} s left  ", left.max(0.0))
        });
        let epoch = images / train.epoch_images + 1;
        let mean = self.figures.shown();
        let message = format!(
            "{}  {left}{rate:.0} img/s{}  {}",
            of_all(epoch, experiment),
            self.score(),
            describe(experiment, &mean, "")
        );
        self.bar.set_message(data::shown(&message).into_owned());
    }
}

impl Console {
    fn evaluated(&mut self, evaluation: &Evaluation) {
        let line = evaluation::line(evaluation);
        self.bar.suspend(|| output::note(self.quiet, &line));
        self.paused += evaluation.eval_seconds;
        // The rate is that of training: updates from before the pause do not count.
        self.drawn = VecDeque::from([(Instant::now(), evaluation.images)]);
        self.evaluated = Some(evaluation.clone());
    }
}

impl Observer for Console {
    fn grid(&mut self, images: &[u8], shape: (usize, usize, usize), columns: usize) {
        // The picture is part of the bar's lines, so the bar removes and redraws it.
        if !self.bar.is_hidden() && output::colors() {
            let width = usize::from(console::Term::stderr().size().1);
            self.bar.set_prefix(half_blocks(images, shape, width, columns, Depth::of_terminal()));
        }
    }

    fn step(&mut self, trainer: &Trainer, report: &StepReport) {
        if self.bar.is_hidden() {
            return;
        }
        self.figures.add(report);
        let now = Instant::now();
        if self.drawn.back().is_none_or(|&(then, _)| now.duration_since(then) >= REDRAW) {
            self.draw(trainer, now);
        }
    }

    fn epoch(&mut self, trainer: &Trainer, epoch: u64, seconds: f64, mean: &Means) {
        let images = trainer.progress().images;
        let rate = (images - self.epoch_images) as f64 / seconds.max(1e-9);
        self.epoch_images = images;
        let experiment = trainer.experiment();
        let line = format!(
            "epoch {}  {}  {rate:.0} images/s  {}{}",
            of_all(epoch, experiment),
            format_seconds(seconds),
            describe(experiment, mean, "D right on "),
            self.score()
        );
        self.bar.suspend(|| output::note(self.quiet, &line));
    }

    fn evaluation(&mut self, samples: usize) {
        self.bar.set_message(format!("evaluating {} images", grouped(samples as u64)));
    }

    fn event(&mut self, event: &Event) {
        if let Some(line) = self.of_health(event) {
            self.bar.suspend(|| output::note(Quiet(false), &line));
        }
        if let Event::Eval(evaluation) = event {
            self.evaluated(evaluation);
        }
        if !self.events {
            return;
        }
        let line = serde_json::to_string(event).map_err(io::Error::other);
        let written = self.bar.suspend(|| line.and_then(output::document));
        if let Err(error) = written {
            // The run is more important than its output.
            self.events = false;
            output::note(Quiet(false), &format!("warning: no more events on standard output: {error}"));
        }
    }
}

/// Figures since the last update, and their moving average over updates.
#[derive(Default)]
struct Recent {
    sums: StepReport,
    steps: u32,
    generator: (f64, u32),
    shown: Means,
}

impl Recent {
    fn add(&mut self, report: &StepReport) {
        // As in a tick's means.
        if !report.is_finite() {
            return;
        }
        self.sums = self.sums.zip_with(*report, |sum, value| sum + value);
        self.steps += 1;
        // If D takes several steps for one of the generator, only one step has a generator's loss.
        if report.generator_grad_norm > 0.0 {
            self.generator.0 += report.generator_loss;
            self.generator.1 += 1;
        }
    }

    /// Figures that no step has computed since the last update stay as shown.
    fn shown(&mut self) -> Means {
        let over = |sum: f64, steps: u32| (steps > 0).then(|| sum / f64::from(steps));
        let mut mean = self.sums.map(|sum| over(sum, self.steps));
        mean.generator_loss = over(self.generator.0, self.generator.1);
        let shown = blend(&self.shown, &mean);
        *self = Recent { shown, ..Recent::default() };
        shown
    }
}

fn blend(shown: &Means, newest: &Means) -> Means {
    shown.zip_with(*newest, |shown, new| match (shown, new) {
        (Some(shown), Some(new)) => Some(shown + NEWEST * (new - shown)),
        (shown, new) => new.or(shown),
    })
}

/// `3/20`, or `3` if no number of images ends the run.
fn of_all(epoch: u64, experiment: &Experiment) -> String {
    match experiment.train.total_images {
        Some(total) => format!("{epoch}/{}", total.div_ceil(experiment.train.epoch_images.max(1)).max(epoch)),
        None => epoch.to_string(),
    }
}

/// The figures of the networks that train. `accuracy` introduces D's accuracy on both kinds; the bar has no room for it in 80
/// columns. A dash means that no step computed the figure.
fn describe(experiment: &Experiment, mean: &Means, accuracy: &str) -> String {
    let players = experiment.train.players;
    let loss = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
    let share =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{:.0}%", 100.0 * value));
    let mut parts = Vec::new();
    if players != Players::Generator {
        parts.push(format!("D {}", loss(mean.discriminator_loss)));
    }
    if players != Players::Discriminator {
        parts.push(format!("G {}", loss(mean.generator_loss)));
    }
    parts.push(format!("{accuracy}real {} fake {}", share(mean.real_accuracy), share(mean.fake_accuracy)));
    if let Some(penalty) = mean.penalty.filter(|_| experiment.objective.has_penalty()) {
        parts.push(format!("(penalty {penalty:.3})"));
    }
    parts.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_the_generator_leaves_its_loss() {
        let mut figures = Recent::default();
        let step = |norm, loss| StepReport {
            generator_grad_norm: norm,
            generator_loss: loss,
            ..StepReport::default()
        };
        figures.add(&step(1.0, 3.0));
        figures.add(&step(0.0, 0.0));
        assert_eq!(figures.shown().generator_loss, Some(3.0));
        figures.add(&step(0.0, 0.0));
        assert_eq!(figures.shown().generator_loss, Some(3.0));
    }

    #[test]
    fn steps_that_are_not_finite_change_nothing_that_is_shown() {
        let mut figures = Recent::default();
        assert_eq!(figures.shown(), Means::default());
        let step = |loss| StepReport { discriminator_loss: loss, ..StepReport::default() };
        for loss in [2.0, f64::NAN, f64::INFINITY] {
            figures.add(&step(loss));
            assert_eq!(figures.shown().discriminator_loss, Some(2.0));
        }
    }
}
