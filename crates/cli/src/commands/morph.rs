//! `morph`: an animation of images that change into one another.

use model::Weights;

use crate::args::MorphArgs;
use crate::morphing::{Route, frames};
use crate::pictures::write_gif;
use crate::product_file::{self, Format, spare};
use crate::runs::Trained;
use crate::{output, threads};

pub(super) fn run(args: MorphArgs) -> anyhow::Result<()> {
    product_file::check(args.picture.output.as_deref(), Format::Gif)?;
    let trained = Trained::open(&args.run, args.picture.checkpoint.as_deref())?;
    let path = args.picture.output.clone().unwrap_or_else(|| trained.default_output("morph.gif"));
    spare(&path, &trained.inputs(), "morph.gif")?;
    let (pictures, delays) = threads::run(args.picture.threads.get(), |threads| {
        let mut sampler = trained.sampler(Weights::Average, threads)?;
        let route = Route::new(&sampler, args.from.as_deref().zip(args.to.as_deref()))?;
        let (count, a_leg, scale) = (args.count, args.frames.into(), args.picture.scale.into());
        frames(&mut sampler, &route, count, a_leg, args.seed, scale)
    })?;
    write_gif(&path, &pictures, &delays)?;
    Ok(output::line(path.display().to_string())?)
}
