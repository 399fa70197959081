//! Signals: Ctrl-C, a request to terminate, a hang-up, and a file that grows beyond its limit.
//!
//! | while | first signal | second |
//! |---|---|---|
//! | training | the step is finished and saved, an evaluation is stopped; a note at once | ends at once |
//! | a run's pictures and pages are made | ends at once: the run is saved | |
//! | any other command | ends at once | |
//!
//! Temporary files are removed before the program ends. A hang-up (a closed terminal, a lost connection) may come twice,
//! from the terminal and from the shell, so it never counts as the second. A hang-up that was ignored at the start, as by `nohup`,
//! stays ignored.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use indicatif::ProgressBar;

#[cfg(unix)]
use unix as system;
#[cfg(not(unix))]
use windows as system;

/// Begins to watch for signals; at first, each ends the program.
pub(crate) fn start() {
    system::start();
}

/// From now on, a signal raises the flag returned; while it is raised, another ends the process.
///
/// # Errors
/// If signals cannot be handled.
pub(crate) fn watch() -> io::Result<Arc<AtomicBool>> {
    system::watch()
}

/// From now on, a signal ends the process at once. The run is saved; `missing` names the products that would not be made.
pub(crate) fn unwatch(missing: Option<String>) {
    system::unwatch(missing);
}

/// Prints notes about signals without disturbing a progress bar.
pub(crate) fn beside(bar: &ProgressBar) {
    system::beside(bar);
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
    use std::thread;

    use indicatif::ProgressBar;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::{flag, low_level};

    use crate::exit::INTERRUPTED;
    use crate::output::{Quiet, note};

    const STOPPING: &str = "interrupted: the step is finished and saved, an evaluation is broken off; \
                            Ctrl-C again ends at once, without saving";

    /// The state at a signal.
    #[derive(Clone, Debug)]
    enum Phase {
        Working,
        Training,
        /// Trained and saved; what is missing after a signal.
        Saved(String),
    }

    /// The handled signals.
    static WATCHED: OnceLock<Vec<i32>> = OnceLock::new();
    static PHASE: Mutex<Phase> = Mutex::new(Phase::Working);
    static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

    fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn start() {
        // With a handler, the signal does not kill the process: the write fails with an error that names the file.
        let _ = flag::register(libc::SIGXFSZ, Arc::new(AtomicBool::new(false)));
        let mut watched = vec![SIGINT, SIGTERM];
        if !is_ignored(SIGHUP) {
            watched.push(SIGHUP);
        }
        let Ok(mut signals) = Signals::new(&watched) else { return };
        let watch = move || {
            let mut asked = false;
            for signal in signals.forever() {
                let is_ask = signal != SIGHUP;
                take(signal, asked && is_ask);
                asked |= is_ask && matches!(*locked(&PHASE), Phase::Training);
            }
        };
        if thread::Builder::new().name("signals".into()).spawn(watch).is_ok() {
            let _ = WATCHED.set(watched);
        }
    }

    pub(super) fn watch() -> io::Result<Arc<AtomicBool>> {
        let raised = Arc::new(AtomicBool::new(false));
        let Some(watched) = WATCHED.get() else {
            return Err(io::Error::other("cannot handle signals, so a signal would lose the run"));
        };
        for &signal in watched {
            flag::register(signal, Arc::clone(&raised))?;
        }
        *locked(&PHASE) = Phase::Training;
        Ok(raised)
    }

    pub(super) fn unwatch(missing: Option<String>) {
        *locked(&PHASE) = missing.map_or(Phase::Working, Phase::Saved);
    }

    pub(super) fn beside(bar: &ProgressBar) {
        *locked(&BAR) = Some(bar.clone());
    }

    fn take(signal: i32, again: bool) {
        let phase = locked(&PHASE).clone();
        match phase {
            Phase::Training if !again => say(STOPPING.into()),
            Phase::Working => {
                data::remove_unfinished();
                let _ = low_level::emulate_default_handler(signal);
            }
            Phase::Training => {
                data::remove_unfinished();
                low_level::exit(i32::from(INTERRUPTED));
            }
            Phase::Saved(missing) => {
                data::remove_unfinished();
                note(Quiet(false), &format!("interrupted: the run is saved; {missing}"));
                low_level::exit(i32::from(INTERRUPTED));
            }
        }
    }

    /// Prints once, in a separate thread: a paused terminal (Ctrl-S) must not block the next signal.
    fn say(text: String) {
        static SAID: AtomicBool = AtomicBool::new(false);
        if !SAID.swap(true, Ordering::Relaxed) {
            let _ = thread::Builder::new().spawn(move || {
                let bar = locked(&BAR).clone();
                match bar {
                    Some(bar) => bar.suspend(|| note(Quiet(false), &text)),
                    None => note(Quiet(false), &text),
                }
            });
        }
    }

    /// Whether a signal was ignored when the program started.
    fn is_ignored(signal: i32) -> bool {
        if cfg!(any(target_os = "linux", target_os = "android")) {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            return is_in_mask(&status, signal);
        }
        // On other systems this needs unsafe calls. Under `nohup`, standard error is not a terminal.
        !io::IsTerminal::is_terminal(&io::stderr())
    }

    fn is_in_mask(status: &str, signal: i32) -> bool {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn ignored_signals_are_read_from_the_mask() {
            let status = |mask: &str| format!("Name:\tx\nSigBlk:\tffffffffffffffff\nSigIgn:\t{mask}\n");
            assert!(is_in_mask(&status("0000000000001001"), SIGHUP));
            assert!(!is_in_mask(&status("0000000000001002"), SIGHUP));
            assert!(!is_in_mask("", SIGHUP));
        }
    }
}

#[cfg(not(unix))]
mod windows {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use indicatif::ProgressBar;
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;

    use crate::exit::INTERRUPTED;

    pub(super) fn start() {}

    pub(super) fn watch() -> io::Result<Arc<AtomicBool>> {
        let raised = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the second signal reads the flag that the first one raised.
            flag::register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&raised))?;
            flag::register(signal, Arc::clone(&raised))?;
        }
        Ok(raised)
    }

    pub(super) fn unwatch(_missing: Option<String>) {}

    pub(super) fn beside(_bar: &ProgressBar) {}
}
