//! `blind-test`: a page on which a person judges.

use crate::args::BlindTestArgs;
use crate::product_file::{self, Format};
use crate::{blind_test, output, threads};

pub(super) fn run(args: BlindTestArgs) -> anyhow::Result<()> {
    product_file::check(args.output.as_deref(), Format::Html)?;
    let path = threads::run(args.threads.get(), |threads| blind_test::write(&args, threads))?;
    Ok(output::line(path.display().to_string())?)
}
