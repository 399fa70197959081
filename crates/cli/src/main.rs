//! The `ganymede` program: it turns flags into a config and calls the libraries.
//!
//! Results go to standard output, progress and errors to standard error. Exit codes are in [`exit`].

mod args;
mod blind_test;
mod classes;
mod commands;
mod compare;
mod config;
#[cfg(test)]
mod docs;
mod draw;
mod dry_run;
mod ending;
mod environment;
mod evaluation;
mod exit;
mod extension;
mod foreign;
mod gate;
mod hints;
mod html;
mod interrupt;
mod judges;
mod lettering;
mod model_card;
mod morphing;
mod output;
mod own_judge;
mod pictures;
mod plot;
mod product_file;
mod progress;
mod reading;
mod recipe;
mod report;
mod run_log;
mod runs;
mod session;
mod showcase;
mod summary;
mod sweep;
mod threads;
mod time;
mod verdict;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    interrupt::start();
    let arguments = args::Arguments::try_parse().unwrap_or_else(|error| exit::usage(error));
    exit::code(commands::run(arguments.command))
}
