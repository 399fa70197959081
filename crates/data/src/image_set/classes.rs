//! The classes of a set's labels, and other numbers for them.

use std::sync::Arc;

use super::{ImageSet, Inner};
use crate::classes::{ClassMap, Classes, ClassesDiffer, MatchedBy, match_classes};

impl ImageSet {
    /// The classes of the labels, if there are labels.
    pub fn label_classes(&self) -> Option<Classes<'_>> {
        Some(Classes { count: self.classes()?, names: self.class_names() })
    }

    /// The same images with the labels that `map` gives them, which mean the classes `known`.
    ///
    /// # Panics
    /// If `map` is not one of this set's classes.
    #[must_use]
    pub fn renumbered(&self, map: &ClassMap, known: Classes) -> Self {
        let mut inner = Inner::clone(&self.inner);
        if let Some(labels) = &mut inner.labels {
            labels.iter_mut().for_each(|label| *label = map.of(*label));
            inner.classes = Some(known.count);
            inner.class_names = known.names.map(<[String]>::to_vec);
        }
        Self { inner: Arc::new(inner) }
    }

    /// The same images with labels that mean the classes `known`, and how they were matched. A set without labels stays as
    /// it is.
    ///
    /// # Errors
    /// [`ClassesDiffer`] if it has a class that is not among these.
    pub fn in_classes(&self, known: Classes) -> Result<(ImageSet, MatchedBy), ClassesDiffer> {
        let Some(own) = self.label_classes() else { return Ok((self.clone(), MatchedBy::Numbers)) };
        let map = match_classes(own, known)?;
        Ok((self.renumbered(&map, known), map.by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_set_takes_the_numbers_of_the_classes_it_is_matched_with() {
        let set = ImageSet::new("s", 1, 1, 1, vec![1, 2, 3], Some(vec![0, 1, 1])).unwrap();
        let set = set.with_class_names(names("b a")).unwrap();
        let known = names("a b c");
        let (set, by) = set.in_classes(Classes { count: 3, names: Some(&known) }).unwrap();
        assert_eq!((set.labels(), by), (Some([1, 0, 0].as_slice()), MatchedBy::Names));
        assert_eq!((set.classes(), set.class_names()), (Some(3), Some(known.as_slice())));
        assert!(set.in_classes(Classes { count: 3, names: None }).is_err());
    }
}
