//! Pages that need no network and no other file.

use anyhow::anyhow;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use data::ImageSet;
use run::picture::encode_png;

/// The template with each placeholder, in this order, replaced by its text. The inserted text is not searched for placeholders.
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

/// JSON for a script element: `<` occurs in strings only and is written as an escape, so that no `</script>` and no `<!--` is
/// left.
pub(crate) fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// A PNG as text that a page can hold.
pub(crate) fn data_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png))
}

/// An image of a set, as text that a page can hold.
pub(crate) fn image_uri(set: &ImageSet, i: usize) -> anyhow::Result<String> {
    let png = encode_png(&set.image(i), set.width(), set.height(), set.channels());
    Ok(data_uri(&png.map_err(|e| anyhow!("cannot draw an image: {e}"))?))
}

/// The name of a class in the data, or its number.
pub(crate) fn class_name(set: &ImageSet, label: usize) -> String {
    let name = set.class_names().and_then(|names| names.get(label).cloned());
    name.unwrap_or_else(|| label.to_string())
}
