//! A judge learns, is kept in a file, and judges; and the one in the program is as good as its README says.

// Helpers outside the test functions are tests as well.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use data::{ImageSet, Split};
use judge::{Images, Judge, JudgeError, Pupil, TrainOptions, UsefulnessOptions, usefulness};
use kernels::Threads;
use kernels::noise::{NoiseKey, fill_uniform};

const SIDE: usize = 8;
const CLASSES: usize = 3;

/// Squares with a bright row, a bright column or a bright diagonal, in noise; `stream` sets one set apart from another.
fn shapes(stream: u64, count: usize) -> ImageSet {
    let mut noise = vec![0.0; count * (SIDE * SIDE + 1)];
    fill_uniform(NoiseKey { seed: 9, stream, step: 0 }, 0, &mut noise);
    let (places, noise) = noise.split_at(count);
    let mut pixels = Vec::new();
    for (i, (place, noise)) in places.iter().zip(noise.chunks_exact(SIDE * SIDE)).enumerate() {
        let at = (place * SIDE as f32) as usize;
        for (p, noise) in noise.iter().enumerate() {
            let (y, x) = (p / SIDE, p % SIDE);
            let bright = [y == at, x == at, (y + x) % SIDE == at][i % CLASSES];
            pixels.push((if bright { 200.0 } else { 20.0 } + 50.0 * noise) as u8);
        }
    }
    let labels = (0..count).map(|i| (i % CLASSES) as u16).collect();
    ImageSet::new("shapes", SIDE, SIDE, 1, pixels, Some(labels)).unwrap()
}

fn trained(threads: usize) -> Judge {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let threads = Threads::new(threads);
        let options = TrainOptions { epochs: 6, seed: 3 };
        let mut losses = Vec::new();
        let mut judge =
            Judge::train(threads, &shapes(1, 1200), options, &mut |epoch| losses.push(epoch.loss)).unwrap();
        assert_eq!(losses.len(), 6);
        assert!(losses[5] < 0.5 * losses[0], "{losses:?}");
        judge.test(threads, &shapes(2, 300)).unwrap();
        judge
    })
}

#[test]
fn it_learns_a_small_set_and_comes_back_from_its_file() {
    let judge = trained(1);
    let test = judge.description().test.unwrap();
    assert!(test.images == 300 && test.accuracy > 0.97, "{test:?}");
    assert_eq!(judge.sha256(), trained(3).sha256(), "the result depends on the number of threads");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shapes.safetensors");
    judge.save(&path).unwrap();
    let again = Judge::load(&path).unwrap();
    assert_eq!((again.sha256(), again.description()), (judge.sha256(), judge.description()));
    let (set, indices) = (shapes(3, 101), (0..101).collect::<Vec<u32>>());
    let view = judge.look(Threads::ONE, &set, &indices).unwrap();
    assert_eq!(view, again.look(Threads::ONE, &set, &indices).unwrap());
    // An image is judged alike whatever stands beside it.
    let one = judge.look(Threads::ONE, &set, &[100]).unwrap();
    let row = |view: &judge::View, i: usize| view.features().unwrap().data()[64 * i..64 * (i + 1)].to_vec();
    assert_eq!(row(&one, 0), row(&view, 100));
    altered_files_are_refused(&path);
}

fn altered_files_are_refused(path: &Path) {
    let whole = fs::read(path).unwrap();
    let refused = |bytes: &[u8], said: &str| {
        fs::write(path, bytes).unwrap();
        let error = Judge::load(path).unwrap_err();
        assert!(matches!(error, JudgeError::File { .. }) && error.to_string().contains(said), "{error}");
    };
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    refused(&changed, "does not match its SHA-256");
    // After the header's length, the header is plain ASCII: places in the text are places in the file.
    let text = String::from_utf8_lossy(&whole[8..]);
    let at = text.find("seed").expect("the seed in the header");
    let digit = 8 + at + text[at..].find(":3").unwrap() + 1;
    let mut changed = whole.clone();
    changed[digit] = b'4';
    refused(&changed, "does not match its SHA-256");
    refused(&whole[..whole.len() - 1], "truncated or not a judge");
    refused(b"rubbish", "truncated or not a judge");
    fs::remove_file(path).unwrap();
    let missing = Judge::load(path).unwrap_err().to_string();
    assert!(missing.contains("cannot open"), "{missing}");
}

#[test]
fn what_cannot_be_learned_or_looked_at_is_refused() {
    let set = |labels: Option<Vec<u16>>| ImageSet::new("s", 2, 2, 1, vec![0; 16], labels).unwrap();
    for (labels, said) in [
        (None, "labels"),
        (Some(vec![0; 4]), "classes"),
        (Some(vec![0, 2, 2, 0]), "none of class 1"),
        (Some(vec![0, 1, 0, 300]), "2 to 256"),
    ] {
        let error =
            Judge::train(Threads::ONE, &set(labels), TrainOptions::default(), &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
    let options = TrainOptions { epochs: 1, seed: 0 };
    let mut judge = Judge::train(Threads::ONE, &shapes(1, 130), options, &mut |_| {}).unwrap();
    let error = judge.look(Threads::ONE, &set(None), &[0]).unwrap_err().to_string();
    assert!(error.contains("8x8x1") && error.contains("2x2x1"), "{error}");
    let unlabelled = ImageSet::new("u", SIDE, SIDE, 1, vec![0; SIDE * SIDE], None).unwrap();
    assert!(judge.test(Threads::ONE, &unlabelled).is_err());
}

/// Shapes whose labels are `turned`, of the classes for which `kept` holds.
fn relabelled(turned: u16, kept: impl Fn(u16) -> bool) -> ImageSet {
    let set = shapes(4, 1200);
    let labels = set.labels().unwrap();
    let rows: Vec<usize> = (0..set.len()).filter(|&i| kept(labels[i])).collect();
    let pixels = rows.iter().flat_map(|&i| set.image(i).into_owned()).collect();
    let labels = rows.iter().map(|&i| (labels[i] + turned) % CLASSES as u16).collect();
    ImageSet::new("generated", SIDE, SIDE, 1, pixels, Some(labels)).unwrap()
}

#[test]
fn images_are_as_useful_as_what_they_teach() {
    let (training, test) = (shapes(1, 900), shapes(2, 300));
    let options = UsefulnessOptions { images: 1000, train: TrainOptions { epochs: 6, seed: 3 } };
    let score = |generated: &ImageSet, test: Option<&ImageSet>| {
        let images = Images { training: &training, test, generated };
        let mut told = Vec::new();
        let score =
            usefulness(Threads::ONE, images, options, &mut |pupil, epoch| told.push((pupil, epoch.epoch)));
        (score.unwrap(), told)
    };
    let (good, told) = score(&relabelled(0, |_| true), Some(&test));
    assert_eq!((good.name().as_str(), good.samples), ("usefulness900", 900));
    assert!(good.value > 0.95 && good.floor.unwrap() > 0.95, "{good:?}");
    assert_eq!((told.len(), told[0], told[11]), (12, (Pupil::Real, 1), (Pupil::Generated, 6)));
    // A class that is never generated is never answered; what is labelled wrongly is learned wrongly.
    let two = score(&relabelled(0, |label| label != 1), Some(&test)).0;
    assert!((two.value - 2.0 / 3.0).abs() < 0.05 && two.name() == "usefulness800", "{two:?}");
    assert!(score(&relabelled(1, |_| true), Some(&test)).0.value < 0.05);
    let halved = score(&relabelled(0, |_| true), None).0;
    assert!(halved.name() == "usefulness450" && halved.value > 0.9, "{halved:?}");
}

#[test]
fn usefulness_needs_labels_of_the_same_classes() {
    let training = shapes(1, 300);
    let refused = |labels: Option<Vec<u16>>, count: usize| {
        let pixels = shapes(2, count).pixels().to_vec();
        let generated = ImageSet::new("generated", SIDE, SIDE, 1, pixels, labels).unwrap();
        let images = Images { training: &training, test: Some(&training), generated: &generated };
        let error = usefulness(Threads::ONE, images, UsefulnessOptions::default(), &mut |_, _| {});
        error.unwrap_err().to_string()
    };
    assert!(refused(None, 200).contains("labels, to measure usefulness"));
    let both = refused(Some(vec![3; 200]), 200);
    assert!(both.contains("0 to 3 (no names) against 0 to 2 (no names)"), "{both}");
    assert!(refused(Some(vec![0; 99]), 99).contains("at least 100"));
}

#[test]
fn every_judge_in_the_program_is_whole_and_small() {
    for name in judge::EMBEDDED {
        let judge = Judge::embedded(name).unwrap().unwrap();
        assert_eq!(judge.description().data, name);
        assert!(judge.bytes() < 500_000);
        let readme = fs::read_to_string("../../assets/judge/README.md").unwrap();
        assert!(readme.contains(judge.sha256()), "the README has another hash than {name}'s judge");
    }
    assert!(Judge::embedded("kmnist").is_none());
}

#[cfg(feature = "mnist")]
#[test]
fn the_judge_of_digits_knows_digits() {
    let judge = Judge::embedded("mnist").unwrap().unwrap();
    assert!(judge.description().test.unwrap().accuracy >= 0.994);
    let test = data::load("mnist", Split::Test).unwrap();
    let indices: Vec<u32> = (0..2000).collect();
    let view = judge.look(Threads::ONE, &test, &indices).unwrap();
    let accuracy = view.accuracy(&test.labels().unwrap()[..2000]);
    assert!(accuracy >= 0.99, "{accuracy}");
}
