//! Pages that need no network and no other file: text, data and pictures in their places.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The template with each place, in their order, replaced by its text. Text is not looked at for places.
pub(crate) fn filled(template: &str, parts: &[(&str, String)]) -> String {
    let mut page = String::new();
    let mut rest = template;
    for (place, text) in parts {
        let Some((before, after)) = rest.split_once(place) else { continue };
        page.push_str(before);
        page.push_str(text);
        rest = after;
    }
    page + rest
}

/// Text as HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// JSON that can stand in a script element: `<` occurs in strings only, where it may be written by its number, so that
/// no `</script>` and no `<!--` is left.
pub(crate) fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// A PNG as text that a page can hold.
pub(crate) fn data_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png))
}
