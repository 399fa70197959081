//! docs/config.md, made from the definitions of the keys.

use gan::config::{Key, Kind, keys};

use super::assert_current;
use super::layers::LAYERS;

const INTRODUCTION: &str = "# Config reference

Every key of a config, with what it takes, its default and its meaning. A config is a TOML file with the keys that differ from
their defaults; [Experiments and sweeps](experiments-and-sweeps.md) shows how to use one. `--set train.batch_size=128` sets one key
on the command line. This page is generated from the program.

G is the generator and D the discriminator. Images are counted as real images that D was shown. `[a, b]` includes both ends, `[a, b)`
does not include `b`, and `(a, b]` does not include `a`.
";

const LAYERS_INTRODUCTION: &str = "
## Layers

`generator.layers` and `discriminator.layers` are lists. A layer is a word, or a table whose first key names it. Options follow in the
table: `{ dense = 128, bias = false }`. `init` of a layer is one of the words of `generator.init`.

| layer | meaning and options |
|---|---|
";

/// The page.
fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n## Top level\n\n");
    page.push_str(&rows(""));
    for section in keys().iter().filter(|key| key.kind == Kind::Section && has_values(key)) {
        // Both optimizers have the same keys.
        let names = match section.path.as_str() {
            "optimizer.discriminator" => continue,
            "optimizer.generator" => "[optimizer.generator], [optimizer.discriminator]".to_owned(),
            path => format!("[{path}]"),
        };
        let about = section.doc.replace('\n', " ");
        page.push_str(&format!("\n## {names}\n\n{about}\n\n{}", rows(&section.path)));
    }
    page.push_str(LAYERS_INTRODUCTION);
    for (layer, meaning) in LAYERS {
        page.push_str(&format!("| `{}` | {} |\n", cell(layer), cell(meaning)));
    }
    page
}

fn has_values(section: &Key) -> bool {
    keys().iter().any(|key| key.section() == section.path && key.kind != Kind::Section)
}

/// The table of a section's keys.
fn rows(section: &str) -> String {
    let mut rows = "| key | takes | default | meaning |\n|---|---|---|---|\n".to_owned();
    for key in keys().iter().filter(|key| key.section() == section && key.kind != Kind::Section) {
        let default = key.default_text().map_or("left out".to_owned(), |default| format!("`{default}`"));
        let kinds: Vec<_> = key.kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let only = if kinds.is_empty() { String::new() } else { format!(" Only {}.", kinds.join(", ")) };
        let meaning = format!("{}{only}", key.doc.replace('\n', " "));
        rows.push_str(&format!(
            "| `{}` | {} | {default} | {} |\n",
            key.name(),
            cell(&key.takes()),
            cell(&meaning)
        ));
    }
    rows
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_page_is_current() {
    assert_current("docs/config.md", &page());
}

#[test]
fn the_page_has_every_key() {
    let page = page();
    for key in keys().iter().filter(|key| key.kind != Kind::Section) {
        assert!(page.contains(&format!("\n| `{}` | ", key.name())), "{}", key.path);
    }
}
