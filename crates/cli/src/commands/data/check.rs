//! `data check`: what is in each file of a data set, and what is wrong with it.

use anyhow::bail;
use data::check::{Content, FileReport, Fitting, FolderReport, Repeats, Report};
use data::{shown, shown_path};

use crate::args::CheckArgs;
use crate::hints::{Hint, Typed};
use crate::output::{self, grouped};
use crate::{foreign, reading};

/// Most notes of one kind on a folder.
const MAX_NOTES: usize = 10;

pub(super) fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let name = args.path.to_string_lossy();
    if data::SOURCES.contains(&&*name) && !args.path.exists() {
        bail!("{name}: the name of a data set, not a file or folder; ganymede data show {name} reads it");
    }
    let reports = data::check::check(&args.path, args.size);
    let (mut files, mut bad) = (0, 0);
    let mut needs_size = None;
    for report in &reports {
        let text = match report {
            Report::File(report) => {
                files += 1;
                bad += usize::from(!report.is_ok());
                describe(report)
            }
            Report::Folder(report) => {
                files += report.files;
                bad += report.problems.len();
                if report.no_common_size.is_some() {
                    needs_size = report.sizes.first().map(|(size, _)| *size);
                }
                describe_folder(report)
            }
            Report::Repeats(repeats) => describe_repeats(repeats),
        };
        output::line(text.trim_end())?;
    }
    if bad > 0 {
        bail!("{bad} of {files} files cannot be used");
    }
    if let Some(common_size) = needs_size {
        bail!(
            "the images have no size in common{}",
            Hint::Resize(Typed::now().with("size", &common_size.to_string()))
        );
    }
    Ok(())
}

fn describe_folder(report: &FolderReport) -> String {
    let mut text = format!("{}\n", shown_path(&report.path));
    let usable = report.grey + report.colour;
    let kinds = match (report.grey, report.colour) {
        (0, 0) => String::new(),
        (_, 0) => ", grey".to_owned(),
        (0, _) => ", RGB".to_owned(),
        (grey, colour) => format!(", {} RGB and {} grey", grouped(colour as u64), grouped(grey as u64)),
    };
    let files = grouped(report.files as u64);
    text += &format!("  {files} image files, {} of them usable{kinds}\n", grouped(usable as u64));
    let sizes: Vec<_> = report
        .sizes
        .iter()
        .take(MAX_NOTES)
        .map(|(size, count)| format!("{size}: {}", grouped(*count as u64)))
        .collect();
    if !sizes.is_empty() {
        let more = if report.sizes.len() > MAX_NOTES { "  ..." } else { "" };
        text += &format!("  by size  {}{more}\n", sizes.join("  "));
    }
    if let Some(classes) = &report.classes {
        let classes: Vec<_> = classes.iter().map(|(name, n)| format!("{}: {n}", shown(name))).collect();
        text += &format!("  by class  {}\n", classes.join("  "));
    }
    for problem in &report.problems {
        text += &format!("  problem: {problem}\n");
    }
    if let Some(problem) = &report.no_common_size {
        text += &format!("  problem: {problem}\n");
    }
    for (later, earlier) in report.duplicates.iter().take(MAX_NOTES) {
        let (later, earlier) = (shown_path(later), shown_path(earlier));
        text += &format!("  note: {later} has the same pixels as {earlier}\n");
    }
    if report.duplicates.len() > MAX_NOTES {
        let more = grouped((report.duplicates.len() - MAX_NOTES) as u64);
        text += &format!("  note: {more} more have the same pixels as another\n");
    }
    for (later, earlier) in report.near_duplicates.iter().take(MAX_NOTES) {
        text += &format!("  note: {} looks like {}\n", shown_path(later), shown_path(earlier));
    }
    if !report.near_duplicates.is_empty() {
        let count = grouped(report.near_duplicates.len() as u64);
        text += &format!("  note: {count} images look like an earlier one, though not pixel for pixel\n");
    }
    if let Some(fitting) = &report.fitting {
        text += &describe_fitting(fitting);
    }
    if report.transparent > 0 {
        let images = if report.transparent == 1 { "image is" } else { "images are" };
        text += &format!(
            "  note: {} {images} transparent in places. White is put behind them, or the colour of data.background \
             (--background of data show, data pack and judge train); data.alpha=true (--alpha) keeps transparency\n",
            grouped(report.transparent as u64)
        );
    }
    if report.animated > 0 {
        let count = grouped(report.animated as u64);
        text += &format!("  note: {count} GIF files are animations: the first frame of each is read\n");
    }
    for path in &report.doubtful {
        text +=
            &format!("  note: {}\n", reading::doubt(path.file_name().unwrap_or_default().to_string_lossy()));
    }
    for (reason, group) in report.passed_over.groups() {
        let count = grouped(group.count as u64);
        text += &format!("  passed over: {count} {}\n", reason.text());
        for path in &group.first {
            text += &format!("    {}\n", shown_path(path));
        }
        if group.count > group.first.len() {
            text += &format!("    and {} more\n", grouped((group.count - group.first.len()) as u64));
        }
    }
    text
}

/// What bringing the images to one size changes.
fn describe_fitting(fitting: &Fitting) -> String {
    let mut changes = Vec::new();
    if fitting.cropped > 0 {
        let (count, percent) = (grouped(fitting.cropped as u64), fitting.most_lost_percent);
        changes
            .push(format!("{count} are cropped around the centre (at most {percent}% of an image is lost)"));
    }
    if fitting.reduced > 0 {
        changes.push(format!("{} are made smaller", grouped(fitting.reduced as u64)));
    }
    if fitting.enlarged > 0 {
        changes.push(format!("{} are made larger, and become blurred", grouped(fitting.enlarged as u64)));
    }
    let changes = if changes.is_empty() { "no image changes".to_owned() } else { changes.join("; ") };
    format!("  at {}: {changes}\n", fitting.size)
}

/// Images that occur twice. It is serious for test images.
fn describe_repeats(repeats: &Repeats) -> String {
    let count = grouped(repeats.pairs.len() as u64);
    let path = repeats.path.display();
    let mut text = match repeats.are_leaks() {
        true if repeats.near => format!(
            "{path}\n  near leak: {count} images look like images of {}, though not pixel for pixel\n",
            repeats.other.display()
        ),
        true => format!(
            "{path}\n  leak: {count} images are images of {} as well, pixel for pixel: what is measured with them measures \
             memory\n",
            repeats.other.display()
        ),
        false => format!("{path}\n  note: {count} images have the same pixels as an earlier one\n"),
    };
    for (own, other) in repeats.pairs.iter().take(MAX_NOTES) {
        let verb = if repeats.near { "looks like" } else { "is" };
        text += &format!("  {own} {verb} {other}\n");
    }
    if repeats.pairs.len() > MAX_NOTES {
        text += &format!("  and {} more\n", grouped((repeats.pairs.len() - MAX_NOTES) as u64));
    }
    text
}

fn describe(report: &FileReport) -> String {
    let mut text = format!("{}\n", shown_path(&report.path));
    let compressed = match (report.compressed, report.packed) {
        (true, _) => ", gzip",
        (_, true) => ", packed",
        _ if report.numpy => ", NumPy",
        _ => "",
    };
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
    if let Some(classes) = &report.classes
        && !classes.is_empty()
    {
        let classes: Vec<_> = classes.iter().map(|(name, n)| format!("{}: {n}", shown(name))).collect();
        text += &format!("  by class  {}\n", classes.join("  "));
    }
    for problem in &report.problems {
        // The library's text begins with the path, which is printed above.
        let problem = problem.strip_prefix(&format!("{}: ", shown_path(&report.path))).unwrap_or(problem);
        text += &format!("  problem: {problem}\n");
    }
    let path = report.path.display().to_string();
    let hints = [
        report.foreign.as_ref().map(|kind| foreign::of_kind(&path, kind)),
        report.remedy.as_ref().map(|remedy| foreign::of_array(&path, remedy)),
    ];
    for hint in hints.into_iter().flatten() {
        text += &format!("  hint: {hint}\n");
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
