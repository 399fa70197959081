//! `data`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use data::fetch::DATASETS;
use data::{Background, DataError, Size};

use super::{SplitArg, parse_count, parse_size};

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
    /// What is laid under images where they are transparent: white, black, #rrggbb, or a grey level from 0 to 255.
    #[arg(long, value_name = "COLOUR", default_value_t, value_parser = parse_background)]
    background: Background,
}

fn parse_background(text: &str) -> Result<Background, String> {
    text.parse().map_err(|error: DataError| error.to_string())
}

impl From<ImagesArgs> for data::Options {
    fn from(args: ImagesArgs) -> data::Options {
        let ImagesArgs { size, channels, skip_broken, background } = args;
        data::Options { size, channels: channels.map(usize::from), skip_broken, background }
    }
}

/// Pack a folder of images into one file, for sets that are large or read often.
///
/// Up to 1 GiB of pixels is read into memory; a larger file is read image by image while it trains, so the set may be
/// larger than memory, and must stay as it is. Train on it with data.source=FILE.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede data pack faces -o faces.gpack            all images of one size, a class a subfolder
  ganymede data pack photos -o photos.gpack --size 64x64
  ganymede data pack photos -o photos.gpack --size 32 --channels 1 --skip-broken
  ganymede train --set data.source=photos.gpack

PNG, JPEG and WebP are read, with sides up to 16384. If the folder consists of `train` and `test` (in any usual spelling), --split
says which to pack: into photos-train.gpack and photos-test.gpack, so that one is found beside the other. What was laid under
transparent images is kept in the file.")]
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
/// Of a folder of images: files that do not decode or of which a part is missing, animations, other formats, and other
/// sizes than most; how many images are transparent; and what is passed over, with the reason. Of IDX, NumPy and packed files:
/// header, length, checksums and values. Files of other kinds are named for what they are, with what makes a data set of
/// them. Exit code 1 if anything is wrong. Images that are there twice, in two splits or in one, are counted and named.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede data check photos                         a folder of images
  ganymede data check photos --size 64x64            where images are to be resized, so their sizes do not matter
  ganymede data check photos.gpack
  ganymede data check photos.npy                     and photos-labels.npy beside it
  ganymede data check ~/.local/share/ganymede
  ganymede data check train-images-idx3-ubyte.gz")]
pub(crate) struct CheckArgs {
    /// A folder, a packed file, or one IDX or NumPy file (the labels beside it are read as well).
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
    /// A data set's name, a folder of images or of IDX files, a packed file, or one IDX or NumPy file of images.
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
    /// The sheet, outside of a folder of images that is shown.
    #[arg(short, long, default_value = "data.png", value_name = "FILE.png")]
    pub(crate) output: PathBuf,
}
