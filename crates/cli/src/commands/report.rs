//! `report`: one page about a run.

use run::find_run;

use crate::args::ReportArgs;
use crate::product_file::{self, Format, Inputs, spare};
use crate::runs::Trained;
use crate::{output, report, threads};

pub(super) fn run(args: ReportArgs) -> anyhow::Result<()> {
    product_file::check(args.output.as_deref(), Format::Html)?;
    let run = find_run(&args.run)?;
    let output = args.output.as_deref();
    if let Some(output) = output {
        // The page reads the run's data too.
        let inputs = Trained::open(&run, None).map_or_else(|_| Inputs::default(), |trained| trained.inputs());
        spare(output, &inputs, "report.html")?;
    }
    let path = threads::run(args.threads.get(), |threads| report::write(&run, output, None, threads))?;
    Ok(output::line(path.display().to_string())?)
}
