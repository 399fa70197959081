//! A clock of the time in which a process runs.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The time between two readings of the system's clock.
const BEAT: Duration = Duration::from_millis(100);
/// A longer gap between readings means that the process was stopped.
const LONGEST_GAP: Duration = Duration::from_secs(1);

/// A clock that stands while the process is stopped (Ctrl-Z, SIGSTOP, a frozen container) or the machine sleeps.
///
/// A process does not learn from the system that it was stopped. So a thread reads the system's monotonic clock ten times a second.
/// A gap of more than a second between two readings counts as a tenth of a second. A shorter stop counts in full.
#[derive(Debug)]
pub struct TrainingClock {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug)]
struct State {
    counted: Duration,
    last: Instant,
    ended: bool,
}

impl State {
    /// Counts the time since the last reading.
    fn look(&mut self, now: Instant) -> Duration {
        let gap = now.saturating_duration_since(self.last);
        self.counted += if gap > LONGEST_GAP { BEAT } else { gap };
        self.last = now;
        self.counted
    }
}

impl TrainingClock {
    /// A clock that runs from now on.
    pub fn start() -> TrainingClock {
        let state = State { counted: Duration::ZERO, last: Instant::now(), ended: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() });
        let own = Arc::clone(&shared);
        let beat = move || {
            let mut state = own.state.lock().unwrap_or_else(PoisonError::into_inner);
            while !state.ended {
                state.look(Instant::now());
                state = own.ended.wait_timeout(state, BEAT).unwrap_or_else(PoisonError::into_inner).0;
            }
        };
        // Without a thread, the clock counts all time between two calls.
        let thread = thread::Builder::new().name("clock".into()).spawn(beat).ok();
        TrainingClock { shared, thread }
    }

    /// Seconds since the start in which the process ran.
    pub fn seconds(&self) -> f64 {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if self.thread.is_none() {
            let gap = now.saturating_duration_since(state.last);
            state.last = now;
            state.counted += gap;
            return state.counted.as_secs_f64();
        }
        state.look(now).as_secs_f64()
    }
}

impl Drop for TrainingClock {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.shared.ended.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_gaps_count_as_one_beat() {
        let start = Instant::now();
        let mut state = State { counted: Duration::ZERO, last: start, ended: false };
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        assert_eq!(state.look(at(0.25)).as_secs_f64(), 0.25);
        assert_eq!(state.look(at(1.25)).as_secs_f64(), 1.25);
        assert_eq!(state.look(at(100.25)).as_secs_f64(), 1.35);
        assert_eq!(state.look(at(100.5)).as_secs_f64(), 1.6);
    }

    #[test]
    fn a_running_process_is_counted_in_full() {
        let (clock, start) = (TrainingClock::start(), Instant::now());
        // Longer than a gap may be, with no look in between.
        thread::sleep(LONGEST_GAP + 3 * BEAT);
        let (counted, passed) = (clock.seconds(), start.elapsed().as_secs_f64());
        assert!((counted - passed).abs() < 0.5, "{counted} of {passed} s");
    }
}
