use super::*;
use crate::find_run;
use crate::picture::write_picture;

fn create(parent: &Path) -> RunFolder {
    RunFolder::create(parent, "a b/c", "name = \"x\"\n", &serde_json::json!({"threads": 2})).unwrap()
}

#[test]
fn folders_are_numbered_and_found() {
    let dir = tempfile::tempdir().unwrap();
    assert!(find_run(dir.path()).is_err());
    let (a, b) = (create(dir.path()), create(dir.path()));
    assert!(a.path().ends_with("0000-a-b-c") && b.path().ends_with("0001-a-b-c"));
    assert_eq!(find_run(dir.path()).unwrap(), b.path());
    assert_eq!(find_run(a.path()).unwrap(), a.path());
}

#[test]
fn a_locked_folder_names_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    let run = create(dir.path());
    let error = RunFolder::open_locked(run.path()).unwrap_err().to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    let path = run.path().to_path_buf();
    drop(run);
    assert!(RunFolder::open_locked(&path).is_ok());
}

/// A past of evaluations at so many images; of the marked ones each was the best when it was made.
fn past(evaluations: &[(u64, bool)]) -> Past {
    let all = evaluations.iter().map(|&(images, best)| crate::past::tests::evaluation(images, best));
    Past { seconds: 0.0, evaluations: all.collect() }
}

#[test]
fn pruning_keeps_the_newest_and_the_best() {
    let dir = tempfile::tempdir().unwrap();
    let run = create(dir.path());
    let publish = |images, best| {
        fs::write(run.checkpoint_path(images), b"").unwrap();
        run.publish_checkpoint(images, 2).unwrap();
        if best {
            run.publish_best(images, 2).unwrap();
        }
        let name = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().parse::<u64>().unwrap();
        run.checkpoints().unwrap().into_iter().map(name).collect::<Vec<_>>()
    };
    assert!(run.best().unwrap_err().to_string().contains("no best checkpoint"));
    publish(10, false);
    publish(20, true);
    publish(30, false);
    assert_eq!(publish(40, false), [20, 30, 40]);
    assert_eq!(publish(50, true), [40, 50]);
    assert_eq!(run.best().unwrap(), run.checkpoint_path(50));
    run.settle_best(&past(&[(40, true), (50, false)]), 50).unwrap();
    assert_eq!(run.best().unwrap(), run.checkpoint_path(40));
    // The past knows of none, or of one that is gone: that is no reason to lose the one there is.
    run.settle_best(&past(&[]), 50).unwrap();
    run.settle_best(&past(&[(30, true)]), 50).unwrap();
    assert_eq!(run.best().unwrap(), run.checkpoint_path(40));
    // Of a course that the run has left.
    run.settle_best(&past(&[]), 30).unwrap();
    assert!(run.best().is_err());
    run.settle_best(&past(&[]), 30).unwrap();
    run.remove_checkpoint(50).unwrap();
    run.remove_checkpoint(40).unwrap();
    assert_eq!(run.checkpoints().unwrap(), [run.checkpoint_path(50)]);
}

#[test]
fn numbers_order_runs_and_checkpoints() {
    let dir = tempfile::tempdir().unwrap();
    let first = create(dir.path());
    for name in ["9999-x", "10000-x", "notes"] {
        fs::create_dir(dir.path().join(name)).unwrap();
        fs::copy(first.path().join("config.toml"), dir.path().join(name).join("config.toml")).unwrap();
    }
    assert!(find_run(dir.path()).unwrap().ends_with("10000-x"));
    assert!(create(dir.path()).path().ends_with("10001-a-b-c"));
    fs::create_dir(dir.path().join(format!("{}-x", u64::MAX))).unwrap();
    let last = RunFolder::create(dir.path(), "n", "", &serde_json::json!({})).unwrap_err().to_string();
    assert!(last.contains("no number is left"), "{last}");
    for images in [9_999_999_999, 10_000_000_000, 64] {
        fs::write(first.checkpoint_path(images), b"").unwrap();
    }
    let all = [64, 9_999_999_999, 10_000_000_000].map(|images| first.checkpoint_path(images));
    assert_eq!(first.checkpoints().unwrap(), all);
    assert_eq!(first.latest(&all).unwrap(), all[2]);
}

#[test]
fn only_what_the_program_made_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let run = create(dir.path());
    let (samples, checkpoints) = (run.path().join("samples"), run.path().join("checkpoints"));
    write_picture(&run.sample_path(64), &[0], 1, 1, 1).unwrap();
    write_picture(&run.sample_path(32), &[0], 1, 1, 1).unwrap();
    fs::write(run.checkpoint_path(64), b"").unwrap();
    let others = [
        samples.join("20240101.jpg"),
        samples.join("20240101.png"),
        // A foreign picture under a grid's name.
        samples.join("0020240101.png"),
        checkpoints.join("99999.safetensors"),
        checkpoints.join("mine.safetensors"),
    ];
    others.iter().for_each(|path| fs::write(path, b"\x89PNG\r\n\x1a\n").unwrap());
    run.forget_beyond(32).unwrap();
    assert!(others.iter().all(|path| path.exists()));
    assert!(run.sample_path(32).exists() && !run.sample_path(64).exists());
    assert!(run.checkpoints().unwrap().is_empty());
}

#[test]
fn a_checkpoint_s_name_leads_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let run = create(dir.path());
    let outside = dir.path().join("0000000099.safetensors");
    fs::write(&outside, b"").unwrap();
    fs::write(run.checkpoint_path(5), b"").unwrap();
    for text in ["../../0000000099.safetensors", outside.to_str().unwrap(), "mine.safetensors", "..", ""] {
        for name in ["latest", "best"] {
            fs::write(run.path().join("checkpoints").join(name), text).unwrap();
        }
        let all = run.checkpoints().unwrap();
        assert_eq!((run.latest(&all).unwrap(), run.best_checkpoint()), (run.checkpoint_path(5), None));
    }
}

#[test]
fn what_could_not_begin_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let parent = dir.path().join("a/b");
    create(&parent).discard_unused();
    assert!(!dir.path().join("a").exists());
    let run = create(&parent);
    fs::write(run.events_path(), b"{}\n").unwrap();
    let path = run.path().to_path_buf();
    run.discard_unused();
    assert!(path.join("events.jsonl").exists());
    // Not a folder that was there before.
    RunFolder::open_locked(&path).unwrap().discard_unused();
    assert!(path.join("config.toml").exists());
}

#[test]
fn what_is_no_run_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(RunFolder::open(&dir.path().join("none")).unwrap_err().to_string().contains("no such folder"));
    assert!(RunFolder::open(dir.path()).unwrap_err().to_string().contains("not a run"));
    let run = create(dir.path());
    let error = run.read_checkpoint(&CheckpointChoice::Latest).unwrap_err().to_string();
    assert!(error.contains("no checkpoint yet"), "{error}");
    fs::write(run.checkpoint_path(5), b"rubbish").unwrap();
    let error = run.read_checkpoint(&CheckpointChoice::Latest).unwrap_err().to_string();
    assert!(error.contains("truncated or no checkpoint") && error.contains("no other checkpoint"), "{error}");
    let error = run.read_checkpoint(&CheckpointChoice::Named("7".into())).unwrap_err().to_string();
    assert!(error.contains("has no checkpoint `7`; it has: 0000000005"), "{error}");
}
