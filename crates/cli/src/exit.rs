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
use std::io;
use std::process::ExitCode;

use anyhow::Error;
use clap::Parser;
use data::DataError;
use data::fetch::DATASETS;
use gan::GanError;
use gan::presets::UnknownPreset;

use crate::args::Arguments;
use crate::foreign;
use crate::output::{self, Quiet};

/// What a command that did not fail says about its end.
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
        // Whoever read our output has seen enough: `ganymede presets | head -1`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            print(&error);
            let diverged = matches!(error.downcast_ref(), Some(GanError::Diverged { .. }));
            ExitCode::from(if diverged { DIVERGED } else { ERROR })
        }
    }
}

/// Ends the program with what the parser says of the command line: an error, help, or the version. It repeats what was typed,
/// so that is first written as a terminal can show it.
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

fn print(error: &Error) {
    // An error that carries another often quotes it: what was said is not said twice.
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    output::error(&text);
    if let Some(hint) = hint(error) {
        output::note(Quiet(false), &format!("  hint: {hint}"));
    }
}

/// What to do about an error whose own text, written in a library, cannot name commands.
fn hint(error: &Error) -> Option<String> {
    if let Some(unknown) = error.downcast_ref::<UnknownPreset>() {
        let file = "a config file of your own is a path, such as ./mine.toml";
        return Some(match unknown.nearest {
            Some(nearest) => format!("ganymede presets show {nearest} prints it; {file}"),
            None => format!("ganymede presets lists them; {file}"),
        });
    }
    let data = error.downcast_ref::<DataError>().or(match error.downcast_ref::<GanError>() {
        Some(GanError::Data(data)) => Some(data),
        _ => None,
    })?;
    match data {
        DataError::Missing { what, .. } => {
            let name = what.split(':').next().unwrap_or_default();
            let known = DATASETS.iter().any(|dataset| dataset.name == name);
            known.then(|| format!("ganymede data fetch {name} downloads it"))
        }
        DataError::Broken { folder, .. } => Some(format!(
            "ganymede data check {} lists them all; --skip-broken, or data.skip_broken=true, leaves them out",
            folder.display()
        )),
        DataError::Sizes { folder, .. } => Some(format!(
            "--size HxW, to train --set data.size=HxW, brings all to one size; ganymede data check {} names each file",
            folder.display()
        )),
        DataError::Layout { folder, .. } => Some(format!(
            "{}/NAME, given as data, is one of its folders alone; a class that is called like a split can be renamed",
            folder.display()
        )),
        DataError::SplitsInside { folder } => {
            Some(format!("{} can be given as data itself", folder.display()))
        }
        DataError::NoTrainSplit { found, .. } => {
            Some(format!("{} can be given as data itself, as any folder", found.display()))
        }
        DataError::Run { folder } => Some(format!(
            "ganymede sample {} --format pngs -o FOLDER makes images, and FOLDER is data",
            folder.display()
        )),
        DataError::NotAFile { kind: "a pipe", .. } => {
            Some("write what comes through it into a file, and give that".into())
        }
        DataError::UnknownSource { .. } => Some("ganymede data fetch --help says what each name is".into()),
        other => foreign::hint(other),
    }
}
