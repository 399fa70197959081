//! `data`: fetch, pack, check and show data sets.

mod check;

use std::path::{Path, PathBuf};

use anyhow::bail;
use data::grid::square_columns;
use data::{ImageSet, Split, fetch};
use indicatif::{ProgressBar, ProgressStyle};
use run::picture::write_grid;

use crate::args::{DataCommand, FetchArgs, PackArgs, ShowArgs, SplitArg};
use crate::hints::{self, Hint, Typed, quoted};
use crate::output::{self, Quiet, grouped, note, table};
use crate::product_file::{self, Format, Inputs, spare};
use crate::reading;

/// Most images on a sheet.
const MAX_SHEET: usize = 10_000;

pub(super) fn run(command: DataCommand) -> anyhow::Result<()> {
    match command {
        DataCommand::Fetch(args) => fetch_set(&args),
        DataCommand::Pack(args) => pack(&args),
        DataCommand::Check(args) => check::check(&args),
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
    Typed::of(["train", &pack.display().to_string()])
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
