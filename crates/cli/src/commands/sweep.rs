//! `sweep`: trains all trials and reports their results.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use kernels::Threads;

use crate::args::SweepArgs;
use crate::exit::Outcome;
use crate::hints::Typed;
use crate::output::{self, Quiet, note, number};
use crate::product_file::{Inputs, spare};
use crate::sweep::check::{self, Images, Run};
use crate::sweep::picture;
use crate::sweep::plan::Plan;
use crate::sweep::results::{self, Results};
use crate::sweep::runs::{self, Runs, State};
use crate::sweep::text::SweepText;
use crate::sweep::train::train;
use crate::{interrupt, threads};

pub(super) fn run(args: SweepArgs) -> Result<Outcome> {
    let plan = Plan::new(SweepText::open(&args.sweep)?)?;
    threads::run(args.threads.get(), |threads| sweep(&args, &plan, threads))
}

fn sweep(args: &SweepArgs, plan: &Plan, threads: Threads) -> Result<Outcome> {
    let mut images = Images::default();
    let runs = check::runs(plan, &mut images, threads)?;
    let folder = args.out.join(&plan.text.written.name);
    let parent = folder.join("runs");
    let found = Runs::under(&parent)?;
    let mut states: Vec<State> = runs.iter().map(|run| found.state(&run.config, plan.metric)).collect();
    let done = states.iter().filter(|state| matches!(state, State::Ended(_))).count();
    let quiet = Quiet(args.quiet);
    note(
        quiet,
        &format!(
            "sweep {}: {}, {}, {done} done",
            folder.display(),
            count(plan.trials.len(), "trial"),
            count(runs.len(), "run")
        ),
    );
    if args.dry_run {
        print(args, plan, &Results::new(plan, &runs, &states), &folder)?;
        return Ok(Outcome::Done);
    }
    let data = runs.iter().map(|run| run.written.data.source.as_str());
    spare(&folder, &data.fold(Inputs::default(), Inputs::and_data), "")?;
    fs::create_dir_all(&parent).with_context(|| format!("{}: cannot create", parent.display()))?;
    results::write(&folder.join("sweep.toml"), &plan.text.text)?;
    let interrupt = interrupt::watch()?;
    for (at, run) in runs.iter().enumerate() {
        // Drawn settings may repeat: an earlier run may have the same config.
        if !matches!(states[at], State::Ended(_)) {
            states[at] = state(plan, run, &parent)?;
        }
        if let State::Ended(_) = states[at] {
            continue;
        }
        let label = plan.label(&plan.trials[run.trial]);
        note(quiet, &format!("run {} of {}: {label}, seed {}", at + 1, runs.len(), run.seed));
        let name = format!("{label} seed {}", run.seed);
        let place = (parent.as_path(), name.as_str());
        let stopped = train(run, &states[at], place, &mut images, threads, &interrupt, args.quiet)?;
        if stopped {
            note(quiet, &format!("stopped and saved; to go on: {}", Typed::now()));
            return Ok(Outcome::Interrupted);
        }
        states[at] = state(plan, run, &parent)?;
        // Results are written after every run, so that an interruption loses none.
        Results::new(plan, &runs, &states).write(plan, &folder)?;
        note(quiet, &end(&states[at]));
    }
    interrupt::unwatch(None);
    let results = Results::new(plan, &runs, &states);
    results.write(plan, &folder)?;
    let picture = picture::write(plan, &results, &folder)?;
    print(args, plan, &results, &folder)?;
    match picture {
        Ok(files) if !args.json => {
            files.iter().try_for_each(|file| output::line(file.display().to_string()))?
        }
        Ok(_) => {}
        Err(why) => note(quiet, &format!("note: {why}")),
    }
    Ok(Outcome::Done)
}

/// `1 run`, `2 runs`.
fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The state of a run that was just trained.
fn state(plan: &Plan, run: &Run, parent: &Path) -> Result<State> {
    Ok(Runs::under(parent)?.state(&run.config, plan.metric))
}

/// The end of a run in one line.
fn end(state: &State) -> String {
    match state {
        State::Ended(runs::Ended { score: Some(score), name: Some(name), reason, .. }) => {
            format!("  {reason}: {name} {}", number(*score))
        }
        State::Ended(ended) => format!("  {}", ended.reason.lines().next().unwrap_or_default()),
        _ => "  not finished".to_owned(),
    }
}

fn print(args: &SweepArgs, plan: &Plan, results: &Results, folder: &Path) -> Result<()> {
    match args.json {
        true => output::document(format!("{:#}", results.json(plan, folder)))?,
        false => output::raw(results.told(plan).as_bytes())?,
    }
    Ok(())
}
