//! Ctrl-C: the first finishes the step and saves, the second stops at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit::INTERRUPTED;

/// From now on Ctrl-C and a request to terminate raise the flag returned; while it is raised, they end the process.
///
/// A hang-up is left alone, so that `nohup` works.
pub(crate) fn watch() -> io::Result<Arc<AtomicBool>> {
    let raised = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the second signal finds the flag that the first one raised.
        flag::register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&raised))?;
        flag::register(signal, Arc::clone(&raised))?;
    }
    Ok(raised)
}
