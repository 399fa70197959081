//! The page: a template with style, script and data.

use serde_json::Value;

use crate::html::{escaped, filled, in_script};

const PAGE: &str = include_str!("page.html");
pub(crate) const STYLE: &str = include_str!("page.css");
const CHART: &str = include_str!("chart.js");
const SCRIPT: &str = include_str!("page.js");

/// The page of a report: `about` is everything that is not in the log, `events` are the log's lines, unchanged.
pub(super) fn page(title: &str, about: &Value, events: &str) -> String {
    let data = format!("{{\"about\":{about},\n\"events\":[\n{events}\n]}}");
    let parts = [
        ("{{title}}", escaped(title)),
        ("{{style}}", STYLE.to_owned()),
        ("{{data}}", in_script(&data)),
        ("{{chart}}", CHART.to_owned()),
        ("{{script}}", SCRIPT.to_owned()),
    ];
    filled(PAGE, &parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_text_wherever_they_stand() {
        let name = "<b>&\"</b></script><script>{{script}}";
        let page = page(name, &json!({ "name": name }), "{\"event\":\"start\"}");
        assert!(
            page.contains("<title>&lt;b&gt;&amp;&quot;&lt;/b&gt;&lt;/script&gt;&lt;script&gt;{{script}}")
        );
        assert!(!page.contains("<b>") && !page.contains("</script><script>{{script}}"));
        assert_eq!(page.matches("</script>").count(), PAGE.matches("</script>").count());
        let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["about"]["name"], name);
        assert_eq!(data["events"][0]["event"], "start");
    }

    #[test]
    fn the_template_has_every_place_once_in_order() {
        let mut at = 0;
        for place in ["{{title}}", "{{style}}", "{{data}}", "{{chart}}", "{{script}}"] {
            assert_eq!(PAGE.matches(place).count(), 1, "{place}");
            let found = PAGE.find(place).unwrap();
            assert!(found >= at, "{place}");
            at = found;
        }
    }

    #[test]
    fn nothing_is_fetched() {
        for asset in [PAGE, STYLE, CHART, SCRIPT] {
            for foreign in ["https://", "//cdn", "@import", "fetch(", "src=\"http"] {
                assert!(!asset.contains(foreign), "{foreign}");
            }
            // The name space of SVG is an address, but it is not requested.
            assert_eq!(asset.matches("http://").count(), asset.matches("http://www.w3.org/2000/svg").count());
        }
    }
}
