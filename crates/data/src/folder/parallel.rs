//! The same call on many items, on all cores.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More would wait for the disk.
const MAX_THREADS: usize = 16;

/// `f` of each item, in the order of the items, whatever the number of threads.
pub(crate) fn map<T: Sync, R: Send + Sync>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = cores.min(MAX_THREADS).min(items.len());
    if threads <= 1 {
        return items.iter().map(f).collect();
    }
    let slots: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
    // Items differ in cost, so each thread takes the next free one.
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((item, slot)) = {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    items.get(i).zip(slots.get(i))
                } {
                    // Each slot is taken once, so it is empty.
                    let _ = slot.set(f(item));
                }
            });
        }
    });
    // The scope has ended, so every slot is filled.
    slots.into_iter().filter_map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        for n in [0, 1, 2, 1000] {
            let items: Vec<usize> = (0..n).collect();
            assert!(map(&items, |i| i * i).into_iter().eq(items.iter().map(|i| i * i)));
        }
    }
}
