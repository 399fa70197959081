//! Whether the classes of two sources are the same: matched by their names, never by their positions alone.
//!
//! Labels of one source and classes of another are always matched by [`match_classes`], or by [`pair_classes`] if the user
//! confirmed that the names differ.

use std::fmt;

/// Most names that a message lists.
const MAX_LISTED: usize = 20;

/// The classes of a source: how many there are, and what they are called if it names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classes<'a> {
    /// Every label is below it.
    pub count: usize,
    /// A name for each, by label.
    pub names: Option<&'a [String]>,
}

impl<'a> Classes<'a> {
    /// `count` classes, with these names if there is one for each.
    pub fn new(count: usize, names: &'a [String]) -> Classes<'a> {
        Classes { count, names: (count > 0 && names.len() == count).then_some(names) }
    }

    /// What a class is called: its name, or its number.
    pub fn name(&self, class: usize) -> String {
        self.names.and_then(|names| names.get(class).cloned()).unwrap_or_else(|| class.to_string())
    }

    fn index_of(&self, name: &str) -> Option<usize> {
        self.names?.iter().position(|own| own == name)
    }

    /// The names as numbers, if all are numbers and no two the same.
    fn numbers(&self) -> Option<Vec<u64>> {
        let numbers: Vec<u64> =
            self.names?.iter().map(|name| name.parse().ok()).collect::<Option<Vec<_>>>()?;
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        (sorted.len() == numbers.len()).then_some(numbers)
    }
}

impl fmt::Display for Classes<'_> {
    /// `cat, dog`, or of classes without names `0 to 2 (no names)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(names) = self.names else {
            return match self.count {
                0 => f.write_str("none"),
                1 => f.write_str("0 (no name)"),
                count => write!(f, "0 to {} (no names)", count - 1),
            };
        };
        let listed =
            names.iter().take(MAX_LISTED).map(|name| crate::shown(name)).collect::<Vec<_>>().join(", ");
        match names.len().saturating_sub(MAX_LISTED) {
            0 => f.write_str(&listed),
            more => write!(f, "{listed} and {more} more"),
        }
    }
}

/// How classes were matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchedBy {
    /// Both sides name them.
    Names,
    /// Neither side names them, or the names are the numbers.
    Numbers,
    /// Labels without names against classes with names. Only the order supports this match, so the user gets a note.
    Positions,
}

/// For each class of one source its place among the classes of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassMap {
    to: Vec<u16>,
    /// How the classes were matched.
    pub by: MatchedBy,
}

impl ClassMap {
    /// The other source's number of class `label`.
    ///
    /// # Panics
    /// If `label` is no class of the source.
    pub fn of(&self, label: u16) -> u16 {
        self.to[usize::from(label)]
    }

    /// Whether every class has the number that it had.
    pub fn is_identity(&self) -> bool {
        (0..).zip(&self.to).all(|(own, &to)| own == to)
    }
}

/// Two sources whose classes are not the same, with both lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the classes differ: {own} against {known}")]
pub struct ClassesDiffer {
    /// The classes of the labels.
    pub own: String,
    /// The classes that they were to be matched with.
    pub known: String,
}

/// The places of the classes `own` among the classes `known`. Each of `own` must be one of `known`; `known` may have more.
///
/// Names are matched by name, also `07` with `7` where all names are numbers. Names against numbers match where the names
/// are numbers. Labels without names are numbers; against names they are positions, and [`MatchedBy::Positions`] says so.
///
/// # Errors
/// [`ClassesDiffer`] with both lists.
pub fn match_classes(own: Classes, known: Classes) -> Result<ClassMap, ClassesDiffer> {
    let differ = || ClassesDiffer { own: own.to_string(), known: known.to_string() };
    let map = |places: Option<Vec<usize>>, by| {
        let to: Option<Vec<u16>> =
            places.map(|places| places.into_iter().map(|place| u16::try_from(place).ok()).collect())?;
        to.map(|to| ClassMap { to, by })
    };
    let in_order = || (own.count <= known.count).then(|| (0..own.count).collect::<Vec<_>>());
    let found = match (own.names, known.names) {
        (Some(names), Some(_)) => {
            let places = names.iter().map(|name| known.index_of(name)).collect();
            map(places, MatchedBy::Names).or_else(|| {
                let (own, known) = (own.numbers()?, known.numbers()?);
                let place = |number: &u64| known.iter().position(|other| other == number);
                map(own.iter().map(place).collect(), MatchedBy::Numbers)
            })
        }
        (Some(_), None) => {
            let number = |n: u64| usize::try_from(n).ok().filter(|&n| n < known.count);
            map(own.numbers().and_then(|all| all.into_iter().map(number).collect()), MatchedBy::Numbers)
        }
        (None, Some(_)) => {
            let numbered =
                known.numbers().is_some_and(|all| all.iter().zip(0..).all(|(&name, place)| name == place));
            map(in_order(), if numbered { MatchedBy::Numbers } else { MatchedBy::Positions })
        }
        (None, None) => map(in_order(), MatchedBy::Numbers),
    };
    found.ok_or_else(differ)
}

/// Places for the classes `own` among as many classes `known`, whatever they are called: those of equal names take each
/// other's places, the others the places left over, in order. For a user who confirmed that the names differ on purpose.
///
/// # Errors
/// [`ClassesDiffer`] if they are not equally many.
pub fn pair_classes(own: Classes, known: Classes) -> Result<ClassMap, ClassesDiffer> {
    if let Some(map) = match_classes(own, known).ok().filter(|_| own.count == known.count) {
        return Ok(map);
    }
    if own.count != known.count || u16::try_from(own.count).is_err() {
        return Err(ClassesDiffer { own: own.to_string(), known: known.to_string() });
    }
    let named = |class: usize| known.index_of(own.names?.get(class)?);
    let taken: Vec<usize> = (0..own.count).filter_map(named).collect();
    let mut free = (0..known.count).filter(|place| !taken.contains(place));
    // As many places are free as classes are without one.
    let place = |class: usize| named(class).or_else(|| free.next()).unwrap_or(class) as u16;
    Ok(ClassMap { to: (0..own.count).map(place).collect(), by: MatchedBy::Positions })
}

/// Whether two sources name the same classes, in any order.
pub fn same_names(a: Classes, b: Classes) -> bool {
    a.count == b.count && a.names.is_some() && match_classes(a, b).is_ok_and(|map| map.by == MatchedBy::Names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn named(names: &[String]) -> Classes<'_> {
        Classes { count: names.len(), names: Some(names) }
    }

    const fn unnamed(count: usize) -> Classes<'static> {
        Classes { count, names: None }
    }

    fn places(own: Classes, known: Classes) -> Option<(Vec<u16>, MatchedBy)> {
        match_classes(own, known).ok().map(|map| (map.to, map.by))
    }

    #[test]
    fn names_go_before_positions() {
        let (own, known) = (names("light zz"), names("zz dark light"));
        assert_eq!(places(named(&own), named(&known)), Some((vec![2, 0], MatchedBy::Names)));
        let error = match_classes(named(&known), named(&own)).unwrap_err();
        assert_eq!(error.to_string(), "the classes differ: zz, dark, light against light, zz");
        assert!(same_names(named(&names("b a")), named(&names("a b"))));
        assert!(!same_names(named(&names("a")), named(&names("a b"))));
    }

    #[test]
    fn numbers_are_numbers_however_they_are_written() {
        let (padded, plain) = (names("00 01 10"), names("10 0 1"));
        assert_eq!(places(named(&padded), named(&plain)), Some((vec![1, 2, 0], MatchedBy::Numbers)));
        assert_eq!(places(named(&padded), unnamed(11)), Some((vec![0, 1, 10], MatchedBy::Numbers)));
        assert_eq!(places(named(&padded), unnamed(10)), None);
        assert_eq!(places(named(&names("1 01")), unnamed(3)), None);
        assert_eq!(places(named(&names("cat dog")), unnamed(3)), None);
    }

    #[test]
    fn labels_without_names_are_positions_and_said_to_be() {
        assert_eq!(places(unnamed(2), unnamed(3)), Some((vec![0, 1], MatchedBy::Numbers)));
        assert_eq!(places(unnamed(4), unnamed(3)), None);
        assert_eq!(places(unnamed(2), named(&names("cat dog"))), Some((vec![0, 1], MatchedBy::Positions)));
        assert_eq!(places(unnamed(2), named(&names("0 1"))), Some((vec![0, 1], MatchedBy::Numbers)));
        assert_eq!(places(unnamed(3), named(&names("cat dog"))), None);
    }

    #[test]
    fn a_renamed_class_takes_the_place_that_is_free() {
        let (own, known) = (names("light zz_dark"), names("dark light"));
        let map = pair_classes(named(&own), named(&known)).unwrap();
        assert_eq!((map.of(0), map.of(1), map.by), (1, 0, MatchedBy::Positions));
        assert_eq!(pair_classes(named(&names("b a")), named(&names("a b"))).unwrap().by, MatchedBy::Names);
        assert!(pair_classes(named(&names("a")), named(&names("a b"))).is_err());
    }

    #[test]
    fn long_lists_are_cut() {
        let many: Vec<String> = (0..25).map(|i| format!("c{i}")).collect();
        assert!(named(&many).to_string().ends_with("c19 and 5 more"));
        assert_eq!(unnamed(3).to_string(), "0 to 2 (no names)");
        assert_eq!(unnamed(0).to_string(), "none");
    }
}
