//! Whether images are those that a model was trained on: by their content, and their classes by name.

use data::ImageSet;
use data::classes::{Classes, ClassesDiffer, pair_classes, same_names};

use crate::header::Header;

/// The parts in which images differ from the training images of the model: `images`, `labels`, `images and labels` or `classes`;
/// none if they are the same.
///
/// The content is compared, in its order. If it is the same, classes may have other names. A header of an early version has no
/// hash of the content: then the names must be the same.
pub fn difference(images: &ImageSet, header: &Header) -> Option<&'static str> {
    match &header.provenance.data.hash {
        Some(before) => images.content_hash().difference(before),
        None => names_differ(images, header).then_some("classes"),
    }
}

/// The images with the labels of a model that was trained on the same classes, in any order. If the images have no names of classes,
/// they get those of the model.
///
/// With `pair`, classes of other names take the labels that are free: for training that continues with other data, or from
/// weights alone.
pub fn in_classes_of(images: ImageSet, header: &Header, pair: bool) -> ImageSet {
    let known = header.label_classes();
    let Some(own) = images.label_classes().filter(|own| own.count == known.count) else { return images };
    match (own.names, known.names) {
        (Some(names), Some(_)) if pair || same_names(own, known) => {
            let Ok(map) = pair_classes(own, known) else { return images };
            let mut renamed = names.to_vec();
            (0..).zip(names).for_each(|(own, name)| renamed[usize::from(map.of(own))].clone_from(name));
            images.renumbered(&map, Classes::new(own.count, &renamed))
        }
        (None, Some(names)) if Some(images.content_hash()) == header.provenance.data.hash => {
            images.clone().with_class_names(names.to_vec()).unwrap_or(images)
        }
        _ => images,
    }
}

/// Both lists of classes, if those of the images differ from those of the model.
pub fn lists(images: &ImageSet, header: &Header) -> Option<ClassesDiffer> {
    let known = header.label_classes();
    let own = images.label_classes().unwrap_or(Classes { count: 0, names: None });
    (own != known).then(|| ClassesDiffer { own: own.to_string(), known: known.to_string() })
}

fn names_differ(images: &ImageSet, header: &Header) -> bool {
    let own = images.label_classes().and_then(|own| own.names);
    own.zip(header.label_classes().names).is_some_and(|(own, known)| own != known)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of an early version: without the content of the data.
    fn header(classes: usize, names: &[&str]) -> Header {
        let json = serde_json::json!({
            "format": "2.0", "image_shape": [1, 1, 1], "latent": { "size": 1 }, "generator": { "layers": [] },
            "classes": classes, "class_names": names,
        });
        serde_json::from_value(json).unwrap()
    }

    fn images(labels: [u16; 3], names: &[&str]) -> ImageSet {
        let set = ImageSet::new("s", 1, 1, 1, vec![1, 2, 3], Some(labels.to_vec())).unwrap();
        if names.is_empty() { set } else { set.with_class_names(owned(names)).unwrap() }
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn without_a_hash_the_names_decide() {
        let header = header(2, &["a", "b"]);
        assert!(!serde_json::to_string(&header).unwrap().contains("hash"));
        assert_eq!(difference(&images([0, 1, 1], &["a", "b"]), &header), None);
        assert_eq!(difference(&images([0, 1, 1], &[]), &header), None);
        assert_eq!(difference(&images([0, 1, 1], &["b", "c"]), &header), Some("classes"));
    }

    #[test]
    fn the_same_names_in_another_order_keep_the_run_s_numbers() {
        let set = in_classes_of(images([0, 1, 1], &["b", "a"]), &header(2, &["a", "b"]), false);
        assert_eq!(
            (set.labels(), set.class_names()),
            (Some([1, 0, 0].as_slice()), Some(&*owned(&["a", "b"])))
        );
        assert_eq!(lists(&set, &header(2, &["a", "b"])), None);
    }

    #[test]
    fn other_names_take_free_places_only_where_that_is_asked_for() {
        let (set, run) = (images([0, 1, 1], &["b", "z"]), header(2, &["a", "b"]));
        assert_eq!(in_classes_of(set.clone(), &run, false).labels(), set.labels());
        let paired = in_classes_of(set, &run, true);
        let labels = paired.labels();
        assert_eq!((labels, paired.class_names()), (Some([1, 0, 0].as_slice()), Some(&*owned(&["z", "b"]))));
    }

    #[test]
    fn names_that_the_data_lack_are_the_run_s_only_for_the_same_content() {
        let set = images([0, 1, 1], &[]);
        let mut run = header(2, &["a", "b"]);
        run.provenance.data.hash = Some(set.content_hash());
        assert_eq!(difference(&set, &run), None);
        assert_eq!(difference(&images([1, 1, 0], &[]), &run), Some("labels"));
        assert_eq!(in_classes_of(set, &run, false).class_names(), Some(&*owned(&["a", "b"])));
        let other = images([1, 1, 0], &[]);
        assert_eq!(in_classes_of(other, &run, false).class_names(), None);
    }
}
