//! Sweeps: many runs of one experiment with some keys changed, and their scores.
//!
//! A sweep is a TOML file ([`text`]): a base config, values set over it, axes ([`axis`]), seeds, a budget and a metric. From
//! it follow trials ([`plan`]): one setting of the axes, with one run for each seed ([`config`]). Nothing is trained before
//! every run's config is accepted ([`check`]). Runs are recognised by their config ([`runs`]) and trained ([`train`]). The
//! results are one row for each trial ([`results`]), and a picture ([`picture`]).

pub(crate) mod axis;
pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod picture;
pub(crate) mod plan;
pub(crate) mod presets;
pub(crate) mod results;
pub(crate) mod runs;
pub(crate) mod score;
pub(crate) mod text;
pub(crate) mod train;
