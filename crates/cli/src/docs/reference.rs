//! docs/commands.md, made from the definition of the command line.

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory};

use super::assert_current;
use crate::args::Arguments;

const INTRODUCTION: &str = "# Command reference

Every command of `ganymede`, with its arguments, their defaults and their possible values. The same text is in the program:
`ganymede --help` lists the commands, and `ganymede train --help` describes one of them. This page is generated from the program.

[Getting started](getting-started.md) shows the commands in use. The [config reference](config.md) lists the keys that `--set`
takes.
";

/// The page.
fn page() -> String {
    let mut program = Arguments::command();
    program.build();
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n| command | what it does |\n|---|---|\n");
    for command in leaves(&program) {
        let name = name(command);
        let anchor = name.replace(' ', "-");
        page.push_str(&format!("| [`{name}`](#{anchor}) | {} |\n", text(command.get_about())));
    }
    for command in leaves(&program) {
        page.push_str(&section(command));
    }
    page.push_str(&exit_codes(&program));
    page
}

/// The commands that take no other, in the order of the help.
fn leaves(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help");
    let leaves: Vec<_> = below.flat_map(leaves).collect();
    let runs_itself = leaves.is_empty() || !command.is_subcommand_required_set() && !is_program(command);
    if runs_itself { [command].into_iter().chain(leaves).collect() } else { leaves }
}

fn is_program(command: &Command) -> bool {
    command.get_bin_name().is_none_or(|name| !name.contains(' '))
}

fn name(command: &Command) -> String {
    command.get_bin_name().unwrap_or(command.get_name()).to_owned()
}

fn section(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let about = sentence(&text(command.get_long_about().or(command.get_about())));
    let usage = usage.trim_start_matches("Usage: ");
    let mut section = format!("\n## {}\n\n{about}\n\n```text\n{usage}\n```\n", name(command));
    let arguments = command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help");
    let rows: Vec<_> =
        arguments.map(|arg| format!("| `{}` | {} |\n", cell(&shape(arg)), cell(&meaning(arg)))).collect();
    if !rows.is_empty() {
        section.push_str(&format!("\n| argument | meaning |\n|---|---|\n{}", rows.concat()));
    }
    for part in text(command.get_after_long_help()).split("\n\n").filter(|part| !part.is_empty()) {
        section.push_str(&format!("\n{}\n", after_help(part)));
    }
    section
}

/// How an argument is written: `-n, --count <N>`.
fn shape(arg: &Arg) -> String {
    let value =
        arg.get_value_names().map(|names| names.join(" ")).filter(|_| arg.get_action().takes_values());
    let value = value.map(|value| format!("<{value}>"));
    if arg.is_positional() {
        let value = value.unwrap_or_default();
        let value = if arg.is_required_set() { value } else { value.replace('<', "[").replace('>', "]") };
        let many = arg.get_num_args().is_some_and(|count| count.max_values() > 1);
        return format!("{value}{}", if many { "..." } else { "" });
    }
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let flag = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    match value {
        Some(value) if arg.is_require_equals_set() => format!("{flag}[={value}]"),
        Some(value) => format!("{flag} {value}"),
        None => flag,
    }
}

/// Help, possible values and default.
fn meaning(arg: &Arg) -> String {
    let mut meaning = sentence(&text(arg.get_long_help().or(arg.get_help())));
    let values: Vec<_> = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).collect();
    // A flag without a value has true and false.
    if arg.get_action().takes_values() && !values.is_empty() {
        let values = values.iter().map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({})", value.get_name(), text(Some(help)).trim_end_matches('.')),
            None => format!("`{}`", value.get_name()),
        });
        meaning.push_str(&format!(" Values: {}.", values.collect::<Vec<_>>().join(", ")));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        meaning.push_str(&format!(" Default: `{}`.", defaults.join(", ")));
    }
    meaning
}

/// With the full stop that clap removes from help of one paragraph.
fn sentence(text: &str) -> String {
    if text.is_empty() || text.ends_with(['.', '?', ']']) { text.to_owned() } else { format!("{text}.") }
}

fn text(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// Text as a table's cell holds it.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A paragraph after the arguments: a title and an indented block, or text.
fn after_help(paragraph: &str) -> String {
    let (title, block) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
    if block.is_empty() || !block.lines().all(|line| line.starts_with("  ")) {
        return paragraph.to_owned();
    }
    let lines: Vec<_> = block.lines().map(|line| &line[2..]).collect();
    let tag = match lines[0] {
        line if line.starts_with("ganymede ") => "",
        line if line.contains(" = ") => "toml",
        _ => "text",
    };
    format!("{title}\n\n```{tag}\n{}\n```", lines.join("\n"))
}

fn exit_codes(program: &Command) -> String {
    let after = text(program.get_after_help());
    let codes = after.split("\n\n").find_map(|part| part.strip_prefix("Exit codes: "));
    let rows = codes.unwrap_or_default().trim_end_matches('.').split(", ");
    let rows = rows
        .filter_map(|code| code.split_once(' '))
        .map(|(code, meaning)| format!("| {code} | {meaning} |\n"));
    format!("\n## Exit codes\n\n| code | meaning |\n|---|---|\n{}", rows.collect::<String>())
}

#[test]
fn the_command_reference_is_that_of_the_program() {
    assert_current("docs/commands.md", &page());
}

#[test]
fn arguments_are_written_as_they_are_typed() {
    let program = Command::new("program")
        .arg(Arg::new("run").value_name("RUN|FILE").required(true).help("The run."))
        .arg(
            Arg::new("format")
                .long("format")
                .short('f')
                .value_name("KIND")
                .value_parser(["a", "b"])
                .default_value("b"),
        )
        .arg(Arg::new("quiet").long("quiet").action(clap::ArgAction::SetTrue).help("No progress."))
        .arg(Arg::new("old").long("old").hide(true))
        .after_long_help("Examples:\n  ganymede x   # y\n\nMore.");
    let section = section(&program);
    for part in [
        "| `<RUN\\|FILE>` | The run. |\n",
        "| `-f, --format <KIND>` | Values: `a`, `b`. Default: `b`. |\n",
        "| `--quiet` | No progress. |\n",
        "\nExamples:\n\n```\nganymede x   # y\n```\n",
        "\nMore.\n",
    ] {
        assert!(section.contains(part), "{part}: {section}");
    }
    assert!(!section.contains("old"), "{section}");
}
