//! Hints: every command that the program prints after an error.
//!
//! A hint is a whole command on its own line, quoted for a shell: the text after `hint: ` can be pasted. The next line says
//! what it does. The regression tests run each variant of [`Hint`], so a new command belongs there.

mod fitted;
mod shell;
mod typed;

use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use fitted::{Wish, fitted};
pub(crate) use shell::{path, quoted};
pub(crate) use typed::Typed;

/// A command that helps after an error. Those with a [`Typed`] are the user's own command with other flags.
#[derive(Clone, Debug)]
pub(crate) enum Hint {
    ShowPreset(String),
    ListPresets,
    Train(Typed),
    FetchData(String),
    NameData,
    CheckData(PathBuf),
    SkipBroken(Typed),
    Resize(Typed),
    OutputName(Typed),
    OutsideData(Typed),
    OneFile(Typed),
    WideLabels(Typed),
    NewFolder(Typed),
    TestName(Typed),
    TrainSplit(Typed),
    NoUsefulness(Typed),
    NoClasses(Typed),
    TwoClasses(Typed),
    FewerImages(Typed),
    TrainDigits,
    WriteDate(Typed),
    HandEach(Typed),
    OneJudge,
    PrintKeys(String),
    TrainJudge(Typed),
    TakeJudge(Typed),
    NoEvaluation(Typed),
    NewRun(Typed),
    ChangedData(Typed),
    EarlierCheckpoint(Typed),
}

impl Hint {
    /// To write `path` under a name with this ending; `None` if `typed` writes no file.
    pub(crate) fn output_name(typed: Typed, path: &Path, ending: &str) -> Option<Hint> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        typed.with_output(&path.with_file_name(format!("{stem}{ending}"))).map(Hint::OutputName)
    }

    /// The command, and what it does.
    fn parts(&self) -> (Typed, &'static str) {
        let own = |typed: &Typed, what| (typed.clone(), what);
        match self {
            Hint::ShowPreset(name) => (Typed::of(["presets", "show", name]), "prints it"),
            Hint::ListPresets => (Typed::of(["presets"]), "lists them"),
            Hint::Train(typed) => own(typed, "networks and batch for these images"),
            Hint::FetchData(name) => (Typed::of(["data", "fetch", name]), "downloads it"),
            Hint::NameData => (Typed::of(["data", "fetch", "--help"]), "says what each name is"),
            Hint::CheckData(data) => (Typed::of(["data", "check", &path(data)]), "names each file"),
            Hint::SkipBroken(typed) => own(typed, "leaves them out"),
            Hint::Resize(typed) => own(typed, "brings all to one size"),
            Hint::OutputName(typed) => own(typed, "a name that says what it is"),
            Hint::OutsideData(typed) => own(typed, "beside the data"),
            Hint::OneFile(typed) => own(typed, "one file of them all"),
            Hint::WideLabels(typed) => own(typed, "labels of two bytes"),
            Hint::NewFolder(typed) => own(typed, "a new folder"),
            Hint::TestName(typed) => own(typed, "a name by which it is found"),
            Hint::TrainSplit(typed) => own(typed, "the images that D was trained on"),
            Hint::NoUsefulness(typed) => own(typed, "the metrics that need no labels"),
            Hint::NoClasses(typed) => own(typed, "a walk from latent to latent"),
            Hint::TwoClasses(typed) => own(typed, "from one class to another"),
            Hint::FewerImages(typed) => own(typed, "as many as there are"),
            Hint::TrainDigits => (Typed::of(["train", "mnist"]), "trains one that can"),
            Hint::WriteDate(typed) => own(typed, "digits, with - . , : / and spaces between"),
            Hint::HandEach(typed) => own(typed, "each digit by a hand of its own"),
            Hint::OneJudge => (Typed::of(["eval", "--help"]), "--judge judges each run by the same one"),
            Hint::PrintKeys(base) => (Typed::of(["train", base, "--dry-run"]), "prints every key"),
            Hint::TrainJudge(typed) => own(typed, "trains one, if the data have classes; then the next"),
            Hint::TakeJudge(typed) => own(typed, "is judged by it"),
            Hint::NoEvaluation(typed) => own(typed, "without evaluations"),
            Hint::NewRun(typed) => own(typed, "begins a new run with these weights"),
            Hint::ChangedData(typed) => own(typed, "goes on with these images, no longer exactly"),
            Hint::EarlierCheckpoint(typed) => own(typed, "the checkpoint before it is whole"),
        }
    }
}

/// On a line of its own, after an error's text.
impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (command, what) = self.parts();
        write!(f, "\n  hint: {command}\n        ({what})")
    }
}
