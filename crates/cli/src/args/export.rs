//! Arguments of `export`.

use std::path::PathBuf;

use clap::Args;

use super::WeightsArg;

/// Save a generator alone, as a file to pass on.
///
/// The file has the weights that `sample` uses, the architecture, the names of the classes and the source of the weights. If the
/// run evaluated these weights, the file has their scores, each beside its floor. It has no discriminator and no training state,
/// so it is much smaller than a checkpoint. `sample`, `write`, `morph`, `eval` and `blind-test` take it in place of a run.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede export runs                               # generator.safetensors in the newest run's folder
  ganymede export runs/0000-mnist --checkpoint best -o digits.safetensors
  ganymede sample digits.safetensors                 # images from it")]
pub(crate) struct ExportArgs {
    /// A run's folder, a folder of runs (the newest is taken), or a model file (.safetensors).
    #[arg(value_name = "RUN|CHECKPOINT")]
    pub(crate) run: PathBuf,
    /// The file to write [default: generator.safetensors, in the run's folder; for a model file, in the current folder].
    #[arg(short, long, value_name = "FILE.safetensors")]
    pub(crate) output: Option<PathBuf>,
    /// Which weights of the generator to save.
    #[arg(long, default_value = "ema", value_name = "WHICH")]
    pub(crate) weights: WeightsArg,
    /// The checkpoint: the number of images in its file name, `latest` or `best` [default: latest].
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<String>,
}
