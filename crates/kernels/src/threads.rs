//! How many threads a kernel may use, and how loops are divided among them.

use std::num::NonZeroUsize;

/// Smallest number of `f32` an elementwise loop hands to a second thread: below it, waking one costs more.
const MIN_ELEMENTS_PER_THREAD: usize = 16 * 1024;

/// Least work worth a part of its own, about 10 us.
const MIN_FLOPS_PER_PART: usize = 1_000_000;

/// Number of threads a kernel may use.
///
/// With the `rayon` feature, kernels run on the rayon pool of the calling thread: train inside
/// `ThreadPool::install`, so that no call pays for entering the pool. Without it, everything is serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(NonZeroUsize);

impl Threads {
    /// One thread: the caller's.
    pub const ONE: Threads = Threads(NonZeroUsize::MIN);

    /// `n` threads; zero counts as one.
    pub fn new(n: usize) -> Threads {
        Threads(NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN))
    }

    /// The number itself.
    pub fn get(self) -> usize {
        self.0.get()
    }

    /// How many chunks `elements` values are worth dividing into, at most one a thread.
    fn chunks(self, elements: usize) -> usize {
        if cfg!(feature = "rayon") { self.get().min(elements / MIN_ELEMENTS_PER_THREAD).max(1) } else { 1 }
    }

    /// How many parts `flops` floating-point operations are worth dividing into, at most `each` a thread.
    pub(crate) fn parts(self, flops: usize, each: usize) -> usize {
        let wanted = if cfg!(feature = "rayon") && self.get() > 1 { each * self.get() } else { 1 };
        wanted.min(flops / MIN_FLOPS_PER_PART).max(1)
    }

    /// Runs both closures, in parallel where there is more than one thread. Both may use all threads: whoever
    /// is idle takes from the other.
    pub fn join(self, a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
        #[cfg(feature = "rayon")]
        if self.get() > 1 {
            rayon::join(a, b);
            return;
        }
        a();
        b();
    }
}

/// A bundle of slices that can be cut in two at the same row: what [`split`] divides.
pub(crate) trait Divisible: Sized + Send {
    /// Cuts before row `row`.
    fn cut(self, row: usize) -> (Self, Self);
}

/// Cuts `work` of `rows` rows, `elements` values in all, into one chunk a thread and runs `f(first_row,
/// chunk)` on each. Chunks begin at multiples of `align` rows.
pub(crate) fn split<W: Divisible>(
    threads: Threads,
    rows: usize,
    elements: usize,
    align: usize,
    work: W,
    f: &(impl Fn(usize, W) + Sync),
) {
    Division { threads, align: align.max(1), f }.run(threads.chunks(elements), 0, rows, work);
}

/// Cuts `work` of `rows` rows into `parts` parts, or as many as there are rows, and runs `f(first_row, part)` on each.
pub(crate) fn split_parts<W: Divisible>(
    threads: Threads,
    parts: usize,
    rows: usize,
    work: W,
    f: &(impl Fn(usize, W) + Sync),
) {
    Division { threads, align: 1, f }.run(parts.min(rows), 0, rows, work);
}

/// How work is divided, and what runs on each part.
struct Division<'a, F> {
    threads: Threads,
    align: usize,
    f: &'a F,
}

impl<F> Division<'_, F> {
    fn run<W: Divisible>(&self, parts: usize, first: usize, rows: usize, work: W)
    where
        F: Fn(usize, W) + Sync,
    {
        let left = parts / 2;
        let at = (rows * left / parts.max(1)) / self.align * self.align;
        if parts <= 1 || at == 0 || at >= rows {
            return (self.f)(first, work);
        }
        let (a, b) = work.cut(at);
        self.threads
            .join(|| self.run(left, first, at, a), || self.run(parts - left, first + at, rows - at, b));
    }
}

/// Rows of a block in [`sum_blocks`].
pub(crate) const BLOCK: usize = 4096;
/// Rows below which [`sum_blocks`] stays on one thread. A multiple of [`BLOCK`].
const LEAF: usize = 128 * 1024;

/// The sum of `f` over blocks of [`BLOCK`] rows of `work`. Halves run in parallel down to fixed leaves: the
/// tree of the sum follows from `rows` alone.
pub(crate) fn sum_blocks<W: Divisible>(
    threads: Threads,
    rows: usize,
    work: W,
    f: &(impl Fn(W) -> f64 + Sync),
) -> f64 {
    if rows > LEAF {
        let at = (rows / 2).next_multiple_of(BLOCK);
        let (a, b) = work.cut(at);
        let (mut left, mut right) = (0.0, 0.0);
        threads
            .join(|| left = sum_blocks(threads, at, a, f), || right = sum_blocks(threads, rows - at, b, f));
        return left + right;
    }
    let (mut total, mut rest) = (0.0, work);
    for _ in 1..rows.div_ceil(BLOCK) {
        let (block, after) = rest.cut(BLOCK);
        total += f(block);
        rest = after;
    }
    total + f(rest)
}

impl Divisible for () {
    fn cut(self, _: usize) -> ((), ()) {
        ((), ())
    }
}

/// `rows` rows of `width` values, mutable.
pub(crate) struct RowsMut<'a, T = f32>(pub(crate) &'a mut [T], pub(crate) usize);
/// `rows` rows of `width` values.
pub(crate) struct Rows<'a, T = f32>(pub(crate) &'a [T], pub(crate) usize);

impl<T: Send> Divisible for RowsMut<'_, T> {
    fn cut(self, row: usize) -> (Self, Self) {
        let (a, b) = self.0.split_at_mut(row * self.1);
        (RowsMut(a, self.1), RowsMut(b, self.1))
    }
}

impl<T: Sync> Divisible for Rows<'_, T> {
    fn cut(self, row: usize) -> (Self, Self) {
        let (a, b) = self.0.split_at(row * self.1);
        (Rows(a, self.1), Rows(b, self.1))
    }
}

macro_rules! divisible_tuple {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Divisible),+> Divisible for ($($name,)+) {
            fn cut(self, row: usize) -> (Self, Self) {
                let halves = ($(self.$index.cut(row),)+);
                (($(halves.$index.0,)+), ($(halves.$index.1,)+))
            }
        }
    };
}
divisible_tuple!(A 0, B 1);
divisible_tuple!(A 0, B 1, C 2);
divisible_tuple!(A 0, B 1, C 2, D 3);
divisible_tuple!(A 0, B 1, C 2, D 3, E 4);
divisible_tuple!(A 0, B 1, C 2, D 3, E 4, F 5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_visited_once_and_cuts_are_aligned() {
        for threads in [1, 2, 3, 5, 16] {
            for rows in [1usize, 7, 64, 1000] {
                let width = 4096;
                let mut v = vec![0u32; rows * width];
                split(
                    Threads::new(threads),
                    rows,
                    rows * width,
                    4,
                    RowsMut(&mut v, width),
                    &|first, chunk| {
                        assert_eq!(first % 4, 0);
                        chunk.0.iter_mut().for_each(|x| *x += 1);
                    },
                );
                assert!(v.iter().all(|&x| x == 1));
            }
        }
    }
}
