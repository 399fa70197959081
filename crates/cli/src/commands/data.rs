//! `data`: fetch, check and show data sets.

use std::path::Path;

use anyhow::bail;
use data::check::{Content, FileReport};
use data::fetch;
use gan::run::picture::{square_columns, write_grid};
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{CheckArgs, DataCommand, FetchArgs, ShowArgs};
use crate::output::{self, Quiet, grouped, note, table};

/// Most images on a sheet.
const MAX_SHEET: usize = 10_000;

pub(super) fn run(command: DataCommand) -> anyhow::Result<()> {
    match command {
        DataCommand::Fetch(args) => fetch_set(&args),
        DataCommand::Check(args) => check(&args),
        DataCommand::Show(args) => show(&args),
    }
}

fn fetch_set(args: &FetchArgs) -> anyhow::Result<()> {
    let dir = args.dir.clone().unwrap_or_else(data::data_dir);
    let quiet = Quiet(args.quiet);
    if let Some(dataset) = fetch::DATASETS.iter().find(|dataset| dataset.name == args.name) {
        note(quiet, &format!("{}: {} (licence: {})", dataset.name, dataset.title, dataset.licence));
    }
    let bar = if args.quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
    let template = "{msg:<28} {bar:24} {bytes:>10} of {total_bytes}  {bytes_per_sec}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let mut file = String::new();
    let result = fetch::fetch(&args.name, &dir, args.mirror.as_deref(), &mut |progress| {
        if progress.file != file {
            file.clone_from(&progress.file);
            bar.reset();
            bar.set_message(file.clone());
        }
        if let Some(total) = progress.total_bytes {
            bar.set_length(total);
        }
        bar.set_position(progress.downloaded_bytes);
    });
    bar.finish_and_clear();
    for path in result? {
        output::line(path.display().to_string())?;
    }
    let place = args.dir.as_ref().map_or(String::new(), |dir| format!("GANYMEDE_DATA={} ", dir.display()));
    note(quiet, &format!("train on it: {place}ganymede train --set data.source={}", args.name));
    Ok(())
}

fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let reports = data::check::check(&args.path);
    for report in &reports {
        output::line(describe(report).trim_end())?;
    }
    let bad = reports.iter().filter(|report| !report.is_ok()).count();
    if bad > 0 {
        bail!("{bad} of {} files cannot be used", reports.len());
    }
    Ok(())
}

fn describe(report: &FileReport) -> String {
    let mut text = format!("{}\n", report.path.display());
    let compressed = if report.compressed { ", gzip" } else { "" };
    let stored = format!("{} bytes{compressed}", grouped(report.stored_bytes));
    match &report.content {
        Some(Content::Images { count, height, width, channels, min, max, mean }) => {
            let count = grouped(*count as u64);
            text += &format!("  {count} images of {height}x{width}x{channels} ({stored})\n");
            text += &format!("  values {min} to {max}, mean {mean:.1}\n");
        }
        Some(Content::Labels { count, class_counts }) => {
            text += &format!("  {} labels ({stored})\n", grouped(*count as u64));
            text += &format!("  {}\n", classes(class_counts));
        }
        None => {
            if let Some(dims) = &report.dims {
                text += &format!("  header says {dims:?} ({stored})\n");
            }
        }
    }
    for problem in &report.problems {
        // The library's words begin with the path, which stands above.
        let problem = problem.strip_prefix(&format!("{}: ", report.path.display())).unwrap_or(problem);
        text += &format!("  problem: {problem}\n");
    }
    for note in &report.notes {
        text += &format!("  note: {note}\n");
    }
    text
}

fn classes(counts: &[usize]) -> String {
    let counts: Vec<_> = counts.iter().enumerate().map(|(class, n)| format!("{class}: {n}")).collect();
    format!("by class  {}", counts.join("  "))
}

fn show(args: &ShowArgs) -> anyhow::Result<()> {
    let set = data::load(&args.source, args.split.into())?;
    let count = args.count.min(set.len()).min(MAX_SHEET);
    let shape = (set.height(), set.width(), set.channels());
    let pixels = &set.pixels()[..count * set.pixels_per_image()];
    save_sheet(&args.output, pixels, shape, square_columns(count))?;
    let (height, width, channels) = shape;
    output::line(format!(
        "{}: {} images of {height}x{width}x{channels}",
        set.name(),
        grouped(set.len() as u64)
    ))?;
    match set.class_counts() {
        None => output::line("no labels")?,
        Some(counts) => {
            let mut rows = vec![vec!["class".to_owned(), "images".to_owned()]];
            rows.extend(
                counts.iter().enumerate().map(|(class, n)| vec![class.to_string(), grouped(*n as u64)]),
            );
            output::raw(table(&rows).as_bytes())?;
        }
    }
    Ok(output::line(format!("the first {count}: {}", args.output.display()))?)
}

/// A sheet of images as PNG, with a word on why not where it has too many channels for one.
pub(super) fn save_sheet(
    path: &Path,
    pixels: &[u8],
    shape: (usize, usize, usize),
    columns: usize,
) -> anyhow::Result<()> {
    let channels = shape.2;
    if channels != 1 && channels != 3 {
        bail!("images of {channels} channels make no PNG: 1 (grey) or 3 (colour) would");
    }
    Ok(write_grid(path, pixels, shape, columns)?)
}
