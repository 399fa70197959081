//! `write`: digits in generated handwriting.

use model::Weights;

use crate::args::{Ink, WriteArgs};
use crate::gate::Gate;
use crate::lettering::{Glyph, handwriting};
use crate::pictures::enlarge;
use crate::product_file::{self, Format, spare};
use crate::runs::Trained;
use crate::{output, threads};

pub(super) fn run(args: WriteArgs) -> anyhow::Result<()> {
    let glyphs = Glyph::parse(&args.text)?;
    product_file::check(args.picture.output.as_deref(), Format::Png)?;
    let trained = Trained::open(&args.run, args.picture.checkpoint.as_deref())?;
    let path = args.picture.output.clone().unwrap_or_else(|| trained.default_output("written.png"));
    spare(&path, &trained.inputs(), "written.png")?;
    let sheet = threads::run(args.picture.threads.get(), |threads| {
        let mut sampler = trained.sampler(Weights::Average, threads)?;
        sampler.set_truncation(args.truncation)?;
        let gate = Gate::of(&args.reject, &trained, &mut sampler, threads)?;
        handwriting(&mut sampler, &glyphs, args.lines.into(), (args.hand, args.seed), gate.as_ref())
    })?;
    enlarge(&sheet.picture(args.ink == Ink::Black), args.picture.scale.into()).save(&path)?;
    Ok(output::line(path.display().to_string())?)
}
