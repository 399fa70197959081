//! Pictures of a finished conditional generator: an animation through its classes, and for digits the day's date in its
//! handwriting.

use std::path::PathBuf;

use gan::Trainer;
use run::RunFolder;

use crate::args::Hand;
use crate::lettering::{Glyph, handwriting};
use crate::morphing::{MAX_CLASSES, Route, frames};
use crate::pictures::{enlarge, write_gif};
use crate::time::today;

/// Images in the moving picture, pictures from class to class, and how many times as large both products are.
const IMAGES: usize = 16;
const FRAMES: usize = 12;
const SCALE: usize = 3;
/// Lines of the date, each by another hand.
const LINES: usize = 3;

/// The data sets whose classes 0 to 9 are digits.
const DIGITS: [&str; 4] = ["mnist", "mnist-long-tail", "emnist-digits", "emnist-mnist"];

/// A product, and its description.
pub(crate) struct Product {
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
}

/// Makes the pictures; none for a generator without labels.
///
/// # Errors
/// If a file cannot be written.
pub(crate) fn make(trainer: &Trainer, folder: &RunFolder) -> anyhow::Result<Vec<Product>> {
    let mut products = Vec::new();
    let experiment = trainer.experiment();
    let channels = experiment.data.image_shape.2;
    let mut sampler = trainer.sampler()?;
    if !(2..=MAX_CLASSES).contains(&sampler.labels().len()) || ![1, 3, 4].contains(&channels) {
        return Ok(products);
    }
    let route = Route::new(&sampler, None)?;
    let (pictures, delays) = frames(&mut sampler, &route, IMAGES, FRAMES, experiment.train.seed, SCALE)?;
    let path = folder.path().join("morph.gif");
    write_gif(&path, &pictures, &delays)?;
    products.push(Product { name: "morph", path });
    if DIGITS.contains(&experiment.data.source.as_str()) {
        let glyphs = Glyph::parse(&today())?;
        let sheet = handwriting(&mut sampler, &glyphs, LINES, (Hand::One, experiment.train.seed), None)?;
        let path = folder.path().join("written.png");
        enlarge(&sheet.picture(true), SCALE).save(&path)?;
        products.push(Product { name: "written", path });
    }
    Ok(products)
}
