//! Labels of data are matched with a run's classes: by name, with a note where only their order matches, and refused with
//! both lists otherwise.

use anyhow::bail;
use data::ImageSet;
use data::classes::{Classes, ClassesDiffer, MatchedBy, match_classes, pair_classes};
use model::{Header, identity};

use crate::output::{Quiet, note};

/// The set with labels that mean the run's classes. A set or a run without labels stays as it is.
///
/// # Errors
/// With both lists, if the set has a class that the run has not.
pub(crate) fn of_run(set: ImageSet, header: &Header) -> anyhow::Result<ImageSet> {
    let known = header.label_classes();
    let Some(own) = set.label_classes().filter(|_| known.count > 0) else { return Ok(set) };
    match match_classes(own, known) {
        Ok(map) => {
            if map.by == MatchedBy::Positions {
                by_position(set.name(), own, known);
            }
            Ok(set.renumbered(&map, known))
        }
        // Runs of earlier versions, and of data without names, name no classes.
        Err(_) if known.names.is_none() && own.count == known.count => {
            by_position(set.name(), own, known);
            Ok(set)
        }
        Err(differ) => bail!("{}", refusal(&set, &differ)),
    }
}

/// The set with the labels that a run's weights have for these classes, to begin a new run with. Classes of equal names keep
/// their labels, others take the free ones, with a note.
pub(crate) fn for_weights_of(set: ImageSet, header: &Header) -> ImageSet {
    let known = header.label_classes();
    let own = set.label_classes().filter(|own| own.count == known.count && own.names != known.names);
    let Some(own) = own else { return set };
    if pair_classes(own, known).is_ok_and(|map| map.by == MatchedBy::Positions) {
        by_position(set.name(), own, known);
    }
    identity::in_classes_of(set, header, true)
}

/// The error if the classes of a set are not those of the run.
fn refusal(set: &ImageSet, differ: &ClassesDiffer) -> String {
    format!(
        "{}: the classes of these images are not the run's\n  classes here: {}\n  classes of the run: {}",
        set.name(),
        differ.own,
        differ.known
    )
}

/// Prints a note that classes were matched by their order alone.
pub(crate) fn by_position(data: &str, own: Classes, known: Classes) {
    let mut pairs: Vec<String> = Vec::new();
    if let Ok(map) = pair_classes(own, known).or_else(|_| match_classes(own, known)) {
        let shown = (0..own.count.min(20)).map(|class| {
            let to = map.of(u16::try_from(class).unwrap_or_default());
            format!("`{}` for `{}`", own.name(class), known.name(to.into()))
        });
        pairs.extend(shown);
    }
    let text = format!(
        "warning: the classes of {data} are {own}, those of the run are {known}; not by name, but by their order, these are \
         taken for each other: {}",
        pairs.join(", ")
    );
    note(Quiet(false), &text);
}
