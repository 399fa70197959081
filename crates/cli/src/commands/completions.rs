//! `completions`: scripts for completion in a shell.

use clap::CommandFactory;

use crate::args::{Arguments, CompletionsArgs};
use crate::output;

pub(super) fn run(args: CompletionsArgs) -> anyhow::Result<()> {
    // Through memory, because the generator panics if its writer fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "ganymede", &mut script);
    Ok(output::raw(&script)?)
}
