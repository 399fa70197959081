//! A command, the typed one or another, with flags added and removed.

use std::fmt;
use std::path::Path;

use clap::{Arg, ArgAction, CommandFactory};

use super::shell::quoted;
use crate::args::Arguments;

/// The words of a command after `ganymede`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Typed {
    words: Vec<String>,
}

impl Typed {
    /// The arguments of this process.
    pub(crate) fn now() -> Typed {
        let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
        Typed { words: words.collect() }
    }

    /// Another command.
    pub(crate) fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Typed {
        Typed { words: words.into_iter().map(str::to_owned).collect() }
    }

    /// Whether the command is `resume`.
    pub(crate) fn resumes(&self) -> bool {
        self.words.first().is_some_and(|word| word == "resume")
    }

    /// Whether the command has a flag of this name, without its dashes.
    pub(crate) fn takes(&self, flag: &str) -> bool {
        self.flag(flag).is_some()
    }

    /// With a flag and its value. It replaces what was typed for the flag.
    pub(crate) fn with(self, flag: &str, value: &str) -> Typed {
        self.without(flag).and([format!("--{flag}"), value.to_owned()])
    }

    /// With a flag that takes no value.
    pub(crate) fn with_flag(self, flag: &str) -> Typed {
        self.without(flag).and([format!("--{flag}")])
    }

    /// With `--set KEY=VALUE`. It replaces what was typed for the key.
    pub(crate) fn with_set(mut self, set: &str) -> Typed {
        let key = set.split_once('=').map_or(set, |(key, _)| key);
        let same = |text: &str| text.split_once('=').is_some_and(|(own, _)| own.trim() == key);
        let mut at = 0;
        while at < self.words.len() {
            let apart = self.words[at] == "--set" && self.words.get(at + 1).is_some_and(|text| same(text));
            let joined = self.words[at].strip_prefix("--set=").is_some_and(same);
            match (apart, joined) {
                (true, _) => _ = self.words.drain(at..at + 2),
                (_, true) => _ = self.words.remove(at),
                _ => at += 1,
            }
        }
        self.and(["--set".to_owned(), set.to_owned()])
    }

    /// Without a flag and its value.
    pub(crate) fn without(mut self, flag: &str) -> Typed {
        let Some(arg) = self.flag(flag) else { return self };
        let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        let long = format!("--{flag}");
        let short = arg.get_short().map(|short| format!("-{short}"));
        let mut at = 0;
        while at < self.words.len() && self.words[at] != "--" {
            let word = &self.words[at];
            let apart = *word == long || Some(word) == short.as_ref();
            let joined = word.starts_with(&format!("{long}="))
                || takes_value
                    && !word.starts_with("--")
                    && short.as_ref().is_some_and(|short| word.starts_with(short.as_str()));
            match (apart, joined) {
                (true, _) => {
                    let value = usize::from(takes_value && !arg.is_require_equals_set());
                    let end = (at + 1 + value).min(self.words.len());
                    self.words.drain(at..end);
                }
                (_, true) => _ = self.words.remove(at),
                _ => at += 1,
            }
        }
        self
    }

    /// With the positional argument `given` replaced, or removed if `by` is `None`.
    pub(crate) fn replacing(mut self, given: &str, by: Option<&str>) -> Typed {
        let depth = self.subcommands();
        let values: Vec<bool> = self.words.iter().map(|word| self.awaits_value(word)).collect();
        let found = (depth..self.words.len()).find(|&at| self.words[at] == given && !values[at - 1]);
        match (found, by) {
            (Some(at), Some(by)) => self.words[at] = by.to_owned(),
            (Some(at), None) => _ = self.words.remove(at),
            (None, Some(by)) => self.words.insert(depth, by.to_owned()),
            (None, None) => {}
        }
        self
    }

    /// With another file to write; `None` if the command has no flag for it.
    pub(crate) fn with_output(self, path: &Path) -> Option<Typed> {
        let flag = ["output", "plot"].into_iter().find(|flag| self.takes(flag))?;
        Some(self.with(flag, &super::shell::path(path)))
    }

    /// With more words at its end, before a `--`.
    fn and(mut self, words: impl IntoIterator<Item = String>) -> Typed {
        let end = self.words.iter().position(|word| word == "--").unwrap_or(self.words.len());
        self.words.splice(end..end, words);
        self
    }

    /// How many of its words are subcommands.
    fn subcommands(&self) -> usize {
        let mut command = &Arguments::command();
        let mut depth = 0;
        while let Some(next) = self.words.get(depth).and_then(|word| command.find_subcommand(word)) {
            command = next;
            depth += 1;
        }
        depth
    }

    fn arguments(&self) -> Vec<Arg> {
        let all = Arguments::command();
        let mut command = &all;
        for word in &self.words[..self.subcommands()] {
            command = command.find_subcommand(word).unwrap_or(command);
        }
        command.get_arguments().cloned().collect()
    }

    fn flag(&self, flag: &str) -> Option<Arg> {
        self.arguments().into_iter().find(|arg| arg.get_long() == Some(flag))
    }

    /// Whether the word after this one is its value.
    fn awaits_value(&self, word: &str) -> bool {
        self.arguments().iter().any(|arg| {
            let named = arg.get_long().is_some_and(|long| word == format!("--{long}"))
                || arg.get_short().is_some_and(|short| word == format!("-{short}"));
            named && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
        })
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ganymede")?;
        self.words.iter().try_for_each(|word| write!(f, " {}", quoted(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Typed {
        Typed::of(text.split(' '))
    }

    #[test]
    fn a_flag_takes_the_place_of_what_was_typed_for_it() {
        for typed_as in ["-o x.png", "--output x.png", "--output=x.png", "-ox.png"] {
            let command = typed(&format!("sample runs {typed_as} -n 4")).with("output", "y z.npy");
            assert_eq!(command.to_string(), "ganymede sample runs -n 4 --output 'y z.npy'");
        }
        assert_eq!(
            typed("sample runs").with("format", "npy").to_string(),
            "ganymede sample runs --format npy"
        );
        let usefulness = typed("eval runs --usefulness --json").without("usefulness");
        assert_eq!(usefulness.to_string(), "ganymede eval runs --json");
        assert_eq!(
            typed("data pack -- -x").with_flag("skip-broken").to_string(),
            "ganymede data pack --skip-broken -- -x"
        );
    }

    #[test]
    fn a_key_is_set_once() {
        let command = typed("resume runs --set a=1 --set=b=2 --set c=3").with_set("a=4").with_set("b=5");
        assert_eq!(command.to_string(), "ganymede resume runs --set c=3 --set a=4 --set b=5");
    }

    #[test]
    fn commands_know_their_flags_and_arguments() {
        assert!(typed("data pack x").takes("skip-broken") && typed("train").takes("skip-broken"));
        assert!(!typed("sample x").takes("skip-broken"));
        assert_eq!(typed("train --out x x").replacing("x", None).to_string(), "ganymede train --out x");
        assert_eq!(typed("train --out x").replacing("mnist", Some("dense")), typed("train dense --out x"));
        assert_eq!(typed("train mnist").replacing("mnist", Some("dense")), typed("train dense"));
    }
}
