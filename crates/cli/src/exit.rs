//! How the program ends.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | an error, on standard error as `error: ...` |
//! | 2 | wrong usage (clap's own) |
//! | 3 | training diverged: something is not finite, and was not saved |
//! | 4 | an alarm of `[health]` stopped training, after saving |
//! | 130 | interrupted (Ctrl-C, a request to terminate, a hang-up), after saving |

use std::env;
use std::fmt;
use std::io;
use std::process::ExitCode;

use anyhow::Error;
use clap::Parser;
use data::DataError;
use data::fetch::DATASETS;
use gan::GanError;
use gan::presets::UnknownPreset;
use model::ModelError;
use run::RunError;

use crate::args::Arguments;
use crate::foreign;
use crate::hints::{Hint, Typed, path};
use crate::output;

/// How a command without an error ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All was done.
    Done,
    /// The user stopped it, and what was done is saved.
    Interrupted,
    /// An alarm stopped a run, and it is saved.
    Unhealthy,
}

const ERROR: u8 = 1;
const DIVERGED: u8 = 3;
const UNHEALTHY: u8 = 4;
/// 128 + SIGINT, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;

/// The exit code of a command's result; an error is printed first.
pub(crate) fn code(result: anyhow::Result<Outcome>) -> ExitCode {
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Interrupted) => ExitCode::from(INTERRUPTED),
        Ok(Outcome::Unhealthy) => ExitCode::from(UNHEALTHY),
        // The reader of the output closed it: `ganymede presets | head -1`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            print(&error);
            let diverged = matches!(training_error(&error), Some(GanError::Diverged { .. }));
            ExitCode::from(if diverged { DIVERGED } else { ERROR })
        }
    }
}

/// Ends the program with the parser's message: an error, help, or the version. The message repeats what was typed, so control
/// characters in it are escaped first.
pub(crate) fn usage(error: clap::Error) -> ! {
    let typed: Vec<String> = env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    if typed.iter().any(|argument| argument.contains(data::is_control)) {
        let shown = typed.iter().map(|argument| data::shown(argument));
        if let Err(error) = Arguments::try_parse_from(shown.map(|argument| argument.into_owned())) {
            error.exit();
        }
    }
    error.exit()
}

fn is_broken_pipe(error: &Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// Context of an error: what to type next. It does not describe the error.
#[derive(Debug)]
pub(crate) struct Hinted(pub(crate) Hint);

impl fmt::Display for Hinted {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

fn print(error: &Error) {
    // An error often quotes its cause: the same text is not printed twice.
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            text = if text.is_empty() { cause } else { format!("{text}: {cause}") };
        }
    }
    let hints: String = hints(error).iter().map(ToString::to_string).collect();
    let of_file = advice(error).map_or_else(String::new, |hint| format!("\n  hint: {hint}"));
    output::error(&format!("{text}{hints}{of_file}"));
}

/// The hint for an error of a library, whose text names no commands.
fn hints(error: &Error) -> Vec<Hint> {
    let typed = Typed::now();
    let mut hints = Vec::new();
    if let Some(Hinted(hint)) = error.downcast_ref() {
        hints.push(hint.clone());
    }
    if let Some(unknown) = error.downcast_ref::<UnknownPreset>() {
        hints.push(match unknown.nearest {
            Some(nearest) => Hint::ShowPreset(nearest.to_owned()),
            None => Hint::ListPresets,
        });
    }
    if let Some(RunError::Damaged { earlier: Some(earlier), .. }) = error.downcast_ref() {
        let stem = earlier.file_stem().unwrap_or_default().to_string_lossy();
        if typed.takes("checkpoint") {
            hints.push(Hint::EarlierCheckpoint(typed.clone().with("checkpoint", &stem)));
        } else if typed.takes("from") {
            hints.push(Hint::EarlierCheckpoint(typed.clone().with("from", &path(earlier))));
        }
    }
    if let Some(data) = data_error(error) {
        hints.extend(about_data(data, typed));
    }
    hints
}

fn data_error(error: &Error) -> Option<&DataError> {
    error.downcast_ref::<DataError>().or_else(|| match (training_error(error), error.downcast_ref()) {
        (Some(GanError::Data(data)), _) | (_, Some(RunError::Data(data))) => Some(data),
        _ => match model_error(error) {
            Some(ModelError::Data(data)) => Some(data),
            _ => None,
        },
    })
}

/// The error of training, also inside an error of a run.
fn training_error(error: &Error) -> Option<&GanError> {
    error.downcast_ref().or_else(|| error.downcast_ref::<RunError>()?.training())
}

/// The refusal of a model file or its generator, by itself or in training or a run.
fn model_error(error: &Error) -> Option<&ModelError> {
    error.downcast_ref().or_else(|| match (training_error(error), error.downcast_ref()) {
        (Some(GanError::Model(model)), _) | (_, Some(RunError::Model(model))) => Some(model),
        _ => None,
    })
}

/// The hint for data that no command of the program can convert: the folder to give, or another program's command.
fn advice(error: &Error) -> Option<String> {
    if let Some(hint) = model_error(error).and_then(about_model) {
        return Some(hint);
    }
    let error = data_error(error)?;
    match error {
        DataError::Layout { folder, .. } => Some(format!(
            "{}/NAME, given as data, is one of its folders alone; a class that is called like a split can be renamed",
            path(folder)
        )),
        DataError::SplitsInside { folder } => Some(format!("{} can be given as data itself", path(folder))),
        DataError::NoTrainSplit { found, .. } => {
            Some(format!("{} can be given as data itself, as any folder", path(found)))
        }
        DataError::Run { folder } => Some(format!(
            "`ganymede sample {} --format pngs -o FOLDER` makes images, and FOLDER is data",
            path(folder)
        )),
        DataError::NotAFile { kind: "a pipe", .. } => {
            Some("write what comes through it into a file, and give that".into())
        }
        DataError::UnknownSource { .. } if Typed::now().resumes() => {
            Some("--set data.source=PATH says where the run's data are now".into())
        }
        other => foreign::hint(other),
    }
}

/// The hint for a request that a generator cannot serve: the values that it takes.
fn about_model(error: &ModelError) -> Option<String> {
    match error {
        ModelError::Unconditional => Some("leave the labels out: this generator is unconditional".into()),
        ModelError::UnknownClass { classes, .. } => Some(format!("there are {classes}")),
        ModelError::UnknownLabel { classes, .. } => {
            Some(format!("there are {classes}: 0 to {}", classes.saturating_sub(1)))
        }
        ModelError::NoLabels => Some("leave them out for all classes in turn".into()),
        ModelError::Truncation(_) => Some("1 leaves latents as they are".into()),
        _ => None,
    }
}

fn about_data(error: &DataError, typed: Typed) -> Vec<Hint> {
    match error {
        DataError::Missing { what, .. } => {
            let name = what.split(':').next().unwrap_or_default();
            let known = DATASETS.iter().any(|dataset| dataset.name == name);
            known.then(|| Hint::FetchData(name.to_owned())).into_iter().collect()
        }
        DataError::Broken { folder, .. } => {
            let skip = match (typed.takes("skip-broken"), typed.takes("set")) {
                (true, _) => Some(Hint::SkipBroken(typed.with_flag("skip-broken"))),
                (_, true) => Some(Hint::SkipBroken(typed.with_set("data.skip_broken=true"))),
                _ => None,
            };
            [Hint::CheckData(folder.clone())].into_iter().chain(skip).collect()
        }
        DataError::Sizes { folder, sizes } => {
            let resize = sizes.first().filter(|_| typed.takes("size"));
            let resize = resize.map(|(size, _)| Hint::Resize(typed.with("size", &size.to_string())));
            [Hint::CheckData(folder.clone())].into_iter().chain(resize).collect()
        }
        DataError::UnknownSource { .. } => vec![Hint::NameData],
        _ => Vec::new(),
    }
}
