//! `presets`: the presets of the program.

use gan::config::{Source, Written, annotated};
use gan::presets::{self, PRESETS};

use crate::args::{PresetsArgs, PresetsCommand};
use crate::output;
use crate::sweep::presets as sweeps;
use crate::sweep::text::SweepText;

pub(super) fn run(args: PresetsArgs) -> anyhow::Result<()> {
    match args.command {
        None | Some(PresetsCommand::List) => list(),
        Some(PresetsCommand::Show { name }) => match sweeps::find(&name) {
            Some(sweep) => Ok(output::raw(sweep.text.as_bytes())?),
            None => {
                let preset = presets::find(&name)?;
                Ok(output::raw(annotated(preset.text, preset.name)?.as_bytes())?)
            }
        },
    }
}

fn list() -> anyhow::Result<()> {
    let width = PRESETS.iter().map(|preset| preset.name.len()).max().unwrap_or(0);
    for preset in PRESETS {
        let written = Written::parse(&Source::new(preset.text, preset.name))?;
        output::line(format!("{:width$}  {}", preset.name, written.description))?;
    }
    output::line("\nsweeps, for `ganymede sweep`:")?;
    let width = sweeps::SWEEPS.iter().map(|sweep| sweep.name.len()).max().unwrap_or(0);
    for sweep in sweeps::SWEEPS {
        let text = SweepText::open(sweep.name)?;
        output::line(format!("{:width$}  {}", sweep.name, text.written.description))?;
    }
    Ok(())
}
