//! The page: its template with style, script and data in their places.

use serde_json::Value;

use crate::html::{filled, in_script};
use crate::report::STYLE;

const PAGE: &str = include_str!("page.html");
const OWN_STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of a trial.
pub(super) fn page(trial: &Value) -> String {
    let parts = [
        ("{{style}}", format!("{STYLE}{OWN_STYLE}")),
        ("{{data}}", in_script(&trial.to_string())),
        ("{{script}}", SCRIPT.to_owned()),
    ];
    filled(PAGE, &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_every_place_once_in_order() {
        let places = ["{{style}}", "{{data}}", "{{script}}"].map(|place| {
            assert_eq!(PAGE.matches(place).count(), 1, "{place}");
            PAGE.find(place).unwrap()
        });
        assert!(places.is_sorted());
    }

    #[test]
    fn nothing_is_fetched() {
        for asset in [PAGE, OWN_STYLE, SCRIPT] {
            for foreign in ["://", "@import", "fetch(", "XMLHttpRequest"] {
                assert!(!asset.contains(foreign), "{foreign}");
            }
        }
    }
}
