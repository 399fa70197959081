//! Whether images are those that a run was trained on: by their content, and their classes by name.

use data::ImageSet;
use data::classes::{Classes, ClassesDiffer, pair_classes, same_names};

use crate::checkpoint::{Checkpoint, Description};
use crate::error::GanError;

/// Refuses images, labels or classes that a checkpoint was not trained on.
///
/// The content in its order decides. Where it is the same, classes may have been given other names. A checkpoint of an earlier
/// version does not know its content: then the names have to be the same.
pub(crate) fn check(images: &ImageSet, checkpoint: &Checkpoint) -> Result<(), GanError> {
    let description = checkpoint.description();
    let what = match &description.data_hash {
        Some(before) => images.content_hash().difference(before),
        None => names_differ(images, description).then_some("classes"),
    };
    match what {
        None => Ok(()),
        Some(what) => Err(GanError::OtherData {
            path: checkpoint.path().to_path_buf(),
            what,
            classes: lists(images, description),
        }),
    }
}

/// The images with their labels in the numbering of a run that was trained on the same classes, in whatever order these have
/// come since. Names that the images lack are the run's.
///
/// With `pair`, classes of other names take the places that are left over, for a user who goes on with other data, or with
/// the weights alone.
pub fn in_classes_of_run(images: ImageSet, description: &Description, pair: bool) -> ImageSet {
    let known = description.label_classes();
    let Some(own) = images.label_classes().filter(|own| own.count == known.count) else { return images };
    match (own.names, known.names) {
        (Some(names), Some(_)) if pair || same_names(own, known) => {
            let Ok(map) = pair_classes(own, known) else { return images };
            let mut renamed = names.to_vec();
            (0..).zip(names).for_each(|(own, name)| renamed[usize::from(map.of(own))].clone_from(name));
            images.renumbered(&map, Classes::new(own.count, &renamed))
        }
        (None, Some(names)) if Some(images.content_hash()) == description.data_hash => {
            images.clone().with_class_names(names.to_vec()).unwrap_or(images)
        }
        _ => images,
    }
}

/// Both lists of classes, where the images' are not the run's.
pub fn lists(images: &ImageSet, description: &Description) -> Option<ClassesDiffer> {
    let known = description.label_classes();
    let own = images.label_classes().unwrap_or(Classes { count: 0, names: None });
    (own != known).then(|| ClassesDiffer { own: own.to_string(), known: known.to_string() })
}

fn names_differ(images: &ImageSet, description: &Description) -> bool {
    let own = images.label_classes().and_then(|own| own.names);
    own.zip(description.label_classes().names).is_some_and(|(own, known)| own != known)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a checkpoint of an earlier version describes itself: without the content of its data.
    fn description(classes: usize, names: &[&str]) -> Description {
        let json = serde_json::json!({
            "format": 1, "config": "", "image_shape": [1, 1, 1], "images": 3, "classes": classes, "class_names": names,
            "progress": crate::progress::Progress::default(), "optimizer_steps": [0, 0],
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
    fn a_description_without_content_is_read() {
        let description = description(2, &["a", "b"]);
        assert_eq!(description.data_hash, None);
        assert!(!serde_json::to_string(&description).unwrap().contains("data_hash"));
        assert!(!names_differ(&images([0, 1, 1], &["a", "b"]), &description));
        assert!(!names_differ(&images([0, 1, 1], &[]), &description));
        assert!(names_differ(&images([0, 1, 1], &["b", "c"]), &description));
    }

    #[test]
    fn the_same_names_in_another_order_keep_the_run_s_numbers() {
        let set = in_classes_of_run(images([0, 1, 1], &["b", "a"]), &description(2, &["a", "b"]), false);
        assert_eq!(
            (set.labels(), set.class_names()),
            (Some([1, 0, 0].as_slice()), Some(&*owned(&["a", "b"])))
        );
        assert_eq!(lists(&set, &description(2, &["a", "b"])), None);
    }

    #[test]
    fn other_names_take_free_places_only_where_that_is_asked_for() {
        let (set, run) = (images([0, 1, 1], &["b", "z"]), description(2, &["a", "b"]));
        assert_eq!(in_classes_of_run(set.clone(), &run, false).labels(), set.labels());
        let paired = in_classes_of_run(set, &run, true);
        let labels = paired.labels();
        assert_eq!((labels, paired.class_names()), (Some([1, 0, 0].as_slice()), Some(&*owned(&["z", "b"]))));
    }

    #[test]
    fn names_that_the_data_lack_are_the_run_s_only_for_the_same_content() {
        let set = images([0, 1, 1], &[]);
        let run = Description { data_hash: Some(set.content_hash()), ..description(2, &["a", "b"]) };
        assert_eq!(in_classes_of_run(set, &run, false).class_names(), Some(&*owned(&["a", "b"])));
        let other = images([1, 1, 0], &[]);
        assert_eq!(in_classes_of_run(other, &run, false).class_names(), None);
    }
}
