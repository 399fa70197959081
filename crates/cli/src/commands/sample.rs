//! `sample`: images from a trained generator.

mod npy;

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use data::alpha::{ALPHA_CHANNELS, straight};
use data::{DataError, Part, PartFolder, idx};
use kernels::Threads;
use model::Sampler;
use model::sampler::to_byte;
use run::picture::write_png;

use super::data::save_sheet;
use crate::args::{SampleArgs, SampleFormat};
use crate::draw::Draw;
use crate::hints::{self, Hint, Typed};
use crate::output;
use crate::product_file::{self, Format, spare};
use crate::runs::Trained;
use crate::threads;

/// Most images on a sheet. Viewers cannot open larger files.
const MAX_SHEET: usize = 10_000;

pub(super) fn run(args: SampleArgs) -> anyhow::Result<()> {
    let format = format(&args)?;
    if format == SampleFormat::Png && args.count > MAX_SHEET {
        bail!(
            "a sheet of {} images is too large: at most {MAX_SHEET}{}",
            args.count,
            as_npy(&args, Hint::OneFile)
        );
    }
    let trained = Trained::open(&args.run, args.checkpoint.as_deref())?;
    let path = threads::run(args.threads.get(), |threads| sample(&args, format, &trained, threads))?;
    Ok(output::line(path.display().to_string())?)
}

/// The same images as one NumPy file.
fn as_npy(args: &SampleArgs, hint: fn(Typed) -> Hint) -> Hint {
    let typed = Typed::now().with("format", "npy").without("columns");
    hint(match &args.output {
        Some(path) => typed.with("output", &hints::path(&path.with_extension("npy"))),
        None => typed,
    })
}

/// The format to write: the one requested, or the one that the file's name means.
fn format(args: &SampleArgs) -> anyhow::Result<SampleFormat> {
    let only = |format| product_file::check(args.output.as_deref(), format);
    match (args.format, &args.output) {
        (Some(SampleFormat::Pngs), folder) => unused(folder.as_deref())?,
        (Some(SampleFormat::Png), _) => only(Format::Png)?,
        (Some(SampleFormat::Npy), _) => only(Format::Npy)?,
        (Some(SampleFormat::Idx), _) => only(Format::Idx)?,
        (None, None) => {}
        (None, Some(path)) => {
            return Ok(match product_file::format(path, &[Format::Png, Format::Npy, Format::Idx])? {
                Format::Npy => SampleFormat::Npy,
                Format::Idx => SampleFormat::Idx,
                _ => SampleFormat::Png,
            });
        }
    }
    Ok(args.format.unwrap_or(SampleFormat::Png))
}

/// Refuses a folder that is not empty: its images would be mixed with the new ones.
fn unused(folder: Option<&Path>) -> anyhow::Result<()> {
    let Some(folder) = folder.filter(|folder| folder.exists()) else { return Ok(()) };
    let mut entries = fs::read_dir(folder).with_context(|| format!("{}: cannot list", folder.display()))?;
    if entries.next().is_some() {
        bail!(
            "{}: is not empty; its files would be mixed with the new images{}",
            folder.display(),
            Hint::NewFolder(Typed::now().with("output", &hints::path(&new_folder(folder))))
        );
    }
    Ok(())
}

/// An unused name for a folder beside this one.
fn new_folder(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let beside = |n: u32| folder.with_file_name(format!("{name}-{n}"));
    (2..).map(beside).find(|path| !path.exists()).unwrap_or_else(|| beside(0))
}

fn sample(
    args: &SampleArgs,
    format: SampleFormat,
    trained: &Trained,
    threads: Threads,
) -> anyhow::Result<PathBuf> {
    let mut sampler = trained.sampler(args.weights.into(), threads)?;
    if let Some(classes) = &args.labels {
        let labels =
            classes.iter().map(|class| sampler.generator().class(class)).collect::<Result<Vec<_>, _>>()?;
        sampler.set_labels(&labels)?;
    }
    sampler.set_truncation(args.truncation)?;
    let shape = sampler.shape();
    let path = args.output.clone().unwrap_or_else(|| {
        trained.default_output(default_name(format, shape.2, !sampler.labels().is_empty()))
    });
    spare(&path, &trained.inputs(), "samples.png")?;
    if !sampler.labels().is_empty() {
        let labels = labels_path(&path);
        match format {
            SampleFormat::Idx => product_file::check(Some(&labels), Format::Idx)?,
            SampleFormat::Npy => product_file::check(Some(&labels), Format::Npy)?,
            SampleFormat::Png | SampleFormat::Pngs => {}
        }
        spare(&labels, &trained.inputs(), "")?;
    }
    let draw = Draw::new(&args.reject, trained, &mut sampler, threads, (args.seed, args.count))?;
    match format {
        SampleFormat::Png => {
            let columns = args.columns.map_or_else(|| sampler.columns(args.count), usize::from);
            save_sheet(&path, &draw.bytes(&mut sampler), shape, columns)?;
        }
        SampleFormat::Pngs => {
            // Images in a run's folder are recognised by the folder.
            let in_run = args.output.is_none() && trained.folder.is_some();
            write_singles(&mut sampler, &path, &draw, !in_run)?;
        }
        SampleFormat::Idx => write_idx(args, &mut sampler, &path, &draw)?,
        SampleFormat::Npy => write_npy(&mut sampler, &path, &draw)?,
    }
    Ok(path)
}

fn default_name(format: SampleFormat, channels: usize, labelled: bool) -> &'static str {
    match format {
        SampleFormat::Png => "samples.png",
        SampleFormat::Pngs => "generated",
        SampleFormat::Idx if labelled && channels == 1 => "samples-images-idx3-ubyte",
        SampleFormat::Idx if labelled => "samples-images-idx4-ubyte",
        SampleFormat::Idx if channels == 1 => "samples-idx3-ubyte",
        SampleFormat::Idx => "samples-idx4-ubyte",
        SampleFormat::Npy => "samples.npy",
    }
}

/// Passes images to `sink` until its first error, which is returned.
fn generate(
    sampler: &mut Sampler,
    draw: &Draw,
    mut sink: impl FnMut(&[f32]) -> io::Result<()>,
) -> io::Result<()> {
    let mut result = Ok(());
    sampler.generate_at(draw.seed, &draw.places, &mut |images| {
        if result.is_ok() {
            result = sink(images);
        }
    });
    result
}

/// One file for each image. Images of a conditional generator lie in one folder for each class, named like the class or by
/// its label.
fn write_singles(sampler: &mut Sampler, folder: &Path, draw: &Draw, marked: bool) -> anyhow::Result<()> {
    let (height, width, channels) = sampler.shape();
    unused(Some(folder))?;
    let whole = PartFolder::create(folder)?;
    let folder = whole.path();
    if marked {
        mark_generated(folder)?;
    }
    let digits = (draw.places.len() - 1).to_string().len();
    let class_digits = sampler.labels().iter().max().map_or(0, |largest| largest.to_string().len());
    let labels = sampler.labels().to_vec();
    // A checkpoint may come from a stranger: its names must not lead out of the folder.
    let plain = |name: &String| {
        matches!(Path::new(name).components().collect::<Vec<_>>()[..], [Component::Normal(_)])
    };
    let names = sampler.class_names();
    let names = if names.iter().all(plain) { names.to_vec() } else { Vec::new() };
    let called =
        |label: u32| names.get(label as usize).cloned().unwrap_or_else(|| format!("{label:0class_digits$}"));
    let class = |i: usize| labels.get(i % labels.len().max(1)).map(|&label| called(label));
    for i in 0..labels.len() {
        let folder = folder.join(class(i).unwrap_or_default());
        fs::create_dir_all(&folder).with_context(|| format!("{}: cannot create", folder.display()))?;
    }
    let mut index = 0;
    let write = |images: &[f32]| {
        for image in images.chunks_exact(height * width * channels) {
            let bytes: Vec<u8> = image.iter().map(|&v| to_byte(v)).collect();
            let name = format!("{index:0digits$}.png");
            let path =
                class(index).map_or_else(|| folder.join(&name), |class| folder.join(class).join(&name));
            write_png(&path, &bytes, width, height, channels).map_err(io::Error::other)?;
            index += 1;
        }
        Ok(())
    };
    generate(sampler, draw, write)?;
    Ok(whole.publish()?)
}

/// Marks a folder of generated images. It is data if it is given itself, and never a class of a folder around it.
fn mark_generated(folder: &Path) -> anyhow::Result<()> {
    let text = "Images that `ganymede sample` generated. They are read as data if this folder is given itself, and passed \
                over where it lies in another. Remove this file to make them a part of that one.\n";
    let path = folder.join(data::MARKER_FILE);
    fs::write(&path, text).with_context(|| format!("{}: cannot write", path.display()))
}

fn write_idx(args: &SampleArgs, sampler: &mut Sampler, path: &Path, draw: &Draw) -> anyhow::Result<()> {
    let (height, width, channels) = sampler.shape();
    let count = draw.places.len();
    let mut dims = vec![count, height, width];
    if channels > 1 {
        dims.push(channels);
    }
    let mut bytes = Vec::new();
    let images = idx::part(path, &dims, |out| {
        generate(sampler, draw, |images| {
            bytes.clear();
            bytes.extend(images.iter().map(|&v| to_byte(v)));
            match channels {
                ALPHA_CHANNELS => out.write_all(&straight(&bytes)),
                _ => out.write_all(&bytes),
            }
        })
    })?;
    if !sampler.labels().is_empty() {
        let labels: Option<Vec<u8>> = labels(sampler, count).map(|label| u8::try_from(label).ok()).collect();
        let Some(labels) = labels else {
            bail!("IDX labels are bytes, and some here are above 255{}", as_npy(args, Hint::WideLabels));
        };
        let labels = idx::part(&labels_path(path), &[count], |out| out.write_all(&labels))?;
        return Ok(Part::publish_both(images, labels)?);
    }
    Ok(images.publish()?)
}

/// The labels of images `0..count`, of a generator that takes them.
fn labels(sampler: &Sampler, count: usize) -> impl Iterator<Item = u32> {
    (0..count).filter_map(|i| sampler.label(i))
}

/// The file for the labels of a file of images: the name by which they are found (`images` and `idx3` become `labels` and
/// `idx1`), or a name with `-labels` beside it.
fn labels_path(images: &Path) -> PathBuf {
    let name = images.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let labels = if name.contains("images") {
        name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
    } else {
        let (stem, extensions) = name
            .split_once('.')
            .map_or((&name[..], String::new()), |(stem, rest)| (stem, format!(".{rest}")));
        format!("{stem}-labels{extensions}")
    };
    images.with_file_name(labels)
}

fn write_npy(sampler: &mut Sampler, path: &Path, draw: &Draw) -> anyhow::Result<()> {
    let (height, width, channels) = sampler.shape();
    let count = draw.places.len();
    let header = npy::header("<f4", &[count, height, width, channels]);
    let failed = |e: io::Error| DataError::io(path, "write", e);
    let mut images = Part::create(path)?;
    let out = images.writer();
    out.write_all(&header).map_err(failed)?;
    generate(sampler, draw, |images| {
        let mut write = |value: f32| out.write_all(&value.to_le_bytes());
        match channels {
            ALPHA_CHANNELS => straight(&images.iter().map(|&v| to_byte(v)).collect::<Vec<u8>>())
                .into_iter()
                .try_for_each(|byte| write(f32::from(byte) / 127.5 - 1.0)),
            _ => images.iter().try_for_each(|&value| write(value)),
        }
    })
    .map_err(failed)?;
    if sampler.labels().is_empty() {
        return Ok(images.publish()?);
    }
    let path = labels_path(path);
    let failed = |e: io::Error| DataError::io(&path, "write", e);
    let mut beside = Part::create(&path)?;
    let out = beside.writer();
    out.write_all(&npy::header("<u2", &[count])).map_err(failed)?;
    // A label is one of the data's, which are u16.
    labels(sampler, count)
        .try_for_each(|label| out.write_all(&(label as u16).to_le_bytes()))
        .map_err(failed)?;
    Ok(Part::publish_both(images, beside)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lie_where_they_are_looked_for() {
        for (images, labels) in [
            ("d/samples-images-idx3-ubyte.gz", "d/samples-labels-idx1-ubyte.gz"),
            ("images-idx4-ubyte", "labels-idx1-ubyte"),
            ("fakes.npy", "fakes-labels.npy"),
            ("fakes-idx3-ubyte.gz", "fakes-idx3-ubyte-labels.gz"),
            ("fakes", "fakes-labels"),
        ] {
            assert_eq!(labels_path(Path::new(images)), Path::new(labels));
        }
    }
}
