//! `eval`: generated images judged by every metric.

mod print;
mod target;

use anyhow::bail;
use data::Split;
use judge::{Images, Judge, Options};

use self::target::Target;
use super::judge::{open, test_images};
use crate::args::EvalArgs;
use crate::evaluation::nobody_knows;
use crate::threads;

pub(super) fn run(args: EvalArgs) -> anyhow::Result<()> {
    let target = Target::open(&args)?;
    let (source, reading) = target.data(&args);
    let judge = judge_of(&args, &source)?;
    let training = data::load_with(&source, Split::Train, &reading)?;
    let test = test_images(&source, &reading)?;
    let report = threads::run(args.threads.get(), |threads| {
        let generated = target.images(threads, &args, &training)?;
        let images = Images { training: &training, test: test.as_ref(), generated: &generated };
        let options = Options { samples: args.count, memory_queries: args.memory, seed: args.seed };
        Ok(judge::evaluate(&judge, threads, images, options)?)
    })?;
    let name = target.name();
    if args.json { print::json(&name, &report) } else { print::tables(&name, &report) }
}

/// The judge asked for, or the one in the program that knows the data.
fn judge_of(args: &EvalArgs, source: &str) -> anyhow::Result<Judge> {
    if let Some(given) = &args.judge {
        return open(given);
    }
    match Judge::embedded(source) {
        Some(judge) => Ok(judge?),
        None => bail!("{}", nobody_knows(source, "--judge judge.safetensors")),
    }
}
