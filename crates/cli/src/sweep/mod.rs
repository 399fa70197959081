//! Sweeps: many runs of one experiment with some of its keys moved, each judged, and what came of it.
//!
//! A sweep is a TOML file ([`text`]): a base config, what is laid over it, axes ([`axis`]), seeds, a budget and a metric. It
//! is a plan ([`plan`]) of trials, a setting of the axes each, with a run for each seed ([`config`]). Nothing is trained
//! before every run's config is accepted ([`check`]). Runs are found again by their config ([`runs`]), trained ([`train`])
//! and make a row a trial ([`results`]), and a picture ([`picture`]).

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
