//! `data`: fetch, pack, check and show data sets.

use std::path::{Path, PathBuf};

use anyhow::bail;
use data::check::{Content, FileReport, Fitting, FolderReport, Repeats, Report};
use data::grid::square_columns;
use data::{ImageSet, Split, fetch, shown, shown_path};
use gan::config::Overlay;
use indicatif::{ProgressBar, ProgressStyle};
use run::picture::write_grid;

use crate::args::{CheckArgs, DataCommand, FetchArgs, PackArgs, ShowArgs, SplitArg};
use crate::foreign;
use crate::hints::{self, Hint, Typed, Wish, fitted, quoted, set_text};
use crate::output::{self, Quiet, grouped, note, table};
use crate::product_file::{self, Format, Inputs, spare};
use crate::reading;

/// Most images on a sheet.
const MAX_SHEET: usize = 10_000;

/// Most notes of one kind on a folder.
const MAX_NOTES: usize = 10;

pub(super) fn run(command: DataCommand) -> anyhow::Result<()> {
    match command {
        DataCommand::Fetch(args) => fetch_set(&args),
        DataCommand::Pack(args) => pack(&args),
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
            bar.set_message(data::shown(&file).into_owned());
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
    let place = args
        .dir
        .as_ref()
        .map_or(String::new(), |dir| format!("GANYMEDE_DATA={} ", quoted(&dir.display().to_string())));
    let train = Typed::of(["train", "--set", &format!("data.source={}", args.name)]);
    note(quiet, &format!("train on it: {place}{train}"));
    Ok(())
}

fn pack(args: &PackArgs) -> anyhow::Result<()> {
    product_file::check(Some(&args.output), Format::Pack)?;
    spare(&args.output, &Inputs::default().and(&args.folder), "")?;
    is_named_by_split(args)?;
    let bar = if args.quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
    let template = "{msg} {bar:24} {human_pos:>10} of {human_len}  {per_sec}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message("packing");
    let result = data::pack::pack(
        &args.folder,
        args.split.into(),
        &args.images.into(),
        &args.output,
        &mut |done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        },
    );
    bar.finish_and_clear();
    let packed = result?;
    let quiet = Quiet(args.quiet);
    if !args.quiet {
        reading::tell_packed(&packed.reading, packed.count, &args.folder.to_string_lossy());
    }
    for problem in &packed.skipped {
        note(quiet, &format!("left out: {problem}"));
    }
    let left_out = match packed.skipped.len() {
        0 => String::new(),
        n => format!(", {} files left out", grouped(n as u64)),
    };
    let classes =
        packed.class_names.as_ref().map_or(String::new(), |names| format!(", {} classes", names.len()));
    note(
        quiet,
        &format!(
            "{} images of {}x{}x{}{classes}{left_out}",
            grouped(packed.count as u64),
            packed.height,
            packed.width,
            packed.channels
        ),
    );
    if packed.leaves_test_split {
        note(quiet, &test_split(args));
    }
    output::line(args.output.display().to_string())?;
    if !args.quiet && args.split == SplitArg::Train {
        note(quiet, &format!("train on it: {}", train_on(&args.output)));
    }
    Ok(())
}

/// The command that trains on a packed file.
fn train_on(pack: &Path) -> Typed {
    let source = pack.display().to_string();
    let set = set_text("data.source", &source);
    let typed = Typed::of(["train", "--set", &set]);
    let overlays = |preset: &str, image| {
        Ok([crate::args::sized(preset, image)?, vec![Overlay::set(set.clone())]].concat())
    };
    let wish =
        Wish { typed: typed.clone(), given: "mnist", preset: "mnist", source: None, overlays: &overlays };
    data::survey(&source).ok().and_then(|survey| fitted(&wish, &survey)).unwrap_or(typed)
}

/// The command that packs the test split, which is found beside the file by its name.
fn test_split(args: &PackArgs) -> String {
    let name = args.output.file_name().unwrap_or_default().to_string_lossy();
    let pack =
        |split: &str, path: &Path| Typed::now().with("split", split).with("output", &hints::path(path));
    if name.contains("train") {
        let beside = args.output.with_file_name(name.replace("train", "test"));
        return format!(
            "the test split is not in it; to pack it where it is found: {}",
            pack("test", &beside)
        );
    }
    let [train, test] = ["train", "test"].map(|split| called(&args.output, split));
    format!(
        "the test split is not in it, and would not be found; to pack both where they are: {} && {}",
        pack("train", &train),
        pack("test", &test)
    )
}

/// `faces.gpack` as `faces-test.gpack`.
fn called(pack: &Path, split: &str) -> PathBuf {
    let stem = pack.file_stem().unwrap_or_default().to_string_lossy();
    pack.with_file_name(format!("{stem}-{split}{}", Format::Pack.ending()))
}

/// A packed file is a test split by its name alone. Under another name it would be trained on, or would replace the training
/// images.
fn is_named_by_split(args: &PackArgs) -> anyhow::Result<()> {
    let name = args.output.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let says = |of: &[&str]| words.iter().any(|word| of.contains(word));
    let (says_train, says_test) =
        (says(&["train", "training"]), says(&["test", "t10k", "testing", "val", "valid", "validation"]));
    let (split, fits) = match args.split {
        SplitArg::Test => ("test", says_test && !says_train),
        // Without a test split there is no other file to confuse it with.
        SplitArg::Train => {
            let source = args.folder.display().to_string();
            ("train", !says_test || says_train || !data::has_split(&source, Split::Test))
        }
    };
    if fits {
        return Ok(());
    }
    let stem = args.output.file_stem().unwrap_or_default().to_string_lossy();
    let plain = stem.replace("-train", "").replace("-test", "");
    let path = called(&args.output.with_file_name(plain), split);
    bail!(
        "{}: these are the {split} images, but the name does not say so{}",
        args.output.display(),
        Hint::TestName(Typed::now().with("output", &hints::path(&path)))
    )
}

fn check(args: &CheckArgs) -> anyhow::Result<()> {
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
        text += &format!("  {own} is {other}\n");
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

fn show(args: &ShowArgs) -> anyhow::Result<()> {
    product_file::check(Some(&args.output), Format::Png)?;
    spare(&args.output, &Inputs::default().and_data(&args.source), "")?;
    let options = data::Options::from(args.images);
    let set = data::load_with(&args.source, args.split.into(), &options)?;
    reading::tell(&set, &args.source, options.background);
    let count = args.count.min(set.len()).min(MAX_SHEET);
    let shape = (set.height(), set.width(), set.channels());
    let (pixels, which) = chosen(&set, count);
    set.still_whole()?;
    save_sheet(&args.output, &pixels, shape, square_columns(count))?;
    let (height, width, channels) = shape;
    output::line(format!(
        "{}: {} images of {height}x{width}x{channels}",
        set.name(),
        grouped(set.len() as u64)
    ))?;
    if set.skipped() > 0 {
        output::line(format!("{} files left out", grouped(set.skipped() as u64)))?;
    }
    match set.class_counts() {
        None => output::line("no labels")?,
        Some(counts) => {
            let mut rows = vec![vec!["class".to_owned(), "images".to_owned()]];
            let name = |class: usize| match set.class_names().and_then(|names| names.get(class)) {
                Some(name) => name.clone(),
                None => class.to_string(),
            };
            rows.extend(counts.iter().enumerate().map(|(class, n)| vec![name(class), grouped(*n as u64)]));
            output::raw(table(&rows).as_bytes())?;
        }
    }
    Ok(output::line(format!("{which}: {}", args.output.display()))?)
}

/// The pixels of `count` images to show, and their indices. Published sets are shuffled; a folder's images are in the
/// order of its classes, so images are taken at even distances.
fn chosen(set: &ImageSet, count: usize) -> (Vec<u8>, String) {
    let pixels =
        |of: &dyn Fn(usize) -> usize| (0..count).flat_map(|i| set.image(of(i)).into_owned()).collect();
    if set.class_names().is_none() || count == set.len() {
        return (pixels(&|i| i), format!("the first {count}"));
    }
    (pixels(&|i| i * set.len() / count), format!("{count} from all over it"))
}

/// A sheet of images as PNG.
///
/// # Errors
/// If the images have too many channels for a PNG.
pub(super) fn save_sheet(
    path: &Path,
    pixels: &[u8],
    shape: (usize, usize, usize),
    columns: usize,
) -> anyhow::Result<()> {
    let channels = shape.2;
    if ![1, 3, 4].contains(&channels) {
        bail!(
            "a PNG cannot have {channels} channels: expected 1 (grey), 3 (colour) or 4 (colour with alpha)"
        );
    }
    Ok(write_grid(path, pixels, shape, columns)?)
}
