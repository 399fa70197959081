//! The command line: what may be written, and its help.

use std::path::PathBuf;

use anyhow::Context;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use data::fetch::DATASETS;
use data::{DataError, Size};
use gan::presets::{self, ImageSize, Networks};

use crate::time::parse_seconds;

/// Most images asked for at once.
const MAX_IMAGES: u64 = 1_000_000;

/// Train, judge and ship image GANs on this machine's processor.
#[derive(Debug, Parser)]
#[command(
    version,
    arg_required_else_help = true,
    after_help = "Start with:\n  ganymede train --time 2m         train the preset `dense` on the built-in digits\n  \
                  ganymede sample runs             images from the newest run under runs/\n  \
                  ganymede train --dry-run         what would be trained\n\n\
                  Exit codes: 0 done, 1 error, 2 wrong usage, 3 training diverged, 130 interrupted (after saving)."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Train(TrainArgs),
    Resume(ResumeArgs),
    Sample(SampleArgs),
    Eval(EvalArgs),
    Judge(JudgeArgs),
    JudgeD(JudgeDArgs),
    Presets(PresetsArgs),
    Data(DataArgs),
    Bench(BenchArgs),
    Completions(CompletionsArgs),
}

/// Threads, as every heavy command takes them.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ThreadsArg {
    /// Threads to use [default: as many as there are cores]. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl ThreadsArg {
    pub(crate) fn get(self) -> Option<usize> {
        self.threads.map(usize::from)
    }
}

/// Overrides, as every command that reads a config takes them.
#[derive(Args, Clone, Debug)]
pub(crate) struct SetArg {
    /// Lay one value over the config; may be repeated, the later over the earlier.
    ///
    /// KEY is as in the TOML, joined by dots: train.batch_size=128, optimizer.generator.lr=1e-4, data.source=kmnist,
    /// generator.layers.0.dense=64 (items of a list are numbered from 0).
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

/// What is laid over a preset.
#[derive(Args, Clone, Debug)]
pub(crate) struct PresetOverArgs {
    #[command(flatten)]
    set: SetArg,
    /// Take the preset's networks for images of this size, such as 32x32x3 or 64x64x3: as many stages as it needs, and
    /// data.size and data.channels to match. Folders of images are cropped and scaled to it.
    #[arg(long, value_name = "HxWxC")]
    image: Option<ImageSize>,
}

impl PresetOverArgs {
    /// All that is laid over the config of `preset`: networks of another size first, so that `--set` has the last word.
    pub(crate) fn overrides(&self, preset: &str) -> anyhow::Result<Vec<String>> {
        let mut overrides = Vec::new();
        if let Some(image) = self.image {
            let name = presets::find(preset)
                .with_context(|| "--image makes networks of a preset; in a file of your own, write them")?
                .name;
            let Networks { generator, discriminator } = presets::networks(name, image)?;
            overrides.extend([
                format!("generator.layers={generator}"),
                format!("discriminator.layers={discriminator}"),
                format!("data.size={}x{}", image.height, image.width),
                format!("data.channels={}", image.channels),
            ]);
        }
        overrides.extend(self.set.set.iter().cloned());
        Ok(overrides)
    }
}

/// What a training run says while it runs.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ReportArgs {
    /// No progress on standard error; standard output is the run's folder alone.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Events as JSON lines on standard output (the same lines as in the run's events.jsonl).
    #[arg(long)]
    pub(crate) json: bool,
}

/// Train a preset or a config file of your own.
///
/// Makes a numbered folder under DIR with the config, a log of events, a grid of samples an epoch, and checkpoints.
/// Ctrl-C finishes the step, saves and stops; a second Ctrl-C stops at once.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede train                                     the preset `dense`, on the built-in digits
  ganymede train --time 3m                           stop after three minutes
  ganymede train tutorial --set train.epochs=5       another preset, shorter
  ganymede train dense --set data.source=fashion-mnist
  ganymede train projection --image 64x64x3 --set data.source=my-images
  ganymede train --dry-run > mine.toml               a config to edit,
  ganymede train mine.toml --seed 7                  and to train

One player at a time, against the other as it is in an earlier run:
  ganymede train tutorial --only discriminator --from runs/0000-tutorial
  ganymede train tutorial --only generator --from runs/0001-tutorial")]
pub(crate) struct TrainArgs {
    /// A preset's name (see `ganymede presets`), or the path of a TOML file.
    #[arg(default_value = "dense", value_name = "PRESET")]
    pub(crate) preset: String,
    /// Folder in which the run gets a numbered folder of its own.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Fixes weights, noise and order: the same seed gives the same bytes. Short for --set train.seed=S.
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub(crate) seed: Option<u64>,
    /// Stop after so much training, such as 90s, 3m or 1h30m. Short for --set train.max_seconds=SECONDS.
    #[arg(long, value_name = "TIME", value_parser = parse_seconds)]
    pub(crate) time: Option<f64>,
    #[command(flatten)]
    pub(crate) over: PresetOverArgs,
    /// Train one player and leave the other as it is. Short for --set train.players=PLAYER.
    #[arg(long, value_name = "PLAYER")]
    pub(crate) only: Option<Player>,
    /// Start from the weights of a run's latest checkpoint, or of one .safetensors file. Optimizers and counters start
    /// anew.
    #[arg(long, value_name = "RUN")]
    pub(crate) from: Option<PathBuf>,
    /// Print the complete config, both networks' layers, and what a step costs; train nothing, write nothing.
    ///
    /// The output is itself a config file: the tables are comments.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Player {
    Discriminator,
    Generator,
}

impl Player {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Player::Discriminator => "discriminator",
            Player::Generator => "generator",
        }
    }
}

/// Go on with a run that was stopped, from its latest checkpoint.
///
/// The next step is exactly the one that would have followed. What the run
/// learns from may move, and rates, limits and losses may be changed; networks, optimizers and batch size may not.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede resume runs                                    the newest run under runs/
  ganymede resume runs/0000-dense --set train.epochs=40   extend a run that is finished
  ganymede resume runs/0000-dense --time 10m              until it has trained ten minutes in all
  ganymede resume runs/0000-dense --checkpoint 1799040    from an earlier checkpoint")]
pub(crate) struct ResumeArgs {
    /// The run's folder, or the folder that holds it: then the newest run in it.
    pub(crate) run: PathBuf,
    /// The checkpoint, by the images shown that name its file [default: the latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Stop after so much training in total, that before the stop included, such as 90s, 3m or 1h30m.
    #[arg(long, value_name = "TIME", value_parser = parse_seconds)]
    pub(crate) time: Option<f64>,
    #[command(flatten)]
    pub(crate) set: SetArg,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

/// Generate images from a run or a checkpoint.
///
/// Image i of a seed is always the same image, whatever N is.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede sample runs                               a sheet of 64 images, samples.png in the newest run's folder
  ganymede sample runs/0000-dense -n 100 --columns 20 -o sheet.png
  ganymede sample runs/0000-dense -n 10000 --format idx -o fakes-idx3-ubyte.gz
  ganymede sample runs/0000-dense -n 1000 --format npy -o fakes.npy --seed 7
  ganymede sample runs/0000-dense -n 20 --format pngs -o singles/
  ganymede sample runs/0001-conditional -n 40 --labels 3,7
  ganymede sample model.safetensors                  from one file, into the current folder")]
pub(crate) struct SampleArgs {
    /// A run's folder, the folder that holds it, or a checkpoint file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT")]
    pub(crate) run: PathBuf,
    /// How many images, 1 to 1,000,000 (a png sheet: to 10,000).
    #[arg(short = 'n', long, default_value = "64", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// Which images: any number starts a sequence of its own.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub(crate) seed: u64,
    /// Classes of the images, such as 0,1,2, in turn. Only for generators that take labels; without it, all classes in turn.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) labels: Option<Vec<u32>>,
    /// What to write.
    #[arg(long, default_value = "png", value_name = "FORMAT")]
    pub(crate) format: SampleFormat,
    /// The file (for pngs the folder) to write [default: in the run's folder, or the current one].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Which of the generator's weights.
    #[arg(long, default_value = "best", value_name = "WHICH")]
    pub(crate) weights: WeightsArg,
    /// The checkpoint, by the images shown that name its file [default: the latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    /// Images in a row of the sheet [default: as many as make it a square, or one a class].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) columns: Option<u16>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SampleFormat {
    /// One sheet of all images.
    Png,
    /// A folder of single images.
    Pngs,
    /// One IDX file of bytes, gzip-compressed if its name ends in .gz.
    Idx,
    /// One NumPy file of float32, [n, height, width, channels] in [-1, 1].
    Npy,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum WeightsArg {
    /// Their average where the run keeps one, else as trained.
    Best,
    /// As trained.
    Raw,
}

/// Ask a run's discriminator about real and generated images.
///
/// D gives each image a score from 0 (generated) to 1 (real). Prints how often it is wrong on each kind, and draws both
/// kinds' scores as one histogram. A score near 1/2 everywhere means that D cannot tell.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede judge-d runs                              2000 test images against 2000 generated ones
  ganymede judge-d runs/0000-dense -n 10000 -o scores.png
  ganymede judge-d runs/0000-dense --split train --json")]
pub(crate) struct JudgeDArgs {
    /// The run's folder, the folder that holds it, or a checkpoint file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT")]
    pub(crate) run: PathBuf,
    /// How many images of each kind; fewer if the split has fewer.
    #[arg(short = 'n', long, default_value = "2000", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// Which real images. D has never seen the test images.
    #[arg(long, default_value = "test")]
    pub(crate) split: SplitArg,
    /// Chooses both the real and the generated images.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub(crate) seed: u64,
    /// The histogram [default: judge-d.png in the run's folder, or in the current one].
    #[arg(short, long, value_name = "FILE.png")]
    pub(crate) output: Option<PathBuf>,
    /// The checkpoint, by the images shown that name its file [default: the latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArg {
    Train,
    Test,
}

impl From<SplitArg> for data::Split {
    fn from(split: SplitArg) -> data::Split {
        match split {
            SplitArg::Train => data::Split::Train,
            SplitArg::Test => data::Split::Test,
        }
    }
}

/// Judge generated images by every metric, each beside its floor.
///
/// The images are a run's (generated from its average, in the data's class frequencies), or anyone's: an IDX or NumPy file,
/// a packed file, or a folder of images. They are compared with test images, which nobody trained on; the floor is the
/// same metric of training images, what a perfect generator would have.
#[derive(Args, Debug)]
#[command(after_long_help = "Metrics, their number of samples in their names:
  fjd             Frechet distance of the judge's features; small is good
  kid             distance of their moments up to the third, unbiased; small is good
  precision       share of generated images that look real
  recall          share of real images whose like is generated
  density         as precision, less moved by outliers; 1 is good
  coverage        as recall, less moved by outliers
  two-sample      how often the nearest neighbour tells generated from real: 0.5 cannot, 1 always can
  diversity       mean distance of two generated images over that of two real ones
  modes           classes with at least one clear image
  modes-kl        KL divergence of the judged classes from the data's shares; 0 is good
  low-confidence  share of images that the judge is unsure of
  label-accuracy  share of images that are of the class asked for, if one was
  memory-near     share of images nearer to a training image than 99% of the test images are; 0.1 is copying
  memory-ratio    median distance to the nearest training image over the test images'
  memory-control  share of slightly noisy training images that count as near: the test works if it is near 1

Examples:
  ganymede eval runs                                 the newest run
  ganymede eval runs/0003-projection -n 2000 --json
  ganymede eval fakes-idx3-ubyte.gz --data mnist
  ganymede eval fakes.npy --data my-images --judge mine.safetensors")]
pub(crate) struct EvalArgs {
    /// A run's folder, the folder that holds it, a checkpoint file (.safetensors), or images: a file or a folder.
    #[arg(value_name = "RUN|IMAGES")]
    pub(crate) target: PathBuf,
    /// The data to compare with [default: the run's; of images, mnist].
    #[arg(long, value_name = "SOURCE")]
    pub(crate) data: Option<String>,
    /// Images of each kind to compare; fewer if there are fewer.
    #[arg(short = 'n', long, default_value = "10000", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// The judge: its file, or the name of one in the program [default: that named like the data].
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) judge: Option<String>,
    /// Generated and test images whose nearest training images are looked for.
    #[arg(long, default_value = "1000", value_name = "N", value_parser = parse_count)]
    pub(crate) memory: usize,
    /// Chooses the images, generated ones as well.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub(crate) seed: u64,
    /// The run's checkpoint, by the images shown that name its file [default: the latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// One JSON object instead of tables.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Train a judge, or show one.
///
/// A judge is a small classifier of a data set's classes. `ganymede eval` compares images by what it sees in them. MNIST has
/// one in the program.
#[derive(Args, Debug)]
pub(crate) struct JudgeArgs {
    #[command(subcommand)]
    pub(crate) command: JudgeCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JudgeCommand {
    Train(JudgeTrainArgs),
    Show(JudgeShowArgs),
}

/// Train a judge on a labelled data set, and examine it on the test images.
///
/// Classes are a folder's subfolders, or the labels beside an IDX file.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede judge train --data my-images -o mine.safetensors
  ganymede judge train --data kmnist -o kmnist.safetensors --epochs 20
  ganymede eval runs/0003-mine --judge mine.safetensors")]
pub(crate) struct JudgeTrainArgs {
    /// A data set's name, a folder, a packed file or an IDX file.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) images: ImagesArgs,
    /// The file to write, FILE.safetensors by custom.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Passes over the training images.
    #[arg(long, default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) epochs: u64,
    /// Fixes weights, order and shifts: the same seed gives the same judge.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// No progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Say what a judge is: its data, accuracy, size and hash.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede judge show mnist
  ganymede judge show mine.safetensors --json")]
pub(crate) struct JudgeShowArgs {
    /// A judge's file, or the name of one in the program.
    #[arg(value_name = "FILE|NAME")]
    pub(crate) judge: String,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the experiments that come with the program, or print one.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede presets
  ganymede presets show dense > mine.toml            a config with all its comments, to edit")]
pub(crate) struct PresetsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<PresetsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PresetsCommand {
    /// List names and what they are (the default).
    List,
    /// Print a preset's TOML, comments and all.
    Show {
        /// The preset.
        name: String,
    },
}

/// Fetch, pack, check and look at data sets.
///
/// Folders of images are data sets as they are: PNG, JPEG and WebP files, with a subfolder for each class, or none.
#[derive(Args, Debug)]
pub(crate) struct DataArgs {
    #[command(subcommand)]
    pub(crate) command: DataCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    Fetch(FetchArgs),
    Pack(PackArgs),
    Check(CheckArgs),
    Show(ShowArgs),
}

/// Download a published data set, with resume and checksums.
///
/// It lands where `data.source=NAME` finds it. MNIST is in the program already.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede data fetch fashion-mnist
  ganymede train --set data.source=fashion-mnist
  ganymede data fetch kmnist --mirror https://example.org/kmnist")]
pub(crate) struct FetchArgs {
    /// The data set.
    #[arg(value_parser = PossibleValuesParser::new(DATASETS.iter().map(|dataset| {
        clap::builder::PossibleValue::new(dataset.name).help(dataset.title)
    })))]
    pub(crate) name: String,
    /// Folder of data sets [default: $GANYMEDE_DATA, else the user's data folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Address of a folder that holds the same files.
    #[arg(long, value_name = "URL")]
    pub(crate) mirror: Option<String>,
    /// No progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// How a folder of images is read.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ImagesArgs {
    /// Height and width to bring every image to, such as 64x64: the largest centred part of that shape, scaled
    /// [default: all must have one size].
    #[arg(long, value_name = "HxW", value_parser = parse_size)]
    size: Option<Size>,
    /// 1 for grey, 3 for RGB [default: RGB if any image has colours].
    #[arg(long, value_name = "1|3", value_parser = clap::value_parser!(u8).range(1..=3))]
    channels: Option<u8>,
    /// Leave out files that cannot be used, instead of refusing the folder.
    #[arg(long)]
    skip_broken: bool,
}

impl From<ImagesArgs> for data::Options {
    fn from(args: ImagesArgs) -> data::Options {
        let ImagesArgs { size, channels, skip_broken } = args;
        data::Options { size, channels: channels.map(usize::from), skip_broken }
    }
}

/// Pack a folder of images into one file, for sets that are large or read often.
///
/// The file is mapped rather than read, so it may be larger than memory. Train on it with data.source=FILE.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede data pack faces -o faces.gpack            all images of one size, a class a subfolder
  ganymede data pack photos -o photos.gpack --size 64x64
  ganymede data pack photos -o photos.gpack --size 32 --channels 1 --skip-broken
  ganymede train --set data.source=photos.gpack

PNG, JPEG and WebP are read. If the folder consists of `train` and `test`, --split says which to pack.")]
pub(crate) struct PackArgs {
    /// The folder: images in it, or in a subfolder for each class.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The file to write, FILE.gpack by custom.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) images: ImagesArgs,
    /// Which part of the data set.
    #[arg(long, default_value = "train")]
    pub(crate) split: SplitArg,
    /// No progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Read every file of a data set whole, and say what is in it and what is wrong with which file.
///
/// Of a folder of images: files that do not decode, animations, other formats, and other sizes than most. Of IDX and
/// packed files: header, length, checksums and values. Exit code 1 if anything is wrong.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede data check photos                         a folder of images
  ganymede data check photos --size 64x64            where images are to be resized, so their sizes do not matter
  ganymede data check photos.gpack
  ganymede data check ~/.local/share/ganymede
  ganymede data check train-images-idx3-ubyte.gz")]
pub(crate) struct CheckArgs {
    /// A folder, a packed file, or one IDX file (the labels beside it are read as well).
    #[arg(value_name = "DIR|FILE")]
    pub(crate) path: PathBuf,
    /// The size that the images of a folder are to be brought to.
    #[arg(long, value_name = "HxW", value_parser = parse_size)]
    pub(crate) size: Option<Size>,
}

/// Draw a sheet of a data set's images, and count its classes.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede data show mnist
  ganymede data show fashion-mnist --split test -n 100 -o clothes.png
  ganymede data show fakes-idx3-ubyte.gz
  ganymede data show photos --size 64x64 -n 100      a folder of images, as it would be trained on")]
pub(crate) struct ShowArgs {
    /// A data set's name, a folder of images or of IDX files, a packed file, or one IDX file of images.
    #[arg(value_name = "SOURCE|PATH")]
    pub(crate) source: String,
    /// How many images.
    #[arg(short = 'n', long, default_value = "64", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// Which part of the data set.
    #[arg(long, default_value = "train")]
    pub(crate) split: SplitArg,
    #[command(flatten)]
    pub(crate) images: ImagesArgs,
    /// The sheet.
    #[arg(short, long, default_value = "data.png", value_name = "FILE.png")]
    pub(crate) output: PathBuf,
}

/// Measure this machine.
#[derive(Args, Debug)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    pub(crate) command: BenchCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    Step(BenchStepArgs),
    Layers(BenchLayersArgs),
}

/// Time a preset's training step, beside this machine's rate of plain matrix products.
///
/// Operations are counted from the networks (a multiply-add is two), not measured; the products (1024 x 1024 x 1024) run
/// on the same threads between the steps.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede bench step dense
  ganymede bench step tutorial --batch 128 --threads 2 --json
  ganymede bench step tutorial --set optimizer.generator.kind=adam --seconds 20")]
pub(crate) struct BenchStepArgs {
    /// A preset's name, or the path of a TOML file.
    #[arg(default_value = "dense", value_name = "PRESET")]
    pub(crate) preset: String,
    /// Real images in a step. Short for --set train.batch_size=N.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch: Option<u32>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// How long to measure.
    #[arg(long, default_value_t = 5.0, value_name = "S", value_parser = parse_bench_seconds)]
    pub(crate) seconds: f64,
    #[command(flatten)]
    pub(crate) over: PresetOverArgs,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Time each layer of a preset's networks in each direction, beside this machine's rate of plain matrix products.
///
/// The generator's layers run on a batch, the discriminator's on two, as in a step: real and generated images. A direction
/// runs alone, its values in cache where they fit, so the sum is a little below what a step takes.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede bench layers dcgan
  ganymede bench layers dcgan --batch 64 --threads 1 --seconds 1
  ganymede bench layers projection --json")]
pub(crate) struct BenchLayersArgs {
    /// A preset's name, or the path of a TOML file.
    #[arg(default_value = "dense", value_name = "PRESET")]
    pub(crate) preset: String,
    /// Real images in a step. Short for --set train.batch_size=N.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch: Option<u32>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// How long to measure each layer in each direction.
    #[arg(long, default_value_t = 0.2, value_name = "S", value_parser = parse_bench_seconds)]
    pub(crate) seconds: f64,
    #[command(flatten)]
    pub(crate) over: PresetOverArgs,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print a completion script for a shell.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede completions bash > ~/.local/share/bash-completion/completions/ganymede
  ganymede completions zsh > ~/.zfunc/_ganymede
  ganymede completions fish > ~/.config/fish/completions/ganymede.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

fn parse_count(text: &str) -> Result<usize, String> {
    let n: u64 = text.parse().map_err(|_| "expected a number of images, such as 64".to_owned())?;
    match n {
        0 => Err("no images would be made; 1 to 1000000 fit".into()),
        1..=MAX_IMAGES => Ok(n as usize),
        _ => Err("more than 1000000 images; make several files, each with a --seed of its own".into()),
    }
}

fn parse_size(text: &str) -> Result<Size, String> {
    text.parse().map_err(|error: DataError| error.to_string())
}

fn parse_bench_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 3600.0 => Ok(seconds),
        _ => Err("expected seconds, above 0 and to 3600".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn counts_have_limits() {
        assert_eq!(parse_count("1000000"), Ok(1_000_000));
        for text in ["0", "1000001", "-1", "many"] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }
}
