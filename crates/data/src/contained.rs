//! A panic of a decoder is contained: it means that this one file is broken.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::DataError;

thread_local! {
    /// Whether a panic of this thread is expected here, and is not to be printed.
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// The result of `decode`, or, if it panics, an error that names the file. The panic is not printed.
///
/// The first call adds to the process's panic hook: panics elsewhere go to the hook that was there.
pub(crate) fn contained<T>(
    name: &str,
    decode: impl FnOnce() -> Result<T, DataError>,
) -> Result<T, DataError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CONTAINED.get() {
                before(info);
            }
        }));
    });
    let outer = CONTAINED.replace(true);
    // The decoder owns all that it writes to, so nothing half done stays.
    let outcome = panic::catch_unwind(AssertUnwindSafe(decode));
    CONTAINED.set(outer);
    outcome.unwrap_or_else(|payload| {
        let reason = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(text), _) => (*text).to_owned(),
            (_, Some(text)) => text.clone(),
            _ => "no reason".to_owned(),
        };
        // Some reasons span lines.
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        Err(DataError::format(
            name,
            "image",
            "a sound one",
            format!("one that its decoder fails on ({reason})"),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_names_the_file() {
        let error = contained::<()>("a/b.png", || panic!("index 3\n of 2")).unwrap_err().to_string();
        assert_eq!(
            error,
            "a/b.png: image: expected a sound one, got one that its decoder fails on (index 3 of 2)"
        );
        assert_eq!(contained("x", || Ok(3)).unwrap(), 3);
        // Elsewhere, a panic is still a panic.
        assert!(panic::catch_unwind(|| panic!("expected in this test's output")).is_err());
    }
}
