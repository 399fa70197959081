//! `data`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use data::Size;
use data::fetch::DATASETS;

use super::shared::{ImagesArgs, SplitArg, parse_count, parse_size};

/// Download, check, show and pack data sets.
///
/// A folder of images (PNG, JPEG, WebP, GIF, BMP, TIFF, PNM, QOI) is a data set, with a subfolder for each class, or without classes.
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

/// Download a published data set, and verify its checksums.
///
/// Afterwards `data.source=NAME` finds it. An interrupted download is continued. MNIST is already in the program.
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
    /// Folder of the data sets [default: $GANYMEDE_DATA, or the user's data folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Address of another server's folder with the same files.
    #[arg(long, value_name = "URL")]
    pub(crate) mirror: Option<String>,
    /// Show no progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Pack a folder of images into one file, for data sets that are large or used often.
///
/// Train on the file with data.source=FILE. Up to 1 GiB of pixels is read into memory. A larger file is read image by image
/// during training, so it may be larger than memory, and it must not change during the run.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede data pack faces -o faces.gpack            # all images have one size
  ganymede data pack photos -o photos.gpack --size 64x64
  ganymede data pack photos -o photos.gpack --size 32 --channels 1 --skip-broken
  ganymede train --set data.source=photos.gpack

PNG, JPEG, WebP, GIF, BMP, TIFF, PNM and QOI images are read, with sides up to 16384. If the folder consists of `train` and `test` (in any usual spelling),
--split selects the part to pack. Call the files photos-train.gpack and photos-test.gpack, so that the program finds one
beside the other. The file keeps the colour that was put behind transparent images.")]
pub(crate) struct PackArgs {
    /// The folder, with images in it or in a subfolder for each class.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The file to write, usually named FILE.gpack.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) images: ImagesArgs,
    /// Part of the data set.
    #[arg(long, default_value = "train")]
    pub(crate) split: SplitArg,
    /// Show no progress.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Read every file of a data set completely, and report its content and each faulty file.
///
/// In a folder of images it finds files that cannot be decoded or are incomplete, animations, other formats and differing sizes. It
/// counts transparent images, and lists the files that are passed over, with the reason. In IDX, NumPy and packed files it
/// checks header, length, checksums and values. For files of other kinds it names the kind, and the command that makes a data
/// set of them. Images that occur twice, in two splits or in one, are counted and named. The exit code is 1 if anything is wrong.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede data check photos                         # a folder of images
  ganymede data check photos --size 64x64            # images that will be resized, so that their sizes may differ
  ganymede data check photos.gpack
  ganymede data check photos.npy                     # and photos-labels.npy beside it
  ganymede data check ~/.local/share/ganymede
  ganymede data check train-images-idx3-ubyte.gz")]
pub(crate) struct CheckArgs {
    /// A folder, a packed file, or an IDX or NumPy file (the labels beside it are read, too).
    #[arg(value_name = "DIR|FILE")]
    pub(crate) path: PathBuf,
    /// The size to which the images of a folder will be cropped and scaled.
    #[arg(long, value_name = "HxW", value_parser = parse_size)]
    pub(crate) size: Option<Size>,
}

/// Draw a sheet of a data set's images, and count the images of each class.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede data show mnist
  ganymede data show fashion-mnist --split test -n 100 -o clothes.png
  ganymede data show fakes-idx3-ubyte.gz
  ganymede data show photos --size 64x64 -n 100      # a folder of images, as training sees it")]
pub(crate) struct ShowArgs {
    /// A data set's name, a folder of images or IDX files, a packed file, or an IDX or NumPy file.
    #[arg(value_name = "SOURCE|PATH")]
    pub(crate) source: String,
    /// Number of images.
    #[arg(short = 'n', long, default_value = "64", value_name = "N", value_parser = parse_count)]
    pub(crate) count: usize,
    /// Part of the data set.
    #[arg(long, default_value = "train")]
    pub(crate) split: SplitArg,
    #[command(flatten)]
    pub(crate) images: ImagesArgs,
    /// The sheet to write. It may not lie in the folder of images that is shown.
    #[arg(short, long, default_value = "data.png", value_name = "FILE.png")]
    pub(crate) output: PathBuf,
}
