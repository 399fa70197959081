//! A page on which a person tries to tell generated images from real ones.
//!
//! Zhou et al. 2019, "HYPE: a benchmark for human eye perceptual evaluation of generative models", measure how often people take
//! generated images for real ones and real ones for generated; the page shows both, for one person and one set of images.

mod choice;
mod page;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use data::ImageSet;
use kernels::Threads;
use model::Weights;
use serde_json::{Value, json};

use self::choice::{Image, choose};
use crate::args::{Ask, BlindTestArgs};
use crate::classes;
use crate::draw::Draw;
use crate::hints::{Hint, Typed};
use crate::html::{class_name, image_uri};
use crate::judges::unseen_images;
use crate::product_file::spare;
use crate::runs::Trained;

/// Default number of images of each kind, if there are as many.
const USUAL: usize = 100;
/// The page's name in a run's folder.
const FILE: &str = "blind-test.html";

/// Writes the page; says where it is.
///
/// # Errors
/// If the run or its data cannot be read, there are too few real images, or the page cannot be written.
pub(crate) fn write(args: &BlindTestArgs, threads: Threads) -> anyhow::Result<PathBuf> {
    let trained = Trained::open(&args.run, args.checkpoint.as_deref())?;
    let path = args.output.clone().unwrap_or_else(|| trained.default_output(FILE));
    spare(&path, &trained.inputs_with_data(), FILE)?;
    let page = page::page(&trial(args, &trained, threads)?);
    data::write_atomic(&path, |out| {
        out.write_all(page.as_bytes()).map_err(|e| data::DataError::io(&path, "write", e))
    })?;
    Ok(path)
}

/// The data of the page: the question, the source of the images, the images, and which of them are generated.
fn trial(args: &BlindTestArgs, trained: &Trained, threads: Threads) -> anyhow::Result<Value> {
    let mut sampler = trained.sampler(Weights::Average, threads)?;
    sampler.set_truncation(args.truncation as f32)?;
    let (real, split) = real_images(trained)?;
    let real = match sampler.labels().is_empty() {
        true => real,
        false => classes::of_run(real, trained.header())?,
    };
    let asked = args.count.map_or(USUAL, usize::from);
    let of_generated: Vec<usize> = (0..asked).filter_map(|i| sampler.label(i)).map(|l| l as usize).collect();
    let of_real: Option<Vec<usize>> =
        real.labels().map(|labels| labels.iter().map(|&l| usize::from(l)).collect());
    let labels = (!of_generated.is_empty()).then_some(&of_generated[..]).zip(of_real.as_deref());
    let chosen = |count: usize| {
        let labels = labels.map(|(generated, real)| (&generated[..count], real));
        choose(count, real.len(), labels, args.seed).map(|order| (count, order))
    };
    // Without `-n`, as many as there are.
    let fewer = || (1..asked).rev().find_map(chosen);
    let Some((count, order)) = chosen(asked).or_else(|| args.count.is_none().then(fewer).flatten()) else {
        let hint = fewer().map_or_else(String::new, |(count, _)| {
            Hint::FewerImages(Typed::now().with("count", &count.to_string())).to_string()
        });
        bail!(
            "{asked} images of each kind: there are too few {split} images of `{}`, or of one of its classes{hint}",
            trained.data().source
        );
    };
    let (height, width, channels) = sampler.shape();
    let draw = Draw::new(&args.reject, trained, &mut sampler, threads, (args.seed, count))?;
    let bytes = draw.bytes(&mut sampler);
    let generated = ImageSet::new("generated", height, width, channels, bytes, None)?;
    let images = order.iter().map(|image| {
        let (set, i, label) = match *image {
            Image::Generated(i) => (&generated, i, labels.map(|(generated, _)| generated[i])),
            Image::Real(i) => (&real, i, labels.map(|(_, real)| real[i])),
        };
        Ok(json!({ "src": image_uri(set, i)?, "label": label.map(|label| class_name(&real, label)) }))
    });
    let images: Vec<Value> = images.collect::<anyhow::Result<_>>()?;
    let key: String =
        order.iter().map(|image| if matches!(image, Image::Generated(_)) { '1' } else { '0' }).collect();
    Ok(json!({
        "ask": match args.ask { Ask::Generated => "generated", Ask::Broken => "broken" },
        "name": trained.header().provenance.name,
        "run": trained.folder.as_deref().unwrap_or(trained.file.path()).file_name().map(|n| n.to_string_lossy()),
        "shown": trained.images(),
        "data": trained.data().source,
        "split": split,
        "seed": args.seed,
        "truncation": args.truncation,
        "reject": args.reject.reject,
        "images": images,
        "key": key,
    }))
}

/// The test images, or the training images if there are none.
fn real_images(trained: &Trained) -> anyhow::Result<(ImageSet, &'static str)> {
    let (data, options) = (trained.data(), trained.data().options());
    let unread = || format!("the data `{}` cannot be read", data.source);
    let split = data.split();
    let (set, split) = match unseen_images(&data.source, split, &options).with_context(unread)? {
        Some(test) => (test, "test"),
        None => (data::load_with(&data.source, split, &options).with_context(unread)?, "training"),
    };
    if (set.height(), set.width(), set.channels()) != trained.header().image_shape {
        bail!("the {split} images of `{}` are not of the size that the run was trained on", data.source);
    }
    Ok((set, split))
}
