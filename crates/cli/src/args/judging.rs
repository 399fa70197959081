//! `sample` and the commands that judge samples: `d-scores`, `eval`, `judge`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use metrics::registry::MAIN;
use metrics::{METRICS, Measured, Metric};

use super::reject::RejectArgs;
use super::shared::{ImagesArgs, SplitArg, ThreadsArg, parse_count};

/// Generate images from a run or a checkpoint.
///
/// Image i of a seed is always the same, for every N.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede sample runs                               # a sheet of 64 images: samples.png in the newest run's folder
  ganymede sample runs/0000-dense -n 100 --columns 20 -o sheet.png
  ganymede sample runs/0000-dense -n 10000 -o fakes-idx3-ubyte.gz
  ganymede sample runs/0000-dense -n 1000 -o fakes.npy --seed 7
  ganymede sample runs/0000-dense -n 20 --format pngs -o singles/
  ganymede sample runs/0001-conditional -n 40 --labels 3,7
  ganymede sample runs --reject 0.1                  # without the tenth that looks least like real images
  ganymede sample runs --truncation 0.7              # fewer faults, less variety
  ganymede sample runs --checkpoint best             # from the best checkpoint that the run's evaluations found
  ganymede sample model.safetensors                  # from one file, into the current folder")]
pub(crate) struct SampleArgs {
    /// A run's folder, a folder of runs (the newest is taken), or a model file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT")]
    pub(crate) run: PathBuf,
    /// Number of images, 1 to 1,000,000 (10,000 for a sheet).
    #[arg(short = 'n', long, allow_negative_numbers = true, default_value = "64", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// Seed of the images. Each seed gives its own sequence.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Classes to generate in turn, by number (0,1,2) or by name (cat,dog), for conditional generators [default: all classes in
    /// turn].
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) labels: Option<Vec<String>>,
    /// Scale of the latents, above 0 and at most 1. A smaller scale gives fewer faults and less variety.
    #[arg(long, default_value_t = 1.0, value_name = "PSI")]
    pub(crate) truncation: f32,
    #[command(flatten)]
    pub(crate) reject: RejectArgs,
    /// Format of the output [default: by the file's name, otherwise a png sheet].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<SampleFormat>,
    /// The file to write, or the folder for pngs [default: in the run's folder; for a model file, in the current folder].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Which weights of the generator to use.
    #[arg(long, default_value = "ema", value_name = "WHICH")]
    pub(crate) weights: WeightsArg,
    /// The checkpoint: the number of images in its file name, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    /// Images in each row of the sheet [default: one for each class, or a square sheet].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) columns: Option<u16>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SampleFormat {
    /// One sheet with all images.
    Png,
    /// A folder of single images.
    Pngs,
    /// One IDX file of bytes, compressed if its name ends in .gz.
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

/// Show the discriminator's scores on real and generated images.
///
/// The discriminator D gives each image a score from 0 (generated) to 1 (real). The command prints how often D is wrong on each
/// kind, and draws a histogram of both kinds' scores. If all scores are near 1/2, D cannot tell the kinds apart.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede d-scores runs                             # 2000 test images and 2000 generated ones
  ganymede d-scores runs/0000-dense -n 10000 -o scores.png
  ganymede d-scores runs/0000-dense --split train --json")]
pub(crate) struct DScoresArgs {
    /// A run's folder, a folder of runs (the newest is taken), or a checkpoint file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT")]
    pub(crate) run: PathBuf,
    /// Number of images of each kind; fewer if the split has fewer.
    #[arg(short = 'n', long, allow_negative_numbers = true, default_value = "2000", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// The real images to use. D was not trained on the test images.
    #[arg(long, default_value = "test")]
    pub(crate) split: SplitArg,
    /// Seed of the choice of real images and of the generated images.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// The histogram to write [default: d-scores.png in the run's folder; for a checkpoint file, in the current folder].
    #[arg(short, long, value_name = "FILE.png")]
    pub(crate) output: Option<PathBuf>,
    /// The checkpoint: the number of images in its file name, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

impl From<WeightsArg> for model::Weights {
    fn from(weights: WeightsArg) -> model::Weights {
        match weights {
            WeightsArg::Ema => model::Weights::Average,
            WeightsArg::Raw => model::Weights::Raw,
        }
    }
}

/// Compute all metrics of generated images, each beside its floor.
///
/// The images come from a run (its averaged generator, with the data's class frequencies) or from any source: an IDX or NumPy
/// file, a packed file, or a folder of images. They are compared with the held-out test images. The floor is the same metric of
/// real training images, which is what a perfect generator would reach.
#[derive(Args, Debug)]
#[command(after_long_help = eval_help())]
pub(crate) struct EvalArgs {
    /// A run's folder, a folder of runs, a model file (.safetensors), or images: a file or a folder.
    #[arg(value_name = "RUN|IMAGES")]
    pub(crate) target: PathBuf,
    /// The real data to compare with [default: the run's data; for images, mnist].
    #[arg(long, value_name = "SOURCE")]
    pub(crate) data: Option<String>,
    /// Number of images of each kind; fewer if there are fewer [default: 10000; for stacked-mnist 26000].
    #[arg(short = 'n', long, allow_negative_numbers = true, value_name = "N", value_parser = parse_count)]
    pub(crate) count: Option<usize>,
    /// The judge: its file, or the name of an included judge [default: the judge of the run's evaluations, or the included
    /// judge of the data].
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) judge: Option<String>,
    /// Number of generated and of test images for the memory test, which finds their nearest training images.
    #[arg(long, default_value = "1000", value_name = "N", value_parser = parse_count)]
    pub(crate) memory: usize,
    /// Train a classifier on N labelled generated images and test it on real test images [default N: 10000].
    ///
    /// The floor is the accuracy of a classifier that is trained on as many real images. It needs a conditional generator or
    /// labelled images. For 10,000 images of MNIST's size it takes about three minutes on two cores.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "10000", value_parser = parse_count)]
    pub(crate) usefulness: Option<usize>,
    /// Write a bar chart of each class's share and coverage, beside the expected share and the floor.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) plot: Option<PathBuf>,
    /// Seed of the choice of real images and of the generated images.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// The run's checkpoint: the number of images in its file name, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The metrics as the registry has them, and examples.
fn eval_help() -> String {
    let width = METRICS.iter().map(|metric| metric.name.len()).max().unwrap_or(0);
    let line = |metric: &Metric| {
        let when = match metric.measured {
            Measured::OnRequest => format!("with --{metric}: "),
            Measured::Stacks => "of stacked digits: ".to_owned(),
            _ => String::new(),
        };
        format!("  {:width$}  {when}{}; good: {}\n", metric.name, metric.means, metric.aim)
    };
    let metrics: String = METRICS.iter().map(line).collect();
    format!(
        "Metrics. The name of a score ends in the number of samples, as in {}:\n{metrics}\n{EVAL_EXAMPLES}",
        MAIN.score_name(10_000)
    )
}

const EVAL_EXAMPLES: &str = "Examples:
  ganymede eval runs                                 # the newest run
  ganymede eval runs --plot classes.png              # each class's share and coverage as bars
  ganymede eval runs/0003-projection --usefulness    # trains two classifiers, which takes minutes
  ganymede eval runs/0003-projection -n 2000 --json
  ganymede eval fakes-idx3-ubyte.gz --data mnist
  ganymede eval fakes.npy --data my-images --judge mine.safetensors";

/// Train a judge, or describe one.
///
/// A judge is a small classifier of a data set's classes. `ganymede eval` compares images by the features that it computes.
/// Judges for MNIST and Fashion-MNIST are included in the program.
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

/// Train a judge on a labelled data set, and measure its accuracy on the test images.
///
/// The classes are the subfolders of a folder of images, or the labels beside an IDX or NumPy file.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede judge train --data my-images -o mine.safetensors
  ganymede judge train --data kmnist -o kmnist.safetensors --epochs 20
  ganymede eval runs/0003-mine --judge mine.safetensors")]
pub(crate) struct JudgeTrainArgs {
    /// A data set's name, a folder, a packed file, or an IDX or NumPy file.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) images: ImagesArgs,
    /// The file to write, usually named FILE.safetensors.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Passes over the training images [default: 12; for small data sets as many as give 1,000 steps].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) epochs: Option<u64>,
    /// Seed of the initial weights, the order of images and their shifts. The same seed gives the same judge.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Show no progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Describe a judge: its data, accuracy, size and hash.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede judge show mnist
  ganymede judge show mine.safetensors --json")]
pub(crate) struct JudgeShowArgs {
    /// A judge's file, or the name of an included judge.
    #[arg(value_name = "FILE|NAME")]
    pub(crate) judge: String,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
