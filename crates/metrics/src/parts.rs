//! Work cut among the threads by rows.

use std::ops::Range;

use kernels::Threads;

/// Cuts `0..rows` into about one part a thread, each beginning at a multiple of `align`, and returns
/// `f(part)` in order.
pub(crate) fn parts<R: Send>(
    threads: Threads,
    rows: usize,
    align: usize,
    f: &(impl Fn(Range<usize>) -> R + Sync),
) -> Vec<R> {
    let mut out = Vec::new();
    divide(threads, threads.get(), 0..rows, align, f, &mut out);
    out
}

fn divide<R: Send>(
    threads: Threads,
    count: usize,
    rows: Range<usize>,
    align: usize,
    f: &(impl Fn(Range<usize>) -> R + Sync),
    out: &mut Vec<R>,
) {
    let left = count / 2;
    let at = rows.start + (rows.len() * left / count.max(1)).next_multiple_of(align);
    if count <= 1 || at >= rows.end {
        out.push(f(rows));
        return;
    }
    let mut behind = Vec::new();
    threads.join(
        || divide(threads, left, rows.start..at, align, f, out),
        || divide(threads, count - left, at..rows.end, align, f, &mut behind),
    );
    out.append(&mut behind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_one_another_and_are_aligned() {
        for threads in [1, 2, 3, 5, 16] {
            for rows in [0usize, 1, 7, 64, 1000] {
                let ranges = parts(Threads::new(threads), rows, 8, &|range| range);
                assert_eq!(ranges.last().map(|last| last.end), Some(rows));
                assert_eq!(ranges[0].start, 0);
                assert!(ranges.windows(2).all(|w| w[0].end == w[1].start && w[1].start % 8 == 0));
                assert!(ranges.len() <= threads);
            }
        }
    }
}
