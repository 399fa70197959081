use super::*;

#[test]
fn entries_are_complete_and_names_are_used_once() {
    let mut names: Vec<&str> =
        METRICS.iter().flat_map(|metric| [Some(metric.name), metric.former]).flatten().collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    for metric in METRICS {
        for text in [metric.name, metric.compares, metric.means, metric.source] {
            assert!(!text.is_empty() && !text.contains(['\n', '|']), "{metric}: {text:?}");
        }
        // A digit at the end would be read as a number of samples.
        assert!(!metric.name.ends_with(|c: char| c.is_ascii_digit()), "{metric}");
        assert_eq!(Metric::find(metric.name), Some(*metric));
        assert_eq!(METRICS[metric.place()], *metric);
    }
    assert!(MAIN.is_measured_during_training() && MAIN.headline);
}

#[test]
fn better_is_towards_the_aim() {
    assert!(FD.is_better(1.0, 2.0) && !FD.is_better(2.0, 1.0) && !FD.is_better(1.0, 1.0));
    assert!(COVERAGE.is_better(0.9, 0.8) && !COVERAGE.is_better(0.8, 0.8));
    assert!(DENSITY.is_better(0.9, 1.2) && DENSITY.is_better(1.1, 0.8));
    assert!(TWO_SAMPLE.is_better(0.45, 0.6) && !TWO_SAMPLE.is_better(1.0, 0.6));
    assert!(!FD.is_better(f64::NAN, 1.0));
}

#[test]
fn names_carry_their_counts_and_are_taken_apart_again() {
    for (samples, name) in [(10_000, "fd10k"), (1000, "fd1k"), (999, "fd999"), (2500, "fd2500")] {
        assert_eq!(FD.score_name(samples), name);
    }
    for &metric in METRICS {
        for samples in [1, 584, 1000, 10_000, 26_000] {
            let named = Named { metric, samples: Some(samples), former: None };
            assert_eq!(Metric::parse(&metric.score_name(samples)), Some(named));
        }
        assert_eq!(Metric::parse(metric.name), Some(Named { metric, samples: None, former: None }));
    }
}

#[test]
fn earlier_names_are_understood_with_a_note() {
    let named = Metric::parse("fjd10k").unwrap();
    assert_eq!((named.metric, named.samples), (FD, Some(10_000)));
    assert_eq!(named.note().as_deref(), Some("`fjd` is now called `fd`"));
    assert_eq!(Metric::find("fjd"), Some(FD));
    assert_eq!(Metric::parse("fd10k").unwrap().note(), None);
}

#[test]
fn what_is_no_name_is_refused() {
    for name in
        ["", "k", "10k", "fid", "fid10k", "fdk", "fd10m", "fd 10k", "fd10kk", "fd99999999999999999999"]
    {
        assert_eq!(Metric::parse(name), None, "{name}");
    }
    assert_eq!(Metric::find("fd10k"), None);
}
