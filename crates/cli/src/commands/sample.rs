//! `sample`: images from a trained generator.

mod npy;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use data::{DataError, idx};
use gan::run::picture::{square_columns, write_png};
use gan::sampler::to_byte;
use gan::{Sampler, Weights};
use kernels::Threads;

use super::data::save_sheet;
use crate::args::{SampleArgs, SampleFormat, WeightsArg};
use crate::output;
use crate::runs::Trained;
use crate::threads;

/// Most images on a sheet: more are not looked at, and make a file that no viewer opens.
const MAX_SHEET: usize = 10_000;

pub(super) fn run(args: SampleArgs) -> anyhow::Result<()> {
    if args.labels.is_some() {
        bail!(
            "this generator takes no labels: it was trained without them\n  \
             hint: leave --labels out; classes come as they come"
        );
    }
    if args.format == SampleFormat::Png && args.count > MAX_SHEET {
        bail!(
            "a sheet of {} images is more than anyone looks at: at most {MAX_SHEET}\n  \
             hint: --format idx or npy for so many",
            args.count
        );
    }
    let trained = Trained::open(&args.run, args.checkpoint.as_deref())?;
    let path = threads::run(args.threads.get(), |threads| sample(&args, &trained, threads))?;
    Ok(output::line(path.display().to_string())?)
}

fn sample(args: &SampleArgs, trained: &Trained, threads: Threads) -> anyhow::Result<PathBuf> {
    let weights = match args.weights {
        WeightsArg::Best => Weights::Best,
        WeightsArg::Raw => Weights::Raw,
    };
    let mut sampler = Sampler::from_checkpoint(&trained.checkpoint, weights, threads)?;
    let shape = sampler.shape();
    let path =
        args.output.clone().unwrap_or_else(|| trained.default_output(default_name(args.format, shape.2)));
    let (seed, count) = (args.seed, args.count);
    match args.format {
        SampleFormat::Png => {
            let columns = args.columns.map_or_else(|| square_columns(count), usize::from);
            save_sheet(&path, &sampler.generate_bytes(seed, count), shape, columns)?;
        }
        SampleFormat::Pngs => write_singles(&mut sampler, &path, seed, count)?,
        SampleFormat::Idx => write_idx(&mut sampler, &path, seed, count)?,
        SampleFormat::Npy => write_npy(&mut sampler, &path, seed, count)?,
    }
    Ok(path)
}

fn default_name(format: SampleFormat, channels: usize) -> &'static str {
    match format {
        SampleFormat::Png => "samples.png",
        SampleFormat::Pngs => "generated",
        SampleFormat::Idx if channels == 1 => "samples-idx3-ubyte",
        SampleFormat::Idx => "samples-idx4-ubyte",
        SampleFormat::Npy => "samples.npy",
    }
}

/// Feeds `sink` with images until it fails: nothing more is written after its first error, which is returned.
fn generate(
    sampler: &mut Sampler,
    seed: u64,
    count: usize,
    mut sink: impl FnMut(&[f32]) -> io::Result<()>,
) -> io::Result<()> {
    let mut result = Ok(());
    sampler.generate(seed, count, &mut |images| {
        if result.is_ok() {
            result = sink(images);
        }
    });
    result
}

fn write_singles(sampler: &mut Sampler, folder: &Path, seed: u64, count: usize) -> anyhow::Result<()> {
    let (height, width, channels) = sampler.shape();
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot create", folder.display()))?;
    let digits = (count - 1).to_string().len();
    let mut index = 0;
    let write = |images: &[f32]| {
        for image in images.chunks_exact(height * width * channels) {
            let bytes: Vec<u8> = image.iter().map(|&v| to_byte(v)).collect();
            let path = folder.join(format!("{index:0digits$}.png"));
            write_png(&path, &bytes, width, height, channels).map_err(io::Error::other)?;
            index += 1;
        }
        Ok(())
    };
    Ok(generate(sampler, seed, count, write)?)
}

fn write_idx(sampler: &mut Sampler, path: &Path, seed: u64, count: usize) -> anyhow::Result<()> {
    let (height, width, channels) = sampler.shape();
    let mut dims = vec![count, height, width];
    if channels > 1 {
        dims.push(channels);
    }
    let mut bytes = Vec::new();
    Ok(idx::write_streamed(path, &dims, |out| {
        generate(sampler, seed, count, |images| {
            bytes.clear();
            bytes.extend(images.iter().map(|&v| to_byte(v)));
            out.write_all(&bytes)
        })
    })?)
}

fn write_npy(sampler: &mut Sampler, path: &Path, seed: u64, count: usize) -> anyhow::Result<()> {
    let (height, width, channels) = sampler.shape();
    let header = npy::header(&[count, height, width, channels]);
    let failed = |e: io::Error| DataError::io(path, "write", e);
    data::write_atomic(path, |out| {
        out.write_all(&header).map_err(failed)?;
        generate(sampler, seed, count, |images| {
            images.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))
        })
        .map_err(failed)
    })?;
    Ok(())
}
