//! Commands in README and docs/ name real subcommands, flags, values, presets and config keys.

use clap::error::ErrorKind;
use clap::{Command as Definition, CommandFactory, Parser};
use gan::config::Written;
use gan::presets;

use super::markdown::Page;
use super::{pages, read, shell};
use crate::args::{Arguments, BenchCommand, Command, PresetOverArgs, PresetsCommand};
use crate::sweep::presets as sweeps;

/// What is wrong with the commands of a page.
fn faults(text: &str) -> Vec<String> {
    let page = Page::parse(text);
    let mut faults = Vec::new();
    for block in page.blocks.iter().filter(|block| block.tag.is_empty() && names_the_program(&block.text)) {
        match shell::commands(&block.text) {
            Ok(commands) => faults.extend(commands.iter().filter_map(|words| fault(words, true))),
            Err(line) => faults.push(format!("a quote is not closed: {line}")),
        }
    }
    for span in &page.spans {
        match shell::commands(span).unwrap_or_default().first() {
            Some(words) if words[0] == "ganymede" => faults.extend(fault(words, false)),
            Some(words) => faults.extend(unknown_flag(words)),
            None => {}
        }
    }
    faults
}

fn names_the_program(text: &str) -> bool {
    text.contains("ganymede ") || text.contains("cargo run")
}

/// What is wrong with a command, if it is one of the program. Text may name a command without its arguments.
fn fault(words: &[String], complete: bool) -> Option<String> {
    let cargo = words
        .iter()
        .position(|word| word == "--")
        .filter(|_| words.starts_with(&["cargo".into(), "run".into()]));
    let arguments = match cargo {
        Some(dashes) => &words[dashes + 1..],
        None if words[0] == "ganymede" => &words[1..],
        None => return None,
    };
    let parsed =
        Arguments::try_parse_from(["ganymede"].into_iter().chain(arguments.iter().map(String::as_str)));
    let wrong = match parsed {
        Ok(arguments) => unknown_name(arguments.command)?,
        Err(error) if shows_help(error.kind()) => return None,
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument && !complete => return None,
        Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
    };
    Some(format!("{}: {wrong}", words.join(" ")))
}

fn shows_help(kind: ErrorKind) -> bool {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    matches!(kind, DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion)
}

/// A preset, sweep or config key that does not exist.
fn unknown_name(command: Command) -> Option<String> {
    let (preset, over, flags): (_, Option<PresetOverArgs>, Vec<_>) = match command {
        Command::Train(args) => (args.preset, Some(args.over), args.evaluation.overlays().collect()),
        Command::Bench(args) => match args.command {
            BenchCommand::Step(args) => (args.preset, Some(args.over), Vec::new()),
            BenchCommand::Layers(args) => (args.preset, Some(args.over), Vec::new()),
        },
        Command::Presets(args) => match args.command {
            Some(PresetsCommand::Show { name }) => (name, None, Vec::new()),
            _ => return None,
        },
        Command::Sweep(args) => {
            let known = args.sweep.ends_with(".toml") || sweeps::find(&args.sweep).is_some();
            return (!known).then(|| format!("no sweep `{}`", args.sweep));
        }
        _ => return None,
    };
    // Files of the reader and placeholders.
    let placeholder = preset.chars().all(|c| c.is_uppercase());
    if preset.ends_with(".toml") || placeholder || over.is_none() && sweeps::find(&preset).is_some() {
        return None;
    }
    // The pages call the reader's data by one name; its config has the keys of every config.
    let preset =
        if preset == DATA || preset.starts_with(&format!("{DATA}.")) { "mnist".to_owned() } else { preset };
    let checked = presets::find(&preset).map_err(anyhow::Error::from).and_then(|_| {
        let source = crate::config::source(&preset)?;
        let mut overlays = over.map(|over| over.overlays(&preset)).transpose()?.unwrap_or_default();
        overlays.extend(flags);
        Ok(Written::parse(&source.with_overlays(&overlays)?)?)
    });
    checked.err().map(|error| format!("{error:#}"))
}

/// A flag in a code span that is not a whole command: `--flag`, or a subcommand and some of its flags.
fn unknown_flag(words: &[String]) -> Option<String> {
    let all = Arguments::command();
    let command = words.iter().try_fold(&all, |command, word| command.find_subcommand(word).ok_or(command));
    let command = command.unwrap_or_else(|last| last);
    let of_ours = words[0].starts_with("--") || all.find_subcommand(&words[0]).is_some();
    let flags = words.iter().filter(|word| word.starts_with("--") && word.len() > 2 && of_ours);
    let unknown = flags
        .map(|word| word[2..].split(['=', '[']).next().unwrap_or_default())
        .find(|flag| !takes(command, flag))?;
    Some(format!("{}: no flag --{unknown}", words.join(" ")))
}

/// Whether a command or one below it has a flag.
fn takes(command: &Definition, flag: &str) -> bool {
    let own = command.get_arguments().any(|arg| arg.get_long() == Some(flag));
    own || ["help", "version"].contains(&flag) || command.get_subcommands().any(|below| takes(below, flag))
}

/// The data of a reader, in commands that take data in the place of a preset.
const DATA: &str = "photos";
/// Flags of other programs that pages mention.
const FOREIGN: [&str; 2] = ["--no-default-features", "--variant penalties"];

#[test]
fn pages_name_what_exists() {
    let all = |page: String| faults(&read(&page)).into_iter().map(move |fault| format!("{page}: {fault}"));
    let wrong: Vec<_> = pages().into_iter().flat_map(all).collect();
    let wrong: Vec<_> =
        wrong.iter().filter(|fault| !FOREIGN.iter().any(|flag| fault.contains(flag))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_does_not_exist_is_seen() {
    let block = |command: &str| format!("```\n{command}\n```\n");
    for sound in [
        block("ganymede train dcgan --until 'fd<5'   # a comment"),
        block("cargo run --release -- train"),
        block("ganymede presets show dense > mine.toml"),
        block("cargo test --workspace"),
        "`ganymede eval`, `ganymede sweep mine.toml`, `eval --usefulness[=N]`, `--set`, `sample --reject`, `train PRESET`, `cargo --frob`"
            .to_owned(),
    ] {
        assert_eq!(faults(&sound), Vec::<String>::new(), "{sound}");
    }
    for wrong in [
        block("ganymede trian"),
        block("ganymede train --frob 1"),
        block("cargo run --release -- train --frob"),
        block("ganymede sample runs --format gif"),
        block("ganymede train dcgam"),
        block("ganymede presets show nothing"),
        block("ganymede sweep nothing"),
        block("ganymede train --set train.epocs=1"),
        block("ganymede train dcgan --image 65x65x3"),
        block("ganymede train \\\n  --frob"),
        block("ganymede write '2026"),
        block("ganymede eval"),
        "`ganymede evaluate`".to_owned(),
        "`ganymede eval --frob`".to_owned(),
        "`--frob`".to_owned(),
        "`sample --usefulness`".to_owned(),
        "`data pack --until`".to_owned(),
    ] {
        assert_eq!(faults(&wrong).len(), 1, "{wrong}: {:?}", faults(&wrong));
    }
}
