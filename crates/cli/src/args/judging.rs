//! `sample`, and what is said of samples: `d-scores`, `eval`, `judge`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ImagesArgs, RejectArgs, ThreadsArg, parse_count};

/// Generate images from a run or a checkpoint.
///
/// Image i of a seed is always the same image, whatever N is.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede sample runs                               a sheet of 64 images, samples.png in the newest run's folder
  ganymede sample runs/0000-dense -n 100 --columns 20 -o sheet.png
  ganymede sample runs/0000-dense -n 10000 -o fakes-idx3-ubyte.gz
  ganymede sample runs/0000-dense -n 1000 -o fakes.npy --seed 7
  ganymede sample runs/0000-dense -n 20 --format pngs -o singles/
  ganymede sample runs/0001-conditional -n 40 --labels 3,7
  ganymede sample runs --reject 0.1                  without the tenth that looks least like real images
  ganymede sample runs --truncation 0.7              fewer faults, less variety
  ganymede sample runs --checkpoint best             the best that the run's evaluations found
  ganymede sample model.safetensors                  from one file, into the current folder")]
pub(crate) struct SampleArgs {
    /// A run's folder, the folder that holds it, or a checkpoint file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT")]
    pub(crate) run: PathBuf,
    /// How many images, 1 to 1,000,000 (a png sheet: to 10,000).
    #[arg(short = 'n', long, allow_negative_numbers = true, default_value = "64", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// Which images: any number starts a sequence of its own.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Classes of the images in turn, by number, such as 0,1,2, or by name, such as cat,dog. Only for generators that take labels;
    /// without it, all classes in turn.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) labels: Option<Vec<String>>,
    /// Scale of the latents, above 0 and at most 1: a smaller one makes more usual images, with fewer faults and less variety.
    #[arg(long, default_value_t = 1.0, value_name = "PSI")]
    pub(crate) truncation: f32,
    #[command(flatten)]
    pub(crate) reject: RejectArgs,
    /// What to write [default: as the file is called, a png sheet if its name says nothing].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<SampleFormat>,
    /// The file (for pngs the folder) to write [default: in the run's folder, or the current one].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Which of the generator's weights.
    #[arg(long, default_value = "ema", value_name = "WHICH")]
    pub(crate) weights: WeightsArg,
    /// The checkpoint, by the images shown that name its file, `latest` or `best` [default: latest].
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
    /// The exponential moving average of the weights, if the run keeps one; otherwise the weights as trained.
    #[value(alias = "best")]
    Ema,
    /// The weights as trained.
    #[value(alias = "last")]
    Raw,
}

/// Ask a run's discriminator about real and generated images.
///
/// D gives each image a score from 0 (generated) to 1 (real). Prints how often it is wrong on each kind, and draws both
/// kinds' scores as one histogram. A score near 1/2 everywhere means that D cannot tell.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede d-scores runs                              2000 test images against 2000 generated ones
  ganymede d-scores runs/0000-dense -n 10000 -o scores.png
  ganymede d-scores runs/0000-dense --split train --json")]
pub(crate) struct DScoresArgs {
    /// The run's folder, the folder that holds it, or a checkpoint file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT")]
    pub(crate) run: PathBuf,
    /// How many images of each kind; fewer if the split has fewer.
    #[arg(short = 'n', long, allow_negative_numbers = true, default_value = "2000", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// Which real images. D has never seen the test images.
    #[arg(long, default_value = "test")]
    pub(crate) split: SplitArg,
    /// Chooses both the real and the generated images.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// The histogram [default: d-scores.png in the run's folder, or in the current one].
    #[arg(short, long, value_name = "FILE.png")]
    pub(crate) output: Option<PathBuf>,
    /// The checkpoint, by the images shown that name its file, `latest` or `best` [default: latest].
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
  usefulness      with --usefulness: share of test images that a classifier gets right which learned from generated ones

Examples:
  ganymede eval runs                                 the newest run
  ganymede eval runs --plot classes.png              each class's share and coverage as bars
  ganymede eval runs/0003-projection --usefulness    two classifiers are trained: minutes
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
    /// Images of each kind to compare; fewer if there are fewer [default: 10000; of stacked-mnist 26000].
    #[arg(short = 'n', long, allow_negative_numbers = true, value_name = "N", value_parser = parse_count)]
    pub(crate) count: Option<usize>,
    /// The judge: its file, or the name of one in the program [default: that of the run's evaluations, or that named like
    /// the data].
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) judge: Option<String>,
    /// Generated and test images whose nearest training images are looked for.
    #[arg(long, default_value = "1000", value_name = "N", value_parser = parse_count)]
    pub(crate) memory: usize,
    /// Train a classifier on N generated images with their labels and examine it on test images; the floor is one trained on
    /// as many real images [default N: 10000].
    ///
    /// For generators that take labels, and labelled images. Takes about a minute and a half a 10,000 images of MNIST's size
    /// on two cores, twice.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "10000", value_parser = parse_count)]
    pub(crate) usefulness: Option<usize>,
    /// Draw each class's share beside its expected one, and its coverage beside its floor, into a PNG file.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) plot: Option<PathBuf>,
    /// Chooses the images, generated ones as well.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// The run's checkpoint, by the images shown that name its file, `latest` or `best` [default: latest].
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
/// A judge is a small classifier of a data set's classes. `ganymede eval` compares images by what it sees in them. MNIST and
/// Fashion-MNIST have one in the program.
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
    /// Passes over the training images [default: 12, of few images as many as make 1,000 steps].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) epochs: Option<u64>,
    /// Fixes weights, order and shifts: the same seed gives the same judge.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
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
