//! `bench`.

use clap::{Args, Subcommand};

use super::shared::{PresetOverArgs, ThreadsArg};

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

/// Time a preset's training step, and compare it with this machine's rate of plain matrix products.
///
/// Operations are counted from the networks; a multiply-add counts as two. The plain products (1024 x 1024 x 1024) run on the
/// same threads between the steps.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede bench step dense
  ganymede bench step tutorial --batch 128 --threads 2 --json
  ganymede bench step tutorial --set optimizer.generator.kind=adam --seconds 20")]
pub(crate) struct BenchStepArgs {
    /// A preset's name, or the path of a TOML file.
    #[arg(default_value = "dense", value_name = "PRESET")]
    pub(crate) preset: String,
    /// Number of real images in a step. Short for --set train.batch_size=N.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch: Option<u32>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Seconds to measure.
    #[arg(long, default_value_t = 5.0, value_name = "S", value_parser = parse_bench_seconds)]
    pub(crate) seconds: f64,
    #[command(flatten)]
    pub(crate) over: PresetOverArgs,
    /// Print one JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Time each layer of a preset's networks in each direction, and compare it with this machine's rate of plain matrix products.
///
/// As in a step, the generator's layers run on one batch, and the discriminator's on two (real and generated images). Each
/// direction runs alone, so its values are in cache where they fit. The sum is therefore a little below the time of a step.
#[derive(Args, Debug)]
#[command(after_long_help = "Examples:
  ganymede bench layers dcgan
  ganymede bench layers dcgan --batch 64 --threads 1 --seconds 1
  ganymede bench layers projection --json")]
pub(crate) struct BenchLayersArgs {
    /// A preset's name, or the path of a TOML file.
    #[arg(default_value = "dense", value_name = "PRESET")]
    pub(crate) preset: String,
    /// Number of real images in a step. Short for --set train.batch_size=N.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch: Option<u32>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    /// Seconds to measure each layer in each direction.
    #[arg(long, default_value_t = 0.2, value_name = "S", value_parser = parse_bench_seconds)]
    pub(crate) seconds: f64,
    #[command(flatten)]
    pub(crate) over: PresetOverArgs,
    /// Print one JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

fn parse_bench_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 3600.0 => Ok(seconds),
        _ => Err("expected seconds, above 0 and to 3600".into()),
    }
}
