//! The thread pool of all computation.

use std::num::NonZeroUsize;
use std::thread;

use anyhow::Context;
use kernels::Threads;

/// Runs `work` on a pool of this many threads (`None`: one for each core). The results do not depend on it.
pub(crate) fn run<R: Send>(
    threads: Option<usize>,
    work: impl FnOnce(Threads) -> anyhow::Result<R> + Send,
) -> anyhow::Result<R> {
    let threads = threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZeroUsize::get));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.context("cannot start so many threads")?.install(|| work(Threads::new(threads)))
}
